"""What changed in a real domain since it was last asked, whoever changed it, and however the service account may ask."""

import asyncio
import json
from dataclasses import replace

import ldap
import ldap.modlist
import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]

USERS = Query(
    objects="users", attributes=("cn", "container", "distinguishedName", "enabled", "memberOf", "title"), scoped=True
)
GROUPS = Query(objects="groups", attributes=("cn", "member"), scoped=True)


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("changes")
    yield made
    samba.remove(made)


class Domain:
    """A domain that somebody else changes, by another program."""

    def __init__(self, connection, place):
        self.ldap = connection
        self.place = place

    def add(self, name, *, of="user", place="", **more):
        dn = f"CN={name},{place or self.place}"
        rows = {
            "objectClass": [of.encode()],
            "sAMAccountName": [name.encode()],
            **{k: [v.encode()] for k, v in more.items()},
        }
        if of == "user":
            rows["userAccountControl"] = [b"514"]
        self.ldap.add_s(dn, ldap.modlist.addModlist(rows))
        return dn

    def set(self, dn, name, *values):
        self.ldap.modify_s(dn, [(ldap.MOD_REPLACE, name, [value.encode() for value in values] or None)])

    def unit(self, name):
        dn = f"OU={name},{self.place}"
        self.ldap.add_s(dn, [("objectClass", [b"organizationalUnit"])])
        return dn

    def member(self, group, dn, *, joins=True):
        self.ldap.modify_s(group, [(ldap.MOD_ADD if joins else ldap.MOD_DELETE, "member", [dn.encode()])])


@pytest.fixture
def domain(samba, place):
    with samba.admin() as connection:
        yield Domain(connection, place)


@pytest.fixture
async def follow(samba, place):
    """A connector that is asked again and again, from the cursor it gave."""
    made = []

    def make(**overrides):
        spec = {"users": {"base": place}, "groups": {"base": place}, **overrides}
        made.append(AdConnector("corp", samba.connection(**spec), samba.resolve))
        return Follower(made[-1])

    yield make
    for connector in made:
        await connector.close()


class Follower:
    def __init__(self, connector):
        self.connector = connector
        self.cursors = {}

    async def ask(self, query=USERS):
        found = await self.connector.changes(query, self.cursors.get(query.objects, ""))
        self.cursors[query.objects] = found.cursor
        return found

    async def told(self, query=USERS):
        """What changed: the name, or None for who is gone."""
        found = await self.ask(query)
        assert not found.whole, found.reason
        return [change.record.one("cn") if change.record else None for change in found.changes]


async def test_the_first_time_everything_is_to_be_read(follow, domain):
    domain.add("ana")
    follower = follow()
    first = await follower.ask()
    assert (first.whole, first.changes) == (True, ())
    assert await follower.told() == []


async def test_everything_that_happens_to_users_is_told(follow, domain):
    ana, other = domain.add("ana", title="Clerk"), domain.unit("Other")
    follower = follow()
    await follower.ask()
    ivo = domain.add("ivo")
    assert await follower.told() == ["ivo"]
    domain.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]
    domain.set(ana, "title")
    found = await follower.ask()
    assert "title" not in found.changes[0].record.attributes
    domain.set(ana, "userAccountControl", "546")
    assert await follower.told() == ["ana"]
    domain.ldap.rename_s(ana, "CN=anna")
    assert await follower.told() == ["anna"]
    domain.ldap.rename_s(f"CN=anna,{domain.place}", "CN=anna", other)
    found = await follower.ask()
    assert found.changes[0].record.one("container").startswith("OU=Other")
    domain.ldap.delete_s(ivo)
    assert await follower.told() == [None]
    assert await follower.told() == []


async def test_who_joins_and_leaves_a_group_is_told(follow, domain):
    ana, readers = domain.add("ana"), domain.add("readers", of="group")
    follower = follow()
    await follower.ask()
    await follower.ask(GROUPS)
    domain.member(readers, ana)
    found = await follower.ask()
    (record,) = [change.record for change in found.changes if change.record]
    assert record.attributes["memberOf"] == (readers,)
    assert await follower.told(GROUPS) == ["readers"]
    domain.member(readers, ana, joins=False)
    found = await follower.ask()
    (record,) = [change.record for change in found.changes if change.record]
    assert "memberOf" not in record.attributes


