import itertools

import pytest

from keepstep.core.situation import REACTIONS, Situation, classify


@pytest.mark.parametrize(
    ("linked", "source", "target", "matches", "expected"),
    [
        (True, True, True, 0, Situation.LINKED),
        (True, True, False, 0, Situation.TARGET_MISSING),
        (True, False, True, 0, Situation.SOURCE_DELETED),
        (True, False, False, 0, Situation.STALE),
        (False, True, False, 0, Situation.UNMATCHED),
        (False, True, True, 1, Situation.UNLINKED),
        (False, True, True, 2, Situation.DISPUTED),
        (False, False, True, 0, Situation.ORPHANED),
    ],
)
def test_every_row_of_the_table(linked, source, target, matches, expected):
    assert classify(linked=linked, source=source, target=target, matches=matches) is expected


def test_classify_is_total():
    for linked, source, target, matches in itertools.product((True, False), (True, False), (True, False), range(4)):
        assert isinstance(classify(linked=linked, source=source, target=target, matches=matches), Situation)


def test_every_situation_has_reactions():
    assert set(REACTIONS) == set(Situation)
