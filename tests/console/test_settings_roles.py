"""Own roles in the settings: made, understood, changed, removed."""

import pytest

DESK = """\
roles:
  desk:
    description: changes titles in Sales
    rights: [read_people, change_accounts]
    connections: [corp]
    within: ["OU=Sales,DC=corp,DC=example"]
    changes: [set]
    attributes: [title]
rules:"""


@pytest.fixture
def desk(company):
    """A role of one's own, before anything is served."""
    company.configure(("rules:", DESK))


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).wait_for(state="detached")


def only(page, part, *names):
    group = page.get_by_role("group", name=part, exact=True)
    group.get_by_text("Only these").click()
    box = group.get_by_role("combobox", name=part, exact=True)
    for name in names:
        box.fill(name)
        box.press("Enter")
    box.press("Tab")


def test_a_role_is_made_and_told_in_words_before_it_is_saved(tab, world):
    page = tab.sign_in(to="/settings/roles")
    page.get_by_role("button", name="New role").click()
    dialog = page.get_by_role("dialog", name="New role")
    dialog.get_by_role("textbox", name="Name").fill("sales-desk")
    dialog.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="sales-desk").wait_for()
    page.get_by_role("checkbox", name="Change chosen accounts of a directory by hand").check()
    page.get_by_text("Makes no change, as no kind of change is named.").wait_for()
    only(page, "Within", "OU=Sales,DC=corp,DC=example")
    only(page, "Attributes", "title")
    page.get_by_text('Reaches only people within "OU=Sales,DC=corp,DC=example".').wait_for()
    page.get_by_role("group", name="Changes", exact=True).get_by_text("Only these").click()
    page.get_by_text("choose what “Changes” reaches").wait_for()
    page.get_by_role("combobox", name="Changes", exact=True).click()
    page.get_by_role("option", name="set", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_text("Of kinds of change, makes only set.").wait_for()
    tab.check_axe()
    tab.shoot("settings-role")
    save(page)
    role = world.client().sign_in("ana").get("/configuration/document")["value"]["roles"]["sales-desk"]
    assert role == {
        "rights": ["change_accounts"],
        "within": ["OU=Sales,DC=corp,DC=example"],
        "attributes": ["title"],
        "changes": ["set"],
    }
    page.get_by_role("link", name="All roles").click()
    page.get_by_role("button", name="sales-desk").click()
    page.get_by_text("Of attributes, writes only title.").wait_for()


def test_what_is_wrong_stands_beside_its_field_and_is_not_saved(desk, tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/settings/roles/desk")
    only(page, "Within", "Sales")
    page.get_by_role("group", name="Within", exact=True).get_by_text("not a distinguished name").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert '"Sales"' not in world.store.kept.text()


def test_the_name_of_a_role_that_is_always_there_is_refused(tab):
    page = tab.sign_in(to="/settings/roles/auditor")
    page.get_by_role("checkbox", name="Apply a plan.", exact=True).check()
    page.get_by_text("is always there: give yours another name").first.wait_for()


def test_a_role_in_use_says_by_whom_before_it_is_removed(desk, tab, world):
    bo = world.operator("bo", "desk")
    assert bo.get("/session")["rights"]
    page = tab.sign_in(to="/settings/roles/desk")
    page.get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog", name="Remove the role desk?")
    dialog.get_by_text("It is in use: bo").wait_for()
    tab.check_axe(include="[role=dialog]")
    dialog.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/settings/roles")
    page.get_by_role("button", name="administrator").wait_for()
    assert bo.get("/session")["rights"] == []


def test_whoever_manages_no_operators_looks_and_changes_nothing(desk, tab, world):
    world.operator("otto", "operator")
    page = tab.sign_in("otto", to="/settings/roles/desk")
    page.get_by_text("You may look at it.").wait_for()
    assert page.get_by_role("textbox", name="Description").is_disabled()
    assert page.get_by_role("button", name="Remove").count() == 0
    tab.check_axe()


def test_the_containers_of_the_directory_are_offered_and_others_are_written(desk, tab, world):
    page = tab.sign_in(to="/settings/roles/desk")
    group = page.get_by_role("group", name="Within", exact=True)
    box = group.get_by_role("combobox", name="Within", exact=True)
    box.click()
    page.get_by_role("option", name="OU=Staff,DC=corp,DC=example", exact=True).click()
    box.fill("OU=Elsewhere,DC=corp,DC=example")
    box.press("Enter")
    box.press("Escape")
    page.get_by_role("combobox", name="Not within").fill("ou=st")
    page.get_by_role("option", name="OU=Staff,DC=corp,DC=example", exact=True).wait_for()
    tab.shoot("settings-role-within")
    page.get_by_role("combobox", name="Not within").fill("")
    save(page)
    role = world.client().sign_in("ana").get("/configuration/document")["value"]["roles"]["desk"]
    held = ["OU=Sales,DC=corp,DC=example", "OU=Staff,DC=corp,DC=example", "OU=Elsewhere,DC=corp,DC=example"]
    assert role["within"] == held


def test_whoever_may_not_browse_the_directory_writes_containers(company, tab, world):
    rights = "[read_configuration, change_configuration, manage_operators]"
    company.configure(("rules:", DESK.replace("rules:", f"  clerk:\n    rights: {rights}\nrules:")))
    world.operator("cleo", "clerk")
    page = tab.sign_in("cleo", to="/settings/roles/desk")
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "/units" in one.url else None)
    box = page.get_by_role("group", name="Within", exact=True).get_by_role("combobox", name="Within", exact=True)
    box.fill("OU=Staff,DC=corp,DC=example")
    box.press("Enter")
    page.get_by_text('or "OU=Staff,DC=corp,DC=example"').or_(page.get_by_text("OU=Staff")).first.wait_for()
    assert not asked
