"""From a rule to a plan, from a plan to a run, and back: what an administrator does every day."""

import re
from dataclasses import replace

import pytest

from keepstep.core.approval import ApprovalRequest, Requirement
from keepstep.core.audit import AuditNote
from keepstep.core.plan import ActionKind, Cost, Delta
from keepstep.core.run import EffectState, StepResult
from tests.integration.store_world import a_plan, an_action


def plan_staff(page):
    page.get_by_role("link", name="Rules and comparison").click()
    page.get_by_role("button", name="Plan now: staff").click()
    page.get_by_role("heading", name=re.compile("^Plan [0-9a-f]{12}$")).wait_for()


def test_a_rule_is_planned_applied_and_taken_back(tab):
    page = tab.sign_in(to="/help")
    plan_staff(page)
    actions = page.get_by_role("region", name="Actions of this plan")
    actions.get_by_role("listitem").first.wait_for()
    count = actions.get_by_role("listitem").count()
    assert count > 5
    assert page.get_by_text("within the limits").is_visible()
    tab.check_axe()
    tab.shoot("plan")

    page.get_by_role("textbox", name="Search by name").fill("horvat")
    page.get_by_role("status").filter(has_text="1 of").wait_for()
    assert "search=horvat" in page.url
    page.reload()
    page.get_by_role("status").filter(has_text="1 of").wait_for()
    assert actions.get_by_role("listitem").count() == 1

    page.get_by_role("button", name="Apply…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Exactly this plan").wait_for()
    tab.check_axe(include="[role=dialog]")
    dialog.get_by_role("button", name="Apply").click()
    page.get_by_role("heading", name=re.compile("^Run ")).wait_for()
    page.get_by_text(f"Done {count}").first.wait_for()
    tab.check_axe()
    tab.shoot("run")

    page.get_by_role("button", name="Undo…").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name=re.compile("^Plan [0-9a-f]{12}$")).wait_for()
    page.get_by_text("Delete", exact=True).first.wait_for()


def chosen(page, label, value):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=re.compile(value)).click()


def test_the_actions_of_one_container_are_found_though_none_of_them_writes_it(company, tab):
    file = company.home / "directory.ldif"
    unit = "dn: OU=Sales,OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\nou: Sales\n\n"
    people = file.read_text("utf-8").replace("CN=Ivan Horvat,OU=Staff,", "CN=Ivan Horvat,OU=Sales,OU=Staff,")
    file.write_text(people.replace("dn: CN=Ivan Horvat", f"{unit}dn: CN=Ivan Horvat"), encoding="utf-8")
    page = tab.sign_in()
    plan_staff(page)
    actions = page.get_by_role("region", name="Actions of this plan")
    chosen(page, "Container", "^OU=Sales,OU=Staff,DC=corp,DC=example")
    page.get_by_role("status").filter(has_text="1 of").wait_for()
    actions.get_by_text("Ivan Horvat").first.wait_for()
    tab.check_axe()
    tab.shoot("plan-container")


def test_the_lists_lead_to_each_plan_and_each_run(tab):
    page = tab.sign_in(to="/runs")
    page.get_by_text("Nothing ran yet").wait_for()
    plan_staff(page)
    page.get_by_role("link", name="Plans and runs").click()
    page.get_by_text("Plans", exact=True).click()
    assert "tab=plans" in page.url
    page.get_by_role("table", name="Plans").get_by_role("link").first.click()
    page.get_by_role("heading", name=re.compile("^Plan ")).wait_for()
    tab.open("/runs?tab=plans").get_by_role("table", name="Plans").wait_for()
    tab.check_axe()
    tab.shoot("runs")
    tab.open("/rules").get_by_role("table").wait_for()
    tab.check_axe()
    tab.shoot("rules")


def test_a_plan_that_is_not_there_is_said_so(tab):
    tab.allow("404")
    page = tab.sign_in(to="/plans/0123456789abcdef")
    page.get_by_role("alert").wait_for()
    assert "Correlation id" in page.get_by_role("alert").inner_text()
    tab.check_axe()


