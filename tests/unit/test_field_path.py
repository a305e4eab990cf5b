import pytest

from keepstep.core.field_path import at, drop, parse_path, put


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


@pytest.mark.parametrize("wrong", ["", "a..b", "a[", "a[x]", "a]b"])
def test_a_path_that_cannot_be_understood_is_named(wrong):
    with pytest.raises(ValueError, match="path"):
        parse_path(wrong)
