import msgspec
import pytest

from keepstep.core.columns import Columns, Envelope, as_values
from keepstep.core.values import Record
from keepstep.errors import ConfigurationError, ResponseInvalid

PATHS = {
    "name": "name",
    "email": "contact.email[].address",
    "tags": "tags[]",
    "custom.Team": "custom.Team",
    "level": "custom.Level",
}


def columns(envelope=None, paths=None):
    return Columns(paths or PATHS, key="id", envelope=envelope or Envelope(records="people", total="totalCount"))


def page(*people, **said):
    return columns().page(msgspec.json.encode({"people": list(people), **said}))


def test_only_what_was_asked_for_is_read_from_where_it_stands():
    read = page(
        {
            "id": 7,
            "name": "Ana",
            "contact": {"email": [{"address": "a"}, {"address": "b"}], "push": [1]},
            "tags": ["x", "y"],
            "custom": {"Team": "Red", "Level": 3, "More": {}},
        },
        totalCount=1,
        other={"deep": [1, 2]},
    )
    assert read.total == 1
    assert read.records == [
        Record(
            "7", {"name": ("Ana",), "email": ("a", "b"), "tags": ("x", "y"), "custom.Team": ("Red",), "level": ("3",)}
        )
    ]


def test_absent_null_and_empty_are_three_things():
    absent, null, empty = page(
        {"id": 1},
        {"id": 2, "name": None, "contact": {"email": None}, "tags": None, "custom": None},
        {"id": 3, "name": "", "contact": {"email": []}, "tags": []},
    ).records
    assert absent.attributes == {}
    assert null.attributes == {"name": (), "email": (), "tags": (), "custom.Team": (), "level": ()}
    assert empty.attributes == {"name": ("",), "email": (), "tags": ()}


def test_every_kind_of_json_value_becomes_text():
    kinds = [("7", 7), ("1.5", 1.5), ("true", True), ("false", False), ('{"a":1}', {"a": 1}), ("0042", "0042")]
    records = page(*({"id": n, "name": value} for n, (_, value) in enumerate(kinds))).records
    assert [record.one("name") for record in records] == [text for text, _ in kinds]
    assert page({"id": 1, "name": ["a", None, 2]}).records[0].attributes["name"] == ("a", "2")


def test_a_list_of_one_is_read_like_a_longer_one():
    one, bare = page({"id": 1, "contact": {"email": [{"address": "a"}]}}, {"id": 2, "contact": {"email": [{}]}}).records
    assert one.attributes == {"email": ("a",)}
    assert bare.attributes == {"email": ()}
    assert as_values("text") == ("text",)


def test_a_list_that_is_not_where_it_should_be_is_told_from_an_empty_one():
    assert page().records == []
    assert columns().page(b'{"persons": []}').records is None
    assert columns().page(b'{"people": null}').records is None


def test_a_bare_list_is_a_page_that_says_nothing_about_itself():
    read = columns().page(b' [{"id": "a", "name": "Ana"}]')
    assert [record.key for record in read.records] == ["a"]
    assert read.total is None
    assert columns(Envelope(records="")).page(b"[]").records == []


def test_total_and_cursor_are_read_from_their_paths():
    deep = Envelope(records="data.items", total="data.paging.total", cursor="data.paging.next")
    read = columns(deep).page(b'{"data": {"items": [], "paging": {"total": 9, "next": 17}}}')
    assert (read.records, read.total, read.cursor) == ([], 9, "17")
    last = columns(deep).page(b'{"data": {"items": [], "paging": {"total": true, "next": ""}}}')
    assert (last.total, last.cursor) == (None, None)
    assert columns(deep).page(b'{"data": {"items": []}}').total is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"people": [{"id": 1}',
        b'{"people": {"id": 1}}',
        b'{"people": [1]}',
        b'{"people": [{"id": 1, "contact": 5}]}',
        b'{"people":[{"id":1,"name":"\xff"}]}',
    ],
)
def test_what_is_no_such_page_is_refused_without_showing_it(body):
    with pytest.raises(ResponseInvalid) as caught:
        columns().page(body)
    assert "html" not in str(caught.value)


@pytest.mark.parametrize("person", [{}, {"id": None}, {"id": ""}])
def test_a_record_without_a_key_is_refused(person):
    with pytest.raises(ResponseInvalid, match="key"):
        page(person)


def test_a_single_object_is_read_like_one_of_a_page():
    body = b'{"id": 7, "name": "Ana"}'
    assert columns().one(body) == columns().page(b'{"people":[' + body + b"]}").records[0]
    with pytest.raises(ResponseInvalid):
        columns().one(b"[]")


def test_the_key_can_be_a_column_too_and_names_can_be_anything():
    read = columns(paths={"id": "id", "odd": "a name with spaces", "class": "class"})
    assert read.one(b'{"id": 1, "a name with spaces": "x", "class": "y"}').attributes == {
        "id": ("1",),
        "odd": ("x",),
        "class": ("y",),
    }


@pytest.mark.parametrize("paths", [{"a": "x", "b": "x.y"}, {"a": "x.y", "b": "x"}, {"a": "x[].y", "b": "x.y"}])
def test_paths_that_cross_are_a_matter_of_configuration(paths):
    with pytest.raises(ConfigurationError, match="crosses"):
        columns(paths=paths)
