"""Writing to Active Directory: every effect ends in a known state, on a real domain."""

import ldap
import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Absent, Conflict, Done, Effect, NotSent, Refused, Unknown
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.errors import ConnectionLost
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]

LOOK = ("userAccountControl", "pwdLastSet", "lockoutTime", "memberOf", "displayName", "accountExpires")


@pytest.fixture
def place(samba):
    """An OU of the test's own, and names that nobody else in the domain has."""
    made = samba.organizational_unit("place")
    yield made
    samba.remove(made)


@pytest.fixture
async def connector(samba, place):
    made = AdConnector("corp", samba.connection(users={"base": place}, groups={"base": place}), samba.resolve)
    yield made
    await made.close()


def wanted(account: str, **attributes: str) -> dict[str, tuple[str, ...]]:
    named = {"sAMAccountName": account, "cn": account, "enabled": "true", **attributes}
    return {name: (value,) if value else () for name, value in named.items()}


async def apply(connector, kind: ActionKind, target=None, objects: str = "users", **attributes):
    values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in attributes.items()}
    (outcome,) = await connector.apply(objects, [Effect(key="k", kind=kind, target=target, attributes=values)])
    return outcome


async def create(connector, account: str, **attributes):
    outcome = await apply(connector, ActionKind.CREATE, **{**wanted(account), **attributes})
    assert isinstance(outcome, Done), outcome
    return outcome.key


async def fetch(connector, key, *names):
    return (await connector.fetch(Query(objects="users", attributes=names), [key]))[key]


async def test_a_new_account_is_enabled_and_has_to_change_its_password(samba, connector, place):
    await create(connector, "ana")
    held = samba.look(f"CN=ana,{place}", *LOOK)
    assert held["userAccountControl"] == [b"512"]
    assert held["pwdLastSet"] == [b"0"]


async def test_a_new_account_that_is_wanted_disabled_stays_so(samba, connector, place):
    await create(connector, "ana", enabled="false")
    assert samba.look(f"CN=ana,{place}", *LOOK)["userAccountControl"] == [b"514"]


async def test_a_new_account_may_keep_its_first_password(samba, place):
    spec = samba.connection(users={"base": place}, new_accounts={"must_change_password": False})
    connector = AdConnector("corp", spec, samba.resolve)
    await create(connector, "ana")
    await connector.close()
    assert samba.look(f"CN=ana,{place}", *LOOK)["pwdLastSet"] != [b"0"]


async def test_new_accounts_go_to_the_container_set_for_them(samba, place):
    inner = samba.organizational_unit("new", place)
    spec = samba.connection(users={"base": place}, new_accounts={"container": inner})
    connector = AdConnector("corp", spec, samba.resolve)
    await create(connector, "ana")
    await connector.close()
    assert samba.look(f"CN=ana,{inner}") is not None


async def test_a_password_that_the_policy_refuses_leaves_nothing_behind(samba, connector, place):
    samba.tool("domain", "passwordsettings", "set", "--min-pwd-length=0", "--min-pwd-age=0")
    samba.tool("domain", "passwordsettings", "pso", "create", "strict", "1", "--min-pwd-length=120")
    samba.tool("domain", "passwordsettings", "pso", "apply", "strict", "Domain Users")
    try:
        outcome = await apply(connector, ActionKind.CREATE, **wanted("ana"))
    finally:
        samba.tool("domain", "passwordsettings", "pso", "delete", "strict")
    assert isinstance(outcome, Refused)
    assert "password policy" in outcome.reason
    assert "removed again" in outcome.reason
    assert samba.look(f"CN=ana,{place}") is None


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"memberOf": "CN=Nobody,DC=lab,DC=example"}, "group that does not exist"),
        ({"memberOf": "CN=Domain Admins,CN=Users,DC=lab,DC=example"}, "may not be changed"),
        ({"memberOf": "no name"}, "memberOf"),
        ({"container": "OU=Nowhere,DC=lab,DC=example"}, "container does not exist"),
        ({"countryCode": "croatia"}, "countryCode"),
        ({"manager": "CN=Nobody,DC=lab,DC=example"}, "manager"),
        ({"manager": "nobody"}, "manager"),
        ({"sAMAccountName": ()}, "sAMAccountName"),
        ({"displayNam": "x"}, 'did you mean "displayName"'),
    ],
)
async def test_a_create_that_cannot_be_whole_leaves_nothing_behind(samba, connector, place, attributes, words):
    outcome = await apply(connector, ActionKind.CREATE, **{**wanted("ana"), **attributes})
    assert isinstance(outcome, Refused), outcome
    assert words in outcome.reason
    assert samba.look(f"CN=ana,{place}") is None


