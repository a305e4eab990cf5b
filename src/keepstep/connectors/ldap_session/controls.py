"""Controls that python-ldap does not know: how they are written and read (BER, X.690)."""

from typing import Any, Final, cast

DIRSYNC: Final = "1.2.840.113556.1.4.841"

OBJECT_SECURITY: Final = 0x1
"""Only what the account may read is told: no right to replicate is needed (MS-ADTS 3.1.1.3.4.1.3)."""

INCREMENTAL: Final = -0x80000000
"""Of values that are linked, as members are, only those that came and went: bit 31 of a signed number."""

_MOST_BYTES: Final = 1 << 22


def dirsync_request(flags: int, cookie: bytes) -> bytes:
    """Return the value of the control that asks for what changed since *cookie*; the empty one: everything."""
    from pyasn1.codec.ber import encoder
    from pyasn1.type import univ

    sequence: Any = univ.Sequence()
    for place, part in enumerate((univ.Integer(flags), univ.Integer(_MOST_BYTES), univ.OctetString(cookie))):
        sequence.setComponentByPosition(place, part)
    return bytes(encoder.encode(sequence))  # pyright: ignore[reportUnknownArgumentType] - pyasn1 has no types


def dirsync_response(value: bytes) -> tuple[bool, bytes]:
    """Return whether there is more at once, and the cookie to go on from; ValueError if *value* is none such."""
    from pyasn1.codec.ber import decoder
    from pyasn1.error import PyAsn1Error

    try:
        decoded: Any = cast("Any", decoder.decode(value))[0]
        return bool(int(decoded[0])), bytes(decoded[2])
    except (PyAsn1Error, IndexError, TypeError) as exc:
        raise ValueError("the answer to DirSync cannot be read") from exc
