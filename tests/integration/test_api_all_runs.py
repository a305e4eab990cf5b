"""All runs as one list over the API: both kinds, page after page, and only as far as whoever asks reaches."""

import pytest

from keepstep.core.run import RunState
from keepstep.core.run_list import RunKind
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template import TemplateSpec
from keepstep.core.template_run import Begun
from keepstep.core.template_version import TemplateVersion
from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.store_world import a_plan

ROLES = """\
roles:
  staff-only: {rights: [read_runs], rules: [staff], templates: []}
  greeter: {rights: [run_templates], rules: [], templates: [greet]}
  agrees: {rights: [approve], rules: [staff]}
  reader: {rights: [read_people]}
templates:
  greet: {subject: corp.users, start: e, blocks: {e: {end: success}}}
rules:"""
ENDS = TemplateSpec.model_validate({"subject": "corp.users", "start": "e", "blocks": {"e": {"end": "success"}}})


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    company.configure(("rules:", ROLES))
    with serving(company.home) as world:
        yield world


@pytest.fixture
def ran(world):
    """Begin a run of each, one after the other; give their ids by what they are of."""
    return {
        name: of(world, name)
        for of, name in ((plan, "staff"), (template, "greet"), (plan, "groups"), (template, "leave"))
    }


def plan(world, rule, state=RunState.PARTIAL):
    journal, made = world.store.journal, a_plan(rule=rule)
    journal.save_plan(made)
    run = journal.open_run(made, operator="ivo")
    journal.close_run(run.id, state, "12 were refused")
    return run.id


def template(world, name, operator="eva"):
    ana = Subject(side=Side("corp", "users"), key="1", name="Ana")
    version = TemplateVersion(name=name, template=ENDS)
    return world.store.template_runs.open(version, [ana], Begun(operator=operator)).id


def listed(client, **asked):
    return [one["of"] for one in client.get("/all-runs", **asked)]


def test_both_kinds_are_one_list_the_newest_first(world, ran):
    ana = world.operator("ana", "administrator")
    assert listed(ana) == ["leave", "groups", "greet", "staff"]
    leave, groups, *_ = ana.get("/all-runs")
    assert (leave["kind"], leave["id"], leave["counts"], leave["count"]) == ("template", ran["leave"], {"ready": 1}, 1)
    assert (groups["kind"], groups["state"], groups["operator"]) == ("plan", "partial", "ivo")
    assert groups["note"] == "12 were refused"
    first = ana.get("/all-runs", limit=3)
    assert listed(ana, limit=3, before=first[-1]["id"]) == ["staff"]
    assert listed(ana, before=ran["staff"]) == []
    ana.bad(404, "GET", "/all-runs?before=nothing")


def test_they_are_chosen_by_kind_state_operator_and_name(world, ran):
    ana = world.operator("ana", "administrator")
    assert listed(ana, kind=RunKind.TEMPLATE) == ["leave", "greet"]
    assert listed(ana, state="partial") == ["groups", "staff"]
    assert [one["of"] for one in ana.good("GET", "/all-runs?state=partial&state=running")] == [*ran][::-1]
    assert listed(ana, operator="eva") == ["leave", "greet"]
    assert listed(ana, search="GR") == ["groups", "greet"]
    ana.bad(422, "GET", "/all-runs?state=lost")


@pytest.mark.parametrize(
    ("role", "name", "seen"),
    [
        ("staff-only", "desk", ["staff"]),
        ("greeter", "desk", ["greet"]),
        ("greeter", "eva", ["leave", "greet"]),  # and what she began herself
        ("agrees", "desk", ["staff"]),
    ],
)
def test_nobody_sees_further_than_they_reach(world, ran, role, name, seen):
    desk = world.operator(name, role)
    assert listed(desk) == seen
    assert listed(desk, limit=1) == seen[:1]


def test_whoever_may_see_no_runs_is_refused(world, ran):
    world.operator("desk", "reader").bad(403, "GET", "/all-runs")


def test_an_accounts_change_by_hand_is_seen_by_whoever_sees_any_template(world):
    template(world, "by-hand")
    assert listed(world.operator("desk", "greeter")) == ["by-hand"]
