"""A plan says where its accounts are, and what was reviewed is what is applied (G2) as if it did not."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from keepstep.core.plan_file import decode, encode
from keepstep.core.plan_places import parent_in
from keepstep.emulator import Emulator, running_in_thread
from tests.guarantees.world import INBOUND, OUTBOUND, STAFF, World, entry, guid, hasty, unguarded

OUT, IN = unguarded(OUTBOUND), unguarded(INBOUND)
SALES = f"OU=Sales,{STAFF}"
UNIT = f"dn: {SALES}\nobjectClass: organizationalUnit\nou: Sales\n"


@pytest.fixture
def world(tmp_path):
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url:
        emulator.define_attribute("Department", "STRING")
        yield World(home=tmp_path, emulator=emulator, url=url, preset=hasty())


def sits_in(place, text):
    """Return the entry *text* in another container."""
    assert f",{STAFF}\n" in text
    return text.replace(f",{STAFF}\n", f",{place}\n", 1)


async def test_the_actions_of_people_of_the_source_say_in_which_container_they_are(world):
    world.write([UNIT, entry(1), sits_in(SALES, entry(2))])
    plan = await world.plan(OUT)
    assert sorted(plan.places.values()) == [SALES, STAFF]
    await world.apply(plan, OUT)
    world.write([UNIT, entry(1, sn="Other"), sits_in(SALES, entry(2, sn="Other"))])
    plan = await world.plan(OUT)
    assert {action.source_key: plan.places[action.id] for action in plan.actions} == {guid(1): STAFF, guid(2): SALES}


async def test_an_account_of_the_target_is_where_the_target_has_it(world):
    world.write([UNIT])
    world.emulator.seed(people=3)
    await world.apply(await world.plan(IN), IN)
    text, moved = re.subn(rf"(dn: CN=.+),{STAFF}\n", rf"\1,{SALES}\n", world.directory.read_text(), count=1)
    assert moved == 1
    world.directory.write_text(text)
    for person in world.emulator.persons():
        world.emulator.edit("ID", str(person["id"]), {"lastName": "Other"})
    plan = await world.plan(IN)
    assert len(plan.actions) == 3
    assert Counter(plan.places[action.id] for action in plan.actions) == {STAFF: 2, SALES: 1}


async def test_a_kept_plan_without_places_is_still_the_plan_and_is_applied(world):
    world.write([UNIT, entry(1), sits_in(SALES, entry(2))])
    plan = await world.plan(OUT)
    before = replace(plan, places={})
    assert before.digest == plan.digest
    summary = await world.apply(decode(encode(before)), OUT)
    assert summary.state == "done"


@pytest.mark.parametrize(
    ("name", "container"),
    [
        (f"CN=Ana,{SALES}", SALES),
        (f"CN=Anić\\, Ana,{SALES}", SALES),
        (f"CN=Ana\\\\,{SALES}", SALES),
        ("DC=corp", ""),
        ("", ""),
        ("CN=Ana\\", ""),
    ],
)
def test_the_container_in_a_name_stands_behind_its_first_comma_that_is_none_of_a_value(name, container):
    assert parent_in(name) == container
