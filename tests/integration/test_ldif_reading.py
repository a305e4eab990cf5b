"""An LDIF directory is read whole, or said not to be; what is wrong with it is named."""

import uuid
from functools import partial

import pytest

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.core.connection import LdifConnection
from keepstep.core.effect import Done, Effect, Refused
from keepstep.core.plan import Action, ActionKind
from keepstep.core.situation import Situation
from keepstep.core.values import Completeness
from keepstep.errors import ConfigurationError, ConnectionLost, ConnectorError
from keepstep.ports import Query
from tests.integration.corp_ldif import ANA, STAFF, TREE, build, group, guid, guid64, names, one, read, user, write


@pytest.fixture
def directory(tmp_path):
    """Return what builds a connector over a file with given entries, and the file."""
    return partial(build, tmp_path)


async def test_only_the_users_of_the_scope_are_read(directory):
    connector, _ = directory(
        TREE,
        user(1, "Ana", "employeeID: 7\n"),
        user(2, "Ivo"),
        user(3, "Eve", "employeeID: 8\n", place="DC=corp,DC=example"),
        group(4, "Team"),
        "dn: CN=PC,DC=corp,DC=example\nobjectClass: user\nobjectClass: computer\nsAMAccountName: PC$\n\n",
        users={"base": STAFF, "filter": "(employeeID=*)"},
    )
    verdict, records = await read(connector, "cn")
    assert verdict.complete
    assert "entries of the file were read to its end" in verdict.reason
    assert [record.one("cn") for record in records] == ["Ana"]
    assert await names(connector, "groups") == ["Team"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(objectCategory=person)", ["Ana", "Ivo"]),
        ("(objectCategory=group)", []),
        (f"(memberOf=cn=TEAM, {STAFF})", ["Ana"]),
        ("(!(memberOf=*))", ["Ivo"]),
        (f"(distinguishedName={ANA.upper()})", ["Ana"]),
        ("(userAccountControl:1.2.840.113556.1.4.803:=512)", ["Ana", "Ivo"]),
        ("(objectGUID=" + "".join(f"\\{byte:02x}" for byte in uuid.UUID(int=2).bytes_le) + ")", ["Ivo"]),
    ],
)
async def test_filters_mean_what_they_mean_in_active_directory(directory, text, found):
    connector, _ = directory(TREE, user(1, "Ana"), user(2, "Ivo"), group(4, "Team", ANA), users={"filter": text})
    assert await names(connector) == found


async def test_an_export_of_chosen_attributes_is_read_without_object_classes(directory):
    connector, _ = directory(
        f"dn: CN=Ana,{STAFF}\nsAMAccountName: ana\n\ndn: CN=PC,{STAFF}\nsAMAccountName: PC$\n\n"
        f"dn: CN=Team,{STAFF}\nsAMAccountName: team\nmember: {ANA}\n\n"
    )
    verdict, (ana,) = await read(connector, "cn", "memberOf", "objectGUID")
    assert verdict.complete
    assert ana.one("cn") == "Ana"
    assert ana.attributes["memberOf"] == (f"CN=Team,{STAFF}",)
    assert ana.one("objectGUID") == ana.key
    assert await names(connector, "groups") == ["Team"]


async def test_a_file_without_guids_keeps_its_keys_when_it_is_changed(directory):
    connector, _ = directory(f"dn: CN=Ana,{STAFF}\nsAMAccountName: ana\n\ndn: CN=Ivo,{STAFF}\nsAMAccountName: ivo\n\n")
    _, (ana, ivo) = await read(connector)
    rename = Effect(key="k", kind=ActionKind.UPDATE, target=ana.key, attributes={"cn": ("Ana Novak",)})
    made = {"sAMAccountName": ("eve",), "cn": ("Eve",), "container": (STAFF,)}
    create = Effect(key="k2", kind=ActionKind.CREATE, attributes=made)
    first, second = await connector.apply("users", [rename, create])
    verdict, records = await read(connector)
    assert verdict.complete
    assert {record.key: record.one("cn") for record in records} == {
        ana.key: "Ana Novak",
        ivo.key: "Ivo",
        second.key: "Eve",
    }
    assert first == Done(ana.key)


@pytest.mark.parametrize(
    ("second", "word", "lines"),
    [(user(2, "ANA"), "name (dn)", "9 and 17"), (user(1, "Ivo"), "objectGUID", "9 and 17")],
)
async def test_two_entries_of_one_identity_make_the_read_incomplete_and_forbid_writing(directory, second, word, lines):
    connector, path = directory(TREE, user(1, "Ana"), second)
    verdict, _ = await read(connector)
    assert verdict.completeness is Completeness.PARTIAL
    assert word in verdict.reason
    assert f"lines {lines}" in verdict.reason
    before = path.read_bytes()
    with pytest.raises(ConnectorError, match="nothing is written"):
        await write(connector, "disable", 1)
    assert path.read_bytes() == before


async def test_a_user_without_guid_among_others_with_makes_the_read_incomplete(directory):
    connector, _ = directory(TREE, user(1, "Ana"), "dn: CN=Ivo,DC=corp,DC=example\nobjectClass: user\n")
    verdict, records = await read(connector)
    assert not verdict.complete
    assert "line 17" in verdict.reason
    assert len(records) == 2


async def test_several_flaws_are_counted(directory):
    connector, _ = directory(TREE, user(1, "Ana"), user(1, "Ana"), user(1, "Ana"))
    verdict, _ = await read(connector)
    assert "and 1 more" in verdict.reason


