"""Paging strategies: the state and a page in, the next state out.

Each is a spec of a few words and pure: what to ask for (`ask`), and what comes next (`next`). A state that was asked
for before is never given again, so a cursor that goes in circles ends the read.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import Field

from keepstep.core.field_path import PlaceText
from keepstep.core.link_header import parse_links
from keepstep.core.page_facts import Ask, End, Next, PageFacts, PageState
from keepstep.core.paging_stop import Paged, Stop
from keepstep.core.spec import Spec

_LONGEST_URL: Final = 8_000


class NoPaging(Spec):
    """Everything comes in one answer."""

    style: Literal["none"] = "none"
    total: PlaceText = ""
    most_calls: None = None

    @property
    def places(self) -> tuple[str, ...]:
        """No condition looks at anything."""
        return ()

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return Ask()

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the state after *state*, whose page said *facts*, or how the read ended."""
        try:
            goes_on = "next" in parse_links(facts.link)
        except ValueError:
            goes_on = False
        if goes_on:
            return End(wrong="the answer names a next page, and no paging is set")
        return End(proof="one answer holds everything")

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states that surely follow *state*, so that they can be asked for at once."""
        return iter(())


class Numbered(Paged):
    """Pages by number, or objects by offset, with a size and perhaps a declared total.

    *appends*: the order is such that what is added stands at the end, so that only a removal moves what is there.
    *step*: how much the number grows by a page; else by 1 for pages, for offsets by as many objects as came.
    """

    style: Literal["page", "offset"]
    number: Annotated[str, Field(min_length=1, description="the parameter that names the page or offset")]
    size_param: str = ""
    size: Annotated[int, Field(gt=0)]
    place: Literal["params", "body"] = "params"
    start: Annotated[int, Field(ge=0)] = 0
    step: Annotated[int, Field(gt=0)] | None = None
    appends: bool = False

    @property
    def page_size(self) -> int:
        """How many records a full page holds."""
        return self.size

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState(number=self.start)

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return _ask(self.place, ((self.number, state.number), *_sized(self.size_param, self.size)))

    def _before(self, state: PageState) -> int:
        """Return how many objects stand before the page of *state*."""
        return (state.number - self.start) // self._step(self.size) * self.size

    def promised(self, state: PageState, total: int) -> int:
        """Return how many objects the page of *state* holds in a list of *total*."""
        return max(0, min(self.size, total - self._before(state)))

    def _step(self, count: int) -> int:
        return self.step or (1 if self.style == "page" else count)

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; by itself a list ends with a page that is not full, where a total vouches for it.

        Without a total it is followed until an empty page comes: an application may give fewer than were asked for.
        """
        if facts.count > self.size:
            return End(wrong=f"a page held {facts.count} records where {self.size} were asked for")
        default: tuple[Stop, ...] = ("short",) if self.total else ("empty",)
        if (end := self.ended(state, facts, self.stop or default)) is not None:
            return end
        if facts.count == 0:
            return End(wrong="an empty page came before anything said that the list ends")
        return _onwards(state, facts, self._step(facts.count))

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states of the further pages that the declared total promises."""
        size = min(facts.count, self.size)
        if facts.total is None or not size:
            return
        following, before = state, size
        while before < facts.total:
            following = replace(following, number=following.number + self._step(size))
            yield following
            before += size


class Scim(Paged):
    """SCIM 2.0 (RFC 7644, 3.4.2.4): objects are counted from 1, and a page may hold fewer than were asked for."""

    style: Literal["scim"]
    start_param: Annotated[str, Field(min_length=1)] = "startIndex"
    size_param: str = "count"
    size: Annotated[int, Field(gt=0)] = 100
    total: PlaceText = "totalResults"

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState(number=1)

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return _ask("params", ((self.start_param, state.number), *_sized(self.size_param, self.size)))

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; the list ends when as many came as are declared."""
        if (end := self.ended(state, facts, self.stop or ("total",))) is not None:
            return end
        if facts.count == 0:
            return End(wrong="an empty page came before anything said that the list ends")
        return _onwards(state, facts, facts.count)

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states of the further pages that the declared total promises."""
        if facts.total is None or not facts.count:
            return
        for number in range(1 + facts.count, facts.total + 1, facts.count):
            yield replace(state, number=number)


class Cursor(Paged):
    """Each page names the cursor of the next one, which is sent as a parameter or in the body.

    *cursor*: a path in the answer, or a header after `header:`. *start*: the cursor of the first page, if it needs one.
    """

    style: Literal["cursor"]
    cursor: Annotated[PlaceText, Field(min_length=1, description="where the answer holds the next cursor")]
    param: Annotated[str, Field(min_length=1)]
    place: Literal["params", "body"] = "params"
    start: str = ""
    size_param: str = ""
    size: Annotated[int, Field(gt=0)] = 100

    @property
    def page_size(self) -> int:
        """How many records a full page holds."""
        return self.size

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState(cursor=self.start)

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        cursor = ((self.param, state.cursor),) if state.cursor else ()
        return _ask(self.place, (*_sized(self.size_param, self.size), *cursor))

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; no cursor ends the list, a cursor seen before breaks it off."""
        if (end := self.ended(state, facts, self.stop)) is not None:
            return end
        return _follow(state, facts, "cursor", cursor=facts.cursor, stops=bool(self.stop))


