"""Tell people what is due to be told: over each channel, digests together, and again when that fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, Protocol

from keepstep.core.block_result import BlockResult, BlockState
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec
from keepstep.core.notice import Message, NoticeRule, together
from keepstep.core.right import Right
from keepstep.core.subject import Order, Subject
from keepstep.core.suggest import did_you_mean
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.errors import NotFound
from keepstep.ports import Ports
from keepstep.usecases.notify import Post, notify

_GAPS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440))
"""How long is waited before a message is tried again; after the last it has failed, and the audit log says so."""


class Outbox(Protocol):
    """What is to be told."""

    def due(self, now: datetime, limit: int = 200) -> list[Message]:
        """Return what is to be told by *now*."""
        ...

    def tried(self, messages: Sequence[Message], *, state: str, detail: str, due: datetime) -> None:
        """Write down what came of telling *messages*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDesk:
    """What telling needs: the world, the outbox, the channels and the rules of the configuration in force."""

    ports: Ports
    outbox: Outbox
    post: Post
    channels: Mapping[str, ChannelSpec]
    rules: Mapping[str, NoticeRule]
    texts: BlockTexts


async def tell_due(desk: TellDesk) -> int:
    """Tell what is due now; return how many messages that was. What cannot be told stops nothing else."""
    now = desk.ports.clock.now()
    groups: dict[tuple[str, str, str], list[Message]] = {}
    for message in desk.outbox.due(now):
        alone = "" if message.digest else message.key
        groups.setdefault((message.channel, message.rule, alone), []).append(message)
    for (name, rule, _), messages in groups.items():
        channel = desk.channels.get(name)
        if channel is None:
            _over(desk, messages, "failed", f'there is no channel "{name}" any more', now)
            continue
        result = await send(desk, channel, desk.rules.get(rule), messages)
        if result.state is BlockState.SUCCEEDED:
            desk.outbox.tried(messages, state="sent", detail="", due=now)
            continue
        # told together or not, each is tried as often as the others
        for tries in {one.attempts for one in messages}:
            some = [one for one in messages if one.attempts == tries]
            if tries < len(_GAPS):
                desk.outbox.tried(some, state="waiting", detail=result.detail, due=now + _GAPS[tries])
            else:
                _over(desk, some, "failed", result.detail, now)
    return len(groups)


async def send(
    desk: TellDesk, channel: ChannelSpec, rule: NoticeRule | None, messages: Sequence[Message]
) -> BlockResult:
    """Send *messages* as one over *channel*, in the words of *rule*; whatever comes of it is a result."""
    subject, text = together(messages)
    key = blake2b("\n".join(one.key for one in messages).encode(), digest_size=12).hexdigest()
    about = Subject(side=Side("", ""), key=NativeKey(messages[0].key), name=subject)
    order = Order(key=key, subject=about, values={"with.subject": (subject,), "with.text": (text,)})
    words = (rule.subject, rule.text) if rule else ("{{ with.subject }}", "{{ with.text }}")
    return await notify(desk.ports, desk.post, channel, words, order, desk.texts)


async def try_channel(desk: TellDesk, name: str, text: str) -> BlockResult:
    """Send *text* over the channel *name* as a test, and write down that it was tried. NotFound if there is none."""
    desk.ports.authority.require(Right.TEST_CONNECTIONS)
    spec = desk.channels.get(name)
    if spec is None:
        near, known = did_you_mean(name, desk.channels), ", ".join(desk.channels) or "none"
        raise NotFound(f'there is no channel "{name}"{near}', hint=f"channels: {known}")
    now = desk.ports.clock.now()
    key = f"test {now.isoformat()}"
    message = Message(key=key, channel=name, rule="", subject="Keepstep: test", text=text, due=now)
    result = await send(desk, spec, None, [message])
    detail = {"channel": name, "state": str(result.state)}
    desk.ports.audit.add("test_channel", name, detail, operator=desk.ports.authority.operator)
    return result


def _over(desk: TellDesk, messages: Sequence[Message], state: str, detail: str, now: datetime) -> None:
    desk.outbox.tried(messages, state=state, detail=detail, due=now)
    for one in messages:
        told = {"channel": one.channel, "subject": one.subject, "why": detail}
        desk.ports.audit.add("untold", one.key, told, operator="automation")
