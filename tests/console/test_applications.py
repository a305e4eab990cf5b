"""Applications: what is connected, whether it works, and its authorization."""

from PIL import Image
from playwright.sync_api import expect

PASSWORD = "plant-another-password-77"


def test_every_connection_is_a_card_and_leads_to_its_tabs(tab):
    page = tab.sign_in(to="/applications")
    page.get_by_role("link", name="infobip On").wait_for()
    tab.check_axe()
    tab.shoot("applications")
    page.get_by_role("link", name="infobip On").click()
    page.get_by_role("heading", name="infobip", level=1).wait_for()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("Everything that is needed works").wait_for()
    tab.check_axe()
    tab.shoot("application-authorization")
    page.get_by_role("link", name="Inbound").click()
    page.get_by_role("table", name="Endpoints").wait_for()
    assert page.url.endswith("/applications/infobip/inbound")
    tab.check_axe()
    tab.shoot("application-inbound")


def test_an_application_is_switched_off_and_on(tab, world):
    page = tab.sign_in(to="/applications/infobip")
    switch = page.get_by_role("switch", name="In use")
    switch.wait_for(state="attached")
    switch.click(force=True)
    page.get_by_text("It is switched off: nothing is sent.").wait_for()
    assert "enabled: false" in world.store.kept.text()
    expect(switch).to_be_enabled()
    switch.click(force=True)
    page.get_by_text("Reach, certificate, credentials").wait_for()


def test_a_directory_shows_its_own_settings(tab):
    page = tab.sign_in(to="/applications/corp")
    page.get_by_role("textbox", name="File").wait_for()
    assert page.get_by_role("link", name="Inbound").count() == 0
    tab.check_axe()
    tab.shoot("application-directory")


def test_a_mistake_stands_beside_its_field_and_what_is_right_is_saved(tab, world):
    before = world.store.kept.text()
    page = tab.sign_in(to="/applications/infobip")
    address = page.get_by_role("textbox", name="Base URL")
    good = address.input_value()
    address.fill("nonsense")
    page.get_by_text("must be an address such as").wait_for()
    page.get_by_text("One thing is not right yet.").wait_for()
    tab.shoot("application-mistake", narrow=False)
    address.fill(good)
    page.get_by_text("must be an address such as").wait_for(state="detached")
    page.get_by_role("textbox", name="Description").fill("Persons of the People API")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved; it is in force now.").wait_for()
    after = world.store.kept.text()
    assert "description: Persons of the People API" in after
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()


def test_a_secret_is_replaced_and_never_shown(tab, world):
    page = tab.sign_in(to="/applications/infobip")
    page.get_by_role("button", name="Replace: Password").click()
    page.get_by_label("Password: new text").fill(PASSWORD)
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_label("Password: new text").wait_for(state="detached")
    assert PASSWORD not in page.content()
    assert world.store.vault.get("infobip-password").reveal() == PASSWORD


def test_what_is_not_saved_is_not_lost_by_leaving(tab):
    page = tab.sign_in(to="/applications/infobip")
    page.get_by_role("textbox", name="Description").fill("something")
    page.get_by_role("link", name="Inbound").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Stay").click()
    assert page.get_by_role("textbox", name="Description").input_value() == "something"


def test_of_two_who_change_the_same_both_edits_are_shown(tab, world):
    tab.allow("412")
    page = tab.sign_in(to="/applications/infobip")
    page.get_by_role("textbox", name="Description").fill("mine")
    desk = world.store.configuration_desk
    from keepstep.usecases.edit_configuration import Edit

    edit = Edit(path=("connections", "infobip", "description"), value="theirs")
    desk.save(desk.edited(world.store.kept.text(), [edit]))
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Somebody else saved meanwhile")
    dialog.get_by_text("▸ description: theirs").wait_for()
    dialog.get_by_text("▸ description: mine").wait_for()
    tab.check_axe()
    tab.shoot("conflict", narrow=False)
    dialog.get_by_role("button", name="Put mine over it").click()
    dialog.wait_for(state="detached")
    assert "description: mine" in world.store.kept.text()


