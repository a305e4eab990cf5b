"""Plans and runs over the API: found among many, followed, cancelled; and never further than whoever asks reaches."""

import http.client
import json
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from keepstep.core.plan import ActionKind, Delta
from keepstep.core.run import EffectState, RunState, StepResult
from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.store_world import a_plan, an_action

SALES = "OU=Sales,DC=corp,DC=example"
ROLES = """\
roles:
  staff-only:
    rights: [read_runs]
    rules: [staff]
  nothing-here:
    rights: [read_runs]
    rules: []
  approver-of-staff:
    rights: [approve]
    rules: [staff]
rules:"""


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    company.configure(("rules:", ROLES))
    with serving(company.home) as world:
        yield world


@pytest.fixture
def plan(world):
    at = Delta("container", None, (SALES,))
    made = [an_action(one, name=f"New {one}", kind=ActionKind.CREATE, reason="new", deltas=(at,)) for one in range(30)]
    found = replace(a_plan(), actions=(*a_plan(3).actions, *(replace(one, id=f"n{one.id}") for one in made)))
    world.store.journal.save_plan(found)
    return found


def test_actions_are_chosen_counted_and_paged(world, plan):
    ana = world.operator("ana", "administrator")
    at = f"/plans/{plan.digest}"
    page = ana.get(f"{at}/actions", kind="create", place=SALES, limit=20)
    assert (page["total"], len(page["items"]), page["next"]) == (30, 20, 20)
    rest = ana.get(f"{at}/actions", kind="create", place=SALES, limit=20, after=20)
    assert (len(rest["items"]), rest["next"]) == (10, None)
    assert ana.get(f"{at}/actions", search="new 7")["items"][0]["name"] == "New 7"
    assert ana.get(f"{at}/actions", order="-name", limit=1)["items"][0]["name"] == "Person 2"
    counts = ana.get(f"{at}/action-counts", kind="create")
    assert counts["kinds"] == {"update": 3, "create": 30}
    assert counts["attributes"] == {"container": 30}
    assert counts["places"] == {SALES: 30}
    assert counts["reasons"] == {"new": 30}


def test_the_newest_plan_is_read_while_somebody_looks_at_the_list(world, plan):
    ana = world.operator("ana", "administrator")
    assert [one["digest"] for one in ana.get("/plans")] == [plan.digest]
    for _ in range(200):
        if plan.digest in world.server.plans.held:
            break
        time.sleep(0.02)
    assert world.server.plans.held[plan.digest].result(5).plan == plan


def test_a_plan_says_how_it_stands_to_each_guard_and_what_it_leaves_alone(world, plan):
    found = world.operator("ana", "administrator").get(f"/plans/{plan.digest[:12]}")
    assert found["digest"] == plan.digest
    verdicts = {one["kind"]: one for one in found["verdicts"]}
    assert (verdicts["delete"]["count"], verdicts["delete"]["beyond"]) == (0, "")
    assert verdicts["update"]["count"] == 3
    assert verdicts["update"]["beyond"] == found["guards"][0]
    assert found["left"] == {"orphaned": 1}
    assert found["agreements"] == []


def begun(world, plan, done=2):
    run = world.store.journal.open_run(plan, operator="ana")
    world.store.journal.begin(run.id, plan.actions)
    results = [StepResult(action=one.id, state=EffectState.DONE, target_key="t") for one in plan.actions[:done]]
    refused = StepResult(action=plan.actions[done].id, state=EffectState.REFUSED, detail="400 it is taken")
    world.store.journal.finish(run.id, [*results, refused])
    return run


def test_a_run_is_followed_account_by_account(world, plan):
    ana = world.operator("ana", "administrator")
    run = begun(world, plan)
    found = ana.get(f"/runs/{run.id}", limit=2)
    assert (found["total"], found["run"]["results"]) == (33, 3)
    assert found["counts"] == {"begun": 30, "done": 2, "refused": 1, "stale": 0, "failed": 0}
    assert found["rate"] > 0
    assert found["left"] >= 0
    assert [(one["name"], one["kind"]) for one in found["items"]] == [("Person 0", "update"), ("Person 1", "update")]
    (last,) = ana.get(f"/runs/{run.id}", limit=2, after=found["next"])["items"]
    assert (last["name"], last["detail"]) == ("Person 2", "400 it is taken")
    assert [one["name"] for one in ana.get(f"/runs/{run.id}", undone=True)["items"]] == ["Person 2"]
    assert [one["name"] for one in ana.get(f"/runs/{run.id}", state="refused")["items"]] == ["Person 2"]


def test_a_cancelled_run_begins_nothing_more_and_what_was_under_way_is_still_told(world, plan):
    ana, journal = world.operator("ana", "administrator"), world.store.journal
    run = begun(world, plan)
    told = ana.good("POST", f"/runs/{run.id}/cancel", {"reason": "wrong week"})
    assert (told["state"], told["note"]) == ("cancelled", "cancelled by ana: wrong week")
    from keepstep.errors import RunLocked

    with pytest.raises(RunLocked, match="cancelled"):
        journal.begin(run.id, plan.actions[:1])
    journal.finish(run.id, [StepResult(action=plan.actions[5].id, state=EffectState.DONE)])
    assert ana.get(f"/runs/{run.id}")["counts"]["done"] == 3
    assert ana.get(f"/runs/{run.id}")["rate"] is None
    ana.bad(400, "POST", f"/runs/{run.id}/cancel", {})
    (entry,) = [one for one in world.store.audit.entries(limit=100) if one.action == "cancel_run"]
    assert (entry.operator, entry.detail["reason"]) == ("ana", "wrong week")


