import pytest

from keepstep.core.answer_format import Format, decode, format_of
from keepstep.errors import ResponseInvalid

ANA = {"id": "1", "name": "Ana Kovač"}


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'{"a": 1}', "", Format.JSON),
        (b'{\n "a":\n {}\n}', "", Format.JSON),
        (b"[1]", "text/plain", Format.JSON),
        (b'{"a": 1}\n{"a": 2}\n', "", Format.JSONL),
        (b'{"a": 1}', "application/x-ndjson", Format.JSONL),
        (b"", "application/x-ndjson", Format.JSONL),
        (b'{"a": 1}', "application/scim+json; charset=utf-8", Format.JSON),
        (b"<a/>", "text/plain", Format.XML),
        (b"<a/>", "application/soap+xml", Format.XML),
        (b"a,b", "text/csv", Format.CSV),
        (b"a;b\n1;2", "", Format.CSV),
        (b'"a";"b"\n1;2', "", Format.CSV),
        (b"", "application/json", Format.AUTO),
    ],
)
def test_the_format_is_told_by_the_type_and_then_by_the_look(body, content_type, kind):
    assert format_of(Format.AUTO, body, content_type) is kind


def test_one_tree_comes_of_every_format():
    assert decode("auto", '{"id": "1", "name": "Ana Kovač"}'.encode()) == ANA
    assert decode("auto", '{"id": "1", "name": "Ana Kovač"}\n\n'.encode(), "application/jsonl") == [ANA]
    assert decode("auto", '"id","name"\r\n1,"Ana Kovač"\r\n'.encode(), "text/csv") == [ANA]
    assert decode("auto", "<u><id>1</id><name>Ana Kovač</name></u>".encode()) == {"u": ANA}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "iso-8859-2", "windows-1250", "utf-32"])
def test_the_character_set_is_honoured(charset):
    named = f"; charset={charset}"
    assert decode("csv", "id;name\n1;Ana Kovač\n".encode(charset), "text/csv" + named) == [ANA]
    assert decode("json", '{"id":"1","name":"Ana Kovač"}'.encode(charset), "application/json" + named) == ANA
    declared = f'<?xml version="1.0" encoding="{charset}"?><n>Kovač</n>'
    assert decode("xml", declared.encode(charset)) == {"n": "Kovač"}
    assert decode("xml", "<n>Kovač</n>".encode(charset), "text/xml" + named) == {"n": "Kovač"}


def test_xml_keeps_attributes_text_and_repeated_elements():
    tree = decode(
        "xml",
        b"""<s:Envelope xmlns:s="urn:soap" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
          <s:Body total="2"><u s:id="7"><mail type="work">a&amp;b</mail><mail/><none i:nil="true"/></u></s:Body>
        </s:Envelope>""",
    )
    user = {"@id": "7", "mail": [{"@type": "work", "#text": "a&b"}, ""], "none": None}
    assert tree == {"Envelope": {"Body": {"@total": "2", "u": user}}}


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>',
        b"<a>&unknown;</a>",
        b"<a>" * 150,
        b"<a><b></a>",
        b"<a/><b/>",
        b"<a",
        b"\xff",
    ],
)
def test_xml_that_wants_more_than_to_be_read_is_refused(body):
    with pytest.raises(ResponseInvalid) as caught:
        decode("xml", body)
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body", "content_type"),
    [
        ("auto", b"", ""),
        ("auto", b"  \n", "application/json"),
        ("jsonl", b"", "text/plain"),
        ("json", b"[" * 100_000, ""),
        ("json", b'{"a": "\xff"}', ""),
        ("json", b'{"a": 1', ""),
        ("json", b"{}", "application/json; charset=klingon"),
        ("json", b"{}", "application/json; charset=base64"),
        ("jsonl", b'{"a": 1}\n{"a"', ""),
        ("csv", b"a,b\n1,2\n3", ""),
        ("csv", b'a,b\n1,"2', ""),
        ("csv", b"a,a\n1,2", ""),
        ("csv", b"a,\n1,2", ""),
        ("csv", b"a\n\xff", "text/csv"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(kind, body, content_type):
    with pytest.raises(ResponseInvalid):
        decode(kind, body, content_type)


def test_the_separator_of_columns_is_found():
    for separator in (",", ";", "\t", "|"):
        assert decode("csv", f"id{separator}name\n1{separator}Ana Kovač".encode()) == [ANA]
    assert decode("auto", "id\tname\n1\tAna Kovač\n".encode(), "text/tab-separated-values") == [ANA]
