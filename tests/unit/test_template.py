"""Templates: what is told of a mistake, where a run goes, and what it pins."""

import pytest
from pydantic import ValidationError

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.duration import parse_duration
from keepstep.core.template import TemplateSpec
from keepstep.core.template_check import Surroundings, faults
from keepstep.core.template_drawing import Path, drawn, drawn_svg
from keepstep.core.template_step import Ended, following
from keepstep.core.template_version import TemplateVersion, inlined, version_of
from keepstep.errors import ConfigurationError

HOOKS = load_preset("infobip").webhooks
GOOD = BlockResult(state=BlockState.SUCCEEDED)
BAD = BlockResult(state=BlockState.FAILED, cause=Cause.REFUSED, detail="no")


def webhook_of(reference):
    name = reference.partition(".")[2]
    if name not in HOOKS:
        raise ConfigurationError(f'connection "infobip" has no webhook "{name}"')
    return HOOKS[name]


def template(start="a", **blocks):
    return TemplateSpec.model_validate({"subject": "corp.users", "start": start, "blocks": blocks})


def mistakes(one, **others):
    around = Surroundings(
        templates=others,
        webhook_of=webhook_of,
        channels=("it",),
        directories=("corp",),
        only_read=("hr",),
        texts=BlockTexts(),
    )
    return dict(faults("one", one, around))


def test_an_action_in_a_system_that_is_only_read_says_where_else_it_is_done():
    acting = {"a": {"action": "enable"}}
    one = TemplateSpec.model_validate({"subject": "hr.rows", "start": "a", "blocks": acting})
    assert mistakes(one) == {
        ("blocks", "a", "action"): 'connection "hr" is only read: say in `directory` where this is done'
    }
    elsewhere = {"a": {"action": "enable", "directory": "corp"}}
    assert mistakes(TemplateSpec.model_validate({"subject": "hr.rows", "start": "a", "blocks": elsewhere})) == {}


def test_a_sound_template_has_no_mistakes():
    one = template(
        a={"webhook": "infobip.create-person", "next": "b", "on_failure": "c"},
        b={"if": '{{ blocks.a.id == "7" }}', "then": "c"},
        c={"notify": "it", "text": "{{ blocks.a.detail }}"},
    )
    assert mistakes(one) == {}


@pytest.mark.parametrize(
    ("blocks", "place", "words"),
    [
        ({"a": {"delay": "1s", "next": "b2"}, "b": {"end": "success"}}, ("blocks", "a", "next"), 'did you mean "b"'),
        ({"a": {"delay": "1s"}, "b": {"end": "success"}}, ("blocks", "b"), "never reached"),
        ({"a": {"webhook": "infobip.create-persn"}}, ("blocks", "a", "webhook"), "has no webhook"),
        ({"a": {"notify": "itt"}}, ("blocks", "a", "notify"), 'did you mean "it"'),
        ({"a": {"template": "other"}}, ("blocks", "a", "template"), "no template"),
        ({"a": {"action": "enable", "directory": "crop"}}, ("blocks", "a", "directory"), 'did you mean "corp"'),
        ({"a": {"if": "{{ oops( }}"}}, ("blocks", "a", "if"), "not expected"),
        ({"a": {"if": '{{ blocks.z.id == "" }}'}}, ("blocks", "a", "if"), 'no block "z"'),
        (
            {"a": {"webhook": "infobip.create-person", "next": "b"}, "b": {"if": '{{ blocks.a.ident == "1" }}'}},
            ("blocks", "b", "if"),
            'gives no "ident"',
        ),
        ({"a": {"action": {"move": {"to": "nowhere"}}}}, ("blocks", "a", "action", "move", "to"), ""),
        ({"a": {"action": {"set": {"objectGUID": "1"}}}}, ("blocks", "a", "action", "set", "objectGUID"), "cannot be"),
        ({"a": {"approval": {"by": ["ana"], "need": 2}}}, ("blocks", "a", "approval", "need"), "1 can approve"),
    ],
)
def test_a_mistake_is_told_with_its_place(blocks, place, words):
    found = mistakes(template(**blocks))
    assert place in found, found
    assert words in found[place]


