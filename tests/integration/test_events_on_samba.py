"""The stream of events equals what other programs changed in a real domain, once each, while Keepstep dies at random."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid

import ldap
import pytest
import yaml

from keepstep.core.sync_rule import Side
from keepstep.settings import Settings
from keepstep.store.key_source import create_master_key
from keepstep.wiring import opened

pytestmark = [pytest.mark.samba, pytest.mark.slow]

CHANGES = 500
ATTRIBUTES = ("title", "department", "company", "physicalDeliveryOfficeName", "description")


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("events")
    yield made
    samba.remove(made)


@pytest.fixture
def home(tmp_path, samba, place):
    folder = tmp_path / "home"
    folder.mkdir()
    create_master_key(folder / "master.key")
    spec = samba.connection(users={"base": place}).model_dump(mode="json", exclude_defaults=True, by_alias=True)
    where = " or ".join(f"{name} == 'never'" for name in ATTRIBUTES)
    trigger = {"event": "user_modified", "on": "corp.users", "where": "{{ " + where + " }}"}
    watch = {"trigger": trigger, "tasks": [{"action": {"set": {"title": "never"}}}]}
    whole = {
        "version": 1,
        "connections": {"corp": {"kind": "active_directory", **spec}},
        "automations": {"watch": watch},
    }
    folder.joinpath("keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    from keepstep.core.secret import Secret, SecretRef

    with opened(Settings(home=folder, operator="tests")) as store:
        store.vault.set("admin", Secret(samba.resolve(SecretRef(secret="admin")).reveal()))
    return folder


class Worker:
    """`keepstep serve` as a process that is killed now and then."""

    def __init__(self, home):
        self.command = [sys.executable, "-m", "keepstep", "--home", str(home), "serve", "--role", "worker"]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def until(home, what, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with opened(Settings(home=home, operator="tests")) as store:
            if what(store):
                return
        time.sleep(0.2)
    raise AssertionError("it never happened")


def told_of(store, kind):
    return len([event for event in store.events.since(0, 10_000) if event.kind == kind])


def in_order(told):
    """Whether the events of each object are numbered in the order in which they became known."""
    return [event.number for event in told] == sorted(event.number for event in told)


def events(home):
    with opened(Settings(home=home, operator="tests")) as store:
        return store.events.since(0, 10_000)


@pytest.mark.parametrize("seed", [7, 23])
def test_the_events_are_the_changes_once_each_whenever_keepstep_dies(home, samba, place, seed):  # noqa: PLR0915 - one story
    random.seed(seed)
    people = [samba.user(f"p{number}", place) for number in range(60)]
    keys = [str(uuid.UUID(bytes_le=samba.look(dn, "objectGUID")["objectGUID"][0])) for dn in people]
    worker = Worker(home)
    worker.start()
    try:
        until(home, lambda store: store.events.watch(Side("corp", "users")).settled)
        expected = {"modified": set(), "created": set(), "deleted": set(), "renamed": set(), "enabled": set()}
        with samba.admin() as connection:
            for number in range(CHANGES):
                one, key = people[number % len(people)], keys[number % len(people)]
                name = ATTRIBUTES[number // len(people) % len(ATTRIBUTES)]
                kind = number // len(people)
                if kind < len(
                    ATTRIBUTES
                ):  # each pair of person and attribute once: what is overwritten leaves no trace
                    connection.modify_s(one, [(ldap.MOD_REPLACE, name, [f"v{number}".encode()])])
                    expected["modified"].add((key, name, f"v{number}"))
                elif kind == 5:
                    dn = samba.user(f"n{number}", place)
                    expected["created"].add(dn.split(",")[0])
                elif kind == 6:
                    connection.rename_s(one, f"CN=r{number}")
                    people[number % len(people)] = f"CN=r{number},{place}"
                    expected["renamed"].add(key)
                elif kind == 7:
                    connection.modify_s(one, [(ldap.MOD_REPLACE, "userAccountControl", [b"544"])])
                    expected["enabled"].add(key)
                else:
                    if not expected["deleted"]:
                        # who is gone before anybody looked takes along what happened to them before
                        until(home, lambda store: told_of(store, "enabled") >= len(expected["enabled"]))
                    connection.delete_s(one)
                    expected["deleted"].add(key)
                if random.random() < 0.04:
                    worker.kill()
                    if random.random() < 0.5:
                        time.sleep(random.random())
                    worker.start()
                time.sleep(random.random() * 0.02)
        deleted = len(expected["deleted"])
        until(home, lambda store: told_of(store, "deleted") >= deleted)
    finally:
        worker.kill()
    told = events(home)
    assert len({event.id for event in told}) == len(told)
    modified = {
        (event.key, name, event.after[name][0]) for event in told if event.kind == "modified" for name in event.changed
    }
    count = sum(len(event.changed) for event in told if event.kind == "modified")
    assert modified == expected["modified"]
    assert count == len(expected["modified"])
    for kind in ("renamed", "enabled", "deleted"):
        assert sorted(event.key for event in told if event.kind == kind) == sorted(expected[kind]), kind
    made = [f"CN={event.after['cn'][0]}" for event in told if event.kind == "created"]
    assert sorted(made) == sorted(expected["created"])
    assert in_order(told)
