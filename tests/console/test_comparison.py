"""A comparison in the console: who stands how, what differs, and what is done about it."""

from pathlib import Path

import pytest


@pytest.fixture
def compared(tab, company):
    company.emulator.create(
        {
            "firstName": "Old",
            "lastName": "Contractor",
            "contactInformation": {"email": [{"address": "contractor@partner.example"}]},
        }
    )
    page = tab.sign_in(to="/rules/staff")
    page.get_by_text("Not compared yet").wait_for()
    page.get_by_role("button", name="Compare now").click()
    page.get_by_role("table", name="People").wait_for()
    return page


def test_an_unauthorised_account_is_found_and_passed_over_with_a_reason(compared, tab):
    page = compared
    page.get_by_role("button", name="Unauthorised · 1").click()
    assert "tag=unauthorised" in page.url
    page.get_by_text("Old Contractor").wait_for()
    page.locator(".recharts-surface").first.wait_for()
    tab.check_axe()
    tab.shoot("comparison")
    page.get_by_role("checkbox", name="Select 12").or_(page.get_by_role("checkbox").nth(1)).first.check()
    page.get_by_role("button", name="Pass over…").click()
    dialog = page.get_by_role("dialog", name="Pass over 1?")
    dialog.get_by_role("textbox", name="Why").fill("a partner, reviewed by Ana")
    tab.check_axe(include="[role=dialog]")
    dialog.get_by_role("button", name="Pass over").click()
    page.get_by_text("compare again to see it").wait_for()
    page.get_by_role("button", name="Compare now").click()
    page.get_by_role("button", name="Passed over · 1").wait_for()


def test_of_a_comparison_made_elsewhere_the_numbers_are_there(tab, company):
    with company.process("compare", "staff") as elsewhere:  # this thread belongs to the browser
        elsewhere.communicate()
    page = tab.sign_in(to="/rules/staff?tag=only_in_source")
    page.get_by_text("No account yet 11").wait_for()
    page.get_by_text("compare now to see who they are").wait_for()
    page.get_by_role("button", name="Compare now").click()
    page.get_by_role("table", name="People").wait_for()


def test_people_are_searched_on_the_server_and_the_address_says_so(compared, tab):
    page = compared
    page.get_by_role("button", name="No account yet").click()
    page.get_by_role("textbox", name="Search by name").fill("horvat")
    page.wait_for_url("**search=horvat**")
    table = page.get_by_role("table", name="People")
    table.get_by_text("Ivan Horvat").wait_for()
    table.get_by_role("row").nth(2).wait_for(state="detached")
    page.reload()
    table.get_by_text("Ivan Horvat").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export these rows: CSV").click()
    assert "Ivan Horvat" in Path(download.value.path()).read_text("utf-8")
    page.get_by_text("Table", exact=True).click()
    page.get_by_role("table", name="Over time").wait_for()


def test_chosen_people_get_a_plan_of_just_that(compared, tab):
    page = compared
    page.get_by_role("button", name="Unauthorised · 1").click()
    page.get_by_text("Old Contractor").wait_for()
    page.get_by_role("checkbox").nth(1).check()
    assert page.get_by_role("button", name="Plan to create").count() == 0
    tab.check_axe()
    page.get_by_role("button", name="Plan to delete").click()
    page.wait_for_url("**/plans/**")
    page.get_by_text("Old Contractor").wait_for()
    page.get_by_text("1 action", exact=False).first.wait_for()


def test_rows_are_sorted_by_the_server_and_the_address_says_so(compared):
    page = compared
    page.get_by_role("button", name="No account yet").click()
    names = page.get_by_role("table", name="People").get_by_role("row")
    page.get_by_role("button", name="Who").click()
    page.wait_for_url("**sort=name**")
    page.wait_for_timeout(500)
    up = names.all_inner_texts()[1:]
    page.get_by_role("button", name="Who").click()
    page.wait_for_url("**sort=-name**")
    page.wait_for_timeout(500)
    assert names.all_inner_texts()[1:] == up[::-1]
    assert len(up) > 2


def test_a_comparison_is_narrowed_down_and_says_so(compared, tab):
    page = compared
    page.get_by_role("button", name="Compare only some people").click()
    page.get_by_role("textbox", name="For whom this holds").fill("source.department == 'Sales'")
    tab.check_axe()
    tab.shoot("comparison-narrowed")
    page.get_by_role("button", name="Compare now").click()
    page.get_by_text("by one condition").wait_for()
    page.get_by_role("button", name="Unauthorised · 0").wait_for()
    page.reload()
    page.get_by_text("by one condition").wait_for()