def test_an_auditor_reads_plans_and_sees_no_button_that_would_be_refused(tab, world):
    page = tab.sign_in(to="/help")
    plan_staff(page)
    at = page.url
    page.get_by_role("button", name="My account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    world.operator("aldo", "auditor")
    tab.sign_in("aldo", to=at.removeprefix(world.url))
    page.get_by_role("region", name="Actions of this plan").wait_for()
    assert page.get_by_role("button", name="Apply…").count() == 0
    tab.open("/rules").get_by_role("table").wait_for()
    assert page.get_by_role("button", name="Plan now: staff").count() == 0


LARGE = 5_000


@pytest.fixture
def large(world):
    """A plan as large as a company, and beyond its guards."""
    kinds = [ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DELETE]
    units = ["OU=Sales,OU=Staff,DC=corp,DC=example", "OU=IT,OU=Staff,DC=corp,DC=example"]
    actions = tuple(
        an_action(
            number,
            name=f"Person {number:05}",
            kind=kinds[number % 3],
            reason=["new in the directory", "attributes differ", "left the company"][number % 3],
            deltas=(Delta("container", None, (units[number % 2],)), Delta("title", ("Clerk",), ("Head of sales",))),
        )
        for number in range(LARGE)
    )
    read = replace(a_plan().source, records=2 * LARGE)
    plan = replace(
        a_plan(),
        source=read,
        target=read,
        actions=actions,
        cost=Cost(calls={"upsert": 50, "delete": 1700}, seconds=340),
    )
    world.store.journal.save_plan(plan)
    return plan


def test_a_large_plan_is_filtered_sorted_and_read_anywhere(tab, large):
    page = tab.sign_in(to=f"/plans/{large.digest}")
    rows = page.get_by_role("region", name="Actions of this plan")
    rows.get_by_text("Person 00000").wait_for()
    assert page.get_by_role("table", name="Guards").get_by_text("beyond").count() >= 1
    tab.check_axe()
    tab.shoot("plan-large")

    chosen(page, "Action", "^Delete")
    page.get_by_role("status").filter(has_text="1,666 of 5,000").wait_for()
    chosen(page, "Container", "^OU=IT")
    page.get_by_role("status").filter(has_text="833 of 5,000").wait_for()
    assert "kind=delete" in page.url
    assert "place=OU" in page.url
    chosen(page, "Sort", "Z to A")
    rows.get_by_text("Person 04997").wait_for()
    tab.shoot("plan-filtered")
    page.reload()
    rows.get_by_text("Person 04997").wait_for()

    tab.open(f"/plans/{large.digest}").get_by_text("Person 00000").wait_for()
    rows.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    rows.get_by_text(f"Person {LARGE - 1:05}").wait_for()


def test_a_plan_beyond_its_guards_takes_the_count_and_a_reason(tab, large):
    page = tab.sign_in(to=f"/plans/{large.digest}")
    page.get_by_role("button", name="Apply…").click()
    dialog = page.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Apply")
    assert go.is_disabled()
    dialog.get_by_role("textbox", name="Type 5000").fill("5000")
    assert go.is_disabled()
    dialog.get_by_role("textbox", name="Why the guards").fill("agreed with the works council")
    assert go.is_enabled()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("plan-apply")


def begun(world, plan, done):
    journal = world.store.journal
    run = journal.open_run(plan, operator="ana")
    journal.begin(run.id, plan.actions[: done + 200])
    results = [
        StepResult(action=one.id, state=EffectState.DONE, target_key=f"key-{one.id}") for one in plan.actions[:done]
    ]
    refused = [
        StepResult(
            action=one.id,
            state=EffectState.REFUSED,
            detail="400: the phone number belongs to another person",
            calls="PATCH {base_url}/people/3/persons/upsert: 400",
        )
        for one in plan.actions[done : done + 3]
    ]
    journal.finish(run.id, [*results, *refused])
    return run


def test_a_run_is_watched_as_it_goes_and_cancelled(tab, world, large):
    run = begun(world, large, 1200)
    page = tab.sign_in(to=f"/runs/{run.id}")
    page.get_by_text("1,203 of 5,000 actions").wait_for()
    page.get_by_text(re.compile("a second · about")).wait_for()
    tab.check_axe()
    tab.shoot("run-live")
    world.store.journal.finish(
        run.id, [StepResult(action=one.id, state=EffectState.DONE) for one in large.actions[1300:1350]]
    )
    page.get_by_text("1,253 of 5,000 actions").wait_for()  # without anybody asking

    chosen(page, "Show", "Refused")
    page.get_by_text("the phone number belongs").first.wait_for()
    assert page.get_by_role("table", name="Results of this run").get_by_role("row").count() == 4
    page.get_by_role("table", name="Results of this run").get_by_role("button").first.click()
    page.get_by_role("dialog").get_by_text("PATCH {base_url}/people/3/persons/upsert: 400").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("run-result")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel the run…").click()
    dialog = page.get_by_role("dialog")
    tab.check_axe(include="[role=dialog]")
    dialog.get_by_role("textbox").fill("the wrong week")
    dialog.get_by_role("button", name="Cancel the run").click()
    page.get_by_text("cancelled by ana: the wrong week").wait_for()
    page.get_by_role("button", name="Plan what is left").wait_for()
    page.get_by_role("button", name="Undo…").wait_for()


def test_runs_are_filtered_by_what_stands_in_the_address(tab, world, large):
    run = begun(world, large, 3)
    world.store.journal.cancel(run.id, "")
    page = tab.sign_in(to="/runs?state=running")
    page.get_by_text("Nothing fits").wait_for()
    chosen(page, "State", "Cancelled")
    page.get_by_role("table", name="Runs").get_by_role("link").first.wait_for()
    assert "state=cancelled" in page.url
    tab.check_axe()
    page.get_by_text("Runs of templates", exact=True).click()
    page.get_by_text("Nothing fits").wait_for()
    assert "kind=template" in page.url and "state=cancelled" in page.url


def test_what_waits_for_people_is_read_and_agreed_to(tab, world, large):
    request = ApprovalRequest(
        id="a1b2c3d4e5f6",
        plan=large.digest,
        rule=large.rule,
        purpose="nightly",
        requester="ivo",
        requirement=Requirement(need=2),
        summary="1,667 create, 1,667 update, 1,666 delete",
        trips=("1666 of 5000 accounts (33 %) would be deleted; the limit is 20",),
        opened=world.store.clock.now(),
    )
    note = AuditNote(action="ask_approval", subject=large.rule, detail={}, operator="ivo")
    world.store.approvals.open(request, note)
    page = tab.sign_in(to="/approvals")
    page.get_by_text("0 of 2 agreed").wait_for()
    page.get_by_text("would be deleted").wait_for()
    tab.check_axe()
    tab.shoot("approvals")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Type 5000").fill("5000")
    dialog.get_by_role("textbox", name="Note").fill("checked with HR")
    dialog.get_by_role("button", name="Approve").click()
    page.get_by_text("1 of 2 agreed").wait_for()
    page.get_by_role("link", name="Look at the plan").click()
    page.get_by_role("region", name="Actions of this plan").wait_for()
    page.get_by_text("1 of 2 agreed").wait_for()
    page.get_by_text("checked with HR").wait_for()
    tab.shoot("plan-agreed")
