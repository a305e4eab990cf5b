"""Webhooks: listed, written with macros, tested on chosen people, first dry and then live, and saved as tested."""

import re

import pytest

GROUP = """
dn: CN=Welcome,OU=Staff,DC=corp,DC=example
objectClass: top
objectClass: group
objectGUID: 5c0f3a10-7d21-4b6e-9a00-0000000000aa
cn: Welcome
sAMAccountName: welcome
"""


@pytest.fixture(autouse=True)
def people(company):
    company.emulator.seed(people=5)


def opened(tab, webhook):
    page = tab.sign_in(to=f"/applications/infobip/outbound/{webhook}")
    page.get_by_role("textbox", name="URL", exact=False).first.wait_for()
    return page


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def choose(page, *names):
    field = page.get_by_role("combobox", name="On whom")
    for name in names:
        field.fill(name)
        field.press("Enter")
        page.get_by_role("button", name=f"Remove {name}").wait_for()


def test_whom_it_is_tried_on_is_found_by_a_part_of_the_name(tab):
    page = opened(tab, "create-person")
    field = page.get_by_role("combobox", name="On whom")
    field.fill("hor")
    page.get_by_role("option", name="Ivan Horvat (ihorvat)").wait_for()
    tab.check_axe()
    page.get_by_role("option", name="Ivan Horvat (ihorvat)").click()
    page.get_by_role("button", name="Remove Ivan Horvat").wait_for()
    assert field.input_value() == ""
    field.fill("nobody at all")
    page.wait_for_timeout(600)
    assert page.get_by_role("option").count() == 0


def test_webhooks_are_listed_with_their_last_test_and_found_by_what_they_do(tab):
    page = tab.sign_in(to="/applications/infobip/outbound")
    page.get_by_role("button", name="create-person").wait_for()
    tab.check_axe()
    tab.shoot("outbound")
    page.get_by_role("textbox", name="Find a webhook").fill("sms")
    page.get_by_role("button", name="create-person").wait_for(state="detached")
    assert "find=sms" in page.url
    page.get_by_role("button", name="send-sms").click()
    page.get_by_role("heading", name="send-sms").wait_for()
    page.go_back()
    page.get_by_role("button", name="find-sms").wait_for()


def test_a_webhook_is_looked_at_dry_and_then_sent_with_its_answer_beside_it(tab, world, company):
    page = opened(tab, "create-person")
    assert button(page, "Send it…").is_disabled()
    choose(page, "mkovac", "ihorvat")
    sent = company.emulator.count
    button(page, "Dry run").click()
    page.get_by_text("All 2 can be sent. Nothing was sent.").wait_for()
    assert company.emulator.count == sent
    tab.check_axe()
    tab.shoot("webhook-dry-run")
    button(page, "Send it…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("It is about").wait_for()
    dialog.get_by_text("mkovac").wait_for()
    page.wait_for_timeout(300)
    tab.check_axe(include="[role=dialog]")
    tab.shoot("webhook-confirm", narrow=False)
    dialog.get_by_role("button", name="Send 2 calls").click()
    page.get_by_text("All 2 were sent, and each is a success.").wait_for()
    assert company.emulator.count == sent + 2
    assert "demo-password" not in page.content()
    tab.check_axe()
    tab.shoot("webhook-live")
    page.get_by_role("link", name="All webhooks").click()
    page.get_by_text("works").first.wait_for()
    page.get_by_text("by ana").first.wait_for()


def test_a_macro_is_chosen_at_the_caret_by_keyboard_and_a_mistake_is_told_with_its_place(tab):
    page = opened(tab, "create-person")
    url = page.get_by_role("textbox", name="URL")
    url.fill("{base_url}/people/")
    url.press("End")
    page.keyboard.type("{{ emplo")
    page.get_by_role("option", name="employeeID").wait_for()
    tab.check_axe()
    tab.shoot("macro-chooser", narrow=False)
    page.keyboard.press("Enter")
    page.keyboard.type("/x")
    assert url.input_value() == "{base_url}/people/{{ employeeID }}/x"
    url.fill("{base_url}/people/{{ employeeID | uper }}")
    page.get_by_text(re.compile('did you mean "upper"')).first.wait_for()
    tab.check_axe()
    page.get_by_role("button", name="Insert a macro: URL").click()
    page.get_by_role("textbox", name="Find an attribute").fill("upper")
    page.get_by_role("option", name="upper").wait_for()
    tab.shoot("macro-search", narrow=False)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.value").startswith("{base_url}")


def test_a_copy_is_written_tested_and_saved_as_it_was_tested(tab, world):
    page = opened(tab, "create-person")
    page.get_by_role("link", name="Copy").click()
    page.get_by_role("textbox", name="Name").fill("greet")
    message = page.get_by_role("textbox", name="Message", exact=True)
    message.fill('{"externalId": "{{ objectGUID }}-guest", "firstName": "{{ givenName | upper }}"}')
    assert button(page, "Save").is_disabled()
    choose(page, "mkovac")
    button(page, "Dry run").click()
    page.get_by_text("It can be sent. Nothing was sent.").wait_for()
    page.get_by_text('"MIRA"').wait_for()
    tab.check_axe()
    tab.shoot("webhook-copy")
    button(page, "Save").click()
    page.get_by_role("heading", name="greet").wait_for()
    assert page.url.endswith("/outbound/greet")
    assert "greet:" in world.store.kept.text()
    assert "givenName | upper" in world.store.kept.text()
    button(page, "Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="create-person").wait_for()
    assert "greet:" not in world.store.kept.text()


def test_values_of_blocks_are_asked_for_and_a_pasted_list_is_chosen(tab):
    page = opened(tab, "send-sms")
    page.get_by_role("textbox", name="with.text").fill("Hello")
    field = page.get_by_role("combobox", name="On whom")
    field.fill("mkovac; ihorvat; nobody-such")
    field.press("Enter")
    page.get_by_text("Not found: nobody-such").wait_for()
    page.get_by_role("button", name="Remove ihorvat").wait_for()
    tab.check_axe()
    button(page, "Dry run").click()
    page.get_by_text(re.compile("Nothing was sent")).first.wait_for()
    for part in ("Parameters", "Headers", "Success", "If in doubt", "More"):
        page.get_by_role("tab", name=part).first.click()
        tab.check_axe()
        tab.shoot(f"webhook-{part.split()[0].lower()}", narrow=False)


def test_a_group_is_chosen_and_looked_at_as_a_user_is(tab, company):
    with company.home.joinpath("directory.ldif").open("a", encoding="utf-8") as file:
        file.write(GROUP)
    page = tab.sign_in(to="/applications/infobip/outbound/send-sms")
    page.get_by_text("Groups", exact=True).click()
    field = page.get_by_role("combobox", name="On whom")
    field.fill("welcome")
    field.press("Enter")
    page.get_by_role("button", name="Remove welcome").wait_for()
    page.get_by_role("textbox", name="with.text").fill("Hello")
    page.get_by_role("textbox", name="with.to").fill("385911234567")
    page.get_by_role("button", name="Dry run", exact=True).click()
    page.get_by_text("It can be sent. Nothing was sent.").wait_for()
