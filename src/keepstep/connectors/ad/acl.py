"""Judge by an object's security descriptor whether an account holds a right that nothing else tells."""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from keepstep.core.directory_values import sid_text

DELETE: Final = 0x00010000
DELETE_CHILD: Final = 0x00000002
LIST_CONTENTS: Final = 0x00000004
CONTROL_ACCESS: Final = 0x00000100
"""Access mask bits, MS-ADTS 5.1.3.2."""

RESET_PASSWORD: Final = UUID("00299570-246d-11d0-a768-00aa006e0529")
USER_CLASS: Final = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
"""User-Force-Change-Password, MS-ADTS 5.1.3.2.1; schemaIDGUID of class user, MS-ADSC."""

EVERYBODY: Final = frozenset({"S-1-1-0", "S-1-5-11"})
"""Everyone, and Authenticated Users: in the token of every account that is bound."""

_DACL_PRESENT: Final = 0x0004
_INHERIT_ONLY: Final = 0x08
_ALLOW: Final = frozenset({0x00, 0x05})
_DENY: Final = frozenset({0x01, 0x06})
_OBJECT_KINDS: Final = frozenset({0x05, 0x06})


@dataclass(frozen=True, slots=True)
class Entry:
    """One access control entry. *object_type* None: it counts for every right, property and class."""

    allows: bool
    inherit_only: bool
    mask: int
    sid: str
    object_type: UUID | None


def holds(descriptor: bytes, sids: Collection[str], mask: int, object_type: UUID | None = None) -> bool:
    """Return whether an account with *sids* in its token has all rights of *mask* for *object_type*.

    The access check of MS-DTYP 2.5.3.2 for one kind of object; a descriptor that cannot be read grants nothing.
    """
    missing = mask
    try:
        for entry in _entries(descriptor):
            if entry.inherit_only or entry.sid not in sids or entry.object_type not in {None, object_type}:
                continue
            if not entry.allows and entry.mask & missing:
                return False
            if entry.allows:
                missing &= ~entry.mask
            if not missing:
                return True
    except (struct.error, ValueError, IndexError):
        return False
    return False


def _entries(descriptor: bytes) -> Iterator[Entry]:
    """Yield the entries of the DACL, in order. SECURITY_DESCRIPTOR, MS-DTYP 2.4.6; ACL, 2.4.5; ACE, 2.4.4."""
    control, _, _, _, at = struct.unpack_from("<2xHIIII", descriptor)
    if not control & _DACL_PRESENT or not at:
        return
    (count,) = struct.unpack_from("<H", descriptor, at + 4)
    at += 8
    for _ in range(count):
        kind, flags, size = struct.unpack_from("<BBH", descriptor, at)
        body = descriptor[at + 4 : at + size]
        at += size
        if kind not in _ALLOW | _DENY:
            continue
        (mask,) = struct.unpack_from("<I", body)
        object_type, sid = _object_type(body) if kind in _OBJECT_KINDS else (None, body[4:])
        yield Entry(kind in _ALLOW, bool(flags & _INHERIT_ONLY), mask, _sid(sid), object_type)


def _object_type(body: bytes) -> tuple[UUID | None, bytes]:
    (flags,) = struct.unpack_from("<I", body, 4)
    at, found = 8, None
    if flags & 0x1:
        found = UUID(bytes_le=body[at : at + 16])
        at += 16
    if flags & 0x2:
        at += 16
    return found, body[at:]


def _sid(data: bytes) -> str:
    return sid_text(data[: 8 + 4 * data[1]])
