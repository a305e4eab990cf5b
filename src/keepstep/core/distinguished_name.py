"""Distinguished names, RFC 4514: parse, compare, take apart, extend, write."""

import re
from dataclasses import dataclass, field
from typing import Final

from keepstep.errors import InvalidName

_TYPE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9\-]*|[0-9]+(?:\.[0-9]+)*)\Z")
_ESCAPED: Final = frozenset(',+"\\<>;=')
_ESCAPABLE: Final = _ESCAPED | frozenset(" #=")
_HEX: Final = frozenset("0123456789abcdefABCDEF")

# A name without escapes, multi-valued steps or blanks around separators.
_EDGE: Final = r"[^\s,+\"\\<>;=#\x00-\x1f\x7f\ud800-\udfff]"
_INNER: Final = r"[^,+\"\\<>;=\x00-\x1f\x7f\ud800-\udfff]"
_STEP: Final = rf"[A-Za-z][A-Za-z0-9\-]*={_EDGE}(?:{_INNER}*{_EDGE})?"
_PLAIN: Final = re.compile(rf"{_STEP}(?:,{_STEP})*\Z")

# BER tags of the string types that a `#hex` value may hold: OCTET STRING, UTF8String, PrintableString, IA5String.
_TEXT_TAGS: Final = frozenset({0x04, 0x0C, 0x13, 0x16})


