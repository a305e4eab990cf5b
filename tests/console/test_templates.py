"""A template drawn, checked, saved, run for chosen people, and followed over its graph; by mouse and by keyboard."""

import re

import pytest

from tests.console.browsing import tab_of
from tests.integration.test_api_templates import WELCOME, keep

WRONG = re.compile("not right yet")
HEADING = re.compile("^greet · run ")


@pytest.fixture
def admin(world):
    from tests.integration.api_world import Client

    return Client(world.url).sign_in("ana")


def block(page, name):
    return page.get_by_role("button", name=re.compile(f"^{name}\\s*, "))


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_template_is_drawn_checked_where_it_is_wrong_and_saved(tab, admin):
    page = tab.sign_in(to="/templates")
    page.get_by_text("No template yet").wait_for()
    page.get_by_role("button", name="New template").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("greet")
    dialog.get_by_role("textbox", name="Description").fill("Greets whoever is new")
    tab.check_axe(include="[role=dialog]")
    dialog.get_by_role("button", name="Draw it").click()

    block(page, "done").wait_for()
    page.get_by_role("button", name="Add block").click()
    page.get_by_role("menuitem", name=re.compile("^Webhook")).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="Name").wait_for()
    page.get_by_text(WRONG).first.wait_for()
    choose(drawer.page, "Webhook", "infobip.send-sms")
    drawer.get_by_role("textbox", name="Title").fill("Text them")
    drawer.get_by_role("button", name="Add").first.click()
    page.keyboard.type("text")
    drawer.get_by_role("textbox", name="Values: text, Value").fill("Welcome {{ givenName }}")
    drawer.get_by_role("textbox", name="Name").fill("greet-them")
    drawer.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("dialog", name="greet-them").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("template-block")
    page.get_by_role("button", name="Close").click()
    block(page, "greet-them").wait_for()
    page.get_by_role("button", name="Undo").click()
    block(page, "call").wait_for()
    page.get_by_role("button", name="Redo").click()
    block(page, "greet-them").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Run…").wait_for()
    written = admin.get("/templates/greet")["written"]
    assert written["start"] == "greet-them"
    assert written["blocks"]["greet-them"] == {
        "webhook": "infobip.send-sms",
        "title": "Text them",
        "with": {"text": "Welcome {{ givenName }}"},
        "next": "done",
    }


def test_a_keyboard_does_all_that_a_mouse_does(tab, admin):
    keep(admin, WELCOME, name="greet")
    page = tab.sign_in(to="/templates/greet")
    block(page, "retitle").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.block") == "ask"
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="ask")
    drawer.wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    block(page, "ask").focus()
    page.keyboard.press("Delete")
    block(page, "ask").wait_for(state="detached")
    page.get_by_text(WRONG).first.wait_for()
    page.keyboard.press("Control+z")
    block(page, "ask").wait_for()
    page.get_by_text("List", exact=True).click()
    assert "view=list" in page.url
    page.get_by_role("table").get_by_role("button", name="ask", exact=True).wait_for()
    tab.check_axe()
    tab.shoot("template-list")


def test_an_arrow_is_pulled_to_a_block_and_a_block_is_dragged(tab, admin):
    keep(admin, WELCOME, name="greet")
    page = tab.sign_in(to="/templates/greet")
    good, bad = block(page, "good").bounding_box(), block(page, "bad").bounding_box()
    dot = page.get_by_title('Arrow "then" of ask').first.or_(page.get_by_title(re.compile('"then" of ask')))
    dot.first.scroll_into_view_if_needed()
    spot = dot.first.bounding_box()
    bad = block(page, "bad").bounding_box()
    page.mouse.move(spot["x"] + 5, spot["y"] + 5)
    page.mouse.down()
    page.mouse.move(bad["x"] + 40, bad["y"] + 20, steps=6)
    page.mouse.up()
    page.get_by_role("button", name=re.compile(r"^ask\s*,.*then: bad")).wait_for()
    page.get_by_text(WRONG).first.wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name=re.compile(r"^ask\s*,.*then: good")).wait_for()
    good = block(page, "good").bounding_box()
    page.mouse.move(good["x"] + 60, good["y"] + 30)
    page.mouse.down()
    page.mouse.move(good["x"] + 160, good["y"] + 50, steps=6)
    page.mouse.up()
    assert page.get_by_role("dialog").count() == 0
    assert block(page, "good").bounding_box()["x"] > good["x"] + 60
    page.get_by_role("button", name="Arrange").click()
    page.wait_for_function("() => !document.querySelector('button[aria-label=Arrange]:not(:disabled)')")


