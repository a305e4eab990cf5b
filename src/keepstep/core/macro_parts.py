"""Macro functions on the parts of a name: some of its words, and parts put together."""

from typing import Final

from keepstep.core.macro_function import Function, Parameter, Takes
from keepstep.core.macro_value import LONGEST, Value, as_text, bounded, single
from keepstep.errors import MacroError


def slice_words(text: str, start: int, end: int) -> str:
    """Return the words from *start* up to *end*, counted from 0, with one blank between; negative from the end."""
    return " ".join(text.split()[start:end])


def connect(separator: Value, *values: Value) -> str:
    """Return what is not blank of *values*, with *separator* between; MacroError where one has several values."""
    if not values:
        raise MacroError("there is nothing to connect: give the separator first, then the values")
    given = (as_text(single(value, "an argument")) for value in values)
    texts = [text for text in given if text]
    between = as_text(single(separator, "the separator"))
    bounded(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


PART_FUNCTIONS: Final = (
    Function(
        "slice_words",
        slice_words,
        "the words from start up to end, counted from 0; a negative number counts from the end",
        '{{ "Ana Marija Kovač" | slice_words(0, 2) }}',
        ("Ana Marija",),
        (Parameter("start", number=True), Parameter("end", LONGEST, number=True)),
    ),
    Function(
        "connect",
        connect,
        "what is not blank of all but the first value, with the first one between",
        '{{ connect("-", givenName, description, sn) }}',
        ("Ana Marija-Kovačević",),
        takes=Takes.ANYTHING,
        repeats=True,
    ),
)
