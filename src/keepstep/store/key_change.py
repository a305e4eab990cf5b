"""A change of the master key: a new one seals from a moment on, everything is sealed anew, the old ones are forgotten.

Whatever was sealed before opens at any moment meanwhile, in every process; a change that was interrupted goes on.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from keepstep.errors import RunLocked, StoreError
from keepstep.ports import Clock
from keepstep.store.approvals import SqlApprovals
from keepstep.store.database import Database
from keepstep.store.master_key import MOST_KEYS, KeyRing, MasterKey, new_master_key
from keepstep.store.master_keys import IN_USE
from keepstep.store.sealed_places import seal_anew
from keepstep.store.tables import SECRETS
from keepstep.store.vault import Vault

_LOCK: Final = "keepstep:master-key"
_CHANGING: Final = "changing"
_CHANGED: Final = "changed"
_CALM: Final = timedelta(minutes=1)
"""So long after a change a process may still be at what it began to seal with the old key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """What a change came to: the *key* in use, and how much was *sealed* with it; *lost*: what no key at hand opens.

    *began*: whether the key came into use by it; else an earlier change went on.
    """

    key: str
    began: bool
    sealed: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyDesk:
    """What a change of the master key needs of the world."""

    database: Database
    vault: Vault
    approvals: SqlApprovals
    clock: Clock

    @property
    def interrupted(self) -> bool:
        """Whether a change has begun that did not end."""
        return self._mark() == _CHANGING

    def prepare(self) -> str:
        """Put a new key beside those at hand, and return its id: nothing is sealed with it yet.

        StoreError where only a person can put it there, or one waits already.
        """
        with self._alone() as ring:
            if self._waits(ring):
                told = f"{self.vault.keys.source.where} holds a new key already ({ring.newest.id})"
                raise StoreError(told, hint="`keepstep secret rotate-key` brings it into use")
            if not self._mark():
                self._put_mark(self.vault.keys.sealing(), _CHANGED)
            return self._add(ring).id

    def rotate(self) -> KeyChange:
        """Bring a new key into use, and seal everything with it; or go on with a change that was interrupted.

        The new key is the one that was prepared, or put there by a person, else a new one is made.
        """
        with self._alone() as ring:
            began = self._waits(ring) or not self.interrupted
            if began:
                self._put_mark(ring.newest if self._waits(ring) else self._add(ring), _CHANGING)
            sealed, lost = self._seal_anew()
            key = self.vault.keys.sealing()
            self._put_mark(key, _CHANGED)
            return KeyChange(key=key.id, began=began, sealed=sealed, lost=tuple(lost))

    def forget(self, *, at_once: bool = False) -> tuple[str, ...]:
        """Forget every key but the one in use, and return their ids; where only a person can, nothing needs them now.

        StoreError while one of them is needed. *at_once*: links by which people approve, made before the change, need
        not be good any longer.
        """
        with self._alone() as ring:
            if self._waits(ring) or self.interrupted:
                told = "a change of the master key has begun"
                raise StoreError(told, hint="`keepstep secret rotate-key` brings it to its end; then forget")
            used = self.vault.keys.sealing()
            old = tuple(key_id for key_id in ring.ids if key_id != used.id)
            if old:
                if not self._mark():
                    self._put_mark(used, _CHANGED)
                self._judge(at_once=at_once)
                self._seal_anew()
                if self.vault.keys.source.keeps:
                    self.vault.keys.source.keep(KeyRing((used,)))
                    self.vault.keys.reread()
            return old

    def _judge(self, *, at_once: bool) -> None:
        """Raise StoreError while an old key may be needed."""
        with self.database.read() as connection:
            since = connection.execute(select(SECRETS.c.at).where(SECRETS.c.name == IN_USE)).scalar_one()
        if self.clock.now() - since < _CALM:
            told = "the master key was changed less than a minute ago: other processes may still be at it"
            raise StoreError(told, hint="wait a minute, then run the command again")
        links = self.approvals.links_before(since + _CALM)
        if links and not at_once:
            told = f"{links} links to approve were signed with an old master key, and are good still"
            raise StoreError(told, hint="wait until they were used or expired; --at-once lets them be good no longer")

    def _seal_anew(self) -> tuple[int, list[str]]:
        sealed, lost = seal_anew(self.database, self.vault.keys)
        changed, broken = self.approvals.seal_anew()
        return sealed + changed, lost + [f"the seal of request for approval {request}" for request in broken]

    def _waits(self, ring: KeyRing) -> bool:
        """Whether the newest key is not in use yet; while nothing is sealed, none waits."""
        in_use = self.vault.keys.in_use()
        return bool(in_use) and ring.newest.id != in_use

    def _add(self, ring: KeyRing) -> MasterKey:
        """Return a new key, kept behind the others."""
        source = self.vault.keys.source
        if len(ring.keys) >= MOST_KEYS:
            told = f"{source.where} holds {MOST_KEYS} keys already"
            raise StoreError(told, hint="`keepstep secret forget-key` forgets those that nothing needs")
        key = new_master_key()
        source.keep(KeyRing((*ring.keys, key)))
        if self.vault.keys.reread().newest.id != key.id:
            raise StoreError(f"{source.where} does not keep what is put there", hint="nothing was sealed anew")
        return key

    def _mark(self) -> str:
        """Return how far the change is that the mark tells of; empty if there is none that can be opened."""
        with self.database.read() as connection:
            row = connection.execute(select(SECRETS).where(SECRETS.c.name == IN_USE)).first()
        key = None if row is None else self.vault.keys.find(row.key_id)
        try:
            return "" if row is None or key is None else key.open(IN_USE, row.sealed)
        except ValueError:
            return ""

    def _put_mark(self, key: MasterKey, text: str) -> None:
        """Say to every process that *key* is the one to seal with, since now if it was another."""
        row = {"key_id": key.id, "sealed": key.seal(IN_USE, text)}
        statement = self.database.insert(SECRETS).values(name=IN_USE, at=self.clock.now(), **row)
        since = {} if self.vault.keys.in_use() == key.id else {"at": self.clock.now()}
        with self.database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={**row, **since}))

    @contextmanager
    def _alone(self) -> Generator[KeyRing]:
        """Give the keys at hand, while no other process changes them."""
        if not self.database.locks.acquire(_LOCK):
            raise RunLocked("the master key is being changed by another process", hint="wait until that is done")
        try:
            yield self.vault.keys.reread()
        finally:
            self.database.locks.release(_LOCK)
