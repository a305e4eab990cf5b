"""G5: no answer of the API, whatever is asked and whoever asks, holds a secret that was given to Keepstep."""

import base64
import json
import re

import pytest

from keepstep.api.app import bare_app
from keepstep.core.secret import Secret
from tests.integration.api_world import PASSWORD, serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.test_api_jobs import done

PLANTED = "p1anted-in-the-vault"


def forms(secret: str) -> list[bytes]:
    """Return *secret* as it could slip out: plain, in base64 (alone, and as of Basic), and for a URL."""
    pair = base64.b64encode(f"demo:{secret}".encode())
    return [secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), pair, secret.replace("-", "%2D").encode()]


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home, worker=True) as world:
        world.store.vault.set("planted", Secret(PLANTED))
        yield world


def answers(client, ids):
    """Ask every route that reads, with ids of what is there."""
    for path, methods in bare_app().openapi()["paths"].items():
        if "get" not in methods or path == "/api/v1/stream":
            continue
        filled = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), path)
        asked = (
            "?who=mira.kovac@corp.example&connection=corp" if filled.endswith(("/why", "/why-not", "/people")) else ""
        )
        yield path, client.ask("GET", f"{filled}{asked}")


def test_every_route_that_reads_is_asked_and_none_tells_a_secret(world):
    ana = world.operator("ana", "administrator")
    robot = world.token("robot", "administrator")
    planned = done(ana, {"kind": "plan", "rule": "staff"})
    applied = done(ana, {"kind": "apply", "plan": planned["result"]["plan"]})["result"]
    compared = done(ana, {"kind": "compare", "rule": "staff"})
    tried = ana.ask("POST", "/connections/infobip/endpoints/list-persons/test", {})
    assert tried.status == 200
    session = ana.cookies[world.server.cookie]
    secrets = [PLANTED, "demo-password", PASSWORD, robot.token, session]
    ids = {
        "digest": planned["result"]["plan"],
        "run": applied["run"],
        "work": compared["id"],
        "connection": "infobip",
        "name": "ana",
        "automation": "nightly",
    }
    told = [("endpoint test", tried), *answers(ana, ids)]
    assert len(told) > 30
    leaks = [
        (path, secret) for path, answer in told for secret in secrets for form in forms(secret) if form in answer.body
    ]
    assert leaks == []
    assert sum(answer.status == 200 for _, answer in told) > 25


def test_what_is_refused_tells_no_secret_either(world):
    ana = world.operator("ana", "administrator")
    bodies = [
        ana.ask("PUT", "/secrets/bad%20name", {"secret": PLANTED}).body,
        ana.ask("PUT", "/secrets/x", {"secret": PLANTED, "more": PLANTED}).body,
        ana.ask("PUT", "/session/password", {"password": PLANTED, "new": PLANTED}).body,
        ana.ask("POST", "/welcome", {"token": PLANTED, "password": PLANTED}).body,
        ana.ask("POST", "/session", raw=json.dumps({"name": "ana", "password": PLANTED})[:-3].encode()).body,
        ana.ask("POST", "/configuration/check", {"text": f"version: {PLANTED}"}).body,
        world.client(token=PLANTED).ask("GET", "/runs").body,
    ]
    assert [body for body in bodies if PLANTED.encode() in body] == []
