"""A domain controller that is put back to how it was earlier is noticed: everything is compared, and nothing is missed."""

import json

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.sync_rule import Side
from keepstep.ports import Query
from keepstep.settings import Settings
from keepstep.usecases.watch import watch_once
from keepstep.wiring import opened
from tests.integration.test_events_on_samba import home  # noqa: F401 - a home that watches the domain

pytestmark = [pytest.mark.samba, pytest.mark.slow]

USERS = Query(objects="users", attributes=("cn", "title"), scoped=True)
SIDE = Side("corp", "users")


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("restored")
    yield made
    samba.remove(made)


async def asked(samba, place, cursor):
    connector = AdConnector("corp", samba.connection(users={"base": place}), samba.resolve)
    try:
        return await connector.changes(USERS, cursor)
    finally:
        await connector.close()


def person(samba, place, name):
    dn = f"CN={name},{place}"
    samba.add(dn, "user", sAMAccountName=name, userAccountControl="514")
    return dn


@pytest.mark.parametrize("cookie", [True, False], ids=["DirSync", "sequence numbers"])
async def test_a_controller_that_was_put_back_has_everything_read(samba, place, cookie):
    person(samba, place, f"ana{int(cookie)}")
    samba.run("snapshot", "before")
    person(samba, place, f"ivo{int(cookie)}")
    cursor = json.loads((await asked(samba, place, "")).cursor)
    if not cookie:
        cursor["cookie"] = ""
    text = json.dumps(cursor)
    assert not (await asked(samba, place, text)).whole
    samba.run("reset", "before")
    found = await asked(samba, place, text)
    assert found.whole
    assert "went back in time" in found.reason


async def test_one_that_went_on_counting_after_it_was_put_back_is_noticed_too(samba, place):
    person(samba, place, "una")
    samba.run("snapshot", "counting")
    person(samba, place, "vito")
    cursor = (await asked(samba, place, "")).cursor
    samba.run("reset", "counting")
    for number in range(5):
        person(samba, place, f"other{number}")
    found = await asked(samba, place, cursor)
    assert found.whole
    assert "went back in time" in found.reason


async def test_who_is_gone_by_that_is_told_and_who_came_meanwhile_too(samba, place, home):  # noqa: F811
    person(samba, place, "eva")
    samba.run("snapshot", "earlier")
    person(samba, place, "mia")
    assert await looked(home) == {"eva", "mia"}
    samba.run("reset", "earlier")
    person(samba, place, "noa")
    assert await looked(home) == {"eva", "noa"}
    with opened(Settings(home=home, operator="tests")) as store:
        told = [(str(event.kind), event.name) for event in store.events.since(0)]
    assert ("deleted", "mia") in told
    assert ("created", "noa") in told
    assert len(told) == len(set(told))


async def looked(home):  # noqa: F811
    """Look once, and return who is known to be there by the events so far."""
    with opened(Settings(home=home, operator="tests")) as store:
        connections = store.connections(store.configuration())
        try:
            await watch_once(store.ports(connections), store.events, SIDE, ("cn",))
        finally:
            await connections.close()
        with store.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT attributes FROM watched WHERE gone = 0").all()
    return {json.loads(row.attributes)["cn"][0] for row in rows}
