"""Who may sign in, who is signed in, and the desks where both are changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_bytes, token_urlsafe

from keepstep.connected import SystemClock
from keepstep.core.authority import Authority
from keepstep.core.role import RoleSpec
from keepstep.core.sign_in import Claimed, Member, SignInSpec
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.operators import SqlOperators
from keepstep.store.password_hash import Argon2
from keepstep.store.sessions import SqlSessions
from keepstep.store.vault import Vault
from keepstep.usecases.manage_operators import OperatorDesk
from keepstep.usecases.sign_in import SignInDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The people of an installation, as whoever asks (*by*) sees them. *roles*: those of the configuration."""

    database: Database
    vault: Vault
    audit: SqlAuditLog
    by: Authority
    roles: Callable[[], Mapping[str, RoleSpec]]

    @property
    def operators(self) -> SqlOperators:
        """Who may sign in."""
        return SqlOperators(self.database, self.vault, self.audit)

    @property
    def sessions(self) -> SqlSessions:
        """Who is signed in, and the tokens of programs."""
        return SqlSessions(self.database, self.audit)

    @property
    def desk(self) -> OperatorDesk:
        """Where operators are managed."""
        return OperatorDesk(
            by=self.by,
            operators=self.operators,
            sessions=self.sessions,
            hasher=Argon2(),
            clock=SystemClock(),
            roles=self.roles,
            chance=token_urlsafe,
            bytes_of_chance=token_bytes,
        )

    def sign_in_desk(
        self, spec: SignInSpec, hasher: Argon2, member: Callable[[Claimed], Member | None] | None
    ) -> SignInDesk:
        """Return where people sign in. *member*: asks the directory, if there is one for it."""
        return SignInDesk(
            operators=self.operators,
            sessions=self.sessions,
            hasher=hasher,
            audit=self.audit,
            clock=SystemClock(),
            chance=token_urlsafe,
            spec=spec,
            member=member,
        )
