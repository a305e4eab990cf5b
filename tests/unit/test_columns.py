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


@pytest.mark.parametrize("path", ["name", "name[0]"])
def test_a_bare_list_where_more_is_looked_for_is_no_page(path):
    said_to_go_on = columns(Envelope(records="people", cursor="next"), {"name": path})
    assert said_to_go_on.page(b'[{"id": 1}]').records is None
    assert columns(paths={"name": path}).page(b"[]").records is None


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


WORK = {"mail": "emails[type=work][0].value", "all": "emails[].value", "first": "phones[0]", "cost": '"cost.centre"'}
ANA = {
    "id": 1,
    "emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}],
    "phones": ["1", "2"],
    "cost.centre": 7,
}
ANA_READ = {"mail": ("w",), "all": ("h", "w"), "first": ("1",), "cost": ("7",)}


def test_items_are_read_by_number_and_by_what_they_hold():
    deep = columns(Envelope(records="[0].items", total="header:X-Total"), WORK)
    read = deep.page(msgspec.json.encode([{"items": [ANA, {"id": 2, "emails": None}]}]), {"x-total": " 2 "})
    assert read.total == 2
    assert [record.attributes for record in read.records] == [ANA_READ, {"mail": (), "all": ()}]


def test_records_may_stand_in_several_lists():
    spread = columns(Envelope(records="groups[].members"), {"name": "name"})
    held = [{"members": [{"id": 1}]}, {"members": [{"id": 2}, {"id": 3}]}]
    assert [record.key for record in spread.page(msgspec.json.encode({"groups": held})).records] == ["1", "2", "3"]
    assert spread.page(b'{"groups": [{"members": []}, {}]}').records is None
    assert spread.page(b'{"groups": []}').records == []


def test_what_a_page_says_is_read_beside_its_records():
    places = ("more", "paging.left", "header:X-Last")
    for records in ("people", "people[]"):
        told = columns(Envelope(records=records, cursor="header:X-Next", said=places), {"name": "name"})
        read = told.page(b'{"people": [], "more": false, "paging": {"left": null}}', {"x-next": "abc"})
        assert read.said == {"more": ("false",), "paging.left": (), "header:X-Last": None}
        assert (read.records, read.cursor) == ([], "abc")


def test_an_object_is_the_one_record_only_where_there_are_no_pages():
    body = b'{"data": {"id": 1, "name": "Ana"}}'
    assert columns(Envelope(records="data", single=True), {"name": "name"}).page(body).records[0].key == "1"
    with pytest.raises(ResponseInvalid):
        columns(Envelope(records="data"), {"name": "name"}).page(body)
    alone = columns(Envelope(records="", single=True), {"name": "name"})
    assert alone.page(b'{"id": 1}').records[0].key == "1"
    with pytest.raises(ResponseInvalid, match="key"):
        alone.page(b'{"error": "down"}')
    indexed = columns(Envelope(records="data", single=True), WORK)
    assert indexed.page(msgspec.json.encode({"data": ANA})).records[0].attributes == ANA_READ


XML = """<?xml version="1.0"?><r:Reply xmlns:r="urn:x" total="2"><Users>
<User id="1"><Name>Ana</Name><Mail kind="work">a</Mail><Mail>b</Mail></User><User id="2"><Name/></User></Users></r:Reply>"""
XML_PATHS = {"name": "Name", "mail": "Mail[]", "work": "Mail[@kind=work]", "kind": "Mail[0].@kind"}


def xml(body, key="@id"):
    envelope = Envelope(records="Reply.Users.User", total="Reply.@total")
    return Columns(XML_PATHS, key=key, envelope=envelope).page(body.encode(), {"content-type": "text/xml"})


def test_xml_is_read_by_elements_and_attributes():
    read = xml(XML)
    assert read.total == 2
    assert [record.attributes for record in read.records] == [
        {"name": ("Ana",), "mail": ("a", "b"), "work": ("a",), "kind": ("work",)},
        {"name": ("",)},
    ]
    assert [record.key for record in xml("<Reply><Users><User id='1'/></Users></Reply>").records] == ["1"]


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("<Reply><Users/></Reply>", True),
        ("<Reply><Users at='now'> </Users></Reply>", True),
        ("<Reply total='0'><Users><none/></Users></Reply>", True),
        ("<Reply><Users><Error>down</Error></Users></Reply>", False),
        ("<Reply/>", False),
        ("<Fault>down</Fault>", False),
        ("<html><body>down</body></html>", False),
    ],
)
def test_xml_without_records_is_an_empty_list_only_if_it_says_so(body, empty):
    assert xml(body).records == ([] if empty else None)


def test_csv_and_lines_are_read_by_the_names_of_columns():
    table = columns(Envelope(records="people"), {"name": "Full Name"})
    assert table.page(b"id;Full Name\n7;Ana\n", {"content-type": "text/csv"}).records == [
        Record("7", {"name": ("Ana",)})
    ]
    assert table.page(b"id;Full Name\n", {"content-type": "text/csv"}).records == []
    assert table.page(b"the system is down", {"content-type": "text/csv"}).records is None
    lines = columns(Envelope(records=""), {"name": "n.full"})
    assert lines.page(b'{"id": 7, "n": {"full": "Ana"}}\n{"id": 8}\n').records[0].attributes == {"name": ("Ana",)}


def test_a_single_object_is_read_in_every_format():
    one = columns(paths={"name": "name"})
    for body in (b'{"id": 7, "name": "Ana"}', b"<u><id>7</id><name>Ana</name></u>", b"id,name\n7,Ana"):
        assert one.one(body) == Record("7", {"name": ("Ana",)})


def test_only_a_scim_page_may_leave_out_a_list_that_is_empty():
    for may_lack, records in ((True, []), (False, None)):
        told = columns(Envelope(records="Resources", total="totalResults", may_lack=may_lack), {"name": "name"})
        assert told.page(b'{"totalResults": 0}').records == records
        assert told.page(b'{"totalResults": 3}').records is None


@pytest.mark.parametrize("said", [b'"12"', b"12"])
def test_a_total_may_be_a_number_or_its_text(said):
    assert columns().page(b'{"people": [], "totalCount": ' + said + b"}").total == 12


@pytest.mark.parametrize("body", [b'{"people": [1]}', b'{"people": [[]]}', b'{"people": [{"emails": [1]}]}'])
def test_records_that_are_none_are_refused_by_the_general_way_too(body):
    with pytest.raises(ResponseInvalid):
        columns(paths=WORK).page(body)


def test_a_value_of_any_depth_is_text_or_refused():
    texts = refused = 0
    for depth in range(800, 1100):
        body = b'{"people":[{"id":1,"name":' + b"[" * depth + b"]" * depth + b"}]}"
        try:
            texts += bool(columns().page(body).records)
        except ResponseInvalid:
            refused += 1
    assert texts
    assert refused
