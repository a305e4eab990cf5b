"""The page about plain LDAP servers says what the connection, the reads and the looks for changes do."""

import re

import pytest
from typer.testing import CliRunner

from keepstep.cli.main import build
from keepstep.connectors.ldap import changes
from keepstep.connectors.ldap.cursor import OVERLAP
from keepstep.core.connection import LdapConnection
from keepstep.core.secret import Secret
from keepstep.core.set_sketch import FEW, SetSketch
from keepstep.emulator import Credentials, Emulator, running_in_thread
from keepstep.settings import Settings
from keepstep.wiring import opened
from tests.docs.tables import documented, keys_of, page, section
from tests.lab.plain_ldap import GROUPS, PASSWORD, PEOPLE, plain_ldap

pytestmark = [pytest.mark.samba]

PAGE = page("ldap.md")


def blocks(language, heading):
    after = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", after, re.DOTALL)


@pytest.fixture(scope="module")
def server(samba_server, tmp_path_factory):
    """A server with the limits, rights and overlay of the page."""
    limits, password, rest, index, overlay = blocks("text", "When a read is complete")[0].splitlines()
    overlays = f"{limits}\n{index}\n{overlay}\n"
    with plain_ldap(tmp_path_factory.mktemp("slapd"), rights=f"{password}\n{rest}", overlays=overlays) as running:
        ana = running.person("ana", givenName="Ana", sn="Kovač", mail="Ana@corp.example", departmentNumber="Sales")
        running.person("ivo", givenName="Ivo", sn="Horvat", mail="ivo@corp.example", departmentNumber="Stores")
        running.person("guest", employeeType="guest")
        running.group("readers", ana)
        yield running


@pytest.fixture
def home(tmp_path, server):
    home = tmp_path / "home"
    called("init", home=home)
    text = blocks("yaml", "Connecting")[0]
    assert (PEOPLE in text, GROUPS in text) == (True, True)
    text = text.replace("ldaps://ldap.corp.example", server.url).replace("corp-ca.pem", server.cert)
    home.joinpath("keepstep.yaml").write_text(text)
    with opened(Settings(home=home, operator="tests")) as store:
        store.vault.set("ldap-password", Secret(PASSWORD))
        store.vault.set("infobip-password", Secret(Credentials().password))
    return home


def called(*arguments, home, code=0):
    result = CliRunner().invoke(build(), [*arguments, "--home", str(home)], prog_name="keepstep")
    assert result.exit_code == code, result.output
    return result.stdout


def test_every_key_of_the_connection_is_described_with_its_default():
    wanted = keys_of(LdapConnection, inside=("users", "groups"))
    assert documented(section(PAGE, "Connecting")) == wanted


def test_the_check_says_what_the_page_shows(home, server):
    told = called("connection", "check", "staff", home=home).replace(server.url, "ldaps://ldap.corp.example")
    assert re.sub(r"\d+ attributes", "N attributes", told) == blocks("text", "Connecting")[0]


def test_the_people_of_the_page_are_read_and_planned(home):
    told = called("people", "staff", home=home)
    assert "Ana" in told or "ana" in told
    assert "guest" not in told
    with running_in_thread(Emulator(people=0, limits=False)) as url:
        text = home.joinpath("keepstep.yaml").read_text()
        text = text.replace("base_url: https://xyz.api.infobip.com", f"base_url: {url}")
        home.joinpath("keepstep.yaml").write_text(f'{text}\negress: {{allow: ["127.0.0.1"]}}\n')
        output = called("plan", "staff", home=home, code=10)
        assert "create         2" in output
        called("apply", output.split("keepstep apply ")[1].split()[0], "--yes", home=home)
        assert "Nothing to do" in called("plan", "staff", home=home)


def test_a_rule_into_such_a_server_is_refused(home):
    text = home.joinpath("keepstep.yaml").read_text().replace("infobip.persons", "staff.groups")
    home.joinpath("keepstep.yaml").write_text(text)
    result = CliRunner().invoke(build(), ["config", "check", "--home", str(home)], prog_name="keepstep")
    assert result.exit_code == 1
    assert 'connection "staff" is a plain LDAP server, which is only read' in result.output


def test_the_numbers_are_those_of_the_program():
    text = section(PAGE, "How changes are noticed")
    assert f"until {OVERLAP.seconds} seconds later" in text
    assert f"every {changes.LONGEST / 60:g} minutes" in text
    assert f"more than {FEW} differences" in text
    assert f"more than {changes.MANY:,} entries" in text
    most, percent = changes.LOST
    assert f"more than {most} entries and more than {percent} %" in text


def test_a_sketch_is_as_large_as_the_page_says_however_many_there_are():
    sketch = SetSketch()
    for number in range(20_000):
        sketch.add(number.to_bytes(12) + (number * 7919 % 1_000_003).to_bytes(12))
    assert len(str(sketch)) <= 60_000
