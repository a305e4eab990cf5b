"""The table of macro functions: the macro chooser, the docs page and completion are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from keepstep.core import macro_text as text
from keepstep.core import macro_value as value
from keepstep.core.macro_value import Scalar, Value
from keepstep.core.values import Values


class Takes(StrEnum):
    """How a function gets the value it works on.

    TEXT: one text at a time and never a blank one: nothing in, nothing out; several values are worked on one by one.
    VALUES: all values at once. ANYTHING: as it is, blank included.
    """

    TEXT = "text"
    VALUES = "values"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument after the value. *default* None: it has to be given. *number*: a whole number is wanted."""

    name: str
    default: Scalar | None = None
    number: bool = False

    def __str__(self) -> str:
        """Return how it is shown in a signature."""
        if self.default is None:
            return self.name
        return f"{self.name}={self.default}" if self.number else f'{self.name}="{self.default}"'


@dataclass(frozen=True, slots=True)
class Function:
    """One row: what a person reads (name, parameters, meaning, example and its result), and what runs.

    *repeats*: any number of further values may follow. *is_name*: the result is made to stand inside a
    distinguished name as it is.
    """

    name: str
    run: Callable[..., Value]
    meaning: str
    example: str
    result: Values
    parameters: tuple[Parameter, ...] = ()
    takes: Takes = Takes.TEXT
    repeats: bool = False
    is_name: bool = False

    @property
    def signature(self) -> str:
        """How a call is written, as `value | pad(width, fill="0")`."""
        if self.repeats:
            return f"{self.name}(value, …)"
        shown = ", ".join(str(parameter) for parameter in self.parameters)
        return f"value | {self.name}({shown})" if shown else f"value | {self.name}"


EXAMPLE: Final[Mapping[str, Values]] = MappingProxyType(
    {
        "givenName": ("Ana Marija",),
        "sn": ("Kovačević",),
        "department": ("  Field   sales ",),
        "description": (),
        "mobile": ("+385 (91) 000-0001",),
        "mail": ("Ana.Kovacevic@corp.example",),
        "employeeID": ("0042",),
        "employeeType": ("Yes",),
        "distinguishedName": ("CN=Kovačević\\, Ana,OU=Sales,DC=corp,DC=example",),
        "memberOf": ("CN=Staff,DC=corp,DC=example", "CN=Buyers,DC=corp,DC=example"),
        "otherTelephone": ("200", "100", "200"),
        "whenCreated": ("2026-03-31T22:15:00Z",),
    }
)
"""The fictional person that the examples are rendered for."""

_P: Final = Parameter
_NUMBER: Final = True
_VALUES: Final = Takes.VALUES
_ANYTHING: Final = Takes.ANYTHING

