import json

import pytest

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.response import BatchResults, Meaning, judge, names_problem, parse_json, read_batch, read_problem

TABLE = load_preset("infobip").problems
PERSONS = load_preset("infobip").objects["persons"]

FAMILIES = {
    "A": {
        "requestError": {
            "serviceException": {
                "messageId": "BAD_REQUEST",
                "text": "Bad request",
                "validationErrors": {"firstName": ["too long"]},
            }
        }
    },
    "B": {
        "errorCode": "E400",
        "description": "Bad",
        "action": "Check",
        "violations": [{"property": "name", "violation": "x"}],
        "resources": [],
    },
    "C": {
        "code": 400103,
        "message": "Malformed JSON body",
        "details": [{"property": "persons", "message": "Required"}],
    },
    "D": {"errorCode": 400101, "message": "validation"},
    "E": {"errorCode": 5, "errorMessage": "push"},
    "F": {"value": 40002, "message": "Duplicate"},
    "G": {"type": "about:blank", "title": "Bad Request", "status": 400, "errors": []},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_error_bodies_is_understood(family):
    body = json.dumps(FAMILIES[family]).encode()
    assert names_problem(TABLE, body)
    assert read_problem(TABLE, 400, body).meaning is (Meaning.CONFLICT if family == "F" else Meaning.REFUSED)


@pytest.mark.parametrize(
    ("status", "text", "meaning"),
    [
        (401, "Unauthorized", Meaning.CREDENTIALS),
        (403, "Forbidden", Meaning.RIGHT_MISSING),
        (404, "Not found", Meaning.ABSENT),
        (400, "Person does not exist", Meaning.ABSENT),
        (409, "There is no person matching the query", Meaning.ABSENT),
        (400, "Destination(email) a@b.c already exists.", Meaning.CONFLICT),
        (409, "Destination(email) a@b.c already exists.", Meaning.CONFLICT),
        (409, "anything", Meaning.CONFLICT),
        (429, "Too many requests", Meaning.THROTTLED),
        (500, "Something went wrong", Meaning.RETRY),
        (503, "", Meaning.RETRY),
        (408, "", Meaning.RETRY),
        (400, "Bad request", Meaning.REFUSED),
        (302, "", Meaning.REFUSED),
    ],
)
def test_status_and_text_tell_what_an_answer_means(status, text, meaning):
    body = json.dumps({"requestError": {"serviceException": {"messageId": "X", "text": text}}}).encode()
    problem = read_problem(TABLE, status, body)
    assert problem.meaning is meaning
    assert "a@b.c" not in problem.say
    assert str(status) in problem.say


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"[1]", b"null", b'{"requestError": []}', b"\xff", b"[" * 100_000, b'{"errorCode": {}}'],
)
def test_a_body_of_any_kind_is_judged_by_its_status(body):
    assert read_problem(TABLE, 500, body).meaning is Meaning.RETRY
    assert not names_problem(TABLE, body)


def test_codes_and_places_are_shown_and_nothing_else_of_the_answer():
    problem = read_problem(TABLE, 400, json.dumps(FAMILIES["A"]).encode())
    assert "BAD_REQUEST" in problem.say
    assert "firstName" in problem.say
    hostile = {
        "code": "x y\r\n<b>",
        "message": "m",
        "details": [{"property": "a\nb"}, {"nothing": 1}, {"property": "persons[1].email"}],
    }
    say = read_problem(TABLE, 400, json.dumps(hostile).encode()).say
    assert "\n" not in say
    assert "<b>" not in say
    assert "persons[1].email" in say


def test_a_list_of_errors_is_judged_by_its_first():
    assert read_problem(TABLE, 400, b'[{"value": 40002, "message": "Duplicate"}]').meaning is Meaning.CONFLICT


def test_an_item_is_judged_by_the_first_rule_that_fits():
    assert judge(TABLE, 400, "409100", "").meaning is Meaning.CONFLICT
    assert judge(TABLE, 400, "500100", "").meaning is Meaning.RETRY
    assert judge(TABLE, 400, "400100", "Email address is invalid").say.startswith("an email")


def test_what_is_no_json_is_none():
    assert parse_json(b"{") is None
    assert parse_json(b"[" * 100_000) is None


def meanings(answers):
    return [answer.problem.meaning if answer.problem else answer.key or answer.done for answer in answers]


def v3(body, sent=("", "", "")):
    return meanings(read_batch(TABLE, PERSONS.create.results, sent, (207, json.dumps(body).encode())))


def v2(body, sent=("1", "2", "3"), status=207):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return meanings(read_batch(TABLE, PERSONS.delete.results, sent, (status, body)))


def test_items_are_told_by_index():
    errors = [
        {
            "index": 2,
            "code": 400100,
            "message": "One or more properties",
            "details": [{"property": "persons[2].x", "message": "Email address is invalid"}],
        },
        {"index": 1, "code": "409100", "message": "x"},
    ]
    assert v3({"results": [{"index": 0, "id": 77, "status": "CREATED"}], "errors": errors}) == [
        "77",
        Meaning.CONFLICT,
        Meaning.REFUSED,
    ]


def test_an_item_that_no_list_names_is_uncertain_where_all_should_be_named():
    assert v3({"results": [{"index": 0, "id": 77, "status": "CREATED"}]}) == ["77", False, False]
    assert v3({"results": {}, "errors": {"index": 1, "code": 409100, "message": ""}}) == [
        False,
        Meaning.CONFLICT,
        False,
    ]


def test_only_failures_are_listed_and_the_rest_is_done():
    assert v2({"results": []}, status=200) == [True, True, True]
    failed = {
        "query": {"type": "ID", "identifier": "2"},
        "status": 409,
        "errors": [{"message": "There is no person matching the query"}],
    }
    assert v2({"results": [failed]}) == [True, Meaning.ABSENT, True]
    done = {"query": {"type": "ID", "identifier": 3}, "status": 200}
    assert v2({"results": [failed, done]}) == [True, Meaning.ABSENT, True]


@pytest.mark.parametrize(
    "odd",
    [
        {"query": {"identifier": "9"}, "status": 409},
        {"status": 409, "errors": [{"message": "x"}]},
        {"query": {"identifier": "1"}, "status": 500, "errors": []},
    ],
)
def test_an_entry_that_fits_no_item_makes_the_unnamed_ones_uncertain(odd):
    first = {"query": {"identifier": "1"}, "status": 409, "errors": [{"message": "no person"}]}
    assert v2({"results": [first, odd]}) == [Meaning.ABSENT, False, False]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[]", FAMILIES["A"]])
def test_an_answer_without_any_list_says_nothing(body):
    assert v2(body, status=200) == [False, False, False]


def test_an_empty_answer_is_a_success_only_where_the_call_answers_so():
    silent = BatchResults(lists=["results"], by="query.identifier", unlisted="done", silent=True)
    assert meanings(read_batch(TABLE, silent, ["1"], (200, b" "))) == [True]
    assert meanings(read_batch(TABLE, silent, ["1"], (200, json.dumps(FAMILIES["A"]).encode()))) == [False]


def test_an_entry_that_tells_neither_success_nor_failure_is_uncertain():
    assert v2({"results": [{"query": {"identifier": "1"}}]}) == [False, True, True]
    by_index = BatchResults(lists=["results"], by="index")
    assert meanings(read_batch(TABLE, by_index, ["a"], (200, b'{"results": [{"index": 7}, {"index": "0"}]}'))) == [
        False
    ]
