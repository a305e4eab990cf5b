"""The first steps: from nothing to the first plan, and nothing was written."""

import pytest

from tests.console.browsing import tab_of
from tests.integration.api_world import serving


@pytest.fixture
def nothing(company):
    """A home without any connection, and the people of the demo in a file beside it."""
    company.home.joinpath("keepstep.yaml").write_text('version: 1\negress: {allow: ["127.0.0.1"]}\n', encoding="utf-8")
    with serving(company.home, worker=True) as world:
        world.operator("ana", "administrator")
        yield world


def test_somebody_comes_from_nothing_to_the_first_plan(browser, nothing, company):
    with tab_of(browser, nothing.url) as tab:
        page = tab.sign_in(to="/")
        page.get_by_role("link", name="Connect two systems").click()
        page.get_by_role("link", name="An LDIF file").wait_for()
        tab.check_axe()
        tab.shoot("first-steps-begin")
        page.get_by_role("link", name="An LDIF file").click()
        page.get_by_role("textbox", name="Name", exact=True).fill("corp")
        page.get_by_role("textbox", name="File").fill("directory.ldif")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("link", name="Infobip", exact=True).click()
        page.get_by_role("textbox", name="Base URL").fill(company.url)
        page.get_by_role("textbox", name="Username").fill("keepstep")
        page.get_by_role("button", name="Set it: Password").click()
        page.get_by_label("Password: new text").fill("demo-password")
        page.get_by_role("button", name="Keep", exact=True).click()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("button", name="Make the usual rule").click()
        page.get_by_role("link", name="Rule staff").wait_for()
        for check in page.get_by_role("button", name="Check", exact=True).all():
            check.click()
        page.get_by_text("Everything that is needed works").nth(1).wait_for()
        page.get_by_role("button", name="Compare now").click()
        page.get_by_text("No account yet 11").wait_for()
        page.get_by_role("button", name="Make a plan").click()
        page.get_by_text("Nothing was written.").wait_for()
        tab.check_axe()
        tab.shoot("first-steps")
        page.get_by_role("link", name="Read the plan").click()
        page.get_by_text("Lana Novak").wait_for()
    assert company.emulator.count == 0


def test_made_up_people_are_one_click_away(browser, nothing):
    with tab_of(browser, nothing.url) as tab:
        page = tab.sign_in(to="/first-steps")
        tab.check_axe()
        tab.shoot("first-steps-nothing")
        page.get_by_role("button", name="Fill with made-up people").click()
        page.get_by_role("link", name="Rule staff").wait_for()
        page.get_by_role("button", name="Compare now").click()
        page.get_by_text("No account yet 10").wait_for()
        assert page.get_by_role("button", name="Fill with made-up people").count() == 0
