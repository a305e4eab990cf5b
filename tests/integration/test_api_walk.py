"""Every route: who may call it, and what it answers whoever may not. A route that says nothing of it fails here."""

import inspect
import re

import pytest

from keepstep.api.app import bare_app
from keepstep.api.asker import Needs, Nobody, Oneself
from keepstep.home import make_home
from keepstep.settings import Settings
from tests.integration.api_world import serving

PUBLIC = {
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/welcome"),
    ("POST", "/api/v1/approval-links"),
    ("GET", "/api/v1/session/ways"),
    ("GET", "/api/v1/session/openid"),
    ("GET", "/api/v1/session/openid/callback"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}
"""What anybody may call; each proves something else: a password, a one-time link, or that it is alive."""


def guards(dependant):
    own = [dependant.call] if isinstance(dependant.call, Needs | Nobody | Oneself) else []
    return own + [guard for inner in dependant.dependencies for guard in guards(inner)]


def routes():
    for context in bare_app().openapi()["paths"].items():
        path, methods = context
        for method in methods:
            yield method.upper(), path


def declared():
    """Return each route with its guard, as the application itself holds them."""

    def walk(found):
        for route in found:
            if hasattr(route, "dependant"):
                yield route
            elif hasattr(route, "routes"):
                yield from walk(route.routes)
            elif hasattr(route, "original_router"):
                yield from walk(route.original_router.routes)

    return list(walk(bare_app().routes))


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("walk") / "home"
    make_home(Settings(home=home, operator="root"))
    with serving(home) as world:
        yield world


@pytest.fixture(scope="module")
def nobody(world):
    return world.operator("nobody-in-particular")


def test_every_route_says_who_may_call_it():
    found = declared()
    assert len(found) >= len(list(routes()))
    for route in found:
        assert len(guards(route.dependant)) == 1, route.path


def test_every_route_that_waits_for_connected_systems_does_so_aside():
    waiting = [route for route in declared() if inspect.iscoroutinefunction(route.dependant.call)]
    assert len(waiting) > 20
    assert {route.path for route in waiting if not hasattr(route.endpoint, "__wrapped__")} == {"/stream"}


def test_anybody_may_call_only_what_proves_something_else():
    open_to_all = {
        (method, route.path)
        for route in declared()
        if isinstance(guards(route.dependant)[0], Nobody)
        for method in route.methods
    }
    assert {(method, path.removeprefix("/api/v1")) for method, path in open_to_all} == {
        (method, path.removeprefix("/api/v1")) for method, path in PUBLIC
    }


@pytest.mark.parametrize(("method", "path"), [one for one in routes() if one not in PUBLIC])
def test_nobody_calls_it_without_signing_in(world, method, path):
    assert world.client().bad(401, method, filled(path), {} if method != "GET" else None)["status"] == 401


@pytest.mark.parametrize(("method", "path"), [one for one in routes() if one not in PUBLIC])
def test_a_token_that_was_made_up_is_no_token(world, method, path):
    assert world.client(token="ks_made-up").bad(401, method, filled(path), {} if method != "GET" else None)


NEED = [
    (method, path)
    for method, path in routes()
    if any(
        path.endswith(route.path) and method in route.methods and isinstance(guards(route.dependant)[0], Needs)
        for route in declared()
    )
]


@pytest.mark.parametrize(("method", "path"), NEED)
def test_who_has_no_role_is_refused_before_what_they_sent_is_looked_at(nobody, method, path):
    assert nobody.bad(403, method, filled(path), {} if method != "GET" else None)["status"] == 403


def test_there_are_many_routes_that_need_a_right():
    assert len(NEED) > 40
