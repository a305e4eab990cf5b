"""Test & Save: a draft is tried, saved exactly as tested, and "untested" once it is changed."""

import json

import pytest

from tests.integration.endpoint_world import PEOPLE, page
from tests.lab.answering import Told, told

CURSOR = {"style": "cursor", "cursor": "meta.next", "param": "after", "size_param": "limit", "size": 2}
PAGES = {"style": "page", "number": "page", "size_param": "limit", "size": 2, "start": 1, "total": "meta.total"}
LIST = {"url": "{base_url}/users", "records": "data.users"}


def paged(asked):
    """Two people a page, by number or by cursor."""
    size = int(asked.query.get("limit", 100))
    start = int(asked.query.get("after", 0)) or (int(asked.query.get("page", 1)) - 1) * size
    following = str(start + size) if start + size < len(PEOPLE) else None
    return told({"data": {"users": PEOPLE[start : start + size]}, "meta": {"total": len(PEOPLE), "next": following}})


@pytest.mark.parametrize("paging", [CURSOR, PAGES])
def test_where_paging_is_on_the_first_two_pages_are_asked_for(hr, paging):
    hr.server.answer = paged
    found = hr.test(spec={**LIST, "paging": paging})
    assert found["records"] == 4
    assert [turn["records"] for turn in found["turns"]] == [2, 2]
    assert len(hr.server.asked) == 2
    assert found["good"]


def test_a_second_page_that_repeats_the_first_is_told(hr):
    hr.server.answer = lambda _asked: told({"data": {"users": PEOPLE[:2]}, "meta": {"total": 5}})
    assert any("page 2 repeats page 1" in text for text in hr.remarks(spec={**LIST, "paging": PAGES}))


def test_a_cursor_that_does_not_move_is_told(hr):
    hr.server.answer = lambda _asked: told({"data": {"users": PEOPLE[:2]}, "meta": {"next": "same"}})
    assert any("the same cursor came twice" in text for text in hr.remarks(spec={**LIST, "paging": CURSOR}))


def test_a_total_that_is_not_declared_is_told(hr):
    hr.server.answer = lambda _asked: told({"data": {"users": PEOPLE[:1]}})
    assert any("does not declare how many" in text for text in hr.remarks(spec={**LIST, "paging": PAGES}))


def test_a_short_page_although_more_are_declared_is_told(hr):
    hr.server.answer = lambda _asked: told({"data": {"users": PEOPLE[:1]}, "meta": {"total": 5}})
    assert any("1 records although 5 are declared" in text for text in hr.remarks(spec={**LIST, "paging": PAGES}))


@pytest.mark.parametrize("kind", ["xml", "csv", "jsonl"])
def test_other_formats_have_fields_too(hr, kind):
    bodies = {
        "xml": b"<list><user><id>1</id></user><user><id>2</id></user></list>",
        "csv": b"id,name\n1,a\n2,b\n",
        "jsonl": b'{"id": 1}\n{"id": 2}\n',
    }
    hr.server.answer = lambda _asked: Told(bodies[kind], kind=f"application/{kind}")
    found = hr.test(spec={"url": "{base_url}/users", "format": kind}, endpoint="other")
    assert found["turns"][0]["answer"]["format"] == kind
    assert any(field["path"].endswith("id") for field in found["fields"])


def test_a_call_that_may_change_something_is_refused_unless_it_is_said_to_read(hr):
    spec = {**LIST, "method": "POST", "body": {"filter": "all"}}
    result = hr.run("endpoint", "test", "hr", "search", "--spec", "-", text=json.dumps(spec))
    assert result.exit_code == 1
    assert "reads: true" in result.stderr
    assert hr.server.asked == []
    assert hr.test(spec={**spec, "reads": True}, endpoint="search")["good"]
    assert hr.server.asked[0].body == b'{"filter":"all"}'


def listed(hr, endpoint="list-users"):
    found = json.loads(hr.good("endpoint", "list", "hr", "--json"))
    return next(one for one in found if one["name"] == endpoint)


def state_of(hr, endpoint="list-users"):
    return listed(hr, endpoint)["test"]["tested"]


