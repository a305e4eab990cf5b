"""Ask people to agree to a plan, and apply nothing that they have not agreed to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from keepstep.core.approval import (
    DECISIONS,
    Agreement,
    ApprovalRequest,
    ApprovalState,
    PlanVote,
    PlanVoteKind,
    RequestId,
    Requirement,
    decide,
)
from keepstep.core.approval_link import ApprovalLink, packed
from keepstep.core.approval_notice import ApprovalNotice, asking
from keepstep.core.audit import AuditNote
from keepstep.core.guard import Override, Trip, check_plan
from keepstep.core.plan import Plan
from keepstep.core.secret import Secret
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import ApprovalMissing
from keepstep.ports import Approvals, Audit, Clock, Journal, Ports

TOLD_OF_IT = "asked"
"""What is noted of a request once people were asked; after they were, as asking twice is better than not at all."""

PATIENCE = timedelta(minutes=1)
"""So long somebody else may be at telling; then they are not any more."""

TOLD_THE_END = "approved"
"""What is noted once people were told that enough of them agreed."""

COMMAND_LINE = "command line"
"""The purpose of what a person applies by hand."""


class KeptApprovals(Approvals, Protocol):
    """The requests with their votes and links; whatever is given back was found unchanged, else ApprovalBroken."""

    def open(self, request: ApprovalRequest, note: AuditNote) -> tuple[ApprovalRequest, bool]:
        """Keep *request*, with *note* in the audit log, and say whether it is new; else return the open one like it."""
        ...

    def opened(self) -> list[RequestId]:
        """Return the requests that something can still come of, oldest first."""
        ...

    def find(self, prefix: str) -> ApprovalRequest:
        """Return the request whose id starts with *prefix*; StoreError if there is none or several."""
        ...

    def vote(
        self,
        request: RequestId,
        judge: Callable[[ApprovalRequest], PlanVote],
        note: AuditNote,
        *,
        link: str = "",
    ) -> PlanVote:
        """Keep the vote that *judge* makes of the request as it is now, with *note* in the audit log, and use up
        *link*; or nothing of it.
        """
        ...

    def close(self, request: RequestId) -> None:
        """Look no more after a request that nothing can come of."""
        ...

    def told(self, request: RequestId) -> set[str]:
        """Return what people were told of *request*."""
        ...

    def tell_once(self, request: RequestId, what: str, note: AuditNote | None = None) -> bool:
        """Note that people are told *what* of *request*, and *note* in the audit log; False if they were before."""
        ...

    def keep_link(self, request: RequestId, operator: str, token: str) -> None:
        """Keep that *token* was made for *operator*, by nothing but its hash."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the signature that makes *content* a link of this home."""
        ...

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Return whether *signature* is one that this home gave *content*."""
        ...

    def chance(self) -> str:
        """Return 32 hex digits that nobody can guess."""
        ...


class Teller(Protocol):
    """Gets notices to people."""

    def private(self, notice: ApprovalNotice) -> bool:
        """Return whether there is a way by which it reaches nobody but the person: only then a link is made."""
        ...

    async def tell(self, notices: Sequence[ApprovalNotice]) -> None:
        """Tell each person what is for them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDesk:
    """What asking people needs of the world."""

    requests: KeptApprovals
    journal: Journal
    audit: Audit
    clock: Clock
    teller: Teller


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A plan, what it needs, and who wants to apply it.

    *purpose*: of the same rule and purpose only the newest plan counts, so each automation names itself. *trips*: what
    `check_plan` says of it.
    """

    plan: Plan
    requirement: Requirement
    requester: str
    purpose: str = COMMAND_LINE
    trips: Sequence[Trip] = ()

    @property
    def needed(self) -> bool:
        """Whether people have to agree at all."""
        return _needed(self.plan, self.requirement, self.trips)


async def seek(desk: ApprovalDesk, asked: Asked, *, anew: bool = False) -> Agreement:
    """Return how people stand to exactly this plan, and ask them if nobody did: PENDING, APPROVED, REJECTED or EXPIRED.

    However often it is called, they are asked once. *anew*: they are asked again where it was rejected or expired; and
    they always are once a run has used the approval up and ended. An open request of the same purpose for another plan
    of the rule, or under another requirement, is replaced: what was said there counts for nothing here.
    """
    now = desk.clock.now()
    held = [one for one in desk.requests.of_plan(asked.plan.digest) if _same(one, asked)]
    if held:
        agreement = decide(held[0], now)
        over = agreement.state in {ApprovalState.REJECTED, ApprovalState.EXPIRED}
        silent = agreement.open and now - agreement.request.opened > PATIENCE
        if silent and TOLD_OF_IT not in desk.requests.told(agreement.request.id):
            await _ask(desk, agreement.request)  # whoever opened it died before it had asked
        if agreement.open or (over and not anew):
            return agreement
        former = desk.journal.interrupted(asked.plan.rule)
        if former is not None and former.id == agreement.request.run:
            return replace(agreement, state=ApprovalState.APPROVED)  # that run goes on by it
    desk.journal.save_plan(asked.plan)
    wanted = _request(asked, RequestId(desk.requests.chance()[:10]), now)
    detail = {"request": wanted.id, "plan": wanted.plan, "purpose": wanted.purpose}
    note = AuditNote(action="ask_approval", subject=wanted.rule, detail=detail, operator=wanted.requester)
    request, new = desk.requests.open(wanted, note)
    if new:
        await _ask(desk, request)
    return decide(request, now)


async def _ask(desk: ApprovalDesk, request: ApprovalRequest) -> None:
    await tell(desk, asking(request))
    desk.requests.tell_once(request.id, TOLD_OF_IT)


async def tell(desk: ApprovalDesk, notices: Sequence[ApprovalNotice]) -> None:
    """Tell people; whoever is to decide, and is told in private, gets a link that decides once, in their name."""
    told = [
        replace(one, link=made_link(desk, one.request, one.to))
        if one.decides and one.to and desk.teller.private(one)
        else one
        for one in notices
    ]
    await desk.teller.tell(told)


def made_link(
    desk: ApprovalDesk,
    request: ApprovalRequest,
    operator: str,
    *,
    maker: str = "",
    scope: frozenset[PlanVoteKind] = DECISIONS,
) -> Secret:
    """Return a token by which whoever has it decides about *request*, once, in the name of *operator*; see `redeem`."""
    link = ApprovalLink(
        request=request.id,
        operator=operator,
        scope=scope,
        until=request.until,
        maker=maker,
        chance=desk.requests.chance(),
    )
    token = packed(link, desk.requests.sign)
    desk.requests.keep_link(request.id, operator, token.reveal())
    return token


def judge_approval(ports: Ports, plan: Plan, rule: SyncRule) -> None:
    """Raise ApprovalMissing unless people agreed to exactly *plan* as *rule* wants it now, and no run used that up.

    A run of this plan that goes on was judged when it began.
    """
    if rule.approve is None or not _wanted(ports, plan, rule):
        return
    newest = _best(ports, plan, rule.approve)
    if newest is None or newest.state is not ApprovalState.APPROVED:
        raise not_approved(plan, rule.approve, newest)
    detail = {"plan": plan.digest, "request": newest.request.id, "by": ", ".join(newest.by)}
    ports.audit.add("use_approval", plan.rule, detail, operator=ports.operator)


async def ask_first(desk: ApprovalDesk, ports: Ports, plan: Plan, rule: SyncRule, *, anew: bool = False) -> None:
    """Raise ApprovalMissing unless `judge_approval` would let *plan* pass; people are asked if they were not.

    What expired is asked anew, and with *anew* what was rejected too.
    """
    if rule.approve is None or not _wanted(ports, plan, rule):
        return
    newest = _best(ports, plan, rule.approve)
    if newest is None or newest.state is not ApprovalState.APPROVED:
        trips = check_plan(plan, rule.guards)
        asked = Asked(plan=plan, requirement=rule.approve, requester=ports.operator, trips=trips)
        newest = await seek(desk, asked, anew=anew)
        if newest.state is ApprovalState.EXPIRED:
            newest = await seek(desk, asked, anew=True)
        raise not_approved(plan, rule.approve, newest)


def _wanted(ports: Ports, plan: Plan, rule: SyncRule) -> bool:
    """Whether people have to agree before *plan* goes on now."""
    former = ports.journal.interrupted(plan.rule)
    if rule.approve is None or (former is not None and former.plan == plan.digest):
        return False
    return _needed(plan, rule.approve, check_plan(plan, rule.guards))


def _best(ports: Ports, plan: Plan, requirement: Requirement) -> Agreement | None:
    """Return what allows *plan*, whatever purpose it was asked for; else what came of the newest request."""
    found = [
        decide(request, ports.clock.now())
        for request in ports.approvals.of_plan(plan.digest)
        if (request.rule, request.requirement) == (plan.rule, requirement)
    ]
    approved = (one for one in found if one.state is ApprovalState.APPROVED)
    return next(approved, found[0] if found else None)


def not_approved(plan: Plan, requirement: Requirement, agreement: Agreement | None) -> ApprovalMissing:
    """Return the error that says how *plan* stands, and what to do."""
    short = plan.digest[:12]
    whom = ", ".join(requirement.approvers) or "anybody"
    asking_ = f"`keepstep apply {short}` asks"
    if agreement is None:
        return ApprovalMissing(
            f'plan {short} of rule "{plan.rule}" needs {requirement.need} of {whom} to approve, and nobody was asked',
            hint=f"nothing was written; {asking_}",
        )
    request = agreement.request
    hint = f"nothing was written; `keepstep approval show {request.id}` tells more"
    match agreement.state:
        case ApprovalState.PENDING:
            told = f"waits for {agreement.missing} of {whom} to approve"
            hint = f"nothing was written; they decide by `keepstep approval approve {request.id}`; then apply it again"
        case ApprovalState.REJECTED:
            told = f"was rejected by {', '.join(agreement.by)}"
            hint = f"{hint}; `keepstep apply {short} --ask-again` asks again"
        case ApprovalState.EXPIRED:
            told = f"was not applied by {agreement.until:%Y-%m-%d %H:%M} UTC, and its request for approval has expired"
            hint = f"nothing was written; {asking_} again"
        case ApprovalState.USED:
            told = f"was applied by run {request.run}, which used its approval up"
            hint = f"make a new plan: `keepstep plan {plan.rule}`; or {asking_} again"
        case ApprovalState.REPLACED | ApprovalState.APPROVED:
            told = "was replaced by a newer plan, which needs an approval of its own"
    return ApprovalMissing(f'plan {short} of rule "{plan.rule}" {told} (request {request.id})', hint=hint)


def override_by(agreement: Agreement, trips: Sequence[Trip]) -> Override | None:
    """Return the leave to go beyond *trips* that an approval gives: those who approved were shown each of them."""
    shown = set(agreement.request.trips)
    if agreement.state is not ApprovalState.APPROVED or not trips or not shown.issuperset(trip.text for trip in trips):
        return None
    return Override(operator=", ".join(agreement.by), reason=f"approved in request {agreement.request.id}")


def _needed(plan: Plan, requirement: Requirement, trips: Sequence[Trip]) -> bool:
    return not plan.empty and requirement.asked(changes=len(plan.actions), tripped=bool(trips))


def _same(request: ApprovalRequest, asked: Asked) -> bool:
    wanted = (asked.plan.rule, asked.purpose, asked.requirement)
    return (request.rule, request.purpose, request.requirement) == wanted


def _request(asked: Asked, name: RequestId, now: datetime) -> ApprovalRequest:
    counted = Counter(str(action.kind) for action in asked.plan.actions)
    return ApprovalRequest(
        id=name,
        plan=asked.plan.digest,
        rule=asked.plan.rule,
        purpose=asked.purpose,
        requester=asked.requester,
        requirement=asked.requirement,
        summary=", ".join(f"{count:,} {kind}" for kind, count in counted.items()) or "only links",
        trips=tuple(trip.text for trip in asked.trips),
        opened=now,
    )
