"""The page about webhooks: its commands are run, its tables are those of the program."""

import re
import shlex

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.block_result import Cause
from keepstep.core.webhook import WebhookSpec
from keepstep.core.webhook_test import WebhookTested
from tests.docs.tables import documented, keys_of, page, section, shell_lines, tables
from tests.integration.cli_world import company  # noqa: F401 - a fixture

PAGE = page("webhooks.md")
(DRAFT,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_commands_of_the_page_work(company, monkeypatch):  # noqa: F811 - the fixture
    monkeypatch.chdir(company.home)
    (company.home / "draft.yaml").write_text(DRAFT)
    commands = shell_lines(PAGE)
    assert len(commands) == 5
    for command in commands:
        company.good(*shlex.split(command)[1:])
    assert company.emulator.count == 2
    assert [message["to"] for message in company.emulator.outbox()] == ["12025550101"]
    assert "welcome" in company.good("webhook", "list", "infobip")


def test_every_ready_made_webhook_is_described_with_what_is_asked_when_an_answer_is_lost():
    told = {}
    for names, _, asked in tables(section(PAGE, "Ready made"))[0]:
        told |= dict.fromkeys(re.findall(r"`([^`]+)`", names), asked.strip("`"))
    webhooks = load_preset("infobip").webhooks
    assert told == {name: "it is sent again" if one.repeatable else one.look_up for name, one in webhooks.items()}


def test_every_key_of_a_webhook_is_described_with_its_default():
    assert documented(section(PAGE, "Write one")) == keys_of(WebhookSpec)


def test_the_states_and_causes_of_the_page_are_those_of_the_program():
    assert [str(state) for state in WebhookTested if f"`{state}`" not in PAGE] == []
    others = {Cause.NONE, Cause.LOOP, Cause.LATE, Cause.REJECTED}
    assert [str(cause) for cause in Cause if cause not in others and f"`{cause}`" not in PAGE] == []
