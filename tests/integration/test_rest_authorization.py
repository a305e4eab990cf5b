"""Every way to prove who sends a request, against a server that writes down exactly what was sent."""

import asyncio
import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from keepstep.connectors.rest.connector import RestConnector
from keepstep.connectors.rest.tokens import TokensInMemory
from keepstep.core.application import ApplicationSpec
from keepstep.core.connection import RestConnection
from keepstep.core.secret import Secret
from keepstep.errors import ConnectionLost, CredentialsRefused
from keepstep.ports import Query
from keepstep.telemetry.place import told_place
from tests.lab.authorized import CLIENT, CLIENT_SECRET, AuthorizedApplication, Clock
from tests.lab.loopback import LOOPBACK
from tests.lab.recording import Reply, recording_server

KEY = "plant Key/+&=7"
SECRETS = {"key": KEY, "client": CLIENT_SECRET, "password": 'plant"Pass\\word{x}', "token": "plant-fixed-token"}
APPLICATION = ApplicationSpec.model_validate(
    {
        "version": 1,
        "title": "Users in two pages",
        "endpoints": {
            "list-users": {
                "url": "{base_url}/users",
                "params": {"active": "true"},
                "paging": {"style": "next_url", "cursor": "next"},
                "records": "users",
            },
        },
        "objects": {
            "users": {"key": "id", "list": "list-users", "get": "list-users", "attributes": {"name": {"path": "name"}}}
        },
        "problems": {"shapes": [], "rules": [{"means": "credentials", "status": ["401"]}]},
    }
)
OAUTH = {"type": "oauth2", "client_id": CLIENT, "client_secret": {"secret": "client"}, "token_url": "/oauth/token"}
LOGIN = {
    "type": "token",
    "url": "/login",
    "body": {"user": "svc", "password": "{password}"},
    "values": {"password": {"secret": "password"}},
    "token_path": "data.accessToken",
}


@asynccontextmanager
async def world(application, authorization):
    """Yield a recording server with *application*, a clock, and a connector that proves itself by *authorization*."""
    clock = Clock()
    with recording_server(application) as server:
        application.server = server
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "base_url": server.url,
                "authorization": authorization,
                "timeout": 5,
            }
        )
        connector = RestConnector(
            "hr",
            spec,
            lambda ref: Secret(SECRETS[ref.secret]),
            application=APPLICATION,
            tokens=TokensInMemory(clock.now),
            egress=LOOPBACK,
        )
        try:
            yield server, clock, connector
        finally:
            await connector.close()


async def read(connector):
    records = []
    verdict = await connector.read(Query(objects="users", attributes=("name",)), records.extend)
    assert verdict.complete, verdict.reason
    assert [record.key for record in records] == ["1", "2"]


async def reason(connector):
    """Return why a read came to nothing."""
    verdict = await connector.read(Query(objects="users", attributes=("name",)), lambda _: None)
    assert not verdict.complete
    assert verdict.records == 0
    return verdict.reason


def anybody(_request):
    return True


def of_app(proven=anybody, **options):
    return AuthorizedApplication(proven, **options)


def with_bearer(**options):
    application = AuthorizedApplication(anybody, **options)
    application.proven = application.bearer
    return application


# ---------------------------------------------------------------- what does not change


FIXED = {
    "none": ({"type": "none"}, None),
    "basic": (
        {"type": "basic", "username": "svc", "password": {"secret": "password"}},
        ("authorization", "Basic " + b64encode(f"svc:{SECRETS['password']}".encode()).decode()),
    ),
    "bearer": ({"type": "bearer", "token": {"secret": "token"}}, ("authorization", "Bearer plant-fixed-token")),
    "key": ({"type": "api_key", "key": {"secret": "key"}}, ("authorization", f"App {KEY}")),
    "key under another name": (
        {"type": "api_key", "key": {"secret": "key"}, "header": "X-Api-Key"},
        ("x-api-key", KEY),
    ),
    "key with a prefix": (
        {"type": "api_key", "key": {"secret": "key"}, "header": "X-Auth", "prefix": "Key"},
        ("x-auth", f"Key {KEY}"),
    ),
}


