"""The lists of rules and of plans over the API."""

from datetime import datetime

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.test_api_jobs import done


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home, worker=True) as world:
        yield world


def test_each_rule_tells_its_last_plan_and_its_last_run(world):
    ana = world.operator("ana", "administrator")
    (rule,) = ana.get("/rules")
    assert (rule["name"], rule["plan"], rule["run"]) == ("staff", None, None)
    plan = done(ana, {"kind": "plan", "rule": "staff"})["result"]["plan"]
    run = done(ana, {"kind": "apply", "plan": plan})["result"]["run"]
    (rule,) = ana.get("/rules")
    assert rule["plan"]["digest"] == plan
    assert rule["run"]["id"] == run
    assert [one["digest"] for one in ana.get("/plans")] == [plan]
    assert ana.get("/plans", rule="another") == []


def test_whoever_sees_no_runs_sees_rules_without_them(world):
    ana = world.operator("ana", "administrator")
    done(ana, {"kind": "plan", "rule": "staff"})
    reader = world.token("reader", "administrator", rights=["read_configuration"])
    (rule,) = reader.get("/rules")
    assert (rule["name"], rule["plan"]) == ("staff", None)
    reader.bad(403, "GET", "/plans")


def test_a_schedule_is_told_in_words_and_times_before_it_is_saved(world):
    ana = world.operator("ana", "administrator")
    told = ana.good("POST", "/schedule-previews", {"trigger": {"daily": "02:00", "timezone": "Europe/Zagreb"}})
    assert "every day at 02:00" in told["words"]
    assert len(told["next"]) == 10
    bad = ana.bad(400, "POST", "/schedule-previews", {"trigger": {"schedule": "61 * * * *"}})
    assert "schedule" in bad["detail"]
    assert ana.bad(400, "POST", "/schedule-previews", {"trigger": {"daily": "25:00"}})["errors"][0]["field"] == "daily"
    never = {"daily": "02:00", "blackout": [{"from": "00:00", "to": "00:00"}]}
    assert "no time" in ana.bad(400, "POST", "/schedule-previews", {"trigger": never})["detail"]


def preview(client, **trigger):
    return client.good("POST", "/schedule-previews", {"trigger": trigger})


ALL_DAY_ON_SUNDAYS = {"from": "00:00", "to": "00:00", "days": ["sun"]}


def test_a_schedule_tells_its_times_by_its_own_clock_and_which_a_blackout_window_holds_back(world):
    ana = world.operator("ana", "administrator")
    nightly = {"daily": "02:00", "timezone": "Asia/Kathmandu", "blackout": [ALL_DAY_ON_SUNDAYS]}
    told = preview(ana, **nightly)
    assert (told["timezone"], len(told["times"])) == ("Asia/Kathmandu", 10)
    assert {one["local"][10:] for one in told["times"]} == {"T02:00:00+05:45"}
    assert {one["at"][10:] for one in told["times"]} == {"T20:15:00Z"}
    held = [one for one in told["times"] if one["blackout"]]
    assert {one["blackout"] for one in held} == {"from 00:00 to 00:00 on Sun"}
    assert {datetime.fromisoformat(one["local"]).weekday() for one in held} == {6}
    assert all(one["fires"] is None for one in held)
    starts = [one["at"] for one in told["times"] if not one["blackout"]]
    assert told["next"][: len(starts)] == starts

    later = preview(ana, **nightly, blackout_then="run_after")
    moved = [one for one in later["times"] if one["blackout"]]
    assert {one["fires"][10:] for one in moved} == {"T18:15:00Z"}  # midnight there
    assert {one["fires"] for one in moved} <= set(later["next"])


def test_a_schedule_that_is_held_back_for_ever_says_so_and_one_that_is_over_has_no_times(world):
    ana = world.operator("ana", "administrator")
    wall = {"from": "2999-01-01T00:00", "to": "2999-01-02T00:00"}
    never = preview(ana, once="2999-01-01T08:00", blackout=[wall])
    assert never["next"] == []
    assert [one["fires"] for one in never["times"]] == [None]
    assert preview(ana, once="2001-01-01T08:00")["times"] == []


