"""Comparisons of a server: who came to stand so, and what is done about rows of the newest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepstep.client.client import MOST, Client, at
from keepstep.core.standing_history import Deviation


@dataclass(frozen=True, slots=True)
class _Deviations:
    items: list[Deviation]
    next: int | None


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What came of one row. *refused*: why nothing was done; empty if it was."""

    name: str
    refused: str = ""


def deviations(client: Client, rule: str, since: str, situations: Sequence[str]) -> Iterator[Deviation]:
    """Yield who came to stand so since a time, in the order it was seen."""
    after: int | None = 0
    while after is not None:
        page = client.get(
            _Deviations, f"{at('rules', rule)}/deviations", since=since, situation=situations, after=after, limit=MOST
        )
        yield from page.items
        after = page.next


def acted(client: Client, rule: str, work: str, numbers: Sequence[int], said: Mapping[str, Any]) -> list[RowOutcome]:
    """Do what is *said* about the rows of *work* with these *numbers*; return what came of each, in their order."""
    path = f"{at('rules', rule)}/row-actions"
    done: list[RowOutcome] = []
    ordered = sorted(numbers)
    for start in range(0, len(ordered), MOST):
        some = ordered[start : start + MOST]
        done += client.post(list[RowOutcome], path, {"work": work, "rows": some, **said})
    return done
