"""A rule in plain words."""

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.rule_words import rule_words
from keepstep.core.situation import REACTIONS, Situation
from keepstep.core.sync_rule import Guards, Limit, SyncRule

BASE = {
    "source": "corp.users",
    "target": "infobip.persons",
    "mapping": "m",
    "correlate": [("externalId", "objectGUID")],
}


@given(st.fixed_dictionaries({}, optional={one: st.sampled_from(REACTIONS[one]) for one in Situation}))
def test_every_situation_has_its_sentence_and_another_reaction_another_one(reactions):
    rule = SyncRule(**BASE, reactions=reactions, mark={"status": "left"})
    told = rule_words(rule)
    assert len(told) == len(set(told)) == len(Situation) + 3
    for situation in Situation:
        for other in REACTIONS[situation]:
            changed = SyncRule(**BASE, reactions={**reactions, situation: other}, mark={"status": "left"})
            assert (rule_words(changed) == told) is (changed.reaction(situation) is rule.reaction(situation))


@given(
    st.floats(0, 100, allow_nan=False).map(lambda number: round(number, 2)),
    st.integers(0, 9999),
    st.sampled_from(["delete", "disable", "update", "create"]),
)
def test_every_limit_is_named_with_its_numbers(percent, count, kind):
    rule = SyncRule(**BASE, guards=Guards(**{kind: Limit(percent=percent, count=count)}))
    assert f"{kind} more than {percent:g} % or {count}" in " ".join(rule_words(rule))


def test_limits_of_groups_the_history_and_who_has_to_agree_are_named():
    guards = {"by": {"department": {"delete": {"percent": 10}}}, "history": {"times": 3, "least": 7}}
    told = " ".join(rule_words(SyncRule.model_validate({**BASE, "guards": guards, "approve": 2})))
    for part in ("one department: delete more than 10 %", "3 times more", "more than 7", "2 have to agree"):
        assert part in told
