"""The page about orchestration: its tables, and its commands against a directory and an emulated Infobip."""

import re
import shlex

import pytest

from keepstep.connectors.template_presets import known_template_presets, template_preset
from keepstep.core.template import KINDS
from keepstep.emulator import Emulator, running_in_thread
from tests.docs.tables import page, section, shell_lines, tables
from tests.integration.cli_world import Cli
from tests.integration.corp_ldif import STAFF, TREE, group, user
from tests.lab.directory import Samba

PAGE = page("orchestration.md")
CONNECTIONS = """\
version: 1
egress: {{allow: ["127.0.0.1"]}}
connections:
  corp: {corp}
  infobip:
    kind: rest
    preset: infobip
    base_url: {url}
    pace: 1
    authorization: {{type: basic, username: keepstep, password: {{secret: infobip-password}}}}
"""
LDIF = '{kind: ldif, file: corp.ldif, base: "DC=corp,DC=example"}'


def commands(heading):
    """Return the command lines of a section, as arguments."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [shlex.split(line)[1:] for line in shell_lines(part)]


def channels():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return text


def test_every_ready_made_template_is_described():
    told = {row[0].strip("`"): row[1] for row in tables(section(PAGE, "Ready-made templates"))[0]}
    assert told == {name: template_preset(name).about for name in known_template_presets()}


def test_every_block_is_described():
    assert [row[0].strip("`") for row in tables(section(PAGE, "Blocks"))[0]] == list(KINDS)


@pytest.fixture
def emulator():
    return Emulator(limits=False)


@pytest.fixture
def cli(tmp_path, emulator):
    made = Cli(tmp_path / "home", emulator=emulator)
    made.good("init")
    made.good("secret", "set", "infobip-password", text="demo-password\n")
    with running_in_thread(emulator) as url:
        made.url = url
        yield made


def test_the_commands_of_the_page_hire_somebody_and_let_them_go(cli, emulator):
    leavers = "dn: OU=Leavers,DC=corp,DC=example\nobjectClass: organizationalUnit\n\n"
    ana = user(7, "Ana", "givenName: Ana\nsn: Kovac\nmail: ana@corp.example\nmobile: +385 91 000 0007\n")
    ana = ana.replace("sAMAccountName: user7", "sAMAccountName: ana")
    text = TREE + leavers + ana + group(8, "Everybody") + group(9, "Alumni", f"CN=Ana,{STAFF}")
    (cli.home / "corp.ldif").write_text(text)
    (cli.home / "keepstep.yaml").write_text(CONNECTIONS.format(corp=LDIF, url=cli.url) + channels())
    for arguments in commands("Ready-made templates"):
        cli.good(*arguments)
    hire, let_go, runs = commands("Running one")

    assert "1 succeeded" in cli.good(*hire)
    (person,) = emulator.persons()
    assert person["firstName"] == "Ana"
    assert [message["text"] for message in emulator.outbox()] == ["Welcome Ana, your account is ready."]

    told = cli.good(*let_go)
    assert "1 waiting" in told
    assert emulator.persons() == []
    kept = (cli.home / "corp.ldif").read_text()
    assert "dn: CN=Ana,OU=Leavers,DC=corp,DC=example" in kept
    (record,) = [part for part in kept.split("\n\n") if part.startswith("dn: CN=Ana,")]
    assert "userAccountControl: 514" in record
    assert [part.split("\n")[0] for part in kept.split("\n\n") if "member: CN=Ana" in part] == [
        f"dn: CN=Alumni,{STAFF}"
    ]
    assert "disabled and is deleted in 30 days" in emulator.outbox()[-1]["text"]
    assert "template leaver" in cli.good(*runs)


@pytest.mark.samba
@pytest.mark.slow
def test_the_same_on_a_real_directory(cli, emulator, samba: Samba):
    unit = samba.organizational_unit("Orchestrated")
    try:
        leavers = samba.organizational_unit("Leavers", unit)
        everybody = samba.add(f"CN=Everybody,{unit}", "group", sAMAccountName="everybody")
        alumni = samba.add(f"CN=Alumni,{unit}", "group", sAMAccountName="alumni")
        ana = samba.user(
            "ana.o", unit, givenName="Ana", sn="Kovac", mail="ana.o@corp.example", mobile="+385 91 000 0007"
        )
        samba.change(alumni, member=ana.encode())
        spec = samba.connection(users={"base": unit}).model_dump_json(exclude_unset=True, by_alias=True)
        cli.good("secret", "set", "admin", text=f"{samba.passwords['admin']}\n")
        (cli.home / "keepstep.yaml").write_text(CONNECTIONS.format(corp=spec, url=cli.url) + channels())
        places = {"CN=Everybody,OU=Staff,DC=corp,DC=example": everybody, "OU=Leavers,DC=corp,DC=example": leavers}
        places["CN=Alumni,OU=Staff,DC=corp,DC=example"] = alumni
        for arguments in commands("Ready-made templates"):
            cli.good(*(_placed(argument, places) for argument in arguments))

        told = cli.good("template", "run", "joiner", "--user", "ana.o")
        assert "1 succeeded" in told, told
        (person,) = emulator.persons()
        assert person["firstName"] == "Ana"
        assert {name.decode() for name in samba.look(ana, "memberOf")["memberOf"]} == {everybody, alumni}

        told = cli.good("template", "run", "leaver", "--user", "ana.o")
        assert "1 waiting" in told, told
        gone = samba.look(f"CN=ana.o,{leavers}", "memberOf", "userAccountControl")
        assert gone == {"memberOf": [alumni.encode()], "userAccountControl": [b"514"]}
        assert emulator.persons() == []
        assert len(emulator.outbox()) == 2
    finally:
        samba.remove(unit)


def _placed(argument, places):
    for name, there in places.items():
        argument = argument.replace(name, there)
    return argument
