"""Notifications: an e-mail says what was meant to whom it was meant, whatever stands in the values."""

import email
from dataclasses import dataclass, field
from email.policy import default
from pathlib import Path

import pytest
from pydantic import ValidationError

from keepstep.connectors.smtp.post import SmtpPost
from keepstep.core.block_result import BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import EmailChannel
from keepstep.core.secret import Secret
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.usecases.notify import notify
from tests.lab.loopback import LOOPBACK
from tests.lab.mailing import mail_server

ANA = Subject(side=Side("corp", "users"), key=NativeKey("7"), name="Ana")


@dataclass
class Sending:
    """One message over one channel to the server at *port*."""

    port: int
    to: list = field(default_factory=lambda: ["{{ manager_mail }}"])

    async def send(self, subject="Hello", text="Text", **values):
        channel = EmailChannel.model_validate(
            {
                "kind": "email",
                "host": "127.0.0.1",
                "port": self.port,
                "tls": "none",
                "from": "keepstep@corp.example",
                "to": self.to,
                "timeout": 5,
            }
        )
        given = {"manager_mail": ("ivo@corp.example",), **values}
        order = Order(key="run.0.3", subject=ANA, values={name: tuple(held) for name, held in given.items()})
        post = SmtpPost(Path(), lambda _: Secret(""), LOOPBACK)
        return await notify(None, post, channel, (subject, text), order, BlockTexts())


async def test_an_e_mail_says_what_was_meant():
    with mail_server() as server:
        result = await Sending(server.port).send("About {{ sn }}", "Dear all,\n{{ sn }} is here.", sn=["Kovačević"])
    assert result.state is BlockState.SUCCEEDED, result.detail
    message = email.message_from_string(server.mails[0], policy=default)
    assert message["Subject"] == "About Kovačević"
    assert message["To"] == "ivo@corp.example"
    assert message["Message-ID"] == "<run.0.3@keepstep.invalid>"
    assert message.get_content().splitlines()[:2] == ["Dear all,", "Kovačević is here."]
    assert server.receivers == [["RCPT TO:<ivo@corp.example>"]]


@pytest.mark.parametrize(
    "value", ["a\r\nBcc: eve@evil.example", "a\nb", "\x00\x07x", "=?utf-8?q?x?=\r\n\r\nbody", "x" * 5000]
)
async def test_no_value_of_a_subject_makes_another_header(value):
    with mail_server() as server:
        result = await Sending(server.port).send("{{ sn }}", "text", sn=[value])
    assert result.state is BlockState.SUCCEEDED, result.detail
    message = email.message_from_string(server.mails[0], policy=default)
    assert "Bcc" not in message
    assert message.get_content().strip().splitlines()[0] == "text"
    assert len(server.receivers[0]) == 1


@pytest.mark.parametrize(
    "address", ["a@b, eve@evil.example", "a@b>\r\nRCPT TO:<eve@evil.example", "nobody", "a b@c.example"]
)
async def test_what_is_no_address_is_refused_and_nothing_is_sent(address):
    with mail_server() as server:
        result = await Sending(server.port).send(manager_mail=[address])
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.INPUT)
    assert address not in result.detail
    assert server.mails == []


async def test_nobody_to_tell_is_said():
    with mail_server() as server:
        result = await Sending(server.port).send(manager_mail=[])
    assert "no receiver" in result.detail


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ({"MAIL": "550 no"}, Cause.REFUSED),
        ({"MAIL": "451 later"}, Cause.UNREACHABLE),
        ({"RCPT": "550 unknown"}, Cause.REFUSED),
        ({"DATA": "554 no"}, Cause.REFUSED),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, Cause.UNREACHABLE),
    ],
)
async def test_a_server_that_says_no_is_explained(answers, cause):
    with mail_server(**answers) as server:
        result = await Sending(server.port).send()
    assert (result.state, result.cause) == (BlockState.FAILED, cause), result.detail
    assert "ivo@" not in result.detail
    assert server.mails == []


async def test_a_server_that_is_not_there_is_explained():
    with mail_server() as server:
        pass
    result = await Sending(server.port).send()
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.UNREACHABLE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tls": "none", "host": "mail.example"},
        {"user": "x"},
        {"from": "a@b\r\nBcc: c@d.example"},
        {"to": []},
    ],
)
def test_a_channel_that_is_not_safe_is_refused(wrong):
    good = {"kind": "email", "host": "mail.example", "from": "a@corp.example", "to": ["b@corp.example"]}
    assert EmailChannel.model_validate(good).port == 587
    with pytest.raises(ValidationError):
        EmailChannel.model_validate(good | wrong)
