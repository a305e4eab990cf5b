"""What the macro functions do to all values at once, and the choices between values."""

from typing import Final

from keepstep.core.macro_function import Function, Parameter, Takes
from keepstep.core.macro_value import Value, as_text, bounded, collapsed, single
from keepstep.core.values import Values
from keepstep.errors import MacroError


def first(values: Values) -> str:
    """Return the first value, or nothing."""
    return values[0] if values else ""


def last(values: Values) -> str:
    """Return the last value, or nothing."""
    return values[-1] if values else ""


def nth(values: Values, number: int) -> str:
    """Return the value at place *number*, counted from 1, or nothing."""
    if number < 1:
        raise MacroError("values are counted from 1")
    return values[number - 1] if number <= len(values) else ""


def join(values: Values, separator: str) -> str:
    """Return one text of all values with *separator* between them."""
    bounded(sum(map(len, values)) + len(separator) * len(values))
    return separator.join(values)


def split(text: str, separator: str) -> Value:
    """Return the parts between the *separator*s, without white space around them; blank parts are left out."""
    if not separator:
        raise MacroError("there is nothing to split at")
    return collapsed(part.strip() for part in text.split(separator))


def unique(values: Values) -> Value:
    """Return each value once, in order."""
    return collapsed(dict.fromkeys(values))


def ordered(values: Values) -> Value:
    """Return the values sorted by code point."""
    return collapsed(sorted(values))


def has(values: Values, wanted: str) -> bool:
    """Return whether one of *values* is *wanted*, whatever the letter case."""
    folded = wanted.casefold()
    return any(value.casefold() == folded for value in values)


def contains(values: Values, part: str) -> bool:
    """Return whether *part* occurs in one of *values*, whatever the letter case."""
    folded = part.casefold()
    return any(folded in value.casefold() for value in values)


def starts_with(values: Values, part: str) -> bool:
    """Return whether one of *values* begins with *part*, whatever the letter case."""
    folded = part.casefold()
    return any(value.casefold().startswith(folded) for value in values)


def ends_with(values: Values, part: str) -> bool:
    """Return whether one of *values* ends with *part*, whatever the letter case."""
    folded = part.casefold()
    return any(value.casefold().endswith(folded) for value in values)


def default(value: Value, other: Value) -> Value:
    """Return *value*, or *other* if it is blank."""
    return other if value == "" else value


def coalesce(*values: Value) -> Value:
    """Return the first value that is not blank."""
    return next((value for value in values if value != ""), "")


def unmapped(_text: str, name: str) -> str:
    """MacroError: `map` is bound to its table when it is read; until then it cannot run."""
    raise MacroError(f'there is no table "{name}"')


def words(*values: Value) -> str:
    """Return what is not blank, with one blank between."""
    texts = (as_text(single(value, "an argument")) for value in values)
    return join(tuple(text for text in texts if text), " ")


LIST_FUNCTIONS: Final = (
    Function(
        "split",
        split,
        "the parts between separators, as several values",
        '{{ mail | split("@") }}',
        ("Ana.Kovacevic", "corp.example"),
        (Parameter("separator", ","),),
    ),
    Function("first", first, "the first value", "{{ otherTelephone | first }}", ("200",), takes=Takes.VALUES),
    Function("last", last, "the last value", "{{ memberOf | last | dn_name }}", ("Buyers",), takes=Takes.VALUES),
    Function(
        "nth",
        nth,
        "the value at a place, counted from 1",
        "{{ otherTelephone | nth(2) }}",
        ("100",),
        (Parameter("number", number=True),),
        takes=Takes.VALUES,
    ),
    Function(
        "join",
        join,
        "all values in one text",
        '{{ otherTelephone | join(" / ") }}',
        ("200 / 100 / 200",),
        (Parameter("separator", ", "),),
        takes=Takes.VALUES,
    ),
    Function("unique", unique, "each value once", "{{ otherTelephone | unique }}", ("200", "100"), takes=Takes.VALUES),
    Function("sort", ordered, "in order", "{{ otherTelephone | sort }}", ("100", "200", "200"), takes=Takes.VALUES),
    Function("count", len, "how many values there are", "{{ otherTelephone | count }}", ("3",), takes=Takes.VALUES),
    Function(
        "has",
        has,
        "whether one of the values is this text, in any letter case",
        '{{ "buyer" if memberOf | dn_name | has("buyers") else "other" }}',
        ("buyer",),
        (Parameter("text"),),
        takes=Takes.VALUES,
    ),
    Function(
        "contains",
        contains,
        "whether the text occurs in one of the values",
        '{{ mail | contains("@CORP.") }}',
        ("true",),
        (Parameter("text"),),
        takes=Takes.VALUES,
    ),
    Function(
        "starts_with",
        starts_with,
        "whether one of the values begins so",
        '{{ mobile | starts_with("+385") }}',
        ("true",),
        (Parameter("text"),),
        takes=Takes.VALUES,
    ),
    Function(
        "ends_with",
        ends_with,
        "whether one of the values ends so",
        '{{ mail | ends_with(".org") }}',
        ("false",),
        (Parameter("text"),),
        takes=Takes.VALUES,
    ),
    Function(
        "map",
        unmapped,
        "what a value table of the configuration makes of it",
        '{{ department | single_spaced | map("departments") }}',
        ("Sales in the field",),
        (Parameter("table"),),
        names_table=True,
    ),
    Function(
        "default",
        default,
        "another value where there is none",
        '{{ description | default("none") }}',
        ("none",),
        (Parameter("other"),),
        takes=Takes.ANYTHING,
    ),
    Function(
        "coalesce",
        coalesce,
        "the first that is not blank",
        "{{ coalesce(description, givenName) }}",
        ("Ana Marija",),
        takes=Takes.ANYTHING,
        repeats=True,
    ),
    Function(
        "words",
        words,
        "what is not blank, with one blank between",
        "{{ words(givenName, description, sn) }}",
        ("Ana Marija Kovačević",),
        takes=Takes.ANYTHING,
        repeats=True,
    ),
)
"""The rows of the table that are about several values, conditions and choices."""
