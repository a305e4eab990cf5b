import pytest
from pydantic import TypeAdapter, ValidationError

from keepstep.core.page_facts import Ask, End, PageFacts, PageState
from keepstep.core.paging import Cursor, LinkHeader, NextUrl, NoPaging, Numbered, Paging, Scim

BY_PAGE = Numbered(style="page", number="page", size_param="limit", size=10, start=1, total="totalCount")


def test_the_first_page_is_asked_for_with_its_number_and_size():
    assert BY_PAGE.ask(BY_PAGE.first()).params == (("page", "1"), ("limit", "10"))


def test_a_full_page_is_followed_even_when_the_total_says_it_was_the_last():
    following = BY_PAGE.next(BY_PAGE.first(), PageFacts(count=10, total=10))
    assert BY_PAGE.ask(following).params[0] == ("page", "2")


@pytest.mark.parametrize("count", [0, 1, 9])
def test_a_page_that_is_not_full_ends_the_list(count):
    end = BY_PAGE.next(BY_PAGE.first(), PageFacts(count=count, total=100))
    assert isinstance(end, End)
    assert end.proof


def test_a_page_with_more_than_was_asked_for_is_wrong():
    end = BY_PAGE.next(BY_PAGE.first(), PageFacts(count=11))
    assert isinstance(end, End)
    assert not end.proof
    assert end.wrong


def test_the_declared_total_tells_which_pages_can_be_asked_for_at_once():
    numbers = [state.number for state in BY_PAGE.ahead(BY_PAGE.first(), PageFacts(count=10, total=35))]
    assert numbers == [2, 3, 4]


def test_without_a_total_no_page_is_asked_for_ahead():
    assert list(BY_PAGE.ahead(BY_PAGE.first(), PageFacts(count=10))) == []


def test_offsets_step_by_the_size():
    paging = Numbered(style="offset", number="offset", size_param="limit", size=50)
    following = paging.next(paging.first(), PageFacts(count=50))
    assert paging.ask(following).params == (("offset", "50"), ("limit", "50"))
    assert [state.number for state in paging.ahead(paging.first(), PageFacts(count=50, total=120))] == [50, 100]


def test_a_cursor_is_sent_back_until_none_is_named():
    paging = Cursor(style="cursor", cursor="paging.next", param="after", size_param="limit", size=2)
    assert paging.ask(paging.first()).params == (("limit", "2"),)
    second = paging.next(paging.first(), PageFacts(count=2, cursor="abc"))
    assert paging.ask(second).params == (("limit", "2"), ("after", "abc"))
    end = paging.next(second, PageFacts(count=2))
    assert isinstance(end, End)
    assert end.proof


def test_a_cursor_can_travel_in_the_body():
    paging = Cursor(style="cursor", cursor="next", param="cursor", place="body", size_param="size", size=5)
    second = paging.next(paging.first(), PageFacts(count=5, cursor="abc"))
    assert paging.ask(second).body == (("size", 5), ("cursor", "abc"))


@pytest.mark.parametrize("circle", [["a", "a"], ["a", "b", "a"]])
def test_a_cursor_that_goes_in_circles_ends_the_read_unproven(circle):
    paging = Cursor(style="cursor", cursor="next", param="cursor")
    state = paging.first()
    for cursor in circle:
        state = paging.next(state, PageFacts(count=1, cursor=cursor))
    assert isinstance(state, End)
    assert state.wrong
    assert not state.proof


def test_a_next_url_is_followed_as_it_is():
    paging = NextUrl(style="next_url", cursor="next")
    second = paging.next(paging.first(), PageFacts(count=1, cursor="https://app.example/list?p=2"))
    assert paging.ask(second).url == "https://app.example/list?p=2"
    assert list(paging.ahead(second, PageFacts(count=1))) == []


def test_no_paging_ends_after_one_answer():
    paging = NoPaging()
    assert paging.ask(paging.first()).params == ()
    assert isinstance(paging.next(paging.first(), PageFacts(count=3)), End)
    assert list(paging.ahead(paging.first(), PageFacts(count=3, total=9))) == []


def test_cursors_ask_for_nothing_ahead():
    paging = Cursor(style="cursor", cursor="next", param="cursor")
    assert list(paging.ahead(paging.first(), PageFacts(count=1, total=9))) == []


