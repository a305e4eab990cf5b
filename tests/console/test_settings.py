"""Settings: who may do what, secrets, and the configuration as one text."""

import pytest

from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.ports import FirstPassword

TABS = [
    "",
    "/operators",
    "/roles",
    "/tokens",
    "/secrets",
    "/first-passwords",
    "/configuration",
    "/notifications",
    "/variables",
    "/about",
]


@pytest.mark.parametrize("path", TABS)
def test_every_tab_meets_wcag_in_both_schemes_and_fits_a_telephone(tab, path):
    page = tab.sign_in(to=f"/settings{path}")
    page.get_by_role("heading", name="Settings").wait_for()
    page.wait_for_load_state("networkidle") if path == "" else page.wait_for_timeout(600)
    tab.check_axe()
    tab.shoot(f"settings{path.replace('/', '-') or '-account'}")


@pytest.fixture
def diary(company):
    """A channel that writes into a file, before anything is served."""
    company.configure(("rules:", "channels:\n  diary: {kind: file, file: diary}\nrules:"))


def test_a_channel_is_tried_by_a_button(diary, tab, world):
    page = tab.sign_in(to="/settings/notifications")
    page.get_by_role("button", name="Send a test: diary").click()
    page.get_by_text("It was taken.").wait_for()
    (file,) = (world.store.settings.home / "notices").iterdir()
    assert "This is a test: nothing happened." in file.read_text("utf-8")
    page.get_by_text("Nobody was told anything").wait_for()


def test_a_channel_and_a_rule_that_uses_it_are_added_and_removed(tab, world):
    page = tab.sign_in(to="/settings/notifications")

    def add(button, name):
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(name)
        page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()

    add("Add a channel", "night-shift")
    page.get_by_role("textbox", name="Server").wait_for()
    page.get_by_role("combobox", name="By", exact=True).click()
    page.get_by_role("option", name="A file in the home folder").click()
    page.get_by_role("textbox", name="Server").wait_for(state="detached")
    page.get_by_role("textbox", name="File").fill("no such/name")
    page.get_by_role("textbox", name="File").and_(page.locator("[aria-invalid=true]")).wait_for()
    tab.check_axe()
    tab.shoot("settings-channel")
    page.get_by_role("textbox", name="File").fill("night")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Remove").wait_for()
    page.get_by_role("link", name="All channels and rules").click()
    add("Add a rule", "bad-nights")
    page.get_by_role("combobox", name="By the channels").fill("night-shift")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="This bad, or worse").click()
    page.get_by_role("option", name="Errors").click()
    tab.check_axe()
    tab.shoot("settings-notification-rule")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Remove").wait_for()
    kept = world.store.configuration()
    assert (kept.channels["night-shift"].kind, kept.notifications["bad-nights"].to) == ("file", ["night-shift"])
    assert str(kept.notifications["bad-nights"].severity) == "error"
    page.get_by_role("link", name="All channels and rules").click()
    page.get_by_role("table", name="Rules").get_by_role("link", name="bad-nights").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("No rule yet").wait_for()


@pytest.fixture
def weekends(company):
    """A rule that tells the diary nothing over the weekend, before anything is served."""
    rule = "{to: diary, timezone: Europe/Zagreb, quiet: [{from: '00:00', to: '00:00', days: [sat, sun]}]}"
    told = f"channels:\n  diary: {{kind: file, file: diary}}\nnotifications:\n  calm: {rule}\nrules:"
    company.configure(("rules:", told))


