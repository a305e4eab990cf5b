"""The directory: people found by name and by container, one of them with both sides, and changed from there."""

import json
import re


def told(company, *arguments):
    """What the command says, in a process of its own: the browser's loop runs in this one."""
    with company.process(*arguments) as process:
        return process.communicate(timeout=60)[0]


def test_somebody_is_found_and_changed_by_a_run_of_its_own(tab, world):
    page = tab.sign_in(to="/directory")
    table = page.get_by_role("table", name="Accounts")
    table.get_by_text("Lana Novak").wait_for()
    page.get_by_role("button", name="Staff", exact=True).click()
    page.get_by_role("switch", name="Only directly in this container").wait_for(state="attached")
    tab.check_axe()
    tab.shoot("directory")
    page.get_by_role("searchbox", name="Search by name").fill("nov la")
    page.get_by_text("One account").wait_for()
    assert "search=nov" in page.url
    table.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Change…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Attribute").fill("title")
    page.get_by_role("option", name="title", exact=True).click()
    dialog.get_by_role("textbox", name="Value").fill("Head of sales")
    tab.check_axe(include="[role=dialog]")
    tab.shoot("directory-change")
    dialog.get_by_role("button", name="Change", exact=True).click()
    page.wait_for_url("**/template-runs/**")
    page.get_by_text("Succeeded").first.wait_for()
    assert "title: Head of sales" in (world.store.settings.home / "directory.ldif").read_text("utf-8")
    tab.open("/directory?search=nobody-at-all").get_by_text("Nobody is called so here").wait_for()


def test_one_account_is_shown_with_both_sides_and_what_was_done(tab, company):
    digest = json.loads(told(company, "plan", "staff", "--json"))["digest"]
    told(company, "apply", digest[:12])
    page = tab.sign_in(to="/directory?search=lana")
    page.get_by_role("link", name="Lana Novak").click()
    page.get_by_role("region", name="staff").get_by_text("One person with").wait_for()
    tab.check_axe()
    tab.shoot("directory-account")
    page.get_by_text("What was done, and why", exact=True).click()
    page.get_by_text(re.compile(r"PATCH \{base_url\}/people/3/persons/upsert: 20\d")).first.wait_for()
    page.get_by_role("button", name="Find out").click()
    page.get_by_text("What rule staff would do").wait_for()
    tab.check_axe()
    tab.shoot("directory-history")
    page.get_by_text("Attributes", exact=True).click()
    page.get_by_role("table", name="Attributes").get_by_text("sAMAccountName").wait_for()
    tab.check_axe()
