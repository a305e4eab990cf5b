"""What a kind of object looks like in one system, and when two values of it are the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from keepstep.core.directory_values import base64_text, utc_text
from keepstep.core.distinguished_name import bare_dn
from keepstep.core.values import Values


class Case(StrEnum):
    """Whether letter case tells two values apart."""

    EXACT = "exact"
    IGNORE = "ignore"


class Syntax(StrEnum):
    """What the text of a value means."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DN = "dn"
    BINARY = "binary"
    JSON = "json"


class Normal(StrEnum):
    """How a system rewrites a value when it keeps it."""

    AS_IS = "as_is"
    TRIM = "trim"
    DIGITS = "digits"
    LOWER = "lower"
    SINGLE_SPACED = "single_spaced"
    UTC_TIME = "utc_time"
    BARE_DN = "bare_dn"
    BASE64 = "base64"


class ReadOnly(StrEnum):
    """Why an attribute cannot be written. CONSTRUCTED: worked out when it is read; BACK_LINK: from the other end."""

    SYSTEM = "system"
    CONSTRUCTED = "constructed"
    BACK_LINK = "back_link"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret


_READ_ONLY: Final[Mapping[ReadOnly | None, str]] = MappingProxyType(
    {
        None: "it is only read",
        ReadOnly.SYSTEM: "only the directory writes it",
        ReadOnly.CONSTRUCTED: "it is worked out when it is read",
        ReadOnly.BACK_LINK: "it is the other end of a link: write that of the others",
        ReadOnly.PASSWORD: "a password is set by policy only: new_accounts",
    }
)


class UniqueScope(StrEnum):
    """Within what at most one object may hold a value. A system that has no such parts looks everywhere."""

    DOMAIN = "domain"
    FOREST = "forest"
    CONTAINER = "container"


NAMING: Final = "cn"
"""The attribute that is the name of an object in its container, where a system has containers."""

DN_NAME: Final = "distinguishedName"
"""The attribute that is the full name of an object, where a system has containers."""

CONTAINER: Final = "container"
"""The attribute that says where an object is, where a system has containers."""

Rewrite = Callable[[str], str]


def _digits(text: str) -> str:
    return text if text.isdigit() else "".join(filter(str.isdigit, text))


_NORMALISERS: Final[Mapping[Normal, Rewrite]] = MappingProxyType(
    {
        Normal.AS_IS: str,
        Normal.TRIM: str.strip,
        Normal.DIGITS: _digits,
        Normal.LOWER: str.lower,
        Normal.SINGLE_SPACED: lambda text: " ".join(text.split()),
        Normal.UTC_TIME: utc_text,
        Normal.BARE_DN: bare_dn,
        Normal.BASE64: base64_text,
    }
)


def _folding(rewrite: Rewrite) -> Rewrite:
    return str.casefold if rewrite is str else lambda text: rewrite(text).casefold()


