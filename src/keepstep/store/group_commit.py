"""Many small writes at once, in few transactions: whoever waits goes on when all of its transaction is on disk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection

from keepstep.errors import KeepstepError, Retry, StoreError
from keepstep.store.database import Database

ResultT = TypeVar("ResultT")

_GAPS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between the attempts to write while the database cannot be used."""


@dataclass(slots=True)
class Together:
    """One transaction that several writes share. *checked*: what one of them has looked up for all."""

    connection: Connection
    checked: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict[tuple[str, int], tuple[str, str]])


Write = Callable[[Together], ResultT]


class GroupCommit:
    """Takes writes from many tasks of one event loop, and commits all that came meanwhile at once.

    A write that is refused (a KeepstepError raised before it wrote anything) fails alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Write[Any], asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, write: Write[ResultT]) -> ResultT:
        """Carry out *write*, and return what it gives when it is on disk."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return cast("ResultT", await future)

    async def _work(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            try:
                results = await self._insisting([write for write, _ in some])
            except BaseException as exc:
                for _, future in some:
                    if not future.done():
                        future.set_exception(exc)
                if not isinstance(exc, Exception):
                    raise
                continue
            for (_, future), result in zip(some, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, KeepstepError):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def _insisting(self, writes: list[Write[Any]]) -> list[Any]:
        """Commit *writes*, again for a while where the database says that later may do: their effects may be made."""
        for gap in _GAPS:
            try:
                return await asyncio.to_thread(self._commit, writes)
            except StoreError as exc:
                if exc.retry is not Retry.LATER:
                    raise
            await asyncio.sleep(gap)
        return await asyncio.to_thread(self._commit, writes)

    def _commit(self, writes: list[Write[Any]]) -> list[Any]:
        results: list[Any] = []
        with self._database.write() as connection:
            together = Together(connection)
            for write in writes:
                try:
                    results.append(write(together))
                except KeepstepError as exc:
                    results.append(exc)
        return results
