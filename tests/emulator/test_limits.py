"""Rate limits (reference section 2.4, section 11 line 10)."""

import pytest

from keepstep.emulator import EmulatorError, Rules
from keepstep.emulator.limits import Limiter
from keepstep.emulator.operation import Operation
from keepstep.emulator.table import TABLE
from tests.emulator.door import BATCH, PERSONS, Door, opened

OPERATION = Operation("list_persons", "GET", PERSONS, (), (5, 1))


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(limiter: Limiter, times: int, rules: Rules | None = None, operation: Operation = OPERATION) -> int:
    return sum(limiter.admit(operation, rules or Rules()) == 0 for _ in range(times))


async def test_the_published_limits_are_in_the_table():
    rates = {f"{r.operation.method} {r.operation.path}": r.operation.rate for r in TABLE}
    assert rates["POST /people/2/persons"] == (10, 1)
    assert {rates[f"{method} /people/2/persons"] for method in ("GET", "PUT", "PATCH", "DELETE")} == {(5, 1)}
    assert rates["POST /people/2/persons/match"] == (15, 1)
    assert {rates[f"{method} /people/2/persons/batch"] for method in ("POST", "PATCH", "DELETE")} == {(5, 1)}
    assert {rates[f"{method} /people/3/persons/upsert"] for method in ("PUT", "PATCH")} == {(5, 1)}
    assert rates["POST /settings/2/api-keys"] == (40, 86_400)
    assert rates["POST /sms/3/messages"] is None


async def test_a_fixed_window_lets_so_many_calls_through_and_starts_anew():
    watch = Stopwatch()
    limiter = Limiter(limits=True, clock=watch)
    assert admitted(limiter, 8) == 5
    watch.now = 100.99
    assert admitted(limiter, 1) == 0
    watch.now = 101.0
    assert admitted(limiter, 8) == 5


async def test_the_strict_rule_looks_at_any_second():
    watch, strict = Stopwatch(), Rules(rate_window="sliding")
    limiter = Limiter(limits=True, clock=watch)
    watch.now = 100.9
    assert admitted(limiter, 8, strict) == 5
    watch.now = 101.8
    assert admitted(limiter, 1, strict) == 0
    watch.now = 101.9
    assert admitted(limiter, 8, strict) == 5


async def test_each_method_and_path_has_its_own_bucket_unless_the_rule_says_path():
    patch = Operation("patch_person", "PATCH", PERSONS, (), (5, 1))
    for rule, allowed in (("operation", 5), ("path", 0)):
        limiter = Limiter(limits=True, clock=Stopwatch())
        assert admitted(limiter, 5, Rules(rate_bucket=rule)) == 5
        assert admitted(limiter, 5, Rules(rate_bucket=rule), patch) == allowed


async def test_limits_can_be_scaled_or_switched_off():
    assert admitted(Limiter(limits=2.0, clock=Stopwatch()), 20) == 10
    assert admitted(Limiter(limits=0.01, clock=Stopwatch()), 20) == 1
    assert admitted(Limiter(limits=False, clock=Stopwatch()), 20) == 20
    with pytest.raises(EmulatorError, match="limits are on, off, or a factor"):
        async with opened(limits=-1):
            pass


async def too_many(door: Door) -> list:
    """Call until refused: a factor of 0.01 lets one call through a window, so two in a row are enough to hit one."""
    answers = [await door.list() for _ in range(12)]
    return [answer for answer in answers if answer.status == 429]


async def test_a_refused_call_is_429_in_family_a_without_retry_after_and_counted():
    async with opened(limits=0.01) as door:
        refused = await too_many(door)
        assert refused
        assert refused[0].message_id == "TOO_MANY_REQUESTS"
        assert "Retry-After" not in refused[0].headers
        assert door.emulator.counters()["refused"] == len(refused)
        assert door.emulator.counters()["list_persons:429"] == len(refused)


async def test_retry_after_comes_when_the_rule_says_so():
    async with opened("retry_after=on", limits=0.01) as door:
        assert {answer.headers["Retry-After"] for answer in await too_many(door)} == {"1"}


async def test_a_refused_write_does_nothing():
    async with opened(limits=0.01) as door:
        for number in range(12):
            await door.call("POST", BATCH, {"people": [{"externalId": f"g{number}"}]})
        entries = door.emulator.requests()
        done = [entry for entry in entries if entry["committed"]]
        assert 0 < len(done) < 12
        assert door.emulator.count == len(done)
        lost = next(entry for entry in entries if not entry["committed"])
        assert (lost["status"], lost["items"][0]["outcome"]) == (429, "not_done")
