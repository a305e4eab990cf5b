"""Changes of an LDIF directory keep it true to itself, and bad ones change nothing."""

import base64
import uuid
from functools import partial

import pytest

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.core.connection import LdifConnection
from keepstep.core.effect import Absent, Conflict, Done, Effect, Refused
from keepstep.core.plan import ActionKind
from tests.integration.corp_ldif import ANA, IVO, STAFF, TREE, build, group, guid, one, user, write


@pytest.fixture
def directory(tmp_path):
    """Return what builds a connector over a file with given entries, and the file."""
    return partial(build, tmp_path)


async def test_protected_objects_and_places_are_never_touched(directory):
    sid = base64.b64encode(bytes.fromhex("010500000000000515000000010000000200000003000000f4010000")).decode()
    connector, path = directory(
        TREE,
        user(1, "Administrator", f"objectSid:: {sid}\n"),
        user(2, "Boss", "adminCount: 1\n"),
        user(3, "Ana"),
        user(4, "Ivo", place="DC=corp,DC=example"),
        group(5, "Admins", extra="isCriticalSystemObject: TRUE\n"),
        protected=[STAFF],
    )
    before = path.read_bytes()
    for number in (1, 2, 3):
        for kind in ("update", "disable", "delete"):
            assert "protected" in (await write(connector, kind, number)).reason
    made = await write(connector, "create", sAMAccountName=("x",), cn=("x",), container=(STAFF,))
    joined = await write(connector, "update", 4, memberOf=(f"CN=Admins,{STAFF}",))
    assert "protected" in made.reason
    assert "protected" in joined.reason
    assert path.read_bytes() == before


async def test_nobody_joins_a_group_that_is_within_a_protected_one(directory):
    inner, outer = f"CN=Inner,{STAFF}", f"CN=Outer,{STAFF}"
    connector, path = directory(
        TREE,
        user(1, "Ana"),
        group(5, "Admins", outer, extra="adminCount: 1\n"),
        group(6, "Outer", inner),
        group(7, "Inner", outer),
    )
    before = path.read_bytes()
    joined = await write(connector, "update", 1, memberOf=(inner,))
    assert "a group that is protected" in joined.reason
    effect = Effect(key="k", kind=ActionKind.UPDATE, target=guid(7), attributes={"member": (ANA,)})
    (outcome,) = await connector.apply("groups", [effect])
    assert "the members of the group may not be changed" in outcome.reason
    assert path.read_bytes() == before


async def test_a_rename_is_followed_by_every_link_and_by_what_is_inside(directory):
    connector, _ = directory(
        TREE,
        user(1, "Ana", f"distinguishedName: {ANA}\nname: Ana\n"),
        user(2, "Ivo", f"manager: {ANA}\n"),
        user(3, "Phone", place=ANA),
        group(4, "Team", ANA, IVO),
    )
    assert await write(connector, "update", 1, cn=("Novak, Ana",), container=("DC=corp,DC=example",)) == Done(guid(1))
    name = "CN=Novak\\, Ana,DC=corp,DC=example"
    assert (await one(connector, 1, "name", "distinguishedName")).attributes == {
        "name": ("Novak, Ana",),
        "distinguishedName": (name,),
    }
    assert (await one(connector, 2, "manager")).one("manager") == name
    assert (await one(connector, 3, "container")).one("container") == name
    assert set((await one(connector, 4, "member", objects="groups")).attributes["member"]) == {IVO, name}


async def test_a_rename_by_letter_case_alone_is_done(directory):
    connector, _ = directory(TREE, user(1, "ana"), group(4, "Team", f"CN=ana,{STAFF}"))
    assert await write(connector, "update", 1, cn=("Ana",)) == Done(guid(1))
    assert (await one(connector, 1, "cn", "memberOf")).attributes == {
        "cn": ("Ana",),
        "memberOf": (f"CN=Team,{STAFF}",),
    }


