"""What an expression is worth while it is worked out, and what the macro functions do to all its values at once."""

from collections.abc import Iterable

from keepstep.core.macro_text import bounded
from keepstep.core.values import Values
from keepstep.errors import MacroError

Scalar = str | int
Value = str | int | tuple[str, ...]
"""A text ("" is blank), a number, a truth (bool), or two and more texts that are not blank."""


def collapsed(texts: Iterable[str]) -> Value:
    """Return the texts that are not blank: "" for none, the text itself for one, a tuple for more."""
    kept = tuple(text for text in texts if text)
    if len(kept) == 1:
        return kept[0]
    return kept or ""


def as_text(value: Scalar) -> str:
    """Return the written form; truths are written true and false."""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def single(value: Value, what: str) -> Scalar:
    """Return *value* if it is one; MacroError that calls it *what* if there are several."""
    if isinstance(value, tuple):
        raise MacroError(f"{what} has {len(value)} values; use first or join")
    return value


def all_of(value: Value) -> Values:
    """Return the values: none for a blank."""
    if isinstance(value, tuple):
        return value
    return (as_text(value),) if value != "" else ()


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


def words(*values: Value) -> str:
    """Return what is not blank, with one blank between."""
    texts = (as_text(single(value, "an argument")) for value in values)
    return join(tuple(text for text in texts if text), " ")
