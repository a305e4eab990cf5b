"""One thread that carries out blocking calls one after the other, for a library that cannot wait politely."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar

from keepstep.errors import ConnectionLost

T = TypeVar("T")


class Lane:
    """Calls given to `run` happen in order in one thread; the event loop stays free.

    The thread is a daemon: a call that hangs in the library never keeps the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._work: Final[SimpleQueue[Callable[[], None] | None]] = SimpleQueue()
        self._thread: Final = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, call: Callable[[], T], *, limit: float) -> T:
        """Return what *call* returns, or raise what it raises; ConnectionLost after *limit* seconds.

        After that, and after a cancellation, the call may still be at work: give the lane up.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # pyright: ignore[reportArgumentType] - None only together with an error

        def work() -> None:
            result: T | None = None
            error: BaseException | None = None
            try:
                result = call()
            except BaseException as exc:  # noqa: BLE001 - it is raised again, in the caller
                error = exc
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop has ended: nobody waits any more

        self._work.put(work)
        try:
            return await asyncio.wait_for(future, limit)
        except TimeoutError as exc:
            raise ConnectionLost(
                f"no answer within {limit:g} seconds", hint="check the network, or raise timeout"
            ) from exc

    def post(self, call: Callable[[], None]) -> None:
        """Have *call* done after those before it, without waiting; it must not raise."""
        self._work.put(call)

    def close(self) -> None:
        """End the thread after the calls it was given; may be called twice."""
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