_ROWS: Final = (
    Function("lower", str.lower, "in small letters", "{{ mail | lower }}", ("ana.kovacevic@corp.example",)),
    Function("upper", str.upper, "in capital letters", "{{ sn | upper }}", ("KOVAČEVIĆ",)),
    Function("title", str.title, "each word with a capital letter", '{{ "o\'neill" | title }}', ("O'Neill",)),
    Function(
        "capitalize", str.capitalize, "first letter capital, the rest small", '{{ "ANA" | capitalize }}', ("Ana",)
    ),
    Function("trim", str.strip, "without white space at the ends", "{{ department | trim }}", ("Field   sales",)),
    Function(
        "single_spaced",
        text.single_spaced,
        "trimmed, and one blank wherever there was white space",
        "{{ department | single_spaced }}",
        ("Field sales",),
    ),
    Function("digits", text.digits, "only the digits", "{{ mobile | digits }}", ("385910000001",)),
    Function(
        "remove_accents",
        text.remove_accents,
        "Latin and Greek letters without accents; ß, ø, ł, đ … as the letters they are written with elsewhere",
        "{{ sn | remove_accents }}",
        ("Kovacevic",),
    ),
    Function("first_word", text.first_word, "up to the first white space", "{{ givenName | first_word }}", ("Ana",)),
    Function("last_word", text.last_word, "after the last white space", "{{ givenName | last_word }}", ("Marija",)),
    Function(
        "truncate",
        text.truncate,
        "at most so many characters",
        "{{ sn | truncate(4) }}",
        ("Kova",),
        (_P("length", None, _NUMBER),),
    ),
    Function(
        "slice",
        text.cut,
        "the characters from start up to end, counted from 0; a negative number counts from the end",
        "{{ givenName | slice(0, 1) }}",
        ("A",),
        (_P("start", None, _NUMBER), _P("end", text.LONGEST, _NUMBER)),
    ),
    Function(
        "replace",
        text.replace,
        "every old text replaced by the new one",
        '{{ givenName | replace(" ", "-") }}',
        ("Ana-Marija",),
        (_P("old"), _P("new")),
    ),
    Function(
        "pad",
        text.pad,
        f"filled in front up to a width (at most {text.WIDEST})",
        "{{ employeeID | to_int | pad(6) }}",
        ("000042",),
        (_P("width", None, _NUMBER), _P("fill", "0")),
    ),
    Function(
        "split",
        value.split,
        "the parts between separators, as several values",
        '{{ mail | split("@") }}',
        ("Ana.Kovacevic", "corp.example"),
        (_P("separator", ","),),
    ),
    Function("to_int", text.to_int, "a whole number, to reckon with", "{{ to_int(employeeID) + 1 }}", ("43",)),
    Function(
        "to_bool", text.to_bool, "true or false, from yes/no, on/off, 1/0 …", "{{ employeeType | to_bool }}", ("true",)
    ),
    Function("md5", text.md5, "MD5 as hex digits; not a protection", '{{ "Ana" | md5 | truncate(8) }}', ("9aba45a7",)),
    Function("sha256", text.sha256, "SHA-256 as hex digits", '{{ "Ana" | sha256 | truncate(8) }}', ("dea210f0",)),
    Function("base64_encode", text.base64_encode, "Base64", '{{ "Ana" | base64_encode }}', ("QW5h",)),
    Function("base64_decode", text.base64_decode, "what Base64 stands for", '{{ "QW5h" | base64_decode }}', ("Ana",)),
    Function(
        "uri_encode", text.uri_encode, "for any place in a URL", "{{ givenName | uri_encode }}", ("Ana%20Marija",)
    ),
    Function(
        "uri_decode", text.uri_decode, "percent escapes undone", '{{ "Ana%20Marija" | uri_decode }}', ("Ana Marija",)
    ),
    Function("json", text.json_text, "as a JSON string, with quotes", "{{ givenName | json }}", ('"Ana Marija"',)),
    Function(
        "date",
        text.format_time,
        "a date or time in another form: %Y %y %m %d %H %M %S %j %%",
        '{{ whenCreated | date("%d.%m.%Y") }}',
        ("31.03.2026",),
        (_P("pattern"),),
    ),
    Function(
        "plus",
        text.plus,
        "a date or time so much later; negative is earlier",
        "{{ whenCreated | plus(days=1, hours=-2) }}",
        ("2026-04-01T20:15:00Z",),
        (_P("days", 0, _NUMBER), _P("hours", 0, _NUMBER), _P("minutes", 0, _NUMBER)),
    ),
    Function(
        "dn_name",
        text.dn_name,
        "the name of an object, from its distinguished name",
        "{{ memberOf | dn_name }}",
        ("Staff", "Buyers"),
    ),
    Function(
        "dn_parent",
        text.dn_parent,
        "the distinguished name of the container",
        "{{ distinguishedName | dn_parent }}",
        ("OU=Sales,DC=corp,DC=example",),
        is_name=True,
    ),
    Function(
        "dn_escape",
        text.dn_escape,
        "made to stand in a distinguished name as a value",
        '{{ "Kovač, Ana" | dn_escape }}',
        ("Kovač\\, Ana",),
        is_name=True,
    ),
    Function("first", value.first, "the first value", "{{ otherTelephone | first }}", ("200",), takes=_VALUES),
    Function("last", value.last, "the last value", "{{ memberOf | last | dn_name }}", ("Buyers",), takes=_VALUES),
    Function(
        "nth",
        value.nth,
        "the value at a place, counted from 1",
        "{{ otherTelephone | nth(2) }}",
        ("100",),
        (_P("number", None, _NUMBER),),
        takes=_VALUES,
    ),
    Function(
        "join",
        value.join,
        "all values in one text",
        '{{ otherTelephone | join(" / ") }}',
        ("200 / 100 / 200",),
        (_P("separator", ", "),),
        takes=_VALUES,
    ),
    Function("unique", value.unique, "each value once", "{{ otherTelephone | unique }}", ("200", "100"), takes=_VALUES),
    Function("sort", value.ordered, "in order", "{{ otherTelephone | sort }}", ("100", "200", "200"), takes=_VALUES),
    Function("count", len, "how many values there are", "{{ otherTelephone | count }}", ("3",), takes=_VALUES),
    Function(
        "has",
        value.has,
        "whether one of the values is this text, in any letter case",
        '{{ "buyer" if memberOf | dn_name | has("buyers") else "other" }}',
        ("buyer",),
        (_P("text"),),
        takes=_VALUES,
    ),
    Function(
        "contains",
        value.contains,
        "whether the text occurs in one of the values",
        '{{ mail | contains("@CORP.") }}',
        ("true",),
        (_P("text"),),
        takes=_VALUES,
    ),
    Function(
        "starts_with",
        value.starts_with,
        "whether one of the values begins so",
        '{{ mobile | starts_with("+385") }}',
        ("true",),
        (_P("text"),),
        takes=_VALUES,
    ),
    Function(
        "ends_with",
        value.ends_with,
        "whether one of the values ends so",
        '{{ mail | ends_with(".org") }}',
        ("false",),
        (_P("text"),),
        takes=_VALUES,
    ),
    Function(
        "default",
        value.default,
        "another value where there is none",
        '{{ description | default("none") }}',
        ("none",),
        (_P("other"),),
        takes=_ANYTHING,
    ),
    Function(
        "coalesce",
        value.coalesce,
        "the first that is not blank",
        "{{ coalesce(description, givenName) }}",
        ("Ana Marija",),
        takes=_ANYTHING,
        repeats=True,
    ),
    Function(
        "words",
        value.words,
        "what is not blank, with one blank between",
        "{{ words(givenName, description, sn) }}",
        ("Ana Marija Kovačević",),
        takes=_ANYTHING,
        repeats=True,
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every function by name."""
