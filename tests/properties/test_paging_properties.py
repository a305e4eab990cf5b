"""Paging visits each record once, whatever the size of the list, and a list that moved is never proven whole."""

from urllib.parse import urljoin, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from keepstep.core.completeness import Anchor, Proof
from keepstep.core.page_facts import End, PageFacts
from keepstep.core.paging import Cursor, NextUrl, Numbered, Paging
from keepstep.core.values import Record

SIZES = st.integers(1, 7)
LENGTHS = st.integers(0, 40)


def walk(paging, serve):
    """Follow *paging* over *serve* (state -> keys, total, cursor); return the keys seen, how it ended, and the proof."""
    state, seen, proof = paging.first(), [], Proof(total_declared=bool(paging.total), appends=True)
    while True:
        keys, total, cursor = serve(state)
        seen += keys
        proof.add([Record(key, {}) for key in keys], total)
        state = paging.next(state, PageFacts(count=len(keys), total=total, cursor=cursor))
        if isinstance(state, End):
            proof.end(state)
            return seen, proof.verdict(calls=proof.pages)


def keys_of(length):
    return [f"k{number}" for number in range(length)]


@given(LENGTHS, SIZES, st.sampled_from(["page", "offset"]), st.integers(0, 1), st.booleans())
def test_numbered_pages_visit_each_record_once(length, size, style, start, total):
    paging = Numbered(style=style, number="n", size=size, start=start, total="total" if total else "")
    keys = keys_of(length)

    def serve(state):
        at = (state.number - start) * (size if style == "page" else 1)
        return keys[at : at + size], length if total else None, None

    seen, verdict = walk(paging, serve)
    assert seen == keys
    assert verdict.complete


@given(LENGTHS, SIZES, st.sampled_from(["page", "offset"]))
def test_what_is_asked_for_ahead_is_what_would_have_come_next(length, size, style):
    paging = Numbered(style=style, number="n", size=size, total="total")
    first = PageFacts(count=min(length, size), total=length)
    ahead = [state.number for state in paging.ahead(paging.first(), first)]
    step = 1 if style == "page" else size
    assert ahead == [step * n for n in range(1, -(-length // size))]


@given(
    LENGTHS,
    SIZES,
    st.sampled_from([Cursor(style="cursor", cursor="c", param="p"), NextUrl(style="next_url", cursor="c")]),
)
def test_cursors_visit_each_record_once(length, size, paging):
    keys = keys_of(length)

    def serve(state):
        at = int(state.cursor or "0")
        following = str(at + size) if at + size < length else None
        return keys[at : at + size], None, following

    seen, verdict = walk(paging, serve)
    assert seen == keys
    assert verdict.complete


EVERY = TypeAdapter(Paging)
URL = "https://app.example/v1/people"


def spec(style, *, total, size=5, **more):
    told = {"style": style, **({"total": "total"} if total else {})}
    match style:
        case "page" | "offset":
            return EVERY.validate_python({**told, "number": "n", "size": size, **more})
        case "cursor":
            return EVERY.validate_python({**told, "cursor": "c", "param": "p", "size": size, **more})
        case "next_url":
            return EVERY.validate_python({**told, "cursor": "c", **more})
        case "scim":
            return EVERY.validate_python({"style": style, "size": size, **more})
        case _:
            return EVERY.validate_python({**told, **more})


def visited(paging, length, sizes, *, total, lies=None):
    """Follow *paging* over a list of *length* whose pages have *sizes* at most; the numbers seen and the verdict."""
    state, seen, calls = paging.first(), [], 0
    proof = Proof(total_declared=bool(paging.total))
    while True:
        cap = sizes[calls % len(sizes)]
        calls += 1
        match paging.style:
            case "page":
                at, cap = state.number * paging.size, paging.size
            case "offset":
                at, cap = state.number, min(cap, paging.size)
            case "scim":
                at, cap = state.number - 1, min(cap, paging.size)
            case _:
                at = int(urlsplit(state.cursor).query.removeprefix("at=") or 0) if state.cursor else 0
        page = list(range(at, min(at + cap, length)))
        after = at + cap if at + cap < length else None
        declared = length if total or paging.style == "scim" else None
        if lies:
            page, after, declared = lies(calls, page, after, declared)
        target = None if after is None else f"?at={after}"
        facts = PageFacts(
            count=len(page),
            total=declared,
            cursor=target,
            link=f"<{target}>; rel=next" if target else "",
            said={"more": ("false" if after is None else "true",)},
            url=urljoin(URL, state.cursor),
        )
        seen += page
        proof.add([Record(str(number), {}) for number in page], declared)
        state = paging.next(state, facts)
        if isinstance(state, End):
            proof.end(state)
            return seen, proof.verdict(calls=calls)
        assert calls < 200


STYLES = st.sampled_from(["page", "offset", "cursor", "next_url", "link", "scim"])


@given(STYLES, LENGTHS, SIZES, st.lists(SIZES, min_size=1, max_size=4), st.booleans())
def test_every_kind_visits_each_record_once(style, length, size, sizes, total):
    if style == "offset" and total:
        sizes = [size]  # by itself a short page is the last one where a total vouches for it
    seen, verdict = visited(spec(style, total=total, size=size), length, sizes, total=total)
    assert seen == list(range(length))
    assert verdict.complete, verdict.reason


@given(
    STYLES,
    LENGTHS,
    SIZES,
    st.lists(SIZES, min_size=1, max_size=4),
    st.sampled_from(["total", ["empty", "total"], ["total", {"element": "more", "equals": False}]]),
)
def test_every_kind_ends_at_its_conditions(style, length, size, sizes, stop):
    if style == "page":
        sizes = [size]
    if isinstance(stop, list) and "empty" not in stop and style in {"page", "offset", "scim"}:
        stop = "total"
    seen, verdict = visited(spec(style, total=True, size=size, stop=stop), length, sizes, total=True)
    assert seen == list(range(length))
    assert verdict.complete, verdict.reason


@given(
    STYLES, st.integers(2, 40), SIZES, st.integers(1, 5), st.sampled_from(["lack", "repeat", "shrink", "grow", "end"])
)
def test_every_kind_sees_through_a_page_that_lies(style, length, size, moment, lie):
    told = []

    def lies(call, page, after, declared):
        if call == moment and page:
            if lie == "lack":
                told.append(1)
                return page[:-1], after, declared
            if lie == "repeat" and page[0]:
                told.append(1)
                return [0, *page[1:]], after, declared
            if lie == "end" and after is not None:
                told.append(1)
                return [], None, declared
        if lie in {"shrink", "grow"} and call > moment:
            told.append(1)
            return page, after, declared + (1 if lie == "grow" else -1)
        return page, after, declared

    _, verdict = visited(spec(style, total=True, size=size), length, [size], total=True, lies=lies)
    # An offset or a count of objects goes on from what came: who was left out comes then.
    if told and not (lie == "lack" and style in {"scim", "offset"}):
        assert not verdict.complete


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 9)), st.integers(0, 9))
def test_any_web_of_cursors_comes_to_an_end(web, start):
    paging = Cursor(style="cursor", cursor="c", param="p")
    _, verdict = walk(
        paging,
        lambda state: ([], None, str(web[int(state.cursor or start)]) if int(state.cursor or start) in web else None),
    )
    assert verdict.reason


