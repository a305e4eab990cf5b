"""Custom formats: parts to an expression and back, and what they give."""

import pytest
from pydantic import ValidationError

from keepstep.core.custom_format import CustomFormat, to_text
from keepstep.core.format_parts import to_parts
from keepstep.core.macro import Names, compile_macro
from keepstep.core.macro_parts import random_digits

PERSON = {
    "givenName": ("Ana Marija",),
    "sn": ("Kovačević Babić",),
    "department": ("Sales",),
    "mail": ("a@x.example", "b@x.example"),
}
NAMES = Names.of([*PERSON, "title"])


def given(**form: object) -> tuple[str, ...]:
    text = to_text(CustomFormat.model_validate(form))
    return compile_macro(text, names=NAMES, place="x").render(PERSON)


def complaint(**form: object) -> str:
    with pytest.raises(ValidationError) as caught:
        CustomFormat.model_validate(form)
    return str(caught.value)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"attribute": "sn"}, "Kovačević Babić"),
        ({"attribute": "sn", "words": "first"}, "Kovačević"),
        ({"attribute": "sn", "words": "last"}, "Babić"),
        ({"attribute": "sn", "words": 2}, "Babić"),
        ({"attribute": "sn", "words": "first 2"}, "Kovačević Babić"),
        ({"attribute": "sn", "words": "last 1"}, "Babić"),
        ({"attribute": "sn", "characters": "first"}, "K"),
        ({"attribute": "sn", "characters": "first 3"}, "Kov"),
        ({"attribute": "sn", "characters": "last 2"}, "ić"),
        ({"attribute": "sn", "characters": 2}, "o"),
        ({"attribute": "sn", "words": "last", "characters": "first", "case": "lower"}, "b"),
        ({"attribute": "mail", "value": 2}, "b@x.example"),
        ({"attribute": "mail", "value": "first", "functions": ['replace("@", "-")', "upper"]}, "A-X.EXAMPLE"),
        ({"text": "x{{ sn }}"}, "x{{ sn }}"),
        ({"expression": "department if sn else 'none'"}, "Sales"),
    ],
)
def test_a_part_gives_what_it_says(part: dict[str, object], value: str) -> None:
    assert given(parts=[part]) == (value,)


def test_parts_are_put_together_and_worked_on_as_a_whole() -> None:
    parts = [{"attribute": "givenName", "characters": "first"}, {"attribute": "sn"}]
    assert given(parts=parts, remove_accents=True, remove_spaces=True, case="lower", at_most=10) == ("akovacevic",)
    assert given(parts=parts, separator=".") == ("A.Kovačević Babić",)


def test_a_separator_stands_only_between_what_is_there() -> None:
    parts = [{"attribute": "title"}, {"attribute": "givenName"}, {"attribute": "sn", "words": "first"}]
    assert given(parts=parts, separator=" ") == ("Ana Marija Kovačević",)
    assert given(parts=parts, separator="-") == ("Ana Marija-Kovačević",)


def test_the_first_alternative_that_holds_and_gives_something_is_taken() -> None:
    def chosen(when: str) -> tuple[str, ...]:
        first = {"when": when, "parts": [{"attribute": "department"}]}
        second = {"parts": [{"attribute": "title"}]}
        third = {"parts": [{"attribute": "sn", "words": "first"}, {"text": "!"}]}
        return given(alternatives=[first, second, third])

    assert chosen('has(department, "sales")') == ("Sales",)
    assert chosen('department == "IT"') == ("Kovačević!",)


def test_random_digits_are_drawn_from_an_attribute_and_stay_the_same() -> None:
    parts = [{"attribute": "sn", "case": "lower"}, {"attribute": "department", "random_digits": 4}]
    (made,) = given(parts=parts)
    assert made[-4:].isdigit()
    assert given(parts=parts) == (made,)
    assert to_parts(to_text(CustomFormat.model_validate({"parts": parts}))) == CustomFormat.model_validate(
        {"parts": parts}
    )
    assert len({random_digits(str(number), 3) for number in range(5000)}) > 950


def test_what_makes_no_format_is_refused_with_the_reason() -> None:
    assert "either parts or alternatives" in complaint()
    assert "one of attribute, text, expression" in complaint(parts=[{"attribute": "sn", "text": "x"}])
    assert "belong to a part with an attribute" in complaint(parts=[{"text": "x", "case": "lower"}])
    assert "belong to a part with an attribute" in complaint(parts=[{"text": "x", "random_digits": 2}])
    assert 'did you mean "lower"' in complaint(parts=[{"attribute": "sn", "functions": ["lowr"]}])
    assert "is not one function" in complaint(parts=[{"attribute": "sn", "functions": ["lower ~ sn"]}])
    assert "is more than one expression" in complaint(parts=[{"expression": "a }} {{ b"}])
    assert "between attributes only" in complaint(parts=[{"text": "x"}, {"attribute": "sn"}], separator=".")
    assert "its own separator" in complaint(alternatives=[{"parts": [{"text": "x"}]}], separator=".")
    assert "one value" in complaint(parts=[{"attribute": "sn", "value": "first 2"}])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("{{ sn | upper }}", {"parts": [{"attribute": "sn", "case": "upper"}]}),
        (
            "{{ givenName }}.{{ sn | last_word }}",
            {"parts": [{"attribute": "givenName"}, {"text": "."}, {"attribute": "sn", "words": "last"}]},
        ),
        (
            "{{ (givenName | slice(0, 1) ~ sn) | remove_accents | lower | replace(' ', '') | truncate(18) }}",
            {
                "parts": [{"attribute": "givenName", "characters": "first"}, {"attribute": "sn"}],
                "remove_accents": True,
                "remove_spaces": True,
                "case": "lower",
                "at_most": 18,
            },
        ),
        (
            '{{ (a if b == "x") or (words(a, b)) }}',
            {
                "alternatives": [
                    {"when": 'b == "x"', "parts": [{"attribute": "a"}]},
                    {"parts": [{"attribute": "a"}, {"attribute": "b"}], "separator": " "},
                ]
            },
        ),
        ("{{ a ~ (b + 1) }}", {"parts": [{"attribute": "a"}, {"expression": "b + 1"}]}),
    ],
)
def test_an_expression_of_that_shape_is_taken_apart(text: str, form: dict[str, object]) -> None:
    assert to_parts(text) == CustomFormat.model_validate(form)


@pytest.mark.parametrize("text", ["", "{{ a + 1 }}", "{{ coalesce(a, b) }}", "{{ a if b else c }}"])
def test_an_expression_of_another_shape_has_no_parts(text: str) -> None:
    assert to_parts(text) is None
