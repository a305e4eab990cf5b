"""Approval: who has to agree before something is done, and what came of asking them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, NewType, Self

from pydantic import BeforeValidator, Field, model_validator

from keepstep.core.duration import Duration, parse_duration
from keepstep.core.spec import Name, Spec

RequestId = NewType("RequestId", str)
Operator = Annotated[str, Field(min_length=1, max_length=200)]
"""What a person is called who decides: the name that the system, or the console, knows them by."""

FIRST_DIGITS: Final = 12
"""So many digits of a plan's digest have to be given by whoever decides about it without being shown it."""


class Deciders(Spec):
    """How many have to agree; by choice not whoever asked."""

    need: Annotated[int, Field(ge=1, le=20)] = 1
    not_requester: bool = False


class Escalation(Spec):
    """Whom to turn to when nobody decided: from *after* on, those in *to* may decide too."""

    after: Duration
    to: Annotated[list[Operator], Field(min_length=1)]


def _several(given: Any) -> Any:
    return [given] if isinstance(given, str | int) and not isinstance(given, bool) else given


class Requirement(Deciders):
    """What a plan needs before it is applied: *need* of *approvers* (anybody, if nobody is named).

    *reviewers* see it and comment. *expires*: how long is waited for them, and how long an approval holds. *remind*:
    after how long, once each. *tell*: over which channels. *by_guard*: only if a guard trips; *above*: only if there
    are more changes than that.
    """

    reviewers: list[Operator] = []
    approvers: list[Operator] = []
    expires: Duration = "7d"
    remind: Annotated[list[Duration], BeforeValidator(_several)] = []
    escalate: Escalation | None = None
    tell: list[Name] = []
    by_guard: bool = False
    above: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        known = {*self.approvers, *(self.escalate.to if self.escalate else ())}
        if self.approvers and self.need > len(known):
            raise ValueError(f"need: {self.need} have to agree, and only {len(known)} may decide")
        whole = parse_duration(self.expires)
        if not whole:
            raise ValueError("expires: nobody could decide in no time")
        if self.escalate and parse_duration(self.escalate.after) >= whole:
            raise ValueError("escalate.after: by then the request has expired")
        if late := [text for text in self.remind if parse_duration(text) >= whole]:
            raise ValueError(f"remind: after {late[0]} the request has expired")
        return self

    def asked(self, *, changes: int, tripped: bool) -> bool:
        """Return whether a plan with so many *changes* needs approval; *tripped*: it is beyond a guard."""
        if not self.by_guard and self.above is None:
            return True
        return (self.by_guard and tripped) or (self.above is not None and changes > self.above)


def _short(given: Any) -> Any:
    return {"need": given} if isinstance(given, int) and not isinstance(given, bool) else given


ApprovalSpec = Annotated[Requirement, BeforeValidator(_short)]
"""A requirement as it is written; a number alone is how many have to agree, whoever they are."""


class PlanVoteKind(StrEnum):
    """What somebody says about a plan. The first two decide; the others are for who does."""

    APPROVE = "approve"
    REJECT = "reject"
    COMMENT = "comment"
    CHANGES = "changes"


DECISIONS: Final = frozenset({PlanVoteKind.APPROVE, PlanVoteKind.REJECT})


