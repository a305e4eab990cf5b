import pytest
from pydantic import TypeAdapter

from keepstep.core.paging import Cursor, End, NextUrl, NoPaging, Numbered, PageFacts, PageState, Paging

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
    assert paging.ask(second).body == (("size", "5"), ("cursor", "abc"))


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