async def test_a_base_that_is_not_there_fails_the_read(directory):
    connector, _ = directory(TREE, user(1, "Ana"), base="OU=Elsewhere,DC=corp,DC=example")
    verdict, records = await read(connector)
    assert verdict.completeness is Completeness.FAILED
    assert not records
    assert not all(finding.good for finding in await connector.check(frozenset()))


async def test_an_export_of_ldbsearch_writes_its_ids_as_text(directory):
    sid = "S-1-5-21-1-2-3-1104"
    ana = user(1, "Ana", f"objectSid: {sid}\n").replace(f"objectGUID:: {guid64(1)}", f"objectGUID: {guid(1).upper()}")
    connector, _ = directory(
        TREE, ana, "# Referral\nref: ldap:///CN=Configuration,DC=x\n\n# 3 entries\n# 1 referrals\n"
    )
    verdict, (found,) = await read(connector, "objectGUID", "objectSid")
    assert verdict.complete
    assert found.key == guid(1)
    assert found.attributes == {"objectGUID": (guid(1),), "objectSid": (sid,)}
    assert await write(connector, "disable", 1) == Done(guid(1))
    assert await one(connector, 1, "objectGUID", "objectSid") == found


async def test_an_object_guid_that_is_none_makes_the_read_incomplete(directory):
    connector, _ = directory(TREE, user(1, "Ana"), user(2, "Ivo").replace(guid64(2), "AAEC"))
    verdict, _ = await read(connector)
    assert verdict.completeness is Completeness.PARTIAL
    assert "line 17" in verdict.reason


async def test_attributes_that_only_the_file_has_are_in_the_schema(directory):
    connector, _ = directory(
        TREE, user(1, "Ana", "corpBadge: 7\nmail: a@x.example\nmail: b@x.example\ncorpKey:: /wE=\n")
    )
    schema = await connector.schema("users")
    ana = await one(connector, 1, "corpbadge", "mail", "corpKey")
    assert dict(ana.attributes) == {
        "corpbadge": ("7",),
        "mail": ("a@x.example", "b@x.example"),
        "corpKey": ("/wE=",),
    }
    assert schema.attribute("CORPBADGE").name == "corpBadge"
    assert schema.attribute("mail").multi
    assert await write(connector, "update", 1, corpBadge=("8",), corpKey=("AAE=",)) == Done(guid(1))
    assert (await one(connector, 1, "corpKey")).one("corpKey") == "AAE="
    refused = await write(connector, "update", 1, corpKey=("not base64!",))
    assert refused == Refused('attribute "corpkey": binary values are written as base64')


async def test_people_are_found_by_any_attribute(directory):
    connector, _ = directory(TREE, user(1, "Ana", "mail: A@x.example\n"), user(2, "Ivo", f"manager: {ANA}\n"))
    query = Query(objects="users", attributes=("cn",))
    by_mail = await connector.find(query, "MAIL", ["a@X.example", "nobody@x.example", ""])
    by_manager = await connector.find(query, "manager", [f"cn=ana,  {STAFF}"])
    assert [record.one("cn") for record in (*by_mail, *by_manager)] == ["Ana", "Ivo"]
    assert await connector.find(query, "noSuchAttribute", ["x"]) == []
    await write(connector, "update", 2, mail=("ivo@x.example",))
    assert len(await connector.find(query, "mail", ["ivo@x.example"])) == 1


async def test_a_change_by_another_program_is_seen_at_once(directory):
    connector, path = directory(TREE, user(1, "Ana"))
    assert await names(connector) == ["Ana"]
    path.write_text(TREE + user(1, "Ana") + user(2, "Ivo"))
    assert await names(connector) == ["Ana", "Ivo"]


async def test_a_file_that_is_not_there_is_named(tmp_path):
    connector = LdifConnector(LdifConnection(kind="ldif", file="x"), tmp_path / "gone" / "x.ldif")
    with pytest.raises(ConnectionLost, match=r"x\.ldif"):
        await read(connector)
    with pytest.raises(ConnectionLost, match=r"x\.ldif"):
        await write(connector, "delete", 1)
    (finding,) = await connector.check(frozenset(ActionKind))
    assert not finding.good
    assert finding.hint


async def test_a_malformed_file_is_an_error_with_its_line_and_a_finding(directory):
    connector, _ = directory("dn: CN=a\noops\n")
    with pytest.raises(ConfigurationError, match="line 4"):
        await read(connector)
    (finding,) = await connector.check(frozenset())
    assert "line 4" in finding.detail


async def test_a_bad_filter_or_base_is_a_finding(directory):
    connector, _ = directory(TREE, user(1, "Ana"), users={"filter": "(oops"}, groups={"base": "oops"})
    bad = [finding for finding in await connector.check(frozenset()) if not finding.good]
    assert [finding.subject for finding in bad] == ["users", "groups"]
    assert all("column" in finding.detail for finding in bad)


async def test_a_good_directory_has_good_findings(directory):
    connector, path = directory(TREE, user(1, "Ana"))
    findings = await connector.check(frozenset({ActionKind.UPDATE}))
    assert all(finding.good for finding in findings)
    assert [finding.subject for finding in findings] == ["file", "users", "groups", "write"]
    assert connector.address == path.as_uri()


def test_the_cost_is_the_number_of_times_the_file_is_replaced(directory):
    connector, _ = directory(TREE)
    action = Action(
        id="a",
        kind=ActionKind.DELETE,
        situation=Situation.ORPHANED,
        name="x",
        reason="y",
        source_key=None,
        target_key=guid(1),
    )
    assert connector.cost("users", [action] * 1001).calls == {"replace file": 2}
