"""What is different between two states of a template."""

import pytest

from keepstep.core.template_difference import differences, templates_of

GREET = {"start": "greet", "blocks": {"greet": {"webhook": "app.greet", "next": "end"}, "end": {"end": "success"}}}


def told(before, after):
    return [(one.block, one.field, one.before, one.after) for one in differences(before, after)]


def test_the_same_differs_in_nothing():
    assert told(GREET, GREET) == []
    assert told(None, None) == []


def test_a_field_of_the_template_and_one_of_a_block_are_told_apart():
    blocks = {**GREET["blocks"], "greet": {"webhook": "app.other", "title": "Hi"}}
    assert told(GREET, {"start": "end", "blocks": blocks}) == [
        ("", "start", "greet", "end"),
        ("greet", "webhook", "app.greet", "app.other"),
        ("greet", "title", None, "Hi"),
        ("greet", "next", "end", None),
    ]


def test_a_block_that_came_or_went_is_told_whole():
    one = {**GREET, "blocks": {"greet": GREET["blocks"]["greet"]}}
    assert told(one, GREET) == [("end", "", None, {"end": "success"})]
    assert told(GREET, one) == [("end", "", {"end": "success"}, None)]
    assert len(told(None, GREET)) == len(told(GREET, None)) == 3


@pytest.mark.parametrize("held", [None, [], {"templates": []}, {"templates": {"a": 1}}, {}])
def test_what_is_no_template_is_left_out(held):
    assert templates_of(held) == {}
    assert told({"blocks": ["no"]}, {"blocks": {"a": "no"}}) == []
