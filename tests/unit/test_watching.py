"""What keeps a side from being watched is told, once while it is the same."""

import asyncio

import pytest

from keepstep.core.sync_rule import Side
from keepstep.errors import StoreError
from keepstep.worker.watching import Errand, Watcher

SIDE = Side("corp", "users")


class Locks:
    """Locks of a database that fails as it is told to."""

    def __init__(self, problem=None):
        self.problem = problem
        self.asked = 0

    def acquire(self, _):
        self.asked += 1
        if self.problem:
            raise self.problem
        return True

    def release(self, _):
        pass


def broken():
    raise ValueError("a fault")


@pytest.mark.parametrize(
    ("locks", "ports", "told"),
    [
        (Locks(StoreError("the database is gone")), lambda: None, "the database is gone"),
        (Locks(), broken, "a fault in Keepstep (ValueError)"),
    ],
)
async def test_what_ends_the_watching_of_a_side_is_told_once(locks, ports, told, monkeypatch):
    monkeypatch.setattr("keepstep.worker.watching._LOOK", 0.01)
    lines: list[str] = []
    stop = asyncio.Event()
    watcher = Watcher(sides=lambda: {SIDE: ((), 1.0)}, ports=ports, ledger=None, locks=locks, tell=lines.append)
    task = asyncio.create_task(watcher(stop))
    while locks.asked < 5:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.01)
    stop.set()
    await task
    assert lines == [f"corp.users cannot be watched: {told}; tried again until it can"]


async def test_what_an_errand_runs_into_is_told_once_while_it_is_the_same(monkeypatch):
    for name in ("_LOOK", "_GAPS"):
        monkeypatch.setattr(f"keepstep.worker.watching.{name}", 0.01 if name == "_LOOK" else (0.01,))
    lines: list[str] = []
    stop = asyncio.Event()
    ends = [StoreError("gone"), StoreError("gone"), None, StoreError("gone"), StoreError("locked")]

    async def step():
        if not ends:
            stop.set()
        elif (end := ends.pop(0)) is not None:
            raise end

    await Errand(name="post:", step=step, words="people cannot be told", locks=Locks(), tell=lines.append)(stop)
    assert lines == [f"people cannot be told: {why}" for why in ("gone", "gone", "locked")]
