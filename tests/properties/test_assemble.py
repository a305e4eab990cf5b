from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keepstep.core.assemble import assemble
from keepstep.core.basis import Memory
from keepstep.core.link import Link, LinkState
from keepstep.core.plan import REMOVALS, ActionKind
from keepstep.core.schema import AttributeType
from keepstep.core.situation import Situation
from keepstep.core.values import Completeness, NativeKey, Record
from tests.properties.worlds import TARGET, basis, carry_out, memories, person, snapshot, sources, targets, user

many = settings(max_examples=300, deadline=None)


@st.composite
def worlds(draw, leavers=True):
    source, target = draw(sources(leavers=leavers)), draw(targets())
    return source, target, draw(memories(source, target))


@many
@given(worlds(leavers=False))
def test_a_plan_applied_is_followed_by_an_empty_plan(world):
    source, target, memory = world
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    assume(all(finding.situation is not Situation.DISPUTED for finding in plan.findings))
    after, memory = carry_out(plan, target, memory)
    again = assemble(basis(), snapshot("s", source), snapshot("t", after), memory)
    assert again.empty


@many
@given(worlds())
def test_disputes_and_second_accounts_of_leavers_come_to_rest_in_a_few_cycles(world):
    source, target, memory = world
    for _ in range(4):
        plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
        target, memory = carry_out(plan, target, memory)
    assert assemble(basis(), snapshot("s", source), snapshot("t", target), memory).empty


@many
@given(worlds())
def test_the_same_input_gives_the_same_plan(world):
    source, target, memory = world
    first = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    second = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    assert first.digest == second.digest


@many
@given(worlds(), st.sampled_from([c for c in Completeness if c is not Completeness.COMPLETE]))
def test_an_incomplete_source_removes_nobody(world, completeness):
    source, target, memory = world
    plan = assemble(basis(), snapshot("s", source, completeness), snapshot("t", target), memory)
    assert not any(action.kind in REMOVALS or action.leaver for action in plan.actions)


@many
@given(worlds(), st.sampled_from([c for c in Completeness if c is not Completeness.COMPLETE]))
def test_an_incomplete_target_creates_and_removes_nobody(world, completeness):
    source, target, memory = world
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target, completeness), memory)
    assert not any(action.kind is ActionKind.CREATE or action.kind in REMOVALS for action in plan.actions)


@many
@given(worlds())
def test_nobody_is_touched_twice_but_to_give_up_an_identifier_first(world):
    source, target, memory = world
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    touched = [a.target_key for a in plan.actions if a.target_key and not a.reason.startswith("gives up")]
    assert len(touched) == len(set(touched))


def test_a_swap_of_mails_converges():
    source = [user(1, givenName="A", mail="b@example.org"), user(2, givenName="B", mail="a@example.org")]
    target = [
        person(101, externalId="guid-1", firstName="A", email="a@example.org"),
        person(102, externalId="guid-2", firstName="B", email="b@example.org"),
    ]
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), Memory())
    assert [len(action.needs) for action in plan.actions] == [0, 1, 2]
    after, memory = carry_out(plan, target, Memory())
    assert {r.key: r.one("email") for r in after} == {"101": "b@example.org", "102": "a@example.org"}
    assert assemble(basis(), snapshot("s", source), snapshot("t", after), memory).empty


def test_a_chain_of_mails_is_done_from_its_free_end():
    source = [user(n, givenName="P", mail=f"p{n + 1}@example.org") for n in (1, 2, 3)]
    target = [person(n, externalId=f"guid-{n}", firstName="P", email=f"p{n}@example.org") for n in (1, 2, 3)]
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), Memory())
    assert [action.target_key for action in plan.actions] == ["3", "2", "1"]
    carry_out(plan, target, Memory())


def test_a_mail_that_belongs_to_somebody_else_is_disputed_not_taken():
    source = [user(1, givenName="A", mail="boss@example.org"), user(2, givenName="Boss", mail="boss@example.org")]
    target = [person(102, externalId="guid-2", firstName="Boss", email="boss@example.org")]
    memory = Memory(links={NativeKey("guid-2"): Link(NativeKey("guid-2"), NativeKey("102"))})
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    assert plan.actions == ()
    (finding,) = plan.findings
    assert (finding.situation, finding.source_key) == ("disputed", "guid-1")


