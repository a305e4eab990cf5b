"""What was read back before a write is believed for a minute, not for as long as a great many writes take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from keepstep.connectors.rest.preset import load_preset
from keepstep.emulator import Emulator, running_in_thread
from keepstep.usecases.apply import apply
from tests.guarantees.world import OUTBOUND, World, entry, guid, unguarded

PEOPLE = range(30)


class SlowClock:
    """A clock by which every look at it comes 40 seconds after the one before; at the third, somebody acts."""

    def __init__(self, act):
        self.looks = 0
        self._act = act

    def now(self):
        self.looks += 1
        if self.looks == 3:
            self._act()
        return datetime(2026, 3, 4, tzinfo=UTC) + timedelta(seconds=40 * self.looks)


def in_small_batches():
    preset = load_preset("infobip")
    persons = preset.objects["persons"]
    small = persons.model_copy(update={"update": persons.update.model_copy(update={"size": 2})})
    return preset.model_copy(update={"objects": {"persons": small}})


async def test_an_account_that_changes_during_a_long_apply_is_left_alone(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    rule = unguarded(OUTBOUND)
    rule = (rule[0].model_copy(update={"guards": rule[0].guards.model_copy(update={"canary": 0})}), rule[1])
    with running_in_thread(emulator) as url:
        world = World(home=tmp_path, emulator=emulator, url=url, preset=in_small_batches())
        world.write(entry(number) for number in PEOPLE)
        await world.apply(await world.plan(rule), rule)
        world.write(entry(number, department="Audit") for number in PEOPLE)
        plan = await world.plan(rule)

        def edit():
            emulator.edit("EXTERNAL_ID", guid(PEOPLE[-1]), {"lastName": "Married"})

        async with world.ports() as ports:
            summary = await apply(replace(ports, clock=SlowClock(edit)), plan, *rule)
        assert [result.state for result in summary.undone] == ["stale"]
        assert emulator.person("EXTERNAL_ID", guid(PEOPLE[-1]))["lastName"] == "Married"
        assert emulator.person("EXTERNAL_ID", guid(PEOPLE[-1]))["customAttributes"] == {"Department": "Sales"}
        assert emulator.person("EXTERNAL_ID", guid(PEOPLE[0]))["customAttributes"] == {"Department": "Audit"}
