"""Ten thousand answers that are wrong in every way: each gives records, a named error or a verdict, in bounded steps."""

import random
import re

import pytest

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.preset import application_of
from keepstep.connectors.rest.reading import Reader
from keepstep.connectors.rest.tokens import TokensInMemory
from keepstep.core.call_count import NoCallCounts
from keepstep.core.connection import RestConnection
from keepstep.core.egress import NOWHERE_ELSE
from keepstep.core.endpoint import Response
from keepstep.core.field_path import parse_path
from keepstep.core.macro_context import NO_CONTEXT
from keepstep.core.secret import Secret
from keepstep.errors import KeepstepError
from tests.lab.lists import FORMATS, KINDS, TYPES, Lists, person

ANSWERS = 10_000
MOST_CALLS = 40
URL = "http://app.example/v1/people"
NASTY = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1e", b"\r", b"\n", b'"', b"'", b"\\", b"\\ud800"),
    *(
        b"[" * 3000,
        b"{" * 3000,
        b'{"a":' * 2000,
        b"<a>" * 3000,
        b"9" * 6000,
        b"1e999",
        b"-",
        b"NaN",
        b"null",
        b"{}",
        b"[]",
    ),
    *(
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b"&b;",
        b"&#0;",
        b"]]>",
        b"<![CDATA[",
        b"<?xml version='1.1' encoding='utf-7'?>",
    ),
    *(b"," * 50, b";", b"\t", b"x" * 140_000, b"</Users>", b"}", b"]", b"true", b"0.1", b"<!--", b"--"),
)
CONTENT_TYPES = (
    *TYPES.values(),
    *("", "text/html", "application/json; charset=utf-16", "text/xml; charset=base64", "text/csv; charset=klingon"),
    *("application/json; charset=latin-1", ";;;", "a/b; charset=", "text/csv; charset=utf-7", "text/plain; charset=\0"),
    *("application/xml; charset=shift_jis", "multipart/mixed", "text/tab-separated-values"),
)
HEADERS = (
    *(
        "",
        "c25",
        "c" * 9000,
        "?a=1",
        "http://[::1",
        "http://evil.example/",
        "//x",
        "http://app.example:99999/",
        "\x00",
        "é",
    ),
    *(
        '<?after=c5>; rel="next"',
        "<<<;",
        "<" * 5000,
        '<a>; rel="' + "\\" * 5000,
        "<>; rel=next",
        "</x>;rel=next,</y>;rel=last",
    ),
    *("-1", "99999999999999999999", "1e3", "12", "٣", "true"),
)
STATUSES = (200, 200, 200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 410, 418, 429, 500, 503)


class Scripted(Caller):
    """A caller whose answers are given; the rest of it is as it is."""

    def script(self, answers) -> None:
        self.answers = answers
        self.calls = 0

    async def read(self, endpoint, values, *, ask=None, tries=5):
        self.calls += 1
        return next(self.answers)


def scripted(lists, form, chance):
    bounds = {} if lists.kind == "none" else {"most_calls": MOST_CALLS}
    spec = RestConnection.model_validate(
        {
            "kind": "rest",
            "preset": "plain",
            "base_url": "http://app.example",
            "endpoints": {"people": {**lists.endpoint(**bounds), "format": form}},
            "objects": {"users": lists.objects()},
        }
    )
    application = application_of(spec)
    tokens = TokensInMemory()
    around = {"tokens": tokens, "context": NO_CONTEXT, "egress": NOWHERE_ELSE, "counts": NoCallCounts()}
    caller = Scripted("hr", spec, application, lambda _: Secret(""), **around)
    objects = application.objects["users"]
    reader = Reader(caller, "people", key=objects.key)
    names = [name for name in objects.attributes if chance.random() < 0.8]
    return caller, reader, reader.columns({name: objects.path(name) for name in names})


