"""Macros: checked when they are saved, rendered without surprises."""

import pytest

from keepstep.core.macro import Macro, Names, compile_macro
from keepstep.core.schema import AttributeType, Case, Schema
from keepstep.errors import MacroError

PERSON = {
    "givenName": ("Ana",),
    "sn": ("Kovač",),
    "mail": ("Ana@corp.example",),
    "department": (),
    "title": ("",),
    "employeeID": ("0042",),
    "number": ("7",),
    "mobiles": ("+385 1", "+385 2"),
    "sparse": ("", "a", ""),
    "half": ("b", "", "c"),
    "enabled": ("false",),
    "msDS-cloudExtensionAttribute1": ("cloud",),
    "customAttributes.Department": ("Sales",),
    "customAttributes.Cost Center": ("17",),
    "hostile": ("{{ 7*7 }} {% raw %} {{ sn }} ${x} %sn%",),
    "manager": ("CN=Boss\\, Big,OU=Heads,DC=corp",),
}
NAMES = Names.of([*PERSON, "absent"])


def macro(text: str, names: Names = NAMES) -> Macro:
    return compile_macro(text, names=names, place="header X-Name")


def render(text: str) -> tuple[str, ...]:
    return macro(text).render(PERSON)


def complaint(text: str) -> str:
    with pytest.raises(MacroError) as caught:
        render(text)
    return caught.value.message


# values


def test_a_text_without_macros_is_one_value() -> None:
    assert render("true") == ("true",)
    assert render("  0042 ") == ("  0042 ",)


def test_an_empty_text_is_null() -> None:
    assert render("") == ()
    assert render("{{ '' }}") == ()
    assert render("{{ none }}") == ()


def test_a_single_value_passes_as_it_is() -> None:
    assert render("{{ employeeID }}") == ("0042",)
    assert render("{{sn}}") == ("Kovač",)


@pytest.mark.parametrize("name", ["absent", "department", "title"])
def test_absent_null_and_empty_all_give_null(name: str) -> None:
    for text in (
        "{{ %s }}",
        "{{ %s | lower }}",
        "{{ %s | first }}",
        "{{ %s ~ '-' }}",
        "Dr. {{ %s }}",
        "{{ %s|to_int }}",
    ):
        assert render(text % name) == ()


def test_several_values_pass_one_by_one() -> None:
    assert render("{{ mobiles }}") == ("+385 1", "+385 2")
    assert render("{{ mobiles | digits }}") == ("3851", "3852")
    assert render("{{ mobiles | digits | pad(6) }}") == ("003851", "003852")


def test_blank_values_among_several_are_left_out() -> None:
    assert render("{{ half }}") == ("b", "c")
    assert render("{{ sparse }}") == ("a",)
    assert render("{{ sparse | upper }}") == ("A",)
    assert render("{{ half | replace('b', '') }}") == ("c",)


def test_a_text_whose_every_macro_is_blank_is_null() -> None:
    assert render("{{ department }} {{ title }}") == ()
    assert render("{{ department }}-{{ 'constant' }}") == ()
    assert render("{{ department ~ ' ' ~ title }}") == ()


def test_a_text_with_one_filled_macro_keeps_its_plain_parts() -> None:
    assert render("{{ givenName }} {{ department }}") == ("Ana ",)
    assert render("{{ givenName }} {{ sn }}") == ("Ana Kovač",)
    assert render("{{ 'a' }}-{{ 'b' }}") == ("a-b",)


@pytest.mark.parametrize(
    "text",
    [
        "x{{ mobiles }}",
        "{{ mobiles ~ 'x' }}",
        "{{ mobiles|lower ~ 'x' }}",
        "{{ mobiles == 'x' }}",
        "{{ words(mobiles) }}",
    ],
)
def test_several_values_where_one_is_needed_name_the_attribute(text: str) -> None:
    assert 'attribute "mobiles"' in complaint(text)
    assert "has 2 values; use first or join" in complaint(text)
    assert "385" not in complaint(text)


def test_first_and_join_make_one_of_several() -> None:
    assert render("x{{ mobiles | first }}") == ("x+385 1",)
    assert render("{{ mobiles | join('/') }}!") == ("+385 1/+385 2!",)


def test_a_value_is_never_looked_at_as_a_macro() -> None:
    assert render("{{ hostile }}") == PERSON["hostile"]
    assert render("{{ hostile | trim }}") == PERSON["hostile"]
    assert render("a{{ hostile }}") == ("a" + PERSON["hostile"][0],)


def test_rendering_tells_place_and_function_and_no_value() -> None:
    assert complaint("{{ sn | to_int }}") == (
        'header X-Name: to_int of attribute "sn": the value is not a whole number of at most 18 digits'
    )


