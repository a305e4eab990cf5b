"""Who may call, and with what (reference sections 1.2 to 1.4, section 11 line 1)."""

import base64

import pytest

from keepstep.emulator import Credentials, ManualClock
from tests.emulator.door import PERSONS, UPSERT, Door, opened, v3


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def session_token(door: Door, **body: object) -> str:
    login = {"username": "keepstep", "password": "demo-password", **body}
    answer = await door.call("POST", "/auth/1/session", login, authorization="")
    assert answer.status == 200
    return answer.body["token"]


async def access_token(door: Door) -> dict[str, object]:
    form = {"client_id": "keepstep", "client_secret": "demo-password", "grant_type": "client_credentials"}
    answer = await door.call("POST", "/auth/1/oauth2/token", form=form, authorization="")
    assert answer.status == 200
    return answer.body


async def test_each_of_the_four_schemes_opens_the_door(door: Door):
    token = (await access_token(door))["access_token"]
    session = await session_token(door)
    for header in ("App demo-key", basic("keepstep", "demo-password"), f"Bearer {token}", f"IBSSO {session}"):
        assert (await door.call("GET", PERSONS, authorization=header)).status == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "App wrong",
        "app demo-key",
        "Basic !!!",
        "Basic " + "=" * 7,
        "Bearer x",
        "IBSSO x",
        "Nonsense",
        "App",
        basic("keepstep", "wrong"),
        basic("nobody", "demo-password"),
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
    ],
)
async def test_wrong_credentials_are_401_in_the_legacy_shape(door: Door, header: str):
    answer = await door.call("GET", PERSONS, authorization=header)
    assert (answer.status, answer.message_id) == (401, "UNAUTHORIZED")


async def test_a_read_only_key_reads_and_cannot_write(door: Door):
    reader = "App demo-read-only-key"
    assert (await door.call("GET", PERSONS, authorization=reader)).status == 200
    answer = await door.call("POST", PERSONS, {"externalId": "e1"}, authorization=reader)
    assert (answer.status, answer.message_id) == (403, "FORBIDDEN")
    refused = await door.call("PUT", UPSERT, {"persons": [v3(externalId="e1")]}, authorization=reader)
    assert (refused.status, refused.message_id) == (403, "FORBIDDEN")
    assert door.emulator.count == 0


async def test_a_read_only_key_may_upsert_when_the_rule_says_so():
    async with opened("upsert_scope=read") as door:
        answer = await door.call(
            "PUT", UPSERT, {"persons": [v3(externalId="e1")]}, authorization="App demo-read-only-key"
        )
        assert answer.status == 207


async def test_own_credentials_take_the_place_of_the_demo_ones():
    async with opened(credentials=Credentials(username="ann", password="pw", api_key="k1")) as door:
        assert (await door.call("GET", PERSONS, authorization="App k1")).status == 200
        assert (await door.call("GET", PERSONS, authorization=basic("ann", "pw"))).status == 200
        assert (await door.call("GET", PERSONS, authorization="App demo-key")).status == 401


async def test_an_access_token_ends_when_its_lifetime_is_over():
    clock = ManualClock()
    async with opened("expires_in=90", clock=clock) as door:
        token = await access_token(door)
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 90)
        clock.advance(89)
        assert (await door.call("GET", PERSONS, authorization=f"Bearer {token['access_token']}")).status == 200
        clock.advance(2)
        assert (await door.call("GET", PERSONS, authorization=f"Bearer {token['access_token']}")).status == 401


async def test_token_parameters_are_taken_from_the_query_too(door: Door):
    query = {"client_id": "keepstep", "client_secret": "demo-password", "grant_type": "client_credentials"}
    assert (await door.call("POST", "/auth/1/oauth2/token", query=query, authorization="")).status == 200


@pytest.mark.parametrize("change", [{"client_secret": "no"}, {"grant_type": "password"}, {"client_id": ""}])
async def test_a_wrong_token_request_is_400(door: Door, change: dict[str, str]):
    form = {"client_id": "keepstep", "client_secret": "demo-password", "grant_type": "client_credentials", **change}
    answer = await door.call("POST", "/auth/1/oauth2/token", form=form, authorization="")
    assert (answer.status, answer.message_id) == (400, "BAD_REQUEST")


async def test_a_session_ends_by_idleness_and_lives_on_by_use():
    clock = ManualClock()
    async with opened(clock=clock) as door:
        header = f"IBSSO {await session_token(door)}"
        for _ in range(3):
            clock.advance(59 * 60)
            assert (await door.call("GET", PERSONS, authorization=header)).status == 200
        clock.advance(61 * 60)
        assert (await door.call("GET", PERSONS, authorization=header)).status == 401


async def test_a_second_login_gives_the_same_session_until_it_is_closed(door: Door):
    first = await session_token(door)
    assert await session_token(door) == first
    assert (await door.call("DELETE", "/auth/1/session", authorization=f"IBSSO {first}")).status == 200
    assert (await door.call("DELETE", "/auth/1/session", authorization=f"IBSSO {first}")).status == 401
    assert (await door.call("GET", PERSONS, authorization=f"IBSSO {first}")).status == 401
    assert await session_token(door) != first


async def test_a_second_login_gives_a_new_session_when_the_rule_says_so():
    async with opened("session_again=new") as door:
        assert await session_token(door) != await session_token(door)


async def test_an_unsafe_session_is_another_than_the_bound_one(door: Door):
    assert await session_token(door, unsafe=True) != await session_token(door)


async def test_a_session_needs_the_right_password(door: Door):
    wrong = {"username": "keepstep", "password": "no"}
    assert (await door.call("POST", "/auth/1/session", wrong, authorization="")).status == 401
    assert (await door.call("POST", "/auth/1/session", {"username": "keepstep"}, authorization="")).status == 400
    assert (await door.call("POST", "/auth/1/session", {**wrong, "unsafe": "yes"}, authorization="")).status == 400
