"""G4: a plan that is harmless for the whole and bad for one department, or far beyond what is usual, harms nobody."""

import pytest

from keepstep.core.guard import check_plan
from keepstep.core.plan_file import decode, encode
from keepstep.emulator import Emulator, running_in_thread
from keepstep.errors import ConfigurationError, GuardTripped
from tests.guarantees.world import OUTBOUND, World, entry, hasty, reacting, unguarded

BY = {"by": {"customAttributes.Department": {"delete": {"percent": 30, "count": 10}}}}


@pytest.fixture
def world(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    with running_in_thread(emulator) as url:
        yield World(home=tmp_path, emulator=emulator, url=url, preset=hasty())


def staff(sales, finance):
    return [
        *(entry(number, department="Sales") for number in sales),
        *(entry(number, department="Finance") for number in finance),
    ]


async def test_a_department_that_would_lose_too_many_is_named_and_nobody_is_touched(world):
    rule = reacting(unguarded(OUTBOUND), guards=BY)
    world.write(staff(range(4), range(100, 140)))
    await world.apply(await world.plan(rule), rule)
    world.write(staff(range(2), range(100, 140)))
    plan = await world.plan(rule)
    (trip,) = check_plan(plan, rule[0].guards)
    assert trip.text.startswith("customAttributes.Department Sales: 2 of 4 accounts (50 %) would be deleted")
    last = world.last_call()
    with pytest.raises(GuardTripped, match="Sales"):
        await world.apply(plan, rule)
    assert world.writes(last) == []
    # as many of a large department are within its limit
    world.write(staff(range(4), range(100, 138)))
    await world.apply(await world.plan(rule), rule)
    assert len(world.emulator.persons()) == 42


async def test_what_groups_are_judged_by_cannot_be_edited_in_a_plan_file(world):
    rule = reacting(unguarded(OUTBOUND), guards=BY)
    world.write(staff(range(4), ()))
    await world.apply(await world.plan(rule), rule)
    world.write(staff(range(2), ()))
    plan = await world.plan(rule)
    content = encode(plan)
    assert decode(content) == plan
    edited = content.replace(b'"accounts":4', b'"accounts":9')
    assert edited != content
    with pytest.raises(ConfigurationError):
        decode(edited)


async def test_far_more_than_the_last_runs_did_is_refused(world):
    rule = reacting(unguarded(OUTBOUND), guards={"history": {"times": 2, "least": 3}})
    world.write(staff(range(30), ()))
    await world.apply(await world.plan(rule), rule)
    for gone in (1, 2):
        world.write(staff(range(gone, 30), ()))
        await world.apply(await world.plan(rule), rule)
    world.write(staff(range(7, 30), ()))
    plan = await world.plan(rule)
    (trip,) = check_plan(plan, rule[0].guards)
    assert trip.text == "5 accounts would be deleted; the last runs did 1 at most, the limit is 3"
    with pytest.raises(GuardTripped):
        await world.apply(plan, rule)
    assert len(world.emulator.persons()) == 28


async def test_the_first_run_of_a_rule_has_no_history_to_be_measured_by(world):
    rule = reacting(unguarded(OUTBOUND), guards={"history": {"times": 1, "least": 0}})
    world.write(staff(range(5), ()))
    await world.apply(await world.plan(rule), rule)
    assert len(world.emulator.persons()) == 5


async def test_an_attribute_that_the_target_does_not_have_is_told(world):
    rule = reacting(unguarded(OUTBOUND), guards={"by": {"departmint": {"delete": {"percent": 1}}}})
    world.write(staff(range(1), ()))
    with pytest.raises(ConfigurationError, match="departmint"):
        await world.plan(rule)