def test_an_argument_that_is_worked_out_is_checked_for_each_record() -> None:
    assert complaint("{{ mobiles | nth(department) }}") == (
        'header X-Name: nth of attribute "mobiles": the value is not a whole number of at most 18 digits'
    )
    assert 'pad of attribute "sn": attribute "mobiles" has 2 values' in complaint("{{ sn | pad(mobiles) }}")


# names


def test_hyphens_and_dots_belong_to_names() -> None:
    assert render("{{ msDS-cloudExtensionAttribute1 }}") == ("cloud",)
    assert render("{{ customAttributes.Department | lower }}") == ("sales",)


def test_any_name_can_be_quoted() -> None:
    assert render('{{ attribute("msDS-cloudExtensionAttribute1") | upper }}') == ("CLOUD",)
    assert render("{{ attribute('customAttributes.Cost Center') }}") == ("17",)


def test_subtraction_needs_blanks() -> None:
    assert render("{{ to_int(number) - 2 }}") == ("5",)
    assert 'unknown name "number-2"' in complaint("{{ number-2 }}")


def test_an_attribute_may_be_called_like_a_function_or_a_word_of_the_language() -> None:
    names = Names.of(["title", "first", "attribute", "if"])
    held = {"title": ("chief OFFICER",), "first": ("x",), "attribute": ("y",), "if": ("z",)}
    assert macro("{{ title | title }}", names).render(held) == ("Chief Officer",)
    assert macro("{{ first }}{{ attribute }}{{ attribute('if') }}", names).render(held) == ("xyz",)


def test_ldap_names_ignore_case_when_they_are_declared_so() -> None:
    names = Names.of(["givenName"], case=Case.IGNORE)
    made = macro("{{ GIVENNAME }}", names)
    assert made.names == ("givenName",)
    assert made.render(PERSON) == ("Ana",)
    assert "unknown name" in complaint("{{ givenname }}")


def test_names_of_a_schema_keep_its_spelling_and_its_open_families() -> None:
    schema = Schema(
        objects="users",
        attributes={"sn": AttributeType(name="sn")},
        name_case=Case.IGNORE,
        open_prefixes=("customAttributes.",),
    )
    names = Names.of_schema(schema)
    assert macro("{{ SN }} {{ customAttributes.Any }}", names).names == ("sn", "customAttributes.Any")
    with pytest.raises(MacroError, match='unknown name "customAttributes"'):
        macro("{{ customAttributes }}", names)


def test_a_macro_tells_which_attributes_it_reads() -> None:
    text = "{{ sn }}{{ coalesce(mail, 'x' ~ givenName) if not number > 1 else (sn | replace(title, 'y')) }}"
    assert macro(text).names == ("sn", "number", "mail", "givenName", "title")
    assert not macro(text).constant
    assert macro("a {{ 'b' }}").constant


# the language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ 'yes' if sn == 'Kovač' else 'no' }}", "yes"),
        ("{{ 'yes' if sn != 'Kovač' else 'no' }}", "no"),
        ("{{ 'yes' if sn == 'x' }}", ""),
        ("{{ 'a' if department else 'b' if title else 'c' }}", "c"),
        ("{{ 'out' if enabled == false else 'in' }}", "out"),
        ("{{ department or sn }}", "Kovač"),
        ("{{ sn and mail }}", "Ana@corp.example"),
        ("{{ not department }}", "true"),
        ("{{ not not department }}", "false"),
        ("{{ not sn or not mail }}", "false"),
        ("{{ to_int(number) + 1 - -2 }}", "10"),
        ("{{ 1 + 2 == 3 }}", "true"),
        ("{{ to_int(department) + 1 }}", ""),
        ("{{ 1 - to_int(department) }}", ""),
        ("{{ 2 < 10 }}", "true"),
        ("{{ '2' < '10' }}", "false"),
        ("{{ 2 <= 2 and 2 >= 2 and 3 > 2 }}", "true"),
        ("{{ department < 5 }}", "false"),
        ("{{ number | to_int }}", "7"),
        ("{{ employeeID | to_int | pad(6) }}", "000042"),
        ("{{ (givenName ~ sn) | upper }}", "ANAKOVAČ"),
        ("{{ lower(upper(sn)) }}", "kovač"),
        ("{{ sn | replace(new='x', old='Kov') }}", "xač"),
        ("{{ sn | replace('Kov', new = 'x') }}", "xač"),
        ("{{ sn | slice(1) }}", "ovač"),
        ("{{ sn | slice(-2) }}", "ač"),
        ("{{ sn | truncate('3') }}", "Kov"),
        ("{{ sn | truncate(number) }}", "Kovač"),
        ("{{ 'x' | pad(number, '-') }}", "------x"),
        ("{{ mobiles | join(givenName) }}", "+385 1Ana+385 2"),
        ("{{ department | pad(number) }}", ""),
        ("{{ mobiles | digits | nth(2) }}", "3852"),
        ("{{ 'it''s' }}" if False else '{{ "it\'s" }}', "it's"),
        (r"{{ 'a\'b\\c\n\t\"' }}", "a'b\\c\n\t\""),
        ("{{ '{{ }}' }}", "{{ }}"),
        ("{{ '{%' ~ '}}' }}", "{%}}"),
        ('{"a": {"b": "{{ sn }}"}}', '{"a": {"b": "Kovač"}}'),
        ("{ {x} } }", "{ {x} } }"),
        ("{{\n sn\n| lower\n}}", "kovač"),
        ("{{ true }}{{ 5 }}", "true5"),
    ],
)
def test_expressions_mean_what_they_say(text: str, expected: str) -> None:
    assert render(text) == ((expected,) if expected else ())


