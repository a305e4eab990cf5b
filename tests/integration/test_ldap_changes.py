"""What changed on a real OpenLDAP server since it was last asked, whoever changed it, with and without contextCSN."""

import asyncio
import json
import time
from dataclasses import replace

import ldap
import pytest

from keepstep.connectors.ldap.connector import LdapConnector
from keepstep.ports import Query
from tests.lab.plain_ldap import GROUPS, MEMBEROF, PEOPLE, SYNCPROV, plain_ldap

pytestmark = [pytest.mark.samba]

USERS = Query(objects="users", attributes=("cn", "container", "distinguishedName", "memberOf", "title"), scoped=True)
MEMBERS = Query(objects="groups", attributes=("cn", "member"), scoped=True)


class Clock:
    """A clock that runs, and can be put on."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


class Follower:
    """A connector that is asked again and again, from the cursor it gave; what is told again is no news."""

    def __init__(self, server, clock, **overrides):
        spec = server.connection(**{"users": {"base": PEOPLE}, "groups": {"base": GROUPS}, **overrides})
        self.connector = LdapConnector("plain", spec, server.resolve, now=clock)
        self.clock = clock
        self.cursor = ""
        self.known = {}

    async def ask(self, query=USERS):
        found = await self.connector.changes(query, self.cursor)
        self.cursor = found.cursor
        return found

    async def news(self, query=USERS):
        """Those that are not as they were: key to record, or to None for who is gone."""
        found = await self.ask(query)
        assert not found.whole, found.reason
        news = {}
        for change in found.changes:
            if change.record != self.known.get(change.key):
                news[change.key] = self.known[change.key] = change.record
        return news

    async def told(self, query=USERS):
        """The names of those that are not as they were; "gone" for who is gone."""
        return sorted(record.one("cn") if record else "gone" for record in (await self.news(query)).values())

    async def begin(self, query=USERS):
        """Begin to follow, with everything that is there known."""
        assert (await self.ask(query)).whole
        records = []
        assert (await self.connector.read(query, records.extend)).complete
        self.known = {record.key: record for record in records}
        assert await self.told(query) == []

    async def settle(self, query=USERS):
        """Begin to follow long after anything was modified, so that nobody is told only as that was lately."""
        await self.begin(query)
        self.clock.ahead += 10
        await self.ask(query)
        assert (await self.ask(query)).changes == ()

    @property
    def counts(self):
        return bool(json.loads(self.cursor)["csn"])


@pytest.fixture(params=[SYNCPROV + MEMBEROF, MEMBEROF], ids=["contextCSN", "no contextCSN"])
def server(request, samba_server, tmp_path):
    with plain_ldap(tmp_path / "slapd", general="sizelimit unlimited", overlays=request.param) as running:
        yield running


@pytest.fixture
async def follow(server):
    made = []

    def make(**overrides):
        made.append(Follower(server, Clock(), **overrides))
        return made[-1]

    yield make
    for follower in made:
        await follower.connector.close()


async def test_the_first_time_everything_is_to_be_read(follow, server):
    server.person("ana")
    follower = follow()
    first = await follower.ask()
    assert (first.whole, first.changes) == (True, ())
    assert not (await follower.ask()).whole


async def test_who_comes_and_who_is_modified_is_told_at_once(follow, server):
    ana = server.person("ana", title="Clerk")
    follower = follow()
    await follower.begin()
    server.person("ivo")
    assert await follower.told() == ["ivo"]
    server.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]
    server.set(ana, "title")
    (record,) = (await follower.news()).values()
    assert "title" not in record.attributes


async def test_who_was_modified_long_before_is_not_told_again_with_the_next_change(follow, server):
    for name in ("ana", "ivo", "mia"):
        server.person(name)
    follower = follow()
    await follower.settle()
    await asyncio.sleep(1.1)  # the clock was put on here and not there, so let its second pass
    server.set(f"uid=ivo,{PEOPLE}", "title", "Head")
    assert [change.record.one("cn") for change in (await follower.ask()).changes] == ["ivo"]


async def test_what_is_modified_twice_in_one_second_is_told_twice(follow, server):
    ana = server.person("ana")
    follower = follow()
    await follower.begin()
    for title in ("one", "two", "three", "four"):
        server.set(ana, "title", title)
        assert [record.one("title") for record in (await follower.news()).values()] == [title]


async def test_who_is_gone_is_told_by_who_is_present(follow, server):
    for name in ("ana", "ivo", "mia"):
        server.person(name)
    follower = follow()
    await follower.settle()
    key = server.key(f"uid=ivo,{PEOPLE}")
    server.ldap.delete_s(f"uid=ivo,{PEOPLE}")
    assert await follower.told() == [], "who is gone is looked for every half a minute"
    follower.clock.ahead += 31
    assert await follower.news() == {key: None}
    assert await follower.told() == []


async def test_a_container_that_is_renamed_changes_the_names_of_all_that_is_in_it(follow, server):
    unit = server.unit("Sales", PEOPLE)
    server.person("ana", unit)
    server.person("ivo")
    follower = follow()
    await follower.settle()
    server.ldap.rename_s(unit, "ou=Selling")
    follower.clock.ahead += 31
    assert [record.one("container") for record in (await follower.news()).values()] == [f"ou=Selling,{PEOPLE}"]


async def test_who_leaves_the_scope_is_gone_and_who_comes_into_it_is_there(follow, server):
    outside = server.unit("Outside")
    for name, place in (("ana", PEOPLE), ("mia", PEOPLE), ("ivo", outside)):
        server.person(name, place)
    follower = follow()
    await follower.begin()
    server.ldap.rename_s(f"uid=ana,{PEOPLE}", "uid=ana", outside)
    server.ldap.rename_s(f"uid=ivo,{outside}", "uid=ivo", PEOPLE)
    assert await follower.told() == ["gone", "ivo"]


async def test_who_no_longer_matches_the_filter_is_gone(follow, server):
    ana = server.person("ana", title="Clerk")
    server.person("ivo", title="Clerk")
    follower = follow(users={"base": PEOPLE, "filter": "(title=Clerk)"})
    await follower.begin()
    server.set(ana, "title", "Head")
    assert await follower.told() == ["gone"]


async def test_who_joins_and_leaves_a_group_is_told(follow, server):
    ana, ivo = server.person("ana"), server.person("ivo")
    group = server.group("readers", ivo)
    users, groups = follow(), follow()
    await users.settle()
    await groups.begin(MEMBERS)
    server.ldap.modify_s(group, [(ldap.MOD_ADD, "member", [ana.encode()])])
    assert await groups.told(MEMBERS) == ["readers"]
    users.clock.ahead += 31
    (record,) = (await users.news()).values()
    assert (record.one("cn"), record.attributes["memberOf"]) == ("ana", (group,))


async def test_a_change_that_was_told_is_told_again_from_an_old_cursor(follow, server):
    ana = server.person("ana")
    follower = follow()
    await follower.begin()
    old = follower.cursor
    server.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]
    follower.cursor = old
    assert [change.record.one("title") for change in (await follower.ask()).changes] == ["Head"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"data": "others"}, "another server"),
        ({"asked": "something else"}, "other objects or attributes"),
        ({"csn": ["29991231235959.000000Z#000000#000#000000"]}, "went back in time"),
        ({"entries": "bm90IGEgc2tldGNo"}, "never followed"),
        ({"newest": "yesterday"}, "never followed"),
    ],
)
async def test_a_cursor_that_is_of_no_use_leads_to_reading_everything_never_to_a_gap(follow, server, spoil, why):
    server.person("ana")
    follower = follow()
    await follower.begin()
    follower.cursor = json.dumps({**json.loads(follower.cursor), **spoil})
    found = await follower.ask()
    assert found.whole
    assert why in found.reason


async def test_a_server_that_was_restored_is_never_a_gap(follow, server):
    for name in ("ana", "ivo"):
        server.person(name)
    kept = server.backup()
    server.set(f"uid=ana,{PEOPLE}", "title", "Head")
    server.person("mia")
    server.ldap.delete_s(f"uid=ivo,{PEOPLE}")
    follower = follow()
    await follower.settle()
    server.restore(kept)
    follower.clock.ahead += 31
    if follower.counts:
        found = await follower.ask()
        assert found.whole
        assert "went back in time" in found.reason
    else:
        # nothing says that it was restored, and each difference is found all the same
        assert await follower.told() == ["ana", "gone", "ivo"]


async def test_many_changes_at_once_have_everything_read(follow, server):
    server.person("ana")
    follower = follow()
    await follower.begin()
    text = "".join(
        f"dn: uid=p{n},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: p{n}\nsn: p{n}\n\n" for n in range(1_200)
    )
    server.load(text)
    # a tool that writes past the server leaves contextCSN as it was
    follower.clock.ahead += 601
    found = await follower.ask()
    assert found.whole
    assert "more objects changed than" in found.reason


async def test_who_vanishes_with_a_right_is_not_taken_for_gone_one_by_one(follow, server):
    for number in range(10):
        server.person(f"p{number}")
    follower = follow()
    await follower.begin()
    conf = server.folder / "slapd.conf"
    with server.stopped():
        hidden = f'access to dn.children="{PEOPLE}" by * none\n'
        conf.write_text(
            conf.read_text().replace("access to attrs=userPassword", hidden + "access to attrs=userPassword")
        )
    follower.clock.ahead += 4_000
    found = await follower.ask()
    assert found.whole
    assert "10 objects are gone at once" in found.reason
    records = []
    verdict = await follower.connector.read(USERS, records.extend)
    assert (verdict.complete, records) == (False, [])


async def test_other_attributes_are_another_question(follow, server):
    server.person("ana")
    follower = follow()
    await follower.begin()
    assert (await follower.ask(replace(USERS, attributes=("cn", "mail")))).whole


async def test_waiting_ends_when_something_changes_and_at_the_latest_when_its_time_is_over(follow, server):
    ana = server.person("ana")
    follower = follow()
    await follower.begin()
    waiting = asyncio.create_task(follower.connector.wake(USERS, 5))
    await asyncio.sleep(0.7)
    assert not waiting.done()
    began = time.monotonic()
    await asyncio.to_thread(server.set, ana, "title", "Head")
    await waiting
    assert (time.monotonic() - began < 2) is follower.counts
    assert await follower.told() == ["ana"]
    began = time.monotonic()
    await follower.connector.wake(USERS, 0.3)
    assert 0.2 < time.monotonic() - began < 2


async def test_what_changed_before_the_waiting_began_ends_it_at_once(follow, server):
    ana = server.person("ana")
    follower = follow()
    await follower.begin()
    server.set(ana, "title", "Head")
    began = time.monotonic()
    await follower.connector.wake(USERS, 1)
    assert (time.monotonic() - began < 0.5) is follower.counts


async def test_a_context_csn_that_nobody_keeps_any_more_is_found_out(samba_server, tmp_path):
    with plain_ldap(tmp_path / "slapd", overlays=SYNCPROV) as server:
        ana = server.person("ana")
        follower = Follower(server, Clock())
        await follower.begin()
        assert follower.counts
        with server.stopped():
            conf = server.folder / "slapd.conf"
            conf.write_text(conf.read_text().replace(SYNCPROV, ""))
        server.set(ana, "title", "Head")
        assert await follower.told() == []
        follower.clock.ahead += 601
        assert await follower.told() == ["ana"]
        assert not follower.counts
        await asyncio.sleep(1.1)  # the clock was put on here and not there, so let its second pass
        for title in ("Boss", "Chair"):
            server.set(ana, "title", title)
            assert await follower.told() == ["ana"]
        await follower.connector.close()
