"""From a rule to a plan, from a plan to a run, and back: what an administrator does every day."""

import re


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
    page.get_by_text(f"Done {count}").wait_for()
    tab.check_axe()
    tab.shoot("run")

    page.get_by_role("button", name="Undo…").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name=re.compile("^Plan [0-9a-f]{12}$")).wait_for()
    page.get_by_text("Delete", exact=True).first.wait_for()


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
