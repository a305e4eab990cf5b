"""Made-up people as LDIF on standard output, for a quick offline load: `people.py COUNT BASE [--hostile]`.

Only the standard library: it is run by the lab script with the system's Python.
"""

import argparse
import base64
import sys
from collections.abc import Iterator

FIRST = ("Ana", "Bruno", "Chiara", "Dario", "Elif", "Farid", "Gita", "Henrik", "Ivana", "Jonas", "Kaja", "Luka")
LAST = ("Albers", "Babic", "Costa", "Demir", "Eriksen", "Fabian", "Greco", "Horvat", "Ilves", "Jansen", "Kovac")
UNITS = ("Sales", "Engineering", "Finance", "Support", "People")

HOSTILE = (
    "Comma, Name",
    'Quote "Q" Mark',
    "Back\\slash",
    "Plus+Equals=Hash#",
    "#leading hash",
    " leading blank",
    "trailing blank ",
    "Angle <b>bold</b>;semicolon",
    "Star *)(uid=* paren",
    "{{7*7}} macro",
    "Line\r\nbreak",
    "Žofie Çelik Ñandú",
    "山田 太郎",
    "محمد علي",
    "Ελένη Παππά",
    "Emoji 😀 face",
    "zero\u200bwidth",
    "'; DROP TABLE people; --",
    "-1+1|cmd",
    "$(touch /tmp/x) `id`",
)
"""Names that have broken somebody's software; all of them are legal in Active Directory."""


def escaped(value: str) -> str:
    """Return *value* as it stands in a DN (RFC 4514): specials with a backslash, control characters in hex."""
    out = "".join(f"\\{ch}" if ch in '",+;<>=\\#' else f"\\{ord(ch):02X}" if ord(ch) < 32 else ch for ch in value)
    if out.startswith(" "):
        out = "\\" + out
    return out[:-1] + "\\ " if out.endswith(" ") else out


def line(name: str, value: str) -> str:
    """Return one LDIF line, in base64 so that any character survives."""
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"


def person(number: int, display: str, base: str) -> str:
    """Return the LDIF of one disabled account."""
    unit, account = UNITS[number % len(UNITS)], f"p{number:06d}"
    domain = ".".join(part.partition("=")[2] for part in base.split(","))
    first, _, last = display.partition(" ")
    pairs = [
        ("dn", f"CN={escaped(display)},OU={unit},OU=People,{base}"),
        ("objectClass", "user"),
        ("sAMAccountName", account),
        ("userPrincipalName", f"{account}@{domain}"),
        ("givenName", first or display),
        ("sn", last or display),
        ("displayName", display),
        ("mail", f"{account}@{domain}"),
        ("department", unit),
        ("title", f"Role {number % 40}"),
        ("company", "Example d.o.o."),
        ("employeeID", f"{number:06d}"),
        ("telephoneNumber", f"+385 1 {number:07d}"),
        ("l", f"Town {number % 60}"),
        ("userAccountControl", "514"),
    ]
    return "".join(line(name, value) for name, value in pairs) + "\n"


def people(count: int, base: str, *, hostile: bool) -> Iterator[str]:
    """Yield the containers, then *count* accounts; *hostile*: the first ones bear the hostile names."""
    for path in ("OU=People", *(f"OU={unit},OU=People" for unit in UNITS)):
        yield line("dn", f"{path},{base}") + line("objectClass", "organizationalUnit") + "\n"
    for number in range(count):
        if hostile and number < len(HOSTILE):
            display = HOSTILE[number]
        else:
            display = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]} {number:06d}"
        yield person(number, display, base)


def main() -> None:
    """Write the LDIF that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("base")
    parser.add_argument("--hostile", action="store_true")
    asked = parser.parse_args()
    sys.stdout.writelines(people(asked.count, asked.base, hostile=asked.hostile))


if __name__ == "__main__":
    main()
