"""A directory is watched: what happens in its file is told, once, on each database, whatever dies on the way."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keepstep.core.change import Change
from keepstep.core.sync_rule import Side
from keepstep.core.values import Record
from keepstep.core.watch import Watch
from keepstep.errors import ClaimLost
from keepstep.store.events import SqlEvents
from keepstep.usecases.watch import watch_once
from tests.integration.corp_ldif import STAFF, TREE, group, guid, user
from tests.integration.run_world import RunWorld

USERS = Side("corp", "users")


def look(world: RunWorld, *names: str, side: Side = USERS):
    """Look once, as a process of its own."""

    async def once(store):
        connections = store.connections(store.configuration())
        try:
            return await watch_once(store.ports(connections), store.events, side, names)
        finally:
            await connections.close()

    with world.open() as store:
        return asyncio.run(once(store))


def told(world: RunWorld):
    with world.open() as store:
        return [(f"{one.name} {one.kind}", str(one.origin)) for one in store.events.since(0)]


def kinds(world: RunWorld):
    return [text for text, _ in told(world)]


@pytest.fixture
def watched(runs: RunWorld):
    """A world whose directory was seen once."""
    runs.configure({})
    assert look(runs, "title", "department").events == 0
    return runs


def test_the_first_look_tells_nothing(watched):
    assert kinds(watched) == []
    assert look(watched, "title", "department").events == 0


def test_what_is_changed_by_anybody_is_told_with_before_and_after(watched):
    watched.edit("cn: Ana\n", "cn: Ana\ntitle: Head\n")
    assert look(watched, "title", "department").events == 1
    with watched.open() as store:
        (event,) = store.events.since(0)
    assert (event.kind, event.changed, event.key) == ("modified", ("title",), guid(1))
    assert (event.before.get("title"), event.after["title"]) == (None, ("Head",))


def test_every_kind_of_event_is_told_once(watched):
    file = watched.home / "corp.ldif"
    text = file.read_text()
    text = text.replace(
        "sAMAccountName: user2\nuserAccountControl: 512", "sAMAccountName: user2\nuserAccountControl: 514"
    )
    text = text.replace("sAMAccountName: user3\n", "sAMAccountName: user3\nlockoutTime: 133000000000000000\n")
    text = text.replace(f"dn: CN=Eva,{STAFF}", f"dn: CN=Eva,OU=Sales,{STAFF}")
    text += f"dn: OU=Sales,{STAFF}\nobjectClass: organizationalUnit\n\n" + user(9, "Noa")
    text += group(50, "Readers", f"CN=Ana,{STAFF}")
    file.write_text(text)
    look(watched, "title", "department")
    assert sorted(kinds(watched)) == ["Ana joined_group", "Eva moved", "Ivo disabled", "Mia locked", "Noa created"]
    gone = text.replace(user(9, "Noa"), "").replace(f"member: CN=Ana,{STAFF}\n", "")
    file.write_text(gone)
    look(watched, "title", "department")
    assert sorted(kinds(watched)[5:]) == ["Ana left_group", "Noa deleted"]
    file.write_text(gone + user(9, "Noa"))
    look(watched, "title", "department")
    assert kinds(watched)[7:] == ["Noa restored"]
    with watched.open() as store:
        assert store.events.since(0)[-2].before["cn"] == ("Noa",)


def test_an_account_that_ends_is_told_when_its_time_is_over(watched):
    # 2020-01-01: in the past, as seen first by somebody who changes it
    watched.edit("sAMAccountName: user1\n", "sAMAccountName: user1\naccountExpires: 132223104000000000\n")
    look(watched, "title", "department")
    look(watched, "title", "department")
    assert kinds(watched) == ["Ana modified", "Ana expired"]


def test_an_attribute_that_is_watched_from_now_on_is_no_news(watched):
    watched.edit("cn: Ana\n", "cn: Ana\ntitle: Head\n")
    look(watched, "title", "department", "sAMAccountName")
    assert kinds(watched) == ["Ana modified"]
    watched.edit("sAMAccountName: user1\n", "sAMAccountName: ana\n")
    look(watched, "title", "department", "sAMAccountName")
    assert kinds(watched) == ["Ana modified"] * 2


def test_a_directory_that_was_cut_tells_of_nobody_that_they_are_gone(watched):
    file = watched.home / "corp.ldif"
    whole = file.read_text()
    file.write_text(whole[: whole.index("cn: Eva") - 20])
    found = look(watched, "title", "department")
    assert kinds(watched) == []
    assert "not read whole" in found.note
    file.write_text(whole)
    look(watched, "title", "department")
    assert kinds(watched) == []


def test_somebody_who_watches_by_what_is_no_longer_so_writes_nothing(watched):
    with watched.open() as store:
        events = SqlEvents(store.database)
        now = store.journal._clock.now()
        old = events.watch(USERS)
        events.take_in(old, [], old, now)
        with pytest.raises(ClaimLost):
            events.take_in(old, [], old, now)
        with pytest.raises(ClaimLost):
            events.begin_whole(replace(old, turn=0), now)


def test_what_keepstep_did_is_told_as_its_own_and_what_a_person_does_after_it_is_not(watched):
    watched.template({"set": {"action": {"set": {"title": "Greeted"}}, "next": "end"}, "end": {"end": "success"}})
    run = watched.run("Ana", "Ivo")
    assert run.state == "done"
    look(watched, "title", "department")
    assert told(watched) == [("Ana modified", "keepstep"), ("Ivo modified", "keepstep")]
    watched.edit("title: Greeted\n", "title: Boss\n")
    look(watched, "title", "department")
    watched.edit("title: Boss\n", "title: Greeted\n")
    look(watched, "title", "department")
    assert set(told(watched)[2:]) <= {("Ana modified", "outside"), ("Ivo modified", "outside")}
    assert len(told(watched)) == 6


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ({"disable": {}}, "Ana disabled"),
        ({"move": {"to": f"OU=Sales,{STAFF}"}}, "Ana moved"),
        ({"delete": {}}, "Ana deleted"),
        ({"rename": {"cn": "Ana K."}}, "Ana K. renamed"),
    ],
)
def test_each_action_of_keepstep_is_its_own(watched, action, kind):
    watched.edit(TREE, TREE + f"dn: OU=Sales,{STAFF}\nobjectClass: organizationalUnit\n\n")
    watched.template({"do": {"action": action, "next": "end"}, "end": {"end": "success"}})
    run = watched.run("Ana")
    assert run.state == "done", watched.why(run)
    look(watched, "title", "department")
    assert told(watched) == [(kind, "keepstep")]


def test_who_reads_events_in_order_misses_none_while_several_sides_are_watched_at_once(database):
    """Their numbers are seen in the order that they have, though several processes write them."""
    events = SqlEvents(database)
    seen, over = [], threading.Event()

    def watch(kind):
        side, now = Side("corp", kind), datetime(2026, 1, 1, tzinfo=UTC)
        held, _ = events.take_in(events.watch(side), [], Watch(side=side, settled=True), now)
        for turn in range(25):
            found = [Record(key=f"{kind}-{turn}-{n}", attributes={"cn": (f"{turn}-{n}",)}) for n in range(20)]
            held, count = events.take_in(held, [Change(key=one.key, record=one) for one in found], held, now)
            assert count == 20

    def follow():
        upto = 0
        while True:
            last = over.is_set()
            some = events.since(upto, 5000)
            seen.extend(one.number for one in some)
            upto = some[-1].number if some else upto
            if last and not some:
                return

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(follow)
        for done in [pool.submit(watch, kind) for kind in ("users", "groups", "contacts")]:
            done.result()
        over.set()
        reader.result()
    assert sorted(seen) == [one.number for one in events.since(0, 5000)]
    assert len(seen) == 3 * 25 * 20


def test_old_events_are_forgotten_and_the_newest_stays(watched):
    for title in ("Clerk", "Head"):
        watched.edit("cn: Ana\n", f"cn: Ana\ntitle: {title}\n")
        look(watched, "title", "department")
        watched.edit(f"title: {title}\n", "")
        look(watched, "title", "department")
    with watched.open() as store:
        assert store.events.last_number() == 4
        assert store.events.forget(store.clock.now()) == 3
        assert [event.number for event in store.events.since(0)] == [4]


def test_who_was_replaced_as_watcher_tells_of_nobody_any_more(watched):
    later = datetime(2199, 1, 1, tzinfo=UTC)
    watched.edit("cn: Ana\n", "cn: Ana\naccountExpires: 133000000000000000\n")
    look(watched, "title", "department")
    with watched.open() as store:
        events: SqlEvents = store.events
        slow = events.watch(USERS)
        events.begin_whole(slow, later)
        with pytest.raises(ClaimLost):
            events.expire(slow, later)


def test_an_automation_that_two_processes_see_first_begins_once(runs):
    runs.configure({})
    with runs.open() as store, ThreadPoolExecutor(8) as many:
        standings = list(many.map(lambda _: store.automations.standing("greet"), range(16)))
    assert len({one.handled for one in standings}) == 1


def test_what_was_noted_of_many_new_objects_is_looked_up_for_those_that_came(watched):
    from keepstep.core.own_write import UNNAMED, OwnWrite, digest

    with watched.open() as store:
        ports = store.ports(store.connections(store.configuration()))
        names = ["Noa", *(f"P{number}" for number in range(3000))]
        ports.own_writes.note([OwnWrite("corp", UNNAMED, "cn", digest([name])) for name in names])
    with watched.home.joinpath("corp.ldif").open("a") as file:
        file.write("\n" + user(7, "Noa") + user(9001, "Zoe"))
    look(watched, "title", "department")
    origins = dict(told(watched))
    assert origins == {"Noa created": "keepstep", "Zoe created": "outside"}
