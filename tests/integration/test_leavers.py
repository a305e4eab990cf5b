"""Whoever left stays out: also who was only moved out of what is read, and whose account somebody enabled again."""

from collections import Counter

import pytest

from keepstep.core.values import NativeKey
from keepstep.emulator import Emulator, running_in_thread
from keepstep.ports import Query
from keepstep.store.comparisons import SqlComparisons
from keepstep.store.database import open_database, sqlite_url
from keepstep.usecases.compare import ComparisonDesk, compare_sides, kept_rows
from tests.guarantees.world import BASE, INBOUND, OUTBOUND, STAFF, World, entry, guid

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


async def test_an_account_that_was_disabled_for_a_leaver_and_enabled_by_somebody_is_disabled_again(world):
    world.write([])
    for number in range(12):
        world.emulator.create({"externalId": f"e{number}", "firstName": f"First{number}", "lastName": "Last"})
    await world.apply(await world.plan(INBOUND), INBOUND)
    world.emulator.delete("EXTERNAL_ID", "e5")
    await world.apply(await world.plan(INBOUND), INBOUND)
    disabled = world.directory.read_text()
    assert disabled.count("userAccountControl: 514") == 1
    assert (await world.plan(INBOUND)).empty
    assert await standings(world) == Counter(in_step=12)

    world.directory.write_text(disabled.replace("userAccountControl: 514", "userAccountControl: 512"))
    assert await standings(world) == Counter(in_step=11, disabled_but_active=1)
    plan = await world.plan(INBOUND)
    assert [action.kind for action in plan.actions] == ["disable"]
    assert (await world.apply(plan, INBOUND)).state == "done"
    assert (await world.plan(INBOUND)).empty


async def standings(world):
    with open_database(sqlite_url(world.home / "keepstep.db")) as database:
        async with world.ports() as ports:
            desk = ComparisonDesk(ports=ports, standings=SqlComparisons(database))
            found = await compare_sides(desk, "rule", *INBOUND)
            return Counter(str(row.standing) for row in kept_rows(desk, found))