async def test_a_name_that_is_taken_is_a_conflict_that_says_which(samba, connector, place):
    samba.user("taken", place, userPrincipalName="taken@lab.example")
    samba.add(f"CN=grp,{place}", "group", sAMAccountName="group-name")
    for attributes, words in (
        ({"cn": "taken"}, "cn"),
        ({"sAMAccountName": "TAKEN"}, "sAMAccountName"),
        ({"sAMAccountName": "group-name"}, "sAMAccountName"),
        ({"userPrincipalName": "taken@lab.example"}, "userPrincipalName"),
    ):
        outcome = await apply(connector, ActionKind.CREATE, **{**wanted("new"), **attributes})
        assert isinstance(outcome, Conflict), outcome
        assert words in outcome.reason
        assert samba.look(f"CN=new,{place}") is None


@pytest.mark.parametrize("answers", range(1, 14))
async def test_a_create_cut_anywhere_is_found_out_and_finished(samba, connector, place, answers):
    group = samba.add(f"CN=grp,{place}", "group", sAMAccountName="grp")
    attributes = wanted("cut", displayName="Cut Off", memberOf=group)
    with samba.relay() as (relay, url):
        spec = samba.connection(users={"base": place}, url=url)
        through = AdConnector("corp", spec, samba.resolve)
        await through.schema("users")
        relay.cut_after(answers, for_good=True)
        try:
            outcome = await apply(through, ActionKind.CREATE, **attributes)
        except ConnectionLost:
            outcome = NotSent("raised")
        await through.close()
    held = samba.look(f"CN=cut,{place}", *LOOK)
    if isinstance(outcome, NotSent):
        assert held is None
    elif isinstance(outcome, Done):
        assert held is not None
    else:
        assert isinstance(outcome, Unknown), outcome
    found = await connector.find(Query(objects="users", attributes=("enabled",)), "sAMAccountName", ["cut"])
    again = await apply(connector, ActionKind.CREATE, found[0].key if found else None, **attributes)
    assert isinstance(again, Done), again
    held = samba.look(f"CN=cut,{place}", *LOOK)
    assert held["userAccountControl"] == [b"512"]
    assert held["displayName"] == [b"Cut Off"]
    assert [name.decode() for name in held["memberOf"]] == [group]


async def test_a_half_made_account_is_told_from_another_s(samba, connector, place):
    samba.user("half", place)
    outcome = await apply(connector, ActionKind.CREATE, **wanted("half"))
    assert isinstance(outcome, Conflict)
    assert "interrupted create" in outcome.reason


async def test_finishing_a_half_made_account_gives_it_a_password_and_enables_it(samba, connector, place):
    dn = samba.user("half", place)
    found = await connector.find(Query(objects="users", attributes=("enabled",)), "sAMAccountName", ["half"])
    await apply(connector, ActionKind.CREATE, found[0].key, **wanted("half", title="Role"))
    assert samba.look(dn, *LOOK)["userAccountControl"] == [b"512"]
    assert samba.look(dn, "title")["title"] == [b"Role"]


async def test_one_update_may_do_everything(samba, connector, place):
    group = samba.add(f"CN=grp,{place}", "group", sAMAccountName="grp")
    inner = samba.organizational_unit("inner", place)
    key = await create(connector, "ana")
    outcome = await apply(
        connector,
        ActionKind.UPDATE,
        key,
        cn="Ana, renamed",
        container=inner,
        title="Lead",
        accountExpires="2031-01-01T00:00:00Z",
        memberOf=group,
        enabled="false",
    )
    assert outcome == Done(key)
    assert outcome.calls == "LDAP modify: 0; LDAP move: 0; LDAP modify: 0"
    record = await fetch(connector, key, "cn", "container", "title", "accountExpires", "memberOf", "enabled")
    assert record.attributes == {
        "cn": ("Ana, renamed",),
        "container": (inner,),
        "title": ("Lead",),
        "accountExpires": ("2031-01-01T00:00:00Z",),
        "memberOf": (group,),
        "enabled": ("false",),
    }


async def test_a_change_of_letter_case_is_a_rename(connector):
    key = await create(connector, "ana")
    assert await apply(connector, ActionKind.UPDATE, key, cn="ANA") == Done(key)
    assert (await fetch(connector, key, "cn")).one("cn") == "ANA"


async def test_a_rename_to_a_taken_name_is_a_conflict(connector):
    await create(connector, "ana")
    key = await create(connector, "bruno")
    assert isinstance(await apply(connector, ActionKind.UPDATE, key, cn="ana"), Conflict)


