"""`keepstep endpoint add|edit|copy|delete|list`, which leave the rest of keepstep.yaml as it is."""

import json

import pytest


def endpoints(hr):
    return {one["name"]: one for one in json.loads(hr.good("endpoint", "list", "hr", "--json"))}


def test_an_endpoint_is_added_by_options(hr):
    before = hr.config
    output = hr.good(
        *("endpoint", "add", "hr", "groups", "--url", "{base_url}/groups", "--records", "items"),
        *("--set", "paging={style: page, number: page, size: 50}", "--set", "params.q=a=b", "--set", "headers.X-A.b=c"),
    )
    assert "+      groups:" in output
    assert "version 1 of the configuration is in force" in output
    gone = [line for line in before.splitlines() if line not in hr.config.splitlines()]
    assert gone == []
    assert "        params: {q: 'a=b'}\n" in hr.config
    found = endpoints(hr)["groups"]
    assert (found["url"], found["paging"], found["records"]) == ("{base_url}/groups", "page", "items")


@pytest.mark.parametrize("form", ["url: '{base_url}/x'\nmethod: GET\n", '{"url": "{base_url}/x", "timeout": 5}'])
def test_an_endpoint_is_added_from_a_file_or_the_standard_input(hr, form):
    hr.good("endpoint", "add", "hr", "one", "--spec", "-", text=form)
    file = hr.home.parent / "spec.yaml"
    file.write_text(form)
    hr.good("endpoint", "add", "hr", "two", "--spec", file)
    assert endpoints(hr)["one"]["url"] == endpoints(hr)["two"]["url"] == "{base_url}/x"


def test_an_endpoint_that_is_there_is_not_added_again(hr):
    assert "already" in hr.bad("endpoint", "add", "hr", "list-users", "--url", "{base_url}/x")


def test_an_edit_changes_what_it_names_and_nothing_else(hr):
    before = hr.config
    hr.good("endpoint", "edit", "hr", "list-users", "--url", "{base_url}/people")
    assert hr.config == before.replace('"{base_url}/users"   # the list', "'{base_url}/people'   # the list")
    hr.good("endpoint", "edit", "hr", "list-users", "--url", "{base_url}/people")
    assert json.loads(hr.good("endpoint", "edit", "hr", "list-users", "--set", "timeout=3", "--json"))["version"] == 2


def test_an_edit_that_is_wrong_changes_nothing(hr):
    before = hr.config
    assert "timeout" in hr.bad("endpoint", "edit", "hr", "list-users", "--set", "timeout=never")
    assert "endpoint:1:6: url must" in hr.bad("endpoint", "add", "hr", "x", "--set", "url=nowhere")
    assert "cannot be left out" in hr.bad("endpoint", "edit", "hr", "list-users", "--unset", "rate", code=2)
    assert "--set takes" in hr.bad("endpoint", "edit", "hr", "list-users", "--set", "timeout", code=2)
    assert "nothing says" in hr.bad("endpoint", "edit", "hr", "list-users", code=2)
    assert "there is no connection" in hr.bad("endpoint", "add", "rh", "x", "--url", "{base_url}/x")
    assert "is a directory" in hr.bad("endpoint", "add", "other", "x", "--url", "{base_url}/x")
    assert hr.config == before


def test_a_copy_is_one_of_its_own(hr):
    hr.good("endpoint", "copy", "hr", "list-users", "again")
    assert endpoints(hr)["again"]["url"] == endpoints(hr)["list-users"]["url"]
    assert "already" in hr.bad("endpoint", "copy", "hr", "list-users", "again")


def test_an_endpoint_of_the_preset_is_copied_and_replaced(hr):
    hr.file.write_text(
        hr.config.replace("  other:", "  ib: {kind: rest, base_url: https://xyz.api.infobip.com}\n  other:")
    )
    hr.good("endpoint", "copy", "ib", "list-persons", "people", "--to", "ib")
    hr.good("endpoint", "edit", "ib", "list-persons", "--set", "timeout=5")
    found = {one["name"]: one["origin"] for one in json.loads(hr.good("endpoint", "list", "ib", "--json"))}
    assert found["people"] == "own"
    assert found["list-persons"] == "own, replaces the preset's"
    assert found["get-person"] == "preset infobip"
    assert "belongs to preset infobip" in hr.bad("endpoint", "delete", "ib", "get-person")
    hr.good("endpoint", "delete", "ib", "list-persons")
    assert "preset infobip" in hr.good("endpoint", "list", "ib")


def test_an_endpoint_in_use_is_not_deleted(hr):
    before = hr.config
    assert "is in use: objects.users.list" in hr.bad("endpoint", "delete", "hr", "list-users")
    assert hr.config == before


def test_a_deleted_endpoint_leaves_the_rest(hr):
    before = hr.config
    hr.good("endpoint", "add", "hr", "groups", "--url", "{base_url}/groups", "--records", "items")
    hr.good("endpoint", "delete", "hr", "groups")
    assert hr.config == before
    assert "no endpoint" in hr.bad("endpoint", "delete", "hr", "groups")


def test_every_change_is_a_version_and_audited(hr):
    hr.good("endpoint", "add", "hr", "groups", "--url", "{base_url}/groups")
    hr.good("endpoint", "delete", "hr", "groups")
    actions = [entry["action"] for entry in json.loads(hr.good("audit", "list", "--json"))]
    assert {"endpoint_add", "endpoint_delete"} <= set(actions)


def test_the_list_of_all_connections_names_each(company):
    output = company.good("endpoint", "list")
    assert "list-persons" in output
    assert "untested" in output