def saved(hr, spec, *options, code=0, endpoint="list-users"):
    return hr.test("--save", *options, spec=spec, code=code, endpoint=endpoint)["saved"]


def test_a_good_draft_is_saved_exactly_as_tested_and_the_rest_of_the_file_stays(hr):
    before = hr.config
    assert saved(hr, {**LIST, "timeout": 7, "params": {"active": "yes"}}) == 1
    added = """\
        records: data.users
        timeout: 7
        params: {active: yes}
"""
    assert hr.config == before.replace("        records: data.users\n", added)
    assert state_of(hr) == "good"
    assert hr.server.asked[-1].query == {"active": "yes"}
    entry = json.loads(hr.good("audit", "list", "--json"))[0]
    assert (entry["action"], entry["detail"]["endpoint"]) == ("endpoint_save", "hr.list-users")


def test_a_file_with_other_line_breaks_keeps_them(hr):
    hr.file.write_bytes(hr.config.replace("\n", "\r\n").encode())
    assert saved(hr, {**LIST, "timeout": 7}) == 1
    assert "\n" not in hr.config.replace("\r\n", "")


def test_a_new_draft_becomes_an_endpoint(hr):
    assert saved(hr, LIST, endpoint="all-users") == 1
    assert listed(hr, "all-users")["origin"] == "own"
    assert state_of(hr, "all-users") == "good"
    assert state_of(hr) == "untested"


def test_what_is_not_good_is_not_saved(hr):
    before = hr.config
    hr.server.answer = lambda _asked: told({"people": PEOPLE})
    assert saved(hr, {**LIST, "timeout": 7}, code=1) is None
    assert hr.config == before
    result = hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", "--save", text=json.dumps(LIST))
    assert result.exit_code == 1
    assert "not good" in result.stdout


def test_what_is_not_good_is_saved_by_somebody_who_says_so(hr):
    hr.server.answer = lambda _asked: told({"people": PEOPLE})
    found = hr.test("--save-anyway", spec={**LIST, "timeout": 7})
    assert (found["good"], found["saved"]) == (False, 1)
    assert "timeout: 7" in hr.config
    assert state_of(hr) == "not good"
    entry = json.loads(hr.good("audit", "list", "--json"))[0]
    assert entry["detail"]["test"] == "not good, saved anyway"
    assert entry["operator"]


def test_a_later_change_shows_that_it_is_untested(hr):
    assert state_of(hr) == "untested"
    hr.test()
    assert state_of(hr) == "good"
    hr.good("endpoint", "edit", "hr", "list-users", "--set", "timeout=9")
    assert state_of(hr) == "untested, changed since"
    hr.good("endpoint", "edit", "hr", "list-users", "--unset", "timeout")
    assert state_of(hr) == "good"
    hr.file.write_text(hr.config.replace("/api", "/v2"))
    assert state_of(hr) == "untested, changed since"
    assert "untested, changed since" in hr.good("endpoint", "list")


def test_only_a_draft_is_saved(hr):
    assert "--spec is missing" in hr.bad("endpoint", "test", "hr", "list-users", "--save", code=2)


def test_what_somebody_else_changed_meanwhile_is_not_lost(hr):
    def interfere(asked):
        hr.file.write_text(hr.config + "# mine\n")
        return page(asked)

    hr.server.answer = interfere
    result = hr.run(
        "endpoint", "test", "hr", "list-users", "--spec", "-", "--save", text=json.dumps({**LIST, "timeout": 7})
    )
    assert result.exit_code == 1
    assert "changed by somebody else meanwhile" in result.stderr
    assert hr.config.endswith("# mine\n")
    assert "timeout: 7" not in hr.config


def test_a_mistake_in_a_draft_is_told_with_its_place(hr):
    file = hr.home.parent / "draft.yaml"
    file.write_text('url: "{base_url}/users"\npagging: {style: none}\n')
    output = hr.bad("endpoint", "test", "hr", "list-users", "--spec", file)
    assert "draft.yaml:2:1:" in output
    assert 'did you mean "paging"' in output
    assert hr.server.asked == []