class ApprovalState(StrEnum):
    """Where a request stands. Once approved it is used by one run of the plan, expires, or is replaced."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REPLACED = "replaced"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVote:
    """What one person said about one plan, which it names by its digest. *way*: how it came here."""

    operator: str
    kind: PlanVoteKind
    plan: str
    at: datetime
    note: str = ""
    way: str = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """A plan that waits for people. *purpose*: what wants to apply it, of which the newest plan of a rule counts.

    *trips*: what the guards say. *replaced*: the request that took its place. *run*: the run that used it.
    """

    id: RequestId
    plan: str
    rule: str
    purpose: str
    requester: str
    requirement: Requirement
    summary: str
    trips: tuple[str, ...]
    opened: datetime
    votes: tuple[PlanVote, ...] = ()
    replaced: str = ""
    run: str = ""

    @property
    def until(self) -> datetime:
        """Until when people may decide."""
        return self.opened + parse_duration(self.requirement.expires)

    def approvers(self, at: datetime) -> list[str]:
        """Return who may decide at that time; empty: anybody."""
        asked = self.requirement
        if not asked.approvers or asked.escalate is None:
            return asked.approvers
        late = at >= self.opened + parse_duration(asked.escalate.after)
        return list(dict.fromkeys([*asked.approvers, *asked.escalate.to])) if late else asked.approvers

    def may_decide(self, operator: str, at: datetime) -> bool:
        """Return whether *operator* may approve and reject at that time."""
        return may_decide(self.approvers(at), self.requirement, operator, self.requester)

    def may_speak(self, operator: str, at: datetime) -> bool:
        """Return whether *operator* may comment at that time: reviewers and approvers may, and whoever asked."""
        named = self.requirement.reviewers
        return not named or operator in (*named, self.requester) or self.may_decide(operator, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What came of a request so far. *by*: who approved, or who rejected. *until*: when that is over."""

    request: ApprovalRequest
    state: ApprovalState
    by: tuple[str, ...]
    missing: int
    until: datetime

    @property
    def open(self) -> bool:
        """Whether something can still come of it."""
        return self.state in {ApprovalState.PENDING, ApprovalState.APPROVED}


def may_decide(named: Collection[str], asked: Deciders, operator: str, requester: str) -> bool:
    """Return whether *operator* is one of those *named* (anybody, if nobody is), and not kept out as the requester."""
    return (not named or operator in named) and not (asked.not_requester and _person(operator) == _person(requester))


def decide(request: ApprovalRequest, now: datetime) -> Agreement:
    """Return where *request* stands at *now*, by the votes of those who might decide when they did.

    One vote a person, their latest: who approved may reject as long as nothing was applied. One rejection is enough.
    A vote that names another plan, or came too late, counts for nothing.
    """
    asked = request.requirement
    approved: dict[str, str] = {}
    state, until, by = ApprovalState.PENDING, request.until, tuple[str, ...]()
    for vote in sorted(request.votes, key=lambda vote: vote.at):
        if vote.kind not in DECISIONS or vote.plan != request.plan or vote.at >= until:
            continue
        if not request.may_decide(vote.operator, vote.at):
            continue
        if vote.kind is PlanVoteKind.REJECT:
            state, by = ApprovalState.REJECTED, (vote.operator,)
            break
        approved.setdefault(_person(vote.operator), vote.operator)
        if state is ApprovalState.PENDING and len(approved) >= asked.need:
            state, until = ApprovalState.APPROVED, vote.at + parse_duration(asked.expires)
    if state is not ApprovalState.REJECTED:
        by = tuple(approved.values())
    missing = max(0, asked.need - len(approved))
    return Agreement(request=request, state=_final(request, state, until, now), by=by, missing=missing, until=until)


def _final(request: ApprovalRequest, state: ApprovalState, until: datetime, now: datetime) -> ApprovalState:
    if request.run:
        return ApprovalState.USED
    if request.replaced:
        return ApprovalState.REPLACED
    return ApprovalState.EXPIRED if state is not ApprovalState.REJECTED and now >= until else state


def _person(operator: str) -> str:
    # One person counts once, however they spell their name today.
    return operator.strip().casefold()


REMIND: Final = "remind"
ESCALATE: Final = "escalate"
EXPIRED: Final = "expired"


def due(agreement: Agreement, told: Collection[str], now: datetime) -> list[str]:
    """Return what people are to be told at *now* and were not *told* yet: reminders, the escalation, the end.

    Each has a name of its own; of reminders that were missed only the last is due.
    """
    request, asked = agreement.request, agreement.request.requirement
    if agreement.state is ApprovalState.EXPIRED:
        return _untold([EXPIRED], told)
    if agreement.state is not ApprovalState.PENDING:
        return []
    waited = now - request.opened
    late = sorted((text for text in asked.remind if parse_duration(text) <= waited), key=parse_duration)
    wanted = [f"{REMIND} {late[-1]}"] if late else []
    if asked.escalate and parse_duration(asked.escalate.after) <= waited:
        wanted.append(ESCALATE)
    return _untold(wanted, told)


def _untold(wanted: Iterable[str], told: Collection[str]) -> list[str]:
    return [name for name in wanted if name not in told]
