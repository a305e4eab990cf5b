"""Requests for approval with their votes, sealed so that a change by other means is found; and their one-time links."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from keepstep.core.approval import (
    ApprovalRequest,
    PlanVote,
    PlanVoteKind,
    RequestId,
    Requirement,
    decide,
)
from keepstep.core.audit import AuditNote
from keepstep.errors import ApprovalBroken, NotKept, UsageError
from keepstep.ports import Clock
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.tables import RUNS, storable, utc_iso
from keepstep.store.tables_approval import APPROVAL_LINKS as LINKS
from keepstep.store.tables_approval import APPROVAL_REQUESTS as REQUESTS
from keepstep.store.tables_approval import APPROVAL_TOLD as TOLD
from keepstep.store.tables_approval import PLAN_VOTES as VOTES
from keepstep.store.vault import Vault

_SEAL: Final = "approval 1"
_LINK: Final = "approval link 1"

REQUEST: Final = (
    *("id", "plan", "rule", "purpose", "requester", "requirement", "summary", "trips", "opened"),
    *("replaced", "after_run"),
)
VOTE: Final = ("position", "operator", "kind", "plan", "note", "way", "at")
"""The columns that a seal is made over; that of a request is made over the seals of its votes too."""

_HINT: Final = (
    "the database was changed by other means than Keepstep, or the master key is another one; nothing is applied by it"
)


class SqlApprovals:
    """What people were asked to agree to, and what they said. Whatever is given back was found unchanged."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, audit: SqlAuditLog) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._audit = audit

    def open(self, request: ApprovalRequest, note: AuditNote) -> tuple[ApprovalRequest, bool]:
        """Keep *request*, and say whether it is new; else return the open one for the same plan and requirement.

        With a new one *note* goes into the audit log, in the same transaction.

        An open one of the same rule and purpose for another plan, or another requirement, is replaced by it.
        """
        with self._writing() as connection:
            same = (REQUESTS.c.rule == request.rule, REQUESTS.c.purpose == storable(request.purpose))
            rows = connection.execute(select(REQUESTS).where(*same, REQUESTS.c.open == 1)).all()
            for row in rows:
                held = self._request(connection, row)
                living = decide(held, request.opened).open
                if living and (held.plan, held.requirement) == (request.plan, request.requirement):
                    return held, False
                changed = {"replaced": request.id if living else row.replaced, "open": 0}
                self._change(connection, row, changed)
            self._insert(connection, request)
            self._audit.add_within(connection, note)
            return self._request(connection, _row(connection, request.id)), True

    def of_plan(self, digest: str) -> list[ApprovalRequest]:
        """Return the requests for exactly this plan, newest first; ApprovalBroken if one of them was altered."""
        wanted = select(REQUESTS).where(REQUESTS.c.plan == digest).order_by(REQUESTS.c.number.desc())
        with self._database.read() as connection:
            return [self._request(connection, row) for row in connection.execute(wanted).all()]

    def opened(self) -> list[RequestId]:
        """Return the requests that something can still come of, oldest first."""
        wanted = select(REQUESTS.c.id).where(REQUESTS.c.open == 1).order_by(REQUESTS.c.number)
        with self._database.read() as connection:
            return [RequestId(found) for found in connection.execute(wanted).scalars()]

    def newest(self, limit: int) -> list[RequestId]:
        """Return the newest requests first, whatever came of them."""
        wanted = select(REQUESTS.c.id).order_by(REQUESTS.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            return [RequestId(found) for found in connection.execute(wanted).scalars()]

    def find(self, prefix: str) -> ApprovalRequest:
        """Return the request whose id starts with *prefix*; StoreError if there is none or several."""
        with self._database.read() as connection:
            return self._request(connection, _row(connection, prefix))

    def vote(
        self,
        request: RequestId,
        judge: Callable[[ApprovalRequest], PlanVote],
        note: AuditNote,
        *,
        link: str = "",
    ) -> PlanVote:
        """Keep the vote that *judge* makes of the request as it is now, or nothing of it if *judge* raises.

        *note* goes into the audit log, in the same transaction. *link*: the token it was given by, which is used up by
        that; UsageError if it was before.
        """
        with self._writing() as connection:
            row = _row(connection, request)
            held = self._request(connection, row)
            if link:
                self._use(connection, row.number, link)
            vote = judge(held)
            kept = {
                "request": row.number,
                "position": len(held.votes),
                "operator": storable(vote.operator),
                "kind": vote.kind.value,
                "plan": vote.plan,
                "note": storable(vote.note),
                "way": storable(vote.way),
                "at": utc_iso(vote.at),
            }
            connection.execute(insert(VOTES), {**kept, "seal": self._seal(VOTE, row.id, kept)})
            living = decide(replace(held, votes=(*held.votes, vote)), vote.at).open
            self._change(connection, row, {"open": int(living)})
            self._audit.add_within(connection, note)
        return vote

    def close(self, request: RequestId) -> None:
        """Look no more after a request that nothing can come of."""
        with self._writing() as connection:
            connection.execute(update(REQUESTS).where(REQUESTS.c.id == request).values(open=0))

    def told(self, request: RequestId) -> set[str]:
        """Return what people were told of *request*."""
        wanted = select(TOLD.c.what).join(REQUESTS, REQUESTS.c.number == TOLD.c.request).where(REQUESTS.c.id == request)
        with self._database.read() as connection:
            return set(connection.execute(wanted).scalars())

    def tell_once(self, request: RequestId, what: str, note: AuditNote | None = None) -> bool:
        """Note that people are told *what* of *request*, and *note* in the audit log; False if they were before."""
        with self._writing() as connection:
            number = _row(connection, request).number
            row = {"request": number, "what": storable(what), "at": self._clock.now()}
            statement = self._database.insert(TOLD).values(**row).on_conflict_do_nothing()
            fresh = connection.execute(statement.returning(TOLD.c.what)).first() is not None
            if fresh and note is not None:
                self._audit.add_within(connection, note)
            return fresh

    def keep_link(self, request: RequestId, operator: str, token: str) -> None:
        """Keep that *token* was made for *operator*, by nothing but its hash."""
        with self._writing() as connection:
            number = _row(connection, request).number
            row = {"hash": _hash(token), "request": number, "operator": storable(operator)}
            connection.execute(insert(LINKS), {**row, "made_at": self._clock.now(), "used_at": None})

    def chance(self) -> str:
        """Return 32 hex digits that nobody can guess."""
        return secrets.token_hex(16)

    def sign(self, content: bytes) -> bytes:
        """Return the signature that makes *content* a link of this home."""
        return self._vault.sign(_LINK, content)

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Return whether *signature* is one that this home gave *content*, under whichever master key."""
        return self._vault.signed(_LINK, content, signature)

    def links_before(self, moment: datetime) -> int:
        """Return how many links were made before *moment* by which somebody may decide still."""
        living = (LINKS.c.made_at < moment, LINKS.c.used_at.is_(None), REQUESTS.c.open == 1)
        wanted = select(func.count()).select_from(LINKS.join(REQUESTS)).where(*living)
        with self._database.read() as connection:
            return connection.execute(wanted).scalar_one()

    def altered(self) -> list[RequestId]:
        """Return the requests that no key at hand proves, oldest first: they were altered, or their key is lost."""
        found: list[RequestId] = []
        with self._database.read() as connection:
            for row in connection.execute(select(REQUESTS).order_by(REQUESTS.c.number)).all():
                try:
                    self._request(connection, row)
                except ApprovalBroken:
                    found.append(RequestId(row.id))
        return found

    def give_up(self, request: RequestId, note: AuditNote) -> None:
        """Forget *request* with all that belongs to it; *note* goes into the audit log, in the same transaction."""
        with self._writing() as connection:
            number = _row(connection, request).number
            for table in (VOTES, LINKS, TOLD):
                connection.execute(delete(table).where(table.c.request == number))
            connection.execute(delete(REQUESTS).where(REQUESTS.c.number == number))
            self._audit.add_within(connection, note)

    def seal_anew(self) -> tuple[int, list[RequestId]]:
        """Seal with the master key in use whatever another one sealed, one request at a time.

        Return how many were, and those that were altered: they stay as they are.
        """
        done, broken = 0, list[RequestId]()
        with self._database.read() as connection:
            found = connection.execute(select(REQUESTS.c.id).order_by(REQUESTS.c.number)).scalars().all()
        for name in found:
            with self._writing() as connection:
                try:
                    done += self._sealed_anew(connection, _row(connection, name))
                except ApprovalBroken:
                    broken.append(RequestId(name))
        return done, broken

    def _sealed_anew(self, connection: Connection, row: Row[*tuple[Any, ...]]) -> bool:
        """Seal the request of *row* and its votes anew if that is needed, and say so; ApprovalBroken if altered."""
        self._request(connection, row)
        for vote in _votes(connection, row):
            seal = self._seal(VOTE, row.id, {name: getattr(vote, name) for name in VOTE})
            if seal != vote.seal:
                place = (VOTES.c.request == row.number, VOTES.c.position == vote.position)
                connection.execute(update(VOTES).where(*place).values(seal=seal))
        values = {name: getattr(row, name) for name in REQUEST}
        if self._seal(REQUEST, "".join(vote.seal for vote in _votes(connection, row)), values) == row.seal:
            return False
        self._change(connection, row, {})
        return True

    def _use(self, connection: Connection, number: int, token: str) -> None:
        known = (LINKS.c.hash == _hash(token), LINKS.c.request == number)
        unused = update(LINKS).where(*known, LINKS.c.used_at.is_(None)).values(used_at=self._clock.now())
        if connection.execute(unused).rowcount == 1:
            return
        used = connection.execute(select(LINKS.c.used_at).where(*known)).first()
        if used is None:
            raise UsageError("this link is not known here", hint="ask for another: `keepstep approval link`")
        raise UsageError(
            f"this link was used at {used.used_at:%Y-%m-%d %H:%M} UTC", hint="each decides once; ask for another"
        )

    def _insert(self, connection: Connection, request: ApprovalRequest) -> None:
        after = connection.execute(select(func.coalesce(func.max(RUNS.c.number), 0))).scalar_one()
        row = {
            "id": request.id,
            "plan": request.plan,
            "rule": request.rule,
            "purpose": storable(request.purpose),
            "requester": storable(request.requester),
            "requirement": request.requirement.model_dump_json(),
            "summary": storable(request.summary),
            "trips": msgspec.json.encode([storable(trip) for trip in request.trips]).decode(),
            "opened": utc_iso(request.opened),
            "replaced": "",
            "after_run": after,
        }
        connection.execute(insert(REQUESTS), {**row, "open": 1, "seal": self._seal(REQUEST, "", row)})

    def _change(self, connection: Connection, row: Row[*tuple[Any, ...]], changed: dict[str, Any]) -> None:
        """Write down how the request of *row* stands, and seal it again, with all its votes."""
        values = {name: getattr(row, name) for name in REQUEST} | changed
        seal = self._seal(REQUEST, "".join(vote.seal for vote in _votes(connection, row)), values)
        connection.execute(update(REQUESTS).where(REQUESTS.c.number == row.number).values(**changed, seal=seal))

    def _request(self, connection: Connection, row: Row[*tuple[Any, ...]]) -> ApprovalRequest:
        """Return the request of *row* with its votes; ApprovalBroken names what was altered."""
        rows = _votes(connection, row)
        for place, found in enumerate(rows, start=1):
            if not self._holds(VOTE, row.id, found):
                what = f"vote {place} on the request for approval {storable(row.id)}"
                raise ApprovalBroken(f"{what} was altered", hint=_HINT)
        if not self._holds(REQUEST, "".join(vote.seal for vote in rows), row):
            raise ApprovalBroken(f"the request for approval {storable(row.id)} was altered", hint=_HINT)
        return ApprovalRequest(
            id=RequestId(row.id),
            plan=row.plan,
            rule=row.rule,
            purpose=row.purpose,
            requester=row.requester,
            requirement=Requirement.model_validate_json(row.requirement),
            summary=row.summary,
            trips=msgspec.json.decode(row.trips, type=tuple[str, ...]),
            opened=datetime.fromisoformat(row.opened),
            votes=tuple(_vote(found) for found in rows),
            replaced=row.replaced,
            run=_run_of(connection, row),
        )

    def _holds(self, sealed: Sequence[str], before: str, row: Row[*tuple[Any, ...]]) -> bool:
        values = {name: getattr(row, name) for name in sealed}
        try:
            return self._vault.signed(_SEAL, _content(sealed, before, values), bytes.fromhex(row.seal))
        except ValueError:
            return False

    def _seal(self, sealed: Sequence[str], before: str, row: Mapping[str, Any]) -> str:
        """Return the seal over those columns of *row* that are *sealed*, and over what it belongs with."""
        return self._vault.sign(_SEAL, _content(sealed, before, row)).hex()

    def _writing(self) -> AbstractContextManager[Connection]:
        return self._database.writing_alone(REQUESTS)


def _content(sealed: Sequence[str], before: str, row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode((sealed, before, [row[name] for name in sealed]))


def _vote(row: Row[*tuple[Any, ...]]) -> PlanVote:
    return PlanVote(
        operator=row.operator,
        kind=PlanVoteKind(row.kind),
        plan=row.plan,
        at=datetime.fromisoformat(row.at),
        note=row.note,
        way=row.way,
    )


def _votes(connection: Connection, row: Row[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(select(VOTES).where(VOTES.c.request == row.number).order_by(VOTES.c.position)).all()


def _row(connection: Connection, prefix: str) -> Row[*tuple[Any, ...]]:
    wanted = select(REQUESTS).where(REQUESTS.c.id.startswith(prefix, autoescape=True)).limit(2)
    rows: Sequence[Row[*tuple[Any, ...]]] = connection.execute(wanted).all()
    if not prefix or len(rows) != 1:
        problem = (
            "several requests for approval start" if len(rows) > 1 and prefix else "no request for approval starts"
        )
        raise NotKept(f'{problem} with "{storable(prefix)}"', hint="`keepstep approval list` shows them")
    return rows[0]


def _run_of(connection: Connection, row: Row[*tuple[Any, ...]]) -> str:
    """Return the first run of the plan since the request was opened: that one used it up."""
    since = (RUNS.c.plan == row.plan, RUNS.c.number > row.after_run)
    return connection.execute(select(RUNS.c.id).where(*since).order_by(RUNS.c.number)).scalars().first() or ""


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
