"""The nearest known name, for messages that say "did you mean"."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MOST_NAMES: Final = 40
"""How many names a hint lists: a directory has hundreds, and nobody reads them."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the name in *known* that looks most like *name*, whatever the letter case; empty if none comes near."""
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean "…"?` to end a sentence with, or the empty text."""
    found = nearest(name, known)
    return f'; did you mean "{found}"?' if found else ""


def listed(names: Iterable[str]) -> str:
    """Return *names* in order, with commas between, as far as a person reads them."""
    known = sorted(names, key=str.casefold)
    more = f", and {len(known) - MOST_NAMES:,} more" if len(known) > MOST_NAMES else ""
    return ", ".join(known[:MOST_NAMES]) + more
