"""What is asked for, page by page, what each page said, and how a list ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepstep.core.values import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """Which page is asked for. *number* counts pages or objects; *cursor* is a token or the URL of the page.

    *received*: how many records came before it. *seen*: the cursors so far. *last*: the URL that was called the last.
    """

    number: int = 0
    cursor: str = ""
    received: int = 0
    seen: tuple[frozenset[str], ...] = field(default=(), repr=False)
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page said: how many records it held, the declared total, the cursor or URL of the next page.

    *said*: what stands at the places that conditions look at. *link*: its `Link` header. *url*: where it was asked for.
    """

    count: int
    total: int | None = None
    cursor: str | None = None
    said: Mapping[str, Values | None] = field(default_factory=dict[str, Values | None])
    link: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """How a page is asked for: parameters to add, members to put into the body by their paths, or the URL."""

    params: tuple[tuple[str, str], ...] = ()
    url: str = ""
    body: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """There is no next page. *proof*: how the application said so; empty: it did not, *wrong* says what happened."""

    proof: str = ""
    wrong: str = ""


Next = PageState | End
