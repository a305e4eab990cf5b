"""One request, as the handlers see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from keepstep.emulator.faults import Fault
from keepstep.emulator.replies import Json, Refusal

Outcome = Literal["not_done", "created", "updated", "not_modified", "deleted", "refused", "merged"]
MANY: Final = 1000
_MALFORMED: Final = "Malformed JSON body, wrong syntax"


class Item(msgspec.Struct, gc=False):
    """One person that a writing request names: what was asked, whom it named, and how it ended."""

    action: str
    key: str
    outcome: str = "not_done"
    id: int | None = None


@dataclass(slots=True)
class Call:
    """One request: path parts, query, body and who sends it; `items` is filled for the request log."""

    query: Mapping[str, str] = field(default_factory=dict[str, str])
    raw: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Mapping[str, list[str]] | None = None
    source: str = "API"
    login: str = ""
    address: str = ""
    authorization: str = ""
    items: list[Item] = field(default_factory=list[Item])
    tenant_size: int | None = None  # a fault: serve another account, of so many people
    fail_items: int = 0  # a fault: so many items of a batch fail
    page_faults: list[Fault] = field(default_factory=list[Fault])

    def json(self) -> Json:
        """Return the decoded body; raise Refusal (400) when it is not JSON."""
        try:
            return msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refusal(400, _MALFORMED, code=400103) from error

    def settle(self, index: int, outcome: Outcome, person_id: int | None = None) -> None:
        """Note how item *index* of this request ended."""
        if index < len(self.items):
            self.items[index].outcome = outcome
            self.items[index].id = person_id


def object_body(body: Json, text: str = "Bad request") -> dict[str, Json]:
    """Return *body* if it is an object; raise Refusal (400)."""
    if not isinstance(body, dict):
        raise Refusal(400, text, code=400103)
    return body


def list_member(body: Json, name: str) -> list[Json]:
    """Return the list called *name* in *body*; raise Refusal (400)."""
    found = object_body(body).get(name)
    if not isinstance(found, list):
        message = "Required, but value is missing" if found is None else "Must be a list"
        raise Refusal(400, f"Missing required property '{name}'", details={name: [message]}, code=400104)
    return found


def whole_number(text: str | None, default: int, *, name: str, least: int = 0) -> int:
    """Return the number in a query value; raise Refusal (400) when it is none or below *least*."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < least:
        raise Refusal(400, f"{name} must be a whole number of at least {least}", details={name: ["Invalid value"]})
    return int(text)
