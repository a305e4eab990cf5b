"""The places where what the vault seals is kept, and how what is there is sealed anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Table, and_, select, update

from keepstep.store.database import Database
from keepstep.store.first_passwords import sealed_name
from keepstep.store.master_key import MasterKey
from keepstep.store.master_keys import MasterKeys
from keepstep.store.operators import code_sealed_as
from keepstep.store.tables import FIRST_PASSWORDS, SECRETS
from keepstep.store.tables_operators import OPERATORS

_TOGETHER: Final = 50
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPlace:
    """A table with sealed texts. *sealed_as*: under which name that of a row is; *told*: what messages call it."""

    table: Table
    sealed_as: Callable[[AnyRow], str]
    told: Callable[[AnyRow], str]
    key_id: str = "key_id"
    sealed: str = "sealed"

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """The columns that name a row."""
        return tuple(self.table.primary_key.columns)

    def others(self, connection: Connection, key: MasterKey) -> list[AnyRow]:
        """Return what names each row that another key than *key* sealed."""
        other = (self.table.c[self.key_id] != key.id, self.table.c[self.sealed].is_not(None))
        return list(connection.execute(select(*self.columns).where(*other).order_by(*self.columns)).all())

    def row(self, connection: Connection, named: AnyRow) -> AnyRow | None:
        """Return the row that is *named*, with nobody else writing to it; None if nothing is sealed in it now."""
        same = and_(self.table.c[self.sealed].is_not(None), *self._same(named))
        return connection.execute(select(self.table).where(same).with_for_update()).first()

    def put(self, connection: Connection, row: AnyRow, key: MasterKey, text: str) -> None:
        """Seal the *text* of *row* with *key*."""
        values = {self.key_id: key.id, self.sealed: key.seal(self.sealed_as(row), text)}
        connection.execute(update(self.table).where(*self._same(row)).values(**values))

    def text(self, keys: MasterKeys, row: AnyRow) -> str | None:
        """Return what is sealed in *row*; None if no key at hand opens it, or it was damaged."""
        key = keys.find(getattr(row, self.key_id))
        try:
            return None if key is None else key.open(self.sealed_as(row), getattr(row, self.sealed))
        except ValueError:
            return None

    def _same(self, row: AnyRow) -> list[Any]:
        return [column == getattr(row, column.name) for column in self.columns]


SEALED_PLACES: Final = (
    SealedPlace(table=SECRETS, sealed_as=lambda row: row.name, told=lambda row: f'secret "{row.name}"'),
    SealedPlace(
        table=FIRST_PASSWORDS,
        sealed_as=lambda row: sealed_name(row.connection, row.object_key),
        told=lambda row: f'a first password of connection "{row.connection}"',
    ),
    SealedPlace(
        table=OPERATORS,
        sealed_as=lambda row: code_sealed_as(row.name),
        told=lambda row: f"the second factor of {row.name}",
        key_id="code_key_id",
        sealed="code_sealed",
    ),
)
"""Every one that there is: what is kept elsewhere would be lost with the key that sealed it."""


def seal_anew(database: Database, keys: MasterKeys) -> tuple[int, list[str]]:
    """Seal with the key in use whatever another one sealed, a few rows at a time; what was opened before, opens after.

    Return how many texts were, and what the others are: no key at hand opens them, and they stay as they are.
    """
    key, done, lost = keys.sealing(), 0, list[str]()
    for place in SEALED_PLACES:
        with database.read() as connection:
            found = place.others(connection, key)
        for first in range(0, len(found), _TOGETHER):
            with database.erasing() as connection:
                for named in found[first : first + _TOGETHER]:
                    row = place.row(connection, named)
                    if row is None or getattr(row, place.key_id) == key.id:
                        continue  # opened, removed or set anew meanwhile
                    text = place.text(keys, row)
                    if text is None:
                        lost.append(place.told(row))
                    else:
                        place.put(connection, row, key, text)
                        done += 1
    return done, lost
