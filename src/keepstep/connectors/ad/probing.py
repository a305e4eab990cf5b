"""What a connection check looks at, one finding each: reach, TLS, bind, what can be read, what may be written."""

from collections.abc import Sequence
from dataclasses import dataclass

from keepstep.connectors.ad import acl
from keepstep.connectors.ad.containers import UNIT
from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.filters import in_scope
from keepstep.connectors.ad.first_password import finer_length, hopeless
from keepstep.connectors.ad.rights import (
    Right,
    creatable,
    create_child,
    delete_child,
    finding,
    needed,
    reset_password,
    writable,
    write_property,
)
from keepstep.connectors.ad.standing import Standing, standing_of
from keepstep.connectors.ad.visibility import hidden_part, token
from keepstep.connectors.ldap_session.results import meaning
from keepstep.connectors.ldap_session.session import Search, Session
from keepstep.core.connection import KerberosBind, Scope, SimpleBind
from keepstep.core.directory_schema import GROUPS, USERS
from keepstep.core.plan import ActionKind
from keepstep.errors import MacroError
from keepstep.ports import Finding

_PROTECTING = ("objectGUID", "objectSid", "objectClass", "adminCount", "isCriticalSystemObject", "userAccountControl")


@dataclass(frozen=True, slots=True)
class Probe:
    """The look at what a bound account can do."""

    desk: Desk

    async def findings(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what can be read, and which of the rights for *wanted* are there."""
        users, sample = await self._reads(USERS, self.desk.spec.users)
        groups, _ = await self._reads(GROUPS, self.desk.spec.groups)
        found = [users, groups, await self._deleted()]
        if wanted & {ActionKind.CREATE}:
            found += [await self._creates(), await self._first_passwords()]
        if wanted:
            found += await self._writes(wanted, sample)
        return found

    async def _reads(self, objects: str, scope: Scope) -> tuple[Finding, Standing | None]:
        base = scope.base or self.desk.spec.base
        page = await self._session.page(Search(base=base, filter=in_scope(objects, scope), attributes=_PROTECTING))
        subject = f"read {objects}"
        if not page.answer.good:
            known = meaning(page.answer)
            hint = f'check the base "{base}", and that the service account may list its contents'
            return Finding(subject=subject, good=False, detail=known.sentence, hint=known.hint or hint), None
        standings = [standing_of(entry, self.desk.shields) for entry in page.entries]
        blind = sum(standing is None for standing in standings)
        if blind:
            detail = f"{blind} objects hide their objectGUID"
            return Finding(subject=subject, good=False, detail=detail, hint=self._grant_read(base)), None
        unseen = await hidden_part(self._session, base, found=len(page.entries))
        if unseen:
            return Finding(subject=subject, good=False, detail=unseen, hint=self._grant_read(base)), None
        more = " or more" if page.cookie else ""
        detail = f"{len(page.entries)}{more} in scope"
        if not page.entries and objects == USERS:
            detail += ": is the base right?"
        free = (standing for standing in standings if standing is not None and not standing.protected)
        return Finding(subject=subject, good=True, detail=detail), next(free, None)

    async def _deleted(self) -> Finding:
        where = f"CN=Deleted Objects,{self.desk.domain}"
        entry = await self._session.base(where, ("objectClass",), deleted=True)
        subject = "see deletions"
        # to those who may not read it, it comes without attributes
        if entry is not None and entry.values:
            return Finding(subject=subject, good=True, detail="CN=Deleted Objects can be read")
        hint = f'dsacls "{where}" /takeownership, then dsacls "{where}" /G "{self._account}:LCRP"'
        return Finding(subject=subject, good=False, detail="CN=Deleted Objects cannot be read", hint=hint)

    async def _creates(self) -> Finding:
        where = self.desk.home
        classes = await creatable(self._session, where)
        if classes is None:
            detail = "the container for new accounts is not there, or cannot be seen"
            hint = "check new_accounts.container"
            return Finding(subject="create users", good=False, detail=detail, hint=hint)
        missing = [] if "user" in classes else [create_child("user")]
        if self.desk.spec.new_accounts.create_missing_containers and UNIT.lower() not in classes:
            missing.append(create_child(UNIT))
        return finding("create users", missing, where=where, account=self._account)

    async def _first_passwords(self) -> Finding:
        subject, policy = "first passwords", self.desk.policy
        try:
            unmet = hopeless(self.desk)
        except MacroError as exc:
            return Finding(subject=subject, good=False, detail=exc.message, hint=exc.hint)
        if unmet:
            hint = "change new_accounts.password, or the domain's password policy"
            return Finding(subject=subject, good=False, detail=unmet, hint=hint)
        wants = f"the domain wants {policy.length} characters{' and complexity' if policy.complex else ''}"
        finer = await finer_length(self._session, self.desk.domain)
        if finer:
            wants += (
                f"; fine-grained policies want up to {finer}, from whom they apply to: known once an account is made"
            )
        return Finding(subject=subject, good=True, detail=wants)

    async def _writes(self, wanted: frozenset[ActionKind], sample: Standing | None) -> list[Finding]:
        if sample is None:
            detail = "not looked at: there is no account in scope to look at"
            return [Finding(subject="write users", good=True, detail=detail)]
        where = str(sample.name.parent)
        allowed = await writable(self._session, sample.address) or frozenset()
        missing = [write_property(name, "user") for name in needed(wanted) if name.lower() not in allowed]
        found = [finding("write users", missing, where=where, account=self._account)]
        sids = await token(self._session)
        if ActionKind.CREATE in wanted:
            able = await self._holds(sample.address, sids, acl.CONTROL_ACCESS)
            found.append(self._finding("reset passwords", where, [] if able else [reset_password()]))
        if ActionKind.DELETE in wanted:
            able = await self._holds(sample.address, sids, acl.DELETE) or await self._holds(
                where, sids, acl.DELETE_CHILD
            )
            found.append(self._finding("delete users", where, [] if able else [delete_child("user")]))
        return found

    def _finding(self, subject: str, where: str, missing: Sequence[Right]) -> Finding:
        return finding(subject, missing, where=where, account=self._account)

    async def _holds(self, dn: str, sids: frozenset[str], mask: int) -> bool:
        entry = await self._session.base(dn, ("nTSecurityDescriptor",))
        held = entry.values.get("ntsecuritydescriptor", []) if entry else []
        kind = acl.RESET_PASSWORD if mask == acl.CONTROL_ACCESS else acl.USER_CLASS
        return bool(held) and acl.holds(held[0], sids, mask, kind)

    def _grant_read(self, base: str) -> str:
        return f'dsacls "{base}" /I:T /G "{self._account}:LCRP"'

    @property
    def _session(self) -> Session:
        return self.desk.session

    @property
    def _account(self) -> str:
        match self.desk.spec.bind:
            case SimpleBind(user=user):
                return user
            case KerberosBind(principal=principal):
                return principal or "the service account"
