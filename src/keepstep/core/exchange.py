"""What went back and forth when an endpoint was tried: requests and answers as a person may see them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from keepstep.core.answer_format import Format, format_of, text_of
from keepstep.core.endpoint import Request, Response
from keepstep.core.field_tree import AnswerField
from keepstep.core.masking import masked
from keepstep.core.secret import MASK, Secret
from keepstep.errors import ResponseInvalid

LONGEST: Final = 8_000
"""How many letters of a body are shown."""

_PRETTY: Final = 1 << 20
"""Up to how many bytes a body is put in lines before it is shown."""

_MARGIN: Final = 4_096
"""How many letters more are looked at for secrets than are shown, so that none is cut before it is found."""

_SECRET_HEADERS: Final = re.compile(r"cookie|authorization|token|secret|api-?key", re.IGNORECASE)
_TAG: Final = re.compile(r"(<[^<>]*>)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it was sent, its secrets masked."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer. *body*: put in lines and cut; *left_off* letters of it are not shown, *size* bytes came."""

    status: int
    milliseconds: int
    headers: tuple[tuple[str, str], ...] = ()
    format: str = ""
    size: int = 0
    body: str = ""
    left_off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request and its answer. *records*: how many it holds, where the endpoint declares records."""

    request: Sent
    answer: Answered
    records: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCall:
    """One request that was sent, and its answer if one came."""

    request: Sent
    answer: Answered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a real read would run into. *severe*: it would not be complete, so the test is not good."""

    text: str
    severe: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A test of an endpoint: one call, or the first two pages, and what is in the answers.

    *records*: how many came, where the endpoint declares records. *fields*: those of the records, else of the answer.
    *lists*: what the list of records can be.
    """

    good: bool
    turns: tuple[Turn, ...]
    records: int | None = None
    fields: tuple[AnswerField, ...] = ()
    lists: tuple[AnswerField, ...] = ()
    remarks: tuple[Remark, ...] = ()


def sent_of(request: Request, secrets: Iterable[Secret]) -> Sent:
    """Return *request* as a person may see it."""
    head, _, body = masked(request.display(), secrets).partition("\n\n")
    first, *lines = head.split("\n")
    method, _, url = first.partition(" ")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Sent(method=method, url=url, headers=headers, body=body[:LONGEST])


def answered_of(answer: Response, form: Format, secrets: Iterable[Secret]) -> Answered:
    """Return *answer* as a person may see it: secrets and cookies masked, the body in lines, and cut."""
    secrets = list(secrets)
    kind, text = _written(answer, form)
    seen = masked(text[: LONGEST + _MARGIN], secrets)
    headers = [(name, MASK if _SECRET_HEADERS.search(name) else value) for name, value in answer.headers.items()]
    return Answered(
        status=answer.status,
        milliseconds=round(answer.seconds * 1000),
        headers=tuple((name, masked(value, secrets)) for name, value in headers),
        format=kind,
        size=len(answer.body),
        body=seen[:LONGEST],
        left_off=max(0, len(text) - LONGEST),
    )


def _written(answer: Response, form: Format) -> tuple[str, str]:
    """Return what the body is written in, and its text."""
    content_type = answer.headers.get("content-type", "")
    try:
        kind = format_of(form, answer.body, content_type)
        text = text_of(answer.body, content_type, declared=kind is Format.XML)
    except ResponseInvalid:
        return "", f"{len(answer.body):,} bytes that are no text: {answer.body[:64].hex()} …"
    if "\0" in text:
        return "", f"{len(answer.body):,} bytes that are no text: {answer.body[:64].hex()} …"
    name = "" if kind is Format.AUTO else str(kind)
    if len(answer.body) > _PRETTY:
        return name, text
    if kind is Format.JSON:
        try:
            return name, msgspec.json.format(text, indent=2)
        except (msgspec.DecodeError, RecursionError):
            return name, text
    return name, _in_lines(text) if kind is Format.XML else text


def _in_lines(text: str) -> str:
    """Return XML with each tag that follows another on a line of its own, indented; what is said stays the same."""
    lines: list[str] = []
    depth, line = 0, ""
    for part in _TAG.split(text):
        if not part.startswith("<"):
            line += part if part.strip() else ""
            continue
        closing = part.startswith("</")
        depth -= closing
        if line and not (closing and "</" not in line):
            lines.append(line)
            line = ""
        line = f"{line}{part}" if line else "  " * min(max(depth, 0), 40) + part
        depth += not closing and not part.endswith("/>") and part[1:2] not in {"?", "!"}
    return "\n".join([*lines, line])


def masked_exchange(found: Exchange, secrets: Iterable[Secret]) -> Exchange:
    """Return *found* without *secrets*, which an application may have sent back."""
    known = [secret for secret in secrets if secret.reveal()]
    if not known:
        return found

    def clean(text: str) -> str:
        return masked(text, known)

    turns = tuple(
        replace(turn, request=cleaned_sent(turn.request, clean), answer=cleaned_answer(turn.answer, clean))
        for turn in found.turns
    )
    fields = tuple(replace(one, path=clean(one.path), example=clean(one.example)) for one in found.fields)
    return replace(found, turns=turns, fields=fields)


def cleaned_sent(sent: Sent, clean: Callable[[str], str]) -> Sent:
    """Return *sent* with *clean* applied to every text of it that somebody wrote."""
    headers = tuple((name, clean(value)) for name, value in sent.headers)
    return replace(sent, url=clean(sent.url), headers=headers, body=clean(sent.body))


def cleaned_answer(answer: Answered, clean: Callable[[str], str]) -> Answered:
    """Return *answer* with *clean* applied to every text that came."""
    headers = tuple((name, clean(value)) for name, value in answer.headers)
    return replace(answer, headers=headers, body=clean(answer.body))
