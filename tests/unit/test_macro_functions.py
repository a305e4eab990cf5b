"""The table of functions: every row does what its example says, and none breaks on odd input."""

import pytest

from keepstep.core.macro import Names, compile_macro
from keepstep.core.macro_catalogue import example_names, example_values, macro_catalogue
from keepstep.core.macro_function import Function
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.core.macro_names import ATTRIBUTES, FAMILIES, Family, Where
from keepstep.errors import MacroError


def render(text: str, value: str | tuple[str, ...] = "") -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return compile_macro(text, names=Names.of(["v"]), place="x").render({"v": values})


def complaint(text: str, value: str | tuple[str, ...] = "") -> str:
    with pytest.raises(MacroError) as caught:
        render(text, value)
    return caught.value.message


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_every_example_gives_what_the_table_says(row: Function) -> None:
    made = compile_macro(row.example, names=example_names(), place="example")
    assert made.render(example_values()) == row.result


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_every_row_can_be_read(row: Function) -> None:
    assert row.name in row.signature
    assert row.name in row.example
    assert row.meaning
    assert not row.meaning.endswith(".")


@pytest.mark.parametrize("family", (ATTRIBUTES, *FAMILIES), ids=lambda family: family.name)
def test_every_family_of_names_gives_what_its_example_says_wherever_it_is_allowed(family: Family) -> None:
    for where in family.where:
        made = compile_macro(family.example, names=example_names(where), place="example")
        assert made.render(example_values()) == (family.result,)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.reserved], ids=lambda family: family.name)
def test_no_family_of_names_is_taken_where_it_is_not_allowed(family: Family) -> None:
    for where in set(Where) - family.where:
        with pytest.raises(MacroError, match=f"cannot be used in {where}"):
            compile_macro(family.example, names=example_names(where), place="example")


def test_the_catalogue_has_every_function_and_every_family_once() -> None:
    catalogue = macro_catalogue()
    assert [word.name for word in catalogue.functions] == sorted(FUNCTIONS)
    assert [word.name for word in catalogue.names] == [family.name for family in (ATTRIBUTES, *FAMILIES)]
    assert all(word.meaning and word.where and word.result for word in (*catalogue.names, *catalogue.functions))