@pytest.mark.parametrize("when", [{"daily": "02:00"}, {"schedule": "0 2 * * *"}])
def test_a_mistake_in_a_blackout_window_stands_at_its_field_whatever_the_kind_of_schedule(world, when):
    ana = world.operator("ana", "administrator")
    trigger = {**when, "blackout": [{"from": "22:00", "to": "06:00"}, {"from": "25:00", "to": "06:00"}]}
    bad = ana.bad(400, "POST", "/schedule-previews", {"trigger": trigger})
    assert bad["errors"][0]["field"] == "blackout.1.from"
    part = {"path": ["automations", "nightly"], "value": {"trigger": trigger, "rule": "staff"}, "remove": False}
    checked = ana.good("POST", "/configuration/check-changes", {"changes": [part]})
    assert checked["errors"][0]["field"] == "automations.nightly.trigger.blackout.1.from"


def test_a_mistake_of_an_event_stands_at_its_field(world):
    ana = world.operator("ana", "administrator")
    wrong = {"every": "5q", "own": "perhaps"}
    for key, value in wrong.items():
        trigger = {"event": "user_created", "on": "corp.users", key: value}
        part = {"path": ["automations", "joiner"], "value": {"trigger": trigger, "rule": "staff"}, "remove": False}
        checked = ana.good("POST", "/configuration/check-changes", {"changes": [part]})
        assert checked["errors"][0]["field"] == f"automations.joiner.trigger.{key}"


NIGHTLY = {"trigger": {"daily": "02:00"}, "rule": "staff"}
TASKS = {"trigger": {"daily": "02:00"}, "target": "corp.users", "subjects": {"search": "users"}}


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({**NIGHTLY, "approve": {"need": 2, "approvers": ["ana"]}}, "approve.need", "only 1 may decide"),
        ({**NIGHTLY, "approve": {"remind": "9d"}}, "approve.remind", "the request has expired"),
        ({**NIGHTLY, "trigger": {"schedule": "0 2 * *"}}, "trigger.schedule", "five fields"),
        ({**NIGHTLY, "trigger": {"every": "1s"}}, "trigger.every", "a minute at least"),
        ({**TASKS, "subjects": {"filter": "(a="}, "tasks": [{"action": "disable"}]}, "subjects.filter", "filter"),
        (
            {**TASKS, "tasks": [{"action": {"move": {"to": "nowhere"}}}]},
            "tasks.0.action.move.to",
            "not a distinguished name",
        ),
        ({**TASKS, "tasks": [{"action": "enable"}, {"notify": "none"}]}, "tasks.1.notify", "no channel"),
        (
            {"trigger": {"daily": "02:00"}, "target": "corp.users", "tasks": [{"action": "disable"}]},
            "subjects",
            "missing",
        ),
    ],
)
def test_a_mistake_of_an_automation_stands_at_the_field_that_it_is_about(world, given, field, told):
    ana = world.operator("ana", "administrator")
    part = {"path": ["automations", "nightly"], "value": given, "remove": False}
    errors = ana.good("POST", "/configuration/check-changes", {"changes": [part]})["errors"]
    assert told in {one["field"]: one["message"] for one in errors}[f"automations.nightly.{field}"]


def test_a_rule_is_told_in_words_before_it_is_saved(world):
    ana = world.operator("ana", "administrator")
    rule = ana.get("/configuration/document")["value"]["rules"]["staff"]
    told = ana.good("POST", "/rule-words", {"rule": {**rule, "reactions": {"source_deleted": "delete"}}})
    assert "Whoever is gone from corp.users is deleted from infobip.persons." in told["words"]
    (leaver,) = (one for one in told["reactions"] if one["situation"] == "source_deleted")
    assert leaver["now"] == "delete"
    assert "disable" in leaver["allowed"]
    wrong = ana.bad(400, "POST", "/rule-words", {"rule": {**rule, "reactions": {"linked": "delete"}}})
    assert "does not fit" in wrong["detail"]