@pytest.mark.parametrize("case", FIXED)
async def test_what_does_not_change_is_in_each_request_once(case):
    authorization, proof = FIXED[case]
    async with world(of_app(), authorization) as (server, _, connector):
        await read(connector)
    first, second = server.requests
    assert [(request.method, request.path, request.body) for request in server.requests] == [("GET", "/users", b"")] * 2
    assert first.query == (("active", "true"),)
    assert second.query == (("active", "true"), ("page", "2"))
    for request in server.requests:
        names = [name for name, _ in request.headers]
        assert len(names) == len(set(names))
        usual = {"host", "accept", "accept-encoding", "user-agent", "traceparent"}
        assert set(names) - usual == ({proof[0]} if proof else set())
        assert told_place(request.header("traceparent").encode()), "the application is told where in a trace this is"
        if proof:
            assert request.header(proof[0]) == proof[1]


async def test_a_key_in_the_query_stands_last_and_once_on_every_page():
    authorization = {"type": "api_key", "key": {"secret": "key"}, "place": "query", "param": "api key"}
    async with world(of_app(), authorization) as (server, _, connector):
        await read(connector)
    assert [request.query for request in server.requests] == [
        (("active", "true"), ("api key", KEY)),
        (("active", "true"), ("page", "2"), ("api key", KEY)),
    ]
    assert [request.all("authorization") for request in server.requests] == [[], []]


async def test_a_key_in_the_query_is_shown_to_nobody():
    authorization = {"type": "api_key", "key": {"secret": "key"}, "place": "query", "param": "k"}
    async with world(of_app(), authorization) as (_, _, connector):
        exchange = await connector.probe("list-users", {})
    shown = json.dumps(asdict(exchange), ensure_ascii=False)
    assert "?active=true&k=•••" in shown
    assert "Ana" in shown
    for form in (KEY, "plant%20Key", "plant+Key"):
        assert form not in shown


@pytest.mark.parametrize("trouble", ["refused", "sent elsewhere"])
async def test_a_key_in_the_query_is_in_no_error(trouble):
    authorization = {"type": "api_key", "key": {"secret": "key"}, "place": "query", "param": "k"}
    application = of_app(lambda _: trouble != "refused")
    async with world(application, authorization) as (server, _, connector):
        application.server = replace(server, url="http://elsewhere.example")
        told = ""
        try:
            verdict = await connector.read(Query(objects="users", attributes=("name",)), lambda _: None)
            assert not verdict.complete
            told = verdict.reason
        except CredentialsRefused as error:
            told = f"{error!r} {error.hint}"
    assert told
    assert "plant" not in told
    assert len(server.requests) == 1


# ---------------------------------------------------------------- OAuth 2.0 client credentials (RFC 6749 section 4.4)


async def test_client_credentials_are_exchanged_once_for_many_reads():
    authorization = {**OAUTH, "scope": "users.read groups.read", "extra": {"audience": "https://hr.example/"}}
    async with world(with_bearer(), authorization) as (server, _, connector):
        await asyncio.gather(*(read(connector) for _ in range(5)))
        await read(connector)
    (asked,) = server.to("/oauth/token")
    assert server.requests[0] is asked
    assert asked.all("authorization") == []
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "scope": "users.read groups.read",
        "audience": "https://hr.example/",
    }
    assert {request.header("authorization") for request in server.to("/users")} == {"Bearer plant-access-token-1-Zq"}
    assert len(server.to("/users")) == 12


async def test_the_client_can_prove_itself_in_a_header():
    async with world(with_bearer(), {**OAUTH, "client_authentication": "basic"}) as (server, _, connector):
        await read(connector)
    (asked,) = server.to("/oauth/token")
    assert asked.form == {"grant_type": "client_credentials"}
    proof = b64encode(b"keepstep%3Aclient+id:plant-Client%3Dsecret%267+%25%2F%2B").decode()
    assert asked.header("authorization") == f"Basic {proof}"


