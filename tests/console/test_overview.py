"""The first page: how things stand, each number leading to its list."""

import re

from playwright.sync_api import expect

from tests.integration.test_api_jobs import done
from tests.integration.test_quota import count


def test_each_number_leads_to_its_list(tab, world):
    ana = world.client().sign_in("ana")
    done(ana, {"kind": "compare", "rule": "staff"})
    plan = done(ana, {"kind": "plan", "rule": "staff"})["result"]["plan"]
    done(ana, {"kind": "apply", "plan": plan})
    done(ana, {"kind": "compare", "rule": "staff"})
    page = tab.sign_in()
    page.get_by_text("11 in step").wait_for()
    page.locator(".recharts-surface").first.wait_for()
    page.get_by_text("Nothing waits for you").wait_for()
    tab.check_axe()
    tab.shoot("overview")
    page.get_by_role("link", name="staff").last.click()
    page.get_by_role("heading", name="Run ").wait_for()
    tab.open("/").get_by_role("link", name="staff").first.click()
    page.wait_for_url("**/rules/staff")


def test_the_use_of_each_limit_is_a_row_with_the_fullest_first(tab, world):
    count(world.store, limit="upsert", calls=12, ago=30)
    count(world.store, limit="get-persons", calls=285, refused=1_200, ago=4)
    count(world.store, limit="", calls=3)
    page = tab.sign_in()
    table = page.get_by_role("table", name="Quota use")
    table.wait_for()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("infobip")
    expect(rows.nth(0)).to_contain_text("get-persons")
    expect(rows.nth(0)).to_contain_text("5 calls in 1 s; at most 60% of them are used")
    expect(rows.nth(0)).to_contain_text(re.compile(r"285 of 300 in 1 min, \d minutes ago · little is left"))
    expect(rows.nth(0).get_by_role("cell").nth(1)).to_contain_text("95%")
    expect(rows.nth(0).get_by_role("cell").nth(2)).to_have_text("285")
    expect(rows.nth(0).get_by_role("cell").nth(3)).to_contain_text("1,200")
    expect(rows.nth(1)).to_contain_text("upsert")
    expect(rows.nth(1)).to_contain_text("4%")
    expect(rows.nth(1)).not_to_contain_text("little is left")
    expect(rows.nth(1).get_by_role("cell").nth(3)).to_have_text("0")
    expect(rows.nth(2)).to_contain_text("no limit known")
    expect(rows.nth(2)).to_contain_text("3 in 1 min")
    page.get_by_text("15 other limits were not used in the last hour.").wait_for()
    tab.check_axe()
    tab.shoot("overview-quota")
    rows.nth(0).get_by_role("link", name="infobip").click()
    page.wait_for_url("**/applications/infobip")


def test_where_nothing_was_called_the_overview_says_so_and_loads_no_table(tab):
    loaded = []
    tab.page.on("response", lambda answer: loaded.append(answer.url))
    page = tab.sign_in()
    page.get_by_text("No calls in the last hour.").wait_for()
    page.get_by_role("link", name="Quota use").wait_for()
    assert not [one for one in loaded if "QuotaTable" in one]


def test_whoever_may_not_see_connections_sees_no_use_of_them(tab, world):
    world.operator("tess", "technician")
    page = tab.sign_in("tess")
    page.get_by_role("heading", name="Last runs").wait_for()
    expect(page.get_by_role("heading", name="Quota use")).to_have_count(0)
