"""The live schema says what may be written, how long it may be and why not; photos come back byte for byte."""

import os
from base64 import b64encode

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Done, Effect, Refused
from keepstep.core.plan import ActionKind
from keepstep.core.schema import ReadOnly
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]


@pytest.fixture
async def connector(samba):
    unit = samba.organizational_unit("Photos")
    made = AdConnector("corp", samba.connection(users={"base": unit}), samba.resolve)
    yield made
    await made.close()
    samba.remove(unit)


async def test_the_directory_says_why_an_attribute_cannot_be_written(connector):
    users, groups = await connector.schema("users"), await connector.schema("groups")
    told = {
        "objectGUID": ReadOnly.SYSTEM,
        "whenCreated": ReadOnly.SYSTEM,
        "objectSid": ReadOnly.SYSTEM,
        "tokenGroups": ReadOnly.CONSTRUCTED,
        "canonicalName": ReadOnly.CONSTRUCTED,
        "directReports": ReadOnly.BACK_LINK,
        "managedObjects": ReadOnly.BACK_LINK,
        "unicodePwd": ReadOnly.PASSWORD,
        "protected": ReadOnly.CONSTRUCTED,
    }
    assert {name: users.attribute(name).read_only for name in told} == told
    assert not any(users.attribute(name).writable for name in told)
    assert groups.attribute("memberOf").read_only is ReadOnly.BACK_LINK
    for name in ("memberOf", "department", "manager", "thumbnailPhoto", "enabled", "container", "cn"):
        assert users.attribute(name).writable, name
        assert users.attribute(name).read_only is None, name


async def test_the_directory_says_how_long_a_value_may_be(samba, connector):
    users = await connector.schema("users")
    with samba.admin() as connection:
        schema = f"CN=Schema,CN=Configuration,{samba.base}"
        rows = connection.search_s(schema, 1, "(objectClass=attributeSchema)", ["lDAPDisplayName", "rangeUpper"])
    held = {row["lDAPDisplayName"][0].decode(): int(row.get("rangeUpper", [b"0"])[0]) for _, row in rows}
    for name in ("department", "title", "thumbnailPhoto", "streetAddress", "employeeID", "cn"):
        assert users.attribute(name).max_length == held[name], name
    assert users.attribute("sAMAccountName").max_length == 20, "the account manager is stricter than the schema"


async def test_a_photo_comes_back_byte_for_byte(samba, connector):
    photos = {"thumbnailPhoto": os.urandom(100_000), "jpegPhoto": bytes(range(256)) * 40}
    texts = {name: (b64encode(photo).decode(),) for name, photo in photos.items()}
    wanted = {"sAMAccountName": ("photo",), "enabled": ("true",), **texts}
    (made,) = await connector.apply("users", [Effect(key="k", kind=ActionKind.CREATE, attributes=wanted)])
    assert isinstance(made, Done), made
    query = Query(objects="users", attributes=tuple(photos))
    assert (await connector.fetch(query, [made.key]))[made.key].attributes == texts
    held = samba.look(f"<GUID={made.key}>", *photos)
    assert {name: values[0] for name, values in held.items()} == photos


async def test_a_photo_that_is_too_large_or_no_base64_is_refused_before_it_is_sent(connector):
    for text, reason in (
        (b64encode(bytes(102_401)).decode(), '"thumbnailPhoto" has 102401 bytes, the schema allows 102400'),
        ("not base64!", '"thumbnailPhoto": binary values are written as base64'),
    ):
        wanted = {"sAMAccountName": ("large",), "thumbnailPhoto": (text,)}
        effect = Effect(key="k", kind=ActionKind.CREATE, attributes=wanted)
        (outcome,) = await connector.apply("users", [effect])
        assert isinstance(outcome, Refused)
        assert reason in outcome.reason
    assert await connector.find(Query(objects="users", attributes=("cn",)), "sAMAccountName", ["large"]) == []
