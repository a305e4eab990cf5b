import json
from dataclasses import replace
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.link import Link, LinkState
from keepstep.core.plan import Action, ActionKind, Cost, Delta, Finding, Plan
from keepstep.core.plan_file import decode, decode_lines, encode, encode_lines
from keepstep.core.situation import Situation
from keepstep.core.values import Completeness, Verdict
from keepstep.errors import ConfigurationError

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.lists(words, max_size=3).map(tuple)
keys = st.none() | words
counts = st.integers(0, 2**40)
deltas = st.builds(Delta, words, st.none() | values, values)
actions = st.builds(
    Action,
    id=words,
    kind=st.sampled_from(ActionKind),
    situation=st.sampled_from(Situation),
    name=words,
    reason=words,
    source_key=keys,
    target_key=keys,
    deltas=st.lists(deltas, max_size=3).map(tuple),
    basis_source=words,
    basis_target=words,
    needs=st.lists(words, max_size=2).map(tuple),
    wave=st.integers(0, 9),
    leaver=st.booleans(),
    rehire=st.booleans(),
)
findings = st.builds(
    Finding, situation=st.sampled_from(Situation), name=words, reason=words, source_key=keys, target_key=keys
)
verdicts = st.builds(Verdict, completeness=st.sampled_from(Completeness), reason=words, records=counts, calls=counts)
plans = st.builds(
    Plan,
    rule=words,
    basis=words,
    source=verdicts,
    target=verdicts,
    actions=st.lists(actions, max_size=4).map(tuple),
    findings=st.lists(findings, max_size=3).map(tuple),
    situations=st.dictionaries(st.sampled_from(Situation), counts, max_size=4),
    links=st.lists(st.builds(Link, words, words, st.sampled_from(LinkState)), max_size=3).map(tuple),
    forget=st.lists(words, max_size=3).map(tuple),
    cost=st.builds(Cost, calls=st.dictionaries(words, counts, max_size=3), seconds=st.floats(0, 1e9)),
)


@given(plans)
def test_a_plan_survives_the_file_without_loss(plan):
    again = decode(encode(plan))
    assert again == plan
    assert again.digest == plan.digest
    assert encode(again) == encode(plan)


@given(plans, st.lists(words, min_size=4, max_size=4))
def test_where_accounts_are_survives_the_file_and_is_no_part_of_the_digest(plan, names):
    placed = replace(plan, places={action.id: name for action, name in zip(plan.actions, names, strict=False)})
    again = decode(encode(placed))
    assert again.places == placed.places
    assert again.digest == plan.digest


@given(plans)
def test_a_plan_file_of_a_keepstep_that_knew_no_places_is_the_same_plan(plan):
    first, *rest, _ = encode(plan).splitlines()
    head = json.loads(first)
    assert head.pop("containers") == []
    old = sealed(json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode(), *rest)
    assert decode(old) == plan


@given(plans)
def test_the_lines_one_by_one_are_the_file(plan):
    lines = list(encode_lines(plan))
    assert b"".join(lines) == encode(plan)
    assert decode_lines(lines) == plan


@given(plans, st.data())
def test_a_plan_file_with_any_changed_byte_is_refused(plan, data):
    content = bytearray(encode(plan))
    position = data.draw(st.integers(0, len(content) - 2))  # the last line end means nothing
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        again = decode(bytes(content))
    except ConfigurationError as exc:
        assert exc.hint
    else:  # a change between two kinds of white space at a line's end is no change
        assert again == plan
        assert bytes(content).split() == encode(plan).split()


@given(plans, st.data())
def test_a_plan_file_without_one_of_its_lines_is_refused(plan, data):
    lines = encode(plan).splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    with pytest.raises(ConfigurationError):
        decode(b"".join(lines))


@given(plans, st.data())
def test_a_plan_file_that_was_cut_is_refused(plan, data):
    content = encode(plan)
    with pytest.raises(ConfigurationError):
        decode(content[: data.draw(st.integers(0, len(content) - 2))])


@given(plans)
def test_a_plan_file_with_other_line_ends_is_the_same_plan(plan):
    assert decode(encode(plan).replace(b"\n", b"\r\n")) == plan


@given(plans, counts)
def test_the_numbers_that_guards_judge_by_cannot_be_edited(plan, records):
    edited = replace(plan, target=replace(plan.target, records=records + plan.target.records + 1))
    lines, other = encode(plan).splitlines(), encode(edited).splitlines()
    with pytest.raises(ConfigurationError, match="edited"):
        decode(b"\n".join([other[0], *lines[1:]]))


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"[]", b"people: 1\n", b"\xff\xfe", b'{"keepstep_plan":"1"}\n'])
def test_what_is_no_plan_file_is_said_to_be_none(content):
    with pytest.raises(ConfigurationError, match="not a plan file"):
        decode(content)


def test_a_plan_file_of_a_later_version_is_refused_by_its_number():
    with pytest.raises(ConfigurationError, match="version 2") as caught:
        decode(b'{"keepstep_plan":2,"anything":true}\n')
    assert "Keepstep that made it" in caught.value.hint


def sealed(*lines: bytes) -> bytes:
    """Return *lines* with a last line that fits them, as another version of Keepstep would write it."""
    content = b"".join(line + b"\n" for line in lines)
    checksum = blake2b(content, digest_size=16).hexdigest()
    return content + json.dumps({"lines": len(lines), "checksum": checksum}, separators=(",", ":")).encode()


@given(plans)
def test_a_plan_file_whose_parts_another_version_understood_otherwise_is_refused(plan):
    lines = encode(plan).splitlines()[:-1]
    assert decode(sealed(*lines)) == plan
    with pytest.raises(ConfigurationError, match="another version"):
        decode(sealed(*lines, b'{"forgive":"guid-1"}'))
    with pytest.raises(ConfigurationError, match="another version"):
        decode(sealed(lines[0].replace(plan.digest.encode(), b"0" * 32), *lines[1:]))


@pytest.mark.parametrize("line", [b"nonsense", b'{"action":{"id":1}}', b'{"forget":"\xff"}'])
def test_a_line_that_cannot_be_read_is_named_by_its_number_only(line):
    verdict = Verdict(completeness=Completeness.COMPLETE, reason="all pages read")
    plan = Plan(rule="r", basis="b", source=verdict, target=verdict, actions=(), findings=(), situations={})
    with pytest.raises(ConfigurationError, match="line 2 of the plan file"):
        decode(sealed(encode(plan).splitlines()[0], line))
