"""What an editor of applications reads: presets, a connection with how its secrets stand, an endpoint as it works."""

import pytest

from keepstep.core.secret import Secret
from tests.integration.api_world import serving
from tests.integration.cli_world import Cli


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("applications") / "home", url="http://127.0.0.1:9")
    cli.good("init")
    cli.configure()
    with serving(cli.home) as world:
        yield world


@pytest.fixture(scope="module")
def admin(world):
    return world.operator("ana", "administrator")


def test_presets_say_what_they_bring_along(admin):
    found = {one["name"]: one for one in admin.get("/presets")}
    assert found["infobip"]["title"] == "Infobip People"
    assert "list-persons" in found["infobip"]["endpoints"]
    assert "send-sms" in found["infobip"]["webhooks"]
    assert found["infobip"]["objects"] == ["persons"]
    assert "plain" in found


def test_a_connection_shows_what_is_written_and_how_its_secrets_stand(world, admin):
    shown = admin.get("/connections/infobip")
    assert shown["title"] == "Infobip People"
    assert shown["written"]["preset"] == "infobip"
    secret = shown["secrets"][0]
    assert secret["source"] == "secret"
    name = secret["name"]
    admin.good("PUT", f"/secrets/{name}", {"secret": "a new one 4711"})
    answer = admin.ask("GET", "/connections/infobip")
    assert b"4711" not in answer.body
    assert answer.data["secrets"][0]["since"]
    assert answer.data["secrets"][0]["problem"] == ""
    admin.good("DELETE", f"/secrets/{name}")
    gone = admin.get("/connections/infobip")["secrets"][0]
    assert gone["since"] is None
    assert gone["problem"]
    world.store.vault.set(name, Secret("another"))


def test_a_connection_that_is_not_there_is_not_found(admin):
    assert admin.bad(404, "GET", "/connections/nobody")["hint"]


def test_an_endpoint_of_the_preset_is_shown_as_it_works_and_what_uses_it(admin):
    shown = admin.get("/connections/infobip/endpoints/list-persons")
    assert (shown["own"], shown["in_preset"]) == (False, True)
    assert shown["spec"]["url"] == "{base_url}/people/2/persons"
    assert shown["spec"]["paging"]["style"] == "page"
    assert "objects.persons.list" in shown["used_by"]
    assert admin.bad(400, "GET", "/connections/infobip/endpoints/nobody")
