"""A service account with few rights: what it lacks is named, what it was granted works, and nothing more does."""

import pytest

from keepstep.connectors.ad import acl
from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Done, Effect, Refused
from keepstep.core.plan import ActionKind
from keepstep.ports import Query

pytestmark = [pytest.mark.samba]

USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
ALL = frozenset(ActionKind)


@pytest.fixture(scope="module")
def world(samba):
    """An OU with a user and a group, and a service account that may only read."""
    ou = samba.organizational_unit("Managed")
    samba.account("svc", "Service-Password-1")
    user = samba.user("ana", ou)
    group = samba.add(f"CN=team,{ou}", "group", sAMAccountName="team")
    return ou, user, group


def as_service(samba, ou, **overrides) -> AdConnector:
    bind = {"method": "simple", "user": "svc@lab.example", "password": {"secret": "svc"}}
    spec = samba.connection(users={"base": ou}, groups={"base": ou}, bind=bind, **overrides)
    return AdConnector("corp", spec, samba.resolve)


async def run(connector, kind, target=None, objects="users", **attributes):
    values = {name: (value,) for name, value in attributes.items()}
    (outcome,) = await connector.apply(objects, [Effect(key="k", kind=kind, target=target, attributes=values)])
    return outcome


async def bad(connector, wanted=ALL) -> dict[str, str]:
    return {
        finding.subject: f"{finding.detail} | {finding.hint}"
        for finding in await connector.check(wanted)
        if not finding.good
    }


async def test_an_account_with_no_rights_reads_and_is_told_what_it_lacks(samba, world):
    ou, _, _ = world
    connector = as_service(samba, ou)
    missing = await bad(connector)
    assert set(missing) == {"see deletions", "create users", "write users", "reset passwords", "delete users"}
    assert "create user objects" in missing["create users"]
    assert f'dsacls "{ou}" /I:T /G "svc@lab.example:CC;user;"' in missing["create users"]
    assert "write property displayName" in missing["write users"]
    assert "write property userAccountControl" in missing["write users"]
    assert "reset password" in missing["reset passwords"]
    assert "Reset Password" in missing["reset passwords"]
    assert "CN=Deleted Objects" in missing["see deletions"]
    assert set(await bad(connector, frozenset())) == {"see deletions"}
    assert set(await bad(connector, frozenset({ActionKind.DISABLE}))) == {"see deletions", "write users"}
    await connector.close()


async def test_a_refused_write_names_the_right(samba, world):
    ou, _, group = world
    connector = as_service(samba, ou)
    query = Query(objects="users", attributes=("cn",))
    (ana,) = await connector.find(query, "sAMAccountName", ["ana"])
    (team,) = await connector.find(Query(objects="groups", attributes=("cn",)), "sAMAccountName", ["team"])
    for outcome, words in (
        (await run(connector, ActionKind.UPDATE, ana.key, title="x", company="y"), '"title", "company"'),
        (await run(connector, ActionKind.DISABLE, ana.key), "Done"),
        (await run(connector, ActionKind.ENABLE, ana.key), '"userAccountControl"'),
        (await run(connector, ActionKind.CREATE, sAMAccountName="new", cn="new"), '"create user objects"'),
        (await run(connector, ActionKind.DELETE, ana.key), '"delete user objects"'),
        (await run(connector, ActionKind.UPDATE, ana.key, memberOf=group), '"write property member"'),
        (await run(connector, ActionKind.UPDATE, team.key, "groups", member=f"CN=ana,{ou}"), '"member"'),
        (await run(connector, ActionKind.UPDATE, ana.key, cn="other"), "lacks the right"),
        (await run(connector, ActionKind.UPDATE, ana.key, container=f"CN=Users,{samba.base}"), "lacks the right"),
    ):
        assert words in repr(outcome), outcome
        assert isinstance(outcome, Refused) or words == "Done"
    await connector.close()


