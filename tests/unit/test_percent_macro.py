"""`%attribute%` becomes a macro, and no other per cent sign changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.directory_schema import users_schema
from keepstep.core.macro_tree import Names
from keepstep.core.percent_macro import convert_percent_macros

SPELLING = Names.of_schema(users_schema()).with_more(["customAttributes.Cost Centre", "Cost.Id"]).spelling


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("%givenName%", "{{ givenName }}"),
        ("%GIVENNAME%.%sn%@corp.example", "{{ givenName }}.{{ sn }}@corp.example"),
        ('{"name": "%givenName% %sn%"}', '{"name": "{{ givenName }} {{ sn }}"}'),
        ("%givenName%%sn%", "{{ givenName }}{{ sn }}"),
        ("/users?filter=a%20b&mail=%mail%#top", "/users?filter=a%20b&mail={{ mail }}#top"),
        ("100% of %sn%", "100% of {{ sn }}"),
        ("100%sn%", "100{{ sn }}"),
        ("%20sn%20", "%20sn%20"),
        ("%2Fsn%2F", "%2Fsn%2F"),
        ("%E2%82%AC %mail%", "%E2%82%AC {{ mail }}"),
        ("%env.office% %now% %secret.hr-key%", "{{ env.office }} {{ now }} {{ secret.hr-key }}"),
        ("%Cost.Id%", "{{ Cost.Id }}"),
        ("%extensionAttribute1%", "{{ extensionAttribute1 }}"),
        ("50%", "50%"),
        ("%", "%"),
        ("%%", "%%"),
        ("", ""),
    ],
)
def test_known_names_are_converted_and_all_else_passes(written: str, becomes: str) -> None:
    assert convert_percent_macros(written, SPELLING).text == becomes


def test_what_was_converted_and_what_was_left_is_told_once_each() -> None:
    result = convert_percent_macros("%sn% %SN% %sn% %nickName% %nickName% %mail%", SPELLING)
    assert result.found == (("%sn%", "{{ sn }}"), ("%SN%", "{{ sn }}"), ("%mail%", "{{ mail }}"))
    assert result.left == ("%nickName%",)
    assert result.text == "{{ sn }} {{ sn }} {{ sn }} %nickName% %nickName% {{ mail }}"


@given(st.lists(st.sampled_from(["%", "%20", "#", "a", "100%", " ", "{", "é", "%zz"]), max_size=20).map("".join))
def test_a_text_without_known_names_passes_unchanged(text: str) -> None:
    assert convert_percent_macros(text, lambda _: "").text == text
