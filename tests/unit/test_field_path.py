import pytest

from keepstep.core.field_path import Step, at, drop, parse_path, put, quoted, select
from keepstep.errors import ConfigurationError, ResponseInvalid


def written(*pairs):
    document = {}
    for path, values in pairs:
        put(document, parse_path(path), values)
    return document


def test_members_are_written_below_each_other():
    assert written(("a.b", ["1"]), ("a.c", ["2"])) == {"a": {"b": "1", "c": "2"}}


def test_lists_of_objects_and_of_texts_are_written():
    assert written(("info.email[].address", ["x", "y"]), ("tags[]", ["s"])) == {
        "info": {"email": [{"address": "x"}, {"address": "y"}]},
        "tags": ["s"],
    }


def test_items_carry_their_constant_and_share_a_list():
    path = "contacts[type={}].identifier"
    assert written((path.format("EMAIL"), ["e"]), (path.format("PHONE"), ["p"])) == {
        "contacts": [{"type": "EMAIL", "identifier": "e"}, {"type": "PHONE", "identifier": "p"}]
    }


def test_no_values_write_null_or_an_empty_list():
    assert written(("a", []), ("b[].c", []), ("t[]", [])) == {"a": None, "b": [], "t": []}


def test_a_null_on_the_way_is_replaced_by_an_object():
    document = {"a": None}
    put(document, parse_path("a.b"), ["1"])
    assert document == {"a": {"b": "1"}}


def test_dropping_takes_the_member_or_the_whole_list():
    document = {"a": {"b": 1, "c": 2}, "l": [{"x": 1}], "t": "text"}
    for path in ("a.b", "l[].x", "missing.y", "t.z"):
        drop(document, parse_path(path))
    assert document == {"a": {"c": 2}, "t": "text"}


def test_looking_up_what_is_not_there_gives_none():
    assert at({"a": {"b": 1}}, parse_path("a.b")) == 1
    assert at({"a": []}, parse_path("a.b")) is None
    assert at(None, parse_path("a")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a[",
        "a[x]",
        "a]b",
        "a.[0]",
        'a"b',
        '"a',
        '""',
        "a[0]b",
        "a[=x]",
        "a[1.5]",
        "a[][",
        "a b[",
    ],
)
def test_a_path_that_cannot_be_understood_is_named(wrong):
    with pytest.raises(ValueError, match="path"):
        parse_path(wrong)


TREE = {
    "users": [
        {
            "id": 1,
            "emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}, {"type": "work", "value": "x"}],
        },
        {"id": 2, "emails": None, "tags": ["a", None, "b"]},
        {"id": 3},
    ],
    "cost.centre": {"a[0]": "odd"},
    "nested": [[1, 2], [3]],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("users[0].id", [1]),
        ("users[-1].id", [3]),
        ("users[3].id", []),
        ("users[-4].id", []),
        ("users[].id", [1, 2, 3]),
        ("users[0].emails[type=work].value", ["w", "x"]),
        ('users[0].emails[type="work"].value', ["w", "x"]),
        ("users[0].emails[type=work][0].value", ["w"]),
        ("users[0].emails[type=work][-1].value", ["x"]),
        ("users[0].emails[type=work][2].value", []),
        ("users[0].emails[type=none].value", []),
        ("users[id=2].tags", [["a", None, "b"]]),
        ("users[id=2].tags[0]", ["a"]),
        ("users[1].emails[].value", []),
        ("users[2].emails[].value", None),
        ("users[2].emails[0].value", None),
        ('"cost.centre"."a[0]"', ["odd"]),
        ("nested[0][1]", [2]),
        ("nested[][0]", [1, 3]),
    ],
)
def test_a_path_leads_to_members_and_to_items_by_number_or_by_what_they_hold(path, found):
    assert select(TREE, parse_path(path)) == found


def test_a_list_at_the_top_is_entered_by_number():
    assert select([{"items": [1]}], parse_path("[0].items")) == [[1]]
    assert select([{"a": 1}, {"a": 2}], parse_path("[].a")) == [1, 2]
    assert at([{"items": [1]}], parse_path("[0].items")) == [1]
    assert at({"a": [{"b": 1}]}, parse_path("a[-1].b")) == 1
    assert at({"a": [{"b": 1}]}, parse_path("a[1].b")) is None


def test_where_everything_is_wanted_one_item_that_lacks_it_makes_it_absent():
    assert select(TREE, parse_path("users[].tags[]"), whole=True) is None
    assert select({"a": None}, parse_path("a.b"), whole=True) is None


def test_a_list_where_an_object_should_be_says_how_to_write_the_path():
    with pytest.raises(ResponseInvalid) as caught:
        select(TREE, parse_path("users.id"))
    assert "name[]" in caught.value.hint


def test_names_with_dots_are_written_in_quotes():
    assert [quoted(name) for name in ("a", "cost.centre", "a[0]")] == ["a", '"cost.centre"', '"a[0]"']
    assert parse_path(quoted("cost.centre")) == (Step("cost.centre"),)
    assert written(('"cost.centre".x', ["1"])) == {"cost.centre": {"x": "1"}}


@pytest.mark.parametrize("path", ["a[0]", "[0].a", "a[type=x][0].b", "a[][1]"])
def test_nothing_is_written_by_number(path):
    with pytest.raises(ConfigurationError, match="number"):
        put({}, parse_path(path), ["x"])


@pytest.mark.parametrize("path", ["a[0]", "[0].a", "a[0].b"])
def test_nothing_is_dropped_by_number(path):
    with pytest.raises(ConfigurationError, match="number"):
        drop({"a": {}}, parse_path(path))
