from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.join import MISSING_FROM, JoinedTable, join, leftovers
from keepstep.core.values import NativeKey, Record


def record(key, **attributes):
    return Record(NativeKey(key), {name: (text,) for name, text in attributes.items()})


def table(*records, endpoint="contracts"):
    made = JoinedTable(endpoint)
    made.add(records)
    return made


def test_what_two_endpoints_say_of_one_key_is_one_record():
    (joined,) = join([record("1", name="Ana")], [table(record("1", contract="full"))])
    assert joined == record("1", name="Ana", contract="full")


def test_a_row_without_a_counterpart_is_kept_and_flagged():
    (joined,) = join([record("1", name="Ana")], [table(), table(record("1", badge="7"), endpoint="badges")])
    assert joined == Record(NativeKey("1"), {"name": ("Ana",), "badge": ("7",), MISSING_FROM: ("contracts",)})


def test_a_row_that_only_a_joined_endpoint_has_is_kept_and_flagged():
    contracts = table(record("1", contract="full"), record("2", contract="half"))
    join([record("1", name="Ana")], [contracts])
    assert list(leftovers("people", [contracts])) == [
        Record(NativeKey("2"), {"contract": ("half",), MISSING_FROM: ("people",)})
    ]


def test_of_a_key_that_comes_twice_neither_row_is_used_and_both_are_named():
    contracts = table(record("1", contract="full"), record("2", contract="x"), record("1", contract="half"))
    (joined,) = join([record("1", name="Ana")], [contracts])
    assert joined.attributes == {"name": ("Ana",), MISSING_FROM: ("contracts",)}
    assert contracts.wrong == 'endpoint "contracts": records 1 and 3 have the same key'


KEYS = st.lists(st.integers(0, 30).map(str), unique=True)


@given(KEYS, KEYS, KEYS)
def test_nobody_is_lost_and_nobody_comes_twice(listed, first, second):
    tables = [
        table(*(record(key, one="a") for key in first), endpoint="first"),
        table(*(record(key, two="b") for key in second), endpoint="second"),
    ]
    joined = join([record(key, name="n") for key in listed], tables)
    whole = [*joined, *leftovers("list", tables)]
    assert len(whole) == len({one.key for one in whole})
    assert {one.key for one in whole} == {*listed, *first, *second}
    for one in whole:
        sources = {"list": listed, "first": first, "second": second}
        missing = {name for name, keys in sources.items() if one.key not in keys}
        assert set(one.attributes.get(MISSING_FROM, ())) == missing