def test_nobody_cancels_what_they_only_read(world, plan):
    run = begun(world, plan)
    world.operator("eve", "staff-only").bad(403, "POST", f"/runs/{run.id}/cancel", {})
    assert world.store.journal.run(run.id).state is RunState.RUNNING


def test_runs_are_found_by_rule_state_and_operator_a_page_at_a_time(world):
    ana, journal = world.operator("ana", "administrator"), world.store.journal
    for number, operator in enumerate(["ana", "ana", "ivo"]):
        one = journal.open_run(a_plan(number + 1), operator=operator)
        journal.close_run(one.id, RunState.PARTIAL if number else RunState.DONE)
    first = ana.get("/runs", limit=2)
    assert [one["operator"] for one in first] == ["ivo", "ana"]
    assert len(ana.get("/runs", limit=2, before=first[-1]["id"])) == 1
    assert len(ana.get("/runs", state="partial")) == 2
    assert len(ana.get("/runs", operator="ivo")) == 1
    assert ana.get("/runs", rule="other") == []


def test_who_reaches_other_rules_sees_neither_plans_nor_runs_of_this_one(world, plan):
    run = begun(world, plan)
    eve = world.operator("eve", "nothing-here")
    assert eve.get("/runs") == []
    assert eve.get("/plans") == []
    for path in (f"/runs/{run.id}", f"/plans/{plan.digest}", f"/plans/{plan.digest}/actions"):
        eve.bad(403, "GET", path)
    eve.bad(403, "GET", f"/plans/{plan.digest}/action-counts")


def asked(world, plan):
    from keepstep.core.approval import ApprovalRequest, Requirement
    from keepstep.core.audit import AuditNote

    approvals = world.store.approvals
    request = ApprovalRequest(
        id="a" * 12,
        plan=plan.digest,
        rule=plan.rule,
        purpose="nightly",
        requester="ana",
        requirement=Requirement(need=1),
        summary="33 changes",
        trips=(),
        opened=world.store.clock.now(),
    )
    note = AuditNote(action="ask_approval", subject=plan.rule, detail={}, operator="ana")
    return approvals.open(request, note)[0]


def test_approvals_are_those_of_the_rules_that_whoever_asks_reaches(world, plan):
    request = asked(world, plan)
    for role in ("staff-only", "approver-of-staff", "administrator"):
        sees = world.operator(f"one-{role}", role)
        assert [one["request"]["id"] for one in sees.get("/approvals")] == [request.id]
        assert sees.get(f"/plans/{plan.digest}")["agreements"][0]["request"]["id"] == request.id
    eve = world.operator("eve", "nothing-here")
    assert eve.get("/approvals") == []
    assert eve.get("/approvals", every=True) == []
    eve.bad(403, "GET", f"/approvals/{request.id}")


class Watched:
    """What a stream tells."""

    def __init__(self, world, client, *topics):
        at = urlsplit(world.url)
        self.connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        path = f"/api/v1/stream?{'&'.join(f'topics={one}' for one in topics)}"
        self.connection.request("GET", path, headers={"Cookie": cookie})
        self.answer = self.connection.getresponse()

    def event(self):
        name = self.answer.readline().decode().removeprefix("event: ").strip()
        data = self.answer.readline().decode().removeprefix("data: ")
        self.answer.readline()
        return name, json.loads(data) if data else None


def test_a_stream_tells_only_what_its_watcher_reaches(world, plan):
    begun(world, plan)
    asked(world, plan)
    topics = ("runs", "approvals", "template-runs")
    root = Watched(world, world.operator("root", "administrator"), *topics)
    told = dict(root.event() for _ in topics)
    assert (len(told["runs"]), len(told["approvals"])) == (1, 1)
    eve = Watched(world, world.operator("eve", "nothing-here"), *topics)
    assert dict(eve.event() for _ in topics) == {"runs": [], "approvals": [], "template-runs": []}
    for one in (root, eve):
        one.connection.close()


def test_a_stream_follows_what_a_role_reaches_now_and_ends_when_it_has_no_right(world, company, plan):  # noqa: F811 - the fixture
    begun(world, plan)
    watched = Watched(world, world.operator("eve", "staff-only"), "runs")
    assert len(watched.event()[1]) == 1
    file = company.home.joinpath("keepstep.yaml")
    text = file.read_text()
    file.write_text(text.replace("[read_runs]\n    rules: [staff]", "[read_runs]\n    rules: []"))
    assert watched.event() == ("runs", [])
    file.write_text(text.replace("[read_runs]\n    rules: [staff]", "[read_people]\n    rules: [staff]"))
    assert watched.answer.read() == b""
    watched.connection.close()