def test_authorization_of_every_kind_has_its_fields(tab):
    page = tab.sign_in(to="/applications/infobip")
    for kind, role, field in (
        ("API key", "group", "API key"),
        ("OAuth 2.0, client credentials", "group", "Client secret"),
        ("OAuth 2.0, a person says yes", "textbox", "Callback URL"),
        ("Token from an endpoint", "textbox", "Where the answer holds the token"),
    ):
        page.get_by_role("combobox", name="Requests prove themselves by").click()
        page.get_by_role("option", name=kind, exact=True).click()
        page.get_by_role(role, name=field).wait_for()
        tab.check_axe()
    tab.shoot("application-token")


def test_an_application_that_is_in_use_is_not_removed_and_it_says_by_what(tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/applications/infobip")
    page.get_by_role("button", name="Remove this connection").click()
    dialog = page.get_by_role("dialog", name="Remove infobip?")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    dialog.get_by_text("there is no connection").first.wait_for()
    assert "infobip:" in world.store.kept.text()


def test_infobip_is_added_by_its_address_and_credentials(tab, company, world):
    page = tab.sign_in(to="/applications")
    page.get_by_role("link", name="Add an application").click()
    page.get_by_role("link", name="Another REST application").wait_for()
    tab.check_axe()
    tab.shoot("application-add")
    page.get_by_role("link", name="Infobip Persons").click()
    page.get_by_role("textbox", name="Name", exact=True).wait_for()
    assert page.get_by_role("textbox", name="Name", exact=True).input_value() == "infobip-2"
    page.get_by_role("textbox", name="Base URL").fill(company.url)
    page.get_by_role("textbox", name="Username").fill("keepstep")
    page.get_by_role("button", name="Set it: Password").click()
    page.get_by_label("Password: new text").fill("demo-password")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Set", exact=False).first.wait_for()
    tab.check_axe()
    tab.shoot("application-new")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="infobip-2", level=1).wait_for()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("Everything that is needed works").wait_for()
    assert "demo-password" not in world.store.kept.text()


def test_what_is_missing_is_told_when_somebody_saves_and_not_before(tab):
    tab.allow("400")
    page = tab.sign_in(to="/applications/_new?kind=active_directory")
    page.get_by_role("textbox", name="Address").fill("ldaps://dc1.corp.example")
    page.get_by_role("button", name="Save", exact=True).wait_for()
    page.wait_for_timeout(1000)
    assert page.get_by_text("is missing").count() == 0
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("is missing").first.wait_for()
    tab.check_axe()
    tab.shoot("application-new-directory")


def picture(folder):
    file = folder / "logo.png"
    Image.new("RGB", (400, 200), "#0a7").save(file)
    return file


def test_an_application_is_given_a_logo_and_loses_it(tab, tmp_path):
    page = tab.sign_in(to="/applications/infobip")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(picture(tmp_path))
    page.get_by_role("button", name="Take it away").wait_for()
    tab.shoot("application-logo")
    page.goto(page.url.replace("/applications/infobip", "/applications"))
    logo = page.locator("li", has_text="infobip").locator("img")
    logo.wait_for()
    assert logo.evaluate("one => one.naturalWidth") == 256
    page.get_by_role("link", name="infobip On").click()
    page.get_by_role("button", name="Take it away").click()
    page.get_by_role("button", name="Choose a picture").wait_for()


def test_the_file_of_a_directory_is_replaced_by_a_good_one_alone(tab, world, tmp_path):
    tab.allow("400")
    page = tab.sign_in(to="/applications/corp")
    good, bad = tmp_path / "new.ldif", tmp_path / "bad.ldif"
    good.write_bytes((world.store.settings.home / "directory.ldif").read_bytes())
    bad.write_bytes(b"\x89PNG not a directory")
    for file, told in ((bad, page.get_by_role("alert")), (good, page.get_by_text("directory.ldif is replaced"))):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Replace the file").click()
        chooser.value.set_files(file)
        told.first.wait_for()
    assert (world.store.settings.home / "directory.ldif").read_bytes() == good.read_bytes()
