"""The main job on a real Active Directory: 5,000 users to the application, and 200 persons back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ldap
import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import ActionKind
from keepstep.core.sync_rule import SyncRule
from keepstep.emulator import Emulator, running_in_thread
from keepstep.ports import Connector
from tests.guarantees.world import World, hasty
from tests.lab.directory import Samba
from tests.lab.people import HOSTILE, line

pytestmark = [pytest.mark.samba, pytest.mark.slow, pytest.mark.timeout(600)]

PEOPLE = 5000
UNITS = ("Sales", "Finance", "Support")
GUARDS = {kind: {"percent": 100} for kind in ("create", "update", "disable", "delete")}
TO_PERSONS = (
    SyncRule.model_validate(
        {
            "source": "corp.users",
            "target": "infobip.persons",
            "mapping": "out",
            "correlate": [["externalId", "objectGUID"], ["email", "mail"]],
            "reactions": {
                "unmatched": "create",
                "linked": "update",
                "source_deleted": "delete",
                "source_disabled": "delete",
            },
            "guards": GUARDS,
        }
    ),
    MappingSpec.model_validate(
        {
            "into": "infobip.persons",
            "rows": {
                "externalId": "{{ objectGUID }}",
                "firstName": "{{ givenName }}",
                "lastName": "{{ sn }}",
                "email": {"from": "{{ mail | lower }}", "when_empty": "clear"},
                "phone": "{{ mobile | digits }}",
                "customAttributes.Department": {"from": "{{ department }}", "when_empty": "clear"},
                "customAttributes.ShownAs": "{{ displayName }}",
            },
        }
    ),
)


def to_users(container: str) -> tuple[SyncRule, MappingSpec]:
    """Return the rule that makes users of persons in *container*."""
    rule = SyncRule.model_validate(
        {
            "source": "infobip.persons",
            "target": "corp.users",
            "mapping": "in",
            "correlate": [["employeeID", "id"]],
            "reactions": {"unmatched": "create", "linked": "update", "source_deleted": "disable"},
            "guards": GUARDS,
        }
    )
    rows = {
        "employeeID": "{{ id }}",
        "container": {"from": container, "on": "create"},
        "cn": {"from": "{{ firstName }} {{ lastName }} {{ id }}", "on": "create"},
        "sAMAccountName": {
            "from": "{{ firstName | remove_accents | lower }}.{{ lastName | remove_accents | lower }}",
            "on_clash": "suffix",
        },
        "userPrincipalName": {
            "from": "{{ firstName | remove_accents | lower }}.{{ lastName | remove_accents | lower }}@lab.example",
            "on_clash": "suffix",
        },
        "givenName": "{{ firstName }}",
        "sn": "{{ lastName }}",
        "mail": "{{ email }}",
        "displayName": "{{ customAttributes.ShownAs }}",
    }
    return rule, MappingSpec.model_validate({"into": "corp.users", "rows": rows})


@dataclass
class Corp(World):
    """A world whose directory is the lab's domain, below *container*."""

    samba: Samba | None = None
    container: str = ""

    def corp(self) -> Connector:
        assert self.samba is not None
        scope = {"users": {"base": self.container}, "new_accounts": {"container": self.container}}
        return AdConnector("corp", self.samba.connection(**scope), self.samba.resolve)

    def found(self, *names: str) -> dict[str, dict[str, list[str]]]:
        """Return the users of the container by account name, read without the product."""
        assert self.samba is not None
        with self.samba.admin() as connection:
            rows = connection.search_s(self.container, ldap.SCOPE_SUBTREE, "(objectClass=user)", list(names))
        told = [{k: [v.decode() for v in values] for k, values in held.items()} for dn, held in rows if dn]
        return {held["sAMAccountName"][0]: held for held in told}


@pytest.fixture
def corp(samba: Samba, tmp_path: Path) -> Iterator[Corp]:
    """An empty unit of the domain and an empty application."""
    container = samba.organizational_unit("Staff")
    emulator = Emulator(limits=False)
    for name in ("Department", "ShownAs"):
        emulator.define_attribute(name, "STRING")
    with running_in_thread(emulator) as url:
        made = Corp(home=tmp_path, emulator=emulator, url=url, preset=hasty(), samba=samba, container=container)
        yield made
    samba.run("reset")  # deleting 5,000 users one by one takes minutes


def dn_of(number: int, container: str) -> str:
    return f"CN=Person {number:05d},OU={UNITS[number % 3]},{container}"


def seed(corp: Corp, path: Path) -> None:
    """Load 5,000 enabled users offline; the first bear hostile display names."""
    assert corp.samba is not None
    lines = [line("dn", f"OU={unit},{corp.container}") + line("objectClass", "organizationalUnit") for unit in UNITS]
    for number in range(PEOPLE):
        shown = HOSTILE[number] if number < len(HOSTILE) else f"Person {number:05d}"
        held = {
            "objectClass": "user",
            "sAMAccountName": f"u{number:05d}",
            "givenName": f"First{number % 700}",
            "sn": f"Last{number}",
            "displayName": shown,
            "mail": f"U{number:05d}@Lab.Example",
            "mobile": f"+385 91 {number:07d}",
            "department": UNITS[number % 3],
            "userAccountControl": "512",
        }
        rows = "".join(line(name, text) for name, text in held.items())
        lines.append(line("dn", dn_of(number, corp.container)) + rows)
    path.write_text("\n".join(lines) + "\n")
    corp.samba.run("load", str(path))


