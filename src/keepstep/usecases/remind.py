"""Look after requests for approval: remind, turn to others, and say when nobody decided in time."""

from datetime import datetime

from keepstep.core.approval import EXPIRED, ApprovalState, RequestId, decide, due
from keepstep.core.approval_notice import ended, reminding
from keepstep.errors import ApprovalBroken
from keepstep.usecases.approve import ApprovalDesk, tell

_BROKEN = "altered"


async def remind_due(desk: ApprovalDesk, now: datetime) -> list[str]:
    """Tell people what is due at *now*, each thing once, and return it in a line each for whoever keeps watch.

    However late it is called, nobody is told the same twice, and of several missed reminders only the last goes out.
    A request that was altered stops none of the others; it is told of once.
    """
    lines: list[str] = []
    for name in desk.requests.opened():
        try:
            lines += await _look_after(desk, name, now)
        except ApprovalBroken as error:
            if desk.requests.tell_once(name, _BROKEN):
                desk.audit.add("approval_altered", name, {"found": error.message}, operator="")
                lines.append(f"{error.message}: {error.hint}")
    return lines


async def _look_after(desk: ApprovalDesk, name: RequestId, now: datetime) -> list[str]:
    agreement = decide(desk.requests.find(name), now)
    request = agreement.request
    lines: list[str] = []
    for what in due(agreement, desk.requests.told(name), now):
        if not desk.requests.tell_once(name, what):
            continue  # another worker did meanwhile
        if what == EXPIRED:
            detail = {"request": request.id, "plan": request.plan}
            desk.audit.add("approval_expired", request.rule, detail, operator="")
        await tell(desk, ended(agreement) if what == EXPIRED else reminding(agreement, what))
        lines.append(f"approval of plan {request.plan[:12]} of rule {request.rule}: {what}")
    if agreement.state not in {ApprovalState.PENDING, ApprovalState.APPROVED}:
        desk.requests.close(name)
    return lines
