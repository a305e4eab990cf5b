"""The groups of a new account: joined by name, looked up before anything is written; an update may only add."""

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Done, Effect, Refused
from keepstep.core.plan import ActionKind
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("groups")
    for name in ("Sales", "Zagreb, all"):
        dn = f"CN={name.replace(',', chr(92) + ',')},{made}"
        samba.add(dn, "group", sAMAccountName=f"g-{name[:5]}")
    yield made
    samba.remove(made)


@pytest.fixture
async def connector(samba, place):
    made = AdConnector("corp", samba.connection(users={"base": place}), samba.resolve)
    yield made
    await made.close()


async def create(connector, *groups):
    wanted = {"sAMAccountName": ("mira",), "cn": ("mira",), "enabled": ("true",), "memberOf": groups}
    (outcome,) = await connector.apply("users", [Effect(key="k", kind=ActionKind.CREATE, attributes=wanted)])
    return outcome


async def update(connector, key, *groups):
    effect = Effect(key="k", kind=ActionKind.UPDATE, target=key, attributes={"memberOf": groups})
    (outcome,) = await connector.apply("users", [effect])
    return outcome


async def groups_of(connector, key):
    record = (await connector.fetch(Query(objects="users", attributes=("memberOf",)), [key]))[key]
    return set(record.attributes.get("memberOf", ()))


async def test_a_new_account_joins_groups_by_their_names_in_any_spelling(place, connector):
    sales, zagreb = f"CN=Sales,{place}", f"CN=Zagreb\\, all,{place}"
    outcome = await create(connector, sales.upper(), zagreb.replace("\\,", "\\2C").replace(",CN", ", CN"))
    assert isinstance(outcome, Done)
    assert await groups_of(connector, outcome.key) == {sales, zagreb}


async def test_a_group_that_is_not_there_makes_nobody(samba, place, connector):
    outcome = await create(connector, f"CN=Sales,{place}", f"CN=Nowhere,{place}")
    assert outcome == Refused('attribute "memberOf" names a group that does not exist')
    assert samba.look(f"CN=mira,{place}") is None


async def test_something_that_is_no_group_or_no_name_makes_nobody(samba, place, connector):
    for text, says in ((place, "does not exist"), ("Sales", "column")):
        outcome = await create(connector, text)
        assert isinstance(outcome, Refused)
        assert says in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None


async def test_a_protected_group_makes_nobody(samba, place, connector):
    outcome = await create(connector, f"CN=Domain Admins,CN=Users,{samba.base}")
    assert isinstance(outcome, Refused)
    assert "a group that may not be changed" in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None


async def test_an_update_to_more_groups_leaves_none(samba, place, connector):
    sales, zagreb = f"CN=Sales,{place}", f"CN=Zagreb\\, all,{place}"
    made = await create(connector, sales)
    assert await update(connector, made.key, sales, zagreb) == Done(made.key)
    assert await groups_of(connector, made.key) == {sales, zagreb}
    assert len(samba.look(sales, "member")["member"]) == 1


@pytest.fixture
def nested(samba, place):
    """Give a group that is in a group that is in one of the domain's administrators; nothing marks it as such yet."""
    inner, outer, admins = (
        f"CN=Sales,{place}",
        f"CN=Zagreb\\, all,{place}",
        f"CN=Account Operators,CN=Builtin,{samba.base}",
    )
    samba.change(outer, member=inner.encode())
    samba.change(admins, member=outer.encode())
    yield inner
    samba.change(admins, member=None)


async def test_a_group_within_a_protected_one_takes_nobody(samba, place, connector, nested):
    outcome = await create(connector, nested)
    assert isinstance(outcome, Refused)
    assert "it is in a group that is protected" in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None
    made = await create(connector)
    assert isinstance(await update(connector, made.key, nested), Refused)
    assert await groups_of(connector, made.key) == set()


async def test_the_members_of_a_group_within_a_protected_one_stay(samba, place, connector, nested):
    made = await create(connector)
    (group,) = await connector.find(Query(objects="groups", attributes=("member",)), "distinguishedName", [nested])
    effect = Effect(key="k", kind=ActionKind.UPDATE, target=group.key, attributes={"member": (f"CN=mira,{place}",)})
    (outcome,) = await connector.apply("groups", [effect])
    assert isinstance(made, Done)
    assert isinstance(outcome, Refused)
    assert "may not be changed" in outcome.reason
    assert "member" not in samba.look(nested, "member")
