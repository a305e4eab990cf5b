"""What people are told of a request for approval."""

from collections.abc import Iterable
from dataclasses import dataclass

from keepstep.core.approval import ESCALATE, EXPIRED, Agreement, ApprovalRequest, ApprovalState
from keepstep.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNotice:
    """One message to one person. *to*: empty where nobody in particular is asked. *key*: the same for the same message.

    *decides*: they can decide by a *link*, if they are told in private.
    """

    key: str
    request: ApprovalRequest
    to: str
    subject: str
    text: str
    decides: bool = False
    link: Secret | None = None

    @property
    def whole(self) -> str:
        """The text with the link, for nobody but the person."""
        if self.link is None:
            return self.text
        return f"{self.text}\nOr decide with this link, once, in your name:\n{self.link.reveal()}"


def asking(request: ApprovalRequest) -> list[ApprovalNotice]:
    """Return what reviewers and approvers are told when *request* opens."""
    subject = f'Approval wanted: plan {request.plan[:12]} of rule "{request.rule}"'
    approvers = request.approvers(request.opened)
    reviewers = [name for name in request.requirement.reviewers if name not in approvers]
    return [
        *_notices(request, "asked", subject, approvers or [""], decides=True),
        *_notices(request, "review", subject, reviewers, decides=False),
    ]


def reminding(agreement: Agreement, what: str) -> list[ApprovalNotice]:
    """Return what those who have not decided are told: a reminder, or that the decision is theirs now."""
    request = agreement.request
    agreed = set(agreement.by)
    if what == ESCALATE and request.requirement.escalate:
        subject = f'Nobody decided yet: plan {request.plan[:12]} of rule "{request.rule}"'
        people = request.requirement.escalate.to
    else:
        subject = f'Still waiting for approval: plan {request.plan[:12]} of rule "{request.rule}"'
        people = request.requirement.approvers or [""]
    return _notices(request, what, subject, [name for name in people if name not in agreed], decides=True)


def ended(agreement: Agreement) -> list[ApprovalNotice]:
    """Return what whoever asked is told when it is decided, or too late."""
    request = agreement.request
    words = {
        ApprovalState.APPROVED: f"Approved by {', '.join(agreement.by)}",
        ApprovalState.REJECTED: f"Rejected by {', '.join(agreement.by)}",
        ApprovalState.EXPIRED: "Approval expired",
    }
    told = f'{words.get(agreement.state, agreement.state)}: plan {request.plan[:12]} of rule "{request.rule}"'
    what = EXPIRED if agreement.state is ApprovalState.EXPIRED else str(agreement.state)
    return _notices(request, what, told, [request.requester], decides=False)


def spoken(request: ApprovalRequest, operator: str, said: str, note: str) -> list[ApprovalNotice]:
    """Return what whoever asked, and whoever decides, are told when *operator* said something."""
    subject = f'{operator} {said}: plan {request.plan[:12]} of rule "{request.rule}"'
    people = [name for name in (request.requester, *request.requirement.approvers) if name != operator]
    key = f"said {len(request.votes)}"
    return [
        ApprovalNotice(key=f"{request.id} {key} {name}", request=request, to=name, subject=subject, text=note)
        for name in dict.fromkeys(people)
    ]


def _notices(
    request: ApprovalRequest, what: str, subject: str, people: Iterable[str], *, decides: bool
) -> list[ApprovalNotice]:
    return [
        ApprovalNotice(
            key=f"{request.id} {what} {name}",
            request=request,
            to=name,
            subject=subject,
            text=_text(request),
            decides=decides,
        )
        for name in dict.fromkeys(people)
    ]


def _text(request: ApprovalRequest) -> str:
    lines = [
        f'Plan {request.plan} of rule "{request.rule}": {request.summary}.',
        f"Asked by {request.requester} ({request.purpose}); until {request.until:%Y-%m-%d %H:%M} UTC.",
        *(f"Beyond a guard: {trip}." for trip in request.trips),
        f"See it: keepstep approval show {request.id}",
    ]
    return "\n".join(lines)