def test_the_style_chooses_the_strategy():
    made = TypeAdapter(Paging).validate_python({"style": "offset", "number": "skip", "size": 5})
    assert isinstance(made, Numbered)


@pytest.mark.parametrize(("page", "promised"), [(1, 10), (3, 10), (4, 5), (5, 0)])
def test_the_total_tells_how_many_each_page_holds(page, promised):
    assert BY_PAGE.promised(PageState(number=page), 35) == promised


def made(**written):
    return TypeAdapter(Paging).validate_python(written)


def walked(paging, *pages):
    """Follow *paging* over what its pages say; the state after them, or the end."""
    state = paging.first()
    for facts in pages:
        assert not isinstance(state, End), state
        state = paging.next(state, facts)
    return state


def test_without_a_total_a_short_page_is_followed_until_an_empty_one():
    paging = made(style="offset", number="skip", size=50)
    assert walked(paging, PageFacts(count=20)).number == 20
    assert walked(paging, PageFacts(count=20), PageFacts(count=0)).proof
    by_page = made(style="page", number="page", size=50, start=1)
    assert walked(by_page, PageFacts(count=20)).number == 2


def test_start_and_step_are_chosen():
    paging = made(style="page", number="from", size=10, start=5, step=3)
    assert [paging.ask(state).params for state in (paging.first(), walked(paging, PageFacts(count=10)))] == [
        (("from", "5"),),
        (("from", "8"),),
    ]


@pytest.mark.parametrize(
    ("stop", "last", "before"),
    [
        ("empty", PageFacts(count=0), PageFacts(count=3)),
        ("short", PageFacts(count=3), PageFacts(count=10)),
        ("short", PageFacts(count=0), PageFacts(count=10)),
        ("total", PageFacts(count=10, total=20), PageFacts(count=10, total=20)),
        ({"element": "more", "equals": False}, PageFacts(count=10, said={"more": ("false",)}), PageFacts(count=10)),
        ({"element": "left", "equals": 0}, PageFacts(count=10, said={"left": ("0",)}), PageFacts(count=10)),
        ({"element": "n", "absent": True}, PageFacts(count=10), PageFacts(count=10, said={"n": ("2",)})),
        ({"element": "n", "absent": True}, PageFacts(count=10, said={"n": ()}), PageFacts(count=10, said={"n": ("",)})),
        (["short", {"element": "more", "equals": "no"}], PageFacts(count=1), PageFacts(count=10)),
    ],
)
def test_each_condition_ends_the_list_and_nothing_else_does(stop, last, before):
    paging = made(style="page", number="page", size=10, total="t", stop=stop)
    assert isinstance(walked(paging, before), PageState)
    assert walked(paging, before, last).proof


def test_an_empty_page_that_is_no_end_ends_the_read_unproven():
    paging = made(style="page", number="page", size=10, stop={"element": "more", "equals": False})
    end = walked(paging, PageFacts(count=10), PageFacts(count=0, said={"more": ("true",)}))
    assert not end.proof
    assert end.wrong


def test_a_missing_cursor_is_no_end_where_something_else_is():
    paging = made(style="cursor", cursor="next", param="after", stop={"element": "more", "equals": False})
    assert walked(paging, PageFacts(count=1)).wrong
    assert walked(paging, PageFacts(count=1, cursor="a", said={"more": ("false",)})).proof


def test_a_cursor_may_need_a_first_one():
    paging = made(style="cursor", cursor="next", param="mark", start="*")
    assert paging.ask(paging.first()).params == (("mark", "*"),)
    assert walked(paging, PageFacts(count=1, cursor="*")).wrong


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"style": "page", "number": "p", "size": 5, "stop": "total"}, "needs `total`"),
        ({"style": "next_url", "cursor": "next", "stop": "short"}, "needs `size`"),
        ({"style": "cursor", "cursor": "next", "param": "p", "stop": {"element": "a"}}, "either"),
        ({"style": "cursor", "cursor": "a..b", "param": "p"}, "path"),
        ({"style": "link", "stop": {"element": "a[", "absent": True}}, "path"),
    ],
)
def test_what_cannot_be_judged_is_refused_when_saved(wrong, said):
    with pytest.raises(ValidationError, match=said):
        made(**wrong)


