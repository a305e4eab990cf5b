"""Whether the outbound part of a configuration fits together: channels, and templates with what they name."""

from collections.abc import Callable, Iterator

from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec, ChatChannel, EmailChannel, FileChannel, WebhookChannel
from keepstep.core.configuration import ApplicationOf, Configuration, Path, Problem
from keepstep.core.connection import ActiveDirectoryConnection, LdapConnection, LdifConnection, RestConnection
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.sync_rule import Side
from keepstep.core.table import TableConnection
from keepstep.core.template_check import Surroundings, faults
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import ConfigurationError, KeepstepError

WebhookOf = Callable[[str], WebhookSpec]


def webhook_finder(configuration: Configuration, application_of: ApplicationOf) -> WebhookOf:
    """Return what gives the webhook that is written `connection.webhook`; ConfigurationError if there is none."""

    def find(reference: str) -> WebhookSpec:
        name, _, webhook = reference.partition(".")
        spec = configuration.connections.get(name)
        if spec is None:
            near = did_you_mean(name, configuration.connections)
            raise ConfigurationError(f'there is no connection "{name}"{near}')
        if not isinstance(spec, RestConnection):
            raise ConfigurationError(f'connection "{name}" is no application and has no webhooks')
        known = application_of(spec).webhooks
        if webhook not in known:
            near = did_you_mean(webhook, known) or f"; it has {listed(known) or 'none'}"
            raise ConfigurationError(f'connection "{name}" has no webhook "{webhook}"{near}')
        return known[webhook]

    return find


def surroundings(configuration: Configuration, webhook_of: WebhookOf, texts: BlockTexts) -> Surroundings:
    """Return what templates can name in *configuration*."""
    connections = configuration.connections.items()
    written = ActiveDirectoryConnection | LdifConnection
    return Surroundings(
        templates=configuration.templates,
        webhook_of=webhook_of,
        channels=configuration.channels,
        directories=[name for name, spec in connections if isinstance(spec, written)],
        only_read=[name for name, spec in connections if isinstance(spec, LdapConnection | TableConnection)],
        texts=texts,
    )


def outbound_misfits(configuration: Configuration, application_of: ApplicationOf) -> Iterator[Problem]:
    """Yield what is wrong with channels and templates, each with its place."""
    texts = BlockTexts(configuration.macro_context)
    find = webhook_finder(configuration, application_of)
    for name, channel in configuration.channels.items():
        here: Path = ("channels", name)
        if isinstance(channel, WebhookChannel):
            yield from _understood((*here, "webhook"), lambda reference=channel.webhook: find(reference))
        for place, text in _rows(channel):
            path: Path = (*here, *place)
            yield from _understood(path, lambda text=text, path=path: texts.of(text, ".".join(map(str, path))))
    for name, rule in configuration.rules.items():
        for place, told in enumerate(rule.approve.tell if rule.approve else ()):
            if told not in configuration.channels:
                near = did_you_mean(told, configuration.channels)
                path = ("rules", name, "approve", "tell", place)
                yield Problem(path=path, text=f'there is no channel "{told}"{near}')
    around = surroundings(configuration, find, texts)
    for name, template in configuration.templates.items():
        side = Side(*template.subject.split(".", 1))
        if side.connection not in configuration.connections:
            near = did_you_mean(side.connection, configuration.connections)
            yield Problem(path=("templates", name, "subject"), text=f'there is no connection "{side.connection}"{near}')
        for place, text in faults(name, template, around):
            path = ("templates", name, *place)
            label = ".".join(map(str, path))
            told = text if label in text else f"{label}: {text}"
            yield Problem(path=path, text=told)


def _rows(channel: ChannelSpec) -> Iterator[tuple[Path, str]]:
    """Yield the texts of *channel* that can hold macros."""
    match channel:
        case EmailChannel():
            yield from ((("to", place), text) for place, text in enumerate(channel.to))
        case WebhookChannel():
            yield from ((("with", key), text) for key, text in channel.values.items())
        case FileChannel() | ChatChannel():
            pass


def _understood(path: Path, parse: Callable[[], object]) -> Iterator[Problem]:
    try:
        parse()
    except KeepstepError as error:
        where = ".".join(map(str, path))
        told = error.message if where in error.message else f"{where}: {error.message}"
        yield Problem(path=path, text=f"{told} ({error.hint})" if error.hint else told)
