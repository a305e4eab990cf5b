"""A plan as a person reviews it: a diff by person, then what is left alone, then what it costs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from keepstep.cli.output import Line, shown
from keepstep.core.assemble import REFUSED_BEFORE
from keepstep.core.guard import Trip
from keepstep.core.lifecycle import Lifecycle, lifecycle
from keepstep.core.plan import Action, ActionKind, Delta, Finding, Plan
from keepstep.core.situation import Situation
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Values, Verdict

MOST_TEXT: Final = 200
_SIGNS: Final = {
    ActionKind.CREATE: ("+", "good"),
    ActionKind.UPDATE: ("~", "change"),
    ActionKind.ENABLE: ("+", "good"),
    ActionKind.DISABLE: ("-", "bad"),
    ActionKind.DELETE: ("-", "bad"),
}


def plan_lines(plan: Plan, rule: SyncRule | None, trips: Sequence[Trip]) -> Iterator[Line]:
    """Yield *plan* as a reviewable diff. *rule*: the rule as it is now, if there is one."""
    sides = f": {rule.source} → {rule.target}" if rule else ""
    yield Line(f'Plan {plan.digest[:12]} of rule "{plan.rule}"{sides}', "head")
    yield from _verdict_line("source", plan.source)
    yield from _verdict_line("target", plan.target)
    thing = rule.target_side.objects.removesuffix("s") if rule else "account"
    for action in plan.actions:
        yield Line("")
        yield from _action_lines(action, thing)
    if plan.findings:
        yield Line("")
        yield Line("Left alone, for a person to know:", "head")
        yield from (_finding_line(finding) for finding in plan.findings)
    yield Line("")
    yield from _summary(plan, trips)


def _verdict_line(side: str, verdict: Verdict) -> Iterator[Line]:
    style = "faint" if verdict.whole else "bad"
    yield Line(f"  {side}: {verdict.records:,} read, {verdict.completeness}: {shown(verdict.reason)}", style)


def _action_lines(action: Action, thing: str) -> Iterator[Line]:
    sign, style = _SIGNS[action.kind]
    key = f" ({thing} {shown(action.target_key)})" if action.target_key else ""
    yield Line(f"{sign} {action.kind} {shown(action.name)}{key}  {action.situation}{_event(action)}", style)
    if action.rehire or action.situation is not Situation.LINKED:
        yield Line(f"    # {shown(action.reason)}", "faint")
    for delta in action.deltas:
        yield Line(f"    {delta_text(delta, fresh=action.kind is ActionKind.CREATE)}")


def _event(action: Action) -> str:
    """Return the event in somebody's working life that is behind *action*, where it is more than a correction."""
    event = lifecycle(action)
    return "" if event is Lifecycle.MOVER else f", {event}"


def _finding_line(finding: Finding) -> Line:
    return Line(f"! {shown(finding.name)}  {finding.situation}: {shown(finding.reason)}", "change")


def delta_text(delta: Delta, *, fresh: bool = False) -> str:
    """Return one change as text: `name: before → after`; sets of values by what is added and removed."""
    before = delta.before or ()
    if fresh and not before:
        return f"{shown(delta.name)}: {_values_text(delta.after)}"
    if len(before) > 1 or len(delta.after) > 1:
        added = [f"+{_value_text(value)}" for value in delta.after if value not in before]
        gone = [f"-{_value_text(value)}" for value in before if value not in delta.after]
        if added or gone:
            return f"{shown(delta.name)}: {' '.join(added + gone)}"
    return f"{shown(delta.name)}: {_values_text(delta.before)} → {_values_text(delta.after)}"


def _values_text(values: Values | None) -> str:
    return ", ".join(map(_value_text, values)) if values else "(none)"


def _value_text(value: str) -> str:
    text = shown(value)
    if not text or text != text.strip():
        return f'"{text}"'
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text):,} characters)"


def _summary(plan: Plan, trips: Sequence[Trip]) -> Iterator[Line]:
    if not (plan.source.whole and plan.target.whole):
        yield Line("Not all was planned: a read was not complete.", "bad")
    elif plan.empty:
        yield Line("Nothing to do: the target is in step.", "good")
    for kind in ActionKind:
        if count := plan.count(kind):
            yield Line(f"  {kind:<8} {count:>7,}", _SIGNS[kind][1])
    if plan.links:
        yield Line(f"  link     {len(plan.links):>7,}  (remembered here, nothing is written)")
    if plan.forget:
        yield Line(f"  forget   {len(plan.forget):>7,}  (gone on both sides)")
    counted = ", ".join(f"{situation} {count:,}" for situation, count in plan.situations.items() if count)
    if counted:
        yield Line(f"  people:  {counted}", "faint")
    if refused := sum(REFUSED_BEFORE in finding.reason for finding in plan.findings):
        yield Line(f"  refused: {refused:,} left alone as above; --retry-refused plans them again", "change")
    if plan.actions:
        yield Line(f"  cost:    {cost_text(plan)}", "faint")
    for trip in trips:
        yield Line(f"  guard:   {trip.text}", "bad")
    if plan.actions and not trips:
        yield Line("  guards:  within the limits", "faint")


def cost_text(plan: Plan) -> str:
    """Return the calls of *plan* and the time they take under the known rate limits."""
    calls = plan.cost.calls
    total = sum(calls.values())
    by_operation = ", ".join(f"{operation} {count:,}" for operation, count in calls.items())
    return f"{total:,} call{'' if total == 1 else 's'} ({by_operation}), about {duration(plan.cost.seconds)}"


def duration(seconds: float) -> str:
    """Return a length of time as a person says it."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def plan_data(plan: Plan, trips: Sequence[Trip]) -> dict[str, Any]:
    """Return *plan* as JSON holds it: all of it, with its digest and the guards it is beyond."""
    return {
        "digest": plan.digest,
        "rule": plan.rule,
        "basis": plan.basis,
        "source": plan.source,
        "target": plan.target,
        "counts": Counter(str(action.kind) for action in plan.actions),
        "situations": {str(situation): count for situation, count in plan.situations.items()},
        "actions": plan.actions,
        "findings": plan.findings,
        "links": plan.links,
        "forget": plan.forget,
        "cost": {"calls": dict(plan.cost.calls), "seconds": plan.cost.seconds},
        "guards": [trip.text for trip in trips],
    }


def run_lines(title: str, undone: Iterable[tuple[str, str, str]]) -> Iterator[Line]:
    """Yield what came of a run, and each action that was not done: state, name, reason."""
    yield Line(title, "head")
    for state, name, reason in undone:
        yield Line(f"! {shown(name)}  {state}: {shown(reason)}", "bad")