async def test_the_header_and_the_word_before_the_token_can_be_chosen():
    authorization = {**OAUTH, "header": "X-Token", "prefix": ""}
    application = of_app(token_type="custom")
    async with world(application, authorization) as (server, _, connector):
        await read(connector)
    assert [request.header("x-token") for request in server.to("/users")] == ["plant-access-token-1-Zq"] * 2
    assert [request.all("authorization") for request in server.to("/users")] == [[], []]


@pytest.mark.parametrize("said", ["bearer", "Bearer", "BEARER"])
async def test_the_type_of_a_token_is_read_without_case(said):
    async with world(with_bearer(token_type=said), OAUTH) as (_, _, connector):
        await read(connector)


async def test_a_token_of_a_type_that_is_not_known_is_not_used():
    async with world(with_bearer(token_type="mac"), OAUTH) as (server, _, connector):
        assert "not of type Bearer" in await reason(connector)
    assert server.to("/users") == []


TOKENS = {"oauth2": OAUTH, "token": {**LOGIN, "expires_path": "data.expires"}}
PATHS = {"oauth2": "/oauth/token", "token": "/login"}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize(("life", "kept", "renewed"), [(3600, 3539, 3541), ("3600", 3539, 3541), (60, 29, 31)])
async def test_a_token_is_renewed_before_its_end_and_not_earlier(kind, life, kept, renewed):
    async with world(with_bearer(expires_in=life), TOKENS[kind]) as (server, clock, connector):
        await read(connector)
        clock.forward(kept)
        await read(connector)
        assert len(server.to(PATHS[kind])) == 1
        clock.forward(renewed - kept)
        await read(connector)
        await read(connector)
    assert len(server.to(PATHS[kind])) == 2


@pytest.mark.parametrize("kind", TOKENS)
async def test_a_refused_token_is_renewed_once_for_all_calls(kind):
    application = with_bearer()
    async with world(application, TOKENS[kind]) as (server, _, connector):
        await read(connector)
        application.forget_tokens()
        await asyncio.gather(*(read(connector) for _ in range(4)))
    assert len(server.to(PATHS[kind])) == 2


@pytest.mark.parametrize("kind", TOKENS)
async def test_a_call_that_is_refused_with_a_new_token_too_is_not_tried_a_third_time(kind):
    async with world(of_app(lambda _: False), TOKENS[kind]) as (server, _, connector):
        with pytest.raises(CredentialsRefused) as caught:
            await read(connector)
    assert len(server.to("/users")) == 2
    assert len(server.to(PATHS[kind])) == 2
    assert "plant" not in f"{caught.value!r} {caught.value.hint}"


async def test_calls_that_wait_for_one_token_share_its_refusal():
    """A wrong password asked for by each of many calls would lock the account."""
    application = with_bearer(refusing="invalid_client")
    async with world(application, OAUTH) as (server, _, connector):
        ended = await asyncio.gather(*(read(connector) for _ in range(6)), return_exceptions=True)
    assert len(server.requests) == 1
    assert {type(error) for error in ended} == {CredentialsRefused}
    assert "invalid_client" in ended[0].message
    assert "plant" not in f"{ended[0]!r} {ended[0].hint}"


@pytest.mark.parametrize(("status", "error"), [(429, ConnectionLost), (503, ConnectionLost), (403, CredentialsRefused)])
async def test_a_token_endpoint_that_gives_none_is_told_from_one_that_refuses(status, error):
    application = with_bearer()
    application.login = lambda _: Reply({"password": "plant"}, status)
    async with world(application, LOGIN) as (server, _, connector):
        with pytest.raises(error) as caught:
            await read(connector)
    assert len(server.requests) == 1
    assert "plant" not in f"{caught.value!r} {caught.value.hint}"


