"""Whose keys a Kerberos keytab holds. The format is version 2 of MIT Kerberos ("keytab file format")."""

import struct
from collections.abc import Iterator
from pathlib import Path

from keepstep.errors import ConfigurationError

_VERSION = b"\x05\x02"


def check_keytab(file: str, principal: str) -> None:
    """Return if *file* is a keytab and its first keys, which Kerberos will use, are those of *principal*.

    ConfigurationError says what is wrong. An empty *principal* stands for anybody; without a realm, any realm will do.
    """
    path = Path(file)
    if not path.is_file():
        raise ConfigurationError(f"keytab {file}: there is no such file", hint="check bind.keytab")
    try:
        data = path.read_bytes()
        held = next(_principals(data), "")
    except (OSError, struct.error, UnicodeDecodeError):
        data, held = b"", ""
    if not held:
        raise ConfigurationError(f"keytab {file}: it holds no keys", hint="export it again, e.g. with ktpass")
    if principal and principal.casefold() not in {held.casefold(), held.casefold().rpartition("@")[0]}:
        raise ConfigurationError(
            f"keytab {file}: its first keys are not those of bind.principal", hint="export a keytab for that account"
        )


def _principals(data: bytes) -> Iterator[str]:
    if not data.startswith(_VERSION):
        return
    at = len(_VERSION)
    while at + 4 <= len(data):
        (size,) = struct.unpack_from(">i", data, at)
        at += 4
        if size > 0:
            yield _principal(data[at : at + size])
        at += abs(size)  # a negative size is a hole where keys were removed
        if not size:
            return


def _principal(entry: bytes) -> str:
    (count,) = struct.unpack_from(">H", entry)
    at, parts = 2, list[str]()
    for _ in range(count + 1):
        (length,) = struct.unpack_from(">H", entry, at)
        parts.append(entry[at + 2 : at + 2 + length].decode())
        at += 2 + length
    return "/".join(parts[1:]) + "@" + parts[0]
