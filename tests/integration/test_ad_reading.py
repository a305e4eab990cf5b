"""Reading Active Directory: each object once, decoded, with the proof that these are all; on real directories."""

import json
from dataclasses import replace

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.core.values import Completeness, NativeKey
from keepstep.errors import ConfigurationError, ConnectorError
from keepstep.ports import Query
from tests.lab.people import HOSTILE

pytestmark = [pytest.mark.samba]

COUNT = 2500


@pytest.fixture(scope="module")
def people(samba):
    samba.run("seed", str(COUNT), "--hostile")
    return f"OU=People,{samba.base}"


async def read(spec, resolve, *names, objects="users"):
    connector = AdConnector("corp", spec, resolve)
    records = []
    try:
        verdict = await connector.read(Query(objects=objects, attributes=names), records.extend)
    finally:
        await connector.close()
    return verdict, records


async def test_more_users_than_a_page_are_read_each_once(samba, people):
    verdict, records = await read(samba.connection(users={"base": people}), samba.resolve, "sAMAccountName")
    assert verdict.completeness is Completeness.COMPLETE
    assert verdict.records == COUNT
    assert verdict.calls >= 3
    assert sorted(record.one("sAMAccountName") for record in records) == [f"p{n:06d}" for n in range(COUNT)]
    assert len({record.key for record in records}) == COUNT


async def test_a_read_that_is_cut_off_is_never_complete(samba, people):
    for answers in (1, 4, 8, 16, 40, 90):
        with samba.relay() as (relay, url):
            spec = samba.connection(users={"base": people}, url=url)
            connector = AdConnector("corp", spec, samba.resolve)
            await connector.schema("users")
            relay.cut_after(answers, for_good=True)
            records = []
            query = Query(objects="users", attributes=("sAMAccountName", "displayName", "mail", "department"))
            try:
                verdict = await connector.read(query, records.extend)
            except ConnectorError:
                continue
            finally:
                await connector.close()
            assert verdict.complete is (len(records) == COUNT), (answers, verdict.reason)


async def test_hostile_names_are_read_letter_for_letter(samba, people):
    spec = samba.connection(users={"base": people, "filter": "(employeeID<=000019)"})
    _, records = await read(spec, samba.resolve, "displayName", "cn", "employeeID")
    names = {record.one("employeeID"): record.one("displayName") for record in records}
    assert names == {f"{n:06d}": text for n, text in enumerate(HOSTILE)}


async def test_the_scope_s_base_and_filter_choose_the_users(samba, people):
    spec = samba.connection(users={"base": f"OU=Sales,{people}", "filter": "(&(employeeID=*)(!(l=Town 0)))"})
    verdict, records = await read(spec, samba.resolve, "department", "l")
    assert verdict.complete
    assert records
    assert {record.one("department") for record in records} == {"Sales"}
    assert "Town 0" not in {record.one("l") for record in records}


async def test_a_filter_that_is_none_is_refused_before_anything_is_asked(samba):
    with pytest.raises(ConfigurationError, match="column"):
        AdConnector("corp", samba.connection(users={"filter": "(cn=x"}), samba.resolve)


async def test_a_base_that_is_not_there_is_an_error(samba):
    with pytest.raises(ConnectorError, match="not there"):
        await read(samba.connection(users={"base": f"OU=Nowhere,{samba.base}"}), samba.resolve, "cn")


async def test_what_an_account_is_comes_decoded(samba):
    verdict, records = await read(
        samba.connection(users={"filter": "(sAMAccountName=Administrator)"}),
        samba.resolve,
        "objectGUID",
        "objectSid",
        "enabled",
        "lockedOut",
        "container",
        "accountExpires",
        "whenCreated",
        "pwdLastSet",
        "memberOf",
        "protected",
        "isCriticalSystemObject",
        "logonHours",
    )
    assert verdict.complete
    held = records[0].attributes
    assert held["objectGUID"] == (records[0].key,)
    assert held["objectSid"][0].startswith("S-1-5-21-")
    assert held["objectSid"][0].endswith("-500")
    assert held["enabled"] == ("true",)
    assert held["lockedOut"] == ("false",)
    assert held["container"] == (f"CN=Users,{samba.base}",)
    assert held["accountExpires"] == ("",)
    assert held["whenCreated"][0].endswith("Z")
    assert held["pwdLastSet"][0].startswith("20")
    assert f"CN=Domain Admins,CN=Users,{samba.base}" in held["memberOf"]
    assert "Administrator" in held["protected"][0]
    assert held["isCriticalSystemObject"] == ("true",)
    json.dumps(held, default=list)