async def test_five_thousand_users_become_persons_and_stay_in_step(corp: Corp, tmp_path: Path) -> None:
    seed(corp, tmp_path / "seed.ldif")
    plan = await corp.plan(TO_PERSONS)
    assert Counter(action.kind for action in plan.actions) == {ActionKind.CREATE: PEOPLE}
    assert (plan.source.completeness, plan.target.completeness) == ("complete", "complete")
    summary = await corp.apply(plan, TO_PERSONS)
    assert (summary.state, summary.counts, summary.note) == ("done", {"done": PEOPLE}, "")
    held = {person["customAttributes"]["ShownAs"] for person in corp.emulator.persons()}
    assert held == {*HOSTILE, *(f"Person {number:05d}" for number in range(len(HOSTILE), PEOPLE))}

    last = corp.last_call()
    assert (await corp.plan(TO_PERSONS)).empty
    assert corp.writes(last) == []
    assert {call["method"] for call in corp.emulator.requests(after=last)} == {"GET"}

    samba = corp.samba
    assert samba is not None
    samba.change(dn_of(100, corp.container), sn=b"Married", mail=b"married@lab.example")
    samba.change(dn_of(101, corp.container), department=b"Audit")
    samba.change(dn_of(102, corp.container), userAccountControl=b"514")
    samba.remove(dn_of(103, corp.container))
    with samba.admin() as connection:
        connection.rename_s(dn_of(104, corp.container), "CN=Renamed", f"OU=Support,{corp.container}")
    samba.change(dn_of(105, corp.container), mail=b"u00106@lab.example")
    samba.change(dn_of(106, corp.container), mail=b"u00105@lab.example")
    samba.user("joiner", corp.container, givenName="Jo", sn="Iner", mail="joiner@lab.example")
    samba.change(f"CN=joiner,{corp.container}", userAccountControl=b"512")
    plan = await corp.plan(TO_PERSONS)
    kinds = Counter((action.kind, action.situation) for action in plan.actions)
    assert kinds == {
        (ActionKind.UPDATE, "linked"): 5,  # two movers, and a swap of mails that takes three
        (ActionKind.DELETE, "source_disabled"): 1,
        (ActionKind.DELETE, "source_deleted"): 1,
        (ActionKind.CREATE, "unmatched"): 1,
    }
    assert (await corp.apply(plan, TO_PERSONS)).state == "done"
    assert (await corp.plan(TO_PERSONS)).empty

    samba.change(dn_of(102, corp.container), userAccountControl=b"512")
    plan = await corp.plan(TO_PERSONS)
    assert [(action.kind, action.rehire) for action in plan.actions] == [(ActionKind.CREATE, True)]


async def test_two_hundred_persons_become_users(corp: Corp) -> None:
    for number in range(200):
        shown = HOSTILE[number] if number < len(HOSTILE) else f"Person {number}"
        corp.emulator.create(
            {
                "externalId": f"hr-{number}",
                "firstName": ("Mira", "Ivo", "Žofie", "Đuro")[number % 4],
                "lastName": f"Kovač{number // 8}",
                "contactInformation": {"email": [{"address": f"p{number}@example.org"}]},
                "customAttributes": {"ShownAs": shown},
            }
        )
    rule = to_users(corp.container)
    plan = await corp.plan(rule)
    assert Counter(action.kind for action in plan.actions) == {ActionKind.CREATE: 200}
    summary = await corp.apply(plan, rule)
    assert (summary.state, summary.counts) == ("done", {"done": 200})

    found = corp.found("sAMAccountName", "userPrincipalName", "displayName", "userAccountControl", "pwdLastSet")
    assert len(found) == 200
    assert {"mira.kovac0", "mira.kovac02", "zofie.kovac24", "zofie.kovac242"} <= set(found)  # namesakes, two by two
    assert {held["userPrincipalName"][0] for held in found.values()} == {f"{name}@lab.example" for name in found}
    assert {held["userAccountControl"][0] for held in found.values()} == {"512"}
    shown = {held["displayName"][0] for held in found.values()}
    assert {text for text in HOSTILE if text.strip() == text} <= shown

    before = corp.found("sAMAccountName", "uSNChanged")
    assert (await corp.plan(rule)).empty
    assert corp.found("sAMAccountName", "uSNChanged") == before

    corp.emulator.edit("EXTERNAL_ID", "hr-7", {"lastName": "Babić"})
    corp.emulator.delete("EXTERNAL_ID", "hr-8")
    plan = await corp.plan(rule)
    assert Counter(action.kind for action in plan.actions) == {ActionKind.UPDATE: 1, ActionKind.DISABLE: 1}
    assert (await corp.apply(plan, rule)).state == "done"
    assert (await corp.plan(rule)).empty
