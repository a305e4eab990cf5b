"""The three procedures that Keepstep is for, in a browser, between a real domain and the application."""

import re
import time

import ldap
import pytest

from keepstep.emulator import Emulator, running_in_thread
from tests.console.browsing import tab_of
from tests.integration.api_world import Client, serving
from tests.integration.cli_world import PASSWORD, Cli
from tests.integration.test_api_templates import keep

pytestmark = [pytest.mark.samba, pytest.mark.timeout(600)]

CONNECTIONS = """
version: 1
egress: {allow: ["127.0.0.1"]}
connections:
  corp:
    kind: active_directory
    url: URL
    ca_file: CA
    bind: {method: simple, user: ADMIN, password: {secret: ad-password}}
    base: BASE
    users: {base: "OU=Console,BASE"}
  infobip:
    kind: rest
    base_url: ADDRESS
    authorization: {type: basic, username: keepstep, password: {secret: infobip-password}}
    pace: 1
"""
GREET = {"subject": "corp.users", "start": "create", "blocks": {"create": {"webhook": "infobip.create-person"}}}
ROWS = {
    "employeeID": "{{ externalId }}",
    "cn": "{{ words(firstName, lastName) }}",
    "sAMAccountName": "{{ externalId }}",
    "givenName": "{{ firstName }}",
    "sn": "{{ lastName }}",
    "mail": "{{ email | first }}",
}


@pytest.fixture
def home(samba, tmp_path):
    samba.organizational_unit("Console")
    cli = Cli(tmp_path / "home", Emulator(limits=False))
    for number, name in enumerate(("Mira", "Ivan", "Dora")):
        email = [{"address": f"{name.lower()}@partner.example"}]
        cli.emulator.create(
            {
                "externalId": f"h{number}",
                "firstName": name,
                "lastName": "Kovac",
                "contactInformation": {"email": email},
            }
        )
    cli.good("init")
    cli.good("secret", "set", "infobip-password", text=f"{PASSWORD}\n")
    cli.good("secret", "set", "ad-password", text=f"{samba.told['PASSWORD']}\n")
    with running_in_thread(cli.emulator) as url:
        text = CONNECTIONS.replace("ADDRESS", url).replace("BASE", samba.base).replace("ADMIN", samba.told["ADMIN"])
        text = text.replace("URL", samba.told["LDAPS_URL"]).replace("CA", samba.ca_file)
        cli.home.joinpath("keepstep.yaml").write_text(text, encoding="utf-8")
        yield cli
    samba.run("reset")


def users(samba):
    with samba.admin() as connection:
        rows = connection.search_s(f"OU=Console,{samba.base}", ldap.SCOPE_SUBTREE, "(objectClass=user)", ["mail"])
    return {dn.split(",")[0].removeprefix("CN="): one["mail"][0].decode() for dn, one in rows if dn and "mail" in one}


def saved(page):
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")


def new_automation(tab, name, kind):
    page = tab.open("/automations")
    page.get_by_role("button", name="New automation").first.click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name=name).wait_for()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name=kind).click()
    return page


def starts(page, what):
    page.get_by_role("combobox", name="Starts").click()
    page.get_by_role("option", name=what).click()


def chosen(page, field, name):
    page.get_by_role("combobox", name=field).click()
    page.get_by_role("option", name=name, exact=True).click()


def inbound(tab):
    """Authorize, try the list endpoint, map, and let a scheduled automation make users of the domain."""
    page = tab.open("/applications/infobip/inbound/list-persons")
    page.get_by_role("textbox", name="URL").wait_for()
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_text("h0").first.wait_for()
    page = tab.open("/applications/corp/mappings/persons-to-users")
    into = page.get_by_role("combobox", name="Into")
    into.fill("corp.users")
    page.keyboard.press("Escape")
    for number, (attribute, made_of) in enumerate(ROWS.items()):
        page.get_by_role("button", name="Add a row").click()
        page.get_by_role("combobox", name=f"Attribute: {number + 1}").fill(attribute)
        page.keyboard.press("Escape")
        text = page.get_by_role("textbox", name="Made of").or_(page.get_by_role("combobox", name="Made of"))
        text.last.fill(made_of)
        page.keyboard.press("Escape")
    saved(page)
    page = new_automation(tab, "hire", "Every so often")
    page.get_by_role("textbox", name="Every").fill("1m")
    starts(page, "A task of a mapping")
    chosen(page, "Mapping", "persons-to-users")
    chosen(page, "Task", "Create who is missing")
    page.get_by_role("textbox", name=re.compile("^From")).fill("infobip.persons")
    page.get_by_role("textbox", name=re.compile("^To")).fill("corp.users")
    page.get_by_role("textbox", name="Join on").fill("employeeID = externalId")
    page.get_by_role("textbox", name="Description").click()
    saved(page)
    page.get_by_role("table", name="Starts").get_by_text("Succeeded").first.wait_for(timeout=150_000)


def outbound(tab):
    """Try a webhook on users of the domain, live, and bring a template to them by what happens there."""
    page = tab.open("/applications/infobip/outbound/create-person")
    field = page.get_by_role("combobox", name="On whom")
    field.fill("walkin")
    field.press("Enter")
    page.get_by_role("button", name="Remove walkin").wait_for()
    page.get_by_role("button", name="Dry run", exact=True).click()
    page.get_by_text("It can be sent. Nothing was sent.").wait_for()
    page.get_by_role("button", name="Send it…", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Send").last.click()
    page.get_by_text(re.compile("success")).first.wait_for()
    page = new_automation(tab, "joiner", "When something happens")
    page.get_by_role("textbox", name="On the side").fill("corp.users")
    starts(page, "A template")
    chosen(page, "Template", "greet")
    saved(page)


def test_the_three_procedures(browser, samba, home):
    with serving(home.home, worker=True) as world:
        world.operator("ana", "administrator")
        keep(Client(world.url).sign_in("ana"), GREET, name="greet")
        with tab_of(browser, world.url) as tab:
            page = tab.sign_in()
            inbound(tab)
            assert users(samba) == {
                f"{name} Kovac": f"{name.lower()}@partner.example" for name in ("Mira", "Ivan", "Dora")
            }
            for name in ("walkin", "visitor"):
                mail = f"{name}@corp.example"
                samba.user(name, f"OU=Console,{samba.base}", givenName=name, sn="Guest", mail=mail)
            outbound(tab)
            time.sleep(3)  # the domain is watched from now on
            samba.user("newcomer", f"OU=Console,{samba.base}", givenName="New", sn="Comer", mail="new@corp.example")
            page.get_by_role("table", name="Starts").get_by_role("row").nth(1).wait_for(timeout=60_000)
            tab.open("/templates?tab=runs").get_by_text("Done", exact=True).first.wait_for(timeout=60_000)
            page = tab.open("/templates/greet")
            page.get_by_role("button", name="Run…").click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_role("combobox", name="By name").fill("visitor")
            page.keyboard.press("Enter")
            dialog.get_by_role("button", name="Run", exact=True).click()
            page.get_by_text("Succeeded 1").wait_for(timeout=60_000)
