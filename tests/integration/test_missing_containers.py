"""A container that is made for a new account is told in the run, and in the audit log with who ran it."""

import pytest

from keepstep.core.mapping import MappingSpec
from keepstep.emulator import Emulator, running_in_thread
from keepstep.ports import Query
from tests.guarantees.world import BASE, INBOUND, STAFF, World

CONTAINER = {"from": f"OU={{{{ customAttributes.Department }}}},{STAFF}", "on": "create"}
ROWS = {**INBOUND[1].model_dump(mode="json", by_alias=True)["rows"], "container": CONTAINER}
RULE = INBOUND[0], MappingSpec.model_validate({"into": "corp.users", "rows": ROWS})


@pytest.fixture
def world(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    for number, department in enumerate(["Sales, East", "Sales, East", "IT"]):
        person = {"externalId": f"e{number}", "firstName": f"First{number}", "lastName": f"Last{number}"}
        emulator.create({**person, "customAttributes": {"Department": department}})
    with running_in_thread(emulator) as url:
        made = World(home=tmp_path, emulator=emulator, url=url, new_accounts={"create_missing_containers": True})
        made.write([])
        yield made


async def containers(world):
    found = set()
    query = Query(objects="users", attributes=("container",))
    await world.corp().read(query, lambda records: found.update(record.one("container") for record in records))
    return found


async def test_each_container_that_was_made_is_told_and_in_the_audit_log(world):
    summary = await world.apply(await world.plan(RULE), RULE)
    assert (summary.state, summary.counts["done"]) == ("done", 3)
    wanted = {f"OU=Sales\\, East,{STAFF}", f"OU=IT,{STAFF}"}
    assert await containers(world) == wanted
    async with world.ports() as ports:
        entries = [one for one in ports.audit.entries() if one.action == "create_container"]
        details = sorted(result.detail for result in ports.journal.results(summary.run.id))
    assert {(one.subject, one.operator, one.detail["rule"]) for one in entries} == {
        (name, "tester", "rule") for name in wanted
    }
    assert details == ["", *sorted(f"made {name}" for name in wanted)]


async def test_nothing_is_made_unless_it_was_asked_for(world):
    world.new_accounts = {}
    summary = await world.apply(await world.plan(RULE), RULE)
    assert summary.counts["refused"] == 3
    assert "names no container" in summary.undone[0].detail
    assert await containers(world) == set()


async def test_nothing_is_made_outside_of_the_base(world):
    rows = {**ROWS, "container": {"from": f"OU=Beside,{BASE.partition(',')[2]}", "on": "create"}}
    rule = INBOUND[0], MappingSpec.model_validate({"into": "corp.users", "rows": rows})
    summary = await world.apply(await world.plan(rule), rule)
    assert "outside of the connection's base" in summary.undone[0].detail
