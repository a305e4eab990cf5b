"""Sessions, tokens and wrong tries: what a request proves itself with, known by digest only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from keepstep.core.audit import AuditNote
from keepstep.core.operator import ApiToken, Session
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.core.throttle import FORGOTTEN, Tries, after_wrong
from keepstep.errors import NotFound
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.operators import digest_of_token
from keepstep.store.tables import storable
from keepstep.store.tables_operators import API_TOKENS, SESSIONS, SIGN_IN_TRIES

_SEEN_EVERY = timedelta(seconds=30)
"""How exactly it is kept when a session or token was used last: a write for every request would be too many."""


class SqlSessions:
    """Who is signed in by what, on the server alone: what is ended here is over at once."""

    def __init__(self, database: Database, audit: SqlAuditLog) -> None:
        self._database = database
        self._audit = audit

    def begin(self, token: Secret, session: Session, note: AuditNote) -> None:
        """Keep a new *session* under the digest of *token*."""
        row = {
            "digest": digest_of_token(token),
            "id": session.id,
            "operator": session.operator,
            "created": session.created,
            "seen": session.seen,
            "proven": session.proven,
            "origin": storable(session.origin)[:200],
            "agent": storable(session.agent)[:200],
        }
        with self._database.write() as connection:
            connection.execute(insert(SESSIONS).values(**row))
            self._audit.add_within(connection, note)

    def find(self, token: Secret) -> Session | None:
        """Return the session of *token*, whether its time is over or not, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.digest == digest_of_token(token))).first()
        return None if row is None else _session(row)

    def of(self, operator: str) -> list[Session]:
        """Return the sessions of *operator*, the last used first."""
        statement = select(SESSIONS).where(SESSIONS.c.operator == operator).order_by(SESSIONS.c.seen.desc())
        with self._database.read() as connection:
            return [_session(row) for row in connection.execute(statement)]

    def seen(self, session: Session, now: datetime) -> None:
        """Note that *session* was used."""
        if now - session.seen >= _SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(update(SESSIONS).where(SESSIONS.c.id == session.id).values(seen=now))

    def prove(self, session: Session, token: Secret, now: datetime, note: AuditNote) -> None:
        """Note that whoever has *session* proved again who they are; it goes on under *token*."""
        values = {"proven": now, "seen": now, "digest": digest_of_token(token)}
        with self._database.write() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.id == session.id).values(**values))
            self._audit.add_within(connection, note)

    def end(self, operator: str, id_: str, note: AuditNote) -> int:
        """End the session *id_* of *operator*, or all of them if it is empty; return how many there were."""
        chosen = [SESSIONS.c.operator == operator, *([SESSIONS.c.id == id_] if id_ else [])]
        with self._database.erasing() as connection:
            count = connection.execute(delete(SESSIONS).where(*chosen)).rowcount
            if count:
                self._audit.add_within(connection, note)
        return count

    def forget(self, now: datetime, longest: timedelta) -> None:
        """Forget sessions whose time is over, and wrong tries that count no more."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.created < now - longest))
            connection.execute(delete(SIGN_IN_TRIES).where(SIGN_IN_TRIES.c.last < now - FORGOTTEN))

    def add_token(self, token: Secret, held: ApiToken, note: AuditNote) -> None:
        """Keep *held* under the digest of *token*."""
        rights = None if held.rights is None else msgspec.json.encode(sorted(held.rights)).decode()
        row = {"id": held.id, "digest": digest_of_token(token), "operator": held.operator, "name": storable(held.name)}
        with self._database.write() as connection:
            values = {**row, "rights": rights, "created": held.created, "expires": held.expires, "origin": ""}
            connection.execute(insert(API_TOKENS).values(**values))
            self._audit.add_within(connection, note)

    def token(self, token: Secret) -> ApiToken | None:
        """Return what is known of *token*, whether it is good or not, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.digest == digest_of_token(token))).first()
        return None if row is None else _token(row)

    def tokens(self, operator: str = "") -> list[ApiToken]:
        """Return the tokens of *operator*, or of all, the newest first."""
        chosen = [API_TOKENS.c.operator == operator] if operator else []
        statement = select(API_TOKENS).where(*chosen).order_by(API_TOKENS.c.created.desc(), API_TOKENS.c.id)
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(statement)]

    def token_used(self, token: ApiToken, origin: str, now: datetime) -> None:
        """Note when and from where *token* was used last."""
        if token.used is None or now - token.used >= _SEEN_EVERY:
            values = {"used": now, "origin": storable(origin)[:200]}
            with self._database.write() as connection:
                connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == token.id).values(**values))

    def end_token(self, id_: str, now: datetime, note: AuditNote) -> ApiToken:
        """End the token *id_* and return it; NotFound if there is none."""
        with self._database.write() as connection:
            row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.id == id_)).first()
            if row is None:
                raise NotFound(f'there is no token "{id_}"', hint="`keepstep token list` shows them")
            if row.ended is None:
                connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == id_).values(ended=now))
                self._audit.add_within(connection, note)
            return _token(row)

    def tries(self, keys: Sequence[str]) -> dict[str, Tries]:
        """Return the wrong tries of each of *keys* that has some."""
        statement = select(SIGN_IN_TRIES).where(SIGN_IN_TRIES.c.key.in_(keys))
        with self._database.read() as connection:
            return {row.key: Tries(row.wrong, row.last) for row in connection.execute(statement)}

    def count_wrong(self, keys: Iterable[str], now: datetime, note: AuditNote | None = None) -> None:
        """Count one more wrong try of each of *keys*, whoever else does at the same moment."""
        chosen = list(keys)
        with self._database.writing_alone(SIGN_IN_TRIES) as connection:
            found = connection.execute(select(SIGN_IN_TRIES).where(SIGN_IN_TRIES.c.key.in_(chosen)))
            before = {row.key: Tries(row.wrong, row.last) for row in found}
            for key in chosen:
                one = after_wrong(before.get(key, Tries()), now)
                values = {"wrong": one.count, "last": one.last}
                statement = self._database.insert(SIGN_IN_TRIES).values(key=key, **values)
                connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
            if note is not None:
                self._audit.add_within(connection, note)

    def forgive(self, key: str) -> None:
        """Forget the wrong tries of *key*."""
        with self._database.write() as connection:
            connection.execute(delete(SIGN_IN_TRIES).where(SIGN_IN_TRIES.c.key == key))


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        id=row.id,
        operator=row.operator,
        created=row.created,
        seen=row.seen,
        proven=row.proven,
        origin=row.origin,
        agent=row.agent,
    )


def _token(row: Row[tuple[object, ...]]) -> ApiToken:
    rights = None if row.rights is None else frozenset(msgspec.json.decode(row.rights, type=list[Right]))
    return ApiToken(
        id=row.id,
        operator=row.operator,
        name=row.name,
        rights=rights,
        created=row.created,
        expires=row.expires,
        used=row.used,
        origin=row.origin,
        ended=row.ended,
    )
