"""What happened but was not answered, and what two do at once, is never done twice."""

import asyncio

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.run import EffectState
from keepstep.emulator import Emulator, running_in_thread
from keepstep.errors import RunLocked
from keepstep.usecases.apply import apply
from tests.guarantees.world import OUTBOUND, World, entry


def without_identifiers():
    """Return a preset by which nothing is unique, as an application without identifiers has."""
    preset = load_preset("infobip")
    persons = preset.objects["persons"]
    attributes = {name: kind.model_copy(update={"unique": False}) for name, kind in persons.attributes.items()}
    loose = persons.model_copy(update={"attributes": attributes, "match": None})
    return preset.model_copy(update={"objects": {"persons": loose}})


async def test_a_create_without_an_identifier_is_not_repeated_when_its_answer_was_lost(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    with running_in_thread(emulator) as url:
        world = World(home=tmp_path, emulator=emulator, url=url, preset=without_identifiers())
        world.write([entry(1)])
        plan = await world.plan(OUTBOUND)
        emulator.add_fault("drop-after-commit:operation=upsert_patch")
        summary = await world.apply(plan, OUTBOUND)
        (undone,) = summary.undone
        assert undone.state is EffectState.REFUSED
        assert "answer was lost" in undone.detail
        assert undone.calls == "PATCH {base_url}/people/3/persons/upsert: connection_lost"
        assert len(emulator.requests(operation="upsert_patch")) == 1
        assert (await world.plan(OUTBOUND)).links != ()


async def test_two_tasks_of_one_process_do_not_apply_a_plan_together(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    with running_in_thread(emulator) as url:
        world = World(home=tmp_path, emulator=emulator, url=url)
        world.write(entry(number) for number in range(12))
        plan = await world.plan(OUTBOUND)
        async with world.ports() as ports:
            both = (apply(ports, plan, *OUTBOUND), apply(ports, plan, *OUTBOUND))
            ended = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(one) for one in ended if isinstance(one, RunLocked)) == [RunLocked]
        assert emulator.count == 12
        assert len(emulator.requests(operation="upsert_patch")) == 2
