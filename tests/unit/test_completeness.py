import pytest

from keepstep.core.completeness import Anchor, Proof
from keepstep.core.paging import End
from keepstep.core.values import Completeness, Record

OVER = End(proof="a page that is not full ended the list")


def records(*keys):
    return [Record(str(key), {}) for key in keys]


def verdict(*pages, end=OVER, declared=True, appends=True):
    proof = Proof(total_declared=declared, appends=appends)
    for held, total in pages:
        proof.add(records(*held), total)
    if end:
        proof.end(end)
    return proof.verdict(calls=len(pages))


def test_received_and_declared_and_ended_is_complete():
    found = verdict((range(3), 5), (range(3, 5), 5))
    assert found.completeness is Completeness.COMPLETE
    assert (found.records, found.calls) == (5, 2)
    assert "5 records" in found.reason


def test_nothing_declared_and_nothing_received_is_complete():
    assert verdict(((), 0)).complete


def test_a_total_that_grows_is_complete_when_all_of_it_came():
    found = verdict((range(3), 5), (range(3, 6), 6))
    assert found.complete
    assert "5 when the read began" in found.reason


def test_an_application_without_a_total_is_trusted_with_its_end():
    assert verdict((range(3), None), declared=False).complete


@pytest.mark.parametrize(
    ("pages", "end"),
    [
        ([(range(3), 5), (range(3, 5), 4)], OVER),
        ([(range(3), 5), (range(3, 5), None)], OVER),
        ([(range(3), None)], OVER),
        ([(range(3), 5), (range(3), 5)], OVER),
        ([(range(3), 5), ([0, 4], 5)], OVER),
        ([(range(3), 5), ([3, 2], 5)], OVER),
        ([(range(3), 5)], OVER),
        ([(range(6), 5)], OVER),
        ([(range(3), 3)], None),
        ([(range(3), 3)], End(wrong="the same cursor came twice")),
    ],
)
def test_whatever_speaks_against_it_makes_it_unproven(pages, end):
    found = verdict(*pages, end=end)
    assert not found.complete
    assert found.reason


def test_the_first_thing_that_was_wrong_is_the_reason():
    proof = Proof(total_declared=True)
    assert proof.wrong == ""
    proof.add(records(1), 5)
    proof.add(records(1), 4)
    assert "fell from 5 to 4" in proof.wrong
    assert "fell" in proof.verdict(calls=2).reason


def test_a_key_that_comes_again_among_many_is_seen():
    proof = Proof(total_declared=False)
    for start in range(0, 250_000, 1000):
        proof.add(records(*range(start, start + 1000)), None)
    proof.add(records("x", 777), None)
    proof.end(OVER)
    assert proof.verdict(calls=251).completeness is Completeness.PARTIAL


def test_a_total_that_grows_anywhere_proves_nothing():
    assert not verdict((range(3), 5), (range(3, 6), 6), appends=False).complete


@pytest.mark.parametrize(
    ("first", "last", "moved"),
    [
        ("ab", "yz", False),
        ("ab", "yzn", False),
        ("bc", "zn", True),
        ("ab", "zn", True),
        ("bc", "yz", True),
        ("ab", "y", True),
        ("ab", "", True),
    ],
)
def test_a_removal_moves_the_first_or_the_last_page(first, last, moved):
    assert bool(Anchor(("a", "b"), ("y", "z")).moved(records(*first), records(*last))) is moved
