"""Operators as they are kept, with what proves who they are: hashed, or sealed."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from keepstep.core.audit import AuditNote
from keepstep.core.one_time_code import seed_bytes, seed_text
from keepstep.core.operator import GivenRole, Operator, OperatorKind
from keepstep.core.secret import Secret
from keepstep.errors import NotFound, SignInRefused, UsageError
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.tables import storable
from keepstep.store.tables_operators import API_TOKENS, INVITATIONS, OPERATORS, RECOVERY_CODES, SESSIONS
from keepstep.store.vault import Vault


class SqlOperators:
    """Who may sign in. Each change and its audit entry are one transaction."""

    def __init__(self, database: Database, vault: Vault, audit: SqlAuditLog) -> None:
        self._database = database
        self._vault = vault
        self._audit = audit

    def all(self) -> list[Operator]:
        """Return every operator, by name."""
        with self._database.read() as connection:
            return [_operator(row) for row in connection.execute(select(OPERATORS).order_by(OPERATORS.c.name))]

    def get(self, name: str) -> Operator:
        """Return the operator called *name*, in any letter case; NotFound if there is none."""
        with self._database.read() as connection:
            return _operator(_row(connection, name))

    def any(self) -> bool:
        """Return whether there is one at all."""
        with self._database.read() as connection:
            return bool(connection.execute(select(func.count()).select_from(OPERATORS)).scalar_one())

    def add(self, operator: Operator, note: AuditNote) -> None:
        """Keep a new *operator*; UsageError if there is one of that name."""
        with self._database.write() as connection:
            self._insert(connection, operator)
            self._audit.add_within(connection, note)

    def change(self, operator: Operator, note: AuditNote) -> None:
        """Keep *operator* as it is now said, its roles and switch among it; who is switched off is signed out."""
        with self._database.write() as connection:
            row = _row(connection, operator.name)
            connection.execute(update(OPERATORS).where(OPERATORS.c.name == row.name).values(**_said(operator)))
            if not operator.enabled:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.operator == row.name))
            self._audit.add_within(connection, note)

    def keep_member(self, member: Operator) -> Operator:
        """Keep somebody of a directory as they are now, and return them; what changed is in the audit log."""
        with self._database.write() as connection:
            held = connection.execute(select(OPERATORS).where(OPERATORS.c.name == member.name)).first()
            said = _said(member)
            if held is None:
                self._insert(connection, member)
            elif any(getattr(held, key) != value for key, value in said.items()):
                connection.execute(update(OPERATORS).where(OPERATORS.c.name == member.name).values(**said))
            else:
                return _operator(held)
            note = AuditNote(
                action="operator_member",
                subject=member.name,
                detail={"roles": str(said["roles"])},
                operator=member.name,
            )
            self._audit.add_within(connection, note)
            return _operator(_row(connection, member.name))

    def remove(self, name: str, note: AuditNote) -> None:
        """Forget the operator called *name*, with sessions, tokens and links; the audit log keeps the name."""
        with self._database.erasing() as connection:
            row = _row(connection, name)
            for table in (SESSIONS, API_TOKENS, INVITATIONS, RECOVERY_CODES):
                connection.execute(delete(table).where(table.c.operator == row.name))
            connection.execute(delete(OPERATORS).where(OPERATORS.c.name == row.name))
            self._audit.add_within(connection, note)

    def password(self, name: str) -> str:
        """Return the hash of the password of *name*; empty if there is no such operator, or no password."""
        with self._database.read() as connection:
            return connection.execute(select(OPERATORS.c.password).where(OPERATORS.c.name == name)).scalar() or ""

    def set_password(self, name: str, hashed: str, note: AuditNote | None) -> None:
        """Keep *hashed* as the password of *name*, and end every session. Without *note* only the hash is renewed."""
        with self._database.erasing() as connection:
            connection.execute(update(OPERATORS).where(OPERATORS.c.name == name).values(password=hashed))
            if note is not None:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.operator == name))
                self._audit.add_within(connection, note)

    def code_seed(self, name: str) -> tuple[bytes, int] | None:
        """Return the seed of the second factor of *name* and the last step that was used; None without one."""
        columns = (OPERATORS.c.code_key_id, OPERATORS.c.code_sealed, OPERATORS.c.code_step)
        with self._database.read() as connection:
            row = connection.execute(select(*columns).where(OPERATORS.c.name == name)).first()
        if row is None or row.code_sealed is None:
            return None
        again = "have an administrator take the second factor away: `keepstep operator reset`"
        what = f"the second factor of {name}"
        seed = self._vault.unseal(code_sealed_as(name), row.code_key_id, row.code_sealed, what=what, hint=again)
        return seed_bytes(seed.reveal()), row.code_step

    def set_code_seed(self, name: str, seed: bytes | None, codes: Sequence[str], note: AuditNote) -> None:
        """Keep *seed* as the second factor of *name* with its recovery *codes*, or take both away."""
        with self._database.erasing() as connection:
            text = None if seed is None else Secret(seed_text(seed))
            sealed = text and self._vault.seal(connection, code_sealed_as(name), text)
            held = {"code_key_id": sealed and sealed[0], "code_sealed": sealed and sealed[1], "code_step": 0}
            connection.execute(update(OPERATORS).where(OPERATORS.c.name == name).values(**held))
            connection.execute(delete(RECOVERY_CODES).where(RECOVERY_CODES.c.operator == name))
            for code in codes:
                connection.execute(insert(RECOVERY_CODES).values(digest=_code_digest(name, code), operator=name))
            self._audit.add_within(connection, note)

    def use_step(self, name: str, step: int) -> bool:
        """Note that the code of *step* was used; False if it, or a later one, was used before."""
        later = (OPERATORS.c.name == name, OPERATORS.c.code_step < step)
        with self._database.write() as connection:
            return connection.execute(update(OPERATORS).where(*later).values(code_step=step)).rowcount == 1

    def use_recovery_code(self, name: str, code: str, now: datetime) -> bool:
        """Note that a recovery code was used; False if it is none, or was used before."""
        unused = (RECOVERY_CODES.c.digest == _code_digest(name, code), RECOVERY_CODES.c.used.is_(None))
        with self._database.write() as connection:
            return connection.execute(update(RECOVERY_CODES).where(*unused).values(used=now)).rowcount == 1

    def signed_in(self, name: str, now: datetime) -> None:
        """Note when *name* signed in last."""
        with self._database.write() as connection:
            connection.execute(update(OPERATORS).where(OPERATORS.c.name == name).values(signed_in=now))

    def invite(self, operator: str, token: Secret, *, expires: datetime, note: AuditNote) -> None:
        """Keep a link for *operator* (empty: the first one), in place of earlier ones; only its digest is kept."""
        row = {"digest": digest_of_token(token), "operator": operator, "made_by": note.operator, "expires": expires}
        with self._database.write() as connection:
            connection.execute(delete(INVITATIONS).where(INVITATIONS.c.operator == operator))
            connection.execute(insert(INVITATIONS).values(**row))
            self._audit.add_within(connection, note)

    def invited(self, token: Secret, now: datetime) -> str:
        """Return whom the link is for, empty for the first operator; SignInRefused if it is not good any more."""
        with self._database.read() as connection:
            return self._invitation(connection, token, now)

    def redeem(self, token: Secret, operator: Operator, hashed: str, note: AuditNote, now: datetime) -> None:
        """Use the link up: keep *hashed* as the password, and *operator* if it is the first.

        SignInRefused if the link is not good any more, or the first operator is there already.
        """
        with self._database.writing_alone(INVITATIONS) as connection:
            name = self._invitation(connection, token, now)
            if not name:
                if connection.execute(select(func.count()).select_from(OPERATORS)).scalar_one():
                    raise _no_link()
                self._insert(connection, operator)
                name = operator.name
            used = update(INVITATIONS).where(INVITATIONS.c.digest == digest_of_token(token)).values(used=now)
            connection.execute(used)
            connection.execute(update(OPERATORS).where(OPERATORS.c.name == name).values(password=hashed))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.operator == name))
            self._audit.add_within(connection, note)

    def _invitation(self, connection: Connection, token: Secret, now: datetime) -> str:
        row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.digest == digest_of_token(token))).first()
        if row is None or row.used is not None or now >= row.expires:
            raise _no_link()
        return str(row.operator)

    def _insert(self, connection: Connection, operator: Operator) -> None:
        values = {"name": operator.name, "kind": operator.kind, "password": "", "code_step": 0}
        statement = self._database.insert(OPERATORS).values(**values, created=operator.created, **_said(operator))
        if not connection.execute(statement.on_conflict_do_nothing(index_elements=["name"])).rowcount:
            raise UsageError(f'there is an operator "{operator.name}" already')


def digest_of_token(token: Secret) -> str:
    """Return the digest by which a token, a session or a link is known; the token itself is kept nowhere."""
    return sha256(token.reveal().strip().encode("utf-8", "replace")).hexdigest()


def _code_digest(name: str, code: str) -> str:
    plain = "".join(ch for ch in code.lower() if ch.isalnum())
    return sha256(f"keepstep recovery code\0{name}\0{plain}".encode("utf-8", "replace")).hexdigest()


def code_sealed_as(name: str) -> str:
    """Return what the seed of a second factor is sealed under; no secret can have this name."""
    return f"operator:{name}"


def _no_link() -> SignInRefused:
    return SignInRefused("this link was used, is too old, or was never made", hint="ask an administrator for another")


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    row = connection.execute(select(OPERATORS).where(OPERATORS.c.name == name.lower())).first()
    if row is None:
        raise NotFound(f'there is no operator "{name}"', hint="`keepstep operator list` shows who there is")
    return row


def _said(operator: Operator) -> dict[str, object]:
    roles = [[one.role, None if one.until is None else one.until.isoformat()] for one in operator.roles]
    return {
        "display": storable(operator.display),
        "email": storable(operator.email),
        "enabled": int(operator.enabled),
        "roles": msgspec.json.encode(roles).decode(),
    }


def _operator(row: Row[tuple[object, ...]]) -> Operator:
    roles = msgspec.json.decode(row.roles, type=list[tuple[str, date | None]])
    return Operator(
        name=row.name,
        kind=OperatorKind(row.kind),
        display=row.display,
        email=row.email,
        enabled=bool(row.enabled),
        roles=tuple(GivenRole(role=role, until=until) for role, until in roles),
        password=bool(row.password),
        second_factor=row.code_sealed is not None,
        created=row.created,
        signed_in=row.signed_in,
    )
