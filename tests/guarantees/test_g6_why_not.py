"""G6: for whomever nothing is done, it can be told why; and what the next plan would do."""

import json

import pytest
from sqlalchemy import func, select

from keepstep.settings import Settings
from keepstep.store.tables import PLANS
from keepstep.wiring import opened
from tests.integration.cli_world import company  # noqa: F401 - a configured home

MIRA = "mkovac"


def parts(company, *asked, who=MIRA):  # noqa: F811
    """Return what is told of rule staff, by name, and what it would do."""
    found = json.loads(company.good("why-not", who, *asked, "--json"))
    (answer,) = found["rules"]
    told = {}
    for part in answer["parts"]:
        told.setdefault(part["name"], []).append(part["text"])
    return {name: "; ".join(texts) for name, texts in told.items()}, answer["would"]


def apply(company):  # noqa: F811
    plan = json.loads(company.run("plan", "staff", "--json").stdout)
    company.run("apply", plan["digest"][:12])


def edit(company, before, after, file="directory.ldif"):  # noqa: F811
    held = company.home.joinpath(file).read_text()
    assert before in held, before
    company.home.joinpath(file).write_text(held.replace(before, after, 1))


def test_who_is_not_there_yet_would_be_created_and_nobody_applies_it(company):  # noqa: F811
    told, would = parts(company)
    assert len(would) == 1
    assert would[0].startswith("create Mira")
    assert "no automation applies the rule" in told["automation"]


def test_it_keeps_no_plan_and_writes_nothing(company):  # noqa: F811
    parts(company)
    assert company.emulator.count == 0
    with opened(Settings(home=company.home, operator="ana")) as store, store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(PLANS)).scalar_one() == 0


def test_who_is_in_step_is_called_so(company):  # noqa: F811
    apply(company)
    told, would = parts(company)
    assert would == []
    assert "nothing differs" in told["in step"]


def test_who_is_outside_of_the_filter_is_told_by_that(company):  # noqa: F811
    edit(company, "employeeID: 1001\n", "")
    told, would = parts(company)
    assert would == []
    assert "outside of what corp.users selects" in told["population"]


def test_who_lacks_what_a_row_needs_is_told_the_row(company):  # noqa: F811
    edit(company, "mail: mira.kovac@corp.example\n", "")
    told, would = parts(company)
    assert would == []
    assert "email" in told["finding"]


def test_two_who_claim_the_same_are_told_of(company):  # noqa: F811
    edit(company, "mail: ivan.horvat@corp.example", "mail: mira.kovac@corp.example")
    told, would = parts(company)
    assert would == []
    assert "email" in told["finding"]


def test_a_guard_that_would_stop_the_plan_is_named(company):  # noqa: F811
    edit(company, "    mark: {", "    guards: {create: {count: 1, percent: 1}}\n    mark: {", file="keepstep.yaml")
    told, would = parts(company)
    assert would
    assert "would be created" in told["guard"]


@pytest.mark.parametrize("situation", ["unmatched", "linked"])
def test_what_the_rule_ignores_is_no_agreement(company, situation):  # noqa: F811
    if situation == "linked":
        apply(company)
    reaction = {"unmatched": "create", "linked": "update"}[situation]
    edit(company, f"{situation}: {reaction}", f"{situation}: ignore", file="keepstep.yaml")
    edit(company, "department: Marketing", "department: Sales")
    told, would = parts(company)
    assert would == []
    assert "in step" not in told
    assert f"{situation}:" in told["ignored"]
    assert "the rule ignores that" in told["ignored"]


def test_an_application_that_is_switched_off_or_away_is_told(company):  # noqa: F811
    edit(company, "    preset: infobip\n", "    preset: infobip\n    enabled: false\n", file="keepstep.yaml")
    told, _ = parts(company)
    assert "infobip is switched off" in told["switched off"]
    assert "switched off" in told["no plan"]


@pytest.mark.parametrize(
    ("attribute", "says"),
    [
        ("firstName", "is there as its row gives it"),
        ("city", "has no row for city"),
        ("customattributes.department", "is there as its row gives it"),
        ("phone", "gives nothing, and then keeps what is there"),
    ],
)
def test_why_an_attribute_is_not_written(company, attribute, says):  # noqa: F811
    edit(company, "mobile: +1 202 555 0101\n", "")
    apply(company)
    told, _ = parts(company, "--attribute", attribute)
    assert says in told["mapping"]


def test_what_the_next_plan_writes_is_told_with_its_row(company):  # noqa: F811
    apply(company)
    edit(company, "department: Marketing", "department: Sales")
    told, would = parts(company, "--attribute", "customAttributes.Department")
    assert "writes customAttributes.Department, from {{ department }}" in told["mapping"]
    assert "customAttributes.Department" in would[0]


def test_nobody_and_no_rule_are_refused(company):  # noqa: F811
    assert 'nobody is called "nobody"' in company.bad("why-not", "nobody", code=2)
    assert 'there is no rule "staf"' in company.bad("why-not", MIRA, "--rule", "staf", code=2)


def test_a_person_reads_it_as_a_page(company):  # noqa: F811
    said = company.good("why-not", MIRA)
    assert "mkovac: corp.users" in said
    assert "rule staff" in said
    assert "would  create Mira" in said