def bent(body, chance):
    """Return *body* with one thing wrong."""
    at, size = chance.randrange(len(body) + 1), chance.randrange(1, 60)
    match chance.randrange(8):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + chance.choice(NASTY) + body[at:]
        case 2:
            return body[:at] + chance.randbytes(chance.randrange(1, 4)) + body[at + 2 :]
        case 3:
            return body[:at] + body[at + size :]
        case 4:
            return body[: at + size] + body[at:]
        case 5:
            # One value of another kind.
            found = [*re.finditer(rb'"[^"]*"|\d+|>[^<]+<|null|true', body)]
            if not found:
                return chance.choice(NASTY)
            one = chance.choice(found)
            return (
                body[: one.start()]
                + chance.choice((b"null", b"1", b'""', b"[]", b"{}", b'{"a":[1]}', b"><"))
                + body[one.end() :]
            )
        case 6:
            return body.decode("utf-8", "replace").encode(
                chance.choice(("utf-16", "latin-1", "utf-32", "cp1250")), "replace"
            )
        case _:
            return chance.choice(NASTY)


def answers(lists, chance, count):
    """Yield answers for ever: pages as they should be, and *count* of them bent first."""
    people = lists.people
    following = 0
    while True:
        shown = people[following % len(people) :][: lists.size]
        following += lists.size
        target = {"cursor": f"c{following}"}.get(lists.kind.split("-", maxsplit=1)[0], f"?after=c{following}")
        last = chance.random() < 0.2
        body = lists.body(
            shown, len(people), None if last else target, chance.choice(("", "", "elsewhere-list"))
        ).encode()
        headers = {"content-type": TYPES[lists.format], "x-total": str(len(people))}
        if not last:
            headers |= {"x-next": target, "link": f'<{target}>; rel="next"'}
        status = 200
        for _ in range(chance.randrange(4)):
            match chance.randrange(6):
                case 0:
                    headers["content-type"] = chance.choice(CONTENT_TYPES)
                case 1:
                    headers[chance.choice(("link", "x-next", "x-total"))] = chance.choice(HEADERS)
                case 2:
                    status = chance.choice(STATUSES)
                case _:
                    body = bent(body, chance)
        yield Response(status=status, headers=headers, body=body, url=f"{URL}?after=c{following - lists.size}")


@pytest.mark.slow
async def test_whatever_is_answered_gives_records_a_named_error_or_a_verdict():
    answered, verdicts, errors, seed = 0, 0, 0, 0
    while answered < ANSWERS:
        seed += 1
        chance = random.Random(seed)
        lists = Lists(
            [person(number) for number in range(30)],
            kind=chance.choice(KINDS),
            format=chance.choice(FORMATS),
            size=chance.choice((5, 7, 30)),
            declares=chance.random() < 0.5,
        )
        caller, reader, columns = scripted(lists, chance.choice((lists.format, "auto", *FORMATS)), chance)
        caller.script(answers(lists, chance, MOST_CALLS))
        records = []
        try:
            verdict = (await reader.read(columns, records.extend)).verdict(calls=caller.calls)
            assert verdict.reason
            verdicts += 1
        except KeepstepError as error:
            assert error.message
            errors += 1
        except Exception as exc:
            raise AssertionError(f"seed {seed}: {lists.kind} {lists.format}") from exc
        assert caller.calls <= MOST_CALLS + 8 + 3, seed
        for record in records:
            assert record.key.encode(), seed
            for values in record.attributes.values():
                assert all(value.encode() is not None for value in values), seed
        answered += caller.calls
    assert verdicts > 500
    assert errors > 500


@pytest.mark.slow
async def test_whatever_is_answered_to_a_question_for_one_gives_it_or_a_named_error():
    good = bad = 0
    for seed in range(2_000):
        chance = random.Random(seed)
        lists = Lists([person(1)], kind="none", format=chance.choice(FORMATS))
        _, _, columns = scripted(lists, chance.choice((lists.format, "auto")), chance)
        body = lists.one("u00001").body
        for _ in range(chance.randrange(3)):
            body = bent(body, chance)
        try:
            assert columns.one(body, {"content-type": chance.choice(CONTENT_TYPES)}).key
            good += 1
        except KeepstepError:
            bad += 1
        except Exception as exc:
            raise AssertionError(f"seed {seed}: {lists.format}") from exc
    assert good > 100
    assert bad > 100


def test_paths_are_understood_or_refused():
    chance = random.Random(3)
    for _ in range(5_000):
        text = "".join(chance.choice('ab.[]="0-1@ ') for _ in range(chance.randrange(12)))
        try:
            assert parse_path(text)
        except ValueError:
            continue
