"""Answers and refusals: the error families of the real service, each in one function.

Source: Infobip reference, section 2.2 (families A, B, C and F).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

Family = Literal["A", "B", "C", "F"]
Json: TypeAlias = (
    "dict[str, Json] | list[Json] | str | int | float | bool | None"  # read with isinstance, never trusted
)
Shown = dict[str, object]  # what is about to become JSON


class EmulatorError(ValueError):
    """The emulator was set up wrongly: an unknown rule or fault, a bad value; the message says which."""


class Refusal(Exception):
    """The emulated service refuses a call: an HTTP status, and the words of the error body."""

    def __init__(
        self,
        status: int,
        text: str = "",
        *,
        details: Mapping[str, Sequence[str]] | None = None,
        family: Family | None = None,
        code: int = 0,
    ) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.details: Mapping[str, Sequence[str]] = details or {}
        self.family: Family | None = family
        self.code = code


@dataclass(slots=True)
class Reply:
    """One answer, before it goes out: status, body and headers."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])


_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    405: ("METHOD_NOT_ALLOWED", "Method not allowed"),
    409: ("CONFLICT", "Conflict"),
    413: ("PAYLOAD_TOO_LARGE", "Payload too large"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
    502: ("BAD_GATEWAY", "Bad gateway"),
    503: ("SERVICE_UNAVAILABLE", "Service unavailable"),
}


def json_reply(value: object, status: int = 200) -> Reply:
    """Answer *value* as JSON."""
    return Reply(status, msgspec.json.encode(value))


def refuse(refusal: Refusal, family: Family, *, code_as_text: bool = False) -> Reply:
    """Answer *refusal* in its own error family, or in that of the operation."""
    chosen = refusal.family or family
    if chosen == "C" and refusal.status == 400:
        body = _family_c(refusal, code_as_text=code_as_text)
    elif chosen == "B":
        body = _family_b(refusal)
    elif chosen == "F":
        body = {"value": refusal.code or 40002, "message": refusal.text}
    else:
        body = family_a(refusal.status, refusal.text, refusal.details)
    return json_reply(body, refusal.status)


def family_a(status: int, text: str = "", details: Mapping[str, Sequence[str]] | None = None) -> Shown:
    """Return the legacy error body, used by all of People v2 and by 401, 403, 429 and 500 everywhere in People."""
    message_id, words = _WORDS.get(status, _WORDS[500])
    exception: Shown = {"messageId": message_id, "text": text or words}
    if details:
        exception["validationErrors"] = {name: list(messages) for name, messages in details.items()}
    return {"requestError": {"serviceException": exception}}


def _family_b(refusal: Refusal) -> Shown:
    violations = [
        {"property": name, "violation": message} for name, messages in refusal.details.items() for message in messages
    ]
    return {
        "errorCode": f"E{refusal.status}",
        "description": refusal.text or _WORDS.get(refusal.status, _WORDS[500])[1],
        "action": "Check the request and try again.",
        "violations": violations,
        "resources": [],
    }


def _family_c(refusal: Refusal, *, code_as_text: bool) -> Shown:
    code = refusal.code or 400103
    body: Shown = {"code": str(code) if code_as_text else code, "message": refusal.text}
    if refusal.details:
        body["details"] = [
            {"property": name, "message": message} for name, messages in refusal.details.items() for message in messages
        ]
    return body