def test_signatures_show_arguments_and_defaults() -> None:
    assert FUNCTIONS["lower"].signature == "value | lower"
    assert FUNCTIONS["pad"].signature == 'value | pad(width, fill="0")'
    assert FUNCTIONS["plus"].signature == "value | plus(days=0, hours=0, minutes=0, weeks=0, seconds=0)"
    assert FUNCTIONS["coalesce"].signature == "coalesce(value, …)"


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("digits", "+385 (91) 12", "3859112"),
        ("digits", "٣٤ x", "34"),
        ("digits", "x²", ""),
        ("remove_accents", "Ærøskøbing Łódź Đorđević Straße", "AEroskobing Lodz Dordevic Strasse"),
        ("remove_accents", "e\u0301le\u0300ve", "eleve"),
        ("remove_accents", "\uff21na ﬁ ½ ガギ 한글 Чайковский", "Ana ﬁ ½ ガギ 한글 Чайковский"),
        ("remove_accents", "Άλφα", "Αλφα"),
        ("remove_accents", "Ana", "Ana"),
        ("title", "o'neill-smith", "O'Neill-Smith"),
        ("truncate(4)", "Ana Marija", "Ana"),
        ("truncate(0)", "Ana", ""),
        ("first_word", "  Ana Marija ", "Ana"),
        ("last_word", "  Ana Marija ", "Marija"),
        ("first_word", "   ", ""),
        ("last_word", "   ", ""),
        ("pad(3)", "12345", "12345"),
        ("pad(0)", "1", "1"),
        ("to_int", " -0042 ", "-42"),
        ("to_bool", " TRUE ", "true"),
        ("to_bool", "Off", "false"),
        ("split", "a, b,,c", ("a", "b", "c")),
        ("split | nth(9)", "a,b", ""),
        ("first", "", ""),
        ("last", "", ""),
        ("count", "", "0"),
        ("has('b')", ("A", "B"), "true"),
        ("has('c')", ("A", "B"), "false"),
        ("starts_with('x')", ("ax", "Xa"), "true"),
        ("ends_with('x')", ("aX", "xa"), "true"),
        ("contains('ß')", "STRASSE", "true"),
        ("default('x')", "", "x"),
        ("default('x')", ("a", "b"), ("a", "b")),
        ("date('%%%Y%y%j %H:%M:%S')", "2024-12-31T01:02:03Z", "%202424366 01:02:03"),
        ("date('%d')", "2024-12-31", "31"),
        ("plus(days=1)", "2024-12-31", "2025-01-01"),
        ("plus(hours=1)", "2024-12-31", "2024-12-31T01:00:00"),
        ("plus(minutes=-1)", "2024-12-31T00:00:00+01:00", "2024-12-30T23:59:00+01:00"),
        ("plus(1)", "2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("dn_name", "CN=A\\, B,DC=x", "A, B"),
        ("dn_parts('ou')", "CN=A,OU=Team\\, One,OU=Staff,DC=x", ("Team, One", "Staff")),
        ("dn_parts('o')", "CN=A,DC=x", ""),
        ("plus(weeks=1, seconds=-1)", "2024-12-31T00:00:00Z", "2025-01-06T23:59:59Z"),
        ("transliterate", "Đurđa Kovač", "Durda Kovac"),
        ("phone", "+385 91 000-0001", "+385910000001"),
        ("regex_replace('[0-9]+', '<$$>')", "a1b22", "a<$>b<$>"),
        ("regex_replace('(a)|b', '$1')", "ab", "a"),
        ("parse_date('%d/%m/%y %H:%M')", "1/2/24 9:05", "2024-02-01T09:05:00"),
        ("parse_date('%Y%j')", "2024366", "2024-12-31"),
        ("in_zone('Europe/Zagreb', of='America/New_York')", "2024-07-01T00:00:00", "2024-07-01T06:00:00+02:00"),
        ("in_zone('UTC')", "2024-07-01T00:00:00+02:00", "2024-06-30T22:00:00Z"),
        ("from_filetime", "0", ""),
        ("from_filetime", "2650467743999999999", "9999-12-31T23:59:59Z"),
        ("from_filetime", "9223372036854775807", ""),
        ("to_filetime | from_filetime", "2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z"),
        ("to_epoch('ms') | from_epoch('ms')", "2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z"),
        ("uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8')", "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d"),
        ("dn_parent", "DC=x", ""),
        ("json", 'a"b\\\n', '"a\\"b\\\\\\n"'),
        ("uri_encode", "a/č~", "a%2F%C4%8D~"),
        ("uri_decode", "a%2F%C4%8D+", "a/č+"),
        ("base64_encode | base64_decode", "Kovač", "Kovač"),
    ],
)
def test_functions_on_odd_input(text: str, value: str, expected: str | tuple[str, ...]) -> None:
    wanted = expected if isinstance(expected, tuple) else (expected,) if expected else ()
    assert render(f"{{{{ v | {text} }}}}", value) == wanted


