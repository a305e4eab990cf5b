"""The audit log: a chain of entries in the database, and where it ends."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, insert, or_, select, update

from keepstep.core.audit import AuditEntry, AuditFilter, AuditHead, AuditNote, append, find_fault, head_after
from keepstep.core.audit_checkpoint import NONE, Checkpoint, checkpoint_of
from keepstep.errors import AuditBroken, UsageError
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import AUDIT, AUDIT_HEAD, storable, utc_iso
from keepstep.store.tables_audit import AUDIT_ARCHIVES
from keepstep.telemetry.correlation import correlated, correlation_of

_PAGE: Final = 1000
_ALL: Final = AuditFilter()


class SqlAuditLog:
    """What is kept for ever: who did what, from where, when and why.

    *origin*: where this process is asked from. *correlation*: what its entries share, unless `correlated` says else.
    """

    def __init__(self, database: Database, clock: Clock, *, origin: str = "", correlation: str = "") -> None:
        self._database = database
        self._clock = clock
        self._origin = storable(origin)
        self._process = storable(correlation)
        self._asked_from: ContextVar[str] = ContextVar("origin")

    @contextmanager
    def correlated(self, correlation: str, *, origin: str = "") -> Generator[None]:
        """Have every entry of this task that is added inside share *correlation*, and *origin* if it is given."""
        place = self._asked_from.set(storable(origin) or self._asked_from.get(self._origin))
        try:
            with correlated(storable(correlation)):
                yield
        finally:
            self._asked_from.reset(place)

    def add(self, action: str, subject: str, detail: Mapping[str, str], *, operator: str) -> None:
        """Append one entry to the chain; it is on disk when this returns."""
        with self._database.write() as connection:
            self.add_within(connection, AuditNote(action=action, subject=subject, detail=detail, operator=operator))

    def add_within(self, connection: Connection, note: AuditNote) -> None:
        """Append one entry in the transaction of *connection*."""
        entry = AuditEntry(
            sequence=0,
            at=utc_iso(self._clock.now()),
            operator=storable(note.operator),
            action=storable(note.action),
            subject=storable(note.subject),
            detail={storable(name): storable(text) for name, text in note.detail.items()},
            origin=self._asked_from.get(self._origin),
            correlation=storable(correlation_of()) or self._process,
        )
        _add(connection, entry)

    def entries(self, *, after: int = 0, limit: int = 100, chosen: AuditFilter = _ALL) -> list[AuditEntry]:
        """Return the *chosen* entries behind number *after*, oldest first."""
        with self._database.read() as connection:
            return _page(connection, after, limit, chosen)

    def newest(self, *, before: int | None = None, limit: int = 100, chosen: AuditFilter = _ALL) -> list[AuditEntry]:
        """Return the *chosen* entries before number *before*, or up to the end, newest first."""
        with self._database.read() as connection:
            return _read(connection, _newest(before, limit, chosen))

    def digest_at(self, sequence: int) -> str:
        """Return the digest of one record, or the empty text if it is not there."""
        statement = select(AUDIT.c.digest).where(AUDIT.c.sequence == sequence)
        with self._database.read() as connection:
            return connection.execute(statement).scalar() or ""

    def last_before(self, moment: str) -> int:
        """Return the number of the last record before the first that is of *moment* or later; 0 if there is none."""
        with self._database.read() as connection:
            later = connection.execute(select(func.min(AUDIT.c.sequence)).where(AUDIT.c.at >= moment)).scalar()
            return _head(connection, lock=False).count if later is None else int(later) - 1

    def begin(self) -> Checkpoint:
        """Return where the archive ends and the log in the database goes on; NONE if nothing was archived."""
        with self._database.read() as connection:
            return _begin(connection)

    def head(self) -> AuditHead:
        """Return where the log ends, to be noted where nobody can change it."""
        with self._database.read() as connection:
            return _head(connection, lock=False)

    def verify(self) -> AuditHead:
        """Return where the log ends, once every record was found unchanged. AuditBroken names the first bad one."""
        with self._database.read() as connection:
            head = _head(connection, lock=False)
            begin = _begin(connection).head
            fault = find_fault(_all(connection), head, begin=begin)
        if fault is not None:
            raise AuditBroken(f"audit record {fault.sequence} {fault.reason}", hint=_HINT)
        return head

    def verify_since(self, checkpoint: Checkpoint) -> AuditHead:
        """Return where the log ends, once every record behind *checkpoint* was found to follow it. Else AuditBroken."""
        with self._database.read() as connection:
            head = _head(connection, lock=False)
            fault = find_fault(_all(connection, checkpoint.count), head, begin=checkpoint.head)
        if fault is not None:
            raise AuditBroken(f"audit record {fault.sequence} {fault.reason}", hint=_HINT)
        return head


_HINT: Final = "the database was changed by other means than Keepstep: compare it with a backup"


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
        "origin": chained.origin,
        "correlation": chained.correlation,
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


def _begin(connection: Connection) -> Checkpoint:
    statement = select(AUDIT_ARCHIVES.c.checkpoint).order_by(AUDIT_ARCHIVES.c.count.desc()).limit(1)
    line = connection.execute(statement).scalar()
    if line is None:
        return NONE
    try:
        return checkpoint_of(line)
    except UsageError as exc:
        raise AuditBroken("what says where the archive of the audit log ends was altered", hint=_HINT) from exc


def _all(connection: Connection, after: int = -(2**31)) -> Iterator[AuditEntry]:
    # from the beginning: a record that was given a number below 1 is bad too
    while page := _page(connection, after, _PAGE, _ALL):
        yield from page
        after = page[-1].sequence


def _page(connection: Connection, after: int, limit: int, chosen: AuditFilter) -> list[AuditEntry]:
    statement = select(AUDIT).where(AUDIT.c.sequence > after, *_chosen(chosen)).order_by(AUDIT.c.sequence).limit(limit)
    return _read(connection, statement)


def _newest(before: int | None, limit: int, chosen: AuditFilter) -> Select[Any]:
    statement = select(AUDIT).where(*_chosen(chosen)).order_by(AUDIT.c.sequence.desc()).limit(limit)
    return statement if before is None else statement.where(AUDIT.c.sequence < before)


def _read(connection: Connection, statement: Select[Any]) -> list[AuditEntry]:
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
            origin=row.origin,
            correlation=row.correlation,
        )
        for row in connection.execute(statement)
    ]


def _chosen(chosen: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for column, wanted in ((AUDIT.c.operator, chosen.operator), (AUDIT.c.action, chosen.action)):
        if wanted:
            yield column == storable(wanted)
    if chosen.correlation:
        # whoever began a run did so in a call of the program, which has an id of its own
        run = msgspec.json.encode(chosen.correlation).decode()
        of_run = AUDIT.c.detail.contains(f'"run":{run}', autoescape=True)
        wanted = storable(chosen.correlation)
        yield or_(AUDIT.c.correlation == wanted, AUDIT.c.subject == wanted, of_run)
    if chosen.subject:
        yield AUDIT.c.subject.contains(storable(chosen.subject), autoescape=True)
    if chosen.since:
        yield AUDIT.c.at >= chosen.since
    if chosen.until:
        yield AUDIT.c.at < chosen.until


def _detail(text: str) -> Mapping[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.DecodeError, TypeError):
        return {"": "unreadable"}  # no entry was ever sealed with it, so the record is named as altered
