"""Whoever left stays out: also who was only moved out of what is read, and whose account somebody enabled again."""

import pytest

from keepstep.core.values import NativeKey
from keepstep.emulator import Emulator, running_in_thread
from keepstep.ports import Query
from tests.guarantees.world import BASE, OUTBOUND, STAFF, World, entry, guid

LEAVERS = f"OU=Leavers,{BASE}"
CONTAINER = f"dn: {LEAVERS}\nobjectClass: organizationalUnit\nou: Leavers\n"


@pytest.fixture
def world(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    with running_in_thread(emulator) as url:
        made = World(home=tmp_path, emulator=emulator, url=url)
        made.write(entry(number) for number in range(24))
        yield made


async def test_a_leaver_who_was_moved_out_of_what_is_read_is_removed(world):
    await world.apply(await world.plan(OUTBOUND), OUTBOUND)
    moved = entry(3).replace(STAFF, LEAVERS)
    world.write([CONTAINER, moved, *(entry(number) for number in range(24) if number != 3)])
    summary = await world.apply(await world.plan(OUTBOUND), OUTBOUND)
    assert summary.state == "done"
    assert world.emulator.person("EXTERNAL_ID", guid(3)) is None
    assert world.emulator.count == 23


async def test_a_leaver_who_came_back_into_scope_is_not_removed(world):
    await world.apply(await world.plan(OUTBOUND), OUTBOUND)
    others = [entry(number) for number in range(24) if number != 3]
    world.write([CONTAINER, entry(3).replace(STAFF, LEAVERS), *others])
    plan = await world.plan(OUTBOUND)
    world.write([entry(3), *others])
    summary = await world.apply(plan, OUTBOUND)
    assert [result.state for result in summary.undone] == ["stale"]
    assert world.emulator.count == 24


async def test_an_object_out_of_scope_is_fetched_unless_the_scope_is_asked_for(world):
    world.write([CONTAINER, entry(1), entry(3).replace(STAFF, LEAVERS)])
    keys = [NativeKey(guid(1)), NativeKey(guid(3))]
    connector = world.corp()
    assert list(await connector.fetch(Query(objects="users", attributes=("cn",)), keys)) == keys
    assert list(await connector.fetch(Query(objects="users", attributes=("cn",), scoped=True), keys)) == keys[:1]
