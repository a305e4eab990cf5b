"""The audit log: a chain of entries in the database, and where it ends."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select, update

from keepstep.core.audit import AuditEntry, AuditHead, append, find_fault, head_after
from keepstep.errors import AuditBroken
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import AUDIT, AUDIT_HEAD, storable, utc_iso

_PAGE: Final = 1000


class SqlAuditLog:
    """What is kept for ever: who did what, when and why."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, action: str, subject: str, detail: Mapping[str, str], *, operator: str) -> None:
        """Append one entry to the chain; it is on disk when this returns."""
        entry = AuditEntry(
            sequence=0,
            at=utc_iso(self._clock.now()),
            operator=storable(operator),
            action=storable(action),
            subject=storable(subject),
            detail={storable(name): storable(text) for name, text in detail.items()},
        )
        with self._database.write() as connection:
            _add(connection, entry)

    def entries(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Return the entries behind number *after*, oldest first."""
        with self._database.read() as connection:
            return _page(connection, after, limit)

    def head(self) -> AuditHead:
        """Return where the log ends, to be noted where nobody can change it."""
        with self._database.read() as connection:
            return _head(connection, lock=False)

    def verify(self) -> AuditHead:
        """Return where the log ends, once every record was found unchanged. AuditBroken names the first bad one."""
        with self._database.read() as connection:
            head = _head(connection, lock=False)
            fault = find_fault(_all(connection), head)
        if fault is not None:
            raise AuditBroken(
                f"audit record {fault.sequence} {fault.reason}",
                hint="the database was changed by other means than Keepstep: compare it with a backup",
            )
        return head


def _add(connection: Connection, entry: AuditEntry) -> None:
    head = _head(connection, lock=True)
    chained = append(entry, head)
    row = {
        "sequence": chained.sequence,
        "at": chained.at,
        "operator": chained.operator,
        "action": chained.action,
        "subject": chained.subject,
        "detail": msgspec.json.encode(chained.detail, order="sorted").decode(),
        "previous": chained.previous,
        "digest": chained.digest,
    }
    connection.execute(insert(AUDIT), row)
    end = head_after(chained)
    connection.execute(update(AUDIT_HEAD).values(count=end.count, digest=end.digest))


def _head(connection: Connection, *, lock: bool) -> AuditHead:
    statement = select(AUDIT_HEAD.c.count, AUDIT_HEAD.c.digest)
    # On PostgreSQL the row is what appending processes queue for; SQLite has one writer anyway.
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise AuditBroken("the end of the audit log was removed", hint="compare the database with a backup")
    count, digest = row
    return AuditHead(count=count, digest=digest)


def _all(connection: Connection) -> Iterator[AuditEntry]:
    after = -(2**31)  # a record that was given a number below 1 is bad too
    while page := _page(connection, after, _PAGE):
        yield from page
        after = page[-1].sequence


def _page(connection: Connection, after: int, limit: int) -> list[AuditEntry]:
    statement = select(AUDIT).where(AUDIT.c.sequence > after).order_by(AUDIT.c.sequence).limit(limit)
    return [
        AuditEntry(
            sequence=row.sequence,
            at=row.at,
            operator=row.operator,
            action=row.action,
            subject=row.subject,
            detail=_detail(row.detail),
            previous=row.previous,
            digest=row.digest,
        )
        for row in connection.execute(statement)
    ]


def _detail(text: str) -> Mapping[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.DecodeError, TypeError):
        return {"": "unreadable"}  # no entry was ever sealed with it, so the record is named as altered