async def test_groups_come_with_all_their_members(samba):
    verdict, records = await read(samba.connection(), samba.resolve, "cn", "member", "protected", objects="groups")
    assert verdict.complete
    admins = next(record for record in records if record.one("cn") == "Domain Admins")
    assert admins.attributes["member"] == (f"CN=Administrator,CN=Users,{samba.base}",)
    assert admins.one("protected")


async def test_the_schema_is_the_directory_s_own(samba):
    connector = AdConnector("corp", samba.connection(), samba.resolve)
    users, groups = await connector.schema("users"), await connector.schema("groups")
    await connector.close()
    assert users.attribute("extensionAttribute1") is None
    assert users.attribute("msDS-cloudExtensionAttribute1") is not None
    assert users.attribute("netbootGUID") is None
    assert users.attribute("DEPARTMENTNUMBER").multi
    assert not users.attribute("directReports").writable
    assert not users.attribute("tokenGroups").writable
    assert groups.attribute("member").multi
    assert groups.attribute("userPrincipalName") is None


async def test_find_looks_in_the_whole_domain(samba, people):
    connector = AdConnector("corp", samba.connection(users={"base": f"OU=Sales,{people}"}), samba.resolve)
    query = Query(objects="users", attributes=("sAMAccountName", "mail"))
    values = [f"P{number:06d}@LAB.example" for number in range(250)]
    found = await connector.find(query, "mail", values)
    assert len(found) == 250
    (group,) = await connector.find(query, "sAMAccountName", ["Domain Users"])
    assert group.one("sAMAccountName") == "Domain Users"
    for attribute in ("enabled", "noSuchThing"):
        with pytest.raises(ConnectorError, match=attribute):
            await connector.find(query, attribute, ["x"])
    assert await connector.find(query, "objectGUID", ["no guid"]) == []
    assert await connector.find(query, "mail", ["\ud800", ""]) == []
    await connector.close()


async def test_fetch_takes_any_number_of_keys(samba, people):
    connector = AdConnector("corp", samba.connection(users={"base": people}), samba.resolve)
    query = Query(objects="users", attributes=("sAMAccountName",))
    records = []
    await connector.read(query, records.extend)
    found = await connector.fetch(query, [record.key for record in records[:350]] + [NativeKey("nonsense")])
    assert found == {record.key: record for record in records[:350]}
    await connector.close()


async def test_a_moved_or_renamed_account_keeps_its_key(samba):
    first, second = samba.organizational_unit("First"), samba.organizational_unit("Second")
    dn = samba.user("mover", first)
    spec = samba.connection(users={"base": first})
    connector = AdConnector("corp", spec, samba.resolve)
    query = Query(objects="users", attributes=("cn", "container"))
    (before,) = await connector.find(query, "sAMAccountName", ["mover"])
    with samba.admin() as admin:
        admin.rename_s(dn, "CN=moved", second)
    after = (await connector.fetch(query, [before.key]))[before.key]
    assert after.attributes == {"cn": ("moved",), "container": (second,)}
    assert await connector.fetch(replace(query, scoped=True), [before.key]) == {}
    records = []
    assert (await connector.read(query, records.extend)).complete
    assert records == []
    await connector.close()


async def test_a_password_that_is_secret_stays_out_of_everything_shown(samba):
    connector = AdConnector("corp", samba.connection(), lambda _: Secret("Planted-Secret-1"))
    findings = await connector.check(frozenset(ActionKind))
    shown = f"{connector!r} {vars(connector)!r} {connector.address} {findings!r}"
    await connector.close()
    assert "Planted-Secret-1" not in shown
