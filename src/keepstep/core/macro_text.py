"""What the macro functions do to one text. Pure and total: a result, or a MacroError that never quotes the text."""

import re
import unicodedata
from typing import Final

from keepstep.core.macro_function import Function, Parameter
from keepstep.core.macro_value import LONGEST, bounded
from keepstep.core.pattern import bounded_pattern, replace_pattern
from keepstep.errors import MacroError

WIDEST: Final = 256
"""The widest that `pad` makes a text."""

_NOT_DIGITS: Final = bytes(code for code in range(128) if not chr(code).isdigit())
_SEPARATE_LETTERS: Final = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "\u0131": "i", "ŧ": "t",
        "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ĸ": "k",
    }
)  # fmt: skip
"""Letters that Unicode does not take apart into a base and an accent."""

_ACCENTED: Final = (range(0xC0, 0x250), range(0x370, 0x400), range(0x1E00, 0x2000), range(0xFF21, 0xFF5B))
"""Where Unicode keeps Latin and Greek letters with accents, and the wide forms of the plain ones."""

_BARE_LETTERS: Final = _SEPARATE_LETTERS | {
    code: "".join(part for part in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(part))
    for block in _ACCENTED
    for code in block
    if code not in _SEPARATE_LETTERS and chr(code).isalpha()
}
_LOOSE_ACCENTS: Final = re.compile("(?<=[A-Za-z\u0370-\u03ff])[\u0300-\u036f]+")

_TRUE: Final = frozenset({"true", "yes", "y", "t", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "f", "off", "0"})
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")


def digits(text: str) -> str:
    """Return the decimal digits of *text*, of any script, as 0-9."""
    if text.isascii():
        return text.encode().translate(None, _NOT_DIGITS).decode()
    return "".join(str(unicodedata.decimal(ch)) for ch in text if ch.isdecimal())


def single_spaced(text: str) -> str:
    """Return *text* without white space at the ends, and with one blank wherever there was some inside."""
    return " ".join(text.split())


def remove_accents(text: str) -> str:
    """Return *text* with Latin and Greek letters bare of accents; every other script stays as it is."""
    if text.isascii():
        return text
    bare = text.translate(_BARE_LETTERS)
    return bare if bare.isascii() else _LOOSE_ACCENTS.sub("", bare)


def truncate(text: str, length: int) -> str:
    """Return at most the first *length* characters, without a blank at the end."""
    if length < 0:
        raise MacroError("a length is 0 or more")
    return text[:length].rstrip() if len(text) > length else text


def cut(text: str, start: int, end: int) -> str:
    """Return the characters from *start* up to *end*, counted from 0; negative counts from the end."""
    return text[start:end]


def first_word(text: str) -> str:
    """Return what stands before the first white space."""
    found = text.split(maxsplit=1)
    return found[0] if found else ""


def last_word(text: str) -> str:
    """Return what stands after the last white space."""
    found = text.rsplit(maxsplit=1)
    return found[-1] if found else ""


