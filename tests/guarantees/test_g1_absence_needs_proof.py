"""G1: a read not proven complete never disables or deletes anyone, and an incomplete target never creates anyone."""

from __future__ import annotations

import pytest

from keepstep.core.plan import REMOVALS, ActionKind
from keepstep.emulator import Emulator, running_in_thread
from keepstep.errors import KeepstepError
from tests.guarantees.world import INBOUND, OUTBOUND, World, entry, guid

PEOPLE = 1200  # two pages
FAULTS = {
    "the second page is cut in the middle of its JSON": "cut-page:after=1",
    "the connection breaks off in the second page": "cut-page:after=1,how=connection,times=0",
    "every page lacks its last half": "short-page",
    "the second page lacks a few people": "short-page:after=1,items=3",
    "the first page is answered again instead of the second": "repeated-page",
    "a page without people comes in between": "empty-page-midway",
    "the list is missing from the second page": "missing-list:after=1",
    "the list is missing from the first page": "missing-list",
    "200 with an error body on the second page": "error-in-200:after=1,operation=list_persons",
    "200 with an error body on the first page": "error-in-200",
    "200 with a web page": "html-200:after=1,operation=list_persons",
    "the total shrinks while it is read": "shrinking-total:by=2",
    "the total is higher than what comes": "lying-total:by=10",
    "the total is lower than what comes": "lying-total:by=-10",
    "one person comes twice with different content": "duplicate-person",
    "another tenant answers": "wrong-tenant",
    "an empty tenant answers": "wrong-tenant:people=1",
    "the session ends midway and for ever": "token-expired-midway:after=1,times=0,operation=list_persons",
    "the server fails from the second page on": "500:after=1,times=0,operation=list_persons",
    "the connection is dropped from the second page on": "drop-before:after=1,times=0,operation=list_persons",
    "nothing but refusals from the second page on": "429-burst:after=1,times=0,operation=list_persons",
}


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory):
    """Both sides in step: every user of the directory is a person, and linked."""
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    home = tmp_path_factory.mktemp("steady")
    with running_in_thread(emulator) as url:
        world = World(home=home, emulator=emulator, url=url)
        world.authorization = {"type": "session", "username": "keepstep", "password": {"secret": "app"}}
        yield world


def people_now(world: World) -> dict[int, object]:
    return {person["id"]: person for person in world.emulator.persons()}


async def in_step_outbound(world: World) -> None:
    world.emulator.reset()
    world.emulator.define_attribute("Department", "STRING")
    world.write(entry(number) for number in range(PEOPLE))
    summary = await world.apply(await world.plan(OUTBOUND, accept_size=True), OUTBOUND)
    assert summary.state == "done"
    assert world.emulator.count == PEOPLE


async def test_outbound_a_faulty_read_of_the_target_creates_and_removes_nobody(steady, subtests):
    await in_step_outbound(steady)
    joiner, leavers = entry(PEOPLE + 1), range(3, PEOPLE)
    steady.write([*(entry(number) for number in leavers), joiner])
    before = people_now(steady)
    for name, fault in FAULTS.items():
        with subtests.test(name):
            await assert_harmless(steady, OUTBOUND, fault)
            assert people_now(steady) == before
    plan = await steady.plan(OUTBOUND)
    assert (plan.count(ActionKind.CREATE), plan.count(ActionKind.DELETE)) == (1, 3)


async def test_inbound_a_faulty_read_of_the_source_disables_nobody(steady, subtests):
    steady.emulator.reset()
    steady.emulator.define_attribute("Department", "STRING")
    for number in range(PEOPLE):
        steady.emulator.create({"externalId": guid(number), "firstName": f"First{number}", "lastName": "L"})
    steady.write([])
    summary = await steady.apply(await steady.plan(INBOUND, accept_size=True), INBOUND)
    assert summary.state == "done"
    steady.emulator.delete("EXTERNAL_ID", guid(7))
    before = steady.directory.read_bytes()
    for name, fault in FAULTS.items():
        with subtests.test(name):
            await assert_harmless(steady, INBOUND, fault)
            assert steady.directory.read_bytes() == before
    plan = await steady.plan(INBOUND)
    assert [action.kind for action in plan.actions] == [ActionKind.DISABLE]


async def assert_harmless(world: World, rule: tuple, fault: str) -> None:
    """The plan is refused, or it removes nobody and creates nobody."""
    world.emulator.add_fault(fault)
    try:
        plan = await world.plan(rule)
    except KeepstepError as error:
        assert error.hint
        return
    finally:
        world.emulator.clear_faults()
    kinds = {action.kind for action in plan.actions}
    assert not kinds & (REMOVALS | {ActionKind.CREATE})
    assert not any(action.leaver for action in plan.actions)
    assert not plan.source.complete or not plan.target.complete


async def test_a_directory_cut_in_half_removes_nobody(world):
    world.write(entry(number) for number in range(60))
    await world.apply(await world.plan(OUTBOUND), OUTBOUND)
    text = world.directory.read_text()
    world.directory.write_text(text[: len(text) // 2])
    try:
        plan = await world.plan(OUTBOUND)
    except KeepstepError as error:
        assert error.hint
        return
    assert not any(action.kind in REMOVALS for action in plan.actions)


async def test_a_directory_that_shrank_is_believed_only_when_a_person_says_so(world):
    world.write(entry(number) for number in range(60))
    await world.apply(await world.plan(OUTBOUND), OUTBOUND)
    world.write(entry(number) for number in range(30))
    plan = await world.plan(OUTBOUND)
    assert (plan.source.completeness, plan.count(ActionKind.DELETE)) == ("suspect", 0)
    assert any("withheld" in finding.reason for finding in plan.findings) or plan.findings == ()
    accepted = await world.plan(OUTBOUND, accept_size=True)
    assert accepted.count(ActionKind.DELETE) == 30
