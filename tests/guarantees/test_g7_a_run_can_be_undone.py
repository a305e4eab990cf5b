"""G7: apply, outside edits, undo: everything untouched since is as before, the rest is listed."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keepstep.core.plan import ActionKind
from keepstep.emulator import Emulator, running_in_thread
from keepstep.errors import UsageError
from keepstep.usecases.undo import undo
from tests.guarantees.world import INBOUND, OUTBOUND, World, entry, guid, hasty, unguarded

OUT, IN = unguarded(OUTBOUND), unguarded(INBOUND)
BOUNDED = settings(max_examples=12, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
DEPARTMENTS = st.sampled_from(["Sales", "Finance", "Ženevska 山", ""])
PEOPLE = st.dictionaries(st.integers(0, 9), DEPARTMENTS, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def served():
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url:
        yield emulator, url


class Fresh:
    """A new home for every example, and the emulator emptied."""

    def __init__(self, served):
        self.emulator, self.url = served
        self.folder = TemporaryDirectory()

    def __enter__(self) -> World:
        self.emulator.reset()
        self.emulator.define_attribute("Department", "STRING")
        world = World(home=Path(self.folder.name), emulator=self.emulator, url=self.url, preset=hasty())
        world.write([])
        return world

    def __exit__(self, *_):
        self.folder.cleanup()


@pytest.fixture
def calm(served):
    with Fresh(served) as world:
        yield world


def people(world) -> dict[str, dict]:
    """Everybody in the application by externalId, with what the rule writes."""
    found = {}
    for person in world.emulator.persons():
        mails = [one["address"] for one in person.get("contactInformation", {}).get("email", [])]
        custom = {name: text for name, text in person.get("customAttributes", {}).items() if text}
        found[person.get("externalId", "")] = {
            "first": person.get("firstName", ""),
            "last": person.get("lastName", ""),
            "mails": sorted(mails),
            "custom": custom,
        }
    return found


async def undone(world, run, rule, **how):
    async with world.ports() as ports:
        return await undo(ports, ports.journal.run(run.id), *rule, **how)


@BOUNDED
@given(before=PEOPLE, after=PEOPLE, edited=st.sets(st.integers(0, 9), max_size=3))
async def test_everything_untouched_since_is_as_before_and_the_rest_is_listed(served, before, after, edited):
    with Fresh(served) as world:
        world.write(entry(number, department=text) for number, text in before.items())
        await world.apply(await world.plan(OUT), OUT)
        was = people(world)
        world.write(entry(number, department=text, sn=f"New{number}") for number, text in after.items())
        plan = await world.plan(OUT)
        summary = await world.apply(plan, OUT)
        then = people(world)
        if not plan.actions:
            return
        outside = {guid(number) for number in edited} & then.keys() & {key for key in then if was.get(key) != then[key]}
        for person in world.emulator.persons():
            if person.get("externalId") in outside:
                world.emulator.edit("ID", str(person["id"]), {"lastName": "Outsider"})
        inverse = await undone(world, summary.run, OUT)
        assert {one.target_key for one in inverse.findings} >= {
            str(person["id"]) for person in world.emulator.persons() if person.get("externalId") in outside
        }
        await world.apply(inverse, OUT, override=True)
        now = people(world)
        for key in was.keys() | then.keys():
            if key in outside:
                assert now[key]["last"] == "Outsider"
            else:
                assert now.get(key) == was.get(key), key


async def test_what_was_deleted_is_made_again_with_what_the_rule_writes_of_it(calm):
    calm.write([entry(1), entry(2)])
    await calm.apply(await calm.plan(OUT), OUT)
    was = people(calm)
    calm.write([entry(1)])
    summary = await calm.apply(await calm.plan(OUT), OUT)
    assert len(people(calm)) == 1
    inverse = await undone(calm, summary.run, OUT)
    assert [action.kind for action in inverse.actions] == [ActionKind.CREATE]
    await calm.apply(inverse, OUT)
    assert people(calm) == was


async def test_undoing_an_undo_is_doing_it_again(calm):
    calm.write([entry(1), entry(2)])
    await calm.apply(await calm.plan(OUT), OUT)
    calm.write([entry(1, department="Finance"), entry(2, sn="Other")])
    summary = await calm.apply(await calm.plan(OUT), OUT)
    then = people(calm)
    first = await calm.apply(await undone(calm, summary.run, OUT), OUT)
    assert people(calm) != then
    await calm.apply(await undone(calm, first.run, OUT), OUT)
    assert people(calm) == then


async def test_accounts_that_a_run_made_can_be_switched_off_instead_of_deleted(calm):
    calm.emulator.create({"firstName": "Ana", "lastName": "Kovac", "externalId": "ana"})
    summary = await calm.apply(await calm.plan(IN), IN)
    assert "userAccountControl: 512" in calm.directory.read_text()
    inverse = await undone(calm, summary.run, IN, disable_created=True)
    assert {action.kind for action in inverse.actions} == {ActionKind.DISABLE}
    await calm.apply(inverse, IN)
    assert "userAccountControl: 514" in calm.directory.read_text()


async def test_an_account_that_was_disabled_is_enabled_again(calm):
    calm.emulator.create({"firstName": "Ana", "lastName": "Kovac", "externalId": "ana"})
    calm.write([entry(1, employeeID="4711")])
    summary = await calm.apply(await calm.plan(IN, accept_size=True), IN, override=True)
    assert "userAccountControl: 514" in calm.directory.read_text()
    inverse = await undone(calm, summary.run, IN)
    assert {action.kind for action in inverse.actions} == {ActionKind.ENABLE, ActionKind.DELETE}
    await calm.apply(inverse, IN, override=True)
    assert "userAccountControl: 512" in calm.directory.read_text()


async def test_a_run_that_did_nothing_cannot_be_undone(calm):
    calm.write([entry(1)])
    plan = await calm.plan(OUT)
    calm.write([entry(1, sn="Moved")])
    summary = await calm.apply(plan, OUT)
    assert summary.undone
    with pytest.raises(UsageError, match="did nothing"):
        await undone(calm, summary.run, OUT)


async def test_planning_an_undo_writes_nothing(calm):
    calm.write([entry(1)])
    summary = await calm.apply(await calm.plan(OUT), OUT)
    last = calm.last_call()
    await undone(calm, summary.run, OUT)
    assert calm.writes(last) == []