def replace(text: str, old: str, new: str) -> str:
    """Return *text* with every *old* replaced by *new*."""
    if not old:
        raise MacroError("there is nothing to look for")
    bounded(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def pad(text: str, width: int, fill: str) -> str:
    """Return *text* with *fill* in front of it until it is *width* characters long."""
    if not 0 <= width <= WIDEST:
        raise MacroError(f"a width is between 0 and {WIDEST}")
    if len(fill) != 1:
        raise MacroError("the text to fill with is one character")
    return text.rjust(width, fill)


def to_int(text: str) -> int:
    """Return the whole number that *text* writes, of at most 18 digits."""
    stripped = text.strip()
    if not _WHOLE.match(stripped):
        raise MacroError("the value is not a whole number of at most 18 digits")
    return int(stripped)


def to_bool(text: str) -> bool:
    """Return the truth that *text* writes: true/false, yes/no, on/off, 1/0, in any letter case."""
    word = text.strip().casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise MacroError("the value is neither true nor false")


def transliterate(text: str) -> str:
    """Return *text* of any script in ASCII letters, as its letters are commonly romanised."""
    from anyascii import anyascii

    made = text if text.isascii() else anyascii(text)
    bounded(len(made))
    return made


def phone(text: str, region: str) -> str:
    """Return the phone number that *text* writes, as E.164; *region* is taken for one without a country code."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, known_region(region) or None)
    except phonenumbers.NumberParseException:
        raise MacroError("the value is not a phone number; is it one of another region?") from None
    if not phonenumbers.is_possible_number(number):
        raise MacroError("the value is not a phone number; it has too few or too many digits")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def known_region(text: str) -> str:
    """Return the region *text* in capitals; MacroError for one that has no phone numbers."""
    import phonenumbers

    if text and text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise MacroError("a region is two letters, such as HR")
    return text.upper()


TEXT_FUNCTIONS: Final = (
    Function("lower", str.lower, "in small letters", "{{ mail | lower }}", ("ana.kovacevic@corp.example",)),
    Function("upper", str.upper, "in capital letters", "{{ sn | upper }}", ("KOVAČEVIĆ",)),
    Function("title", str.title, "each word with a capital letter", '{{ "o\'neill" | title }}', ("O'Neill",)),
    Function(
        "capitalize", str.capitalize, "first letter capital, the rest small", '{{ "ANA" | capitalize }}', ("Ana",)
    ),
    Function("trim", str.strip, "without white space at the ends", "{{ department | trim }}", ("Field   sales",)),
    Function(
        "single_spaced",
        single_spaced,
        "trimmed, and one blank wherever there was white space",
        "{{ department | single_spaced }}",
        ("Field sales",),
    ),
    Function("digits", digits, "only the digits", "{{ mobile | digits }}", ("385910000001",)),
    Function(
        "remove_accents",
        remove_accents,
        "Latin and Greek letters without accents; ß, ø, ł, đ … as the letters they are written with elsewhere",
        "{{ sn | remove_accents }}",
        ("Kovacevic",),
    ),
    Function("first_word", first_word, "up to the first white space", "{{ givenName | first_word }}", ("Ana",)),
    Function("last_word", last_word, "after the last white space", "{{ givenName | last_word }}", ("Marija",)),
    Function(
        "truncate",
        truncate,
        "at most so many characters",
        "{{ sn | truncate(4) }}",
        ("Kova",),
        (Parameter("length", number=True),),
    ),
    Function(
        "slice",
        cut,
        "the characters from start up to end, counted from 0; a negative number counts from the end",
        "{{ givenName | slice(0, 1) }}",
        ("A",),
        (Parameter("start", number=True), Parameter("end", LONGEST, number=True)),
    ),
    Function(
        "replace",
        replace,
        "every old text replaced by the new one",
        '{{ givenName | replace(" ", "-") }}',
        ("Ana-Marija",),
        (Parameter("old"), Parameter("new")),
    ),
    Function(
        "pad",
        pad,
        f"filled in front up to a width (at most {WIDEST})",
        "{{ employeeID | to_int | pad(6) }}",
        ("000042",),
        (Parameter("width", number=True), Parameter("fill", "0")),
    ),
    Function("to_int", to_int, "a whole number, to reckon with", "{{ to_int(employeeID) + 1 }}", ("43",)),
    Function(
        "to_bool", to_bool, "true or false, from yes/no, on/off, 1/0 …", "{{ employeeType | to_bool }}", ("true",)
    ),
    Function("length", len, "how many characters there are", "{{ sn | length }}", ("9",)),
    Function(
        "transliterate",
        transliterate,
        "any script in ASCII letters",
        '{{ "Чайковский" | transliterate }}',
        ("Chaykovskiy",),
    ),
    Function(
        "phone",
        phone,
        "a phone number as E.164; the region is for numbers without a country code",
        '{{ "091 000-0001" | phone("HR") }}',
        ("+385910000001",),
        (Parameter("region", "", check=known_region),),
    ),
    Function(
        "regex_replace",
        replace_pattern,
        "every match of a pattern replaced; $1 is its first group",
        '{{ mail | regex_replace("^([^@]+)@.*", "$1") }}',
        ("Ana.Kovacevic",),
        (Parameter("pattern", check=bounded_pattern), Parameter("new")),
    ),
)
"""The rows of the table that are about one text."""