class NextUrl(Paged):
    """Each page holds the URL of the next one, whole or relative to its own, in the body or a header."""

    style: Literal["next_url"]
    cursor: Annotated[PlaceText, Field(min_length=1, description="where the answer holds the URL of the next page")]

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return Ask(url=state.cursor)

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; no URL ends the list, a URL seen before or elsewhere breaks it off."""
        if (end := self.ended(state, facts, self.stop)) is not None:
            return end
        return _follow_url(state, facts, facts.cursor, stops=bool(self.stop))


class LinkHeader(Paged):
    """Each page names the URL of the next one in its `Link` header (RFC 8288), as `rel="next"`."""

    style: Literal["link"]

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return Ask(url=state.cursor)

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; without a next page the list ends, unless another one was called the last."""
        if (end := self.ended(state, facts, self.stop)) is not None:
            return end
        try:
            links = parse_links(facts.link)
        except ValueError as exc:
            return End(wrong=f"the Link header cannot be understood: {exc}")
        here = facts.url
        last = urljoin(here, links["last"]) if _sound(links.get("last")) else state.last
        following = _follow_url(replace(state, last=last), facts, links.get("next"), stops=bool(self.stop))
        if isinstance(following, End) and following.proof and last and _parts(last) != _parts(here):
            return End(wrong="the list ended before the page that it calls the last")
        return following


def _sized(parameter: str, size: int) -> tuple[tuple[str, str | int], ...]:
    return ((parameter, size),) if parameter else ()


def _ask(place: Literal["params", "body"], asked: tuple[tuple[str, str | int], ...]) -> Ask:
    if place == "body":
        return Ask(body=asked)
    return Ask(params=tuple((name, str(value)) for name, value in asked))


def _onwards(state: PageState, facts: PageFacts, step: int) -> PageState:
    return replace(state, number=state.number + step, received=state.received + facts.count)


def _follow(state: PageState, facts: PageFacts, what: str, *, cursor: str | None, stops: bool) -> Next:
    if cursor is None:
        if stops:
            return End(wrong=f"a page names no {what}, and nothing said that it is the last one")
        return End(proof=f"the last page names no {what}")
    if cursor == state.cursor or any(cursor in some for some in state.seen):
        return End(wrong=f"the same {what} came twice")
    return replace(
        state,
        number=state.number + 1,
        cursor=cursor,
        received=state.received + facts.count,
        seen=_with(_with(state.seen, state.cursor), cursor),
    )


def _with(seen: tuple[frozenset[str], ...], cursor: str) -> tuple[frozenset[str], ...]:
    """Return *seen* with *cursor*, in sets of growing size, so that 100,000 pages are remembered quickly."""
    if not cursor or any(cursor in some for some in seen):
        return seen
    latest = frozenset({cursor})
    while seen and len(seen[-1]) <= len(latest):
        latest, seen = latest | seen[-1], seen[:-1]
    return (*seen, latest)


def _follow_url(state: PageState, facts: PageFacts, target: str | None, *, stops: bool) -> Next:
    if target is not None and not _sound(target):
        return End(wrong="the URL of the next page is none")
    url = urljoin(facts.url, target) if target else None
    if url and facts.url:
        if _origin(url) != _origin(facts.url):
            return End(wrong="the next page is at another address, which gets no credentials")
        if url == facts.url:
            return End(wrong="the same next URL came twice")
    return _follow(state, facts, "next URL", cursor=url, stops=stops)


def _sound(url: str | None) -> bool:
    """Whether *url* is one: short enough, without blanks, control characters or a name to sign in with."""
    if not url or len(url) > _LONGEST_URL or any(ch <= " " or ch == "\x7f" for ch in url):
        return False
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return False
    return "@" not in parts.netloc and port != 0


def _parts(url: str) -> tuple[object, ...]:
    """Return what makes a URL the address of one page, whatever the order of its parameters."""
    parts = urlsplit(url)
    return _origin(url), parts.path, sorted(parse_qsl(parts.query, keep_blank_values=True))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


Paging = Annotated[NoPaging | Numbered | Scim | Cursor | NextUrl | LinkHeader, Field(discriminator="style")]
"""How an endpoint's list is divided into pages."""
