"""`keepstep endpoint test`: what a live call shows, and what it says a real read would run into."""

import json

import pytest

from tests.integration.endpoint_world import PEOPLE
from tests.lab.answering import Told, told


def test_a_test_shows_request_answer_fields_and_lists(hr):
    found = hr.test()
    assert found["good"]
    (turn,) = found["turns"]
    assert turn["request"]["method"] == "GET"
    assert turn["request"]["url"] == f"{hr.server.url}/api/users"
    assert turn["answer"]["status"] == 200
    assert turn["answer"]["milliseconds"] >= 0
    assert ["content-type", "application/json"] in turn["answer"]["headers"]
    assert '\n  "data": {' in turn["answer"]["body"]
    assert [field["path"] for field in found["fields"]] == ["", "id", "name", "mail"]
    assert found["fields"][1]["example"] == "1"
    assert [field["path"] for field in found["lists"]] == ["data.users"]
    assert found["records"] == 5


def test_a_person_reads_the_same(hr):
    output = hr.good("endpoint", "test", "hr", "list-users")
    assert f"GET {hr.server.url}/api/users" in output
    assert "response: status 200, " in output
    assert "5 records; fields found" in output
    assert "  mail  text  p1@corp.example" in output
    assert "can be the list of records: data.users (5)" in output
    assert "good: a real read can be expected to work" in output


def test_a_list_that_is_not_there_is_told_with_those_that_are(hr):
    hr.server.answer = lambda _asked: told({"people": PEOPLE})
    (remark,) = hr.remarks()
    assert remark == 'page 1 has no list of records at "data.users"; lists in it: "people"'


def test_an_error_in_an_answer_that_calls_itself_a_success_is_told(hr):
    hr.server.answer = lambda _asked: told(
        {"error": {"code": "40101", "message": "no"}, "code": 40101, "message": "no"}
    )
    assert any("an error in an answer that calls itself a success" in text for text in hr.remarks())


def test_keys_that_are_absent_or_repeated_are_told(hr):
    people = [{"id": "1"}, {"id": "1"}, {"name": "nobody"}]
    hr.server.answer = lambda _asked: told({"data": {"users": people}})
    found = hr.test(code=1)
    texts = [remark["text"] for remark in found["remarks"]]
    assert '1 of 3 records have no key at "id" (users)' in texts
    assert '1 of 3 records repeat the key of another at "id" (users)' in texts
    assert "no record here has these columns of users: mail" in texts


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Told(b"<!DOCTYPE html><html><body>sign in</body></html>", kind="text/html"), "a web page"),
        (Told(b""), "the answer is empty"),
        (Told(b"\x00\x01\xff\xfe" * 40, kind="application/octet-stream"), "page 1: "),
        (Told(b'{"data": {"users": [', kind="application/json"), "not JSON, or is cut off"),
        (told({"message": "no"}, status=401), "status 401"),
        (told({}, status=404), "status 404"),
        (told({}, status=302, Location="https://elsewhere.example"), "redirects"),
        (told({}, status=500), "status 500"),
    ],
)
def test_an_answer_that_is_no_list_is_told_and_the_test_is_not_good(hr, answer, words):
    hr.server.answer = lambda _asked: answer
    found = hr.test(code=1)
    assert not found["good"]
    assert words in " ".join(remark["text"] for remark in found["remarks"])
    assert "not good" in hr.run("endpoint", "test", "hr", "list-users").stdout


def test_an_application_that_cannot_be_reached_is_told(hr):
    hr.file.write_text(hr.config.replace(hr.server.url, "http://127.0.0.1:9"))
    assert "127.0.0.1 cannot be reached" in hr.bad("endpoint", "test", "hr", "list-users")


def test_an_answer_beyond_all_bounds_is_told(hr):
    hr.server.answer = lambda _asked: Told(b" " * (64 * 2**20 + 1))
    assert "larger than 64 MiB" in hr.bad("endpoint", "test", "hr", "list-users")
    hr.server.answer = lambda _asked: Told(b'{"data":{"users":[' + b'{"id":"x"},' * 2_000_000 + b'{"id":"y"}]}}')
    assert any("larger than 16 MiB" in text for text in hr.remarks())


def test_what_an_application_sends_cannot_move_the_cursor(hr):
    evil = "\x1b[2J\x1b]0;owned\x07\u202eabc"
    hr.server.answer = lambda _asked: told({"data": {"users": [{"id": evil, evil: evil}]}}, X_Evil="a\x1b[31mb")
    for output in (
        hr.good("endpoint", "test", "hr", "list-users"),
        hr.good("endpoint", "test", "hr", "list-users", "--json"),
    ):
        assert not any(ch in output for ch in "\x1b\x07\u202e")


def test_secrets_that_an_application_sends_back_are_masked(hr):
    hr.good("secret", "set", "token", text="s3cr3t-of-the-house\n")
    hr.configure(authorization="{type: bearer, token: {secret: token}}")

    def mirror(asked):
        return told({"data": {"users": [{"id": "1", "seen": asked.headers["authorization"]}]}}, Set_Cookie="sid=1")

    hr.server.answer = mirror
    for output in (
        hr.good("endpoint", "test", "hr", "list-users"),
        hr.good("endpoint", "test", "hr", "list-users", "--json"),
    ):
        assert "s3cr3t" not in output
        assert "sid=1" not in output


