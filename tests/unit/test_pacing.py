"""The pace of calls, in a time of its own: it passes only while everybody waits, so a busy machine changes nothing."""

import asyncio
import selectors

import pytest

from keepstep.connectors.rest.pacing import Pacer

WINDOW = 0.06


class Skipping(selectors.DefaultSelector):
    """Instead of waiting for the next timer, it lets the time pass."""

    now = 0.0

    def select(self, timeout=None):
        found = super().select(None if timeout is None else 0)
        if not found and timeout:
            self.now += timeout
        return found


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.skipping = Skipping()
        super().__init__(self.skipping)

    def time(self):
        return self.skipping.now


def in_a_time_of_its_own(work):
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


def paced(calls, seconds=WINDOW, *, share=1.0):
    return Pacer(calls, seconds, share=share, clock=lambda: asyncio.get_running_loop().time())


async def run(pacer, calls, trip=0.0):
    """Make *calls* at once; return when the other side counted each of them."""
    counted = []
    loop = asyncio.get_running_loop()

    async def one():
        sent = await pacer.enter()
        await asyncio.sleep(trip / 2)
        counted.append(loop.time())
        await asyncio.sleep(trip / 2)
        pacer.leave(sent)

    await asyncio.gather(*(one() for _ in range(calls)))
    return counted


def most_in_a_window(times, window):
    times = sorted(times)
    return max(sum(start <= other < start + window for other in times) for start in times)


@pytest.mark.parametrize("trip", [0.0, 0.01, 0.09])
def test_no_window_ever_holds_more_calls_than_allowed(trip):
    times = in_a_time_of_its_own(run(paced(3), 20, trip))
    assert len(times) == 20
    assert most_in_a_window(times, WINDOW) <= 3


def test_a_share_leaves_room_for_others():
    times = in_a_time_of_its_own(run(paced(5, share=0.6), 12))
    assert most_in_a_window(times, WINDOW) <= 3
    assert paced(5, 1.0, share=0.6).rate == pytest.approx(3)


def test_less_than_one_call_a_window_is_one_in_a_longer_window():
    pacer = paced(1, share=0.5)
    assert pacer.rate == pytest.approx(0.5 / WINDOW)
    assert most_in_a_window(in_a_time_of_its_own(run(pacer, 4)), 2 * WINDOW) == 1


def test_a_refusal_halves_the_pace_and_time_brings_it_back():
    async def work():
        pacer = paced(8)
        pacer.throttled()
        return await run(pacer, 12), await run(pacer, 150)

    before, after = in_a_time_of_its_own(work())
    assert most_in_a_window(before, WINDOW) <= 4
    assert most_in_a_window(after, WINDOW) > 4


def test_a_refusal_that_names_a_wait_is_waited_for():
    async def work():
        pacer = paced(5, 0.001)
        pacer.throttled(0.05)
        return await run(pacer, 1)

    (counted,) = in_a_time_of_its_own(work())
    assert counted >= 0.05


async def test_somebody_who_gives_up_keeps_nobody_waiting():
    pacer = Pacer(1, 0.01, share=1.0)
    sent = await pacer.enter()
    first, second = (asyncio.create_task(pacer.enter()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    pacer.leave(sent, answered=False)
    assert await asyncio.wait_for(second, 5)


def test_a_pacer_can_be_used_in_one_loop_after_another():
    pacer = Pacer(2, 0.01, share=1.0)
    assert all(len(asyncio.run(run(pacer, 5))) == 5 for _ in range(2))
