"""Tell people over the channels of the configuration that they are asked to agree to a plan, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.core.approval_notice import ApprovalNotice
from keepstep.core.block_result import BlockState
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec, ChatChannel, EmailChannel, FileChannel, WebhookChannel
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.ports import Ports
from keepstep.usecases.notify import Post, notify

PERSON: Final = "person"
"""What a channel reads to reach one person: the name that `approvers` and `reviewers` know them by."""

_MESSAGE: Final = ("{{ subject }}", "{{ text }}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTeller:
    """Tells people over the channels that the requirement names. What cannot be told is in the audit log.

    A channel that reads `person` reaches each person by themselves; over any other, what is the same for several is
    said once, and never with a link.
    """

    ports: Ports
    post: Post
    channels: Mapping[str, ChannelSpec]
    texts: BlockTexts

    def private(self, notice: ApprovalNotice) -> bool:
        """Return whether there is a channel by which nobody but the person is told."""
        return bool(notice.to) and any(self._personal(channel) for _, channel in self._channels(notice))

    async def tell(self, notices: Sequence[ApprovalNotice]) -> None:
        """Tell each person what is for them; one who cannot be told stops nobody else."""
        said: set[tuple[str, str]] = set()
        for notice in notices:
            for name, channel in self._channels(notice):
                personal = self._personal(channel)
                once = (name, f"{notice.subject}\n{notice.text}")
                if (not notice.to) if personal else (once in said):
                    continue
                said.add(once)
                await self._send(name, channel, notice, notice.whole if personal else notice.text)

    async def _send(self, name: str, channel: ChannelSpec, notice: ApprovalNotice, text: str) -> None:
        request = notice.request
        values = {PERSON: (notice.to,), "subject": (notice.subject,), "text": (text,)}
        about = Subject(side=Side("", ""), key=NativeKey(request.id), name=notice.to)
        order = Order(key=notice.key.replace(" ", "."), subject=about, values=values)
        result = await notify(self.ports, self.post, channel, _MESSAGE, order, self.texts)
        if result.state is not BlockState.SUCCEEDED:
            detail = {"request": request.id, "channel": name, "to": notice.to, "why": result.detail}
            self.ports.audit.add("approval_untold", request.rule, detail, operator=self.ports.operator)

    def _channels(self, notice: ApprovalNotice) -> Iterator[tuple[str, ChannelSpec]]:
        for name in notice.request.requirement.tell:
            if (channel := self.channels.get(name)) is not None:
                yield name, channel

    def _personal(self, channel: ChannelSpec) -> bool:
        match channel:
            case EmailChannel():
                return all(PERSON in self.texts.attributes(row, "to") for row in channel.to)
            case WebhookChannel():
                return any(PERSON in self.texts.attributes(text, "with") for text in channel.values.values())
            case FileChannel() | ChatChannel():
                return False
