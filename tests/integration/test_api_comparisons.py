"""Comparisons over the API: over time, and what is done about their rows."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.test_api_jobs import done


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    company.emulator.create(
        {
            "firstName": "Old",
            "lastName": "Contractor",
            "contactInformation": {"email": [{"address": "contractor@partner.example"}]},
        }
    )
    with serving(company.home, worker=True) as world:
        yield world


def compared(client):
    work = done(client, {"kind": "compare", "rule": "staff"})
    return work["id"], client.get(f"/works/{work['id']}/rows", limit=1000)


def test_a_stray_is_passed_over_with_a_reason_and_looked_at_again(world):
    ana = world.operator("ana", "administrator")
    work, page = compared(ana)
    (stray,) = (one for one in page["items"] if one["tag"] == "unauthorised")
    until = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    asked = {"work": work, "rows": [stray["number"]], "action": "ignore"}
    assert "why" in ana.bad(400, "POST", "/rules/staff/row-actions", {**asked, "until": until})["detail"]
    (told,) = ana.good("POST", "/rules/staff/row-actions", {**asked, "reason": "reviewed", "until": until})
    assert told == {"name": "Old Contractor", "refused": ""}
    again, page = compared(ana)
    assert page["counts"]["ignored"] == 1
    (row,) = (one for one in page["items"] if one["tag"] == "ignored")
    other = next(one for one in page["items"] if one["tag"] == "only_in_source")
    chosen = sorted([row["number"], other["number"]])
    told = ana.good("POST", "/rules/staff/row-actions", {"work": again, "rows": chosen, "action": "heed"})
    assert {one["name"]: one["refused"] for one in told} == {
        "Old Contractor": "",
        other["row"]["name"]: "it is not passed over",
    }
    _, page = compared(ana)
    assert page["counts"]["unauthorised"] == 1


def test_two_accounts_are_paired_and_parted(world):
    ana = world.operator("ana", "administrator")
    work, page = compared(ana)
    (stray,) = (one for one in page["items"] if one["tag"] == "unauthorised")
    someone = next(one for one in page["items"] if one["tag"] == "only_in_source")
    asked = {"work": work, "rows": [someone["number"]], "action": "link", "to": stray["row"]["target_key"]}
    (told,) = ana.good("POST", "/rules/staff/row-actions", asked)
    assert told["refused"] == ""
    again, page = compared(ana)
    assert "unauthorised" not in {tag for tag, count in page["counts"].items() if count}
    (pair,) = (one for one in page["items"] if one["row"]["target_key"] == stray["row"]["target_key"])
    (told,) = ana.good(
        "POST", "/rules/staff/row-actions", {"work": again, "rows": [pair["number"]], "action": "unlink"}
    )
    assert told["refused"] == ""


def test_comparisons_are_kept_over_time_and_rows_of_somebody_else_are_not_acted_on(world):
    ana = world.operator("ana", "administrator")
    work, _ = compared(ana)
    (kept,) = ana.get("/rules/staff/comparisons")
    assert kept["counts"]["unauthorised"] == 1
    other = world.operator("otto", "administrator")
    asked = {"work": work, "rows": [1], "action": "unlink"}
    assert "comparison of yours" in other.bad(404, "POST", "/rules/staff/row-actions", asked)["detail"]
    auditor = world.operator("aldo", "auditor")
    assert len(auditor.get("/rules/staff/comparisons")) == 1
    auditor.bad(403, "POST", "/rules/staff/row-actions", asked)


def test_chosen_people_get_a_plan_of_just_that(world):
    ana = world.operator("ana", "administrator")
    _, page = compared(ana)
    (stray,) = (one["row"] for one in page["items"] if one["tag"] == "unauthorised")
    new = [one["row"] for one in page["items"] if one["tag"] == "only_in_source"][:2]
    rows = [{"source": one["source_key"]} for one in new]
    work = done(ana, {"kind": "plan_rows", "rule": "staff", "action": "create", "rows": [*rows, {"source": "nobody"}]})
    assert (work["result"]["changes"], work["result"]["left_alone"]) == ("2", "1 no longer stand so")
    plan = ana.get(f"/plans/{work['result']['plan']}/actions")
    assert {one["name"] for one in plan["items"]} == {one["name"] for one in new}
    strays = [{"target": stray["target_key"]}]
    work = done(ana, {"kind": "plan_rows", "rule": "staff", "action": "delete", "rows": strays})
    assert work["result"]["changes"] == "1"
    work = done(ana, {"kind": "plan_rows", "rule": "staff", "action": "create", "rows": strays})
    assert "plan" not in work["result"]
    assert work["result"]["left_alone"] == "Old Contractor: it has an account"
    auditor = world.operator("aldo", "auditor")
    wanted = {"kind": "plan_rows", "rule": "staff", "action": "delete", "rows": strays}
    auditor.bad(403, "POST", "/works", wanted)
