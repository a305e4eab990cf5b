"""A plain LDAP server keeps the contract of a connector that is only read."""

import secrets

import ldap.dn
import pytest

from keepstep.connectors.ldap.connector import LdapConnector
from keepstep.core.values import NativeKey
from keepstep.testing.contract import checks, checks_of_browsing
from keepstep.testing.subject import HOSTILE_TEXTS, Subject
from tests.lab.plain_ldap import PASSWORD, PEOPLE, plain_ldap

pytestmark = [pytest.mark.samba]

NAMES = ("uid", "title", "description", "cn", "sn")


@pytest.fixture(scope="module")
def server(samba_server, tmp_path_factory):
    with plain_ldap(tmp_path_factory.mktemp("slapd")) as running:
        yield running


@pytest.fixture
async def subject(server):
    mark = secrets.token_hex(4)
    place = server.unit(mark, PEOPLE)
    connector = LdapConnector("plain", server.connection(users={"base": place}), server.resolve)

    def new(tag):
        return {"uid": (f"{tag}-{mark}",), "cn": (f"Contract {tag}",), "sn": ('O\'Neill, "x"',), "title": (f"*){tag}",)}

    async def make(attributes):
        dn = f"uid={ldap.dn.escape_dn_chars(attributes['uid'][0])},{place}"
        server.add(dn, "inetOrgPerson", **attributes)
        return NativeKey(server.key(dn))

    async def view(key):
        found = server.ldap.search_s(place, ldap.SCOPE_SUBTREE, f"(entryUUID={key})")
        return {name: tuple(map(bytes.decode, found[0][1].get(name, ()))) for name in NAMES} if found else None

    yield Subject(
        connector=connector,
        objects="users",
        new=new,
        unique="uid",
        modify="title",
        other="description",
        named="cn",
        unknown=NativeKey("00000000-0000-4000-8000-000000000000"),
        view=view,
        make=make,
        secrets=(PASSWORD,),
    )
    await connector.close()


@pytest.mark.parametrize("check", (*checks(frozenset()), *checks_of_browsing()), ids=lambda check: check.__name__)
async def test_the_server_keeps_the_contract(check, subject):
    await check(subject)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
async def test_a_hostile_value_is_read_as_it_is_and_found_by_it(text, subject, server):
    key = await subject.create("hostile", title=(text,))
    assert (await subject.record(key)).one("title") == text
    assert [found.key for found in await subject.connector.find(subject.query(), "title", [text])] == [key]
