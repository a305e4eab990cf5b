"""A switch for every behaviour of the real service that nobody could verify.

The defaults are the readings named in the reference (sections 3, 11 and 12); each switch names the other readings.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from keepstep.emulator.replies import EmulatorError


def _flag(meaning: str, *, default: bool) -> bool:
    field: bool = dataclasses.field(default=default, metadata={"meaning": meaning, "choices": ()})
    return field


def _number(default: int, meaning: str) -> int:
    field: int = dataclasses.field(default=default, metadata={"meaning": meaning, "choices": ()})
    return field


def _word(meaning: str, default: str, *others: str) -> str:
    field: str = dataclasses.field(default=default, metadata={"meaning": meaning, "choices": (default, *others)})
    return field


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the emulator behaves where the real service is unverified; `RULES` documents every switch."""

    # 1. authentication
    expires_in: int = _number(3600, "lifetime of an OAuth 2.0 access token, in seconds")
    session_minutes: int = _number(60, "minutes without a call after which an IBSSO session ends")
    session_again: str = _word("a second log-in while a session lives: the same token, or a new one", "same", "new")
    upsert_scope: str = _word(
        "who may call v3 upsert and merge: people:manage only, or people:read too", "manage", "read"
    )
    # 2. what a person may hold
    contact_required: bool = _flag("a person needs a phone, an email or an external id", default=True)
    forbidden_name_characters: bool = _flag('names refuse & < > " / \\ : ( ) { } = ; # and line breaks', default=True)
    phone_plus: str = _word("a leading + of a phone number", "strip", "keep", "refuse")
    phone_check: bool = _flag("phones must be 7 to 15 digits", default=True)
    email_check: bool = _flag("emails must look like one", default=True)
    email_case: str = _word("emails are stored as sent, or in lower case", "keep", "lower")
    undefined_attribute: str = _word("a custom attribute nobody defined", "refuse", "ignore", "create")
    wrong_attribute_type: str = _word("a custom attribute value of another type", "refuse", "accept")
    undefined_tag: str = _word("a tag nobody defined", "create", "refuse")
    unknown_property: str = _word("a property the API does not know", "ignore", "refuse")
    null_value: str = _word("null for an attribute", "clear", "ignore", "refuse")
    empty_text: str = _word("an empty text for an attribute", "clear", "store", "refuse")
    # 3. writes
    modified_at: str = _word("modifiedAt moves on a real change only, or on every write", "change", "write")
    put_clears_external_id: bool = _flag("a PUT without externalId clears it", default=True)
    duplicate_status: int = _number(400, "HTTP status of a duplicate on a single write (400 or 409)")
    duplicate_shape: str = _word("error family of a duplicate on a single write", "A", "F")
    not_found_status: int = _number(404, "HTTP status when a single call names nobody (404 or 400)")
    batch_status: str = _word(
        "v2 batch: 207 when an item failed, or always the same", "mixed", "always-200", "always-207"
    )
    batch_results: str = _word("v2 batch results list the failures, or every item", "failures", "all")
    over_limit: str = _word("more than 1000 items in one call", "refuse", "accept")
    upsert_conflict: str = _word(
        "v3 upsert whose identifiers point at different people", "refuse", "external-id-wins", "first-wins"
    )
    upsert_duplicates: str = _word("one person twice in one upsert", "in-order", "refuse")
    upsert_patch: str = _word("v3 PATCH and tags, phones, emails", "append", "replace")
    code_type: str = _word("type of `code` in v3 errors", "integer", "text")
    # 4. lists
    list_envelope: str = _word(
        "a list of persons comes as an object with `persons`, or as a bare array", "persons", "bare"
    )
    tags_envelope: str = _word("a list of tags comes as a bare array, or as an object with `tags`", "bare", "tags")
    default_order: str = _word("order of a list that asks for none", "createdAt:asc", "modifiedAt:desc")
    page_over_limit: str = _word("a limit above 1000", "refuse", "clamp")
    bad_filter: str = _word("a filter that cannot be understood", "refuse", "ignore")
    filter_times: bool = _flag("filters may name createdAt and modifiedAt", default=True)
    old_identifiers: bool = _flag("?email=, ?phone= and ?externalId= name a person too", default=True)
    trailing_slash: bool = _flag("a slash at the end of a path is accepted", default=True)
    # 5. messages
    delivery_seconds: int = _number(2, "seconds after which an accepted message counts as delivered")
    # 6. rate limits
    rate_window: str = _word("one-second windows: fixed, or any second (strict)", "fixed", "sliding")
    rate_bucket: str = _word("what shares a limit: a method and path, or all methods of a path", "operation", "path")
    retry_after: bool = _flag("a 429 carries Retry-After", default=False)


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """What one switch decides: its default, the words it accepts (empty: any of its type), and the meaning."""

    name: str
    default: bool | int | str
    choices: tuple[str, ...]
    meaning: str


def _documents() -> Mapping[str, RuleDoc]:
    plain = Rules()
    return {
        field.name: RuleDoc(
            field.name, getattr(plain, field.name), field.metadata["choices"], field.metadata["meaning"]
        )
        for field in dataclasses.fields(Rules)
    }


RULES: Final[Mapping[str, RuleDoc]] = _documents()
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


def parse_rules(texts: Iterable[str], start: Rules | None = None) -> Rules:
    """Return *start* with the switches of *texts* ("name=value") set; raise EmulatorError that names the wrong one."""
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise EmulatorError(f"rule {text!r} has no value: write NAME=VALUE")
        values[name.strip()] = value.strip()
    return change_rules(start or Rules(), values)


def change_rules(rules: Rules, values: Mapping[str, object]) -> Rules:
    """Return *rules* with *values* (texts, booleans or numbers) in place; raise EmulatorError for a wrong one."""
    checked = {name: _checked(name, value) for name, value in values.items()}
    return dataclasses.replace(rules, **checked)


def _checked(name: str, value: object) -> bool | int | str:
    doc = RULES.get(name)
    if doc is None:
        near = get_close_matches(name, RULES, n=1)
        raise EmulatorError(f"there is no rule {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    text = str(value).strip()
    if isinstance(doc.default, bool):
        if text.lower() not in _TRUE | _FALSE:
            raise EmulatorError(f"rule {name!r} is on or off, not {text!r}")
        return text.lower() in _TRUE
    if isinstance(doc.default, int):
        if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) < 10**9):
            raise EmulatorError(f"rule {name!r} is a whole number above 0, not {text!r}")
        return int(text)
    if text not in doc.choices:
        raise EmulatorError(f"rule {name!r} is one of {', '.join(doc.choices)}, not {text!r}")
    return text
