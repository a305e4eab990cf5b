"""G5 with a real directory: neither the bind password nor those of new accounts are left anywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

import ldap
import pytest

from keepstep.emulator import Credentials, Emulator, running_in_thread
from tests.guarantees.test_g5_secrets_stay_secret import TOOLS, Story, rest
from tests.lab.directory import Samba

pytestmark = [pytest.mark.samba, pytest.mark.slow]

APPLICATION = "plant-Application-pw-31"
ROWS = {
    "employeeID": "{{ id }}",
    "cn": {"from": "{{ firstName }} {{ id }}", "on": "create"},
    "sAMAccountName": {"from": "n{{ id }}", "on_clash": "suffix"},
    "description": "{{ lastName }}",
}


def configuration(samba: Samba, unit: str, url: str) -> dict[str, object]:
    spec = samba.connection(users={"base": unit}, new_accounts={"container": unit, "deliver": "sealed"})
    directory = spec.model_dump(mode="json", by_alias=True)
    wrong = {**directory, "bind": {**directory["bind"], "password": {"secret": "wrong"}}}
    basic = {"type": "basic", "username": "keepstep", "password": {"secret": "application"}}
    rule = {
        "source": "infobip.persons",
        "target": "corp.users",
        "mapping": "in",
        "correlate": [["employeeID", "id"]],
        "guards": {"canary": 2},
    }
    return {
        "version": 1,
        "egress": {"allow": ["127.0.0.1"]},
        "connections": {"corp": directory, "wrong": wrong, "infobip": rest(url, basic)},
        "mappings": {"in": {"into": "corp.users", "rows": ROWS}},
        "rules": {"in": rule},
    }


def test_the_passwords_of_a_directory_are_nowhere(samba: Samba, tmp_path: Path) -> None:
    unit = samba.organizational_unit("New")
    bind = "Plant-Bind{7}pw %42"
    samba.account("svc.plant", bind)
    samba.tool("group", "addmembers", "Domain Admins", "svc.plant")
    told = Story(home=tmp_path / "home", out=tmp_path / "exports")
    told.out.mkdir()
    notes = tmp_path / "noted"
    told.secrets = {"admin": bind, "application": APPLICATION, "wrong": "plant-Wrong/pw~9"}
    emulator = Emulator(limits=False, credentials=Credentials(password=APPLICATION))
    for number in range(6):
        emulator.create({"externalId": f"e{number}", "firstName": f"First{number}", "lastName": f"Last{number}"})
    emulator.create({"externalId": "bad", "firstName": "Bad", "lastName": "x" * 200})
    with running_in_thread(emulator) as url:
        live_through(told, configuration(samba, unit, url), notes)
    passwords = notes.read_text().splitlines()
    assert len(passwords) >= 6
    told.secrets |= {f"password {number}": password for number, password in enumerate(passwords)}
    told.files("while they wait to be opened")
    waiting = [one["account"] for one in json.loads(told.run("password", "list", "--json"))]
    assert len(waiting) == len(passwords)
    shown = {open_once(told, account) for account in waiting[:2]}
    assert len(shown & set(passwords)) == 2, "what is shown is what the directory took"
    told.files("at the end")
    assert told.leaks() == []
    sign_in_with_one_of(samba, unit, passwords)


def open_once(told: Story, account: str) -> str:
    """Return the password that the program prints; what else it says is searched like everything."""
    with told.start("password", "show", account) as process:
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    told.keep(("password", "show", account), stderr)
    told.run("password", "show", account, code=1)
    return stdout.decode().removesuffix("\n")


def live_through(told: Story, spec: dict[str, object], notes: Path) -> None:
    told.run("init")
    for name, text in told.secrets.items():
        told.run("secret", "set", name, text=f"{text}\n")
    bind = spec["connections"]["corp"]["bind"]
    bind["user"] = "svc.plant@lab.example"
    (told.home / "keepstep.yaml").write_text(json.dumps(spec))
    told.run("connection", "check", "corp", "--write", code=None)
    told.run("connection", "check", "wrong", code=1)
    told.run("people", "wrong", code=1)
    told.run("people", "corp", "--out", str(told.out / "before.csv"))
    plan = str(told.out / "in.plan")
    told.run("plan", "in", "--out", plan, code=10)
    prying = os.pathsep.join(filter(None, [str(TOOLS), os.environ.get("PYTHONPATH")]))
    told.run("apply", plan, "--yes", PYTHONPATH=prying, PRYING_OUT=str(notes))
    (run, *_) = json.loads(told.run("run", "list", "--json"))
    assert run["state"] == "done"
    told.run("run", "show", run["id"])
    told.run("people", "corp", "--json")
    told.run("password", "list")
    told.run("password", "list", "--json")
    told.run("audit", "list", "--json")
    told.run("doctor", code=None)


def sign_in_with_one_of(samba: Samba, unit: str, passwords: list[str]) -> None:
    """What was noted is what the directory took: else the search would have looked for the wrong thing."""
    with samba.admin() as connection:
        names = [dn for dn, _ in connection.search_s(unit, ldap.SCOPE_ONELEVEL, "(objectClass=user)", ["cn"]) if dn]
    samba.change(names[0], pwdLastSet=b"-1")  # a password that must be changed first opens nothing

    def opens(password: str) -> bool:
        try:
            samba.bind(names[0], password)
        except ldap.INVALID_CREDENTIALS:
            return False
        return True

    assert sum(map(opens, passwords)) == 1
