import json
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from pydantic import ValidationError

from keepstep.core.endpoint import EndpointSpec, Response, build_request, fill, origin_of
from keepstep.core.paging import Ask
from keepstep.errors import ConfigurationError

BASE = "https://app.example/api/"


def build(values=None, ask=None, **spec):
    spec = {"url": "{base_url}/people", **spec}
    return build_request("people", EndpointSpec.model_validate(spec), BASE, values or {}, ask=ask)


def test_places_in_the_url_are_encoded_so_that_nothing_breaks_out():
    request = build({"name": "a/b?c=d&e#f g"}, url="{base_url}/tags/{name}/persons")
    assert request.url == "https://app.example/api/tags/a%2Fb%3Fc%3Dd%26e%23f%20g/persons"


def test_parameters_are_encoded_and_joined_with_those_of_the_page():
    request = build({"mail": "a&b=c@x"}, params={"q": "{mail}", "s": "x y"}, ask=Ask(params=(("page", "2"),)))
    assert request.url == "https://app.example/api/people?q=a%26b%3Dc%40x&s=x%20y&page=2"
    assert build(url="{base_url}/people?fixed=1", params={"a": "b"}).url.endswith("?fixed=1&a=b")


def test_a_body_is_filled_leaf_by_leaf():
    body = {"name": "{name}", "note": "for {name}", "n": 1, "list": ["{list}", None]}
    request = build({"name": 'a"}b', "list": [1, {"x": True}]}, method="POST", body=body)
    assert json.loads(request.body) == {"name": 'a"}b', "note": 'for a"}b', "n": 1, "list": [[1, {"x": True}], None]}
    assert ("Content-Type", "application/json") in request.headers


def test_a_form_is_encoded_as_one():
    request = build({"x": "a b&c"}, method="POST", body={"k": "{x}"}, body_type="form")
    assert request.body == b"k=a+b%26c"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers


def parsed_multipart(request):
    head = f"Content-Type: {dict(request.headers)['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return {part.get_param("name", header="content-disposition"): part.get_content() for part in message.iter_parts()}


def test_fields_of_a_multipart_body_come_out_as_they_went_in():
    hostile = 'a"b\r\n--keepstep\r\n\r\nč'
    request = build({"x": hostile}, method="POST", body={"k": "{x}", "n": "1"}, body_type="multipart")
    boundary = dict(request.headers)["Content-Type"].partition("boundary=")[2]
    assert request.body.count(f"--{boundary}".encode()) == 3
    assert f'name="k"\r\n\r\n{hostile}\r\n--{boundary}'.encode() in request.body
    plain = build({"x": "Ana"}, method="POST", body={"k": "{x}", "n": "1"}, body_type="multipart")
    assert {name: text.strip() for name, text in parsed_multipart(plain).items()} == {"k": "Ana", "n": "1"}


@pytest.mark.parametrize(("kind", "media"), [("xml", "application/xml"), ("text", "text/plain")])
def test_a_free_text_goes_out_as_it_is_written(kind, media):
    body = "<soap:Envelope>{not_a_place} č</soap:Envelope>"
    request = build(method="POST", body=body, body_type=kind)
    assert request.body.decode() == body
    assert dict(request.headers)["Content-Type"].startswith(media)


def test_a_content_type_of_ones_own_stands():
    headers = {"content-type": "text/xml; charset=utf-8", "SOAPAction": '"list"', "accept": "text/xml"}
    request = build(method="POST", body="<a/>", body_type="xml", headers=headers)
    assert request.headers == tuple(headers.items())


def test_an_answer_is_asked_for_in_the_format_that_is_read():
    assert dict(build(format="csv").headers)["Accept"] == "text/csv"
    assert dict(build(format="json").headers)["Accept"] == "application/json"
    assert dict(build().headers)["Accept"] == "application/json, */*;q=0.5"


@pytest.mark.parametrize("url", ["{base_url}/people", "{baseUrl}/people"])
def test_both_spellings_of_the_base_are_understood(url):
    assert build(url=url).url == "https://app.example/api/people"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "{base_url}.evil.example/x"}, "url"),
        ({"url": "{base_url}/a b"}, "blanks"),
        ({"url": "ftp://x/y"}, "url"),
        ({"body": {"a": "b"}, "body_type": "none"}, "says none"),
        ({"body": {"a": "b"}, "body_type": "xml"}, "one text"),
        ({"body": ["a"], "body_type": "form"}, "fields"),
        ({"body": {"a": 1}, "body_type": "multipart"}, "fields"),
        ({"rate": {"calls": 1}, "limit": "shared"}, "choose one"),
        ({"timeout": 0}, "timeout"),
        ({"rate": {"calls": 0}}, "calls"),
    ],
)
def test_what_does_not_fit_together_is_refused_when_it_is_saved(wrong, told):
    with pytest.raises(ValidationError, match=told):
        EndpointSpec.model_validate({"url": "{base_url}/x", **wrong})


def test_bytes_given_as_the_body_are_sent_as_they_are():
    assert build({"body": b"[1]"}, method="POST", body={"x": "y"}).body == b"[1]"


def test_the_page_may_be_asked_for_in_the_body():
    ask = Ask(body=(("cursor", "abc"),))
    assert json.loads(build(method="POST", body={"size": 5}, ask=ask).body) == {"size": 5, "cursor": "abc"}
    assert json.loads(build(method="POST", ask=ask).body) == {"cursor": "abc"}


def test_a_next_url_is_followed_only_at_the_same_address():
    assert build(ask=Ask(url="https://app.example/next?p=2"), params={"p": "1"}).url == "https://app.example/next?p=2"
    assert build(ask=Ask(url="/next?p=2")).url == "https://app.example/next?p=2"
    for elsewhere in (
        "https://evil.example/next",
        "http://app.example/next",
        "https://app.example:444/next",
        "//evil.example/next",
        "https://[::1",
    ):
        with pytest.raises(ConfigurationError, match="another address"):
            build(ask=Ask(url=elsewhere))


def test_a_place_without_a_value_is_named():
    with pytest.raises(ConfigurationError, match="nobody"):
        build(url="{base_url}/{nobody}")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0"])
def test_a_header_cannot_be_broken_out_of(value):
    with pytest.raises(ConfigurationError, match="line break") as caught:
        build({"v": value}, headers={"X-Name": "{v}"})
    assert value not in str(caught.value)


def test_the_shown_form_masks_what_proves_us():
    request = build(method="POST", body={"a": "b"}, headers={"X-Other": "shown"}).with_headers(
        ("Authorization", "Basic c2VjcmV0")
    )
    shown = request.display()
    assert "c2VjcmV0" not in shown
    assert "X-Other: shown" in shown
    assert '{"a":"b"}' in shown
    assert "c2VjcmV0" not in build().display()
    assert "c2VjcmV0" not in repr(request.body)


def test_a_call_that_only_reads_and_a_good_answer_are_told_by_method_and_status():
    assert build().reads
    assert not build(method="POST").reads
    assert Response(status=207).good
    assert not Response(status=302).good


def test_the_origin_of_what_is_no_url_is_empty():
    assert origin_of("https://app.example/x") == ("https", "app.example", 443)
    assert origin_of("http://[::1") == ("", "", None)
    assert build().origin == ("https", "app.example", 443)


def test_items_of_a_batch_are_filled_from_their_shape():
    assert fill("x", {"query": {"id": "{key}"}, "update": "{attributes}"}, {"key": "7", "attributes": {"a": 1}}) == {
        "query": {"id": "7"},
        "update": {"a": 1},
    }
