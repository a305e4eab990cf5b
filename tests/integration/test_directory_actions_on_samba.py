"""Directory actions on a real domain: what the directory keeps is what the action said, and twice is as once."""

from types import SimpleNamespace

import ldap
import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.block_result import BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.ports import Query
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.vault import Vault
from keepstep.usecases.act import act
from tests.integration.nobody import Nobody
from tests.integration.store_world import TickingClock

pytestmark = [pytest.mark.samba]


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("actions")
    yield made
    samba.remove(made)


@pytest.fixture
def kept(tmp_path):
    create_master_key(tmp_path / "master.key")
    clock = TickingClock()
    with open_database(sqlite_url(tmp_path / "keepstep.db")) as database:
        yield FirstPasswords(database, Vault(database, FileKeys(tmp_path / "master.key"), clock), clock)


class Domain:
    """The connector of a domain, and what a template does there."""

    def __init__(self, connector):
        self.connector = connector

    async def key(self, account, objects="users"):
        query = Query(objects=objects, attributes=("cn",))
        return (await self.connector.find(query, "sAMAccountName", [account]))[0].key

    async def act(self, action, key, objects="users", resumed=False, **values):
        order = Order(
            key="run.0.1", subject=Subject(side=Side("corp", objects), key=key), values=values, resumed=resumed
        )
        ports = SimpleNamespace(connector=lambda _: self.connector, own_writes=Nobody())
        return await act(ports, DirectoryAction.model_validate(action), order, BlockTexts())

    async def done_twice(self, action, key, objects="users", **values):
        """Do it, and do it again as after a crash; both succeed."""
        results = [await self.act(action, key, objects, resumed=resumed, **values) for resumed in (False, True)]
        assert [result.state for result in results] == [BlockState.SUCCEEDED] * 2, [r.detail for r in results]
        return results[0]


@pytest.fixture
async def connect(samba, place, kept):
    made = []

    def make(**overrides):
        spec = {"users": {"base": place}, "groups": {"base": place}, "new_accounts": {"deliver": "sealed"}, **overrides}
        made.append(AdConnector("corp", samba.connection(**spec), samba.resolve, kept))
        return Domain(made[-1])

    yield make
    for connector in made:
        await connector.close()


