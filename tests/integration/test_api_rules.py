"""The lists of rules and of plans over the API."""

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
