"""Checkpoints of the audit log, how far each anchor is, and where the log was cut to be archived."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import delete, select

from keepstep.core.audit_anchor import Anchored
from keepstep.core.audit_checkpoint import NONE, Checkpoint, checkpoint_of, line_of
from keepstep.errors import AuditBroken, StoreError, UsageError
from keepstep.store.database import Database
from keepstep.store.tables import AUDIT, storable
from keepstep.store.tables_audit import AUDIT_ANCHORS, AUDIT_ARCHIVES, AUDIT_CHECKPOINTS


class SqlCheckpoints:
    """What was signed of the audit log, and where it was brought to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep *checkpoint*; one that is there for as many records stays as it is."""
        statement = self._database.insert(AUDIT_CHECKPOINTS).values(
            count=checkpoint.count, checkpoint=line_of(checkpoint)
        )
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing(index_elements=["count"]))

    def newest(self) -> Checkpoint:
        """Return the last checkpoint; NONE if there is none yet."""
        statement = select(AUDIT_CHECKPOINTS).order_by(AUDIT_CHECKPOINTS.c.count.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        return NONE if row is None else _read(*row)

    def all(self) -> Iterator[Checkpoint]:
        """Yield every checkpoint, oldest first. AuditBroken for one that was altered so that it cannot be read."""
        statement = select(AUDIT_CHECKPOINTS).order_by(AUDIT_CHECKPOINTS.c.count)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        for row in rows:
            yield _read(*row)

    def anchored(self, anchor: str) -> Anchored:
        """Return how far *anchor* is."""
        with self._database.read() as connection:
            row = connection.execute(select(AUDIT_ANCHORS).where(AUDIT_ANCHORS.c.anchor == anchor)).first()
        if row is None:
            return Anchored(anchor=anchor)
        name, count, at, failures, due, problem = row
        return Anchored(anchor=name, count=count, at=at, failures=failures, due=due, problem=problem)

    def mark(self, anchored: Anchored) -> None:
        """Write down how far an anchor is."""
        kept = replace(anchored, problem=storable(anchored.problem))
        values = {name: getattr(kept, name) for name in ("count", "at", "failures", "due", "problem")}
        statement = self._database.insert(AUDIT_ANCHORS).values(anchor=kept.anchor, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["anchor"], set_=values))

    def cut(self, first: int, end: Checkpoint, *, file: str, sha256: str) -> None:
        """Take the records from *first* to *end* out of the database, in one step with the note of where they are.

        StoreError if somebody else has archived meanwhile: then nothing is taken out.
        """
        row = {"count": end.count, "first": first, "file": file, "sha256": sha256, "checkpoint": line_of(end)}
        newest = select(AUDIT_ARCHIVES.c.count).order_by(AUDIT_ARCHIVES.c.count.desc()).limit(1)
        with self._database.writing_alone(AUDIT_ARCHIVES) as connection:
            if (connection.execute(newest).scalar() or 0) != first - 1:
                raise StoreError(
                    "the audit log was archived by somebody else meanwhile", hint="look at the archive first"
                )
            connection.execute(AUDIT_ARCHIVES.insert(), row)
            connection.execute(delete(AUDIT).where(AUDIT.c.sequence <= end.count))


def _read(count: int, line: str) -> Checkpoint:
    try:
        found = checkpoint_of(line)
    except UsageError as exc:
        raise AuditBroken(f"the checkpoint of audit record {count} was altered", hint=exc.hint) from exc
    if found.count != count:
        raise AuditBroken(f"the checkpoint of audit record {count} was altered")
    return found