async def test_a_token_endpoint_that_redirects_is_not_followed():
    application = with_bearer()
    async with world(application, LOGIN) as (server, _, connector):
        application.login = lambda _: Reply({}, 307, {"Location": f"{server.url}/elsewhere"})
        assert "redirects" in await reason(connector)
    assert [request.path for request in server.requests] == ["/login"]


# ---------------------------------------------------------------- a token from an endpoint


async def test_a_token_is_fetched_with_the_request_that_was_configured():
    authorization = {
        **LOGIN,
        "method": "PUT",
        "headers": {"X-Tenant": "corp", "X-Proof": "Key {key}"},
        "params": {"grant": "{key}", "v": "2"},
        "values": {"password": {"secret": "password"}, "key": {"secret": "token"}},
    }
    async with world(with_bearer(), authorization) as (server, _, connector):
        await read(connector)
        await read(connector)
    (asked,) = server.to("/login")
    assert asked.method == "PUT"
    assert asked.query == (("grant", "plant-fixed-token"), ("v", "2"))
    assert asked.header("x-tenant") == "corp"
    assert asked.header("x-proof") == "Key plant-fixed-token"
    assert asked.header("content-type") == "application/json"
    assert asked.json == {"user": "svc", "password": SECRETS["password"]}
    assert {request.header("authorization") for request in server.to("/users")} == {"Bearer plant-access-token-1-Zq"}


async def test_a_token_can_be_asked_for_with_a_form_and_sent_in_the_query():
    authorization = {**LOGIN, "body_type": "form", "place": "query", "param": "access_token"}
    application = of_app()
    application.proven = lambda request: dict(request.query).get("access_token") in application.good
    async with world(application, authorization) as (server, _, connector):
        await read(connector)
        application.forget_tokens()
        await read(connector)
    first, second = server.to("/login")
    assert first.form == second.form == {"user": "svc", "password": SECRETS["password"]}
    old, new = "plant-access-token-1-Zq", "plant-access-token-2-Zq"
    assert [request.query for request in server.to("/users")] == [
        (("active", "true"), ("access_token", old)),
        (("active", "true"), ("page", "2"), ("access_token", old)),
        (("active", "true"), ("access_token", old)),
        (("active", "true"), ("access_token", new)),
        (("active", "true"), ("page", "2"), ("access_token", new)),
    ]


async def test_a_lifetime_is_taken_where_the_answer_says_none():
    async with world(with_bearer(), {**LOGIN, "lifetime": 600}) as (server, clock, connector):
        await read(connector)
        clock.forward(539)
        await read(connector)
        assert len(server.to("/login")) == 1
        clock.forward(2)
        await read(connector)
    assert len(server.to("/login")) == 2


@pytest.mark.parametrize("form", ["seconds", "milliseconds", "ISO 8601"])
async def test_the_end_of_a_token_can_be_a_time(form):
    application = with_bearer()
    async with world(application, TOKENS["token"]) as (server, clock, connector):
        end = clock.now() + timedelta(seconds=600)
        forms = {"seconds": int(end.timestamp()), "milliseconds": int(end.timestamp() * 1000)}
        application.expires_in = forms.get(form, end.isoformat())
        await read(connector)
        clock.forward(539)
        await read(connector)
        assert len(server.to("/login")) == 1
        clock.forward(2)
        application.expires_in = 600
        await read(connector)
    assert len(server.to("/login")) == 2


@pytest.mark.parametrize(
    "body", [[], {"data": {}}, {"data": {"accessToken": ""}}, {"data": {"accessToken": "a\nb"}}, b"<"]
)
async def test_an_answer_without_a_token_names_the_path_and_nothing_else(body):
    application = with_bearer()
    application.login = lambda _: Reply(body)
    async with world(application, LOGIN) as (server, _, connector):
        assert '"data.accessToken"' in await reason(connector)
    assert len(server.requests) == 1


async def test_an_answer_without_an_end_is_not_believed_for_ever():
    async with world(with_bearer(expires_in=None), TOKENS["token"]) as (_, _, connector):
        assert '"data.expires"' in await reason(connector)
