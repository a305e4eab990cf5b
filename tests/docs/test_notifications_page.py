"""The page about notifications: its tables, its example, its commands."""

import re
import shlex

from keepstep.core.notice import NoticeRule
from tests.docs.tables import page, section, shell_lines, tables
from tests.integration.cli_world import cli  # noqa: F401 - a home

PAGE = page("notifications.md")


def test_every_channel_and_every_key_of_a_rule_is_described():
    from typing import get_args

    from keepstep.core.channel import ChannelSpec

    union = get_args(ChannelSpec)[0]
    kinds = {get_args(one.model_fields["kind"].annotation)[0] for one in get_args(union)}
    assert {row[0].strip("`") for row in tables(section(PAGE, "Channels"))[0]} == kinds
    told = {name for row in tables(section(PAGE, "Rules"))[0] for name in re.findall(r"`(\w+)`", row[0])}
    assert told == set(NoticeRule.model_fields)


def test_the_example_is_understood_and_its_commands_do_what_they_say(cli):  # noqa: F811 - the fixture
    (text,) = re.findall(r"```yaml\n(channels:.*?)```", PAGE, re.DOTALL)
    (cli.home / "keepstep.yaml").write_text("version: 1\n" + text)
    said = [cli.good(*shlex.split(line)[1:]) for line in shell_lines(PAGE)]
    assert "it-chat" in said[0]
    assert "log: sent" in said[1]
    assert list(cli.home.glob("notices/automations-*.jsonl"))
