"""One person: the record as it is kept, and the v2 and v3 views of it.

A person is kept as the JSON text of its v2 view, so that a page of a list is a join of bytes. `createdAt` and
`modifiedAt` stand first and have a fixed width, so that they can be read without decoding. What only v3 knows
(nick name, preferred contacts) stands in a last member, `~v3`, which the v2 view cuts off.
Source: Infobip reference, sections 3.2 and 3.4.
"""

from typing import Any, Final, NamedTuple

import msgspec

from keepstep.emulator.replies import Shown

# type in queries and in v3 -> member of the v2 `contactInformation`
CHANNELS: Final = {
    "PHONE": "phone",
    "EMAIL": "email",
    "LINE": "line",
    "FACEBOOK": "facebook",
    "TELEGRAM": "telegram",
    "PUSH": "push",
    "WEB_PUSH": "webpush",
    "LIVE_CHAT": "liveChat",
    "VIBER_BOTS": "viberBots",
    "INSTAGRAM": "instagram",
    "INSTAGRAM_DM": "instagramDm",
    "TWITTER": "twitter",
    "APPLE_BUSINESS_CHAT": "appleBusinessChat",
    "KAKAO_SANGDAM": "kakaoSangdam",
    "OPEN_CHANNEL": "openChannel",
    "ZALO_FOLLOWER": "zaloFollower",
    "TIKTOK_BM": "tiktokBm",
    "WHATSAPP": "whatsapp",
}
MERGE_CHANNELS: Final = {**CHANNELS, "KAKAO_TALK": "kakaoTalk"}
IDENTIFIER_TYPES: Final = frozenset({"ID", "EXTERNAL_ID", *CHANNELS})
SENDERLESS: Final = frozenset({"ID", "EXTERNAL_ID", "PHONE", "EMAIL"})
_TYPES_BY_MEMBER: Final = {member: kind for kind, member in MERGE_CHANNELS.items()}
_V3_MARK: Final = b',"~v3":{'
CREATED_AT: Final = slice(14, 33)
MODIFIED_AT: Final = slice(49, 68)


class Contact(NamedTuple):
    """One way to reach a person; `sender` is empty for phones and emails."""

    kind: str
    identifier: str
    sender: str = ""
    primary: bool = False


class V3Only(msgspec.Struct, omit_defaults=True, gc=False, rename="camel"):
    """What only the v3 API knows of a person."""

    nick_name: str | None = None
    primary_phone: str | None = None
    primary_email: str | None = None


class Person(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False, rename="camel"):
    """A person; the order of the members is the order on the wire."""

    created_at: str
    modified_at: str
    id: int
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    gender: str | None = None
    birth_date: str | None = None
    preferred_language: str | None = None
    profile_picture: str | None = None
    type: str
    origin: str
    modified_from: str
    tags: list[str] = []
    custom_attributes: dict[str, Any] = {}
    contact_information: dict[str, list[dict[str, str]]] = {}
    v3: V3Only | None = msgspec.field(default=None, name="~v3")


_DECODER: Final = msgspec.json.Decoder(Person)
_ENCODER: Final = msgspec.json.Encoder()


def pack(person: Person) -> bytes:
    """Return the kept form of *person*."""
    return _ENCODER.encode(person)


def unpack(kept: bytes) -> Person:
    """Return the person in *kept*; `unpack(pack(person)) == person`."""
    return _DECODER.decode(kept)


def view_v2(kept: bytes) -> bytes:
    """Return the JSON text that v2 shows."""
    if kept.endswith(b"]}}"):  # the usual end, of contactInformation; what only v3 knows ends in a text
        return kept
    cut = kept.rfind(_V3_MARK)
    return kept if cut < 0 else kept[:cut] + b"}"


def view_v3(person: Person) -> Shown:
    """Return the v3 view: flat contacts with `primary`, `createdFrom` for `origin`."""
    shown: Shown = msgspec.to_builtins(person)
    only = person.v3 or V3Only()
    for name in ("~v3", "origin", "contactInformation"):
        shown.pop(name, None)
    shown["createdFrom"] = person.origin
    if only.nick_name is not None:
        shown["nickName"] = only.nick_name
    listed = [_contact_v3(contact) for contact in contacts(person)]
    if listed:
        shown["contactInformation"] = listed
    return shown


def _contact_v3(contact: Contact) -> Shown:
    shown: Shown = {"type": contact.kind, "identifier": contact.identifier}
    if contact.sender:
        shown["sender"] = contact.sender
    if contact.primary:
        shown["primary"] = True
    return shown


def contacts(person: Person) -> list[Contact]:
    """Return every contact of *person*, phones and emails first."""
    only = person.v3 or V3Only()
    found: list[Contact] = []
    for member, entries in person.contact_information.items():
        if member == "phone":
            found += [Contact("PHONE", e["number"], "", e["number"] == only.primary_phone) for e in entries]
        elif member == "email":
            found += [Contact("EMAIL", e["address"], "", e["address"] == only.primary_email) for e in entries]
        else:
            kind = _TYPES_BY_MEMBER[member]
            found += [Contact(kind, e["userId"], e["applicationId"]) for e in entries]
    return found


def with_contacts(person: Person, wanted: list[Contact]) -> None:
    """Give *person* exactly the contacts *wanted*, each once; emails compare without case."""
    info: dict[str, list[dict[str, str]]] = {}
    seen: dict[tuple[str, str, str], str] = {}
    only = V3Only(person.v3.nick_name if person.v3 else None)
    for contact in sorted(wanted, key=_rank):
        key = contact_key(contact)
        if key not in seen:
            seen[key] = contact.identifier
            info.setdefault(MERGE_CHANNELS[contact.kind], []).append(_entry_v2(contact))
        if contact.primary and contact.kind == "PHONE":
            only.primary_phone = seen[key]
        if contact.primary and contact.kind == "EMAIL":
            only.primary_email = seen[key]
    person.contact_information = info
    person.v3 = None if only == V3Only() else only


def contact_key(contact: Contact) -> tuple[str, str, str]:
    """Return what makes a contact the same contact: email ignores case, all else does not (reference section 3.1)."""
    identifier = contact.identifier.lower() if contact.kind == "EMAIL" else contact.identifier
    return (contact.kind, contact.sender, identifier)


def _rank(contact: Contact) -> int:
    return {"PHONE": 0, "EMAIL": 1}.get(contact.kind, 2)


def _entry_v2(contact: Contact) -> dict[str, str]:
    if contact.kind == "PHONE":
        return {"number": contact.identifier}
    if contact.kind == "EMAIL":
        return {"address": contact.identifier}
    return {"applicationId": contact.sender, "userId": contact.identifier}


def same(before: Person, after: Person) -> bool:
    """Say whether *after* differs from *before* in nothing but when and from where it was written."""
    moved = msgspec.structs.replace(after, modified_at=before.modified_at, modified_from=before.modified_from)
    return moved == before