@pytest.mark.parametrize(
    ("attributes", "kind", "word"),
    [
        ({"cn": ("Ivo",)}, Conflict, "name"),
        ({"container": (ANA,)}, Refused, "container"),
        ({"container": (f"OU=Inside,{ANA}",)}, Refused, "container"),
        ({"container": (f"CN=Phone,{ANA}",)}, Refused, "container"),
        ({"container": ()}, Refused, "cannot be empty"),
        ({"cn": ("",)}, Refused, "cannot be empty"),
        ({"enabled": ()}, Refused, "cannot be empty"),
        ({"manager": (f"CN=Nobody,{STAFF}",)}, Refused, "manager"),
        ({"manager": ("Ivo",)}, Refused, "manager"),
        ({"memberOf": (IVO,)}, Refused, "memberOf"),
        ({"accountExpires": ("soon",)}, Refused, "accountexpires"),
        ({"userPrincipalName": ("IVO@corp.example",)}, Conflict, "userPrincipalName"),
        ({"lockedOut": ("true",)}, Refused, "lockedOut"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(directory, attributes, kind, word):
    connector, path = directory(
        TREE, user(1, "Ana"), user(2, "Ivo", "userPrincipalName: ivo@corp.example\n"), user(3, "Phone", place=ANA)
    )
    before = path.read_bytes()
    outcome = await write(connector, "update", 1, displayName=("half done",), **attributes)
    assert isinstance(outcome, kind)
    assert word in outcome.reason
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("attributes", "kind", "word"),
    [
        ({"cn": ("Ana",), "sAMAccountName": ("new",)}, Conflict, "name"),
        ({"cn": ("New",), "sAMAccountName": ("USER1",)}, Conflict, "sAMAccountName"),
        ({"cn": ("New",)}, Refused, "sAMAccountName"),
        ({"cn": ("New",), "sAMAccountName": ("new",), "container": ("OU=No,DC=x",)}, Refused, "container"),
        ({"cn": ("New",), "sAMAccountName": ("new",), "objectGUID": (guid(9),)}, Refused, "objectGUID"),
    ],
)
async def test_an_account_that_cannot_be_made_leaves_nothing_behind(directory, attributes, kind, word):
    connector, path = directory(TREE, user(1, "Ana"), base=STAFF)
    before = path.read_bytes()
    outcome = await write(connector, "create", **attributes)
    assert isinstance(outcome, kind)
    assert word in outcome.reason
    assert path.read_bytes() == before


async def test_a_new_account_needs_a_container(directory):
    connector, _ = directory(TREE, user(1, "Ana"))
    outcome = await write(connector, "create", sAMAccountName=("new",))
    assert "no container is named" in outcome.reason


async def test_a_new_account_is_named_by_what_it_is_shown_by_and_gets_an_injected_guid(directory):
    connector, path = directory(TREE, base=STAFF)
    connector = LdifConnector(
        LdifConnection(kind="ldif", file="x", base=STAFF), path, new_guid=lambda: uuid.UUID(int=77)
    )
    made = await write(connector, "create", sAMAccountName=("new",), displayName=("New, One",), enabled=("false",))
    assert made == Done(guid(77))
    assert (await one(connector, 77, "cn", "enabled", "objectClass", "userAccountControl")).attributes == {
        "cn": ("New, One",),
        "enabled": ("false",),
        "objectClass": ("top", "person", "organizationalPerson", "user"),
        "userAccountControl": ("514",),
    }


async def test_groups_are_made_changed_and_deleted_too(directory):
    connector, _ = directory(TREE, user(1, "Ana"), base=STAFF)
    made = await write(connector, "create", objects="groups", sAMAccountName=("team",), cn=("Team",), member=(ANA,))
    assert isinstance(made, Done)
    assert (await one(connector, 1, "memberOf")).attributes["memberOf"] == (f"CN=Team,{STAFF}",)
    team = Effect(key="k", kind=ActionKind.DISABLE, target=made.key)
    assert isinstance((await connector.apply("groups", [team]))[0], Refused)
    assert await connector.apply("users", [Effect(key="k", kind=ActionKind.DELETE, target=made.key)]) == [Absent()]
    assert await connector.apply("groups", [Effect(key="k", kind=ActionKind.DELETE, target=made.key)]) == [
        Done(made.key)
    ]
    assert "memberOf" not in (await one(connector, 1, "memberOf")).attributes


async def test_a_deleted_user_leaves_every_group_and_every_link(directory):
    connector, path = directory(TREE, user(1, "Ana"), user(2, "Ivo", f"manager: {ANA}\n"), group(4, "Team", ANA, IVO))
    assert await write(connector, "delete", 1) == Done(guid(1))
    assert "CN=Ana" not in path.read_text()
    assert (await one(connector, 4, "member", objects="groups")).attributes["member"] == (IVO,)


async def test_an_object_with_others_inside_is_not_deleted(directory):
    connector, _ = directory(TREE, user(1, "Ana"), user(3, "Phone", place=ANA))
    assert "inside" in (await write(connector, "delete", 1)).reason
    assert await write(connector, "delete", 3) == Done(guid(3))
    assert await write(connector, "delete", 1) == Done(guid(1))


async def test_memberships_of_groups_that_were_not_exported_are_kept_and_can_be_left(directory):
    outside = "CN=Elsewhere,DC=corp,DC=example"
    inside = f"CN=Team,{STAFF}"
    connector, path = directory(
        TREE, user(1, "Ana", f"memberOf: {inside}\nmemberOf: {outside}\n"), group(4, "Team", ANA), group(5, "More")
    )
    assert (await one(connector, 1, "memberOf")).attributes["memberOf"] == (inside, outside)
    assert await write(connector, "update", 1, memberOf=(outside, f"CN=More,{STAFF}")) == Done(guid(1))
    assert (await one(connector, 1, "memberOf")).attributes["memberOf"] == (f"CN=More,{STAFF}", outside)
    assert await write(connector, "update", 1, memberOf=()) == Done(guid(1))
    assert "Elsewhere" not in path.read_text()


async def test_unlocking_clears_the_lockout(directory):
    connector, _ = directory(TREE, user(1, "Ana", "lockoutTime: 133801632000000000\n"))
    assert (await one(connector, 1, "lockedOut")).one("lockedOut") == "true"
    assert await write(connector, "update", 1, lockedOut=("false",)) == Done(guid(1))
    assert (await one(connector, 1, "lockedOut")).one("lockedOut") == "false"
