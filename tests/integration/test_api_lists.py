"""Lists of the API: the fields and the order that were asked for, by the same words everywhere."""

import pytest

from keepstep.api.app import bare_app
from tests.integration.api_world import serving
from tests.integration.test_api_jobs import done

PATHS = bare_app().openapi()["paths"]
LISTS = {
    path
    for path, operation in PATHS.items()
    if any(one.get("$ref", "").endswith("/fields") for one in operation.get("get", {}).get("parameters", []))
}


@pytest.fixture
def ana(company):
    with serving(company.home, worker=True) as world:
        yield world.operator("ana", "administrator")


def test_every_list_of_the_api_lets_its_fields_be_chosen():
    def gives_a_list(operation):
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        return schema.get("type") == "array"

    assert {path for path, operation in PATHS.items() if "get" in operation and gives_a_list(operation["get"])} <= LISTS
    assert {"/api/v1/audit", "/api/v1/events", "/api/v1/works"} <= LISTS


def test_only_the_fields_that_were_asked_for_are_given_in_their_order(ana):
    whole = ana.get("/connections")
    few = ana.get("/connections", fields="kind,name")
    assert few == [{"kind": one["kind"], "name": one["name"]} for one in whole]
    assert [list(one) for one in few] == [["kind", "name"]] * len(whole)
    page = ana.get("/audit", fields="action", limit=2)
    assert [list(one) for one in page["items"]] == [["action"]] * len(page["items"])
    assert "next" in page


def test_whole_lists_are_put_in_order_up_and_down(ana):
    names = sorted(one["name"] for one in ana.get("/connections"))
    assert [one["name"] for one in ana.get("/connections", sort="name")] == names
    assert [one["name"] for one in ana.get("/connections", sort="-name", fields="name")] == names[::-1]
    assert ana.get("/connections", sort="circuit")[0]["circuit"] is None


def test_a_field_that_is_not_there_is_refused_with_those_that_are(ana):
    for query in ("fields=name,knd", "sort=knd", "sort=-knd"):
        told = ana.bad(400, "GET", f"/connections?{query}")
        assert 'did you mean "kind"' in told["detail"]
        assert "name, kind, enabled" in told["hint"]


def test_rows_come_in_the_order_that_was_asked_for_page_by_page(ana):
    work = done(ana, {"kind": "people", "connection": "corp"})
    path = f"/works/{work['id']}/rows"

    def names(sort):
        found, after = [], 0
        while after is not None:
            page = ana.get(path, limit=3, after=after, sort=sort)
            found += [one["row"]["name"].casefold() for one in page["items"]]
            after = page["next"]
        return found

    everybody = names("number")
    assert names("-number") == everybody[::-1]
    assert names("name") == sorted(everybody)
    assert names("-name") == sorted(everybody, reverse=True)
    assert ana.get(path, limit=1, sort="-name", fields="number")["items"][0].keys() == {"number"}
