"""Two rules in opposite directions, over random edits on both sides: in one more cycle nothing is written any more."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keepstep.core.mapping import MappingSpec
from keepstep.core.sync_rule import SyncRule
from keepstep.emulator import Emulator, running_in_thread
from keepstep.usecases.apply import apply
from keepstep.usecases.reconcile import reconcile
from tests.guarantees.world import World, entry, guid, hasty

BOUNDED = settings(max_examples=15, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
EVERYTHING = {"guards": {kind: {"percent": 100} for kind in ("create", "update", "disable", "delete")}}
OUT = (
    SyncRule.model_validate(
        {
            "source": "corp.users",
            "target": "infobip.persons",
            "mapping": "out",
            "correlate": [["externalId", "objectGUID"]],
            "reactions": {"unmatched": "create", "linked": "update", "source_deleted": "delete"},
            **EVERYTHING,
        }
    ),
    MappingSpec.model_validate(
        {
            "into": "infobip.persons",
            "rows": {
                "externalId": "{{ objectGUID }}",
                "firstName": "{{ givenName }}",
                "lastName": "{{ sn }}",
                "email": {"from": "{{ mail | lower }}", "when_empty": "clear"},
            },
        }
    ),
)
BACK = (
    SyncRule.model_validate(
        {
            "source": "infobip.persons",
            "target": "corp.users",
            "mapping": "back",
            "correlate": [["objectGUID", "externalId"]],
            "reactions": {"unmatched": "report", "linked": "update", "source_deleted": "report"},
            **EVERYTHING,
        }
    ),
    MappingSpec.model_validate(
        {
            "into": "corp.users",
            "rows": {
                "department": {"from": "{{ customAttributes.Department }}", "when_empty": "clear"},
                "employeeID": "{{ id }}",
            },
        }
    ),
)


@pytest.fixture(scope="module")
def served():
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url:
        yield emulator, url


async def cycle(world) -> int:
    """Plan and apply both ways; return how many actions that were."""
    count = 0
    for name, rule in (("out", OUT), ("back", BACK)):
        async with world.ports() as ports:
            plan = await reconcile(ports, name, *rule)
            assert plan.source.complete
            assert plan.target.complete
            await apply(ports, plan, *rule)
            count += len(plan.actions)
    return count


WORDS = st.sampled_from(["Ana", "ana", "Žana", "Mira 山", "O'Neil", " x "])
HERE = st.dictionaries(
    st.integers(0, 7),
    st.fixed_dictionaries({"givenName": WORDS, "sn": WORDS, "department": WORDS}),
    min_size=1,
    max_size=6,
)
THERE = st.dictionaries(
    st.integers(0, 7), st.fixed_dictionaries({"firstName": WORDS, "department": WORDS | st.just("")}), max_size=5
)


@BOUNDED
@given(first=HERE, second=HERE, edits=THERE)
async def test_after_random_edits_on_both_sides_one_more_cycle_writes_nothing(served, first, second, edits):
    emulator, url = served
    with TemporaryDirectory() as folder:
        emulator.reset()
        emulator.define_attribute("Department", "STRING")
        world = World(home=Path(folder), emulator=emulator, url=url, preset=hasty())
        world.write(entry(number, **told) for number, told in first.items())
        await cycle(world)
        # the directory and the application are edited, each by its own people
        world.write(entry(number, **told) for number, told in {**first, **second}.items())
        for number, told in edits.items():
            for person in emulator.persons():
                if person.get("externalId") == guid(number):
                    body = {"firstName": told["firstName"], "customAttributes": {"Department": told["department"]}}
                    emulator.edit("ID", str(person["id"]), body)
        await cycle(world)
        last = world.last_call()
        assert await cycle(world) == 0
        assert world.writes(last) == []
