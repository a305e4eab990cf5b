"""The master keys of this process: read when one is first needed, and again when another is met than those at hand."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, select

from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.key_source import KeySource
from keepstep.store.master_key import KeyRing, MasterKey
from keepstep.store.tables import SECRETS

IN_USE: Final = "keepstep:master-key"
"""The row of the secrets that says to every process which key is in use: it is sealed with that one."""

_MARKED: Final = case((SECRETS.c.name == IN_USE, 1), else_=0)
_LAST: Final = select(SECRETS.c.key_id).order_by(_MARKED.desc(), SECRETS.c.at.desc(), SECRETS.c.name).limit(1)

_AGAIN: Final = timedelta(seconds=5)


class MasterKeys:
    """Which key seals is said by the database, for all processes alike; which keys there are, by their source.

    So a new key can be brought to every machine before it is used by any.
    """

    def __init__(self, database: Database, source: KeySource, clock: Clock) -> None:
        self.source = source
        self._database = database
        self._clock = clock
        self._ring: KeyRing | None = None
        self._sought: dict[str, datetime] = {}

    def at_hand(self) -> KeyRing:
        """Return the keys that were read last; StoreError or SecretMissing if there are none."""
        if self._ring is None:
            self._ring = self.source.read()
        return self._ring

    def reread(self) -> KeyRing:
        """Return the keys that the source gives now."""
        self._ring = None
        return self.at_hand()

    def find(self, key_id: str) -> MasterKey | None:
        """Return the key called *key_id*, or None if the source does not have it, now or a few seconds ago."""
        found = self.at_hand().find(key_id)
        now = self._clock.now()
        if found is None and now >= self._sought.get(key_id, now):
            found = self.reread().find(key_id)
            self._sought[key_id] = now + _AGAIN
        return found

    def sealing(self) -> MasterKey:
        """Return the key in use; the newest at hand if none is yet, or that one is lost."""
        return self._sealing(self.in_use())

    def sealing_within(self, connection: Connection) -> MasterKey:
        """As `sealing`; and no other key comes into use until the transaction of *connection* ends."""
        marked = select(SECRETS.c.key_id).where(SECRETS.c.name == IN_USE).with_for_update(read=True)
        return self._sealing(connection.execute(marked).scalar() or connection.execute(_LAST).scalar() or "")

    def in_use(self) -> str:
        """Return the id of the key that the database says is in use: what was sealed last tells, before a first change.

        Empty while nothing is sealed.
        """
        with self._database.read() as connection:
            return connection.execute(_LAST).scalar() or ""

    def _sealing(self, in_use: str) -> MasterKey:
        return (self.find(in_use) if in_use else None) or self.at_hand().newest
