"""All runs in one list: of plans and of templates, wherever they were begun."""

import re

import pytest

from tests.integration.test_api_all_runs import ROLES, plan, template


@pytest.fixture
def ran(world):
    """A run of a plan that was not done whole, and one of a template after it."""
    return plan(world, "staff"), template(world, "welcome")


def test_both_kinds_stand_in_one_list_and_lead_to_their_pages(tab, ran):
    page = tab.sign_in(to="/runs")
    table = page.get_by_role("table", name="Runs")
    table.get_by_text("welcome").wait_for()
    rows = table.locator("tbody tr")
    assert [rows.nth(at).get_by_role("cell").nth(1).inner_text().split() for at in (0, 1)] == [
        ["welcome", "Template"],
        ["staff", "Rule"],
    ]
    tab.check_axe()
    tab.shoot("runs-all")
    page.get_by_role("textbox", name="Rule or template").fill("wel")
    page.wait_for_url("**search=wel**")
    table.get_by_text("staff").wait_for(state="detached")
    rows.first.get_by_role("link").first.click()
    page.wait_for_url(f"**/template-runs/{ran[1]}")
    tab.open("/runs?kind=plan").get_by_role("table", name="Runs").get_by_role("link").first.click()
    page.wait_for_url(f"**/runs/{ran[0]}")


def test_a_run_that_somebody_began_and_that_failed_is_on_the_overview(tab, ran):
    page = tab.sign_in()
    page.get_by_text("12 were refused").wait_for()
    page.get_by_role("link", name="welcome").wait_for()
    page.get_by_role("link", name="staff", exact=True).last.click()
    page.get_by_role("heading", name=re.compile("^Run ")).wait_for()


@pytest.fixture
def roles(company):
    """Roles of one's own, before anything is served."""
    company.configure(("rules:", ROLES))


def test_whoever_runs_one_template_sees_the_runs_of_that_alone(roles, tab, world):
    plan(world, "staff")
    template(world, "leave")
    template(world, "greet")
    world.operator("gus", "greeter")
    page = tab.sign_in("gus", to="/runs")
    table = page.get_by_role("table", name="Runs")
    table.get_by_text("greet").wait_for()
    assert table.locator("tbody tr").count() == 1
    assert page.get_by_text("Plans", exact=True).count() == 0
