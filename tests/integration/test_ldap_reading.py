"""A plain OpenLDAP server is read as it describes itself, and a read that was not whole never passes for one."""

import io
import json
import ssl
from base64 import b64encode
from pathlib import Path

import pytest

from keepstep.connectors.ldap.connector import LdapConnector
from keepstep.connectors.registry import Premises, build_connector
from keepstep.core.connection import LdapConnection
from keepstep.core.plan import ActionKind
from keepstep.core.schema import Case, Syntax
from keepstep.core.secret import Secret
from keepstep.core.values import Completeness, NativeKey
from keepstep.errors import ConfigurationError, ConnectorError, CredentialsRefused, TlsRefused
from keepstep.ports import Query
from keepstep.telemetry.correlation import correlated
from keepstep.telemetry.log import Style, logging_to
from tests.lab.plain_ldap import BASE, GROUPS, PASSWORD, PEOPLE, READER, plain_ldap

pytestmark = [pytest.mark.samba]


def certificate(server):
    return ssl.PEM_cert_to_DER_cert(Path(server.cert).read_text())


@pytest.fixture(scope="module")
def server(samba_server, tmp_path_factory):
    general = "sizelimit unlimited"
    with plain_ldap(tmp_path_factory.mktemp("slapd"), general=general) as running:
        ana = running.person(
            "ana",
            cn=["Ana Kovač", "Ana"],
            sn="Kovač",
            title="Voditeljica",
            mail="Ana@plain.example",
            telephoneNumber="+385 1 234",
            manager=f"uid=Ivo , {PEOPLE}",
        )
        running.ldap.modify_s(
            ana, [(0, "userCertificate;binary", [certificate(running)]), (0, "jpegPhoto", [b"\xff\xd8\xff"])]
        )
        running.person("ivo", description="second", employeeNumber="0042")
        running.group("readers", ana, f"uid=ivo,{PEOPLE}")
        yield running


@pytest.fixture
async def connect(server):
    made = []

    def make(**overrides):
        spec = {"users": {"base": PEOPLE}, "groups": {"base": GROUPS}, **overrides}
        made.append(LdapConnector("plain", server.connection(**spec), server.resolve))
        return made[-1]

    yield make
    for connector in made:
        await connector.close()


async def read(connector, *names, objects="users"):
    records = []
    verdict = await connector.read(Query(objects=objects, attributes=names), records.extend)
    return verdict, records


async def test_people_are_read_with_their_values_as_text(connect, server):
    names = (
        "uid",
        "cn",
        "mail",
        "manager",
        "memberOf",
        "container",
        "distinguishedName",
        "jpegPhoto",
        "createTimestamp",
    )
    verdict, records = await read(connect(), *names, "userCertificate", "employeeNumber", "entryUUID")
    assert (verdict.completeness, verdict.records) == (Completeness.COMPLETE, 2)
    ana = next(record for record in records if record.one("uid") == "ana")
    assert ana.key == server.key(f"uid=ana,{PEOPLE}") == ana.one("entryUUID")
    assert sorted(ana.attributes["cn"]) == ["Ana", "Ana Kovač"]
    assert ana.one("mail") == "Ana@plain.example"
    assert ana.one("manager") == f"uid=Ivo,{PEOPLE}"
    assert ana.one("memberOf") == f"cn=readers,{GROUPS}"
    assert ana.one("container") == PEOPLE
    assert ana.one("distinguishedName") == f"uid=ana,{PEOPLE}"
    assert ana.one("jpegPhoto") == "/9j/"
    assert ana.one("userCertificate") == b64encode(certificate(server)).decode()
    assert ana.one("createTimestamp").endswith("Z")
    assert "-" in ana.one("createTimestamp")
    assert "employeeNumber" not in ana.attributes
    assert next(record for record in records if record.one("uid") == "ivo").one("employeeNumber") == "0042"


async def test_groups_are_read_with_their_members(connect):
    verdict, records = await read(connect(), "cn", "member", objects="groups")
    assert verdict.complete
    assert [(record.one("cn"), len(record.attributes["member"])) for record in records] == [("readers", 2)]


