"""LDAP search filters, RFC 4515: build them safely, parse them, and judge an object by one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from keepstep.errors import InvalidFilter

BIT_AND: Final = "1.2.840.113556.1.4.803"
BIT_OR: Final = "1.2.840.113556.1.4.804"

_MAX_DEPTH: Final = 64
_ATTRIBUTE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9\-]*|[0-9]+(?:\.[0-9]+)+)(?:;[A-Za-z0-9\-]+)*\Z")
_COMPARE: Final = re.compile(r"([^=<>~:()]*)(:[^=()]*:)?(>=|<=|~=|=)")
_PLAIN: Final = frozenset("()*\\\x00")


@dataclass(frozen=True, slots=True)
class Equal:
    """`(attribute=value)`, and `~=`, which Active Directory treats alike."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Present:
    """`(attribute=*)`."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Substring:
    """`(attribute=first*middle*last)`; *first* and *last* may be empty."""

    attribute: str
    first: bytes
    middle: tuple[bytes, ...]
    last: bytes


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`(attribute>=value)`."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class AtMost:
    """`(attribute<=value)`."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Bits:
    """`(attribute:rule:=mask)`: all bits of the mask are set (803), or any of them (804). MS-ADTS 3.1.1.3.4.4."""

    attribute: str
    mask: int
    every: bool


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; `(&)` is always true (RFC 4526)."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds; `(|)` is never true."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. An attribute that is absent makes its comparison false, as Active Directory does."""

    part: "Filter"


Filter = Equal | Present | Substring | AtLeast | AtMost | Bits | And | Or | Not

Same = Callable[[str, bytes, bytes], bool]
"""Whether two values of the named attribute are the same."""


def escape(value: str | bytes) -> str:
    """Return *value* so that it stands for itself in a filter; bytes become hex pairs throughout."""
    if isinstance(value, bytes):
        return "".join(f"\\{byte:02x}" for byte in value)
    return "".join(f"\\{ord(ch):02x}" if ch in _PLAIN else ch for ch in value)


def equal(attribute: str, value: str | bytes) -> str:
    """Return the filter text for objects whose *attribute* has *value*; the value cannot break out."""
    if not _ATTRIBUTE.match(attribute):
        raise InvalidFilter("a filter needs an attribute name of letters, digits and hyphens")
    return f"({attribute}={escape(value)})"


def any_of(*parts: str) -> str:
    """Return the filter text for objects that one of the filter texts *parts* selects; empty parts do not count."""
    return _joined("|", parts)


def all_of(*parts: str) -> str:
    """Return the filter text for objects that all of the filter texts *parts* select; empty parts do not count."""
    return _joined("&", parts)


def _joined(operator: str, parts: Sequence[str]) -> str:
    kept = [part if part.startswith("(") else f"({part})" for part in parts if part]
    return kept[0] if len(kept) == 1 else f"({operator}{''.join(kept)})"


def parse(text: str) -> Filter:
    """Return what *text* says; the outer parentheses may be left out. InvalidFilter says the column."""
    stripped = text.strip()
    if not stripped.startswith("("):
        stripped = f"({stripped})"
    scanner = _Scanner(stripped)
    found = scanner.filter(0)
    scanner.end()
    return found


def names_in(wanted: Filter) -> frozenset[str]:
    """Return the attributes that *wanted* looks at."""
    match wanted:
        case And(parts) | Or(parts):
            return frozenset(name for part in parts for name in names_in(part))
        case Not(part):
            return names_in(part)
        case _:
            return frozenset({wanted.attribute})


class _Scanner:
    """Walks over the text of a filter; knows the column for errors."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def filter(self, depth: int) -> Filter:
        """Read one filter with its parentheses."""
        if depth > _MAX_DEPTH:
            raise self._wrong(f"it is nested more than {_MAX_DEPTH} deep")
        self._take("(")
        found: Filter
        match self._peek():
            case "&":
                self._at += 1
                found = And(self._parts(depth))
            case "|":
                self._at += 1
                found = Or(self._parts(depth))
            case "!":
                self._at += 1
                self._blanks()
                found = Not(self.filter(depth + 1))
                self._blanks()
            case _:
                found = self._item()
        self._take(")")
        return found

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._peek():
            raise self._wrong("something follows the last ')'")

    def _parts(self, depth: int) -> tuple[Filter, ...]:
        parts: list[Filter] = []
        self._blanks()
        while self._peek() == "(":
            parts.append(self.filter(depth + 1))
            self._blanks()
        return tuple(parts)

    def _blanks(self) -> None:
        while self._peek() and self._peek() in " \t\r\n":
            self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._wrong(f"'{wanted}' is missing")
        self._at += 1

    def _wrong(self, what: str) -> InvalidFilter:
        return InvalidFilter(
            f"not an LDAP filter: {what}, at column {self._at + 1}",
            hint="write filters as in (&(objectClass=user)(employeeID=*)); ( ) * in a value are \\28 \\29 \\2a",
        )

    def _item(self) -> Filter:
        head = _COMPARE.match(self._text, self._at)
        if head is None:
            raise self._wrong("a comparison such as attribute=value is missing")
        attribute, rule, operator = head[1].strip(), head[2], head[3]
        if not _ATTRIBUTE.match(attribute):
            raise self._wrong("this is not an attribute name")
        start = self._at
        self._at = head.end()
        pieces = self._value()
        if rule is not None:
            return self._bits(attribute, rule.strip(":"), pieces, start)
        if operator != "=" and len(pieces) > 1:
            raise self._wrong("'*' stands only after '='")
        if operator in {"=", "~="}:
            return _equality(attribute, pieces)
        return AtLeast(attribute, pieces[0]) if operator == ">=" else AtMost(attribute, pieces[0])

    def _bits(self, attribute: str, rule: str, pieces: list[bytes], start: int) -> Bits:
        digits = pieces[0].strip()
        if rule in {BIT_AND, BIT_OR} and len(pieces) == 1 and digits.isdigit() and len(digits) <= 20:
            return Bits(attribute, int(digits), every=rule == BIT_AND)
        self._at = start
        if rule in {BIT_AND, BIT_OR}:
            raise self._wrong("a bit rule needs a number")
        raise self._wrong("this matching rule is not known; the bit rules are " + f"{BIT_AND} and {BIT_OR}")

    def _value(self) -> list[bytes]:
        """Read a value up to `)`, split at its unescaped `*`."""
        pieces = [bytearray()]
        while (ch := self._peek()) and ch not in "()":
            if ch == "*":
                pieces.append(bytearray())
                self._at += 1
            elif ch == "\\":
                pair = self._text[self._at + 1 : self._at + 3]
                if not re.fullmatch("[0-9A-Fa-f]{2}", pair):
                    raise self._wrong("a backslash stands before two hex digits")
                pieces[-1] += bytes.fromhex(pair)
                self._at += 3
            else:
                pieces[-1] += ch.encode(errors="surrogatepass")
                self._at += 1
        return [bytes(piece) for piece in pieces]


