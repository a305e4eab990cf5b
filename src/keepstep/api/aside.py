"""Routes that wait for connected systems: each in a thread and a loop of its own, so that no other request waits."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

P = ParamSpec("P")
Given = TypeVar("Given")

MOST: Final = 40
"""How many are at work at once; the next one waits, and the routes that only read the store do not."""

_PLACES: Final = RunVar[CapacityLimiter]("places of routes aside")


def aside(route: Callable[P, Awaitable[Given]]) -> Callable[P, Coroutine[Any, Any, Given]]:
    """Return *route* as one that holds up nobody else, also where it reads the store; it is cancelled as before."""

    @wraps(route)
    async def told(*args: P.args, **kwargs: P.kwargs) -> Given:
        held: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

        async def inside() -> Given:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine that runs is in one
            held.append((asyncio.get_running_loop(), task))
            return await route(*args, **kwargs)

        def thread() -> Given:
            return asyncio.run(inside())

        try:
            return await to_thread.run_sync(thread, abandon_on_cancel=True, limiter=_places())
        except asyncio.CancelledError:
            for loop, task in held:
                with suppress(RuntimeError):  # it ended meanwhile
                    loop.call_soon_threadsafe(task.cancel)
            raise

    return told


def _places() -> CapacityLimiter:
    """Return what counts those at work in this loop."""
    try:
        return _PLACES.get()
    except LookupError:
        limiter = CapacityLimiter(MOST)
        _PLACES.set(limiter)
        return limiter
