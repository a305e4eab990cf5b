"""People sign in at an OpenID provider: over real HTTP, with real signatures, and everything that could be forged."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from keepstep.core.oauth import challenge
from keepstep.home import make_home
from keepstep.settings import Settings
from tests.integration.api_world import serving
from tests.lab.recording import Recorded, Reply, recording_server

CLIENT = "keepstep"
SECRET = "planted-client-secret"


class Provider:
    """A provider that gives one answer, which tests spoil."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.other = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.url = ""
        self.claims = {"preferred_username": "Ana", "name": "Ana A", "groups": ["keepstep-audit", "others"]}
        self.signer = self.key
        self.header = {"alg": "RS256", "kid": "one"}
        self.challenge = self.nonce = ""
        self.issuer = ""

    def answer(self, request: Recorded) -> Reply:
        if request.path == "/.well-known/openid-configuration":
            return Reply(
                {
                    "issuer": self.issuer or self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                }
            )
        if request.path == "/keys":
            return Reply(KeySet([self.key]).as_dict(private=False))
        assert request.path == "/token"
        proven = request.header("authorization").startswith("Basic ")
        if not proven or challenge(request.form["code_verifier"]) != self.challenge or request.form["code"] != "good":
            return Reply({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "nonce": self.nonce, "iat": now, "exp": now + 60, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return Reply({"id_token": jwt.encode(self.header, claims, self.signer), "token_type": "Bearer"})


@pytest.fixture
def provider():
    made = Provider()
    with recording_server(made.answer) as server:
        made.url = server.url
        yield made


@pytest.fixture
def world(provider, tmp_path):
    home = tmp_path / "home"
    make_home(Settings(home=home, operator="root"))
    oidc = {"issuer": provider.url, "client_id": CLIENT, "client_secret": {"secret": "oidc"}, "title": "Corp"}
    given = [{"group": "keepstep-audit", "roles": ["auditor"]}]
    everything = {"version": 1, "egress": {"allow": ["127.0.0.1"]}, "sign_in": {"oidc": oidc, "delegations": given}}
    home.joinpath("keepstep.yaml").write_text(json.dumps(everything), encoding="utf-8")
    with serving(home) as world:
        from keepstep.core.secret import Secret

        world.store.vault.set("oidc", Secret(SECRET))
        yield world


def left(world, provider):
    """Begin at Keepstep; return the browser, and what it was sent to the provider with."""
    browser = world.client()
    answer = browser.ask("GET", "/session/openid")
    assert answer.status == 303, answer.body
    address = urlsplit(answer.headers["location"])
    assert answer.headers["location"].startswith(f"{provider.url}/authorize?")
    sent = {name: values[0] for name, values in parse_qs(address.query).items()}
    provider.challenge, provider.nonce = sent["code_challenge"], sent["nonce"]
    return browser, sent


def came_back(browser, state, code="good"):
    return browser.ask("GET", f"/session/openid/callback?code={code}&state={state}")


def test_somebody_whom_the_provider_proves_has_the_roles_of_their_groups(world, provider):
    browser, sent = left(world, provider)
    assert (sent["client_id"], sent["code_challenge_method"], sent["response_type"]) == (CLIENT, "S256", "code")
    answer = came_back(browser, sent["state"])
    assert answer.status == 200, answer.body
    assert SECRET.encode() not in answer.body
    me = browser.get("/session")
    assert (me["operator"]["name"], me["operator"]["kind"], me["operator"]["display"]) == ("ana", "member", "Ana A")
    browser.good("GET", "/audit")
    browser.bad(403, "GET", "/operators")


def test_how_people_may_sign_in_is_said_to_anybody(world):
    assert world.client().get("/session/ways") == {"password": True, "provider": "Corp", "signed_in": False}


def refused(world, provider, status=401):
    browser, sent = left(world, provider)
    answer = came_back(browser, sent["state"])
    assert answer.status == status, answer.body
    assert world.server.cookie not in browser.cookies
    assert world.store.identity.operators.all() == []


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 9999999999},
        {"preferred_username": None},
        {"preferred_username": ["ana"]},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(world, provider, claims):
    provider.claims |= claims
    refused(world, provider)


def test_a_token_with_a_signature_of_somebody_else_is_refused(world, provider):
    provider.signer = provider.other
    refused(world, provider)


def test_a_token_without_a_signature_is_refused(world, provider):
    from keepstep.connectors.rest import openid

    assert "none" not in openid.ALGORITHMS
    assert not [name for name in openid.ALGORITHMS if name.startswith("HS")]


def test_who_is_in_no_group_with_a_role_is_refused(world, provider):
    provider.claims["groups"] = ["others"]
    refused(world, provider, 403)


def test_a_provider_that_says_it_is_another_is_not_believed(world, provider):
    provider.issuer = "https://evil.example"
    assert world.client().ask("GET", "/session/openid").status == 502


@pytest.mark.parametrize("state", ["", "another"])
def test_an_answer_that_nobody_here_asked_for_is_refused(world, provider, state):
    browser, _ = left(world, provider)
    assert came_back(browser, state).status == 401


def test_an_answer_in_another_browser_is_refused(world, provider):
    _, sent = left(world, provider)
    assert came_back(world.client(), sent["state"]).status == 401
    other, _ = left(world, provider)
    assert came_back(other, sent["state"]).status == 401


def test_what_the_browser_keeps_meanwhile_cannot_be_changed(world, provider):
    browser, sent = left(world, provider)
    name = f"{world.server.cookie}-openid"
    kept = browser.cookies[name]
    browser.cookies[name] = kept[:-6] + ("AAAAA=" if not kept.endswith("AAAAA=") else "BBBBB=")
    assert came_back(browser, sent["state"]).status == 401


def test_a_code_that_the_provider_does_not_take_is_refused(world, provider):
    browser, sent = left(world, provider)
    assert came_back(browser, sent["state"], code="stolen").status == 401


def test_the_provider_does_not_speak_for_a_local_operator(world, provider):
    world.operator("ana", "administrator")
    browser, sent = left(world, provider)
    assert came_back(browser, sent["state"]).status == 401
    assert world.store.identity.operators.get("ana").roles[0].role == "administrator"


def test_a_provider_inside_the_network_is_asked_only_if_it_is_listed(world, provider):
    text = world.store.settings.config_file.read_text()
    world.store.settings.config_file.write_text(text.replace('"127.0.0.1"', '"192.0.2.1"'))
    assert world.client().ask("GET", "/session/openid").status == 502
