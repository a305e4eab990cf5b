"""The page about automations: its tables, and its commands against a directory and an emulated Infobip."""

import asyncio
import re
import shlex
import time

import pytest

from keepstep.core.automation_run import AutomationState
from keepstep.core.event import EventKind
from keepstep.core.schedule import ScheduleSpec
from keepstep.emulator import Emulator, running_in_thread
from keepstep.settings import Settings
from keepstep.wiring import opened
from keepstep.workshop import worker_of
from tests.docs.tables import page, section, shell_lines, tables
from tests.docs.test_orchestration_page import CONNECTIONS, LDIF
from tests.integration.cli_world import Cli
from tests.integration.corp_ldif import TREE, user

PAGE = page("automations.md")
RULE = """\
mappings:
  staff-to-persons:
    into: infobip.persons
    rows: {externalId: "{{ objectGUID }}", firstName: "{{ givenName }}", lastName: "{{ sn }}", email: "{{ mail }}"}
rules:
  staff: {source: corp.users, target: infobip.persons, mapping: staff-to-persons, correlate: [[externalId, objectGUID]]}
"""


def person(number, name):
    more = f"givenName: {name}\nsn: Kovac\nmail: {name}@corp.example\ndepartment: Sales\n"
    return user(number, name, more)


def names(heading):
    cells = [row[0] for row in tables(section(PAGE, heading))[-1]]
    return [name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)]


def test_every_kind_of_schedule_is_described():
    cells = [row[0].strip("`") for row in tables(section(PAGE, "When: by the time"))[0]]
    assert cells == [key for key in ScheduleSpec.model_fields if key not in {"timezone", "blackout", "blackout_then"}]


def test_every_event_and_every_state_is_described():
    assert sorted(names("When: by what happened")) == sorted(f"user_{kind}" for kind in EventKind)
    states = {str(state) for state in AutomationState} - {"queued", "running"}
    assert set(names("What came of it")) == states


def test_every_schedule_of_the_page_can_be_meant():
    from ruamel.yaml import YAML

    blocks = [YAML(typ="safe").load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    triggers = [block["trigger"] for block in blocks if "trigger" in block]
    assert triggers
    for trigger in triggers:
        assert ScheduleSpec.model_validate(trigger)


@pytest.fixture
def emulator():
    return Emulator(limits=False)


@pytest.fixture
def cli(tmp_path, emulator):
    made = Cli(tmp_path / "home", emulator=emulator)
    made.good("init")
    made.good("secret", "set", "infobip-password", text="demo-password\n")
    with running_in_thread(emulator) as url:
        made.url = url
        (made.home / "corp.ldif").write_text(TREE + person(1, "Ana"))
        spec = re.findall(r"```yaml\n(automations:.*?)```", PAGE, re.DOTALL)[0]
        (made.home / "keepstep.yaml").write_text(CONNECTIONS.format(corp=LDIF, url=url) + RULE + spec)
        yield made


def serve(home, until, seconds=30.0):
    """Let a worker stay until what is waited for holds."""

    async def stay(store):
        stop = asyncio.Event()
        told = []
        async with worker_of(store, told.append) as worker:
            task = asyncio.create_task(worker.run(stop))
            end = time.monotonic() + seconds
            while not until(store) and time.monotonic() < end:  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.05)
            stop.set()
            await task
        assert until(store), (told, store.automations.runs())

    with opened(Settings(home=home, operator="ana")) as store:
        asyncio.run(stay(store))


def first_names(emulator):
    return sorted(one["firstName"] for one in emulator.persons())


def test_the_automations_of_the_page_keep_people_in_step_by_themselves(cli, emulator):
    said = [cli.good(*shlex.split(line)[1:]) for line in shell_lines(PAGE.partition("## When")[0])]
    assert "nightly" in said[0]
    assert said[1].count("next  ") == 10
    assert "create" in said[2]
    assert first_names(emulator) == ["Ana"]
    assert "nothing happened" in said[4]
    assert said[5].count("nightly") == 2
    directory = cli.home / "corp.ldif"
    directory.write_text(directory.read_text() + person(2, "Ivo"))
    serve(cli.home, lambda store: [run.state for run in store.template_runs.runs()] == ["done"])
    assert first_names(emulator) == ["Ana", "Ivo"]
    assert "In Infobip since 20" in directory.read_text()
    text = directory.read_text().replace(
        "sAMAccountName: user2\nuserAccountControl: 512", "sAMAccountName: user2\nuserAccountControl: 514"
    )
    assert "514" in text
    directory.write_text(text)
    serve(cli.home, lambda store: len(store.template_runs.runs()) == 2 and first_names(emulator) == ["Ana"])
    assert cli.good("automation", "history").count("started") == 2
