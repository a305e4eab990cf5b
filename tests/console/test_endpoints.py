"""Endpoints: written, tried live, looked into, and saved once they work."""

import pytest


@pytest.fixture(autouse=True)
def people(company):
    company.emulator.seed(people=40)


def opened(tab, endpoint):
    page = tab.sign_in(to=f"/applications/infobip/inbound/{endpoint}")
    page.get_by_role("textbox", name="URL").wait_for()
    return page


def bar(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_the_list_endpoint_of_the_preset_works_without_a_setting(tab):
    page = tab.sign_in(to="/applications/infobip/inbound")
    page.get_by_role("button", name="list-persons").click()
    bar(page, "Test").click()
    page.get_by_text("It works").wait_for()
    page.get_by_role("tree", name="Fields of the answer").wait_for()
    tab.check_axe()
    tab.shoot("endpoint")
    page.get_by_role("tab", name="Request").click()
    page.get_by_text("/people/2/persons?").first.wait_for()
    assert "demo-password" not in page.content()
    tab.check_axe()
    page.get_by_role("tab", name="Answer", exact=True).last.click()
    tab.check_axe()
    tab.shoot("endpoint-answer", narrow=False)
    for part in ("Headers", "Body", "Paging", "Answer", "Limits"):
        page.get_by_role("tab", name=part).first.click()
        tab.check_axe()
    page.get_by_role("tab", name="Paging").first.click()
    tab.shoot("endpoint-paging")
    page.get_by_role("link", name="All endpoints").click()
    page.get_by_text("works", exact=True).wait_for()


def test_a_new_endpoint_is_tested_and_then_saved_as_it_was_tested(tab, world):
    page = opened(tab, "_new")
    page.get_by_role("textbox", name="Name").fill("some-persons")
    page.get_by_role("textbox", name="URL").fill("{base_url}/people/2/persons")
    page.get_by_role("button", name="Add a row").click()
    page.keyboard.type("includeTotalCount")
    page.keyboard.press("Tab")
    page.keyboard.type("true")
    page.keyboard.press("Enter")
    page.keyboard.type("limit")
    page.keyboard.press("Tab")
    page.keyboard.type("100")
    assert bar(page, "Save").is_disabled()
    bar(page, "Test").click()
    page.get_by_role("button", name="These are the records").wait_for()
    page.get_by_role("button", name="These are the records").first.click()
    page.get_by_text("Changed since the last test.").wait_for()
    assert bar(page, "Save").is_disabled()
    bar(page, "Test").click()
    page.get_by_text("40 records").wait_for()
    tab.check_axe()
    tab.shoot("endpoint-new", narrow=False)
    bar(page, "Save").click()
    page.get_by_role("heading", name="some-persons").wait_for()
    assert page.url.endswith("/inbound/some-persons")
    text = world.store.kept.text()
    assert "some-persons:" in text
    assert "records: persons" in text
    assert "limit: '100'" in text


def test_a_mistake_is_told_beside_the_url_and_the_call_is_not_sent(tab):
    page = opened(tab, "list-persons")
    page.get_by_role("textbox", name="URL").fill("nonsense")
    page.get_by_text("must be an address as").wait_for()
    tab.check_axe()


def test_what_was_tested_and_changed_again_is_saved_only_as_untested(tab, world):
    page = opened(tab, "list-persons")
    page.get_by_role("textbox", name="Description").fill("ours")
    bar(page, "Test").click()
    page.get_by_text("It works").wait_for()
    assert bar(page, "Save").is_enabled()
    page.get_by_role("textbox", name="Description").fill("ours, and more")
    assert bar(page, "Save").is_disabled()
    bar(page, "Save untested").click()
    page.get_by_text("own", exact=True).wait_for()
    assert "ours, and more" in world.store.kept.text()
    bar(page, "Back to the preset's").click()
    page.get_by_role("dialog").get_by_role("button", name="Back to the preset's").click()
    page.get_by_text("of the preset", exact=True).wait_for()
    assert "ours, and more" not in world.store.kept.text()


def test_a_call_that_changes_something_is_not_tried_by_hand(tab):
    page = opened(tab, "delete-persons")
    page.get_by_text("so it is not tried by hand").wait_for()
    assert bar(page, "Test").is_disabled()


def test_values_that_a_call_needs_are_asked_for(tab):
    page = opened(tab, "get-person")
    page.get_by_role("textbox", name="{key}").fill("1")
    bar(page, "Test").click()
    page.get_by_role("tab", name="Request").wait_for()


def test_the_fields_are_walked_by_keyboard(tab):
    page = opened(tab, "list-tags")
    bar(page, "Test").click()
    tree = page.get_by_role("tree", name="Fields of the answer")
    tree.wait_for()
    tree.get_by_role("treeitem").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "treeitem"


def test_macros_are_offered_where_they_are_typed(tab):
    page = opened(tab, "list-persons")
    page.get_by_role("textbox", name="Parameters: orderBy, Value").fill("")
    page.keyboard.type("{{ no")
    page.get_by_role("option").first.wait_for()
    tab.check_axe()
    tab.shoot("endpoint-macro", narrow=False)


def test_objects_are_made_of_the_fields_of_a_list(tab, world):
    page = tab.sign_in(to="/applications/infobip/inbound")
    page.get_by_role("link", name="Add objects").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("contacts")
    page.get_by_role("combobox", name="List endpoint").click()
    page.get_by_role("option", name="list-persons").click()
    page.get_by_role("button", name="Look").click()
    tree = page.get_by_role("tree", name="Fields of the answer")
    tree.get_by_text("id", exact=True).click()
    page.get_by_role("button", name="It is the primary key").click()
    for column in ("firstName", "lastName", "externalId"):
        tree.get_by_text(column, exact=True).click()
        page.get_by_role("button", name="Read it as a column").click()
    tab.check_axe()
    tab.shoot("objects")
    bar(page, "Save").click()
    page.get_by_role("heading", name="contacts").wait_for()
    text = world.store.kept.text()
    assert "contacts:" in text
    assert "key: id" in text
    assert "firstName: firstName" in text
    page.get_by_role("link", name="Endpoints and objects").click()
    page.get_by_role("link", name="contacts").wait_for()
    tab.check_axe()
    tab.shoot("application-inbound")


def test_the_key_of_a_join_is_chosen_from_the_fields_that_its_last_test_offered(tab, world):
    page = tab.sign_in(to="/applications/infobip/inbound")
    page.get_by_role("link", name="Add objects").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("contacts")
    page.get_by_role("combobox", name="List endpoint").click()
    page.get_by_role("option", name="list-persons").click()
    page.get_by_role("button", name="Test list-persons, and offer its fields").click()
    page.get_by_role("combobox", name="Primary key", exact=True).click()
    page.get_by_role("option", name="externalId", exact=True).click()
    page.get_by_role("button", name="Join an endpoint").click()
    page.get_by_role("combobox", name="Joined endpoints 1: Endpoint").click()
    page.get_by_role("option", name="list-persons").click()
    key = page.get_by_role("combobox", name="Joined endpoints 1: Its primary key")
    key.fill("")
    page.get_by_role("option", name="id", exact=True).click()
    tab.check_axe()
    tab.shoot("objects-join")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("textbox", name="Columns: row 1, Column").fill("login")
    page.get_by_role("textbox", name="Columns: login, Path in a record").fill("externalId")
    bar(page, "Save").click()
    page.get_by_role("heading", name="contacts").wait_for()
    made = world.store.configuration().connections["infobip"].objects["contacts"]
    assert (made.key, [(one.endpoint, one.key) for one in made.join]) == ("externalId", [("list-persons", "id")])


def test_the_columns_of_the_records_are_offered_in_the_call_that_is_made_for_each(tab, world, company):
    objects = (
        "    objects:\n      contacts: {list: list-persons, key: id, join: [{endpoint: own, each: true}], "
        "attributes: {staffNumber: externalId}}\n"
        "    endpoints:\n      own: {url: '{base_url}/people/2/persons'}\n"
    )
    text = world.store.kept.text().replace("    kind: rest\n", "    kind: rest\n" + objects, 1)
    (company.home / "keepstep.yaml").write_text(text, encoding="utf-8")
    page = opened(tab, "own")
    page.get_by_role("textbox", name="URL").fill("")
    page.keyboard.type("{base_url}/people/2/persons?x={{ staff")
    page.get_by_role("option", name="staffNumber").click()
    assert page.get_by_role("textbox", name="URL").input_value() == "{base_url}/people/2/persons?x={{ staffNumber }}"


def test_the_columns_are_offered_before_the_call_for_each_record_is_saved_and_both_are_saved_at_once(
    tab, world, company
):
    objects = "    objects:\n      contacts: {list: list-persons, key: id, attributes: {staffNumber: externalId}}\n"
    text = world.store.kept.text().replace("    kind: rest\n", "    kind: rest\n" + objects, 1)
    (company.home / "keepstep.yaml").write_text(text, encoding="utf-8")
    tab.allow("400")
    page = opened(tab, "_new")
    page.get_by_role("textbox", name="Name").fill("detail")
    page.get_by_role("textbox", name="URL").fill("{base_url}/people/2/persons?x={{ staffNumber }}")
    page.get_by_text("staffNumber").nth(0).wait_for()
    page.locator("[aria-invalid=true]").first.wait_for()  # nobody's record gives it a value
    page.get_by_role("combobox", name="Called once for every record of").click()
    page.get_by_role("option", name="contacts").click()
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="URL").fill("")
    page.keyboard.type("{base_url}/people/2/persons?x={{ staff")
    page.get_by_role("option", name="staffNumber").click()
    page.locator("[aria-invalid=true]").first.wait_for(state="detached")
    tab.check_axe()
    tab.shoot("endpoint-each")
    bar(page, "Save untested").click()
    page.get_by_role("heading", name="detail").wait_for()
    kept = world.store.configuration().connections["infobip"]
    assert kept.endpoints["detail"].url == "{base_url}/people/2/persons?x={{ staffNumber }}"
    assert [(one.endpoint, one.each) for one in kept.objects["contacts"].join] == [("detail", True)]
