"""What a lost master key leaves behind that nobody can enter again, and how it is given up."""

from dataclasses import dataclass

from sqlalchemy import and_, delete, select

from keepstep.core.approval import RequestId
from keepstep.core.audit import AuditNote
from keepstep.errors import StoreError
from keepstep.store.approvals import SqlApprovals
from keepstep.store.audit_key import AuditKey
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.tables import FIRST_PASSWORDS
from keepstep.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLoss:
    """What no key at hand opens or proves, and only stands in the way.

    *audit_key*: what signed the audit log; *first_passwords*: so many; *requests*: for approval, with their votes.
    """

    audit_key: bool
    first_passwords: int
    requests: tuple[RequestId, ...]

    @property
    def any(self) -> bool:
        """Whether there is something."""
        return self.audit_key or bool(self.first_passwords) or bool(self.requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLossDesk:
    """What giving up needs of the world."""

    database: Database
    vault: Vault
    approvals: SqlApprovals
    audit_key: AuditKey
    audit: SqlAuditLog

    def found(self) -> KeyLoss:
        """Return what is lost. StoreError unless the key in use is at hand: else it is only not here."""
        in_use = self.vault.keys.in_use()
        if in_use and not self.vault.opens(in_use):
            told = f"the master key in use ({in_use}) is not at hand: what it sealed may only seem to be lost"
            hint = "bring it back; if nobody has it, `keepstep secret rotate-key` brings the one at hand into use"
            raise StoreError(told, hint=hint)
        return KeyLoss(
            audit_key=self.audit_key.lost,
            first_passwords=sum(count for _, count in self._lost_passwords()),
            requests=tuple(self.approvals.altered()),
        )

    def give_up(self, *, operator: str) -> KeyLoss:
        """Give up what is lost, each with its entry in the audit log, and return what it was.

        AuditBroken, and the key of the audit log stays, if that was altered: it is never signed anew then.
        """
        loss = self.found()
        for request in loss.requests:
            note = AuditNote(action="approval_given_up", subject=request, detail={}, operator=operator)
            self.approvals.give_up(request, note)
        if loss.first_passwords:
            detail = {"count": str(loss.first_passwords)}
            note = AuditNote(action="passwords_given_up", subject="first passwords", detail=detail, operator=operator)
            with self.database.erasing() as connection:
                for key_id, _ in self._lost_passwords():
                    sealed = and_(FIRST_PASSWORDS.c.key_id == key_id, FIRST_PASSWORDS.c.sealed.is_not(None))
                    connection.execute(delete(FIRST_PASSWORDS).where(sealed))
                self.audit.add_within(connection, note)
        if loss.audit_key:
            self.audit_key.make_anew(self.database, self.audit, operator=operator)
        return loss

    def _lost_passwords(self) -> list[tuple[str, int]]:
        """Return under which lost key how many first passwords wait."""
        statement = select(FIRST_PASSWORDS.c.key_id).where(FIRST_PASSWORDS.c.sealed.is_not(None))
        with self.database.read() as connection:
            held = list(connection.execute(statement).scalars())
        return [(key_id, held.count(key_id)) for key_id in sorted(set(held)) if not self.vault.opens(key_id)]