def _equality(attribute: str, pieces: list[bytes]) -> Filter:
    if len(pieces) == 1:
        return Equal(attribute, pieces[0])
    if not any(pieces):
        return Present(attribute)
    return Substring(attribute, pieces[0], tuple(piece for piece in pieces[1:-1] if piece), pieces[-1])


def same_text(_attribute: str, left: bytes, right: bytes) -> bool:
    """Return whether two values are the same text ignoring letter case; bytes that are no text compare exactly."""
    return left == right or _folded(left) == _folded(right)


def _folded(value: bytes) -> str | bytes:
    try:
        return value.decode().casefold()
    except UnicodeDecodeError:
        return value


def matches(wanted: Filter, get: Callable[[str], Sequence[bytes]], same: Same = same_text) -> bool:
    """Return whether the object whose values *get* returns by attribute name (any spelling) is selected.

    *get* returns nothing for an absent attribute. *same* knows the attributes whose values compare otherwise.
    """
    match wanted:
        case And(parts):
            return all(matches(part, get, same) for part in parts)
        case Or(parts):
            return any(matches(part, get, same) for part in parts)
        case Not(part):
            return not matches(part, get, same)
        case Present(attribute):
            return bool(get(attribute))
        case Equal(attribute, value):
            return any(same(attribute, held, value) for held in get(attribute))
        case Substring(attribute):
            return any(_contains(held, wanted) for held in get(attribute))
        case AtLeast(attribute, value):
            return any(_order(held, value) >= 0 for held in get(attribute))
        case AtMost(attribute, value):
            return any(_order(held, value) <= 0 for held in get(attribute))
        case Bits(attribute, mask, every):
            return any(_has_bits(held, mask, every=every) for held in get(attribute))
        case _:
            assert_never(wanted)


def _contains(held: bytes, wanted: Substring) -> bool:
    text = _latin(held)
    first, last = _latin(wanted.first), _latin(wanted.last)
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in map(_latin, wanted.middle):
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _latin(value: bytes) -> str:
    """Return a text that can be searched: folded when it is UTF-8, else byte for byte."""
    folded = _folded(value)
    return folded if isinstance(folded, str) else folded.decode("latin-1")


def _order(held: bytes, value: bytes) -> int:
    """Return how *held* stands to *value*: as numbers when both are, else as text."""
    left, right = _number(held), _number(value)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    one, other = _latin(held), _latin(value)
    return (one > other) - (one < other)


def _has_bits(held: bytes, mask: int, *, every: bool) -> bool:
    number = _number(held)
    if number is None:
        return False
    return (number & mask) == mask if every else bool(number & mask)


def _number(value: bytes) -> int | None:
    digits = value.removeprefix(b"-")
    return int(value) if digits.isdigit() and len(digits) <= 20 else None
