"""Which outcomes are told, over which channels, and when."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from keepstep.core.automation_run import AutomationRun, AutomationState
from keepstep.core.channel import chat_body
from keepstep.core.notice import NoticeRule, messages_of, notice_of, together
from keepstep.core.run import RunId

NOON = datetime(2026, 11, 26, 12, 10, tzinfo=UTC)
NIGHT = datetime(2026, 11, 26, 23, 10, tzinfo=UTC)
QUIET = [{"from": "22:00", "to": "07:00"}]


def notice(state=AutomationState.SUCCEEDED, at=NOON, automation="nightly", **counts):
    run = AutomationRun(
        id=RunId("r1"),
        automation=automation,
        cause="time x",
        due=at,
        state=state,
        operator="automation",
        counts=counts or {"create": 2},
        reasons=("because",),
    )
    return notice_of(run, at, "")


def rule(**given):
    return NoticeRule.model_validate({"to": "it", **given})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, True),
        ({"automations": "nightly"}, True),
        ({"automations": ["other"]}, False),
        ({"outcomes": "failed"}, False),
        ({"outcomes": ["failed", "succeeded"]}, True),
        ({"severity": "warning"}, False),
        ({"actions": "delete"}, False),
        ({"actions": ["create", "delete"]}, True),
    ],
)
def test_a_rule_tells_what_it_is_for(given, told):
    assert rule(**given).wants(notice()) is told


def test_what_is_bad_is_an_error_and_what_waits_is_a_warning():
    assert rule(severity="error").wants(notice(AutomationState.GUARDED))
    assert not rule(severity="error").wants(notice(AutomationState.APPROVAL))
    assert rule(severity="warning").wants(notice(AutomationState.APPROVAL))


def test_at_night_only_what_is_urgent_is_told():
    quiet = rule(quiet=QUIET)
    assert quiet.due(notice(at=NIGHT)) == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert quiet.due(notice(AutomationState.FAILED, at=NIGHT)) == NIGHT
    assert quiet.due(notice(at=NOON)) == NOON


def test_digests_are_gathered_until_their_time():
    assert rule(digest="hourly").due(notice()) == datetime(2026, 11, 26, 13, tzinfo=UTC)
    daily = rule(digest="08:00", timezone="Europe/Zagreb")
    assert daily.due(notice()) == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert daily.due(notice(AutomationState.FAILED)) == NOON


def test_one_channel_is_told_once_at_the_earliest_time():
    rules = {"slow": rule(digest="hourly"), "fast": rule(to=["it", "chat"])}
    told = {(one.channel, one.rule): one.due for one in messages_of(notice(), rules, [])}
    assert told == {("it", "fast"): NOON, ("chat", "fast"): NOON}
    told = {(one.channel, one.rule) for one in messages_of(notice(), rules, ["it"])}
    assert told == {("it", ""), ("chat", "fast")}


def test_a_message_has_counts_the_first_reasons_and_where_to_look():
    text = notice().text
    assert "2 create" in text
    assert "- because" in text
    assert "keepstep automation history nightly" in text


def test_the_same_trouble_is_told_once_a_day():
    first, again = notice(AutomationState.FAILED), notice(AutomationState.FAILED, at=NOON.replace(hour=18))
    assert first.key == again.key
    assert first.key != notice(AutomationState.FAILED, at=NOON.replace(day=27)).key
    assert notice().key != first.key


def test_several_are_told_together():
    messages = messages_of(notice(), {"d": rule(digest="hourly")}, [])
    subject, text = together([*messages, *messages])
    assert subject == "Keepstep: 2 notices"
    assert text.count("because") == 2


def test_nothing_in_a_chat_is_a_command_or_a_mention():
    assert chat_body("slack", "<!channel> & co", "<@U1>") == {
        "text": "&lt;!channel&gt; &amp; co\n&lt;@U1&gt;",
        "mrkdwn": False,
    }
    card = chat_body("teams", "a *b*", "[x](http://y)\n\nz")["attachments"][0]["content"]
    assert [block["text"] for block in card["body"]] == ["a \\*b\\*", "\\[x\\]\\(http://y\\)", "z"]


def test_a_rule_without_a_receiver_is_none():
    with pytest.raises(ValidationError):
        NoticeRule.model_validate({"to": []})
