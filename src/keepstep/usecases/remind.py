"""Look after requests for approval: remind, turn to others, and say when nobody decided in time."""

from datetime import datetime

from keepstep.core.approval import EXPIRED, ApprovalState, RequestId, decide, due
from keepstep.core.approval_notice import ended, reminding
from keepstep.core.audit import AuditNote
from keepstep.errors import ApprovalBroken
from keepstep.usecases.approve import PATIENCE, TOLD_THE_END, ApprovalDesk, tell

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
            found = {"found": error.message}
            note = AuditNote(action="approval_altered", subject=name, detail=found, operator="")
            if desk.requests.tell_once(name, _BROKEN, note):
                lines.append(f"{error.message}: {error.hint}")
    return lines


async def _look_after(desk: ApprovalDesk, name: RequestId, now: datetime) -> list[str]:
    agreement = decide(desk.requests.find(name), now)
    request = agreement.request
    lines: list[str] = []
    for what in due(agreement, desk.requests.told(name), now):
        detail = {"request": request.id, "plan": request.plan}
        note = AuditNote(action="approval_expired", subject=request.rule, detail=detail, operator="")
        if not desk.requests.tell_once(name, what, note if what == EXPIRED else None):
            continue  # another worker did meanwhile
        await tell(desk, ended(agreement) if what == EXPIRED else reminding(agreement, what))
        lines.append(f"approval of plan {request.plan[:12]} of rule {request.rule}: {what}")
    agreed = agreement.state is ApprovalState.APPROVED and now - max(one.at for one in request.votes) > PATIENCE
    if agreed and TOLD_THE_END not in desk.requests.told(name):
        await tell(desk, ended(agreement))  # whoever was the last to agree died before that was told
        desk.requests.tell_once(name, TOLD_THE_END)
    if agreement.state not in {ApprovalState.PENDING, ApprovalState.APPROVED}:
        desk.requests.close(name)
    return lines
