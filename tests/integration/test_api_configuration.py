"""The configuration by parts over the API: what an editor page reads, checks and saves."""

import threading

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import Cli

LIST = ["connections", "infobip", "endpoints", "list-more"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("parts") / "home", url="http://127.0.0.1:9")
    cli.good("init")
    cli.configure()
    with serving(cli.home) as world:
        yield world


@pytest.fixture(scope="module")
def admin(world):
    return world.operator("ana", "administrator")


def text(world):
    return world.store.kept.text()


def change(client, etag, *changes):
    return client.ask("PATCH", "/configuration", {"changes": list(changes)}, If_Match=etag)


def test_the_document_is_what_the_file_says(world, admin):
    answer = admin.ask("GET", "/configuration/document")
    assert answer.data["value"]["connections"]["infobip"]["preset"] == "infobip"
    assert answer.headers["etag"] == f'"{answer.data["etag"]}"'
    assert answer.data["etag"] == admin.get("/configuration")["etag"]


def test_changes_are_all_in_force_at_once_and_the_rest_stays(world, admin):
    before, etag = text(world), admin.get("/configuration")["etag"]
    answer = change(
        admin,
        etag,
        {"path": LIST, "value": {"url": "{base_url}/more", "params": {"a": "1"}}},
        {"path": ["connections", "infobip", "timeout"], "value": 12},
    )
    assert answer.status == 200, answer.body
    after = admin.get("/configuration/document")
    assert answer.data["etag"] == after["etag"]
    assert after["value"]["connections"]["infobip"]["timeout"] == 12
    old = before.splitlines()
    assert [line for line in text(world).splitlines() if line in old] == old
    undone = change(admin, after["etag"], *({"path": path, "remove": True} for path in (LIST, [*LIST[:2], "timeout"])))
    assert undone.status == 200, undone.body
    assert text(world) == before


def test_a_mistake_names_its_field_and_nothing_is_changed(world, admin):
    before, etag = text(world), admin.get("/configuration")["etag"]
    changes = [
        {"path": ["connections", "infobip", "timeout"], "value": 12},
        {"path": LIST, "value": {"url": "nonsense", "page": 1}},
        {"path": ["connections", "hr"], "value": {"kind": "rest"}},
    ]
    answer = change(admin, etag, *changes)
    assert answer.status == 400
    found = {one["field"]: one["message"] for one in answer.data["errors"]}
    assert found["connections.infobip.endpoints.list-more.url"].startswith("must be an address")
    assert found["connections.infobip.endpoints.list-more.page"].startswith("unknown key")
    assert found["connections.hr.base_url"] == "is missing"
    assert text(world) == before
    checked = admin.good("POST", "/configuration/check-changes", {"changes": changes})
    assert checked["good"] is False
    assert checked["errors"] == answer.data["errors"]


def test_good_changes_are_checked_and_not_kept(world, admin):
    before = text(world)
    changes = {"changes": [{"path": LIST, "value": {"url": "{base_url}/more"}}]}
    assert admin.good("POST", "/configuration/check-changes", changes) == {"good": True, "errors": []}
    assert text(world) == before


def test_a_text_is_checked_by_field_too(admin):
    found = admin.good("POST", "/configuration/check", {"text": "version: 1\nconnections:\n  a: {kind: rest}\n"})
    assert {"field": "connections.a.base_url", "message": "is missing"} in found["errors"]
    assert found["mistakes"]


def test_what_somebody_else_changed_meanwhile_is_not_lost(world, admin):
    etag = admin.get("/configuration")["etag"]
    path = ["connections", "infobip", "timeout"]
    assert change(admin, etag, {"path": path, "value": 12}).status == 200
    late = change(admin, etag, {"path": path, "value": 13})
    assert (late.status, late.data["type"]) == (412, "urn:keepstep:problem:changed")
    assert "timeout: 12" in text(world)


def test_of_two_changes_at_once_one_is_in_force_and_the_other_is_told(world, admin):
    etag = admin.get("/configuration")["etag"]
    path, found = ["connections", "infobip", "timeout"], []

    def one(number):
        found.append((change(admin, etag, {"path": path, "value": number}).status, number))

    threads = [threading.Thread(target=one, args=(20 + number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in found) == [200, *[412] * 5]
    won = next(number for status, number in found if status == 200)
    assert f"timeout: {won}" in text(world)


@pytest.mark.parametrize("wrong", [{"path": LIST}, {"path": LIST, "value": 1, "remove": True}, {"path": []}])
def test_a_change_is_either_a_value_or_a_removal(admin, wrong):
    assert admin.bad(422, "PATCH", "/configuration", {"changes": [wrong]}, If_Match="x")["errors"]


def test_what_is_not_there_cannot_be_removed(admin):
    etag = admin.get("/configuration")["etag"]
    answer = change(admin, etag, {"path": ["connections", "nobody"], "remove": True})
    assert answer.status == 400
    assert answer.data["errors"][0]["field"] == "connections.nobody"


def test_the_log_names_the_paths_that_were_changed(admin):
    etag = admin.get("/configuration")["etag"]
    assert change(admin, etag, {"path": [*LIST[:2], "timeout"], "value": 44}).status == 200
    entry = admin.get("/audit", action="config_change")["items"][-1]
    assert entry["detail"]["paths"] == "connections.infobip.timeout"
    assert entry["detail"]["after.connections.infobip.timeout"] == "44"


def test_who_may_only_read_changes_nothing_and_roles_need_their_own_right(world, admin):
    etag = admin.get("/configuration")["etag"]
    reader = world.operator("rea", "auditor")
    assert reader.get("/configuration/document")["etag"] == etag
    part = {"path": [*LIST[:2], "timeout"], "value": 1}
    assert change(reader, etag, part).status == 403
    assert reader.bad(403, "POST", "/configuration/check-changes", {"changes": [part]})
    editor = world.token("editor", "administrator", rights=frozenset({"change_configuration"}))
    assert change(editor, etag, {"path": ["roles", "x"], "value": {"rights": ["read_people"]}}).status == 403