async def test_the_schema_is_what_the_server_says(connect):
    schema = await connect().schema("users")
    kinds = {name: schema.attribute(name) for name in ("MAIL", "uid", "employeeType", "manager", "createTimestamp")}
    assert (kinds["MAIL"].name, kinds["MAIL"].case, kinds["MAIL"].multi) == ("mail", Case.IGNORE, True)
    assert (kinds["manager"].syntax, kinds["createTimestamp"].syntax) == (Syntax.DN, Syntax.TIME)
    assert not kinds["createTimestamp"].multi
    assert schema.attribute("homeDirectory").case is Case.EXACT, "posixAccount, which may stand beside any class"
    assert schema.attribute("uidNumber").syntax is Syntax.INTEGER
    assert schema.attribute("jpegPhoto").syntax is Syntax.BINARY
    assert schema.attribute("entryUUID").unique
    assert not any(kind.writable for kind in schema.attributes.values())
    for name in ("userPassword", "olcSuffix", "nisMapName", "enabled", "no-such"):
        assert schema.attribute(name) is None, name


async def test_who_holds_a_value_is_found_by_the_rule_of_the_attribute(connect, server):
    connector, query = connect(users={"base": GROUPS}), Query(objects="users", attributes=("uid",))
    for name, value in (
        ("mail", "ANA@PLAIN.EXAMPLE"),
        ("telephoneNumber", "+3851234"),
        ("distinguishedName", f"UID=ana, {PEOPLE}"),
        ("memberOf", f"cn=readers,{GROUPS}"),
        ("jpegPhoto", "/9j/"),
    ):
        if name == "jpegPhoto":
            with pytest.raises(ConnectorError, match="cannot be searched"):
                await connector.find(query, name, [value])
            continue
        found = await connector.find(query, name, [value])
        assert "ana" in [record.one("uid") for record in found], name
    assert await connector.find(query, "distinguishedName", ["not a name", "uid=ana,dc=other"]) == []
    with pytest.raises(ConnectorError, match="cannot be searched"):
        await connector.find(query, "container", [PEOPLE])


async def test_who_is_outside_the_scope_is_fetched_unless_it_counts(connect, server):
    connector = connect(users={"base": PEOPLE, "filter": "(title=*)"})
    key = NativeKey(server.key(f"uid=ivo,{PEOPLE}"))
    assert set(await connector.fetch(Query(objects="users", attributes=("uid",)), [key])) == {key}
    assert await connector.fetch(Query(objects="users", attributes=("uid",), scoped=True), [key]) == {}
    group = NativeKey(server.key(f"cn=readers,{GROUPS}"))
    assert await connector.fetch(Query(objects="users", attributes=("uid",)), [group, NativeKey("none")]) == {}


async def test_nothing_found_is_no_proof_of_absence_unless_there_is_nothing(connect, server):
    verdict, _ = await read(connect(users={"base": PEOPLE, "filter": "(uid=nobody)"}), "uid")
    assert verdict.completeness is Completeness.PARTIAL
    assert "does not tell" in verdict.reason
    empty = server.unit("Empty")
    verdict, _ = await read(connect(users={"base": empty}), "uid")
    assert verdict.completeness is Completeness.COMPLETE


async def test_a_base_that_is_not_there_is_an_error(connect):
    with pytest.raises(ConnectorError, match="not there"):
        await read(connect(users={"base": f"ou=Nowhere,{BASE}"}), "uid")


async def test_a_part_that_another_server_holds_makes_the_read_partial(connect, server):
    place = server.unit("Referring")
    server.person("near", place)
    server.add(
        f"ou=Far,{place}", "referral", "extensibleObject", ou="Far", ref="ldap://192.0.2.1/ou=Far,dc=other,dc=example"
    )
    connector = connect(users={"base": place})
    verdict, records = await read(connector, "uid")
    assert verdict.completeness is Completeness.PARTIAL
    assert "other servers" in verdict.reason
    assert [record.one("uid") for record in records] == ["near"]
    changes = await connector.changes(Query(objects="users", attributes=("uid",), scoped=True), "")
    assert (changes.whole, changes.cursor) == (True, "")