def test_a_text_and_a_number_do_not_mix_unasked() -> None:
    assert "cannot be compared; use to_int" in complaint("{{ number < 5 }}")
    assert "cannot be compared; use to_int" in complaint("{{ 5 < number }}")
    assert "use ~ to put texts together" in complaint("{{ sn + 1 }}")
    assert "use ~ to put texts together" in complaint("{{ 1 + sn }}")


def test_what_stands_in_a_name_is_encoded_but_names_and_single_macros_are_not() -> None:
    made = compile_macro(
        "CN={{ sn }}{{ '+' }},{{ manager | dn_parent }}", names=NAMES, place="x", encode=lambda text: f"<{text}>"
    )
    assert made.render(PERSON) == ("CN=<Kovač><+>,OU=Heads,DC=corp",)
    alone = compile_macro("{{ manager }}", names=NAMES, place="x", encode=lambda text: f"<{text}>")
    assert alone.render(PERSON) == PERSON["manager"]


# refused when saved


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ giveName }}", 'unknown name "giveName" in header X-Name, column 4; did you mean "givenName"?'),
        ("{{ GivenName }}", 'unknown name "GivenName" in header X-Name, column 4; did you mean "givenName"?'),
        ("{{ zzz }}", 'unknown name "zzz" in header X-Name, column 4'),
        ("{{ lower }}", 'unknown name "lower" in header X-Name, column 4; lower is a function: write value | lower'),
        ("a {{ attribute('giveName') }}", 'unknown name "giveName" in header X-Name, column 16; did you mean "givenName"?'),
        ("{{ sn | lowr }}", 'unknown function "lowr" in header X-Name, column 9; did you mean "lower"?'),
        ("{{ range(9) }}", 'unknown function "range" in header X-Name, column 4'),
        ("line\n {{ giveName }}", 'unknown name "giveName" in header X-Name, line 2, column 5; did you mean "givenName"?'),
        ("{{ giveName }}\n", 'unknown name "giveName" in header X-Name, column 4; did you mean "givenName"?'),
        ("{{ sn", "the macro is not closed with }} in header X-Name, column 1"),
        ("{{ sn }", "'}' is not understood in header X-Name, column 7"),
        ("{{ 'sn }}", "the text is not closed with a quote in header X-Name, column 4"),
        ("sn }}", "}} closes a macro that was not opened in header X-Name, column 4"),
        ("{{ sn }} }}", "}} closes a macro that was not opened in header X-Name, column 10"),
        ("{sn}}", "}} closes a macro that was not opened in header X-Name, column 4"),
        ("{{ }}", "the macro is empty in header X-Name, column 1"),
        ("{% if sn %}", "{% begins a statement or comment, which macros do not have in header X-Name, column 1"),
        ("a{# sn #}", "{# begins a statement or comment, which macros do not have in header X-Name, column 2"),
        ("{{ sn mail }}", "this name is not expected here in header X-Name, column 7"),
        ("{{ sn 'x' }}", "this string is not expected here in header X-Name, column 7"),
        ("{{ sn ~ }}", "}} is not expected here in header X-Name, column 9"),
        ("{{ if }}", "this name is not expected here in header X-Name, column 4"),
        ("{{ sn | }}", "unexpected }} where the name of a function is needed in header X-Name, column 9"),
        ("{{ (sn }}", "unexpected }} where ) is needed in header X-Name, column 8"),
        ("{{ -sn }}", "unexpected this name after - in header X-Name, column 5"),
        ("{{ sn * 3 }}", "* is not part of the macro language in header X-Name, column 7"),
        ("{{ sn[0] }}", "[ is not part of the macro language in header X-Name, column 6"),
        ("{{ sn.__class__ }}", 'unknown name "sn.__class__" in header X-Name, column 4'),
        ("{{ 'a' in sn }}", "there is no in; use has(name, 'text') or == in header X-Name, column 8"),
        ("{{ 2nd }}", "'2' is not understood in header X-Name, column 4"),
        ("{{ 1234567890123456789 }}", "a number has at most 18 digits in header X-Name, column 4"),
        (r"{{ 'a\x' }}", r"a text knows \n \t \\ \" \' and no \x in header X-Name, column 6"),
        ("{{ attribute(sn) }}", "unexpected this name where the name of an attribute is needed, in quotes in header X-Name, column 14"),
        ("{{ lower() }}", "lower needs a value: value | lower in header X-Name, column 4"),
        ("{{ lower(text=sn) }}", "lower needs a value: value | lower in header X-Name, column 4"),
        ("{{ sn | lower(1) }}", "lower has too many arguments (1 given, at most 0 wanted): value | lower in header X-Name, column 9"),
        ("{{ sn | truncate }}", 'truncate needs "length": value | truncate(length) in header X-Name, column 9'),
        ("{{ sn | truncate('x') }}", 'truncate: "length" is a whole number in header X-Name, column 9'),
        ("{{ sn | pad(3, fil='x') }}", 'pad has no such argument: "fil" in header X-Name, column 9; did you mean "fill"?'),
        ("{{ sn | pad(3, width=4) }}", 'pad has that argument twice: "width" in header X-Name, column 9; did you mean "width"?'),
        ("{{ sn | pad(width=3, width=4) }}", "pad has an argument twice in header X-Name, column 9"),
        ("{{ sn | pad(width=3, 'x') }}", "unexpected this string after an argument with a name in header X-Name, column 22"),
        ("{{ coalesce(sn, other=mail) }}", "coalesce takes arguments without names in header X-Name, column 4"),
        ("{{ sn | replace(old 'x') }}", 'unknown name "old" in header X-Name, column 17'),
        ("{{ sn | replace('a' 'b') }}", "unexpected this string where , is needed in header X-Name, column 21"),
        ("{{ 'x' | to_int }}", "header X-Name: to_int of the value: the value is not a whole number of at most 18 digits"),
        ("x" * 10_001, "the text has 10,001 characters, 10,000 are allowed in header X-Name, column 1"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_place_and_column(text: str, message: str) -> None:
    assert complaint(text) == message


def test_a_mistake_without_a_near_name_comes_with_a_hint() -> None:
    with pytest.raises(MacroError) as caught:
        macro("{{ zzz }}")
    assert "{{ name | function }}" in caught.value.hint


# bounds


@pytest.mark.parametrize(
    "text",
    [
        '{{ "a" * 1000000000 }}',
        "{{ 10 ** 9 }}",
        "{{ range(1000000000) }}",
        "{% for i in range(9) %}{% endfor %}",
        "{{ cycler.__init__ }}",
        "{{ ''.__class__ }}",
        "{{ sn | attr('x') }}",
        "{{ sn | pad(1000000000) }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "not " * 5000 + "zzz }}",
        "{{ " + "1 + " * 3000 + "1 }}",
        "{{ " + "sn ~ " * 1500 + "sn }}",
        "{{ sn " + "| lower" * 1000 + " }}",
        "{{ " + "lower(" * 1000 + "sn" + ")" * 1000 + " }}",
        "{{ 'aaaaaaaaaa' " + "| replace('a', 'aaaaaaaaaa')" * 50 + " }}",
        "{{ sn " + '| replace("", "b")' + " }}",
        "{{ hostile " + "| json" * 90 + " }}",
        "{{ mobiles | join('" + "x" * 9000 + "') | replace('x', 'yyyyyyyyyyyyyyyyyyyy') }}",
    ],
)
def test_a_hostile_expression_is_refused(text: str) -> None:
    complaint(text)


def test_many_values_together_are_bounded_too() -> None:
    made = macro("{{ mobiles | replace('x', '" + "y" * 1000 + "') }}")
    few, many = ("x" * 90, "x" * 91), tuple("x" * 90 + str(i) for i in range(20))
    assert len(made.render({"mobiles": few})) == 2
    with pytest.raises(MacroError, match="together would be longer than 1,000,000 characters"):
        made.render({"mobiles": many})


def test_a_large_value_passes_unchanged() -> None:
    large = ("x" * 3_000_000,)
    assert macro("{{ sn }}").render({"sn": large}) == large
    assert macro("{{ sn | lower }}").render({"sn": large}) == large
    with pytest.raises(MacroError, match="longer than 100,000 characters"):
        macro("a{{ sn }}").render({"sn": large})
