import pytest

from keepstep.core.link_header import parse_links


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ("", {}),
        ('<a>; rel="next"', {"next": "a"}),
        ("<a>;rel=next,<b>;rel=last", {"next": "a", "last": "b"}),
        ('<a?x=1,2&y=;>; rel="next prev"', {"next": "a?x=1,2&y=;", "prev": "a?x=1,2&y=;"}),
        ('<a>; REL="NEXT"; title="x, <y>; rel=last"', {"next": "a"}),
        ('<a>; rel="next"; rel="last"', {"next": "a"}),
        ("<a>; rel=next, <b>; rel=next", {"next": "a"}),
        (r'<a>; title="say \"hi\""; rel=next', {"next": "a"}),
        ('<a>; rel=next; anchor="#other"', {}),
        ("<a>, , <b> ; crossorigin ; rel=next ,", {"next": "b"}),
        ("<a>; title*=UTF-8''%e2%82%ac; rel=next;", {"next": "a"}),
        ("<>; rel=next", {"next": ""}),
    ],
)
def test_the_relations_of_a_link_header_are_read(header, links):
    assert parse_links(header) == links


@pytest.mark.parametrize("garbage", ["a", "<a", "<a> b", '<a>; rel="next', "<a>; =next", "next; <a>", '<a>; rel="x"y'])
def test_what_is_no_link_header_is_refused(garbage):
    with pytest.raises(ValueError, match="link"):
        parse_links(garbage)


def test_a_long_hostile_header_is_read_in_time():
    with pytest.raises(ValueError, match="link"):
        parse_links("<a>" + "; " * 50_000 + '"' + "\\" * 50_001)