def test_a_rehire_as_a_new_object_takes_up_the_old_account():
    source = [user(7, givenName="Mira", mail="mira@example.org")]
    target = [person(101, externalId="guid-1", firstName="Mira", email="mira@example.org")]
    memory = Memory(links={NativeKey("guid-1"): Link(NativeKey("guid-1"), NativeKey("101"))})
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    (action,) = plan.actions
    assert (action.kind, action.target_key) == (ActionKind.UPDATE, "101")
    assert [(d.name, d.after) for d in action.deltas] == [("externalId", ("guid-7",))]


def test_another_tenant_is_suspect_and_nothing_is_created_or_removed():
    source = [user(n, givenName="P", mail=f"p{n}@example.org") for n in range(1, 9)]
    links = {NativeKey(f"guid-{n}"): Link(NativeKey(f"guid-{n}"), NativeKey(str(n))) for n in range(1, 9)}
    strangers = [person(n, externalId=f"other-{n}", email=f"s{n}@example.net") for n in range(50, 60)]
    plan = assemble(basis(), snapshot("s", source), snapshot("t", strangers), Memory(links=links))
    assert plan.target.completeness is Completeness.SUSPECT
    assert plan.actions == ()


def test_a_leaver_is_marked_once_and_the_mark_goes_when_he_returns():
    rule = basis({"source_disabled": "mark", "unmatched": "create"}, mark={"status": "left"})
    gone = [user(1, givenName="A", mail="a@example.org", enabled="false")]
    target = [person(101, externalId="guid-1", firstName="A", email="a@example.org")]
    memory = Memory(links={NativeKey("guid-1"): Link(NativeKey("guid-1"), NativeKey("101"))})
    plan = assemble(rule, snapshot("s", gone), snapshot("t", target), memory)
    (action,) = plan.actions
    assert action.leaver
    marked, memory = carry_out(plan, target, memory)
    assert assemble(rule, snapshot("s", gone), snapshot("t", marked), memory).empty
    back = [user(1, givenName="A", mail="a@example.org")]
    plan = assemble(rule, snapshot("s", back), snapshot("t", marked), memory)
    (action,) = plan.actions
    assert [(d.name, d.after) for d in action.deltas] == [("status", ())]
    after, memory = carry_out(plan, marked, memory)
    assert assemble(rule, snapshot("s", back), snapshot("t", after), memory).empty


def test_a_leaver_whose_person_was_removed_is_known_when_he_returns():
    target = [person(101, externalId="guid-1", firstName="A", email="a@example.org")]
    gone = [user(1, givenName="A", mail="a@example.org", enabled="false")]
    plan = assemble(basis(), snapshot("s", gone), snapshot("t", target), Memory())
    assert [action.kind for action in plan.actions] == [ActionKind.DELETE]
    after, memory = carry_out(plan, target, Memory())
    assert assemble(basis(), snapshot("s", gone), snapshot("t", after), memory).empty
    back = [user(1, givenName="A", mail="a@example.org")]
    plan = assemble(basis(), snapshot("s", back), snapshot("t", after), memory)
    assert [(action.kind, action.rehire) for action in plan.actions] == [(ActionKind.CREATE, True)]


def test_a_removed_leaver_is_forgotten_when_his_source_object_is_deleted():
    memory = Memory(links={NativeKey("guid-1"): Link(NativeKey("guid-1"), NativeKey("101"), LinkState.REMOVED)})
    plan = assemble(basis(), snapshot("s", [user(2)]), snapshot("t", []), memory)
    assert plan.forget == ("guid-1",)


def test_nobody_is_created_without_what_the_target_requires():
    lonely = Record(NativeKey("guid-1"), {"givenName": ("A",)})
    plan = assemble(basis(), snapshot("s", [lonely]), snapshot("t", []), Memory())
    assert plan.actions == ()
    assert "one of externalId, email, phone must have a value" in plan.findings[0].reason


