"""What came of what was asked for with a key: done once, and answered alike for a day."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update

from keepstep.errors import KeyTaken
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import storable
from keepstep.store.tables_answers import ANSWERS

KEPT: Final = timedelta(days=1)
"""How long a key means the same thing."""

ANOTHER: Final = "send another Idempotency-Key"


class SqlAnswers:
    """Answers in the database, by operator and key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, operator: str, key: str, asked: str) -> str | None:
        """Return what came of it before, or None for whoever is the first to ask: only they do it.

        KeyTaken if the key was used for something else, or if nobody knows yet what comes of it.
        """
        now = self._clock.now()
        same = (ANSWERS.c.operator == operator, ANSWERS.c.key == key)
        with self._database.writing_alone(ANSWERS) as connection:
            connection.execute(delete(ANSWERS).where(*same, ANSWERS.c.at < now - KEPT))
            held = connection.execute(select(ANSWERS.c.asked, ANSWERS.c.answer).where(*same)).first()
            if held is None:
                row = {"operator": operator, "key": key, "asked": asked, "at": now}
                connection.execute(insert(ANSWERS), row)
                return None
        if held.asked != asked:
            raise KeyTaken("this key was used for something else", hint=ANOTHER)
        if held.answer is None:
            raise KeyTaken(
                "what was asked for with this key was begun, and has no answer yet",
                hint=f"look whether it was done; if it was not, {ANOTHER}",
            )
        return held.answer

    def keep(self, operator: str, key: str, answer: str) -> None:
        """Keep what came of it."""
        same = (ANSWERS.c.operator == operator, ANSWERS.c.key == key)
        with self._database.write() as connection:
            connection.execute(update(ANSWERS).where(*same).values(answer=storable(answer)))

    def release(self, operator: str, key: str) -> None:
        """Let the key be used again: it was refused, and nothing was done."""
        same = (ANSWERS.c.operator == operator, ANSWERS.c.key == key)
        with self._database.write() as connection:
            connection.execute(delete(ANSWERS).where(*same, ANSWERS.c.answer.is_(None)))

    def forget(self, now: datetime) -> None:
        """Forget answers that are older than a day."""
        with self._database.write() as connection:
            connection.execute(delete(ANSWERS).where(ANSWERS.c.at < now - KEPT))