def test_a_ready_made_one_is_looked_at_before_it_is_in_force(tab, admin):
    page = tab.sign_in(to="/templates")
    page.get_by_role("button", name="Add a ready-made one").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="onboarding").check()
    dialog.get_by_role("combobox", name="group").or_(dialog.get_by_label("group")).first.fill(
        "CN=Everybody,OU=Staff,DC=corp,DC=example"
    )
    dialog.get_by_role("combobox", name="channel").or_(dialog.get_by_label("channel")).first.fill("it")
    page.keyboard.press("Tab")
    tab.check_axe(include="[role=dialog]")
    tab.shoot("template-ready", narrow=False)
    dialog.get_by_role("button", name="Look at it").click()
    block(page, "has-mail").wait_for()
    page.get_by_text(WRONG).first.wait_for()
    tab.check_axe()
    tab.shoot("template")
    assert admin.get("/templates") == []


def test_it_is_run_for_chosen_people_and_each_is_followed(tab, admin):
    keep(admin, WELCOME, name="greet")
    keep(admin, {**WELCOME, "description": "Greets all"}, name="greet")
    page = tab.sign_in(to="/templates/greet")
    page.get_by_role("button", name="Run…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="By name").fill("mkovac")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Remove").or_(dialog.get_by_text("Mira")).first.wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("template-start-names", narrow=False)
    dialog.get_by_text("A list", exact=True).click()
    people = b"Name;sAMAccountName\nMira;mkovac\nIvan;ihorvat\nLana;lnovak\n"
    page.locator("input[type=file]").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": people})
    dialog.get_by_text("3 people in 3 rows").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("template-start")
    dialog.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name=HEADING).wait_for()
    page.get_by_text("Waits for approval 3").wait_for()
    page.get_by_role("table", name="People of this run").get_by_role("button").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("retitle", exact=True).wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("template-run-steps")
    drawer.get_by_role("button", name="Reject").click()
    drawer.get_by_text("Failed", exact=True).first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    page.get_by_text("Succeeded 2").wait_for()
    page.get_by_text("Over, not all succeeded").wait_for()
    tab.check_axe()
    tab.shoot("template-run")

    tab.open("/templates?tab=runs").get_by_role("table", name="Runs of templates").wait_for()
    tab.check_axe()
    tab.shoot("template-runs")
    tab.open("/templates/greet?tab=versions").get_by_text("1 difference").wait_for()
    tab.check_axe()
    tab.shoot("template-versions")
    tab.open("/templates").get_by_role("table", name="Templates").wait_for()
    tab.check_axe()
    tab.shoot("templates")


def test_who_only_runs_templates_sees_one_and_changes_nothing(browser, world, admin):
    keep(admin, WELCOME, name="greet")
    world.operator("tom", "technician")
    with tab_of(browser, world.url) as tab:
        page = tab.sign_in("tom", to="/templates/greet")
        block(page, "retitle").click()
        drawer = page.get_by_role("dialog", name="retitle")
        assert drawer.get_by_role("textbox", name="Title").get_attribute("readonly") is not None
        assert drawer.get_by_role("button", name="Remove block").count() == 0
        page.keyboard.press("Escape")
        drawer.wait_for(state="hidden")
        for name in ("Add block", "Save", "Remove template", "Undo"):
            assert page.get_by_role("button", name=name).count() == 0, name
        page.get_by_role("button", name="Run…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("combobox", name="By name").fill("mkovac")
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text("Waits for approval 1").wait_for()
        assert page.get_by_role("button", name="Approve").count() == 0
        tab.check_axe()