@pytest.mark.parametrize(
    ("general", "complete"),
    [
        ("sizelimit size.soft=100 size.hard=100 size.pr=1000 size.prtotal=unlimited", True),
        ("sizelimit size.soft=100 size.hard=100 size.pr=1000 size.prtotal=150", False),
        ("sizelimit 100", False),
        ("sizelimit size.soft=100 size.hard=100 size.prtotal=disabled", False),
        ("sizelimit unlimited", True),
    ],
)
async def test_a_size_limit_makes_a_read_partial_never_short(samba_server, tmp_path, general, complete):
    text = "".join(
        f"dn: uid=p{n},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: p{n}\nsn: p{n}\n\n" for n in range(1_500)
    )
    with plain_ldap(tmp_path / "slapd", general=general) as server:
        server.load(text)
        connector = LdapConnector("plain", server.connection(), server.resolve)
        try:
            verdict, records = await read(connector, "uid")
            findings = {finding.subject: finding for finding in await connector.check(frozenset())}
        except ConnectorError as exc:
            assert not complete, exc
            return
        finally:
            await connector.close()
    assert verdict.complete is complete, verdict.reason
    assert (len(records) == 1_500) is complete
    assert complete or "limit" in verdict.reason
    assert "or more" in findings["read users"].detail or not findings["read users"].good


@pytest.mark.parametrize(
    ("rights", "subject"),
    [
        ("access to attrs=entryUUID by * none", "read users"),
        ("access to attrs=modifyTimestamp by * none", "notice changes"),
    ],
)
async def test_what_the_account_may_not_read_is_found_by_the_check(samba_server, tmp_path, rights, subject):
    with plain_ldap(tmp_path / "slapd", rights=rights) as server:
        server.person("ana")
        connector = LdapConnector("plain", server.connection(), server.resolve)
        findings = {finding.subject: finding for finding in await connector.check(frozenset())}
        verdict, _ = await read(connector, "uid")
        changes = await connector.changes(Query(objects="users", attributes=("uid",), scoped=True), "")
        await connector.close()
    assert not findings[subject].good
    assert rights.split("attrs=")[1].split()[0] in findings[subject].hint
    assert verdict.complete is (subject != "read users")
    assert (changes.whole, changes.cursor) == (True, ""), "everything is read again and again, rather than with gaps"


async def test_the_check_says_what_works(connect):
    findings = await connect().check(frozenset())
    assert [(finding.subject, finding.good) for finding in findings] == [
        (subject, True)
        for subject in ("reach", "TLS", "bind", "schema", "pages", "read users", "read groups", "notice changes")
    ]
    assert "contextCSN" in findings[-1].detail
    wanted = await connect().check(frozenset(ActionKind))
    assert (wanted[-1].subject, wanted[-1].good) == ("write", False)


async def test_the_check_names_a_class_that_the_server_does_not_know(connect):
    findings = await connect(users={"base": PEOPLE, "classes": ["persson"]}).check(frozenset())
    (found,) = [finding for finding in findings if finding.subject == "read users"]
    assert "persson" in found.detail
    assert found.hint == "correct `users.classes`"


async def test_classes_say_who_is_a_user(connect, server):
    server.add(
        f"uid=daemon,{PEOPLE}",
        "account",
        "posixAccount",
        uid="daemon",
        cn="daemon",
        uidNumber="2",
        gidNumber="2",
        homeDirectory="/",
    )
    connector = connect(users={"base": PEOPLE, "classes": ["posixAccount"]})
    _, records = await read(connector, "uid", "uidNumber")
    assert [record.attributes for record in records] == [{"uid": ("daemon",), "uidNumber": ("2",)}]


@pytest.mark.parametrize(
    ("overrides", "password", "error"),
    [
        ({}, "wrong", CredentialsRefused),
        ({"ca_file": ""}, PASSWORD, TlsRefused),
        ({"url": "ldap://127.0.0.1:1"}, PASSWORD, ConfigurationError),
        ({"base": "dc=nobody,dc=example"}, PASSWORD, ConnectorError),
    ],
)
async def test_what_stands_in_the_way_is_an_error_and_a_finding(server, overrides, password, error):
    connector = LdapConnector("plain", server.connection(**overrides), lambda _: Secret(password))
    with pytest.raises(error):
        await read(connector, "uid")
    findings = await connector.check(frozenset())
    await connector.close()
    assert not all(finding.good for finding in findings)
    assert password not in repr(findings)


