import asyncio

import pytest

from keepstep.connectors.rest.auth import without_prefix
from keepstep.core.egress import NOWHERE_ELSE
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.emulator import Credentials, Emulator, running
from keepstep.errors import CredentialsRefused
from tests.integration.rest_world import BASIC, connect, read, world
from tests.lab.loopback import LOOPBACK

SCHEMES = {
    "basic": BASIC,
    "api key": {"type": "api_key", "key": {"secret": "key"}},
    "session": {"type": "session", "username": "keepstep", "password": {"secret": "password"}},
    "oauth2": {"type": "oauth2", "client_id": "keepstep", "client_secret": {"secret": "password"}},
}
TOKENS = ("session", "oauth2")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_each_scheme_is_accepted(scheme):
    async with world(people=1200, authorization=SCHEMES[scheme]) as (emulator, connector):
        _, verdict = await read(connector)
        assert verdict.complete
        assert len(token_calls(emulator)) == (1 if scheme in TOKENS else 0)


def token_calls(emulator):
    return [
        request
        for request in emulator.requests()
        if request["path"].startswith("/auth/") and request["method"] == "POST"
    ]


@pytest.mark.parametrize("scheme", TOKENS)
async def test_a_token_that_ends_midway_is_renewed_once_and_the_read_goes_on(scheme):
    async with world(people=3000, authorization=SCHEMES[scheme], faults=["token-expired-midway:after=2"]) as (
        emulator,
        connector,
    ):
        _, verdict = await read(connector)
        assert verdict.complete, verdict.reason
        assert len(token_calls(emulator)) == 2


@pytest.mark.parametrize("scheme", ["basic", "api key"])
async def test_credentials_that_end_midway_leave_the_read_unproven(scheme):
    async with world(people=3000, authorization=SCHEMES[scheme], faults=["token-expired-midway:after=1,times=0"]) as (
        _,
        connector,
    ):
        _, verdict = await read(connector)
        assert not verdict.complete


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_is_refused_is_named_without_the_secret(scheme):
    wrong = {name: {"secret": "wrong"} if isinstance(value, dict) else value for name, value in SCHEMES[scheme].items()}
    async with world(people=1, authorization=wrong) as (_, connector):
        with pytest.raises(CredentialsRefused) as caught:
            await read(connector)
        assert "not-this-one" not in f"{caught.value} {caught.value.hint}"


async def test_a_token_that_lives_for_a_second_never_fails_a_read():
    async with world("expires_in=1", people=10, authorization=SCHEMES["oauth2"]) as (_, connector):
        for _ in range(3):
            assert (await read(connector))[1].complete


async def test_a_session_that_grew_old_is_ended_before_a_new_one_is_opened():
    session = {**SCHEMES["session"], "lifetime": 1}
    async with world(people=10, authorization=session) as (emulator, connector):
        await read(connector)
        await asyncio.sleep(0.6)
        await read(connector)
        calls = [
            (request["method"], request["path"])
            for request in emulator.requests()
            if request["path"].startswith("/auth/")
        ]
        assert calls == [("POST", "/auth/1/session"), ("DELETE", "/auth/1/session"), ("POST", "/auth/1/session")]


@pytest.mark.parametrize(
    "pasted", ["demo-key\n", "  demo-key ", "App demo-key", "app  demo-key\r\n", "\ufeffdemo-key\u200b"]
)
async def test_what_pasting_adds_to_a_key_is_taken_off(pasted):
    emulator = Emulator(people=1)
    async with running(emulator) as url:
        connector = connect(url, authorization=SCHEMES["api key"])
        connector = type(connector)("infobip", connector._spec, lambda _: Secret(pasted), egress=LOOPBACK)
        assert (await read(connector))[1].complete
        await connector.close()


def test_only_the_whole_prefix_is_taken_off():
    assert without_prefix("Apple pie", "App") == "Apple pie"
    assert without_prefix("App pie", "App") == "pie"
    assert without_prefix("key", "") == "key"


async def test_the_check_finds_everything_in_order():
    async with world() as (emulator, connector):
        before = emulator.dump()
        findings = await connector.check(frozenset(ActionKind))
        assert all(finding.good for finding in findings)
        assert [finding.subject for finding in findings] == [
            "reach",
            "TLS",
            "authorization",
            "read persons",
            "write persons",
        ]
        assert emulator.dump() == before


async def test_the_check_names_the_missing_right():
    async with world(authorization={"type": "api_key", "key": {"secret": "reader"}}) as (_, connector):
        findings = {finding.subject: finding for finding in await connector.check(frozenset({ActionKind.CREATE}))}
        assert findings["read persons"].good
        assert not findings["write persons"].good
        assert "people:manage" in findings["write persons"].detail
        assert "people:manage" in findings["write persons"].hint
        assert "write persons" not in {finding.subject for finding in await connector.check(frozenset())}


async def test_the_check_names_both_rights_when_there_is_none():
    emulator = Emulator(credentials=Credentials(scopes=frozenset({"sms:manage"})))
    async with running(emulator) as url:
        connector = connect(url)
        findings = await connector.check(frozenset({ActionKind.DELETE}))
        assert [finding.subject for finding in findings if not finding.good] == ["read persons", "write persons"]
        await connector.close()


async def test_the_check_stops_at_wrong_credentials():
    for scheme in ("basic", "session"):
        wrong = {**SCHEMES[scheme], "password": {"secret": "wrong"}}
        async with world(authorization=wrong) as (_, connector):
            findings = await connector.check(frozenset(ActionKind))
            assert findings[-1].subject == "authorization"
            assert not findings[-1].good
            assert "not-this-one" not in str(findings)


async def test_the_check_says_why_nothing_answers(unused_tcp_port):
    connector = connect(f"http://127.0.0.1:{unused_tcp_port}")
    (finding,) = await connector.check(frozenset(ActionKind))
    assert (finding.subject, finding.good) == ("reach", False)
    assert finding.hint
    await connector.close()
    outside = connect("http://127.0.0.1:1", egress=NOWHERE_ELSE)
    (finding,) = await outside.check(frozenset())
    assert not finding.good
    await outside.close()
