"""Say something about a plan that waits for people: approve, reject, comment; by name, or by a one-time link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from keepstep.core.approval import (
    DECISIONS,
    FIRST_DIGITS,
    Agreement,
    ApprovalRequest,
    ApprovalState,
    PlanVote,
    PlanVoteKind,
    decide,
)
from keepstep.core.approval_link import ApprovalLink, unpacked
from keepstep.core.approval_notice import ApprovalNotice, ended, spoken
from keepstep.core.audit import AuditNote
from keepstep.core.authority import Authority, Reach
from keepstep.core.guard import NAMELESS
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.errors import UsageError
from keepstep.usecases.approve import COMMAND_LINE, TOLD_THE_END, ApprovalDesk, made_link, tell

_SAID: Final[Mapping[PlanVoteKind, str]] = {
    PlanVoteKind.COMMENT: "commented",
    PlanVoteKind.CHANGES: "asks for changes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What somebody says, and about which *plan*: the first digits of its digest, as they saw it."""

    kind: PlanVoteKind
    plan: str = ""
    note: str = ""
    way: str = COMMAND_LINE


async def vote(desk: ApprovalDesk, request: str, saying: Saying, *, by: Authority) -> Agreement:
    """Keep what whoever asks says about the request that starts so, and return how people stand then.

    UsageError if it is about another plan, the operator has no name or may not say this, or it is too late.
    """
    by.require(Right.APPROVE, Reach(rule=desk.requests.find(request).rule))
    return await _said(desk, request, saying, operator=by.operator)


def make_link(
    desk: ApprovalDesk, request: str, operator: str, *, maker: str, scope: frozenset[PlanVoteKind] = DECISIONS
) -> Secret:
    """Return a token by which whoever has it decides about the request, once, in the name of *operator*.

    *maker*: who asks for it. It is good until the request expires, and kept nowhere. UsageError if *operator* may not
    decide.
    """
    found = desk.requests.find(request)
    _may(found, PlanVoteKind.APPROVE, operator, desk.clock.now())
    desk.audit.add("approval_link", found.rule, {"request": found.id, "for": operator}, operator=maker)
    return made_link(desk, found, operator, maker=maker, scope=scope)


def open_link(desk: ApprovalDesk, token: Secret) -> ApprovalLink:
    """Return what *token* says; UsageError if it is none of this home, or its time is over."""
    link = unpacked(token, desk.requests.signed)
    if desk.clock.now() >= link.until:
        raise UsageError(f"this link expired at {link.until:%Y-%m-%d %H:%M} UTC", hint="ask for the approval anew")
    return link


async def redeem(desk: ApprovalDesk, token: Secret, saying: Saying) -> Agreement:
    """Decide by *token*, in the name it was made for; it is used up by that.

    UsageError, and nothing is decided, if it was changed, is too old, was used, or is not for this decision.
    """
    link = open_link(desk, token)
    if saying.kind not in link.scope:
        allowed = " or ".join(sorted(link.scope))
        raise UsageError(f"this link is not for that: it is to {allowed}", hint="ask for another")
    # the link was made for this request, and a request is about one plan
    way = f"link made by {link.maker}" if link.maker else "link sent to them"
    saying = replace(saying, plan=desk.requests.find(link.request).plan, way=way)
    return await _said(desk, link.request, saying, operator=link.operator, link=token.reveal().strip())


async def _said(desk: ApprovalDesk, request: str, saying: Saying, *, operator: str, link: str = "") -> Agreement:
    if operator.strip() in NAMELESS:
        raise UsageError("whoever decides needs a name", hint="set LOGNAME to yours; it is kept with the vote")
    if saying.kind not in DECISIONS and not saying.note.strip():
        raise UsageError("there is nothing said", hint="say it with --note")
    found = desk.requests.find(request)
    now = desk.clock.now()

    def judge(held: ApprovalRequest) -> PlanVote:
        if len(saying.plan) < FIRST_DIGITS or not held.plan.startswith(saying.plan.lower()):
            raise UsageError(
                f"request {held.id} is about plan {held.plan[:FIRST_DIGITS]}, and that is not what was named",
                hint=f"look at it: `keepstep approval show {held.id}`; then name {FIRST_DIGITS} digits or more",
            )
        _may(held, saying.kind, operator, now)
        return PlanVote(operator=operator, kind=saying.kind, plan=held.plan, at=now, note=saying.note, way=saying.way)

    detail = {"request": found.id, "plan": found.plan, "note": saying.note, "way": saying.way}
    note = AuditNote(action=f"plan_{saying.kind}", subject=found.rule, detail=detail, operator=operator)
    desk.requests.vote(found.id, judge, note, link=link)
    after = decide(desk.requests.find(found.id), now)
    await tell(desk, _news(after, saying, operator))
    if after.state is ApprovalState.APPROVED:
        desk.requests.tell_once(found.id, TOLD_THE_END)
    return after


def _may(request: ApprovalRequest, kind: PlanVoteKind, operator: str, now: datetime) -> None:
    """Raise UsageError unless *operator* may say this about *request* now."""
    agreement = decide(request, now)
    decides = kind in DECISIONS
    # who agreed may take it back until the plan is applied
    if not agreement.open or (kind is PlanVoteKind.APPROVE and agreement.state is ApprovalState.APPROVED):
        raise UsageError(
            f"request {request.id} is {agreement.state}: nobody can {kind} it any more"
            if decides
            else f"request {request.id} is {agreement.state}",
            hint=f"`keepstep approval show {request.id}` tells what came of it",
        )
    if not (request.may_decide(operator, now) if decides else request.may_speak(operator, now)):
        asked = request.requirement
        named = request.approvers(now) if decides else [*asked.reviewers, *request.approvers(now)]
        kept_out = ", and not for who asked" if decides and asked.not_requester else ""
        raise UsageError(
            f"{operator} may not {'decide' if decides else 'comment'} on request {request.id}",
            hint=f"it is for {', '.join(named) or 'anybody'}{kept_out}",
        )
    if kind is PlanVoteKind.APPROVE and operator in agreement.by:
        raise UsageError(
            f"{operator} has approved request {request.id} already", hint=f"{agreement.missing} more are needed"
        )


def _news(after: Agreement, saying: Saying, operator: str) -> Sequence[ApprovalNotice]:
    """Return what people are told of it: what others said, and how it ended."""
    ends = {PlanVoteKind.APPROVE: ApprovalState.APPROVED, PlanVoteKind.REJECT: ApprovalState.REJECTED}
    if saying.kind not in DECISIONS:
        return spoken(after.request, operator, _SAID[saying.kind], saying.note)
    return ended(after) if after.state is ends[saying.kind] else []