@st.composite
def _moving(draw):
    """Draw a list, a size of pages, and changes: (before which call, whether it removes, whom)."""
    size = draw(st.integers(2, 4))
    pages = draw(st.integers(2, 5))
    length = (pages - 1) * size + draw(st.integers(1, size))
    changes = []
    for _ in range(draw(st.integers(0, 2))):
        moment = draw(st.integers(1, pages + 1))
        changes.append((moment, True, draw(st.integers(0, length - 1))))
        if draw(st.booleans()):
            changes.append((draw(st.integers(moment, pages + 1)), False, len(changes)))
    return length, size, changes


@settings(max_examples=400)
@given(_moving())
def test_a_read_that_missed_somebody_who_was_there_throughout_is_never_complete(moving):
    length, size, changes = moving
    paging = Numbered(style="page", number="n", size=size, total="total", appends=True)
    people, calls = keys_of(length), [0]
    stayed = set(people)

    def serve(number):
        for at, removes, which in changes:
            if at == calls[0]:
                if removes and people:
                    stayed.discard(people.pop(which % len(people)))
                elif not removes:
                    people.append(f"new{at}-{which}")
        calls[0] += 1
        return people[number * size : number * size + size]

    proof, seen, state = Proof(total_declared=True, appends=True), [], paging.first()
    first, anchor, last = serve(0), None, None
    while True:
        page = first if state.number == 0 else serve(state.number)
        seen += page
        facts = PageFacts(count=len(page), total=len(people))
        proof.add([Record(key, {}) for key in page], len(people))
        if state.number == 0 and (ahead := list(paging.ahead(state, facts))):
            last = ahead[-1].number
            anchor = Anchor(tuple(page), tuple(serve(last)))
        state = paging.next(state, facts)
        if isinstance(state, End):
            proof.end(state)
            break
    if anchor and (
        wrong := anchor.moved([Record(key, {}) for key in serve(0)], [Record(key, {}) for key in serve(last)])
    ):
        proof.object(wrong)
    if proof.verdict(calls=1).complete:
        assert stayed <= set(seen)
