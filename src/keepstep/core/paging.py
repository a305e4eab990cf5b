"""Paging strategies: the state and a page in, the next state out.

Each is a spec of a few words and pure: what to ask for (`ask`), and what comes next (`next`). A state that was asked
for before is never given again, so a cursor that goes in circles ends the read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field

from keepstep.core.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """Which page is asked for. *number* counts pages or objects; *cursor* is a token or the URL of the page."""

    number: int = 0
    cursor: str = ""
    seen: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page said: how many records it held, the declared total, the cursor or URL of the next page."""

    count: int
    total: int | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """How a page is asked for: parameters to add, or the whole URL."""

    params: tuple[tuple[str, str], ...] = ()
    url: str = ""
    body: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """There is no next page. *proof*: how the application said so; empty: it did not, *wrong* says what happened."""

    proof: str = ""
    wrong: str = ""


Next = PageState | End


class NoPaging(Spec):
    """Everything comes in one answer."""

    style: Literal["none"] = "none"
    total: str = ""

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return Ask()

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the state after *state*, whose page said *facts*, or how the read ended."""
        return End(proof="one answer holds everything")

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states that surely follow *state*, so that they can be asked for at once."""
        return iter(())


class Numbered(Spec):
    """Pages by number, or objects by offset, with a size and perhaps a declared total.

    *appends*: the order is such that what is added stands at the end, so that only a removal moves what is there.
    """

    style: Literal["page", "offset"]
    number: Annotated[str, Field(min_length=1, description="the parameter that names the page or offset")]
    size_param: str = ""
    size: Annotated[int, Field(gt=0)]
    start: Annotated[int, Field(ge=0)] = 0
    total: Annotated[str, Field(description="where the answer declares the total; empty: it does not")] = ""
    appends: bool = False

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState(number=self.start)

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        size = ((self.size_param, str(self.size)),) if self.size_param else ()
        return Ask(params=((self.number, str(state.number)), *size))

    def _before(self, state: PageState) -> int:
        """Return how many objects stand before the page of *state*."""
        return (state.number - self.start) * (self.size if self.style == "page" else 1)

    def promised(self, state: PageState, total: int) -> int:
        """Return how many objects the page of *state* holds in a list of *total*."""
        return max(0, min(self.size, total - self._before(state)))

    def _step(self) -> int:
        return 1 if self.style == "page" else self.size

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; a page that is not full is the last one, a full last page is followed to be sure."""
        if facts.count == 0:
            return End(proof="an empty page ended the list")
        if facts.count < self.size:
            return End(proof="a page that is not full ended the list")
        if facts.count > self.size:
            return End(wrong=f"a page held {facts.count} records where {self.size} were asked for")
        return replace(state, number=state.number + self._step())

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states of the further pages that the declared total promises."""
        if facts.total is None:
            return
        following = replace(state, number=state.number + self._step())
        while self._before(following) < facts.total:
            yield following
            following = replace(following, number=following.number + self._step())


class Cursor(Spec):
    """Each page names the cursor of the next one, which is sent as a parameter or in the body."""

    style: Literal["cursor"]
    cursor: Annotated[str, Field(min_length=1, description="where the answer holds the next cursor")]
    param: Annotated[str, Field(min_length=1)]
    place: Literal["params", "body"] = "params"
    size_param: str = ""
    size: Annotated[int, Field(gt=0)] = 100
    total: str = ""

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        size = ((self.size_param, str(self.size)),) if self.size_param else ()
        cursor = ((self.param, state.cursor),) if state.cursor else ()
        return Ask(body=(*size, *cursor)) if self.place == "body" else Ask(params=(*size, *cursor))

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; no cursor ends the list, a cursor seen before breaks it off."""
        return _follow(state, facts, "cursor")

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield nothing: the next page is known only from this one."""
        return iter(())


class NextUrl(Spec):
    """Each page holds the URL of the next one."""

    style: Literal["next_url"]
    cursor: Annotated[str, Field(min_length=1, description="where the answer holds the URL of the next page")]
    total: str = ""

    def first(self) -> PageState:
        """Return the state that asks for the first page."""
        return PageState()

    def ask(self, state: PageState) -> Ask:
        """Return how the page of *state* is asked for."""
        return Ask(url=state.cursor)

    def next(self, state: PageState, facts: PageFacts) -> Next:
        """Return the next state; no URL ends the list, a URL seen before breaks it off."""
        return _follow(state, facts, "next URL")

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield nothing: the next page is known only from this one."""
        return iter(())


def _follow(state: PageState, facts: PageFacts, what: str) -> Next:
    if facts.cursor is None:
        return End(proof=f"the last page names no {what}")
    if facts.cursor in state.seen or facts.cursor == state.cursor:
        return End(wrong=f"the same {what} came twice")
    return PageState(number=state.number + 1, cursor=facts.cursor, seen=state.seen | {facts.cursor})


Paging = Annotated[NoPaging | Numbered | Cursor | NextUrl, Field(discriminator="style")]
