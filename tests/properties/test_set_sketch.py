"""Two sets of which only sketches are kept: what only one of them has is found, or is told to be too much."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepstep.core.set_sketch import ELEMENT, FEW, SetSketch

elements = st.binary(min_size=ELEMENT, max_size=ELEMENT)
sets = st.sets(elements, max_size=60)


def sketch(of):
    made = SetSketch()
    for element in of:
        made.add(element)
    return made


@given(common=sets, gone=sets, come=sets)
def test_what_only_one_of_them_has_is_found(common, gone, come):
    before, after = common | gone, common | come
    found = sketch(before).without(sketch(after))
    assert (found.gone, found.come) == (before - after, after - before)


@given(held=sets)
def test_a_sketch_that_is_written_is_the_sketch_that_is_read(held):
    made = sketch(held)
    again = SetSketch.read(str(made))
    assert (again, len(again)) == (made, len(held))
    found = again.without(made)
    assert (found.gone, found.come) == (set(), set())


@given(held=st.lists(elements, unique=True, max_size=60), seed=st.integers())
def test_the_order_does_not_matter(held, seed):
    shuffled = random.Random(seed).sample(held, len(held))
    assert sketch(held) == sketch(shuffled)


@settings(max_examples=20)
@given(seed=st.integers())
def test_a_few_are_found_among_many(seed):
    source = random.Random(seed)
    common = {source.randbytes(ELEMENT) for _ in range(3_000)}
    gone = {source.randbytes(ELEMENT) for _ in range(FEW // 2)}
    come = {source.randbytes(ELEMENT) for _ in range(FEW // 2)}
    found = sketch(common | gone).without(sketch(common | come))
    # two elements in the same cells are bad luck, and then nothing is told
    assert found is None or (found.gone, found.come) == (gone, come)


def test_a_few_are_nearly_always_found():
    source = random.Random(7)
    found = 0
    for _ in range(200):
        come = {source.randbytes(ELEMENT) for _ in range(FEW)}
        found += SetSketch().without(sketch(come)) is not None
    assert found == 200


def test_too_many_are_told_as_too_much_and_never_in_part():
    source = random.Random(7)
    come = {source.randbytes(ELEMENT) for _ in range(2_000)}
    assert SetSketch().without(sketch(come)) is None


@pytest.mark.parametrize("text", ["", "no", "AAAA", "eJwDAAAAAAE=", str(SetSketch())[:-8], str(SetSketch()) + "é"])
def test_a_text_that_is_no_sketch_is_refused(text):
    with pytest.raises(ValueError, match="not a sketch"):
        SetSketch.read(text)
