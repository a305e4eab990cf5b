"""Custom formats and expressions are two ways to write the same thing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.custom_format import CustomFormat, to_text
from keepstep.core.format_parts import to_parts
from keepstep.core.macro import Names, compile_macro
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.core.macro_syntax import parse_text
from keepstep.core.macro_tree import ANY_NAME
from keepstep.core.macro_writing import write_expression
from keepstep.errors import MacroError

NAMES = ("a0", "a1", "msDS-cloud1", "customAttributes.Cost Centre", "if")
choices = st.sampled_from(["all", "first", "last", "first 2", "last 3", "2"])
texts = st.text('aB {}"\\.', min_size=1, max_size=6) | st.sampled_from(
    ["{{ a0 }}", "}}", '"', "\\", "a\nb", ", ", "\n"]
)
cases = st.sampled_from([None, "lower", "upper", "title", "capitalize"])
functions = st.sampled_from(["digits", 'replace("-", "")', "trim", "pad(6)", 'pad(4, "x")', "sha256", "slice(1, 5)"])
values = st.sampled_from(["all", "first", "last", "2"])
attributes = st.fixed_dictionaries(
    {"attribute": st.sampled_from(NAMES)},
    optional={
        "value": values,
        "words": choices,
        "characters": choices,
        "case": cases,
        "functions": st.lists(functions, max_size=2),
    },
)
expressions = st.sampled_from(["coalesce(a0, a1)", "a0 if a1 else 'x'", "not a0", "1 + 2"])
plain = attributes | expressions.map(lambda text: {"expression": text})
separators = st.sampled_from([" ", ".", "-", ', "'])
together = st.one_of(
    st.fixed_dictionaries({"parts": st.lists(plain | texts.map(lambda text: {"text": text}), min_size=1, max_size=4)}),
    st.fixed_dictionaries({"parts": st.lists(plain, min_size=1, max_size=4), "separator": separators}),
)
conditions = st.sampled_from(["", "a0", 'has(a1, "x")', "a0 == a1 or not a0"])
alternatives = st.lists(
    st.builds(lambda parts, when: {**parts, "when": when}, together, conditions), min_size=1, max_size=3
)
whole = st.fixed_dictionaries(
    {},
    optional={
        "remove_accents": st.booleans(),
        "remove_spaces": st.booleans(),
        "case": cases,
        "at_most": st.integers(1, 40),
    },
)
forms = st.builds(
    lambda made, rest: CustomFormat.model_validate({**made, **rest}),
    together | alternatives.map(lambda several: {"alternatives": several}),
    whole,
)
held = st.lists(st.text("aBč '-.7", max_size=8), max_size=3).map(tuple)
records = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, held))


def outcome(text: str, record: dict[str, tuple[str, ...]]) -> tuple[str, ...] | str:
    """Return what *text* gives for *record*, or that it fails; where it fails may be told in other words."""
    macro = compile_macro(text, names=Names.of(NAMES), place="x")
    try:
        return macro.render(record)
    except MacroError:
        return "failed"


@given(forms, records)
def test_a_format_taken_to_an_expression_and_back_gives_the_same(
    form: CustomFormat, record: dict[str, tuple[str, ...]]
) -> None:
    text = to_text(form)
    back = to_parts(text)
    every = [*form.parts, *(part for one in form.alternatives for part in one.parts)]
    if back is None:
        assert not any(part.attribute for part in every)
        return
    assert outcome(to_text(back), record) == outcome(text, record)
    again = to_parts(to_text(back))
    assert again is not None
    assert outcome(to_text(again), record) == outcome(text, record)


words = st.sampled_from(
    [
        *(
            "a0",
            "a1",
            "if",
            "else",
            "or",
            "and",
            "not",
            "~",
            "==",
            "+",
            "(",
            ")",
            "|",
            ",",
            "'x y'",
            '"\\n"',
            "7",
            "-7",
        ),
        *("lower", "slice(0, 1)", "slice(-2)", "truncate(5)", "remove_accents", 'replace(" ", "")', "first_word"),
        *("words(a0, a1)", 'connect("-", a0, a1)', "coalesce(a0, 'x')", "nth(2)", 'attribute("Cost Centre")', "true"),
        *(name for name in FUNCTIONS if name < "d"),
    ]
)


@given(st.lists(words, min_size=1, max_size=9))
def test_a_tree_that_is_written_is_read_back(tokens: list[str]) -> None:
    try:
        (node,) = parse_text("{{ " + " ".join(tokens) + " }}", ANY_NAME, "x")
    except MacroError:
        return
    assert not isinstance(node, str)
    assert parse_text("{{ " + write_expression(node) + " }}", ANY_NAME, "x") == [node]


@given(st.lists(words, min_size=1, max_size=9), records)
def test_an_expression_with_parts_gives_what_its_parts_give(
    tokens: list[str], record: dict[str, tuple[str, ...]]
) -> None:
    text = "{{ " + " ".join(tokens) + " }}"
    try:
        compile_macro(text, names=Names.of(NAMES), place="x")
        form = to_parts(text)
    except MacroError:
        return
    if form is not None:
        assert outcome(to_text(form), record) == outcome(text, record)
