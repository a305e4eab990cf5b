import pytest

from keepstep.core.effect import Done
from tests.integration.rest_world import creation, one, read, update, world


@pytest.mark.slow
@pytest.mark.parametrize("fault", [(), ("latency:ms=150",)])
async def test_a_strict_limit_is_used_and_never_broken(fault):
    async with world("rate_window=sliding", people=19_500, limits=True, faults=fault, pace=1.0) as (
        emulator,
        connector,
    ):
        _, verdict = await read(connector)
        assert verdict.complete
        assert emulator.counters().get("refused", 0) == 0


@pytest.mark.slow
async def test_writes_keep_to_their_limits_too():
    async with world("rate_window=sliding", limits=True, pace=1.0) as (emulator, connector):
        made = await connector.apply(
            "persons", [creation(one(externalId=f"p{n}", email=f"p{n}@example.org")) for n in range(12)]
        )
        changes = [
            update(outcome.key, one(email=f"q{n}@example.org"), one(email=f"p{n}@example.org"))
            for n, outcome in enumerate(made)
        ]
        outcomes = await connector.apply("persons", changes)
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert emulator.counters().get("refused", 0) == 0


@pytest.mark.slow
async def test_a_share_that_others_use_is_found_by_slowing_down():
    async with world("rate_window=sliding", "rate_bucket=path", people=9_500, limits=0.4, pace=1.0) as (
        emulator,
        connector,
    ):
        _, verdict = await read(connector)
        assert verdict.complete, verdict.reason
        assert emulator.counters()["refused"] > 0
