"""What other programs do on a plain LDAP server becomes events, each once, in order, however Keepstep is asked."""

import random

import ldap
import pytest
import yaml

from keepstep.core.secret import Secret
from keepstep.core.sync_rule import Side
from keepstep.settings import Settings
from keepstep.store.key_source import create_master_key
from keepstep.usecases.watch import watch_once
from keepstep.wiring import opened
from tests.integration.test_events_on_samba import Worker, events, told_of, until
from tests.lab.plain_ldap import MEMBEROF, PASSWORD, PEOPLE, SYNCPROV, plain_ldap

pytestmark = [pytest.mark.samba, pytest.mark.slow]

SIDE = Side("plain", "users")
ROUNDS = 120


@pytest.fixture(params=[SYNCPROV + MEMBEROF, MEMBEROF], ids=["contextCSN", "no contextCSN"])
def server(request, samba_server, tmp_path):
    with plain_ldap(tmp_path / "slapd", general="sizelimit unlimited", overlays=request.param) as running:
        yield running


@pytest.fixture
def home(server, tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    create_master_key(folder / "master.key")
    spec = server.connection(users={"base": PEOPLE, "disabled": "(employeeType=left)"}, look_whole=0)
    plain = spec.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    whole = {"version": 1, "connections": {"plain": {"kind": "ldap", **plain}}}
    folder.joinpath("keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    with opened(Settings(home=folder, operator="tests")) as store:
        store.vault.set("reader", Secret(PASSWORD))
    return folder


async def look(home):
    """Look once, in a process that was started for it; return the events since the last look."""
    with opened(Settings(home=home, operator="tests")) as store:
        told = store.events.since(0, 10_000)
        connections = store.connections(store.configuration())
        try:
            watched = await watch_once(store.ports(connections), store.events, SIDE, ("title",))
        finally:
            await connections.close()
        assert not watched.unproven, watched.note
        new = store.events.since(told[-1].number if told else 0, 10_000)
        return [(str(event.kind), event.key) for event in new]


class Company:
    """People who come, change and go; each step says which event it is."""

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.units = [server.unit(name, PEOPLE) for name in ("Sales", "Stores")]
        self.people = {}
        self.number = 0
        self.group = server.group("readers", f"uid=somebody,{PEOPLE}")
        self.members = set()
        self.lost = set()
        self.off = set()
        for _ in range(25):
            self.created()

    def created(self):
        self.number += 1
        dn = self.server.person(f"p{self.number}", self.random.choice(self.units))
        key = self.server.key(dn)
        self.people[key] = dn
        return [("created", key)]

    def modified(self):
        key, dn = self.random.choice(list(self.people.items()))
        self.number += 1
        self.server.set(dn, "title", f"t{self.number}")
        return [("modified", key)]

    def disabled(self):
        key, dn = self.random.choice(list(self.people.items()))
        if key in self.off:
            self.off.discard(key)
            self.server.set(dn, "employeeType")
            return [("enabled", key)]
        self.off.add(key)
        self.server.set(dn, "employeeType", "left")
        return [("disabled", key)]

    def deleted(self):
        key, dn = self.random.choice(list(self.people.items()))
        self.server.ldap.delete_s(dn)
        del self.people[key]
        self.members.discard(key)
        return [("deleted", key)]

    def moved(self):
        key, dn = self.random.choice(list(self.people.items()))
        rdn, _, unit = dn.partition(",")
        (other,) = set(self.units) - {unit}
        self.server.ldap.rename_s(dn, rdn, other)
        # a group of OpenLDAP does not notice that the name of a member is another now
        self.lost.add(key)
        self.people[key] = f"{rdn},{other}"
        return [("moved", key)]

    def joined_group(self):
        known = [pair for pair in self.people.items() if pair[0] not in self.lost]
        if not known:
            return self.created()
        key, dn = self.random.choice(known)
        if key in self.members:
            self.members.discard(key)
            self.server.ldap.modify_s(self.group, [(ldap.MOD_DELETE, "member", [dn.encode()])])
            return [("left_group", key)]
        self.members.add(key)
        self.server.ldap.modify_s(self.group, [(ldap.MOD_ADD, "member", [dn.encode()])])
        return [("joined_group", key)]

    def container_renamed(self):
        old = self.random.choice(self.units)
        self.number += 1
        self.server.ldap.rename_s(old, f"ou=u{self.number}")
        new = f"ou=u{self.number},{PEOPLE}"
        self.units[self.units.index(old)] = new
        inside = {key: dn for key, dn in self.people.items() if dn.endswith(f",{old}")}
        self.lost |= inside.keys()
        self.people |= {key: f"{dn.partition(',')[0]},{new}" for key, dn in inside.items()}
        return [("moved", key) for key in inside]

    def step(self):
        kinds = [self.created, self.modified, self.disabled, self.deleted, self.moved, self.joined_group]
        return self.random.choice([*kinds, self.container_renamed] if self.number % 5 == 0 else kinds)()


@pytest.mark.parametrize("seed", [7, 23])
async def test_the_events_are_the_changes_once_each(server, home, seed):
    company = Company(server, seed)
    assert await look(home) == []
    for _ in range(ROUNDS):
        happened = company.step()
        if company.random.random() < 0.2:
            happened += company.created()
        assert sorted(await look(home)) == sorted(happened)
    assert await look(home) == []


def test_a_worker_tells_soon_and_tells_once_what_happened_while_it_was_dead(server, home):
    ana = server.person("ana")
    text = home.joinpath("keepstep.yaml").read_text()
    trigger = {"event": "user_modified", "on": "plain.users", "where": "{{ title == 'never' }}"}
    watch = {"trigger": trigger, "tasks": [{"notify": "told", "text": "never"}]}
    more = {"channels": {"told": {"kind": "file", "file": "told"}}, "automations": {"watch": watch}}
    home.joinpath("keepstep.yaml").write_text(text + yaml.safe_dump(more))
    worker = Worker(home)
    worker.start()
    try:
        until(home, lambda store: store.events.watch(SIDE).settled)
        server.set(ana, "title", "Head")
        until(home, lambda store: told_of(store, "modified") == 1, seconds=15)
        worker.kill()
        server.set(ana, "title", "Boss")
        server.person("ivo")
        worker.start()
        until(home, lambda store: told_of(store, "created") == 1 and told_of(store, "modified") == 2)
        server.ldap.delete_s(f"uid=ivo,{PEOPLE}")
        until(home, lambda store: told_of(store, "deleted") == 1, seconds=30)
    finally:
        worker.kill()
    assert [str(event.kind) for event in events(home)].count("modified") == 2
    assert len(events(home)) == 4


async def test_a_base_that_the_account_may_no_longer_see_makes_nobody_gone(server, home):
    for number in range(4):
        server.person(f"p{number}")
    assert await look(home) == []
    conf = server.folder / "slapd.conf"
    with server.stopped():
        hidden = f'access to dn.children="{PEOPLE}" by * none\n'
        conf.write_text(
            conf.read_text().replace("access to attrs=userPassword", hidden + "access to attrs=userPassword")
        )
    with opened(Settings(home=home, operator="tests")) as store:
        connections = store.connections(store.configuration())
        watched = await watch_once(store.ports(connections), store.events, SIDE, ("title",))
        await connections.close()
        assert [event.kind for event in store.events.since(0)] == []
    # with contextCSN, nobody looks before something was written
    assert watched.unproven or not watched.whole
