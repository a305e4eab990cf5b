"""An answer that was lost: what cannot be looked up is not sent again."""

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.run import EffectState
from keepstep.emulator import Emulator, running_in_thread
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
        assert len(emulator.requests(operation="upsert_patch")) == 1
        assert (await world.plan(OUTBOUND)).links != ()
