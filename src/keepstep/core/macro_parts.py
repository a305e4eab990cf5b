"""Macro functions on the parts of a name: some of its words, digits drawn from it, and parts put together."""

import hashlib
from typing import Final

from keepstep.core.macro_function import Function, Parameter, Takes
from keepstep.core.macro_value import LONGEST, Value, as_text, bounded, single
from keepstep.errors import MacroError

MOST_DIGITS: Final = 18
"""How many random digits there are at most; 18 fit into a number."""


def slice_words(text: str, start: int, end: int) -> str:
    """Return the words from *start* up to *end*, counted from 0, with one blank between; negative from the end."""
    return " ".join(text.split()[start:end])


def random_digits(text: str, count: int) -> str:
    """Return *count* digits drawn from *text*: evenly spread over texts, and always the same for the same one."""
    if not 0 < count <= MOST_DIGITS:
        raise MacroError(f"random digits are 1 to {MOST_DIGITS}")
    drawn = int.from_bytes(hashlib.sha256(f"digits {text}".encode(errors="surrogatepass")).digest())
    return f"{drawn % 10**count:0{count}}"


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
        "random_digits",
        random_digits,
        "random digits drawn from the value, always the same for it; nothing secret",
        "{{ employeeID | random_digits(4) }}",
        ("1372",),
        (Parameter("count", number=True),),
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