def test_an_answer_that_only_looks_like_xml_is_shown_at_once(hr):
    hr.server.answer = lambda _: Told(b"<" * (1 << 20), kind="application/xml")
    assert "not good" in hr.run("endpoint", "test", "hr", "list-users").output


def test_a_token_that_is_longer_than_an_example_is_masked_there_too(hr):
    hr.good("secret", "set", "token", text="s3cr3t-of-the-house-" * 8 + "\n")
    hr.configure(authorization="{type: bearer, token: {secret: token}}")
    hr.server.answer = lambda asked: told({"data": {"users": [{"id": "1", "seen": asked.headers["authorization"]}]}})
    assert "s3cr3t" not in hr.good("endpoint", "test", "hr", "list-users", "--json")


def test_a_cursor_that_is_nowhere_is_noted_because_the_first_page_is_taken_for_all(hr):
    draft = {"url": "{base_url}/users", "records": "data.users"}
    wrong = {**draft, "paging": {"style": "cursor", "cursor": "meta.nxt", "param": "after"}}
    (note,) = hr.test(spec=wrong)["remarks"]
    assert note == {"text": 'page 1 holds nothing at "meta.nxt", so its 5 records are taken for all', "severe": False}
    proven = {**draft, "paging": {**wrong["paging"], "total": "meta.total"}}
    assert not hr.test(spec=proven)["remarks"]


def test_a_web_page_is_never_good_even_where_records_may_stand_anywhere(hr):
    hr.server.answer = lambda _asked: Told(b"<html><body>sign in</body></html>", kind="text/html")
    assert any("a web page" in text for text in hr.remarks(spec={"url": "{base_url}/users"}))


def test_a_place_without_a_value_says_how_to_give_one(hr):
    for url in ("{base_url}/users/{{ key }}", "{base_url}/users/{key}"):
        spec = {"url": url}
        refused = hr.run("endpoint", "test", "hr", "detail", "--spec", "-", text=json.dumps(spec))
        assert refused.exit_code == 1
        assert "--value NAME=TEXT" in refused.stderr


@pytest.mark.parametrize("address", ["http://me:s3cr3t@127.0.0.1/api", "http://me@127.0.0.1"])
def test_a_user_name_in_an_address_is_refused_with_its_place_and_never_shown(hr, address):
    spec = {"url": address}
    drafted = hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", text=json.dumps(spec))
    hr.file.write_text(hr.config.replace(f"{hr.server.url}/api", address))
    checked = hr.run("config", "check")
    for result in (drafted, checked):
        assert result.exit_code == 1
        assert "user name in it" in result.stderr
        assert "s3cr3t" not in result.output
    assert "keepstep.yaml:7:" in checked.stderr


def test_what_is_no_name_of_a_header_is_refused(hr):
    spec = {"url": "{base_url}/users", "headers": {"X Y": "1"}}
    result = hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", text=json.dumps(spec))
    assert result.exit_code == 1
    assert "headers.X Y: a name has letters" in result.stderr


def test_a_list_that_is_not_named_is_told_in_plain_words(hr):
    hr.file.write_text(hr.config.replace("records: data.users", "paging: {style: page, number: page, size: 9}"))
    result = hr.run("people", "hr.users")
    assert result.exit_code == 12, result.output
    assert "it is no list: is `records` right?" in result.output


def test_a_connection_without_a_preset_is_checked_by_the_lists_of_its_objects(hr):
    assert 'read users     endpoint "list-users" answers' in hr.good("connection", "check", "hr")
    hr.server.answer = lambda _asked: told({"message": "no"}, status=401)
    refused = hr.run("connection", "check", "hr")
    assert (refused.exit_code, "the credentials were not accepted (status 401)" in refused.output) == (1, True)
    hr.server.answer = lambda _asked: told({"message": "no"}, status=404)
    gone = hr.run("connection", "check", "hr")
    assert (gone.exit_code, 'endpoint "list-users" is refused (status 404)' in gone.output) == (1, True)
    hr.server.answer = lambda _asked: told({"message": "no"}, status=403)
    assert "(status 403): a right is missing" in hr.run("connection", "check", "hr").output
    hr.configure(authorization="{type: bearer, token: {secret: nobody-set-it}}")
    assert "nobody-set-it" in hr.run("connection", "check", "hr").output
    hr.file.write_text(hr.config.replace(hr.server.url, "http://127.0.0.1:9"))
    assert hr.run("connection", "check", "hr").exit_code == 1


def test_a_connection_that_describes_nobody_is_not_called_good(hr):
    described = hr.config.split("\n")
    hr.file.write_text("\n".join(line for line in described if "objects:" not in line and "users: {" not in line))
    result = hr.run("connection", "check", "hr")
    assert result.exit_code == 1
    assert "no objects are described yet" in result.output
