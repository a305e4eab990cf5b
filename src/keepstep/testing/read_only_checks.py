"""What a connector promises that is only read."""

from keepstep.core.effect import Effect, Refused
from keepstep.core.plan import ActionKind
from keepstep.testing.subject import Subject, bare, change, creation, expect


async def check_it_says_that_it_cannot_write(subject: Subject) -> None:
    """It claims no kind of change, and a check for rights to write finds that they are missing."""
    expect(not subject.connector.capabilities, "a connector that is only read claims a kind of change")
    findings = await subject.connector.check(frozenset(ActionKind))
    expect(any(not finding.good for finding in findings), "the check finds rights that are not there")


async def check_every_effect_is_refused_and_changes_nothing(subject: Subject) -> None:
    """Whatever is asked of it is refused for good, with a reason, and every object stays as it was."""
    key = await subject.create("kept")
    before = await subject.view(key)
    removals = [bare(kind, key) for kind in (ActionKind.ENABLE, ActionKind.DISABLE, ActionKind.DELETE)]
    effects: list[Effect] = [creation("made", subject.new("made")), change(key, {subject.modify: ("x",)}), *removals]
    for outcome in await subject.apply(*effects):
        expect(isinstance(outcome, Refused) and bool(outcome.reason), f"the outcome is {outcome}, not Refused")
    expect(await subject.view(key) == before, "an object was changed")
    made = subject.new("made")[subject.unique]
    expect(not await subject.connector.find(subject.query(), subject.unique, made), "an object was made")


async def check_writing_nothing_costs_nothing(subject: Subject) -> None:
    """No effects are no calls."""
    expect(await subject.apply() == [], "no effects gave outcomes")
    expect(subject.connector.batch(ActionKind.UPDATE) > 0, "a batch holds at least one effect")
    cost = subject.connector.cost(subject.objects, [])
    expect(not cost.calls and cost.seconds == 0, "nothing to do costs something")
