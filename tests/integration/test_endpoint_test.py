"""`keepstep endpoint test`: what a live call shows, and what it says a real read would run into."""

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
