"""Automations as they are written, what they wait for, and what they are made of."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from keepstep.core.automation import AutomationSpec, EventTrigger
from keepstep.core.automation_run import AutomationRun, AutomationStanding
from keepstep.core.block_text import BlockTexts
from keepstep.core.event import Event, EventKind, Origin
from keepstep.core.event_match import starts
from keepstep.core.run import RunId
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.usecases.schedule import schedule

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
ANA = {
    "cn": ("Ana",),
    "title": ("Head",),
    "department": ("Sales",),
    "distinguishedName": ("CN=Ana,OU=Sales,OU=Staff,DC=corp,DC=example",),
    "memberOf": ("CN=Readers,OU=Staff,DC=corp,DC=example",),
}


def event(kind=EventKind.MODIFIED, *, origin=Origin.OUTSIDE, number=1, group="", **before) -> Event:
    return Event(
        id=f"e{number}",
        number=number,
        kind=kind,
        side=Side("corp", "users"),
        key=NativeKey("1"),
        name="Ana",
        at=START,
        origin=origin,
        before={**ANA, "title": ("Clerk",), **before},
        after={} if kind is EventKind.DELETED else ANA,
        group=group,
    )


def trigger(**given) -> EventTrigger:
    return EventTrigger.model_validate({"event": "user_modified", "on": "corp.users", **given})


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, True),
        ({"event": "user_created"}, False),
        ({"event": ["user_created", "user_modified"]}, True),
        ({"on": "other.users"}, False),
        ({"where": "{{ department == 'Sales' }}"}, True),
        ({"where": "{{ department == 'IT' }}"}, False),
        ({"where": "{{ before.title == 'Clerk' and after.title == 'Head' }}"}, True),
        ({"where": "{{ before.title == after.title }}"}, False),
        ({"within": "OU=Staff,DC=corp,DC=example"}, True),
        ({"within": "OU=Staff,DC=corp,DC=example", "except": ["ou=sales,ou=staff,dc=corp,dc=example"]}, False),
        ({"within": "OU=Other,DC=corp,DC=example"}, False),
        ({"group": "Readers"}, True),
        ({"group": "cn=readers,ou=staff,dc=corp,dc=example"}, True),
        ({"group": "Writers"}, False),
        ({"filter": "(&(department=sales)(title=Head))"}, True),
        ({"filter": "(!(department=Sales))"}, False),
    ],
)
def test_an_event_starts_what_waits_for_it(given, fits):
    assert starts(trigger(**given), event(), BlockTexts()) is fits


def test_what_keepstep_did_itself_starts_nothing_unless_that_is_wanted():
    own = event(origin=Origin.KEEPSTEP)
    assert not starts(trigger(), own, BlockTexts())
    assert starts(trigger(own=True), own, BlockTexts())


def test_of_somebody_who_is_gone_the_last_attributes_count():
    wanted = trigger(event="user_deleted", where="{{ before.title == 'Clerk' }}", filter="(title=Clerk)")
    assert starts(wanted, event(EventKind.DELETED), BlockTexts())


def test_a_group_is_the_one_that_was_joined():
    wanted = trigger(event="user_joined_group", group="Writers")
    assert starts(wanted, event(EventKind.JOINED_GROUP, group="CN=Writers,DC=corp,DC=example"), BlockTexts())
    assert not starts(wanted, event(EventKind.JOINED_GROUP, group="CN=Readers,DC=corp,DC=example"), BlockTexts())


EVERY = {"every": "1h"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"trigger": EVERY}, "nothing is given"),
        ({"trigger": EVERY, "rule": "a", "template": "b"}, "rule and template are given"),
        ({"trigger": EVERY, "template": "b"}, "subjects: they are missing"),
        (
            {"trigger": EVERY, "template": "b", "subjects": {"search": "s"}, "approve": 1},
            "people decide at an approval",
        ),
        ({"trigger": EVERY, "task": "create"}, "needs mapping, source and correlate"),
        ({"trigger": {"event": "user_made", "on": "corp.users"}, "template": "b"}, 'there is no event "user_made"'),
        ({"trigger": EVERY, "rule": "a", "subjects": {"filter": "(a=b)"}}, "subjects: they are for a template"),
        ({"trigger": EVERY, "template": "b", "subjects": {"filter": "(a=b)", "search": "x"}}, "say whom with one of"),
        ({"trigger": {"event": "user_created", "on": "corp.users"}, "tasks": [{"after": "1d"}]}, "a task has one of"),
        ({"trigger": {"event": "user_created", "on": "corp.users"}, "tasks": [{"webhook": "sms"}]}, "match pattern"),
    ],
)
def test_what_cannot_be_meant_is_told(given, told):
    with pytest.raises(ValidationError) as caught:
        AutomationSpec.model_validate(given)
    assert told in str(caught.value)


def test_tasks_are_a_template_that_waits_between_them():
    spec = AutomationSpec.model_validate(
        {
            "trigger": {"event": "user_disabled", "on": "corp.users"},
            "tasks": [
                {"action": {"disable": {}}},
                {"after": "30d", "action": {"delete": {}}},
                {"webhook": "infobip.add-tag", "with": {"tag": "gone"}},
            ],
            "cancelled_by": "{{ enabled == 'true' }}",
        }
    )
    template = spec.as_template()
    assert template.subject == "corp.users"
    walked, block = [], template.start
    while block:
        walked.append(block)
        block = template.blocks[block].next
    assert walked == ["task-1", "task-2-wait", "task-2", "task-3"]
    assert template.cancelled_by == "{{ enabled == 'true' }}"


class Ledger:
    """What is remembered, in memory; the store has its own tests."""

    def __init__(self, started: datetime) -> None:
        self.handled: dict[str, datetime] = {}
        self.started = started
        self.runs: list[AutomationRun] = []
        self.count = 0

    def standing(self, name):
        return AutomationStanding(handled=self.handled.setdefault(name, self.started), seen=0)

    def begin(self, name):
        return self.standing(name)

    def due(self, run, before):
        if self.handled[run.automation] != before.handled:
            return False
        self.handled[run.automation] = run.due
        self.runs.append(run)
        return True

    def pass_over(self, name, before, until):
        self.handled[name] = until

    def seen(self, name, before, upto, runs):
        return True

    def new_id(self):
        self.count += 1
        return RunId(str(self.count))

    def since(self, number, limit=500):
        return []

    def last_number(self):
        return 0


DAY = {
    "night": {"trigger": {"schedule": "30 2 * * *", "timezone": "Europe/Zagreb"}, "rule": "r"},
    "often": {"trigger": {"schedule": "*/30 * * * *", "timezone": "Europe/Zagreb"}, "rule": "r"},
    "work": {"trigger": {"every": "20m", "blackout": [{"from": "20:00", "to": "06:00"}]}, "rule": "r"},
    "off": {"trigger": {"every": "1m"}, "rule": "r", "enabled": False},
}


@pytest.mark.parametrize("day", [START, datetime(2026, 10, 24, 12, tzinfo=UTC)], ids=["forward", "back"])
@pytest.mark.parametrize("step", [1.0, 47.0, 613.0])
def test_over_a_day_on_which_the_clocks_change_everything_starts_exactly_when_it_should(day, step):
    specs = {name: AutomationSpec.model_validate(given) for name, given in DAY.items()}
    ledger = Ledger(day)
    now, end = day, day + timedelta(hours=24)
    expected = {
        (name, at)
        for name, spec in specs.items()
        if spec.enabled
        for at in spec.trigger.next_times(day, 80)
        if at <= end
    }
    while now < end:
        # with a step of a second only the seconds around the fires are looked at: there is nothing else to see
        soon = min((spec.trigger.next_times(now, 1)[0] for spec in specs.values()), default=end)
        ahead = soon - timedelta(seconds=1) if step == 1.0 and soon - now > timedelta(seconds=2) else now
        now = min(ahead + timedelta(seconds=step), end)
        schedule(ledger, ledger, specs, BlockTexts(), now)
    started = [(run.automation, run.due) for run in ledger.runs]
    assert len(started) == len(set(started))
    longest = timedelta(seconds=step)
    if longest < timedelta(minutes=5):
        assert set(started) == expected
    # a look that is late starts the last of what went by, and says how much that was
    assert set(started) <= expected


@pytest.mark.parametrize(("missed", "starts_late"), [("run", 1), ("skip", 0)])
def test_what_was_missed_runs_once_or_not_at_all(missed, starts_late):
    spec = AutomationSpec.model_validate({"trigger": {"daily": "02:00"}, "rule": "r", "missed": missed})
    ledger = Ledger(START)
    schedule(ledger, ledger, {"a": spec}, BlockTexts(), START + timedelta(days=5))
    assert len(ledger.runs) == starts_late
    if starts_late:
        assert ledger.runs[0].reasons == ("4 earlier times went by while nobody was at work",)
    schedule(ledger, ledger, {"a": spec}, BlockTexts(), START + timedelta(days=5, minutes=1))
    assert len(ledger.runs) == starts_late
