"""Every version of the configuration document that was used."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from sqlalchemy import Connection, Select, insert, select

from keepstep.errors import NotKept
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import CONFIGS, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """One version of the document. *digest*: 32 hex digits of its text; *number* counts from 1."""

    number: int
    digest: str
    text: str
    at: datetime
    operator: str


_NEWEST: Final = select(CONFIGS).order_by(CONFIGS.c.number.desc())


class SqlConfigs:
    """Keeps the versions of the configuration document in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, text: str, *, operator: str) -> ConfigVersion:
        """Keep *text* as the newest version and return it; the same text as the newest is not kept twice."""
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        with self._database.write() as connection:
            newest = _first(connection, _NEWEST.limit(1))
            if newest is not None and newest.digest == digest:
                return newest
            at, operator = self._clock.now(), storable(operator)
            row = {"digest": digest, "document": text, "at": at, "operator": operator}
            number = connection.execute(insert(CONFIGS).returning(CONFIGS.c.number), row).scalar_one()
        return ConfigVersion(number=number, digest=digest, text=text, at=at, operator=operator)

    def latest(self) -> ConfigVersion | None:
        """Return the newest version, or None before the first."""
        with self._database.read() as connection:
            return _first(connection, _NEWEST.limit(1))

    def versions(self, *, limit: int = 50) -> list[ConfigVersion]:
        """Return the newest versions first."""
        with self._database.read() as connection:
            return _found(connection, _NEWEST.limit(limit))

    def version(self, prefix: str) -> ConfigVersion:
        """Return the newest version whose digest starts with *prefix*; StoreError if none or several do."""
        with self._database.read() as connection:
            matching = CONFIGS.c.digest.startswith(prefix, autoescape=True)
            found = _found(connection, _NEWEST.where(matching)) if prefix else []
        if len({version.digest for version in found}) != 1:
            problem = "several configurations start" if found else "no configuration starts"
            raise NotKept(f'{problem} with "{storable(prefix)}"', hint="give more of its digest")
        return found[0]


def _first(connection: Connection, statement: Select[tuple[object, ...]]) -> ConfigVersion | None:
    found = _found(connection, statement)
    return found[0] if found else None


def _found(connection: Connection, statement: Select[tuple[object, ...]]) -> list[ConfigVersion]:
    return [
        ConfigVersion(number=row.number, digest=row.digest, text=row.document, at=row.at, operator=row.operator)
        for row in connection.execute(statement)
    ]