async def test_a_locked_account_is_unlocked(samba, connector, place):
    samba.tool("domain", "passwordsettings", "set", "--account-lockout-threshold=2")
    key = await create(connector, "ana")
    dn = f"CN=ana,{place}"
    assert await connector.reset_password(key, Secret("Right-Password-77")) == Done(key)
    try:
        for _ in range(3):
            with pytest.raises(ldap.INVALID_CREDENTIALS):
                samba.bind(dn, "wrong")
    finally:
        samba.tool("domain", "passwordsettings", "set", "--account-lockout-threshold=0")
    assert (await fetch(connector, key, "lockedOut")).one("lockedOut") == "true"
    assert await apply(connector, ActionKind.UPDATE, key, lockedOut="false") == Done(key)
    assert (await fetch(connector, key, "lockedOut")).one("lockedOut") == "false"
    samba.bind(dn, "Right-Password-77")


async def test_a_password_reset_is_judged_by_the_policy(samba, connector):
    key = await create(connector, "ana")
    outcome = await connector.reset_password(key, Secret("short"))
    assert isinstance(outcome, Refused)
    assert "password policy" in outcome.reason
    assert "short" not in outcome.reason.replace("shorten", "")
    assert await connector.reset_password("00000000-0000-0000-0000-000000000009", Secret("x")) == Absent()


async def test_protected_accounts_are_never_touched(samba, place):
    shielded = samba.organizational_unit("shielded", place)
    inside = samba.user("inside", shielded)
    spec = samba.connection(protected=[shielded])
    connector = AdConnector("corp", spec, samba.resolve)
    query = Query(objects="users", attributes=("protected",))
    found = {
        name: (await connector.find(query, "sAMAccountName", [name]))[0]
        for name in ("Administrator", "krbtgt", "Guest", "inside")
    }
    for name, record in found.items():
        assert record.one("protected"), name
        for kind in (ActionKind.UPDATE, ActionKind.DISABLE, ActionKind.ENABLE, ActionKind.DELETE, ActionKind.CREATE):
            outcome = await apply(connector, kind, record.key, **({"title": "x"} if kind is ActionKind.UPDATE else {}))
            assert isinstance(outcome, Refused), (name, kind)
            assert "protected" in outcome.reason
        assert isinstance(await connector.reset_password(record.key, Secret("New-Password-1")), Refused)
    outcome = await apply(connector, ActionKind.CREATE, **wanted("new", container=shielded))
    assert isinstance(outcome, Refused)
    await connector.close()
    assert samba.look(inside) is not None


async def test_a_computer_is_no_user_and_is_left_alone(samba, connector, place):
    samba.add(f"CN=PC1,{place}", "computer", sAMAccountName="PC1$", userAccountControl="4096")
    query = Query(objects="users", attributes=("sAMAccountName",))
    (record,) = await connector.find(query, "sAMAccountName", ["PC1$"])
    assert isinstance(await apply(connector, ActionKind.DELETE, record.key), Refused)
    records = []
    await connector.read(query, records.extend)
    assert records == []


async def test_an_object_that_holds_others_is_not_deleted(samba, connector, place):
    key = await create(connector, "ana")
    samba.add(f"CN=below,CN=ana,{place}", "classStore")
    outcome = await apply(connector, ActionKind.DELETE, key)
    assert isinstance(outcome, Refused)
    assert "holds others" in outcome.reason


async def test_groups_are_made_filled_and_deleted(samba, connector, place):
    ana, bruno = (samba.user(name, place) for name in ("ana", "bruno"))
    outcome = await apply(
        connector, ActionKind.CREATE, objects="groups", sAMAccountName="team", cn="Team, one", member=(ana,)
    )
    assert isinstance(outcome, Done), outcome
    assert await apply(connector, ActionKind.UPDATE, outcome.key, "groups", member=(bruno,)) == Done(outcome.key)
    query = Query(objects="groups", attributes=("member", "cn"))
    record = (await connector.fetch(query, [outcome.key]))[outcome.key]
    assert record.attributes == {"member": (bruno,), "cn": ("Team, one",)}
    nobody = await apply(connector, ActionKind.UPDATE, outcome.key, "groups", member=(f"CN=nobody,{place}",))
    assert isinstance(nobody, Refused)
    assert isinstance(await apply(connector, ActionKind.DISABLE, outcome.key, "groups"), Refused)
    assert await apply(connector, ActionKind.DELETE, outcome.key, "groups") == Done(outcome.key)


async def test_a_user_is_not_written_as_a_group(samba, connector, place):
    key = await create(connector, "ana")
    assert isinstance(await apply(connector, ActionKind.DELETE, key, "groups"), Refused)
    assert samba.look(f"CN=ana,{place}") is not None


async def test_a_directory_that_is_gone_before_anything_was_sent_is_an_error(samba, place):
    with samba.relay() as (relay, url):
        connector = AdConnector("corp", samba.connection(url=url), samba.resolve)
        await connector.schema("users")
        relay.cut_after(0, for_good=True)
        with pytest.raises(ConnectionLost):
            await apply(connector, ActionKind.CREATE, **wanted("ana"))
        await connector.close()
    assert samba.look(f"CN=ana,{place}") is None