async def test_start_tls_and_an_unprotected_connection_that_was_asked_for_work(server):
    for switch in ("start_tls", "allow_plain"):
        spec = server.connection(url=f"ldap://127.0.0.1:{server.port}", users={"base": PEOPLE}, **{switch: True})
        connector = LdapConnector("plain", spec, server.resolve)
        verdict, _ = await read(connector, "uid")
        await connector.close()
        assert verdict.complete


async def test_a_connection_that_broke_is_opened_again(connect, server):
    connector = connect()
    await read(connector, "uid")
    with server.stopped():
        pass
    verdict, _ = await read(connector, "uid")
    assert verdict.complete


async def test_a_named_search_is_a_side_of_its_own(server, tmp_path):
    spec = server.connection(
        ca_file=server.cert, searches={"numbered": {"base": PEOPLE, "filter": "(employeeNumber=*)"}}
    )
    premises = Premises(folder=tmp_path, resolve=server.resolve, tokens=None, handover=None)
    connector = build_connector("plain", spec, premises)
    verdict, records = await read(connector, "uid", objects="numbered")
    findings = await connector.check(frozenset())
    changes = await connector.changes(Query(objects="numbered", attributes=("uid",), scoped=True), "")
    await connector.close()
    assert verdict.complete
    assert [record.one("uid") for record in records] == ["ivo"]
    assert "read numbered" in [finding.subject for finding in findings]
    assert changes.whole


def test_a_filter_that_is_none_is_refused():
    spec = LdapConnection.model_validate(
        {
            "kind": "ldap",
            "url": "ldaps://ldap.plain.example",
            "bind": {"method": "simple", "user": READER, "password": {"secret": "x"}},
            "base": BASE,
            "users": {"filter": "(uid="},
        }
    )
    with pytest.raises(ConfigurationError, match="not an LDAP filter"):
        LdapConnector("plain", spec, lambda _: Secret("x"))


async def test_who_is_switched_off_is_said_by_a_filter(connect, server):
    for name, kind in (("una", "left"), ("vito", "here")):
        server.person(name, employeeType=kind)
    connector = connect(users={"base": PEOPLE, "disabled": "(|(employeeType=LEFT)(loginShell=/bin/false))"})
    kind = (await connector.schema("users")).attribute("enabled")
    assert (kind.syntax, kind.writable) == (Syntax.BOOLEAN, False)
    _, records = await read(connector, "uid", "Enabled")
    told = {record.one("uid"): record.one("Enabled") for record in records}
    assert (told["una"], told["vito"], told["ana"]) == ("false", "true", "true")
    with pytest.raises(ConnectorError, match="cannot be searched"):
        await connector.find(Query(objects="users", attributes=("uid",)), "enabled", ["false"])
    assert (await connector.schema("groups")).attribute("enabled") is None


async def test_a_filter_for_the_switched_off_that_nobody_can_answer_is_an_error(connect):
    connector = connect(users={"base": PEOPLE, "disabled": "(nsAccountLock=true)"})
    with pytest.raises(ConfigurationError, match='disabled names "nsAccountLock"'):
        await read(connector, "uid")
    assert "nsAccountLock" in (await connector.check(frozenset()))[-1].detail


async def test_each_operation_is_told_with_its_result_and_what_it_is_part_of(connect):
    stream = io.StringIO()
    with logging_to(stream, Style.JSON), correlated("ticket-4711"):
        records = []
        await connect().read(Query(objects="users", attributes=("cn", "sn")), records.extend)
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    calls = [one for one in told if one["event"] == "call"]
    assert calls[0]["call"] == "bind"
    assert {(one["connection"], one["call"], one["result"]) for one in calls[1:]} == {("plain", "search", 0)}
    assert {one["correlation"] for one in calls} == {"ticket-4711"}
    assert "Kova" not in stream.getvalue()
    assert PASSWORD not in stream.getvalue()
