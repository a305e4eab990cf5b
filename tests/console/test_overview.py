"""The first page: how things stand, each number leading to its list."""

from tests.integration.test_api_jobs import done


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