def test_a_template_does_not_include_itself():
    one = template(a={"template": "two"})
    two = template(a={"template": "one"})
    assert "includes itself" in mistakes(one, two=two)[()]


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"end": "maybe"},
        {"delay": "soon"},
        {"delay": "4000d"},
        {"action": "explode"},
        {"action": {"enable": {}, "disable": {}}},
        {"action": {"remove_from_groups": {}}},
        {"webhook": "create-person"},
        {"webhook": "infobip.create-person", "nxt": "b"},
        {"if": "{{ true }}", "next": "b"},
    ],
)
def test_a_block_that_is_none_is_refused(block):
    with pytest.raises(ValidationError):
        template(a=block)


def test_failure_ends_the_run_unless_an_arrow_says_otherwise():
    a = template(a={"webhook": "infobip.create-person", "next": "b"}, b={"end": "success"}).blocks["a"]
    assert following(a, GOOD) == "b"
    assert following(a, BAD) == Ended(success=False, detail="no")
    c = template(a={"webhook": "infobip.create-person", "on_failure": "b"}, b={"end": "failure"}).blocks["a"]
    assert following(c, BAD) == "b"
    assert following(c, GOOD) == Ended(success=True)


def test_who_is_rejected_or_late_goes_where_the_arrow_for_it_leads():
    ask = {"approval": {}, "next": "yes", "on_rejected": "no", "on_late": "late", "on_failure": "no"}
    ends = {name: {"end": "success"} for name in ("yes", "no", "late")}
    block = template(a=ask, **ends).blocks["a"]
    assert following(block, GOOD) == "yes"
    assert following(block, BlockResult(state=BlockState.FAILED, cause=Cause.REJECTED)) == "no"
    assert following(block, BlockResult(state=BlockState.FAILED, cause=Cause.LATE)) == "late"


def test_sub_templates_become_blocks_and_their_ends_arrows():
    inner = template(
        a={"if": "{{ mail }}", "then": "good", "else": "bad"}, good={"end": "success"}, bad={"end": "failure"}
    )
    outer = template(a={"template": "inner", "next": "b", "on_failure": "c"}, b={"delay": "1s"}, c={"end": "failure"})
    whole = inlined("outer", {"inner": inner, "outer": outer})
    assert whole.start == "a/a"
    assert set(whole.blocks) == {"a/a", "a/good", "a/bad", "b", "c"}
    held = BlockResult(state=BlockState.SUCCEEDED, values={"held": ("true",)})
    assert following(whole.blocks["a/a"], held) == "a/good"
    assert following(whole.blocks["a/good"], held) == "b"
    assert following(whole.blocks["a/bad"], held) == "c"


def test_a_version_is_the_same_after_it_was_kept():
    one = template(
        a={"webhook": "infobip.update-person", "with": {"tag": "Staff"}, "next": "b"},
        b={"action": {"remove_from_groups": {"all_but": []}}, "next": "c"},
        c={"delay": {"until": "{{ accountExpires }}"}, "next": "d"},
        d={"action": {"set": {"title": None, "info": {"from": "{{ sn }}", "when_empty": "clear"}}}, "next": "e"},
        e={"if": '{{ department == "Sales" }}', "else": "a"},
    )
    version = version_of("one", {"one": one}, webhook_of)
    again = TemplateVersion.model_validate_json(version.text())
    assert again == version
    assert again.digest == version.digest
    assert set(version.attributes(BlockTexts())) == {"accountExpires", "sn", "department"}


def test_a_drawing_shows_every_block_and_the_way_that_was_taken():
    one = template(
        a={"webhook": "infobip.create-person", "next": "b", "on_failure": "c"},
        b={"delay": "2h", "next": "a"},
        c={"end": "failure"},
    )
    path = Path((("a", "succeeded"),), at="b")
    text = "\n".join(drawn("one", one, path))
    assert "✔ ▶ a: infobip.create-person" in text
    assert "●   b: wait 2h" in text
    assert "━━━━> b" in text
    assert "failure ──> c" in text
    picture = drawn_svg("<one>", one, path)
    assert picture.count("<rect") == 3
    assert picture.count("marker-end") == 3
    assert picture.count('class="arrow taken"') == 1
    assert "&lt;one&gt;" in picture
    assert "<one>" not in picture


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1h30m", 5400), ("2d", 172800), ("1w", 604800), ("0s", 0)])
def test_durations_are_what_they_say(text, seconds):
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "5 minutes", "-1h", "1m1h", "9999999999d"])
def test_no_other_text_is_a_duration(text):
    with pytest.raises(ValueError, match=r"write|longer"):
        parse_duration(text)