async def test_what_changes_many_without_naming_them_has_everything_read(follow, domain):
    unit, readers = domain.unit("Sales"), domain.add("readers", of="group")
    domain.add("ana", place=unit)
    follower = follow()
    await follower.ask()
    domain.ldap.rename_s(unit, "OU=Selling")
    assert (await follower.ask()).whole
    domain.ldap.delete_s(readers)
    assert (await follower.ask()).whole
    # a new container is nothing to anybody
    domain.unit("New")
    assert await follower.told() == []


async def test_who_leaves_the_scope_is_gone_and_who_comes_into_it_is_there(follow, domain, samba):
    outside = samba.organizational_unit("outside")
    try:
        ana = domain.add("ana")
        domain.add("ivo", place=outside)
        follower = follow()
        await follower.ask()
        domain.ldap.rename_s(ana, "CN=ana", outside)
        domain.ldap.rename_s(f"CN=ivo,{outside}", "CN=ivo", domain.place)
        assert sorted(map(str, await follower.told())) == ["None", "ivo"]
    finally:
        samba.remove(outside)


async def test_a_change_that_was_told_is_told_again_from_an_old_cursor(follow, domain):
    ana = domain.add("ana")
    follower = follow()
    old = (await follower.ask()).cursor
    domain.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]
    follower.cursors["users"] = old
    assert await follower.told() == ["ana"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"controller": "00000000-0000-0000-0000-000000000001"}, "another domain controller"),
        ({"usn": 10**9}, "went back in time"),
        ({"cookie": "bm90IGEgY29va2ll"}, "did not take the cookie"),
        ({"asked": "something else"}, "other objects or attributes"),
    ],
)
async def test_a_cursor_that_is_of_no_use_leads_to_reading_everything_never_to_a_gap(follow, domain, spoil, why):
    domain.add("ana")
    follower = follow()
    cursor = json.loads((await follower.ask()).cursor)
    follower.cursors["users"] = json.dumps({**cursor, **spoil})
    found = await follower.ask()
    assert found.whole
    assert why in found.reason
    assert await follower.told() == []


async def test_update_sequence_numbers_do_where_dirsync_does_not(follow, domain):
    ana, ivo = domain.add("ana"), domain.add("ivo")
    follower = follow()
    cursor = json.loads((await follower.ask()).cursor)
    follower.cursors["users"] = json.dumps({**cursor, "cookie": ""})
    domain.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]
    domain.ldap.delete_s(ivo)
    assert await follower.told() == [None]
    readers = domain.add("readers", of="group")
    await follower.ask()
    domain.member(readers, ana)
    assert (await follower.ask()).whole


async def test_other_attributes_are_another_question(follow, domain):
    domain.add("ana")
    follower = follow()
    await follower.ask()
    assert (await follower.ask(replace(USERS, attributes=("cn", "mail")))).whole


async def test_an_account_without_the_right_to_replicate_is_told_what_it_may_read(follow, domain, samba):
    ana = domain.add("ana")
    reader = samba.account("plain-reader", "Pl4in-reader!")
    follower = follow(bind={"method": "simple", "user": reader, "password": {"secret": "plain-reader"}})
    await follower.ask()
    domain.set(ana, "title", "Head")
    assert await follower.told() == ["ana"]


async def test_waiting_ends_when_something_changes(follow, domain):
    ana = domain.add("ana")
    connector = follow().connector
    await connector.wake(USERS, 5)  # the first time it cannot know what it missed
    waiting = asyncio.create_task(connector.wake(USERS, 60))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    domain.set(ana, "title", "Head")
    await asyncio.wait_for(waiting, 10)
    # what changes while nobody waits is heard by the next who does
    domain.set(ana, "title", "Boss")
    await asyncio.wait_for(connector.wake(USERS, 60), 10)
