"""Editing keepstep.yaml in place: what is asked for changes, every other letter stays."""

import pytest

from keepstep.errors import ConfigurationError
from keepstep.store.config_edit import put, take
from keepstep.store.config_file import parse

FILE = """\
# The systems of the house.
version: 1
variables: &vars {office: Zagreb}   # read by macros

connections:
  hr:   # people
    kind: rest
    'base_url': "https://hr.example/api"   # quoted, and stays so
    endpoints:
      # everybody
      list-users:
        url: "{base_url}/users"    # the list
        params: {since: "2024", 'site': x}
        body: |
          <a>
            <b/>
          </a>

      # one
      user-detail: {url: "{base_url}/users/{{ key }}"}
    # after the endpoints
    timeout: 20

  corp: {kind: ldif, file: "a.ldif"}
mappings:
rules: {}
# the end
"""
ENDPOINTS = ("connections", "hr", "endpoints")


def data(text):
    return parse(text, name="keepstep.yaml").data


def changed(before, after):
    """The lines that went, and the lines that came."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return [line for line in old if line not in new], [line for line in new if line not in old]


def edit(path, value, text=FILE):
    return put(text, path, value, name="keepstep.yaml")


def remove(path, text=FILE):
    return take(text, path, name="keepstep.yaml")


def test_a_new_entry_stands_behind_the_last_one_and_nothing_else_moves():
    after = edit((*ENDPOINTS, "groups"), {"url": "{base_url}/groups", "params": {"a": "1", "b": "no"}})
    gone, came = changed(FILE, after)
    assert gone == []
    assert came == ["      groups:\n", "        url: '{base_url}/groups'\n", "        params: {a: '1', b: no}\n"]
    assert after.index("groups:") < after.index("# after the endpoints")
    assert data(after)["connections"]["hr"]["endpoints"]["groups"]["params"] == {"a": "1", "b": "no"}


def test_of_an_entry_that_stands_there_only_what_differs_is_written():
    held = data(FILE)["connections"]["hr"]["endpoints"]["list-users"]
    after = edit((*ENDPOINTS, "list-users"), {**held, "url": "{base_url}/people", "timeout": 5})
    gone, came = changed(FILE, after)
    assert gone == ['        url: "{base_url}/users"    # the list\n']
    assert came == ["        url: '{base_url}/people'    # the list\n", "        timeout: 5\n"]


def test_a_value_inside_brackets_is_changed_there():
    after = edit((*ENDPOINTS, "list-users", "params"), {"since": "2025", "site": "x", "q": "a, b"})
    assert changed(FILE, after)[1] == ["        params: {since: '2025', 'site': x, q: 'a, b'}\n"]


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ((*ENDPOINTS, "user-detail"), ['      user-detail: {url: "{base_url}/users/{{ key }}"}\n']),
        ((*ENDPOINTS, "list-users", "params", "since"), ["        params: {since: \"2024\", 'site': x}\n"]),
        ((*ENDPOINTS, "list-users", "params", "site"), ["        params: {since: \"2024\", 'site': x}\n"]),
        (("connections", "hr", "timeout"), ["    timeout: 20\n"]),
        (("connections", "corp", "file"), ['  corp: {kind: ldif, file: "a.ldif"}\n']),
        (
            (*ENDPOINTS, "list-users", "body"),
            ["        body: |\n", "          <a>\n", "            <b/>\n", "          </a>\n"],
        ),
    ],
)
def test_what_is_taken_leaves_the_rest(path, gone):
    after = remove(path)
    assert changed(FILE, after)[0] == gone
    assert len(after.splitlines()) == len(FILE.splitlines()) - len(gone) + len(changed(FILE, after)[1])


def test_what_is_not_there_takes_nothing_else_along():
    with pytest.raises(ConfigurationError, match=r"there is no connections\.hr\.endpoints\.user-detail\.body"):
        remove((*ENDPOINTS, "user-detail", "body"))


def test_a_mapping_that_is_left_empty_goes_with_its_last_entry():
    text = remove((*ENDPOINTS, "list-users"))
    after = remove((*ENDPOINTS, "user-detail"), text)
    assert "endpoints" not in data(after)["connections"]["hr"]
    assert "# after the endpoints" in after


@pytest.mark.parametrize(
    "empty", ["mappings:\n", "mappings: {}\n", "mappings: ~   # none yet\n", "mappings: {}  # x\n"]
)
def test_an_empty_part_is_filled(empty):
    text = FILE.replace("mappings:\n", empty)
    after = edit(("mappings", "m", "rows"), {"a": "{{ b }}"}, text)
    assert data(after)["mappings"] == {"m": {"rows": {"a": "{{ b }}"}}}
    assert after.index("m:\n") < after.index("rules: {}")
    assert after.count("#") == text.count("#")


def test_parts_that_are_missing_above_are_made():
    after = edit(("connections", "corp", "users", "filter"), "(a=b)")
    assert "  corp: {kind: ldif, file: \"a.ldif\", users: {filter: '(a=b)'}}\n" in after
    after = edit(("tables", "t"), {"values": {"HR": "Human Resources"}})
    assert after == FILE.replace("rules: {}\n", "rules: {}\ntables:\n  t:\n    values: {HR: Human Resources}\n")


def test_line_breaks_stay_what_they_are():
    windows = FILE.replace("\n", "\r\n")
    for made in (
        edit((*ENDPOINTS, "groups"), {"url": "x", "body": "a\nb\n"}, windows),
        edit((*ENDPOINTS, "list-users", "url"), "y", windows),
        remove((*ENDPOINTS, "list-users", "body"), windows),
    ):
        assert "\n" not in made.replace("\r\n", "")


def test_a_file_without_a_last_line_break_gets_no_other():
    assert edit(("tables",), "x", "version: 1") == "version: 1\ntables: x"


def test_a_block_becomes_a_text_and_a_text_a_block():
    after = edit((*ENDPOINTS, "list-users", "body"), {"a": {"b": [1, {"c": 2}]}})
    assert data(after)["connections"]["hr"]["endpoints"]["list-users"]["body"] == {"a": {"b": [1, {"c": 2}]}}
    back = edit((*ENDPOINTS, "list-users", "body"), "<a>\n  <b/>\n</a>\n", after)
    assert data(back) == data(FILE)
    text = edit((*ENDPOINTS, "list-users", "url"), "a\n\nb\n")
    assert "        url: |    # the list\n          a\n\n          b\n" in text


def test_what_an_anchor_repeats_is_not_changed_in_two_places():
    text = "a: &x {k: 1}\nb: *x\nc: {d: *x}\n"
    with pytest.raises(ConfigurationError, match="without changing something else"):
        edit(("a", "k"), 2, text)
    with pytest.raises(ConfigurationError, match="without changing something else"):
        edit(("b", "j"), 2, text)
    with pytest.raises(ConfigurationError, match="without changing something else"):
        remove(("a",), text)
    assert edit(("b",), "new", text) == "a: &x {k: 1}\nb: new\nc: {d: *x}\n"
    assert remove(("c", "d"), text) == "a: &x {k: 1}\nb: *x\n"


def test_an_alias_at_the_end_of_a_block_has_its_own_place():
    assert edit(("b", "y"), 1, "a: &x [1]\nb:\n  x: *x  # the same\nc: 1\n") == (
        "a: &x [1]\nb:\n  x: *x  # the same\n  y: 1\nc: 1\n"
    )


@pytest.mark.parametrize("body", ["|+\n    a\n\n\n", ">-\n    a\n\n", "|2 # why\n    a\n\n"])
def test_a_literal_text_at_the_end_keeps_its_empty_lines(body):
    text = f"a:\n  b: {body}c: 1\n"
    after = edit(("a", "d"), 2, text)
    assert data(after) == {**data(text), "a": {**data(text)["a"], "d": 2}}
    assert remove(("a", "d"), after) == text


def test_what_is_not_there_cannot_be_taken():
    with pytest.raises(ConfigurationError, match=r"there is no connections\.hr\.endpoints\.nobody in keepstep"):
        remove((*ENDPOINTS, "nobody"))


def test_a_key_written_in_the_long_way_is_left_to_its_writer():
    with pytest.raises(ConfigurationError, match="without changing something else"):
        remove(("b",), "a: 1\n? b\n: 2\n")