_FOLDING: Final[Mapping[Normal, Rewrite]] = MappingProxyType(
    {normal: _folding(rewrite) for normal, rewrite in _NORMALISERS.items()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeType:
    """One attribute: how many values it holds, how they compare, what may be written to it.

    *unique*: at most one object may hold a value of it; *forbidden*: characters the system does not take.
    *max_length*: of one value, in characters, or in bytes where the syntax is BINARY (the text is Base64 then).
    *read_only*: why it cannot be written, where the system tells.
    """

    name: str
    multi: bool = False
    case: Case = Case.EXACT
    syntax: Syntax = Syntax.TEXT
    normal: Normal = Normal.AS_IS
    writable: bool = True
    unique: bool = False
    required: bool = False
    max_length: int | None = None
    max_values: int | None = None
    forbidden: str = ""
    choices: tuple[str, ...] = ()
    read_only: ReadOnly | None = None

    @property
    def kept(self) -> Rewrite:
        """What the system makes of one value of it when it keeps it."""
        return _NORMALISERS[self.normal]

    @property
    def meaning(self) -> Rewrite:
        """What makes one value of it comparable; empty for a value that is dropped."""
        return (_FOLDING if self.case is Case.IGNORE else _NORMALISERS)[self.normal]

    def normalise(self, values: Values) -> Values:
        """Return *values* as the system would keep them: rewritten, each once, order kept.

        A value that is empty once rewritten is dropped, so a blank attribute becomes null.
        """
        rewrite = self.kept
        if len(values) == 1:
            only = rewrite(values[0])
            return (only,) if only else ()
        return tuple(dict.fromkeys(text for value in values if (text := rewrite(value))))

    def comparable(self, values: Values) -> Values:
        """Return a form of *values* that is equal exactly for values that mean the same here."""
        if len(values) == 1:
            only = self.meaning(values[0])
            return (only,) if only else ()
        kept = self.normalise(values)
        if self.case is Case.IGNORE:
            kept = tuple(value.casefold() for value in kept)
        return tuple(sorted(set(kept))) if self.multi and len(kept) > 1 else kept

    def comparer(self) -> Callable[[Values], Values]:
        """Return `comparable` made ready for the values of many objects."""
        meaning, comparable = self.meaning, self.comparable

        def compare(values: Values) -> Values:
            if len(values) != 1:
                return comparable(values)
            text = meaning(values[0])
            return (text,) if text else ()

        return compare

    def refusal(self, values: Values) -> str:
        """Return why the system would refuse *values* (already normalised), or the empty text; never the values."""
        if not self.writable:
            return f'attribute "{self.name}" cannot be written'
        if len(values) > 1 and not self.multi:
            return f'attribute "{self.name}" has {len(values)} values, the schema allows 1'
        if self.max_values is not None and len(values) > self.max_values:
            return f'attribute "{self.name}" has {len(values)} values, the schema allows {self.max_values}'
        for value in values:
            size, unit = self._size(value)
            if self.max_length is not None and size > self.max_length:
                return f'attribute "{self.name}" has {size} {unit}, the schema allows {self.max_length}'
            if self.forbidden and (bad := next((ch for ch in value if ch in self.forbidden), "")):
                return f'attribute "{self.name}" has the character {bad!r}, which the target does not take'
            if self.choices and value not in self.choices:
                return f'attribute "{self.name}" must be one of {", ".join(self.choices)}'
        return ""

    def _size(self, value: str) -> tuple[int, str]:
        if self.syntax is Syntax.BINARY:
            return len(value.rstrip("=")) * 3 // 4, "bytes"
        return len(value), "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The attributes of one kind of object in one system. Names compare by *name_case*.

    *open_prefixes*: families of attributes that need no declaration, as `customAttributes.`.
    *display*: how to name an object, best first; an entry may be several attribute names.
    *identifying*: at least one must be set to create.
    *home*: where a new object goes that names no container.
    *whole*: a complete read sees every object that could hold a unique value.
    *unmappable*: why no mapping writes an attribute, by its name in lower case, where there is more to say.
    """

    objects: str
    attributes: Mapping[str, AttributeType]
    name_case: Case = Case.EXACT
    open_prefixes: tuple[str, ...] = ()
    display: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
    whole: bool = False
    home: str = ""
    unmappable: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    _folded: dict[str, AttributeType] = field(default_factory=dict[str, AttributeType], repr=False, compare=False)
    _opened: dict[str, AttributeType] = field(
        default_factory=dict[str, AttributeType], repr=False, compare=False, init=False
    )

    def __post_init__(self) -> None:
        if self.name_case is Case.IGNORE:
            self._folded.update({name.casefold(): kind for name, kind in self.attributes.items()})

    def attribute(self, name: str) -> AttributeType | None:
        """Return the attribute called *name* in any spelling the system allows, or None."""
        found = self.attributes.get(name)
        if found is None and self.name_case is Case.IGNORE:
            found = self._folded.get(name.casefold())
        return self._open(name) if found is None and self.open_prefixes else found

    def why_not_mapped(self, name: str) -> str:
        """Return why no mapping may write attribute *name*, or the empty text."""
        if why := self.unmappable.get(name.casefold()):
            return why
        kind = self.attribute(name)
        return _READ_ONLY[kind.read_only] if kind is not None and not kind.writable else ""

    def _open(self, name: str) -> AttributeType | None:
        """Return the attribute of an open family; made once, as there is one for each name that is configured."""
        found = self._opened.get(name)
        if found is None and any(name.startswith(prefix) and len(name) > len(prefix) for prefix in self.open_prefixes):
            found = self._opened[name] = AttributeType(name=name, max_length=4096)
        return found

    def lacking(self, wanted: Mapping[str, Values]) -> str:
        """Return what a new object with attributes *wanted* lacks, or the empty text."""
        for kind in self.attributes.values():
            if kind.required and not wanted.get(kind.name):
                return f'left out: there is no value for attribute "{kind.name}", which {self.objects} must have'
        if self.identifying and not any(wanted.get(name) for name in self.identifying):
            return f"left out: one of {', '.join(self.identifying)} must have a value"
        return ""

    @property
    def unique(self) -> tuple[AttributeType, ...]:
        """The attributes whose values belong to at most one object."""
        return tuple(kind for kind in self.attributes.values() if kind.unique)
