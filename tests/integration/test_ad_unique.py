"""Login names are looked for where they must be unique: domain, forest or container; without an answer nobody is made."""

import asyncio
from dataclasses import replace

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Conflict, Done, Effect
from keepstep.core.plan import ActionKind
from keepstep.core.schema import UniqueScope
from keepstep.errors import ConfigurationError, ConnectionLost, ConnectorError
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]

FOREST = Query(objects="users", attributes=("sAMAccountName",), scope=UniqueScope.FOREST)


@pytest.fixture
async def connect(samba):
    made = []

    def make(**overrides):
        made.append(AdConnector("corp", samba.connection(**overrides), samba.resolve))
        return made[-1]

    yield make
    for connector in made:
        await connector.close()


async def test_the_forest_is_asked_at_the_port_of_the_global_catalog(samba, connect):
    with samba.relay(port=3269) as (relay, url):
        connector = connect(global_catalog=url)
        relay.cut_after(0, for_good=True)
        with pytest.raises(ConnectionLost, match="global catalog cannot be asked"):
            await connector.find(FOREST, "sAMAccountName", ["administrator"])
        relay.heal()
        found = await connector.find(FOREST, "sAMAccountName", ["administrator", "nobody-has-this"])
        assert [record.one("sAMAccountName") for record in found] == ["Administrator"]


async def test_a_name_of_another_kind_of_object_in_the_forest_counts(connect):
    found = await connect().find(FOREST, "sAMAccountName", ["Domain Admins", "DC1$"])
    assert sorted(record.one("sAMAccountName") for record in found) == ["DC1$", "Domain Admins"]


async def test_without_an_answer_of_the_global_catalog_nobody_is_called_free(samba, connect):
    connector = connect(global_catalog=f"ldaps://{samba.address}:3270")
    with pytest.raises(ConnectionLost, match="cannot be told, as the global catalog cannot be asked: nothing listens"):
        await connector.find(FOREST, "sAMAccountName", ["nobody-has-this"])
    assert await connector.find(replace(FOREST, scope=UniqueScope.DOMAIN), "sAMAccountName", ["nobody"]) == []


async def test_an_attribute_that_the_global_catalog_lacks_is_never_called_free(connect):
    with pytest.raises(ConnectorError, match='does not hold "employeeNumber"'):
        await connect().find(FOREST, "employeeNumber", ["4711"])


async def test_a_plain_line_to_the_global_catalog_is_refused_like_one_to_the_domain(samba, connect):
    with pytest.raises(ConfigurationError, match="unprotected"):
        await connect(global_catalog=f"ldap://{samba.address}").find(FOREST, "sAMAccountName", ["x"])


async def test_a_name_counts_in_its_container_whatever_the_kind_of_object(samba, connect):
    first, second = samba.organizational_unit("First"), samba.organizational_unit("Second")
    samba.add(f"CN=Mira,{first}", "contact")
    query = Query(objects="users", attributes=("cn",), scope=UniqueScope.CONTAINER, container=first)
    connector = connect(new_accounts={"container": second})
    assert [record.one("cn") for record in await connector.find(query, "cn", ["mira"])] == ["Mira"]
    assert await connector.find(replace(query, container=""), "cn", ["mira"]) == []


async def test_two_who_make_an_account_of_one_login_name_at_once_end_as_one_account(samba, connect):
    unit = samba.organizational_unit("Race")
    first, second = connect(users={"base": unit}), connect(users={"base": unit})
    for number in range(6):
        account = f"race{number}"

        async def make(connector, cn, account=account):
            wanted = {"sAMAccountName": (account,), "cn": (f"{account} {cn}",), "enabled": ("true",)}
            (outcome,) = await connector.apply("users", [Effect(key=cn, kind=ActionKind.CREATE, attributes=wanted)])
            return outcome

        outcomes = await asyncio.gather(make(first, "one"), make(second, "two"))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Done"]
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, Done)]
        (lost,) = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
        assert 'has this "sAMAccountName"' in lost.reason
        query = Query(objects="users", attributes=("enabled",))
        (held,) = await first.find(query, "sAMAccountName", [account])
        assert (held.key, held.one("enabled")) == (won.key, "true")
    query = Query(objects="users", attributes=("sAMAccountName",))
    names = []
    await first.read(query, lambda records: names.extend(record.one("sAMAccountName") for record in records))
    assert sorted(names) == [f"race{number}" for number in range(6)], "nothing half-made is left"
