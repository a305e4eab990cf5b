"""Whatever stands in a macro or in a value: a result or a named error, and values stay values."""

from __future__ import annotations

import minijinja
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.macro import Macro, Names, compile_macro
from keepstep.core.macro_function import Takes
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.errors import MacroError

NAMES = ("sn", "mail", "memberOf", "msDS-cloudExtensionAttribute1", "customAttributes.City")
PIECES = (
    *("{{", "}}", "{%", "{#", "{", "}", "|", "(", ")", "~", "+", "-", "*", "==", "<", ",", "=", '"', "'", "\\", "\n", " ", "."),
    *("if", "else", "and", "or", "not", "true", "none", "in", "attribute", "x", "7", "0", "99999999999999999999", "é", "\ud800"),
    *NAMES,
    *FUNCTIONS,
)  # fmt: skip
MARKER = "Qx7Zk"

wild_texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
wild_macros = st.lists(st.sampled_from(PIECES), max_size=14).map(lambda parts: "{{ " + " ".join(parts) + " }}")
calls = st.builds(
    lambda row, name, arguments: f"{{{{ {row}({', '.join([name, *arguments])}) }}}}",
    st.sampled_from(sorted(FUNCTIONS)),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(["sn", "memberOf", "'x'", "''", "3", "-1", "300", "true", "'%Y'", "none"]), max_size=3),
)
held_texts = st.one_of(
    st.text(),
    st.sampled_from(["", " ", "0042", "{{ 7*7 }}", "{% raw %}", "{{ sn }}", "}}", '"', "\r\n", "*)(uid=*", "CN=a,DC=x", "\x00"]),
    st.sampled_from(["2024-12-31", "true", "QW5h", "%41", "\ud800", "İ", "ß"]),
)  # fmt: skip
records = st.fixed_dictionaries({}, optional={name: st.lists(held_texts, max_size=3).map(tuple) for name in NAMES})


def macro(text: str) -> Macro:
    return compile_macro(text, names=Names.of(NAMES), place="here")


@given(st.one_of(wild_texts, wild_macros, calls, st.text()), records)
def test_any_text_gives_values_or_a_macro_error(text: str, record: dict[str, tuple[str, ...]]) -> None:
    try:
        values = macro(text).render(record)
    except MacroError as error:
        assert "here" in error.message
    else:
        assert isinstance(values, tuple)
        assert all(isinstance(value, str) and value for value in values)


@given(st.one_of(wild_macros, calls), records)
def test_no_error_quotes_a_value(text: str, record: dict[str, tuple[str, ...]]) -> None:
    marked = {name: tuple(f"{MARKER}{value}{MARKER}" for value in values) for name, values in record.items()}
    try:
        macro(text).render(marked)
    except MacroError as error:
        assert MARKER not in error.message + error.hint


@given(held_texts)
def test_a_value_comes_out_as_it_went_in(value: str) -> None:
    record = {"sn": (value,)}
    expected = (value,) if value else ()
    assert macro("{{ sn }}").render(record) == expected
    assert macro("{{ coalesce(mail, sn) }}").render(record) == expected
    assert macro("{{ sn ~ mail }}").render(record) == expected
    assert macro("<{{ sn }}>").render(record) == ((f"<{value}>",) if value else ())
    assert macro("{{ sn if sn else 'x' }}").render(record) == (expected or ("x",))


@given(st.lists(held_texts, max_size=5))
def test_several_values_come_out_as_they_went_in_without_the_blank_ones(values: list[str]) -> None:
    assert macro("{{ memberOf }}").render({"memberOf": tuple(values)}) == tuple(filter(None, values))


TEXT_CHAINS = st.lists(
    st.sampled_from(["lower", "upper", "trim", "digits", "remove_accents", "first_word", "truncate(3)", "replace('a', '')"]),
    min_size=1,
    max_size=4,
).map(" | ".join)  # fmt: skip


@given(TEXT_CHAINS, st.lists(held_texts, max_size=4))
def test_text_functions_work_on_each_value_by_itself(chain: str, values: list[str]) -> None:
    made = macro(f"{{{{ sn | {chain} }}}}")
    one_by_one = [text for value in values for text in made.render({"sn": (value,)})]
    assert made.render({"sn": tuple(values)}) == tuple(one_by_one)


@given(st.sampled_from([row.name for row in FUNCTIONS.values() if row.takes is Takes.TEXT and not row.parameters]))
def test_a_text_function_of_nothing_is_nothing(name: str) -> None:
    assert macro(f"{{{{ sn | {name} }}}}").render({}) == ()


# The words are those of Jinja2. An engine that speaks it (with our functions put in) is the judge of what they mean,
# for the part of the language that both have, and for values that both treat alike: single and not blank.

ENGINE = minijinja.Environment(
    filters={name: FUNCTIONS[name].run for name in ("lower", "upper", "trim", "remove_accents")},
    fuel=50_000,
    undefined_behavior="strict",
)
judged_texts = st.text(st.characters(codec="utf-8"), min_size=1).map(lambda text: f"a{text}z")
operands = st.one_of(
    st.sampled_from(["sn", "mail", "'Lit \"1\"'", '"{{ }}"']),
    st.builds("{} | {}".format, st.sampled_from(["sn", "mail"]), st.sampled_from(["lower", "upper | trim", "remove_accents"])),
)  # fmt: skip
numbers = st.recursive(
    st.integers(-99, 99).map(str),
    lambda inner: st.builds("{} {} {}".format, inner, st.sampled_from("+-"), inner.map("({})".format)),
    max_leaves=4,
)
conditions = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, operands, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), operands),
        st.builds("{} {} {}".format, numbers, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers),
        operands,
    ),
    lambda inner: st.one_of(
        inner.map("not {}".format), inner.map("({})".format), st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=5,
)  # fmt: skip
expressions = st.recursive(
    st.one_of(operands, numbers.map("({})".format)),
    lambda inner: st.one_of(
        st.builds("{} ~ {}".format, inner.map("({})".format), inner),
        st.builds("{} if {} else {}".format, inner, conditions, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
    ),
    max_leaves=4,
)


@given(st.lists(expressions, min_size=1, max_size=3), judged_texts, judged_texts)
def test_expressions_mean_what_jinja_says(parts: list[str], sn: str, mail: str) -> None:
    text = "; ".join(f"{{{{ {part} }}}}" for part in parts)
    assert macro(text).render({"sn": (sn,), "mail": (mail,)}) == (ENGINE.render_str(text, sn=sn, mail=mail),)
