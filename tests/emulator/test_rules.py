"""The switches: every one documented, set by name, refused when wrong."""

import dataclasses

import pytest

from keepstep.emulator import RULES, EmulatorError, Rules, parse_rules
from tests.emulator.door import Door, opened


def test_every_switch_says_what_it_decides_and_its_default_is_a_choice():
    for field in dataclasses.fields(Rules):
        doc = RULES[field.name]
        assert doc.meaning
        assert not doc.choices or doc.default in doc.choices


def test_switches_are_set_from_texts():
    rules = parse_rules(["duplicate_status=409", "retry_after=on", "list_envelope=bare"])
    assert (rules.duplicate_status, rules.retry_after, rules.list_envelope) == (409, True, "bare")
    assert parse_rules(["retry_after=false"], rules) == dataclasses.replace(rules, retry_after=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("duplicate_statu=1", "there is no rule 'duplicate_statu'; did you mean 'duplicate_status'?"),
        ("zzzz=1", "there is no rule 'zzzz'"),
        ("retry_after", "rule 'retry_after' has no value: write NAME=VALUE"),
        ("retry_after=maybe", "rule 'retry_after' is on or off, not 'maybe'"),
        ("expires_in=soon", "rule 'expires_in' is a whole number above 0, not 'soon'"),
        ("expires_in=0", "rule 'expires_in' is a whole number above 0, not '0'"),
        ("rate_window=any", "rule 'rate_window' is one of fixed, sliding, not 'any'"),
    ],
)
def test_a_wrong_switch_says_what_is_wrong(text: str, message: str):
    with pytest.raises(EmulatorError) as caught:
        parse_rules([text])
    assert str(caught.value) == message


async def test_switches_are_read_and_set_over_http_and_a_wrong_one_changes_nothing(door: Door):
    shown = (await door.call("GET", "/_emulator/rules")).body
    assert shown.keys() == RULES.keys()
    assert shown["list_envelope"]["value"] == "persons"
    wrong = await door.call("PATCH", "/_emulator/rules", {"list_envelope": "bare", "retry_after": "maybe"})
    assert (wrong.status, wrong.body) == (400, {"error": "rule 'retry_after' is on or off, not 'maybe'"})
    assert door.emulator.world.rules == Rules()
    assert (await door.call("PATCH", "/_emulator/rules", {"list_envelope": "bare", "retry_after": True})).status == 200
    assert (await door.list()).body == []


async def test_reset_brings_the_first_rules_back():
    async with opened("list_envelope=bare") as door:
        door.emulator.set_rules("list_envelope=persons")
        door.emulator.reset()
        assert (await door.list()).body == []
