"""Secrets are taken out of texts, however they are written there."""

import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest

from keepstep.core.masking import masked, masked_report
from keepstep.core.secret import Secret, noticing

SECRET = "pa ss'w\"ö\\rd{7}山😀"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps(SECRET)),
        repr(SECRET),
        repr(SECRET.encode()),
        repr([json.dumps({"password": SECRET}).encode()]),
        repr(SECRET.encode("utf-16-le")),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        SECRET.encode().hex(),
        *(b64encode(b"k" * shift + SECRET.encode() + b":").decode() for shift in range(4)),
        b64encode(f'"{SECRET}"'.encode("utf-16-le")).decode(),
    ],
)
def test_a_secret_is_masked_in_every_form(written):
    told = masked(f"sent {written} away", [Secret(SECRET)])
    assert told.startswith("sent ")
    assert told.endswith(" away")
    assert "•••" in told
    assert not [part for part in ("pa ss", "cGEgc3", "70612073", "%7B7%7D") if part in told]


def test_a_text_without_secrets_stays_as_it_is():
    assert masked("Anything at all", [Secret("something"), Secret("")]) == "Anything at all"


@pytest.mark.parametrize(
    "line",
    [
        "{'Authorization': 'Bearer eyJhbGciOi.J9x_y-z'}",
        "(('Authorization', 'IBSSO eyJhbGciOi.J9x_y-z'),)",
        "Authorization: App eyJhbGciOi.J9x_y-z",
        "got Basic eyJhbGciOi.J9x_y-z= back",
        """{"access_token": "eyJhbGciOi.J9x_y-z", "expires_in": 3600}""",
        "token='eyJhbGciOi.J9x_y-z'",
    ],
)
def test_a_token_that_was_never_sealed_is_masked_in_a_report(line):
    assert "eyJhbGciOi" not in masked_report(line, [])


def test_a_report_stays_readable():
    code = "    password = compose_password(length, avoid=names)\n    token = await self._fetch(old)"
    assert masked_report(code, []) == code


def test_a_secret_that_is_noticed_again_and_again_is_held_once():
    held = [Secret("first-secret")]
    notice = noticing(held)
    for _ in range(3):
        notice(Secret("first-secret"))
        notice(Secret("second-secret"))
    assert [secret.reveal() for secret in held] == ["first-secret", "second-secret"]
