import pytest

from keepstep.errors import StoreError
from keepstep.store.configs import SqlConfigs


@pytest.fixture
def configs(database, clock):
    return SqlConfigs(database, clock)


def test_each_version_is_kept_with_who_and_when(configs):
    first = configs.save("version: 1\n# Über\n", operator="ivana")
    second = configs.save("version: 1\n", operator="marko")
    assert (first.number, first.operator, first.text) == (1, "ivana", "version: 1\n# Über\n")
    assert second.at > first.at
    assert configs.latest() == second
    assert configs.versions() == [second, first]
    assert configs.versions(limit=1) == [second]


def test_the_same_text_is_not_kept_twice_in_a_row_but_a_return_to_it_is(configs):
    first = configs.save("a: 1\n", operator="ivana")
    assert configs.save("a: 1\n", operator="marko") == first
    configs.save("a: 2\n", operator="ivana")
    back = configs.save("a: 1\n", operator="marko")
    assert (back.number, back.digest) == (3, first.digest)
    assert configs.version(first.digest) == back


def test_before_the_first_there_is_none(configs):
    assert configs.latest() is None
    assert configs.versions() == []


def test_a_version_is_found_by_the_start_of_its_digest(configs):
    saved = [configs.save(f"a: {number}\n", operator="ivana") for number in range(17)]
    assert configs.version(saved[3].digest[:10]) == saved[3]
    with pytest.raises(StoreError, match="no configuration starts"):
        configs.version("zz")
    with pytest.raises(StoreError, match="no configuration starts"):
        configs.version("")
    digits = [version.digest[0] for version in saved]
    twice = next(digit for digit in digits if digits.count(digit) > 1)
    with pytest.raises(StoreError, match="several configurations start"):
        configs.version(twice)
