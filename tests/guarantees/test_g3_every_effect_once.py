"""G3: every effect happens once, however often the process that carries a plan out is killed on the way."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from keepstep.core.plan import ActionKind
from keepstep.emulator import Emulator, running_in_thread
from tests.guarantees.both_ways import (
    FIRST_ID,
    LOOK,
    OUT,
    AdInbound,
    Inbound,
    Outbound,
    after_the_change,
    before_the_change,
    inbound_rule,
    run,
    runs_of,
)
from tests.guarantees.driver import KILLED, AdWorld, Driver, driver
from tests.guarantees.trial import INNER, LATER, SEED, TOO_LATE, Death, part
from tests.guarantees.wire import ANSWER_LOST, ASKED, ASKED_LOST, MOMENTS, Fuse, wire_to
from tests.guarantees.world import STAFF, World, entry, guid, hasty
from tests.integration.cli_world import PASSWORD, Cli
from tests.lab.directory import Samba

pytestmark = [pytest.mark.slow]

BEFORE_THE_FIRST_CALL = 5
"""The inner moment after open_run and begin, each before and after."""
HOWS = (*MOMENTS, INNER, INNER, LATER)
FAULTS = (
    "latency:ms=40,path=persons",
    "drop-after-commit:path=upsert,after=1",
    "drop-after-commit:path=contactInformation,after=2,times=2",
    "500:method=POST,path=upsert",
    "503:path=upsert,times=2",
    "502:path=contactInformation,after=1",
    "drop-before:method=DELETE",
    "drop-after-commit:method=DELETE",
    "drop-after-commit:operation=delete_batch",
    "429-burst:times=3,path=upsert",
)


@pytest.fixture(scope="module")
def children() -> Iterator[Driver]:
    with driver() as started:
        yield started


@pytest.fixture(scope="module")
def landed() -> Counter[str]:
    """Where the kills of this module landed."""
    return Counter()


@pytest.fixture(scope="module")
def outbound(tmp_path_factory: pytest.TempPathFactory, children: Driver):
    emulator = Emulator(limits=False)
    folder = tmp_path_factory.mktemp("outbound")
    (folder / "home").mkdir()
    with running_in_thread(emulator) as url:
        parts = urlsplit(url)
        with wire_to(parts.hostname, parts.port) as wire:
            world = World(home=folder / "home", emulator=emulator, url=f"http://127.0.0.1:{wire.port}", preset=hasty())
            made = Outbound(folder / "kept", world, emulator, children, wire)
            made.back()
            emulator.delete("EXTERNAL_ID", guid(80))
            world.write(before_the_change())
            plan = run(world.plan(OUT))
            assert (len(plan.actions), len(plan.links)) == (0, 60)
            assert run(world.apply(plan, OUT)).state == "done"
            shutil.copytree(world.home, made.kept)
            yield made


@pytest.fixture(scope="module")
def calm_outbound(outbound: Outbound):
    """What an uninterrupted apply comes to, and how much there is of it."""
    trial = outbound.trial()
    kinds = Counter(action.kind for action in trial.plan.actions)
    assert kinds == {ActionKind.DELETE: 8, ActionKind.CREATE: 11, ActionKind.UPDATE: 29}, kinds
    size = trial.measure()
    return size, outbound.people(), outbound.links(), outbound.effects()


@pytest.mark.parametrize("number", range(30))
def test_a_killed_apply_ends_as_an_uninterrupted_one(outbound, calm_outbound, landed, number):
    size, people, links, effects = calm_outbound
    random = Random(f"{SEED} out {number}")
    trial = outbound.trial()
    deaths = [size.death(random, HOWS[number % len(HOWS)], within=part(number, 30))]
    while random.random() < 0.25:
        deaths.append(size.death(random, random.choice(HOWS)))
    for fault in random.sample(FAULTS, random.choice((0, 1, 2))):
        outbound.emulator.add_fault(fault)
        trial.told.append(fault)
    trial.go_on(deaths, landed)
    outbound.emulator.clear_faults()
    told = f"seed {SEED}: " + "\n".join(trial.told)
    assert outbound.people() == people, told
    assert outbound.links() == links, told
    assert outbound.effects() == effects, told
    again = run(outbound.world.plan(OUT))
    assert again.empty, told
    assert not again.findings, told


def die_and_check(inbound: Inbound, calm: Any, landed: Counter[str], number: int, hows: Sequence[str]) -> None:
    """The third part of an apply and what follows is where the accounts are made."""
    random = Random(f"{SEED} {inbound.rule[1].rows['container']} {number}")
    trial = inbound.trial()
    deaths = [calm[0].death(random, hows[number % len(hows)], within=part(number, 25, after=0.35))]
    while random.random() < 0.25:
        deaths.append(calm[0].death(random, random.choice(hows)))
    trial.go_on(deaths, landed)
    inbound.check(trial, calm)


@pytest.fixture(scope="module")
def inbound(samba: Samba, tmp_path_factory: pytest.TempPathFactory, children: Driver):
    home = tmp_path_factory.mktemp("inbound") / "home"
    home.mkdir()
    place = f"OU=Once,{samba.base}"
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url, wire_to(samba.address, 636, at=samba.address) as wire:
        spec = samba.connection(url=f"ldaps://{samba.address}:{wire.port}", users={"base": f"OU=Staff,{place}"})
        world = AdWorld(home=home, emulator=emulator, url=url, preset=hasty(), domain=spec)
        world.secrets = {**world.secrets, **samba.passwords}
        rule = inbound_rule(f"OU=Staff,{place}", memberOf=f"CN=Everybody,{place}")
        looked_at = (*LOOK, "memberOf", "pwdLastSet")
        yield AdInbound(world, rule, children, wire, looked_at, samba=samba)


@pytest.fixture(scope="module")
def calm_inbound(inbound: AdInbound):
    return inbound.calm()


@pytest.mark.samba
@pytest.mark.parametrize("number", range(25))
def test_a_killed_apply_leaves_no_half_made_account(inbound, calm_inbound, landed, number):
    hows = (*MOMENTS, *MOMENTS, INNER, LATER)
    die_and_check(inbound, calm_inbound, landed, number, hows)


@pytest.fixture(scope="module")
def into_a_file(tmp_path_factory: pytest.TempPathFactory, children: Driver):
    home = tmp_path_factory.mktemp("file") / "home"
    home.mkdir()
    emulator = Emulator(limits=False)
    with running_in_thread(emulator) as url:
        parts = urlsplit(url)
        with wire_to(parts.hostname, parts.port) as wire:
            world = World(home=home, emulator=emulator, url=f"http://127.0.0.1:{wire.port}", preset=hasty())
            made = Inbound(world, inbound_rule(STAFF), children, wire)
            yield made, made.calm()


@pytest.mark.parametrize("number", range(6))
def test_a_killed_apply_leaves_a_whole_file(into_a_file, landed, number):
    inbound, calm = into_a_file
    hows = (INNER, LATER, INNER, ANSWER_LOST)
    die_and_check(inbound, calm, landed, number, hows)


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize(("moment", "at"), [(ASKED_LOST, 8), (ASKED, 10), (ANSWER_LOST, 11), (ASKED, 14)])
def test_the_same_command_takes_up_a_killed_one(tmp_path, landed, moment, at):
    cli = Cli(tmp_path / "home")
    cli.good("init")
    cli.good("secret", "set", "infobip-password", text=f"{PASSWORD}\n")
    with running_in_thread(cli.emulator) as url:
        cli.emulator.define_attribute("Department")
        parts = urlsplit(url)
        with wire_to(parts.hostname, parts.port) as wire:
            cli.url = f"http://127.0.0.1:{wire.port}"
            cli.configure()
            digest = json.loads(cli.run("plan", "staff", "--json").stdout)["digest"]
            with cli.process("apply", digest, "--yes") as process:
                wire.arm(Fuse(at, moment, process.kill))
                process.communicate(timeout=60)
            assert process.returncode == KILLED
            landed["the command line"] += 1
            assert "is done: 11 done" in cli.good("apply", digest, "--yes")
            assert "Nothing to do" in cli.good("plan", "staff")
    created = [item for call in cli.emulator.requests() for item in call["items"] if item["outcome"] == "created"]
    assert len(created) == cli.emulator.count == 11


# ---------------------------------------------------------------- what else may happen in between


def test_a_dead_run_does_not_block_a_new_plan(outbound, landed):
    trial = outbound.trial()
    assert trial.live(Death(INNER, 8)) == KILLED
    changed = outbound.world.directory.read_text().replace("sn: Last30", "sn: Later")
    outbound.world.directory.write_text(changed)
    plan = run(outbound.world.plan(OUT))
    assert plan.digest != trial.plan.digest
    assert run(outbound.world.apply(plan, OUT)).state == "done"
    assert run(outbound.world.plan(OUT)).empty
    assert max(outbound.effects().values()) == 1
    newest, dead, *_ = run(runs_of(outbound.world))
    assert (newest.plan, newest.state) == (plan.digest, "done")
    assert (dead.plan, dead.state) == (trial.plan.digest, "stopped")
    assert "superseded" in dead.note


@pytest.mark.samba
def test_a_new_plan_finishes_what_a_dead_run_left_half_made(inbound, calm_inbound):
    size, users, links = calm_inbound
    for at in range(round(0.85 * size.messages[ASKED]), 0, -1):
        trial = inbound.trial()
        trial.live(Death(ASKED, at))
        if inbound.half_made().startswith("half made"):
            break
    inbound.world.emulator.edit("EXTERNAL_ID", "e7", {"lastName": "Later"})
    plan = run(inbound.world.plan(inbound.rule))
    assert plan.digest != trial.plan.digest
    run(inbound.world.apply(plan, inbound.rule))
    assert not inbound.half_made().startswith("half made")
    run(inbound.world.apply(run(inbound.world.plan(inbound.rule)), inbound.rule))
    assert run(inbound.world.plan(inbound.rule)).empty
    assert inbound.links() == links
    later = [("Later",) if held.one("employeeID") == str(FIRST_ID + 7) else held.attributes["sn"] for held in users]
    assert [held.attributes["sn"] for held in inbound.users()] == later
    assert [held.one("enabled") for held in inbound.users()] == [held.one("enabled") for held in users]
    assert inbound.remains() == []


def test_applying_a_plan_again_sends_nothing(outbound):
    trial = outbound.trial()
    assert trial.live() == 0
    effects, people = outbound.effects(), outbound.emulator.persons()
    before = len(outbound.emulator.requests())
    assert trial.live() == 0, trial.told
    assert not any(call["items"] for call in outbound.emulator.requests()[before:])
    assert (outbound.effects(), outbound.emulator.persons()) == (effects, people)
    assert run(outbound.world.plan(OUT)).empty


def test_what_moved_while_the_process_was_dead_is_left_alone(outbound):
    """Killed before its deletes were sent; meanwhile one of the leavers came back, and another was changed by hand."""
    trial = outbound.trial()
    assert trial.live(Death(INNER, BEFORE_THE_FIRST_CALL)) == KILLED
    assert trial.report() == "before apply"
    outbound.world.write([*after_the_change(), entry(50)])
    outbound.emulator.edit("EXTERNAL_ID", guid(51), {"firstName": "Changed"})
    assert trial.live() == 1
    assert outbound.emulator.person("EXTERNAL_ID", guid(50)) is not None
    assert outbound.emulator.person("EXTERNAL_ID", guid(51))["firstName"] == "Changed"
    assert outbound.emulator.person("EXTERNAL_ID", guid(52)) is None


PLACES = ("canary", "rest: begun, not yet in effect", "rest: begun, in effect", "between two batches", "half made")


def test_the_kills_landed_in_every_place(landed):
    """The last of the file. Of a part of the file no more is asked than that most of its kills came in time."""
    killed = sum(count for place, count in landed.items() if place != TOO_LATE)
    sys.stdout.write("".join(f"{count:4} {place}\n" for place, count in sorted(landed.items())))
    assert killed >= 4 * landed[TOO_LATE], landed
    if killed >= 50:
        assert [place for place in PLACES if not any(place in name for name in landed)] == [], landed
