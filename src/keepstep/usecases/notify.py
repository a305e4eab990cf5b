"""Tell people something over a channel."""

from collections.abc import Mapping
from typing import Protocol, assert_never

from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import (
    LONGEST_TEXT,
    ChannelSpec,
    ChatChannel,
    EmailChannel,
    FileChannel,
    Mail,
    WebhookChannel,
    is_address,
    one_line,
)
from keepstep.core.subject import Order
from keepstep.core.values import Values
from keepstep.errors import KeepstepError, MacroError
from keepstep.ports import Ports
from keepstep.usecases.fire import firing_of


class Post(Protocol):
    """Sends messages: e-mail, lines in files, messages in chats."""

    async def send(self, channel: EmailChannel | FileChannel | ChatChannel, mail: Mail) -> BlockResult:
        """Send *mail* and return what came of it; whatever the other side does is a result."""
        ...


async def notify(  # noqa: PLR0917, PLR0913 - the world, and the message
    ports: Ports, post: Post, channel: ChannelSpec, message: tuple[str, str], order: Order, texts: BlockTexts
) -> BlockResult:
    """Send *message* (subject and text, with macros) over *channel*, and return what came of it.

    An order that is resumed is sent again under the same id: mail systems drop the double, and a message twice is
    better than none.
    """
    try:
        subject, text = (texts.one(part, order.values, "message") for part in message)
        match channel:
            case EmailChannel():
                return await post.send(channel, mail_of(channel, subject, text, order, texts))
            case FileChannel() | ChatChannel():
                mail = Mail(id=order.key, sender="", to=(), subject=one_line(subject), text=text[:LONGEST_TEXT])
                return await post.send(channel, mail)
            case WebhookChannel():
                return await _by_webhook(
                    ports, channel, {"with.subject": (subject,), "with.text": (text,)}, order, texts
                )
            case _:
                assert_never(channel)
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)


def mail_of(channel: EmailChannel, subject: str, text: str, order: Order, texts: BlockTexts) -> Mail:
    """Return the e-mail over *channel*. MacroError if a receiver is no address, or there is none."""
    receivers = [address for row in channel.to for address in texts.values(row, order.values, "to") if address]
    wrong = sum(not is_address(address) for address in receivers)
    if wrong or not receivers:
        raise MacroError(f"to: {wrong} receivers are no e-mail addresses" if wrong else "to: there is no receiver")
    return Mail(
        id=order.key,
        sender=channel.sender,
        to=tuple(dict.fromkeys(receivers)),
        subject=one_line(subject),
        text=text[:LONGEST_TEXT],
    )


async def _by_webhook(
    ports: Ports, channel: WebhookChannel, message: Mapping[str, Values], order: Order, texts: BlockTexts
) -> BlockResult:
    connection, _, name = channel.webhook.partition(".")
    firing = firing_of(ports, connection)
    given = {f"with.{key}": texts.values(text, order.values, f"with.{key}") for key, text in channel.values.items()}
    values = {**order.values, **message, **given}
    return await firing.fire(name, firing.webhook(name), values, key=order.key, resumed=order.resumed)
