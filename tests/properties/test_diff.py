from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.diff import Comparison, patched
from tests.properties.worlds import TARGET

texts = st.text(max_size=5)
attributes = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(texts, max_size=3 if TARGET.attributes[name].multi else 1).map(tuple)
        for name in TARGET.attributes
    },
)
everything = Comparison(TARGET, TARGET.attributes)


@given(attributes)
def test_diff_of_equals_is_empty(held):
    assert everything.deltas(held, held) == ()


@given(attributes, attributes)
def test_applying_a_diff_reaches_the_desired_state(wanted, actual):
    after = patched(actual, everything.deltas(wanted, actual))
    assert everything.deltas(wanted, after) == ()


@given(attributes, attributes)
def test_attributes_that_are_not_wanted_are_left_as_they_are(wanted, actual):
    after = patched(actual, everything.deltas(wanted, actual))
    assert {n: v for n, v in after.items() if n not in wanted} == {n: v for n, v in actual.items() if n not in wanted}


@given(attributes, attributes)
def test_equal_fingerprints_mean_no_deltas(wanted, actual):
    full = {name: wanted.get(name, ()) for name in TARGET.attributes}
    if everything.fingerprint(full) == everything.fingerprint(actual):
        assert everything.deltas(full, actual) == ()