async def test_each_granted_right_works_and_is_seen(samba, world):
    ou, _, group = world
    sid = samba.sid("svc")
    connector = as_service(samba, ou)
    samba.grant(ou, f"(OA;CI;CC;{USER_CLASS};;{sid})")
    assert "create users" not in await bad(connector)
    outcome = await run(connector, ActionKind.CREATE, sAMAccountName="new", cn="new")
    assert isinstance(outcome, Refused), outcome
    assert "reset password" in outcome.reason or "lacks the right" in outcome.reason
    assert "delete it by hand" in outcome.reason or "removed again" in outcome.reason
    if samba.look(f"CN=new,{ou}") is not None:
        samba.remove(f"CN=new,{ou}")
    samba.grant(ou, f"(OA;CIIO;RPWP;;{USER_CLASS};{sid})")
    assert "write users" not in await bad(connector)
    samba.grant(ou, f"(OA;CIIO;CR;{RESET_PASSWORD};{USER_CLASS};{sid})")
    assert "reset passwords" not in await bad(connector)
    samba.grant(ou, f"(OA;CI;DC;{USER_CLASS};;{sid})")
    assert "delete users" not in await bad(connector)
    samba.grant(group, f"(OA;;RPWP;{MEMBER};;{sid})")
    samba.run("read-deleted", "svc")
    assert await bad(connector) == {}

    made = await run(connector, ActionKind.CREATE, sAMAccountName="new", cn="new", memberOf=group, enabled="true")
    assert isinstance(made, Done), made
    assert await run(connector, ActionKind.UPDATE, made.key, title="x", cn="renamed") == made
    assert await run(connector, ActionKind.DISABLE, made.key) == made
    assert await run(connector, ActionKind.DELETE, made.key) == made
    await connector.close()


async def test_what_was_not_granted_stays_refused(samba, world):
    ou, _, _ = world
    other = samba.organizational_unit("Elsewhere")
    samba.user("outsider", other)
    connector = as_service(samba, ou)
    (outsider,) = await connector.find(Query(objects="users", attributes=("cn",)), "sAMAccountName", ["outsider"])
    for outcome in (
        await run(connector, ActionKind.UPDATE, outsider.key, title="x"),
        await run(connector, ActionKind.DELETE, outsider.key),
        await run(connector, ActionKind.CREATE, sAMAccountName="n2", cn="n2", container=other),
        await run(connector, ActionKind.CREATE, None, "groups", sAMAccountName="g2", cn="g2"),
    ):
        assert isinstance(outcome, Refused), outcome
    await connector.close()


@pytest.mark.parametrize("below", [False, True], ids=["the base", "an OU below the base"])
async def test_what_may_not_be_listed_makes_a_read_partial_and_never_short(samba, world, below):
    top = samba.organizational_unit(f"Hidden {below}")
    hidden = samba.organizational_unit("Inner", top) if below else top
    samba.user(f"unseen{below}", hidden)
    samba.grant(hidden, f"(D;CI;LC;;;{samba.sid('svc')})")
    connector = as_service(samba, top)
    records = []
    verdict = await connector.read(Query(objects="users", attributes=("cn",)), records.extend)
    assert records == []
    assert not verdict.complete
    assert "may not list" in verdict.reason
    assert "LCRP" in (await bad(connector, frozenset()))["read users"]
    await connector.close()
    full = AdConnector("corp", samba.connection(users={"base": top}), samba.resolve)
    assert (await full.read(Query(objects="users", attributes=("cn",)), records.extend)).complete
    assert len(records) == 1
    await full.close()


async def test_an_ou_that_is_empty_is_read_as_complete(samba, world):
    empty = samba.organizational_unit("Empty")
    connector = as_service(samba, empty)
    assert (await connector.read(Query(objects="users", attributes=("cn",)), lambda _: None)).complete
    await connector.close()


@pytest.mark.parametrize("cut", [0, 1, 19, 24, 40])
def test_a_broken_descriptor_grants_nothing(cut):
    whole = bytes.fromhex("0100048000000000000000000000000014000000") + bytes.fromhex(
        "02001c000100000000001400ff010f00010100000000000100000000"
    )
    assert acl.holds(whole, acl.EVERYBODY, acl.DELETE)
    assert not acl.holds(whole[:cut], acl.EVERYBODY, acl.DELETE)
    assert not acl.holds(whole, {"S-1-5-21-1-2-3-4"}, acl.DELETE)
