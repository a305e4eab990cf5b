"""How far whoever asks sees: which plans, runs, approvals; and with them which people."""

from keepstep.api.asker import Asker
from keepstep.core.authority import Reach
from keepstep.core.right import Right
from keepstep.core.template_run import TemplateRun
from keepstep.usecases.change_accounts import BY_HAND


def reach_of(rule: str, *, people: bool) -> Reach:
    """Return what somebody has to reach to see *rule*, and with *people* everybody whom it is about."""
    return Reach(rule=rule, place=None if people else "")


def sees(asker: Asker, rule: str, *, people: bool = False) -> bool:
    """Whether whoever asks reaches *rule*, and with *people* everybody whom it is about."""
    reach = reach_of(rule, people=people)
    return any(asker.authority.may(right, reach) for right in (Right.READ_RUNS, Right.APPROVE))


def sees_template_run(asker: Asker, run: TemplateRun, *, people: bool = False) -> bool:
    """Whether whoever asks began *run*, or reaches its template, and with *people* everybody."""
    template = "" if run.template == BY_HAND else run.template
    reach = Reach(template=template, place=None if people else "")
    own = run.operator == asker.operator.name
    return own or any(asker.authority.may(right, reach) for right in (Right.READ_RUNS, Right.RUN_TEMPLATES))