@dataclass(frozen=True, slots=True)
class Rdn:
    """One step of a name: attribute types with their plain (unescaped) values; more than one is rare.

    Two are equal when types and values are, in any order and ignoring letter case.
    """

    pairs: tuple[tuple[str, str], ...] = field(compare=False)
    _folded: frozenset[tuple[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        folded = frozenset((kind.casefold(), value.casefold()) for kind, value in self.pairs)
        object.__setattr__(self, "_folded", folded)

    @property
    def type(self) -> str:
        """The first attribute type, as written."""
        return self.pairs[0][0]

    @property
    def value(self) -> str:
        """The first value, unescaped."""
        return self.pairs[0][1]

    @property
    def key(self) -> str:
        """A text of one line that is equal for equal steps."""
        return "+".join(sorted(f"{kind.casefold()}={escape_value(value.casefold())}" for kind, value in self.pairs))

    def __str__(self) -> str:
        """Return the escaped text."""
        return "+".join(f"{kind}={escape_value(value)}" for kind, value in self.pairs)


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A name from the object up to the root. Two are equal when each step is; the spelling does not matter."""

    rdns: tuple[Rdn, ...]

    @property
    def rdn(self) -> Rdn:
        """The step that names the object in its container; InvalidName for the root."""
        if not self.rdns:
            raise InvalidName("the empty name has no first part")
        return self.rdns[0]

    @property
    def parent(self) -> "DistinguishedName":
        """The name of the container; the root is its own parent."""
        return DistinguishedName(self.rdns[1:])

    @property
    def key(self) -> str:
        """A text that is equal for equal names: its lines are the steps, so what is below ends with the same lines."""
        return "\n".join(rdn.key for rdn in self.rdns)

    def is_below(self, base: "DistinguishedName") -> bool:
        """Return whether this names *base* itself or something inside it."""
        count = len(base.rdns)
        return count == 0 or self.rdns[-count:] == base.rdns

    def child(self, kind: str, value: str) -> "DistinguishedName":
        """Return the name of the object *kind*=*value* in this container; *value* is plain text of any characters."""
        if not _TYPE.match(kind):
            raise InvalidName("a name part needs an attribute type of letters, digits and hyphens")
        if not value:
            raise InvalidName(f"the value of {kind} is empty")
        escape_value(value)
        return DistinguishedName((Rdn(((kind, value),)), *self.rdns))

    def __str__(self) -> str:
        """Return the escaped text (RFC 4514 2.4); `=` is escaped, too, as Samba takes it for a separator."""
        return ",".join(str(rdn) for rdn in self.rdns)


def escape_value(value: str) -> str:
    """Return *value* so that it is one RFC 4514 attribute value whatever characters it holds.

    Control characters are written as hex pairs. InvalidName if it is not Unicode text (a lone surrogate).
    """
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise InvalidName(f"a name has a character that is not Unicode text, at column {exc.start + 1}") from None
    last = len(value) - 1
    out: list[str] = []
    for index, ch in enumerate(value):
        if ch in _ESCAPED or (ch == "#" and index == 0) or (ch == " " and index in {0, last}):
            out.append("\\" + ch)
        elif ch < " " or ch == "\x7f":
            out.append(f"\\{ord(ch):02X}")
        else:
            out.append(ch)
    return "".join(out)


def parse_dn(text: str) -> DistinguishedName:
    """Return the name that *text* writes; blanks around `,` `+` `=` do not count. InvalidName says the column."""
    if not text.strip(" "):
        return DistinguishedName(())
    if _PLAIN.match(text):  # most names: nothing to unescape
        steps = (step.partition("=") for step in text.split(","))
        return DistinguishedName(tuple(Rdn(((kind, value),)) for kind, _, value in steps))
    scanner = _Scanner(text)
    rdns: list[Rdn] = []
    pairs: list[tuple[str, str]] = []
    while True:
        pairs.append(scanner.pair())
        separator = scanner.separator()
        if separator == "+":
            continue
        rdns.append(Rdn(tuple(pairs)))
        pairs = []
        if not separator:
            return DistinguishedName(tuple(rdns))


def same_dn(left: str, right: str) -> bool:
    """Return whether both texts name the same object; texts that are not names are compared ignoring case."""
    if left.casefold() == right.casefold():
        return True
    try:
        return parse_dn(left) == parse_dn(right)
    except InvalidName:
        return False


def dn_key(text: str) -> str:
    """Return the key of the name that *text* writes. InvalidName says the column."""
    if _PLAIN.match(text):  # most names: no escapes, nothing to take apart
        return text.casefold().replace(",", "\n")
    return parse_dn(text).key


def bare_dn(text: str) -> str:
    """Return the name with only the escapes it needs, so that two spellings become one; else *text* as it is."""
    if _PLAIN.match(text):
        return text
    try:
        return str(parse_dn(text))
    except InvalidName:
        return text


class _Scanner:
    """Walks over the text of a name; knows the column for errors."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def pair(self) -> tuple[str, str]:
        """Read `type=value`."""
        equals = self._text.find("=", self._at)
        if equals < 0:
            raise self._wrong("an attribute type followed by '=' is missing")
        kind = self._text[self._at : equals].strip(" ")
        if not _TYPE.match(kind):
            raise self._wrong("this is not an attribute type")
        self._at = equals + 1
        while self._peek() == " ":
            self._at += 1
        return kind, self._hex_value() if self._peek() == "#" else self._value()

    def separator(self) -> str:
        """Read `,` or `+`; the empty text at the end."""
        found = self._peek()
        if found and found not in ",+":
            raise self._wrong(f"{found!r} has to be escaped with a backslash")
        self._at += 1
        if found and not self._text[self._at :].strip(" "):
            raise self._wrong("the name ends with a separator")
        return found

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _wrong(self, what: str, at: int | None = None) -> InvalidName:
        column = (self._at if at is None else at) + 1
        return InvalidName(
            f"not a distinguished name: {what}, at column {column}",
            hint='write names as in CN=Ana Primjer,OU=Staff,DC=corp,DC=example; escape , + " \\ < > ; with a backslash',
        )

    def _value(self) -> str:
        start = self._at
        out = bytearray()
        kept = 0  # how much of `out` must stay when unescaped blanks at the end are cut off
        while (ch := self._peek()) and ch not in ',+"<>;':
            if ch == "\\":
                out += self._escape()
                kept = len(out)
                continue
            try:
                out += ch.encode()
            except UnicodeEncodeError:
                raise self._wrong("this character is not Unicode text") from None
            kept = kept if ch == " " else len(out)
            self._at += 1
        try:
            return out[:kept].decode()
        except UnicodeDecodeError:
            raise self._wrong("the hex pairs of this value are not UTF-8", start) from None

    def _escape(self) -> bytes:
        following = self._text[self._at + 1 : self._at + 3]
        if len(following) == 2 and set(following) <= _HEX:
            self._at += 3
            return bytes.fromhex(following)
        if following[:1] in _ESCAPABLE and following:
            self._at += 2
            return following[0].encode()
        raise self._wrong("a backslash stands before a special character or two hex digits")

    def _hex_value(self) -> str:
        """Read `#` and the BER form of a text (RFC 4514 section 2.4)."""
        start = self._at
        self._at += 1
        while self._peek() in _HEX and self._peek():
            self._at += 1
        digits = self._text[start + 1 : self._at]
        while self._peek() == " ":
            self._at += 1
        if len(digits) < 4 or len(digits) % 2:
            raise self._wrong("'#' begins a hex value; escape it to mean the character", start)
        data = bytes.fromhex(digits)
        if data[0] not in _TEXT_TAGS or data[1] != len(data) - 2:
            raise self._wrong("the hex value does not hold a short text", start)
        try:
            return data[2:].decode()
        except UnicodeDecodeError:
            raise self._wrong("the hex value is not UTF-8", start) from None
