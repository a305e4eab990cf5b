"""What a request says about a person: checked, and not yet applied.

`read_v2` and `read_v3` turn a body into a `Change`, or raise `Invalid` with every problem and its property path.
Source: Infobip reference, sections 3.2, 3.4 and 11 line 4.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from keepstep.emulator.attributes import Checks, Problems, read_attributes, read_tags
from keepstep.emulator.person import CHANNELS, MERGE_CHANNELS, SENDERLESS, Contact
from keepstep.emulator.replies import Json


class Invalid(Exception):
    """A body that breaks the rules for a person; `problems` are (property path, message)."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(message for _, message in problems))
        self.problems = problems


@dataclass(slots=True)
class Change:
    """What a body says: only what it names. A text of None clears; `contacts` None leaves them out of it."""

    texts: dict[str, str | None] = field(default_factory=dict[str, str | None])
    tags: list[str] | None = None
    attributes: dict[str, Json] | None = None
    contacts: list[Contact] | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text property: its attribute in `Person`, its longest length, and its form."""

    attribute: str
    longest: int
    is_name: bool = False
    choices: tuple[str, ...] = ()
    form: str = ""
    v3_only: bool = False


_TEXTS: Final = {
    "externalId": _Text("external_id", 256),
    "type": _Text("type", 20, choices=("CUSTOMER", "LEAD")),
    "firstName": _Text("first_name", 255, is_name=True),
    "lastName": _Text("last_name", 255, is_name=True),
    "middleName": _Text("middle_name", 50, is_name=True),
    "nickName": _Text("nick_name", 50, is_name=True, v3_only=True),
    "address": _Text("address", 256),
    "city": _Text("city", 50),
    "country": _Text("country", 50),
    "gender": _Text("gender", 10, choices=("MALE", "FEMALE")),
    "birthDate": _Text("birth_date", 10, form="date"),
    "preferredLanguage": _Text("preferred_language", 5, form="language"),
    "profilePicture": _Text("profile_picture", 2083, form="url"),
}
_READ_ONLY: Final = frozenset({
    "id", "createdAt", "modifiedAt", "origin", "modifiedFrom", "createdFrom", "createdBy", "modifiedBy",
    "computedAttributes", "integrations",
})  # fmt: skip
_OTHERS: Final = frozenset({"tags", "customAttributes", "contactInformation"})
_FORBIDDEN_IN_NAMES: Final = re.compile(r'[&<>"/\\:(){}=;#\r\n]')
_LANGUAGE: Final = re.compile(r"[a-z]{2}(-[A-Za-z]{2})?")
_EMAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@.,;<>\"]+")
_PHONE: Final = re.compile(r"[0-9]{7,15}")
_MOST_CONTACTS: Final = 100
_MERGE_KINDS: Final = frozenset(MERGE_CHANNELS)
_UPSERT_KINDS: Final = frozenset({"PHONE", "EMAIL"})


def read_v2(body: Json, checks: Checks) -> Change:
    """Return what a v2 person body says; raise Invalid."""
    return _read(body, checks, path="", v3="")


def read_v3(body: Json, checks: Checks, path: str, *, merge: bool = False) -> Change:
    """Return what a v3 person body at *path* says; raise Invalid. Only merge takes channels besides phone and email."""
    return _read(body, checks, path=path, v3="merge" if merge else "upsert")


def read_contacts_v2(body: Json, checks: Checks) -> list[Contact]:
    """Return the phones and emails of a contactInformation body; raise Invalid."""
    problems: Problems = []
    found = _contacts_v2(body, checks, "contactInformation", problems)
    if problems:
        raise Invalid(problems)
    return found


def _read(body: Json, checks: Checks, *, path: str, v3: str) -> Change:
    if not isinstance(body, dict):
        raise Invalid([(path or "person", "must be an object")])
    problems: Problems = []
    change = Change()
    prefix = f"{path}." if path else ""
    for name, value in body.items():
        text = _TEXTS.get(name)
        if text is not None and (v3 or not text.v3_only):
            _read_text(change, (prefix + name, text), value, checks, problems)
        elif name not in _OTHERS and name not in _READ_ONLY and checks.rules.unknown_property == "refuse":
            problems.append((prefix + name, "Unknown property"))
    if "tags" in body:
        change.tags = read_tags(body["tags"], checks, prefix + "tags", problems)
    if "customAttributes" in body:
        change.attributes = read_attributes(body["customAttributes"], checks, prefix + "customAttributes", problems)
    if "contactInformation" in body:
        info, where = body["contactInformation"], prefix + "contactInformation"
        change.contacts = (
            _contacts_v3(info, checks, (where, v3), problems) if v3 else _contacts_v2(info, checks, where, problems)
        )
    if problems:
        raise Invalid(problems)
    return change


def _read_text(change: Change, place: tuple[str, _Text], value: Json, checks: Checks, problems: Problems) -> None:
    path, text = place
    if value is None or value == "":
        policy = checks.rules.null_value if value is None else checks.rules.empty_text
        if policy == "refuse":
            problems.append((path, "Must not be null" if value is None else "Must not be empty"))
        elif policy == "clear" or (policy == "store" and (text.choices or text.form)):
            change.texts[text.attribute] = None
        elif policy == "store":
            change.texts[text.attribute] = ""
        return
    message = _wrong_text(text, value, checks)
    if message or not isinstance(value, str):
        problems.append((path, message))
    else:
        change.texts[text.attribute] = value


def _wrong_text(text: _Text, value: Json, checks: Checks) -> str:
    if not isinstance(value, str):
        return "Must be a text"
    if len(value) > text.longest:
        return f"Must not be longer than {text.longest} characters"
    if text.choices and value not in text.choices:
        return f"Must be one of {', '.join(text.choices)}"
    if text.is_name and checks.rules.forbidden_name_characters and _FORBIDDEN_IN_NAMES.search(value):
        return 'Must not contain & < > " / \\ : ( ) { } = ; # or line breaks'
    if text.form == "date" and not is_date(value):
        return "Must be a date: YYYY-MM-DD"
    if text.form == "language" and not _LANGUAGE.fullmatch(value):
        return "Must be a language such as hr or pt-BR"
    if text.form == "url" and not value.startswith(("http://", "https://")):
        return "Must be a URL"
    return ""


def is_date(value: str) -> bool:
    """Say whether *value* is a real day written YYYY-MM-DD."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _contacts_v2(info: Json, checks: Checks, path: str, problems: Problems) -> list[Contact]:
    if info is None:
        return []
    if not isinstance(info, dict):
        problems.append((path, "Must be an object"))
        return []
    found: list[Contact] = []
    for kind, member, key in (("PHONE", "phone", "number"), ("EMAIL", "email", "address")):
        entries = info.get(member)
        if entries is None:
            continue
        if not isinstance(entries, list):
            problems.append((f"{path}.{member}", "Must be a list"))
            continue
        if len(entries) > _MOST_CONTACTS:
            problems.append((f"{path}.{member}", f"Must not have more than {_MOST_CONTACTS} items"))
            continue
        for index, entry in enumerate(entries):
            value = entry.get(key) if isinstance(entry, dict) else None
            where = f"{path}.{member}[{index}].{key}"
            _add_contact(found, Contact(kind, ""), (where, value), checks, problems)
    return found