def test_coalesce_and_words_of_nothing_are_nothing() -> None:
    assert render("{{ coalesce(v, none) }}") == ()
    assert render("{{ words(v, none) }}") == ()


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("truncate(-1)", "a", "a length is 0 or more"),
        ("replace('', 'x')", "a", "there is nothing to look for"),
        ("pad(257)", "a", "a width is between 0 and 256"),
        ("pad(-1)", "a", "a width is between 0 and 256"),
        ("pad(3, 'ab')", "a", "the text to fill with is one character"),
        ("pad(3, '')", "a", "the text to fill with is one character"),
        ("to_int", "1.5", "not a whole number"),
        ("to_int", "1" * 19, "not a whole number"),
        ("to_int", "٣", "not a whole number"),
        ("to_bool", "perhaps", "neither true nor false"),
        ("split('')", "a", "there is nothing to split at"),
        ("nth(0)", "a", "values are counted from 1"),
        ("date('%q')", "2024-12-31", "a date pattern has %Y %y %m %d %H %M %S %j %% and nothing else"),
        ("date('%')", "2024-12-31", "a date pattern has"),
        ("date('%999999999d')", "2024-12-31", "a date pattern has"),
        ("date('%Y')", "yesterday", "not an ISO 8601 date or time"),
        ("plus(days=999999999999)", "2024-12-31", "outside the years 1 to 9999"),
        ("plus(days=99999999)", "2024-12-31", "outside the years 1 to 9999"),
        ("dn_name", "Sales", "not a distinguished name"),
        ("dn_parts('OU')", "Sales", "not a distinguished name"),
        ("phone", "091 000-0001", "not a phone number"),
        ("phone('HR')", "112233445566778899", "not a phone number"),
        ("regex_replace('a', 'b')", "a" * 301, "more than 300 characters"),
        ("regex_replace('a', '$1')", "a", "the pattern has no group 1"),
        ("parse_date('%d.%m.%Y')", "31.02.2024", "not a date that there is"),
        ("parse_date('%d.%m.%Y')", "2024-01-01", "not written as the pattern says"),
        ("from_filetime", "x", "not a whole number"),
        ("from_filetime", "no number, but a long text", "not a whole number"),
        ("from_epoch", "999999999999999999", "outside the years"),
        ("dn_parent", "Sales", "not a distinguished name"),
        ("dn_escape", "\ud800", "not Unicode text"),
        ("dn_escape", "," * 60_000, "longer than 100,000 characters"),
        ("md5", "\ud800", "not Unicode text"),
        ("sha256", "\ud800", "not Unicode text"),
        ("uri_encode", "\ud800", "not Unicode text"),
        ("uri_encode", "a" * 40_000, "longer than 100,000 characters"),
        ("uri_decode", "%ff", "are not UTF-8"),
        ("base64_encode", "a" * 90_000, "longer than 100,000 characters"),
        ("base64_decode", "!", "not the Base64 form of a text"),
        ("base64_decode", "č", "not the Base64 form of a text"),
        ("base64_decode", "/w==", "not the Base64 form of a text"),
        ("json", '"' * 60_000, "longer than 100,000 characters"),
        ("join", ("a" * 60_000, "b" * 60_000), "longer than 100,000 characters"),
        ("replace('a', 'bbb')", "a" * 40_000, "longer than 100,000 characters"),
    ],
)
def test_what_a_function_cannot_do_is_told_without_the_value(
    text: str, value: str | tuple[str, ...], message: str
) -> None:
    told = complaint(f"{{{{ v | {text} }}}}", value)
    assert message in told
    assert 'of attribute "v": ' in told


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("regex_replace('(a+)+', '')", "does not repeat a group"),
        ("regex_replace('(a|a)*b', '')", "does not repeat a group"),
        ("regex_replace('a*a*a*b', '')", "at most 2 of * +"),
        ("regex_replace('a?a?a?a?a?a', '')", "so many choices"),
        ("regex_replace('(a|b)(a|b)(a|b)(a|b)', '')", "so many choices"),
        ("regex_replace('a{0,99}', '')", "so many choices"),
        ("regex_replace('(?=a)', '')", "no (?…) but (?:…)"),
        ("regex_replace('(a)\\\\1', '')", "does not refer back"),
        ("regex_replace('(', '')", "not a pattern"),
        ("phone('Croatia')", "a region is two letters"),
        ("in_zone('Zagreb')", "there is no such time zone"),
        ("uuid5('x')", "a namespace is dns, url, oid, x500 or a UUID"),
        ("from_epoch('us')", "a unit is s or ms"),
        ("parse_date('%b')", "a date pattern has"),
    ],
)
def test_an_argument_that_can_never_do_is_refused_when_the_macro_is_saved(call: str, told: str) -> None:
    with pytest.raises(MacroError) as caught:
        compile_macro(f"{{{{ v | {call} }}}}", names=Names.of(["v"]), place="x")
    assert told in caught.value.message
    assert "in x, column 8" in caught.value.message


def test_a_search_that_would_try_everything_ends_within_its_steps() -> None:
    assert render("{{ v | regex_replace('.*.*x', '') }}", "a" * 300) == ("a" * 300,)
    assert render("{{ v | regex_replace('(b|a)a*a*x', '') }}", "a" * 300) == ("a" * 300,)


def test_random_digits_are_the_same_for_the_same_value_and_spread_for_others() -> None:
    one = render("{{ v | random_digits(6) }}", "0042")
    assert one == render("{{ v | random_digits(6) }}", "0042")
    assert one != render("{{ (v ~ 'b') | random_digits(6) }}", "0042")
    assert len({render("{{ v | random_digits(6) }}", str(number)) for number in range(200)}) > 195
