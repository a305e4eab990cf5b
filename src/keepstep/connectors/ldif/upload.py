"""A directory that somebody uploads as LDIF: told by its content, whole, and bounded, before it takes a place."""

from typing import Final

from keepstep.connectors.ldif.directory import Directory
from keepstep.connectors.ldif.text import parse_ldif
from keepstep.errors import ConfigurationError, UsageError

MOST_BYTES: Final = 4 << 20
MOST_ENTRIES: Final = 20_000
WHAT: Final = "what was sent"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


def uploaded_ldif(content: bytes) -> int:
    """Return how many entries *content* has; UsageError unless it is a whole directory as LDIF, within the limits."""
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"the file is larger than {MOST_BYTES >> 20} MB", hint="put it into the home folder on the machine itself"
        )
    if b"\0" in content and content[:2] not in _WIDE:
        raise UsageError(f"{WHAT} is no LDIF: it has zero bytes", hint="export the directory as LDIF (RFC 2849)")
    try:
        found = parse_ldif(content, WHAT)
    except ConfigurationError as exc:
        raise UsageError(exc.message, hint=exc.hint) from None
    if len(found.entries) > MOST_ENTRIES:
        raise UsageError(f"{WHAT} has more than {MOST_ENTRIES:,} entries", hint="export the part that is needed")
    flaws = Directory(found, WHAT).flaws
    if flaws:
        raise UsageError(f"{flaws[0]}; so it proves nobody's absence", hint="export the directory again")
    return len(found.entries)
