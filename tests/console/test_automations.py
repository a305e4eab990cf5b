"""Automations: made in the console, started there, switched on and off, and what came of them."""

import re


def make_nightly(page):
    page.get_by_role("button", name="New automation").first.click()
    page.get_by_role("textbox", name="Name").fill("nightly")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="nightly").wait_for()
    page.get_by_role("textbox", name="Description").fill("Keeps Infobip in step")
    page.get_by_role("combobox", name="Rule").click()
    page.get_by_role("option", name="staff").click()


def test_an_automation_is_made_with_its_next_times_beside_it_and_run_as_a_plan(tab, world):
    page = tab.sign_in(to="/automations")
    page.get_by_text("Nothing starts by itself yet").wait_for()
    make_nightly(page)
    page.get_by_role("combobox", name="Time zone").fill("Europe/Zagreb")
    page.get_by_text("Every day at 02:00").wait_for()
    times = page.locator("ol li").filter(has_text="02:00:00")  # the viewer is in Zagreb too
    times.nth(9).wait_for()
    page.keyboard.press("Escape")
    tab.check_axe()
    tab.shoot("automation")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Plan only").wait_for()
    assert world.store.configuration().automations["nightly"].rule == "staff"

    page.get_by_role("button", name="Plan only").click()
    starts = page.get_by_role("table", name="Starts")
    starts.get_by_text("Succeeded").wait_for()
    starts.get_by_role("link", name=re.compile("^Plan ")).first.wait_for()

    tab.open("/automations").get_by_role("table").wait_for()
    tab.check_axe()
    tab.shoot("automations")
    page.get_by_role("switch", name="nightly starts by itself").press("Space")
    page.wait_for_timeout(500)
    assert not world.store.configuration().automations["nightly"].enabled


def test_a_mistake_is_said_beside_its_field_before_anything_is_saved(tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/automations")
    make_nightly(page)
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Cron expression").click()
    page.get_by_role("textbox", name="Cron expression").fill("61 * * * *")
    page.get_by_text(re.compile("cannot understand", re.IGNORECASE)).first.wait_for()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="When something happens").click()
    page.get_by_role("textbox", name="On the side").fill("nowhere.users")
    page.get_by_text("nowhere").last.wait_for()
    tab.check_axe()
    tab.shoot("automation-event")
    page.get_by_role("button", name="Discard").click()
    assert world.store.configuration().automations == {}
