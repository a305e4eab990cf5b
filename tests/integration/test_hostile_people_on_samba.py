"""People as they are, on a real Active Directory: hostile names, contested identifiers, rehires, strict limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import ldap
import pytest

from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.sync_rule import SyncRule
from keepstep.emulator import Emulator, running_in_thread
from keepstep.usecases.apply import apply
from keepstep.usecases.reconcile import reconcile
from tests.guarantees.world import hasty, reacting
from tests.integration.test_main_job_on_samba import TO_PERSONS, Corp, to_users
from tests.lab.directory import Samba
from tests.lab.people import HOSTILE

pytestmark = [pytest.mark.samba, pytest.mark.slow]

Rule = tuple[SyncRule, MappingSpec]
BY_KEY_ONLY = reacting(TO_PERSONS, correlate=[["externalId", "objectGUID"]])
FORBIDDEN = frozenset('&<>"/\\:(){}=;#\r\n')
PADDED = frozenset(text for text in HOSTILE if text.strip() != text)


@pytest.fixture
def corp(samba: Samba, tmp_path: Path) -> Iterator[Corp]:
    """An empty unit of the domain and an empty application."""
    yield from made(samba, tmp_path, Emulator(limits=False))


def made(samba: Samba, home: Path, emulator: Emulator) -> Iterator[Corp]:
    container = samba.organizational_unit("People")
    for name in ("Department", "ShownAs", "Status"):
        emulator.define_attribute(name, "STRING")
    with running_in_thread(emulator) as url:
        yield Corp(home=home, emulator=emulator, url=url, preset=hasty(), samba=samba, container=container)
    samba.remove(container)


def hire(corp: Corp, account: str, **attributes: str) -> str:
    """Add an enabled user; the DN."""
    assert corp.samba is not None
    held = {"givenName": "Ana", "sn": account, "mail": f"{account}@lab.example", **attributes}
    dn = corp.samba.user(account, corp.container, **{name: text for name, text in held.items() if text})
    corp.samba.change(dn, userAccountControl=b"512")
    return dn


def shown(corp: Corp) -> dict[str, tuple[str, str]]:
    """First name and mail of every person, by last name."""
    found = {}
    for person in corp.emulator.persons():
        mails = [one["address"] for one in person["contactInformation"].get("email", [])]
        found[person["lastName"]] = (person.get("firstName", ""), ",".join(mails))
    return found


async def in_step(corp: Corp, rule: Rule) -> Plan:
    """Plan and apply; the plan. What comes after is empty."""
    plan = await corp.plan(rule)
    summary = await corp.apply(plan, rule)
    assert summary.state == "done", (summary.note, summary.undone)
    assert (await corp.plan(rule)).actions == ()
    return plan


def attempts(corp: Corp, outcome: str) -> Counter[str]:
    """How often each person's change ended with *outcome*, by the application's own log."""
    items = [item for call in corp.emulator.requests() for item in call["items"]]
    return Counter(item["key"] for item in items if item["outcome"] == outcome)


# ---------------------------------------------------------------- names


async def test_a_name_that_the_application_forbids_is_reported_once_and_the_others_arrive_unharmed(corp):
    for number, name in enumerate(HOSTILE):
        hire(corp, f"h{number:02d}", givenName=name)
    bad = {number for number, name in enumerate(HOSTILE) if FORBIDDEN & set(name)}
    assert 5 < len(bad) < len(HOSTILE) - 5
    plan = await in_step(corp, TO_PERSONS)
    assert {lastname for lastname, _ in shown(corp).items()} == {
        f"h{n:02d}" for n in range(len(HOSTILE)) if n not in bad
    }
    for number in set(range(len(HOSTILE))) - bad:
        assert shown(corp)[f"h{number:02d}"][0] == HOSTILE[number].strip()
    assert len(plan.findings) == len(bad)
    assert all('"firstName"' in finding.reason for finding in plan.findings)
    assert not any(name in finding.reason for finding in plan.findings for name in HOSTILE)
    last = corp.last_call()
    again = await corp.plan(TO_PERSONS)
    assert (again.actions, len(again.findings), corp.writes(last)) == ((), len(bad), [])


async def test_hostile_names_become_users_under_their_own_names(corp):
    names = sorted({name.strip() for name in HOSTILE})
    for number, name in enumerate(names):
        person = {"externalId": f"p{number}", "firstName": "Ana", "lastName": f"A{number}"}
        corp.emulator.create({**person, "customAttributes": {"ShownAs": name}})
    rule, mapping = to_users(corp.container)
    rows = mapping.model_dump(by_alias=True)["rows"]
    rows |= {"cn": {"from": "{{ customAttributes.ShownAs }}", "on": "create"}}
    rows |= {"description": "{{ customAttributes.ShownAs }}"}
    named = rule, MappingSpec.model_validate({"into": "corp.users", "rows": rows})
    await in_step(corp, named)
    found = corp.found("sAMAccountName", "cn", "displayName", "description", "memberOf")
    for attribute in ("cn", "displayName", "description"):
        assert sorted(held[attribute][0] for held in found.values()) == names, attribute
    with corp.samba.admin() as connection:
        rows = connection.search_s(corp.container, ldap.SCOPE_ONELEVEL, "(objectClass=*)", ["cn"])
    assert len([dn for dn, _ in rows if dn]) == len(names)  # nobody's name opened a container, or hid behind another


async def test_what_the_application_refuses_is_reported_once_and_not_tried_again(corp):
    for number in range(14):
        hire(corp, f"r{number:02d}")
    hire(corp, "r90", mail="not-an-address")
    hire(corp, "r91", mobile="12")
    for _ in range(3):
        plan = await corp.plan(TO_PERSONS)
        if not plan.actions:
            break
        await corp.apply(plan, TO_PERSONS)
    assert (plan.actions, len(plan.findings), corp.emulator.count) == ((), 2, 14)
    assert all("refused before" in finding.reason for finding in plan.findings)
    assert sorted(attempts(corp, "refused").values()) == [1, 1]
    corp.samba.change(f"CN=r90,{corp.container}", mail=b"an@address.example")
    await in_step(corp, TO_PERSONS)
    assert (corp.emulator.count, shown(corp)["r90"][1]) == (15, "an@address.example")


# ---------------------------------------------------------------- identifiers


async def test_a_mail_of_somebody_else_takes_nobody_over(corp):
    hire(corp, "owner")
    hire(corp, "other")
    await in_step(corp, BY_KEY_ONLY)
    stranger = corp.emulator.create(
        {"externalId": "hr-1", "lastName": "Stranger", "contactInformation": {"email": [{"address": "s@lab.example"}]}}
    )
    before = corp.emulator.person("ID", str(stranger)), shown(corp)["owner"], shown(corp)["other"]
    hire(corp, "joiner", mail="s@lab.example")  # belongs to a person whom nobody is linked to
    hire(corp, "second", mail="owner@lab.example")  # belongs to a person who is linked to another user
    corp.samba.change(f"CN=other,{corp.container}", mail=b"OWNER@lab.example")
    for _ in range(2):
        plan = await corp.plan(BY_KEY_ONLY)
        assert plan.actions == ()
        assert Counter(finding.situation for finding in plan.findings)["disputed"] == 3
        assert (await corp.apply(plan, BY_KEY_ONLY)).state == "done"
    assert (corp.emulator.person("ID", str(stranger)), shown(corp)["owner"], shown(corp)["other"]) == before
    assert corp.emulator.count == 3


async def test_an_account_name_or_address_of_somebody_outside_the_unit_is_never_taken(corp):
    outside = corp.samba.user("mira.kovac", f"CN=Users,{corp.samba.base}", userPrincipalName="mira.kovac@lab.example")
    before = corp.samba.look(outside)
    for number in range(3):
        corp.emulator.create({"externalId": f"hr-{number}", "firstName": "Mira", "lastName": "Kovač"})
    await in_step(corp, to_users(corp.container))
    assert set(corp.found("sAMAccountName")) == {"mira.kovac2", "mira.kovac3", "mira.kovac4"}
    assert corp.samba.look(outside) == before
    corp.samba.remove(outside)


@pytest.mark.parametrize("ring", [False, True], ids=["chain", "ring"])
async def test_mails_that_move_from_one_to_the_next_all_arrive(corp, ring):
    people = [f"m{number}" for number in range(6)]
    for name in people:
        hire(corp, name)
    await in_step(corp, TO_PERSONS)
    ids = {person["lastName"]: person["id"] for person in corp.emulator.persons()}
    following = [*people[1:], people[0] if ring else "new"]
    for name, heir in zip(people, following, strict=True):
        corp.samba.change(f"CN={name},{corp.container}", mail=f"{heir}@lab.example".encode())
    await in_step(corp, TO_PERSONS)
    assert {person["lastName"]: person["id"] for person in corp.emulator.persons()} == ids
    assert shown(corp) == {name: ("Ana", f"{heir}@lab.example") for name, heir in zip(people, following, strict=True)}


async def test_who_comes_back_as_a_new_object_is_recognised_and_keeps_the_person(corp):
    marking = reacting(
        TO_PERSONS,
        reactions={"source_deleted": "mark", "source_disabled": "mark"},
        mark={"customAttributes.Status": "left"},
    )
    for name in ("back", "stays", "also"):
        hire(corp, name)
    await in_step(corp, marking)
    person = corp.emulator.person("EMAIL", "back@lab.example")
    corp.samba.remove(f"CN=back,{corp.container}")
    await in_step(corp, marking)
    assert corp.emulator.person("EMAIL", "back@lab.example")["customAttributes"]["Status"] == "left"
    hire(corp, "back", sn="Returned")
    plan = await in_step(corp, marking)
    assert [(action.kind, action.rehire) for action in plan.actions] == [(ActionKind.UPDATE, True)]
    now = corp.emulator.person("EMAIL", "back@lab.example")
    assert (now["id"], now["lastName"]) == (person["id"], "Returned")
    assert "Status" not in now.get("customAttributes", {})
    assert now["externalId"] != person["externalId"]


# ---------------------------------------------------------------- the published limits


async def test_under_the_published_limits_no_call_is_refused(samba, tmp_path):
    for corp in made(samba, tmp_path, Emulator(limits=True)):
        corp.preset = None
        add_many(corp, range(300))
        async with corp.ports() as ports:  # one process: what another one used of the limits is not known to this one
            for changed in (0, 40):
                for number in range(changed):
                    samba.change(f"CN=s{number:03d},{corp.container}", sn=f"Moved{number}".encode())
                plan = await reconcile(ports, "rule", *TO_PERSONS)
                assert len(plan.actions) == (changed or 300)
                assert (await apply(ports, plan, *TO_PERSONS)).state == "done"
                assert (await reconcile(ports, "rule", *TO_PERSONS)).actions == ()
        counters = corp.emulator.counters()
        assert (corp.emulator.count, counters.get("refused", 0)) == (300, 0)


def add_many(corp: Corp, numbers: Iterable[int]) -> None:
    with corp.samba.admin() as connection:
        for number in numbers:
            account = f"s{number:03d}"
            held = {"sAMAccountName": account, "givenName": "Ana", "sn": account, "mail": f"{account}@lab.example"}
            rows = [("objectClass", [b"user"]), *((name, [text.encode()]) for name, text in held.items())]
            dn = f"CN={account},{corp.container}"
            connection.add_s(dn, rows)
            connection.modify_s(dn, [(ldap.MOD_REPLACE, "userAccountControl", [b"544"])])  # enabled, no password needed
