"""G2: what was reviewed is what is applied: the plan's actions, whole, alone, and on objects that are as they were."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.plan_file import decode, encode
from keepstep.core.run import EffectState
from keepstep.emulator import Emulator, running_in_thread
from keepstep.errors import ConfigurationError, PlanStale
from keepstep.usecases.apply import RunSummary
from tests.guarantees.world import INBOUND, OUTBOUND, World, entry, guid, hasty, reacting, unguarded

OUT, IN = unguarded(OUTBOUND), unguarded(INBOUND)
BOUNDED = settings(max_examples=12, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
WORDS = st.text(alphabet="abcXYZ čßЖ山'-", min_size=1, max_size=6).map(str.strip).filter(bool)
PERSON = st.fixed_dictionaries(
    {
        "givenName": WORDS,
        "sn": WORDS,
        "mail": st.sampled_from([f"m{number}@corp.example" for number in range(12)] + ["", ""]),
        "department": st.sampled_from(["Sales", "sales", "Finance", "Ženevska 山", ""]),
    }
)
PEOPLE = st.dictionaries(st.integers(0, 14), PERSON, min_size=1, max_size=12)


@pytest.fixture(scope="module")
def served():
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url:
        yield emulator, url


class Fresh:
    """A new home for every example, and the emulator emptied."""

    def __init__(self, served: tuple[Emulator, str]) -> None:
        self.emulator, self.url = served
        self.folder = TemporaryDirectory()

    def __enter__(self) -> World:
        self.emulator.reset()
        self.emulator.define_attribute("Department", "STRING")
        world = World(home=Path(self.folder.name), emulator=self.emulator, url=self.url, preset=hasty())
        world.write([])
        return world

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()


@pytest.fixture
def calm(served):
    with Fresh(served) as world:
        yield world


# ---------------------------------------------------------------- both sides, as a person would compare them


def flat(person: dict) -> dict[str, object]:
    """A person of the application under the names that plans use."""
    contacts = person.get("contactInformation", {}).get("email", [])
    held = {name: person.get(name) for name in ("externalId", "firstName", "lastName")}
    held["email"] = tuple(sorted(contact["address"] for contact in contacts))
    held.update({f"customAttributes.{name}": text for name, text in person.get("customAttributes", {}).items()})
    return {name: value for name, value in held.items() if value}


def ordered(accounts: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(accounts, key=lambda held: str(sorted(held.items())))


def persons(world: World) -> dict[str, dict]:
    return {str(person["id"]): person for person in world.emulator.persons()}


def entries(world: World) -> dict[str, tuple[str, dict[str, object]]]:
    """The users of the directory by their key as it is written: the very text, and what it says."""
    found = {}
    for block in world.directory.read_text().split("\n\n"):
        pairs: dict[str, list[str]] = {}
        for line in block.replace("\n ", "").splitlines():
            name, _, value = line.partition(":")
            text = (
                b64decode(value[1:]).decode("latin-1" if name == "objectGUID" else "utf-8")
                if value[:1] == ":"
                else value.strip()
            )
            pairs.setdefault(name, []).append(text)
        if "objectGUID" in pairs:
            found[pairs["objectGUID"][0]] = (block.strip(), said(pairs))
    return found


def said(pairs: dict[str, list[str]]) -> dict[str, object]:
    """The values of one entry under the names that plans use."""
    names = ("employeeID", "sAMAccountName", "givenName", "sn", "department")
    held: dict[str, object] = {name: pairs[name][0] for name in names if name in pairs}
    cn, _, container = pairs["dn"][0].partition(",OU=")
    held |= {"cn": cn.removeprefix("CN="), "container": f"OU={container}"}
    held["enabled"] = "false" if int(pairs["userAccountControl"][0]) & 2 else "true"
    return held


def as_planned(held: dict[str, object], action: Action) -> dict[str, object]:
    """What an account holds after *action*, by nothing but the deltas that were shown."""
    after = dict(held)
    for delta in action.deltas:
        values = tuple(sorted(delta.after))
        after[delta.name] = values if delta.name == "email" else "".join(values)
    return {name: value for name, value in after.items() if value}


def expected(before: dict[str, dict[str, object]], actions: Iterable[Action]) -> list[dict[str, object]]:
    state, made = dict(before), []
    for action in actions:
        if action.kind is ActionKind.CREATE:
            made.append(as_planned({}, action))
        elif action.kind is ActionKind.DELETE:
            del state[action.target_key]
        else:
            state[action.target_key] = as_planned(state[action.target_key], action)
    return ordered([*state.values(), *made])


def untouched(before: dict[str, object], after: dict[str, object], plan: Plan) -> bool:
    touched = {action.target_key for action in plan.actions}
    return all(after[key] == held for key, held in before.items() if key not in touched)


def states(plan: Plan, summary: RunSummary) -> dict[str, EffectState]:
    undone = {result.action: result.state for result in summary.undone}
    assert sum(summary.counts.values()) == len(plan.actions), summary.note
    return {action.name: undone.get(action.id, EffectState.DONE) for action in plan.actions}


# ---------------------------------------------------------------- exactly the plan


@BOUNDED
@given(before=PEOPLE, after=PEOPLE)
async def test_outbound_the_difference_is_the_plan(served, before, after):
    with Fresh(served) as world:
        world.write(entry(number, **held) for number, held in before.items())
        await world.apply(await world.plan(OUT), OUT)
        world.write(entry(number, **held) for number, held in after.items())
        source, was = world.directory.read_bytes(), persons(world)
        plan = await world.plan(OUT, accept_size=True)
        assert persons(world) == was
        summary = await world.apply(decode(encode(plan)), OUT)
        now = persons(world)
        assert (summary.state, summary.undone) == ("done", ())
        wanted = expected({key: flat(person) for key, person in was.items()}, plan.actions)
        assert ordered(map(flat, now.values())) == wanted
        assert untouched(was, now, plan)
        assert world.directory.read_bytes() == source
        assert (await world.plan(OUT)).actions == ()


@BOUNDED
@given(before=PEOPLE, after=PEOPLE)
async def test_inbound_the_difference_is_the_plan(served, before, after):
    with Fresh(served) as world:
        inhabit(world, before)
        await world.apply(await world.plan(IN), IN)
        inhabit(world, after)
        source, was = persons(world), entries(world)
        text = world.directory.read_bytes()
        plan = await world.plan(IN, accept_size=True)
        assert world.directory.read_bytes() == text
        summary = await world.apply(decode(encode(plan)), IN)
        now = entries(world)
        assert (summary.state, summary.undone) == ("done", ())
        by_key = {key_of(key): held for key, (_, held) in was.items()}
        assert ordered(held for _, held in now.values()) == expected(by_key, plan.actions)
        blocks = [{key_of(key): block for key, (block, _) in side.items()} for side in (was, now)]
        assert untouched(*blocks, plan)
        assert persons(world) == source
        assert (await world.plan(IN)).actions == ()


def key_of(written: str) -> str:
    return str(UUID(bytes_le=written.encode("latin-1")))


def inhabit(world: World, people: dict[int, dict[str, str]]) -> None:
    """Let the application have exactly *people*."""
    for person in world.emulator.persons():
        if person["externalId"] not in {guid(number) for number in people}:
            world.emulator.delete("EXTERNAL_ID", person["externalId"])
    for number, held in people.items():
        body = {"externalId": guid(number), "firstName": held["givenName"], "lastName": held["sn"]}
        body["customAttributes"] = {"Department": held["department"] or None}
        if world.emulator.person("EXTERNAL_ID", guid(number)):
            world.emulator.edit("EXTERNAL_ID", guid(number), body)
        else:
            world.emulator.create(body)


# ---------------------------------------------------------------- what moved since is left alone, and only that

JOINERS, MOVERS, LEAVERS = range(100, 108), range(8), range(8, 16)
CHANGES = st.dictionaries(
    st.sampled_from([*JOINERS, *MOVERS, *LEAVERS]), st.sampled_from(["source", "target"]), min_size=1, max_size=5
)


@BOUNDED
@given(victims=CHANGES, letter=st.sampled_from("xé山"))
async def test_outbound_who_changed_meanwhile_is_left_alone_and_named_and_the_rest_is_done(served, victims, letter):
    with Fresh(served) as world:
        steady = range(16, 40)
        world.write(entry(number) for number in (*MOVERS, *LEAVERS, *steady))
        await world.apply(await world.plan(OUT), OUT)
        movers = {number: entry(number, sn=f"Moved{number}") for number in MOVERS}
        people = movers | {number: entry(number) for number in (*JOINERS, *steady)}
        world.write(people.values())
        plan = await world.plan(OUT, accept_size=True)
        assert len(plan.actions) == 24
        moved = set()
        for number, side in victims.items():
            if side == "source" or number in JOINERS:
                people[number] = entry(number, givenName=f"First{number}{letter}")
            else:
                world.emulator.edit("EXTERNAL_ID", guid(number), {"lastName": f"Other{number}{letter}"})
            moved.add(number)
        world.write(people.values())
        was = persons(world)
        summary = await world.apply(plan, OUT)
        wanted = {
            action: EffectState.STALE if number_of(action) in moved else EffectState.DONE for action in plan.actions
        }
        assert states(plan, summary) == {action.name: state for action, state in wanted.items()}
        done = [action for action in plan.actions if wanted[action] is EffectState.DONE]
        now = persons(world)
        assert ordered(map(flat, now.values())) == expected({k: flat(p) for k, p in was.items()}, done)
        assert summary.state == "partial"


def number_of(action: Action) -> int:
    return next(int(word.removeprefix("First")) for word in action.name.split() if word.startswith("First"))


@BOUNDED
@given(victims=CHANGES, letter=st.sampled_from("xé山"))
async def test_inbound_who_changed_meanwhile_is_left_alone_and_named_and_the_rest_is_done(served, victims, letter):
    with Fresh(served) as world:
        base = {"mail": "", "department": "Sales"}
        held = {n: {"givenName": f"First{n}", "sn": f"Last{n}", **base} for n in (*MOVERS, *LEAVERS, *range(16, 40))}
        inhabit(world, held)
        await world.apply(await world.plan(IN), IN)
        joined = {n: {"givenName": f"First{n}", "sn": f"Last{n}", **base} for n in JOINERS}
        moved = {n: {**held[n], "sn": f"Moved{n}"} for n in MOVERS}
        inhabit(world, {n: h for n, h in held.items() if n not in LEAVERS} | moved | joined)
        plan = await world.plan(IN, accept_size=True)
        assert len(plan.actions) == 24
        changed = set()
        text = world.directory.read_text()
        for number, side in victims.items():
            if side == "target" and number not in JOINERS:
                assert f"givenName: First{number}\n" in text
                text = text.replace(f"givenName: First{number}\n", f"givenName: First{number}X\n")
            elif number in LEAVERS:
                continue  # an id that is gone never comes back in the application
            else:
                world.emulator.edit("EXTERNAL_ID", guid(number), {"firstName": f"First{number}{letter}"})
            changed.add(number)
        world.directory.write_text(text)
        summary = await world.apply(plan, IN)
        wanted = {a.name: EffectState.STALE if number_of(a) in changed else EffectState.DONE for a in plan.actions}
        assert states(plan, summary) == wanted
        after = {block.strip() for block in world.directory.read_text().split("\n\n")}
        for number in changed - set(JOINERS):
            (block,) = (block for block in text.split("\n\n") if re.search(rf"givenName: First{number}X?\n", block))
            assert block.strip() in after


# ---------------------------------------------------------------- nothing of another rule, place or hand


async def a_plan(world: World) -> Plan:
    world.write(entry(number) for number in range(12))
    plan = await world.plan(OUT)
    assert plan.count(ActionKind.CREATE) == 12
    return plan


async def assert_refused_unwritten(world: World, plan: Plan, rule: tuple) -> None:
    before, text = world.emulator.dump(), world.directory.read_bytes()
    seen = world.last_call()
    with pytest.raises(PlanStale) as refused:
        await world.apply(plan, rule)
    assert refused.value.hint
    assert (world.emulator.dump(), world.directory.read_bytes()) == (before, text)
    assert world.writes(after=seen) == []


@pytest.mark.parametrize(
    "change",
    [
        {"reactions": {"orphaned": "report"}},
        {"guards": {"canary": 3}},
        {"correlate": [["externalId", "objectGUID"]]},
    ],
    ids=["reaction", "guard", "correlation"],
)
async def test_a_changed_rule_refuses_the_plan(calm, change):
    plan = await a_plan(calm)
    await assert_refused_unwritten(calm, plan, reacting(OUT, **change))


@pytest.mark.parametrize(
    "row", [{"lastName": "{{ sn | upper }}"}, {"middleName": "M"}, {"email": "{{ mail | lower }}"}]
)
async def test_a_changed_mapping_refuses_the_plan(calm, row):
    plan = await a_plan(calm)
    rule, mapping = OUT
    spec = mapping.model_dump(mode="json", by_alias=True)
    changed = MappingSpec.model_validate({**spec, "rows": {**spec["rows"], **row}})
    await assert_refused_unwritten(calm, plan, (rule, changed))


async def test_a_plan_for_another_account_of_the_application_is_refused(calm):
    plan = await a_plan(calm)
    other = Emulator(limits=False)
    other.define_attribute("Department", "STRING")
    with running_in_thread(other) as url:
        await assert_refused_unwritten(World(home=calm.home, emulator=other, url=url), plan, OUT)


async def test_a_plan_of_another_home_with_another_directory_is_refused(calm, tmp_path):
    plan = await a_plan(calm)
    other = World(home=tmp_path, emulator=calm.emulator, url=calm.url)
    other.write(entry(number) for number in range(12))
    await assert_refused_unwritten(other, plan, OUT)


async def test_a_plan_for_the_other_direction_is_refused(calm):
    plan = await a_plan(calm)
    await assert_refused_unwritten(calm, plan, IN)


async def test_every_hand_edit_of_a_plan_file_is_refused(calm):
    plan = await a_plan(calm)
    content = encode(plan)
    assert decode(content) == plan
    for place in range(0, len(content) - 1, 7):  # the line end after the last line means nothing
        edited = bytearray(content)
        edited[place] = edited[place] ^ 1
        with pytest.raises(ConfigurationError):
            decode(bytes(edited))


async def test_lines_taken_out_repeated_or_put_elsewhere_in_a_plan_file_are_refused(calm, subtests):
    lines = encode(await a_plan(calm)).splitlines(keepends=True)
    edits = {
        "an action taken out": lines[:3] + lines[4:],
        "an action repeated": [*lines[:4], *lines[3:]],
        "two actions changed over": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "the end taken off": lines[:-1],
        "only the head": lines[:1],
        "another plan behind it": lines + lines,
    }
    for name, edited in edits.items():
        with subtests.test(name), pytest.raises(ConfigurationError):
            decode(b"".join(edited))


async def test_a_plan_that_was_altered_in_memory_is_not_the_plan_that_was_reviewed(calm):
    plan = await a_plan(calm)
    assert replace(plan, actions=plan.actions[:-1]).digest != plan.digest
    assert replace(plan, rule="another").digest != plan.digest
    assert decode(encode(plan)).digest == plan.digest