def test_the_windows_in_which_a_rule_tells_nothing_are_edited(weekends, tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/settings/notifications/rules/calm")
    page.get_by_role("combobox", name="By the channels").wait_for()
    page.get_by_text("diary", exact=True).wait_for()  # one alone is written without a list
    kept = page.get_by_role("group", name="Quiet window 1")
    kept.get_by_text("sat", exact=True).wait_for()
    kept.get_by_text("sun", exact=True).wait_for()
    page.get_by_role("button", name="Add a quiet window").click()
    window = page.get_by_role("group", name="Quiet window 2")
    window.get_by_label("Begins").fill("")
    window.get_by_text("write a time of day").first.wait_for()
    window.get_by_label("Begins").fill("21:30")
    window.get_by_text("write a time of day").wait_for(state="detached")
    tab.check_axe()
    tab.shoot("settings-quiet")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Remove", exact=True).wait_for()
    rule = world.store.configuration().notifications["calm"]
    assert [str(one) for one in rule.quiet] == ["from 00:00 to 00:00 on Sat, Sun", "from 21:30 to 06:00"]
    page.get_by_role("button", name="Remove quiet window 2").click()
    page.get_by_role("button", name="Remove quiet window 1").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Remove", exact=True).wait_for()
    assert "quiet" not in world.store.kept.text()


def test_the_installation_is_examined_and_backed_up(tab):
    page = tab.sign_in(to="/settings/about")
    page.get_by_role("button", name="Examine").click()
    page.get_by_text("Everything is sound").or_(page.get_by_text("not right")).first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Make a backup").click()
    assert download.value.suggested_filename.endswith(".tar.gz")


def test_a_variable_is_added_and_macros_read_it(tab, world):
    page = tab.sign_in(to="/settings/variables")
    page.get_by_role("button", name="Add", exact=False).first.click()
    group = page.get_by_role("group", name="Variables")
    group.get_by_role("textbox").first.fill("site")
    group.get_by_role("textbox").nth(1).fill("Zagreb")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("You changed something").wait_for(state="detached")
    page.get_by_role("button", name="Save", exact=True).wait_for(state="detached")
    assert "site: Zagreb" in world.store.kept.text()


def test_an_operator_is_added_given_a_link_and_switched_off(tab):
    page = tab.sign_in(to="/settings/operators")
    page.get_by_role("button", name="Add an operator").click()
    dialog = page.get_by_role("dialog", name="Add an operator")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("bruno")
    dialog.get_by_role("combobox", name="Roles").click()
    page.get_by_role("option", name="auditor").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Add").click()
    drawer = page.get_by_role("dialog", name="bruno")
    drawer.get_by_text("see plans and runs").first.wait_for()
    assert "operator=bruno" in page.url
    drawer.get_by_role("button", name="Make a one-time link").click()
    link = drawer.get_by_text("/welcome#")
    link.wait_for()
    drawer.get_by_role("button", name="Switch off").click()
    drawer.get_by_role("button", name="Switch on").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("settings-operator", narrow=False)


def test_a_token_is_shown_once_and_ended(tab, world):
    page = tab.sign_in(to="/settings/tokens")
    page.get_by_text("No token yet").wait_for()
    page.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog", name="Make a token")
    dialog.get_by_role("textbox", name="Name").fill("nightly export")
    dialog.get_by_role("button", name="Make a token").click()
    token = dialog.locator("pre").inner_text().replace("\n", "")
    assert world.client(token=token).get("/session")["operator"]["name"] == "ana"
    dialog.get_by_role("button", name="Close").last.click()
    assert token not in page.content()
    page.get_by_role("button", name="End: nightly export").click()
    page.get_by_role("dialog").get_by_role("button", name="End").click()
    page.get_by_text("ended").wait_for()
    world.client(token=token).bad(401, "GET", "/session")


def test_a_secret_is_replaced_and_never_shown(tab, world):
    page = tab.sign_in(to="/settings/secrets")
    page.get_by_role("button", name="Replace: infobip-password").click()
    page.get_by_role("textbox", name="Secret").fill("planted-secret-77")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert "planted-secret-77" not in page.content()
    assert world.store.vault.get("infobip-password").reveal() == "planted-secret-77"


def test_whoever_may_not_set_secrets_is_told_and_offered_nothing(tab, world):
    tab.allow("403")
    world.operator("aldo", "auditor")
    page = tab.sign_in("aldo", to="/settings/secrets")
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("button", name="Set a secret").count() == 0


def test_the_configuration_is_checked_compared_and_put_in_force(tab, world):
    page = tab.sign_in(to="/settings/configuration")
    text = page.get_by_role("textbox", name="keepstep.yaml")
    before = text.input_value()
    text.fill(before.replace("rules:", "rulez:"))
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("rulez").last.wait_for()
    text.fill(before + "\n# looked at by Ana\n")
    page.get_by_role("link", name="Audit").first.click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Stay").click()
    page.get_by_role("button", name="Put in force…").click()
    dialog = page.get_by_role("dialog", name="Put this in force?")
    dialog.get_by_text("# looked at by Ana").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("settings-difference", narrow=False)
    dialog.get_by_role("button", name="Put in force").click()
    dialog.wait_for(state="detached")
    assert "# looked at by Ana" in world.store.kept.text()


def test_two_who_edit_at_once_lose_nothing(tab, world):
    tab.allow("412")
    page = tab.sign_in(to="/settings/configuration")
    text = page.get_by_role("textbox", name="keepstep.yaml")
    before = text.input_value()
    text.fill(before + "\n# mine\n")
    other = world.operator("otto", "administrator")
    now = other.get("/configuration")
    other.good("PUT", "/configuration", {"text": before + "\n# theirs\n"}, If_Match=now["etag"])
    page.get_by_role("button", name="Put in force…").click()
    page.get_by_role("button", name="Put in force", exact=True).click()
    page.get_by_text("changed by somebody else").wait_for()
    assert "# theirs" in world.store.kept.text()
    assert "# mine" not in world.store.kept.text()


def test_a_first_password_is_opened_once(tab, world):
    first = FirstPassword(
        connection="corp", key=NativeKey("mira"), account="mira", password=Secret("Vrt-Kiša_7731"), days=14
    )
    world.store.first_passwords.seal(first)
    page = tab.sign_in(to="/settings/first-passwords")
    page.get_by_role("button", name="Open: mira").click()
    page.get_by_role("dialog").get_by_role("button", name="Open").click()
    page.get_by_text("Vrt-Kiša_7731").wait_for()
    page.get_by_text("No first password waits").wait_for()
    page.reload()
    page.get_by_text("No first password waits").wait_for()
    assert page.get_by_text("Vrt-Kiša_7731").count() == 0
    assert world.store.first_passwords.waiting() == []
