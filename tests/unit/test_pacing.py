import asyncio

import pytest

from keepstep.connectors.rest.pacing import Pacer

WINDOW = 0.06


async def run(pacer, calls, trip=0.0, *, counted=None):
    """Make *calls* at once; return when the other side counted each of them."""
    counted = [] if counted is None else counted
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
async def test_no_window_ever_holds_more_calls_than_allowed(trip):
    times = await run(Pacer(3, WINDOW, share=1.0), 20, trip)
    assert len(times) == 20
    assert most_in_a_window(times, WINDOW) <= 3


async def test_a_share_leaves_room_for_others():
    times = await run(Pacer(5, WINDOW, share=0.6), 12)
    assert most_in_a_window(times, WINDOW) <= 3
    assert Pacer(5, 1.0, share=0.6).rate == pytest.approx(3)


async def test_less_than_one_call_a_window_is_one_in_a_longer_window():
    pacer = Pacer(1, WINDOW, share=0.5)
    assert pacer.rate == pytest.approx(0.5 / WINDOW)
    assert most_in_a_window(await run(pacer, 4), 2 * WINDOW) == 1


async def test_a_refusal_halves_the_pace_and_time_brings_it_back():
    pacer = Pacer(8, WINDOW, share=1.0)
    pacer.throttled()
    assert most_in_a_window(await run(pacer, 12), WINDOW) <= 4
    assert most_in_a_window(await run(pacer, 150), WINDOW) > 4


async def test_a_refusal_that_names_a_wait_is_waited_for():
    loop, pacer = asyncio.get_running_loop(), Pacer(5, 0.001, share=1.0)
    start = loop.time()
    pacer.throttled(0.05)
    (counted,) = await run(pacer, 1)
    assert counted - start >= 0.05


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
