"""What a run reads of its subjects: which attributes its blocks need, and what these are now."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec, ChatChannel, EmailChannel, FileChannel, WebhookChannel
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template import BlockSpec, NotifyBlock, WaitBlock, WebhookBlock, texts_of_block
from keepstep.core.template_run import SubjectRun
from keepstep.core.template_version import TemplateVersion
from keepstep.core.values import Values
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.fire import firing_of, values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The attributes of a subject as they were at a moment; None if it was no longer there."""

    attributes: Mapping[str, Values] | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Looks at the subjects of runs of *version*."""

    ports: Ports
    texts: BlockTexts
    channels: Mapping[str, ChannelSpec]
    version: TemplateVersion

    def reads(self, block: str) -> tuple[str, ...]:
        """Return the attributes that *block* reads."""
        spec = self.version.template.blocks.get(block)
        return tuple(dict.fromkeys(self._names(spec))) if spec is not None else ()

    async def at(self, who: Sequence[SubjectRun]) -> dict[int, Seen]:
        """Return each of *who* as it is now, by position; ConnectorError if their directory cannot be asked."""
        names = dict.fromkeys(name for block in self.version.template.blocks.values() for name in self._names(block))
        if self.version.template.cancelled_by:
            names.update(dict.fromkeys(self._read(self.version.template.cancelled_by)))
        now = self.ports.clock.now()
        by_side: dict[str, list[SubjectRun]] = {}
        for subject in who:
            by_side.setdefault(subject.side, []).append(subject)
        found: dict[int, Seen] = {}
        for group in by_side.values():
            subjects = {one.position: subject_of(one) for one in group}
            held = await values_of(self.ports, tuple(names), list(subjects.values()))
            found |= {place: Seen(attributes=held.get(subject), at=now) for place, subject in subjects.items()}
        return found

    async def again(self, subject: SubjectRun) -> Seen:
        """Return *subject* as it is now."""
        return (await self.at([subject]))[subject.position]

    def _names(self, block: BlockSpec) -> Iterator[str]:
        for _, text in texts_of_block(block):
            yield from self._read(text)
        match block:
            case WebhookBlock(webhook=reference) | WaitBlock(poll=str(reference)):
                yield from self._sent(reference, self.version.webhooks[reference])
            case NotifyBlock(notify=name):
                yield from self._told(self.channels.get(name))
            case _:
                pass

    def _told(self, channel: ChannelSpec | None) -> Iterator[str]:
        match channel:
            case EmailChannel():
                for text in channel.to:
                    yield from self._read(text)
            case WebhookChannel():
                for text in channel.values.values():
                    yield from self._read(text)
                yield from self._sent(channel.webhook, None)
            case FileChannel() | ChatChannel() | None:
                pass

    def _sent(self, reference: str, webhook: WebhookSpec | None) -> Sequence[str]:
        connection, _, name = reference.partition(".")
        with suppress(KeepstepError):  # the block that fires it says what is wrong
            firing = firing_of(self.ports, connection)
            return firing.names(webhook or firing.webhook(name))
        return ()

    def _read(self, text: str) -> Sequence[str]:
        with suppress(KeepstepError):  # as above
            return self.texts.attributes(text, "block")
        return ()


def subject_of(subject: SubjectRun) -> Subject:
    """Return whom *subject* is."""
    connection, _, objects = subject.side.partition(".")
    return Subject(side=Side(connection, objects), key=subject.key, name=subject.name)
