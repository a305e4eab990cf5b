"""Draft a webhook of a connection's own, and list what webhooks there are: what is tested is what is saved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from pydantic import ValidationError

from keepstep.core.configuration import ApplicationOf, Configuration, Document
from keepstep.core.connection import RestConnection
from keepstep.core.spec_problem import problems_of
from keepstep.core.suggest import did_you_mean
from keepstep.core.webhook import WebhookSpec
from keepstep.core.webhook_test import WebhookStanding, WebhookTest, digest_of_webhook, webhook_standing
from keepstep.errors import ConfigurationError
from keepstep.usecases.configure import refusal, understand
from keepstep.usecases.edit_endpoint import Tree, rest_connection
from keepstep.usecases.put_in_force import Change, Kept

_Written = dict[str, dict[str, dict[str, dict[str, Tree]]]]


class WebhookTests(Protocol):
    """What was tested of webhooks."""

    def keep(self, test: WebhookTest) -> None:
        """Keep *test* in place of an earlier one of the same."""
        ...

    def of(self, connection: str, webhook: str) -> Iterable[WebhookTest]:
        """Return the tests of one webhook, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDraft:
    """A configuration with one webhook changed: *before* is its text in force, *text* the new one."""

    connection: str
    name: str
    webhook: WebhookSpec
    digest: str
    before: str
    text: str
    configuration: Configuration

    @property
    def changes(self) -> bool:
        """Whether it says anything else than what is in force."""
        return self.text != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWebhook:
    """One webhook as it is listed. *origin*: the preset, own, or own in place of the preset's."""

    connection: str
    name: str
    method: str
    url: str
    description: str
    origin: str
    test: WebhookStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWebhook:
    """One webhook. *own*: the connection says it itself; *in_preset*: its preset has one so called."""

    name: str
    spec: Tree
    own: bool
    in_preset: bool
    used_by: list[str]
    test: WebhookStanding


@dataclass(frozen=True, slots=True)
class WebhookDesk:
    """The webhooks of the configuration in force, as somebody works on them."""

    kept: Kept
    application_of: ApplicationOf

    def in_force(self, connection: str, name: str) -> WebhookDraft:
        """Return the configuration in force as a draft that changes nothing; ConfigurationError for unknown names."""
        text = self.kept.text()
        return self._draft(connection, name, (text, text))

    def drafted(self, connection: str, name: str, document: Document) -> WebhookDraft:
        """Return the draft in which webhook *name* is what *document* says; ConfigurationError with the place in it."""
        try:
            WebhookSpec.model_validate(document.data)
        except ValidationError as error:
            raise refusal(document, list(problems_of(error, WebhookSpec, document.data))) from None
        text = self.kept.text()
        rest_connection(self._understood(text), connection, "webhooks")
        changed = self.kept.put(text, ("connections", connection, "webhooks", name), document.data)
        return self._draft(connection, name, (text, changed))

    def shown(self, tests: WebhookTests, connection: str, name: str) -> ShownWebhook:
        """Return a webhook as it is written, and what uses it; ConfigurationError for unknown names."""
        draft = self.in_force(connection, name)
        spec = rest_connection(draft.configuration, connection, "webhooks")
        preset = self.application_of(spec.model_copy(update={"webhooks": {}})).webhooks
        own = name in spec.webhooks
        written = spec.webhooks[name] if own else preset[name]
        data: Tree = written.model_dump(mode="json", exclude_defaults=True, exclude_unset=True)
        if own:
            whole = cast("_Written", self.kept.read(draft.text).data)
            data = whole["connections"][connection]["webhooks"][name]
        return ShownWebhook(
            name=name,
            spec=data,
            own=own,
            in_preset=name in preset,
            used_by=list(_users(draft.configuration, self.application_of(spec).webhooks, (connection, name))),
            test=webhook_standing(draft.digest, tests.of(connection, name)),
        )

    def listed(self, tests: WebhookTests, connection: str | None = None) -> list[ListedWebhook]:
        """Return every webhook of *connection*, or of all REST connections."""
        configuration = self._understood(self.kept.text())
        if connection:
            return list(self._of(connection, rest_connection(configuration, connection, "webhooks"), tests))
        specs = configuration.connections.items()
        return [one for name, spec in specs if isinstance(spec, RestConnection) for one in self._of(name, spec, tests)]

    def _of(self, connection: str, spec: RestConnection, tests: WebhookTests) -> Iterable[ListedWebhook]:
        preset = self.application_of(spec.model_copy(update={"webhooks": {}})).webhooks
        webhooks = self.application_of(spec).webhooks
        for name, one in webhooks.items():
            own = "own, replaces the preset's" if name in preset else "own"
            yield ListedWebhook(
                connection=connection,
                name=name,
                method=one.method,
                url=one.url,
                description=one.description,
                origin=own if name in spec.webhooks else f"preset {spec.preset}",
                test=webhook_standing(digest_of_webhook(spec, name, webhooks), tests.of(connection, name)),
            )

    def _draft(self, connection: str, name: str, texts: tuple[str, str]) -> WebhookDraft:
        before, text = texts
        configuration = self._understood(text)
        spec = rest_connection(configuration, connection, "webhooks")
        webhooks = self.application_of(spec).webhooks
        if name not in webhooks:
            known = ", ".join(sorted(webhooks)) or "none"
            near = did_you_mean(name, webhooks)
            raise ConfigurationError(f'{connection} has no webhook "{name}"{near}', hint=f"it has: {known}")
        return WebhookDraft(
            connection=connection,
            name=name,
            webhook=webhooks[name],
            digest=digest_of_webhook(spec, name, webhooks),
            before=before,
            text=text,
            configuration=configuration,
        )

    def _understood(self, text: str) -> Configuration:
        return understand(self.kept.read(text), self.application_of)


def _users(
    configuration: Configuration, webhooks: Mapping[str, WebhookSpec], place: tuple[str, str]
) -> Iterable[str]:  # fmt: skip
    """Yield what fires the webhook at *place*, or has it as a part."""
    connection, name = place
    reference = f"{connection}.{name}"
    for other, webhook in webhooks.items():
        if name in {webhook.then, webhook.look_up}:
            yield f"webhook {other}"
    for template, spec in configuration.templates.items():
        for block, one in spec.blocks.items():
            fired = {getattr(one, "webhook", None), getattr(one, "poll", None)}
            if reference in fired:
                yield f"block {block} of template {template}"


def webhook_change(draft: WebhookDraft) -> Change:
    """Return the change that puts *draft* in force."""
    detail = {"webhook": f"{draft.connection}.{draft.name}"}
    return Change(before=draft.before, text=draft.text, action="webhook_save", detail=detail)