def in_step(people=10):
    """Return both sides and the links of a small world that is in step."""
    source = [user(number, givenName="A", mail=f"p{number}@example.org") for number in range(people)]
    target = [
        person(100 + number, externalId=f"guid-{number}", firstName="A", email=f"p{number}@example.org")
        for number in range(people)
    ]
    pairs = [Link(here.key, there.key) for here, there in zip(source, target, strict=True)]
    return source, target, {link.source_key: link for link in pairs}


def test_an_account_is_not_taken_over_because_its_person_is_missing_from_an_incomplete_source():
    source, target, links = in_step()
    target.append(person(500, externalId="guid-77", firstName="Old", email="shared@example.org"))
    unseen = Link(NativeKey("guid-77"), NativeKey("500"))
    namesake = user(78, givenName="New", mail="shared@example.org")
    memory = Memory(links={**links, unseen.source_key: unseen})
    partial = assemble(basis(), snapshot("s", [*source, namesake], Completeness.PARTIAL), snapshot("t", target), memory)
    assert partial.empty
    whole = assemble(basis(), snapshot("s", [*source, namesake]), snapshot("t", target), memory)
    assert [action.rehire for action in whole.actions] == [True]


def test_an_incomplete_target_lets_no_link_be_forgotten():
    source, target, links = in_step()
    forgetting = basis({"unmatched": "create", "linked": "update", "target_missing": "forget"})
    for completeness, forgotten in ((Completeness.PARTIAL, ()), (Completeness.COMPLETE, ("guid-9",))):
        seen = snapshot("t", target[:-1], completeness)
        assert assemble(forgetting, snapshot("s", source), seen, Memory(links=links)).forget == forgotten


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.SUSPECT])
def test_nobody_is_paired_on_the_word_of_an_incomplete_read(completeness):
    source, target, links = in_step()
    links.pop(NativeKey("guid-3"))
    short = snapshot("s", source, completeness), snapshot("t", target, completeness)
    whole = snapshot("s", source), snapshot("t", target)
    for here, there in ((short[0], whole[1]), (whole[0], short[1])):
        assert assemble(basis(), here, there, Memory(links=links)).empty
    assert [link.target_key for link in assemble(basis(), *whole, Memory(links=links)).links] == ["103"]


def test_a_leaver_whose_source_is_still_disabled_is_not_enabled_by_an_update():
    enabled = AttributeType(name="enabled")
    updating = basis({"linked": "update", "source_disabled": "update"})
    updating = replace(updating, schema=replace(TARGET, attributes={**TARGET.attributes, "enabled": enabled}))
    target = [person(101, externalId="guid-1", firstName="Before", enabled="false")]
    link = Link(NativeKey("guid-1"), NativeKey("101"), LinkState.LEFT)
    memory = Memory(links={link.source_key: link})
    away = assemble(updating, snapshot("s", [user(1, givenName="A", enabled="false")]), snapshot("t", target), memory)
    assert [(action.kind, action.leaver) for action in away.actions] == [(ActionKind.UPDATE, True)]
    back = assemble(updating, snapshot("s", [user(1, givenName="A")]), snapshot("t", target), memory)
    assert [(action.kind, action.leaver) for action in back.actions] == [(ActionKind.ENABLE, False)]


def test_an_appended_row_may_find_its_account_and_takes_none_from_another_person():
    source = [user(1, givenName="A", mail="a@example.org"), user(2, givenName="B", mail="b@example.org")]
    target = [
        person(101, firstName="Old", email="a@example.org"),
        person(102, externalId="guid-9", firstName="B", email="b@example.org"),
    ]
    memory = Memory(links={NativeKey("guid-9"): Link(NativeKey("guid-9"), NativeKey("102"))}, accept_size=True)
    plan = assemble(basis(), snapshot("s", source, Completeness.APPENDED), snapshot("t", target), memory)
    assert [action.target_key for action in plan.actions] == ["101"]
    assert all(link.target_key != "102" for link in plan.links)