def _contacts_v3(info: Json, checks: Checks, place: tuple[str, str], problems: Problems) -> list[Contact]:
    path, call = place
    if info is None:
        return []
    if not isinstance(info, list):
        problems.append((path, "Must be a list"))
        return []
    allowed = _MERGE_KINDS if call == "merge" else _UPSERT_KINDS
    found: list[Contact] = []
    for index, entry in enumerate(info):
        where = f"{path}[{index}]"
        if not isinstance(entry, dict):
            problems.append((where, "Must be an object"))
            continue
        kind, sender, primary = entry.get("type"), entry.get("sender"), entry.get("primary", False)
        if kind is None:
            problems.append((f"{where}.type", "Must not be null"))
        elif not isinstance(kind, str) or kind not in allowed:
            problems.append((f"{where}.type", f"Must be one of {', '.join(sorted(allowed))}"))
        elif not isinstance(primary, bool | None):
            problems.append((f"{where}.primary", "Must be true or false"))
        elif kind not in SENDERLESS and not (isinstance(sender, str) and 0 < len(sender) <= 255):
            problems.append((f"{where}.sender", "Must not be null"))
        else:
            shape = Contact(kind, "", "" if kind in SENDERLESS else str(sender), bool(primary))
            _add_contact(found, shape, (f"{where}.identifier", entry.get("identifier")), checks, problems)
    for kind in CHANNELS if len(found) > _MOST_CONTACTS else ():
        if sum(contact.kind == kind for contact in found) > _MOST_CONTACTS:
            problems.append((path, f"Must not have more than {_MOST_CONTACTS} of {kind}"))
    return found


def _add_contact(
    found: list[Contact], shape: Contact, place: tuple[str, Json], checks: Checks, problems: Problems
) -> None:
    path, value = place
    if value is None:
        problems.append((path, "Must not be null"))
    elif not isinstance(value, str) or not value:
        problems.append((path, "Must be a text"))
    elif shape.kind == "PHONE":
        number = value.removeprefix("+") if checks.rules.phone_plus == "strip" else value
        digits = number.removeprefix("+") if checks.rules.phone_plus == "keep" else number
        if len(value) > 50 or (checks.rules.phone_check and not _PHONE.fullmatch(digits)):
            problems.append((path, "Phone number is invalid"))
        else:
            found.append(shape._replace(identifier=number))
    elif shape.kind == "EMAIL":
        if len(value) > 255 or (checks.rules.email_check and not _EMAIL.fullmatch(value)):
            problems.append((path, "Email address is invalid"))
        else:
            found.append(shape._replace(identifier=value.lower() if checks.rules.email_case == "lower" else value))
    elif len(value) > 255:
        problems.append((path, "Must not be longer than 255 characters"))
    else:
        found.append(shape._replace(identifier=value))
