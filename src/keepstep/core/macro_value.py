"""What an expression is worth while it is worked out."""

from collections.abc import Iterable
from typing import Final

from keepstep.core.values import Values
from keepstep.errors import MacroError

Scalar = str | int
Value = str | int | tuple[str, ...]
"""A text ("" is blank), a number, a truth (bool), or two and more texts that are not blank."""

LONGEST: Final = 100_000
"""The longest text, in characters, that a macro may make. A value that passes through unchanged is not cut."""


def bounded(length: int) -> None:
    """MacroError when a text of *length* characters must not be made."""
    if length > LONGEST:
        raise MacroError(f"the result would be longer than {LONGEST:,} characters")


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
