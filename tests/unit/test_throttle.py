"""How long the next try to sign in has to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.throttle import ADDRESS, HERE, NAME, Tries, after_wrong, network_of

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def wrong(times: int) -> Tries:
    start = Tries()
    for _ in range(times):
        start = after_wrong(start, NOW)
    return start


def test_the_first_tries_wait_for_nothing_and_then_each_wait_is_longer():
    waits = [HERE.wait(wrong(times), NOW) for times in range(9)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8]


def test_no_wait_is_for_ever():
    assert HERE.wait(wrong(10_000), NOW) == HERE.longest
    assert ADDRESS.wait(wrong(10_000), NOW) == ADDRESS.longest


def test_wrong_tries_from_everywhere_make_nobody_wait_longer_than_ten_seconds():
    assert NAME.wait(wrong(100_000), NOW) == 10


def test_a_wait_passes_and_what_is_long_ago_counts_no_more():
    tries = wrong(8)
    assert HERE.wait(tries, NOW + timedelta(seconds=8)) == 0
    assert after_wrong(tries, NOW + timedelta(hours=2)).count == 1


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_whoever_has_a_network_of_ipv6_has_one_address(address, counted):
    assert network_of(address) == counted