def test_scim_counts_objects_from_one_and_by_what_came():
    scim = made(style="scim", size=100)
    assert isinstance(scim, Scim)
    assert scim.ask(scim.first()).params == (("startIndex", "1"), ("count", "100"))
    capped = PageFacts(count=40, total=100)
    assert walked(scim, capped).number == 41
    assert [state.number for state in scim.ahead(scim.first(), capped)] == [41, 81]
    assert walked(scim, capped, capped, PageFacts(count=20, total=100)).proof
    assert walked(scim, capped, PageFacts(count=0, total=100)).wrong
    assert walked(scim, PageFacts(count=0, total=0)).proof
    assert list(scim.ahead(scim.first(), PageFacts(count=5))) == []


HERE = "https://app.example/v1/people?page=1"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("?page=2", "https://app.example/v1/people?page=2"),
        ("/v2/x", "https://app.example/v2/x"),
        ("more/2", "https://app.example/v1/more/2"),
        ("https://app.example:443/a", "https://app.example:443/a"),
    ],
)
def test_a_next_url_may_be_relative_to_the_page(written, url):
    for paging, facts in (
        (made(style="next_url", cursor="next"), PageFacts(count=1, cursor=written, url=HERE)),
        (made(style="link"), PageFacts(count=1, link=f'<{written}>; rel="next"', url=HERE)),
    ):
        assert paging.ask(walked(paging, facts)) == Ask(url=url)


@pytest.mark.parametrize(
    "written",
    [
        "https://evil.example/people?page=2",
        "http://app.example/v1/people?page=2",
        "https://app.example:444/v1/people?page=2",
        "//evil.example/x",
        "https://app.example@evil.example/",
        "https://user:pass@app.example/v1/people?page=2",
        "https://[::1",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "?page=1",
        "a b",
        "\x00",
        "x" * 9000,
    ],
)
def test_a_next_url_that_leads_away_or_nowhere_ends_the_read_unproven(written):
    for paging, facts in (
        (made(style="next_url", cursor="next"), PageFacts(count=1, cursor=written, url=HERE)),
        (made(style="link"), PageFacts(count=1, link=f'<{written}>; rel="next"', url=HERE)),
    ):
        end = walked(paging, facts)
        assert isinstance(end, End)
        assert end.wrong


def test_a_link_header_leads_on_until_there_is_no_next_page():
    paging = made(style="link")
    assert isinstance(paging, LinkHeader)
    second = walked(paging, PageFacts(count=1, link='<?page=2>; rel="next", <?page=2>; rel="last"', url=HERE))
    there = PageFacts(count=1, link='<?page=1>; rel="first"', url=second.cursor)
    assert paging.next(second, there).proof
    assert walked(paging, PageFacts(count=1, url=HERE)).proof


def test_the_last_page_is_known_by_its_parameters_in_any_order():
    paging = made(style="link")
    second = walked(paging, PageFacts(count=1, link="<?page=2&n=5>; rel=next, <?n=5&page=2>; rel=last", url=HERE))
    assert paging.next(second, PageFacts(count=1, url=second.cursor)).proof


def test_a_list_that_ends_before_the_page_it_calls_the_last_is_not_proven():
    paging = made(style="link")
    second = walked(paging, PageFacts(count=1, link='<?page=2>; rel="next", <?page=9>; rel="last"', url=HERE))
    assert paging.next(second, PageFacts(count=1, url=second.cursor)).wrong


@pytest.mark.parametrize("garbage", ["<<<;;;rel", "next", '<a>; rel="next', "<a; rel=next", '<a> rel="next"'])
def test_a_link_header_that_cannot_be_understood_ends_the_read_unproven(garbage):
    assert walked(made(style="link"), PageFacts(count=1, link=garbage, url=HERE)).wrong


def test_an_answer_that_names_a_next_page_is_not_everything():
    assert walked(made(style="none"), PageFacts(count=1, link='<?page=2>; rel="next"')).wrong
    assert walked(made(style="none"), PageFacts(count=1, link="</style.css>; rel=preload")).proof
    assert walked(made(style="none"), PageFacts(count=1, link="<<<")).proof


def test_a_hundred_thousand_cursors_are_remembered_quickly():
    paging, state = made(style="cursor", cursor="next", param="p"), PageState()
    for number in range(100_000):
        state = paging.next(state, PageFacts(count=1, cursor=str(number)))
    assert state.received == 100_000
    assert paging.next(state, PageFacts(count=1, cursor="7")).wrong
