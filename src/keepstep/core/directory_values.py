"""How Active Directory writes values, and the text that records hold instead.

Every codec satisfies decode(encode(x)) == x for the canonical text x, and decodes whatever bytes it is given.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never
from uuid import UUID

from keepstep.core.values import Values

NEVER: Final = 2**63 - 1
"""accountExpires of an account that never expires, beside 0 (MS-ADA1 2.2)."""

ACCOUNT_DISABLED: Final = 0x0002
NORMAL_ACCOUNT: Final = 0x0200
"""Bits of userAccountControl, MS-ADTS 2.2.16."""

_FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS: Final = 10_000_000
_LAST_TICK: Final = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _FILETIME_EPOCH).total_seconds() + 1) * _TICKS
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,7})\d*)?(Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII
)
_GENERALIZED: Final = re.compile(r"(\d{10})(\d\d)?(\d\d)?(?:[.,](\d{1,7})\d*)?(Z|[+-]\d{2}(?:\d\d)?)?\Z", re.ASCII)
_SID: Final = re.compile(r"S-1-(\d{1,15}|0x[0-9a-f]{12})((?:-\d{1,10}){0,15})\Z", re.ASCII | re.IGNORECASE)


class Wire(StrEnum):
    """How a directory writes the values of an attribute."""

    TEXT = "text"
    BINARY = "binary"
    GUID = "guid"
    SID = "sid"
    BOOLEAN = "boolean"
    FILETIME = "filetime"
    GENERALIZED_TIME = "generalized_time"


def decode(wire: Wire, raw: Sequence[bytes]) -> Values:
    """Return the text of *raw*; total: bytes that are not what *wire* says become base64 or stay as they are."""
    return tuple(_decode_one(wire, value) for value in raw)


def encode(wire: Wire, values: Values) -> list[bytes]:
    """Return the bytes of *values*; ValueError, without the value, where they are not what *wire* says."""
    return [_encode_one(wire, value) for value in values]


def _decode_one(wire: Wire, value: bytes) -> str:
    if wire is Wire.GUID and len(value) == 16:
        return guid_text(value)
    if wire is Wire.SID and _is_sid(value):
        return sid_text(value)
    if wire in {Wire.BINARY, Wire.GUID, Wire.SID}:
        return base64.b64encode(value).decode()
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
    match wire:
        case Wire.BOOLEAN:
            return text.lower()
        case Wire.FILETIME:
            return filetime_text(text)
        case Wire.GENERALIZED_TIME:
            return generalized_text(text)
        case _:
            return text


def _encode_one(wire: Wire, value: str) -> bytes:
    match wire:
        case Wire.GUID:
            return guid_bytes(value)
        case Wire.SID:
            return sid_bytes(value)
        case Wire.BINARY:
            try:
                return base64.b64decode(value, validate=True)
            except binascii.Error:
                raise ValueError("binary values are written as base64") from None
        case Wire.BOOLEAN:
            return boolean_wire(value).encode()
        case Wire.FILETIME:
            return filetime_wire(value).encode()
        case Wire.GENERALIZED_TIME:
            return generalized_wire(value).encode()
        case Wire.TEXT:
            try:
                return value.encode()
            except UnicodeEncodeError:
                raise ValueError("the value is not Unicode text") from None
        case _:
            assert_never(wire)


def base64_text(text: str) -> str:
    """Return the Base64 that *text* holds, without line breaks and the head of a `data:` URL; else *text* as it is."""
    head, comma, data = text.partition(",")
    if comma and head[:5].lower() == "data:" and head.lower().endswith(";base64"):
        text = data
    return "".join(text.split())


def guid_text(data: bytes) -> str:
    """Return the canonical lower-case text of a GUID of 16 bytes; its first three fields are little-endian.

    MS-DTYP 2.3.4.2.
    """
    return str(UUID(bytes_le=data))


def guid_bytes(text: str) -> bytes:
    """Return the 16 bytes of a GUID written with or without hyphens or braces; ValueError if it is none."""
    try:
        return UUID(text).bytes_le
    except ValueError:
        raise ValueError("a GUID is written as 8-4-4-4-12 hex digits") from None


def _is_sid(data: bytes) -> bool:
    return len(data) >= 8 and data[0] == 1 and data[1] <= 15 and len(data) == 8 + 4 * data[1]


def sid_text(data: bytes) -> str:
    """Return the S-1-… text of a security identifier; ValueError if the bytes are none. MS-DTYP 2.4.2."""
    if not _is_sid(data):
        raise ValueError("these bytes are not a security identifier")
    authority = int.from_bytes(data[2:8], "big")
    parts = [int.from_bytes(data[at : at + 4], "little") for at in range(8, len(data), 4)]
    # MS-DTYP 2.4.2.1: an authority of 2**32 or more is written in hex.
    first = str(authority) if authority < 2**32 else f"0x{authority:012x}"
    return "-".join(["S", "1", first, *map(str, parts)])


def sid_bytes(text: str) -> bytes:
    """Return the bytes of an S-1-… text; ValueError if it is none."""
    found = _SID.match(text)
    if found is None:
        raise ValueError("a security identifier is written as S-1-5-21-…")
    authority = int(found[1], 0) if found[1][:2].lower() == "0x" else int(found[1])
    parts = [int(part) for part in found[2].split("-")[1:]]
    if authority >= 2**48 or any(part >= 2**32 for part in parts):
        raise ValueError("a part of the security identifier is too large")
    head = bytes([1, len(parts)]) + authority.to_bytes(6, "big")
    return head + b"".join(part.to_bytes(4, "little") for part in parts)


def rid(sid: str) -> int | None:
    """Return the relative id: the last number of a domain account's or built-in object's SID; None if there is none."""
    found = _SID.match(sid)
    parts = found[2].split("-")[1:] if found else []
    return int(parts[-1]) if len(parts) > 1 else None


def boolean_wire(text: str) -> str:
    """Return TRUE or FALSE, RFC 4517 3.3.3; ValueError if *text* is neither in any letter case."""
    upper = text.upper()
    if upper not in {"TRUE", "FALSE"}:
        raise ValueError("a boolean is written as true or false")
    return upper


def filetime_text(ticks: str) -> str:
    """Return a count of 100 ns since 1601 as ISO 8601 UTC; empty for never (0 and 2**63-1, MS-ADA1 2.2).

    Negative counts (intervals) and times beyond the year 9999 stay numbers.
    """
    count = _whole(ticks)
    if count is None:
        return ticks
    if count in {0, NEVER}:
        return ""
    if not 0 < count < _LAST_TICK:
        return ticks
    return _iso(_FILETIME_EPOCH + timedelta(seconds=count // _TICKS), count % _TICKS)


def filetime_wire(text: str) -> str:
    """Return the decimal count for an ISO 8601 time; empty means never, and a whole number stays. Else ValueError."""
    if not text:
        return str(NEVER)
    if _whole(text) is not None:
        return text
    moment, fraction = _parse_iso(text)
    count = int((moment - _FILETIME_EPOCH).total_seconds()) * _TICKS + fraction
    if count <= 0:
        raise ValueError("a time before 1601 cannot be written")
    return str(count)


def generalized_text(text: str) -> str:
    """Return an RFC 4517 3.3.13 GeneralizedTime as ISO 8601 UTC; what is none stays as it is."""
    found = _GENERALIZED.match(text)
    if found is None:
        return text
    hours, minutes, seconds, fraction, zone = found.groups()
    try:
        moment = datetime.strptime(f"{hours}{minutes or '00'}{seconds or '00'}+0000", "%Y%m%d%H%M%S%z")
        moment -= _offset(zone)
    except (ValueError, OverflowError):
        return text
    # A fraction counts hours or minutes when those are the last field; nobody writes that, so it stays as it is.
    if fraction and not seconds:
        return text
    return _iso(moment, int((fraction or "0").ljust(7, "0")))


def generalized_wire(text: str) -> str:
    """Return the GeneralizedTime, with the tenths that AD always writes, for an ISO 8601 time. Else ValueError."""
    moment, fraction = _parse_iso(text)
    digits = f"{fraction:07d}".rstrip("0") or "0"
    return f"{moment:%Y%m%d%H%M%S}".rjust(14, "0") + f".{digits}Z"


def utc_text(text: str) -> str:
    """Return an ISO 8601 time the way records write it: UTC, to the second where it is whole; else *text* as it is."""
    try:
        return _iso(*_parse_iso(text))
    except ValueError:
        return text


def _iso(moment: datetime, ticks: int) -> str:
    """Return whole seconds and a rest in 100 ns as ISO 8601 UTC, the rest only when there is one."""
    whole = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return whole + (f".{ticks:07d}".rstrip("0") if ticks else "") + "Z"


def _parse_iso(text: str) -> tuple[datetime, int]:
    """Return the second in UTC and the rest in 100 ns; a date alone is its midnight, no zone is UTC."""
    found = _ISO.match(text)
    if found is None:
        raise ValueError("a time is written in ISO 8601, as 2030-01-31T00:00:00Z")
    date, clock, seconds, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{seconds or ':00'}+00:00") - _offset(zone)
    except (ValueError, OverflowError):
        raise ValueError("this time does not exist") from None
    return moment, int((fraction or "0").ljust(7, "0"))


def _offset(zone: str | None) -> timedelta:
    if not zone or zone == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("this time zone does not exist")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if zone[0] == "-" else size


def is_enabled(user_account_control: str) -> bool:
    """Return whether the flags allow sign-in; an account without readable flags does not."""
    flags = _whole(user_account_control)
    return flags is not None and not flags & ACCOUNT_DISABLED


def with_enabled(user_account_control: str, *, enabled: bool) -> str:
    """Return the flags with only the disabled bit changed; no readable flags are taken for a normal account's."""
    flags = _whole(user_account_control)
    if flags is None:
        flags = NORMAL_ACCOUNT
    return str(flags & ~ACCOUNT_DISABLED if enabled else flags | ACCOUNT_DISABLED)


def is_locked(lockout_time: str) -> bool:
    """Return whether lockoutTime says that the account was locked and not yet released."""
    return bool(_whole(lockout_time))


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) <= 20 else None


def unicode_pwd(password: str) -> bytes:
    """Return what unicodePwd takes: the password in quotes, UTF-16 little-endian. MS-ADTS 3.1.1.3.1.5.1."""
    return f'"{password}"'.encode("utf-16-le")


def protection(*, admin_count: str = "", critical: str = "", sid: str = "") -> str:
    """Return why no plan may touch an object with these values, or the empty text.

    adminCount 1: guarded by AdminSDHolder (MS-ADTS 3.1.1.6.1); isCriticalSystemObject; a RID below 1000:
    made with the domain (MS-ADTS 6.1.1.6), of which 500 to 502 are Administrator, Guest and krbtgt.
    """
    number = rid(sid)
    if number is not None and 500 <= number <= 502:
        return "built-in account (Administrator, Guest or krbtgt)"
    if number is not None and number < 1000:
        return "built-in object of the directory"
    if critical.upper() == "TRUE":
        return "critical system object"
    if (_whole(admin_count) or 0) > 0:
        return "privileged account (adminCount is 1)"
    return ""
