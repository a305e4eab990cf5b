"""Work that takes long, asked for and followed to its end."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from pydantic import ValidationError

from keepstep.client.client import MOST, Client, at
from keepstep.client.refusal import error_of
from keepstep.core.work import WANTED, Work
from keepstep.errors import UsageError

T = TypeVar("T")

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Row(Generic[T]):
    number: int
    row: T


@dataclass(frozen=True, slots=True)
class _Rows(Generic[T]):
    items: list[_Row[T]]
    next: int | None


def rows_of(client: Client, work: str, kind: type[T]) -> Iterator[list[T]]:
    """Yield the rows that *work* gave, each as *kind*, some at a time, in the order they were found."""
    for page in _pages(client, work, kind):
        yield [one.row for one in page]


def numbered_rows(client: Client, work: str, kind: type[T]) -> list[tuple[int, T]]:
    """Return the rows that *work* gave with their numbers, in the order they were found."""
    return [(one.number, one.row) for page in _pages(client, work, kind) for one in page]


def _pages(client: Client, work: str, kind: type[T]) -> Iterator[list[_Row[T]]]:
    after: int | None = 0
    while after is not None:
        page = client.get(_Rows[kind], f"{at('works', work)}/rows", after=after, limit=MOST)
        yield page.items
        after = page.next


def done(client: Client, given: Mapping[str, Any]) -> Work:
    """Return the work that *given* asks for once it is done; what it failed with is raised.

    UsageError for what no server would take.
    """
    try:
        wanted = WANTED.validate_python(given)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        raise UsageError(f"the server cannot be asked for that: {told}", hint="see docs/api.md") from None
    work = client.post(Work, "/works", wanted, Idempotency_Key=uuid4().hex)
    pause = _FIRST_PAUSE
    while work.open:
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        work = client.get(Work, at("works", work.id))
        client.progress(work.at or "waiting for a worker", work.done, work.total)
    if work.trouble is not None:
        raise error_of(work.trouble.code, work.trouble.detail, work.trouble.hint)
    return work