def signs_in(samba, dn, password):
    try:
        samba.bind(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


async def test_whoever_leaves_is_disabled_stripped_of_groups_and_moved_and_keeps_the_primary_group(
    samba, place, connect
):
    leavers = samba.organizational_unit("Leavers", place)
    ivo = samba.user("ivo", place)
    dn = samba.user("ana", place, department="Sales", manager=ivo)
    samba.change(dn, userAccountControl=b"544")
    groups = [samba.add(f"CN={name},{place}", "group", sAMAccountName=name, member=dn) for name in ("team", "club")]
    domain = connect()
    ana = await domain.key("ana")
    await domain.done_twice("disable", ana)
    await domain.done_twice({"remove_from_groups": {"all_but": [groups[1]]}}, ana)
    await domain.done_twice({"set_manager": {}}, ana)
    await domain.done_twice({"set": {"department": None, "info": "left {{ day }}"}}, ana, day=("today",))
    await domain.done_twice({"expire": "2030-01-31T00:00:00Z"}, ana)
    moved = await domain.done_twice({"move": {"to": leavers}}, ana)
    assert moved.values["distinguishedName"] == (f"CN=ana,{leavers}",)
    held = samba.look(f"CN=ana,{leavers}")
    assert int(held["userAccountControl"][0]) & 2
    assert held["memberOf"] == [groups[1].encode()]
    assert held["primaryGroupID"] == [b"513"]
    assert held["info"] == [b"left today"]
    assert {"department", "manager"} & set(held) == set()
    await domain.done_twice({"expire": "never"}, ana)
    assert samba.look(f"CN=ana,{leavers}")["accountExpires"][0] in {b"0", b"9223372036854775807"}


async def test_an_account_is_made_once_joins_groups_and_gets_a_manager_found_by_number(samba, place, connect):
    ivo = samba.user("ivo", place, employeeID="77")
    team = samba.add(f"CN=team,{place}", "group", sAMAccountName="team")
    domain = connect()
    attributes = {"sAMAccountName": "{{ login }}", "cn": "{{ login }}", "enabled": "true"}
    made = await domain.done_twice({"create": {"attributes": attributes}}, await domain.key("ivo"), login=("mira",))
    mira = made.values["key"][0]
    await domain.done_twice({"add_to_groups": [team]}, mira)
    await domain.done_twice({"set_manager": {"by": "employeeID", "value": "{{ chief }}"}}, mira, chief=("77",))
    await domain.done_twice({"rename": {"cn": "Mira, {{ login }}"}}, mira, login=("mira",))
    held = samba.look(f"CN=Mira\\, mira,{place}")
    assert (held["memberOf"], held["manager"]) == ([team.encode()], [ivo.encode()])


async def test_a_new_password_is_handed_over_sealed_and_the_sealed_one_is_the_one_that_is_set(
    samba, place, connect, kept
):
    dn = samba.account("ana", "First-Password-1", place)
    domain = connect()
    result = await domain.done_twice({"reset_password": {"must_change": False}}, await domain.key("ana"))
    (waiting,) = kept.waiting()
    password = kept.open(waiting, operator="ana").reveal()
    assert signs_in(samba, dn, password)
    assert not signs_in(samba, dn, "First-Password-1")
    assert password not in f"{result}"


async def test_a_new_password_must_be_changed_at_the_next_sign_in_unless_chosen_otherwise(samba, place, connect):
    dn = samba.account("ana", "First-Password-1", place)
    domain = connect()
    await domain.done_twice("reset_password", await domain.key("ana"))
    assert samba.look(dn, "pwdLastSet")["pwdLastSet"] == [b"0"]


async def test_it_is_said_when_nobody_learns_the_new_password(samba, place, connect, kept):
    samba.user("ana", place)
    domain = connect(new_accounts={"deliver": "none"})
    result = await domain.act("reset_password", await domain.key("ana"))
    assert result.state is BlockState.SUCCEEDED, result.detail
    assert "nobody learns the new password" in result.detail
    assert kept.waiting() == []


async def test_a_group_and_whoever_is_protected_get_no_password(samba, place, connect):
    samba.add(f"CN=team,{place}", "group", sAMAccountName="team")
    samba.user("boss", place, adminCount="1")
    domain = connect()
    for account, objects in (("team", "groups"), ("boss", "users")):
        result = await domain.act("reset_password", await domain.key(account, objects), objects)
        assert (result.state, result.cause) == (BlockState.FAILED, Cause.REFUSED), result.detail


async def test_whoever_was_deleted_comes_back_to_where_they_were_with_the_same_key(samba, place, connect):
    model = samba.organizational_unit("MODEL:A", place)
    dn = samba.user("ana", model, department="Sales")
    sid = samba.look(dn, "objectSid")["objectSid"]
    domain = connect()
    ana = await domain.key("ana")
    await domain.done_twice("delete", ana)
    assert samba.look(dn) is None
    back = await domain.act("restore", ana)
    assert back.state is BlockState.SUCCEEDED, back.detail
    assert back.values["distinguishedName"] == (dn,)
    assert "what a tombstone keeps" in back.detail
    held = samba.look(dn)
    assert "department" not in held
    assert (held["objectSid"], held["sAMAccountName"]) == (sid, [b"ana"])
    assert (await domain.act("restore", ana, resumed=True)).state is BlockState.SUCCEEDED
    assert await domain.key("ana") == ana


async def test_a_restore_into_a_place_that_is_protected_or_taken_or_gone_is_refused(samba, place, connect):
    inner = samba.organizational_unit("Inner", place)
    domain = connect()
    keys = {}
    for account in ("ana", "ivo"):
        samba.user(account, inner)
        keys[account] = await domain.key(account)
        await domain.act("delete", keys[account])
    guarded = connect(protected=[inner])
    result = await guarded.act("restore", keys["ana"])
    assert (result.cause, "protected" in result.detail) == (Cause.REFUSED, True), result
    samba.add(f"CN=ivo,{inner}", "user", sAMAccountName="ivo2", userAccountControl="514")
    taken = await domain.act("restore", keys["ivo"])
    assert (taken.state, taken.cause) == (BlockState.FAILED, Cause.CONFLICT), taken
    samba.remove(inner)
    gone = await domain.act("restore", keys["ana"])
    assert (gone.state, gone.cause) == (BlockState.FAILED, Cause.REFUSED), gone
    assert "container" in gone.detail
    never = await domain.act("restore", "ffffffff-0000-4000-8000-000000000000")
    assert never.cause is Cause.ABSENT
