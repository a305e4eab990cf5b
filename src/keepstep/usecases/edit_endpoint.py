"""Add, change, copy and delete the endpoints that a connection has of its own, and list what there is.

A draft is the whole configuration with one endpoint changed, understood before anything is sent or put in force: what
is tested is what is saved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from pydantic import ValidationError

from keepstep.core.application import ApplicationSpec
from keepstep.core.configuration import ApplicationOf, Configuration, Document
from keepstep.core.connection import RestConnection
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.endpoint_test import EndpointTest, TestStanding, digest_of, standing
from keepstep.core.spec_problem import problems_of
from keepstep.core.suggest import did_you_mean
from keepstep.errors import ConfigurationError
from keepstep.usecases.configure import refusal, understand
from keepstep.usecases.put_in_force import Change, Kept

Tree = dict[str, object]


class Tests(Protocol):
    """What was tested of endpoints."""

    def keep(self, test: EndpointTest) -> None:
        """Keep *test* in place of an earlier one of the same."""
        ...

    def of(self, connection: str, endpoint: str) -> Iterable[EndpointTest]:
        """Return the tests of one endpoint, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A configuration with one endpoint changed: *before* is its text in force, *text* the new one."""

    connection: str
    endpoint: str
    before: str
    text: str
    configuration: Configuration

    @property
    def changes(self) -> bool:
        """Whether it says anything else than what is in force."""
        return self.text != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEndpoint:
    """One endpoint as it is listed. *origin*: the preset, own, or own in place of the preset's."""

    connection: str
    name: str
    method: str
    url: str
    paging: str
    records: str
    origin: str
    test: TestStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEndpoint:
    """One endpoint. *own*: the connection says it itself; *in_preset*: its preset has one so called."""

    name: str
    spec: Tree
    own: bool
    in_preset: bool
    used_by: list[str]


@dataclass(frozen=True, slots=True)
class EndpointDesk:
    """The endpoints of the configuration in force, as somebody works on them."""

    kept: Kept
    application_of: ApplicationOf

    def in_force(self, connection: str, endpoint: str) -> Draft:
        """Return the configuration in force as a draft that changes nothing; ConfigurationError for unknown names."""
        text = self.kept.text()
        configuration = self._understood(text)
        _known(self._application(configuration, connection), connection, endpoint)
        return Draft(connection=connection, endpoint=endpoint, before=text, text=text, configuration=configuration)

    def tree_of(self, connection: str, endpoint: str) -> Tree:
        """Return *endpoint* as it is written: that of the connection, else that of its preset."""
        text = self.kept.text()
        spec = rest_connection(self._understood(text), connection)
        if endpoint in spec.endpoints:
            data = cast("dict[str, dict[str, dict[str, dict[str, Tree]]]]", self.kept.read(text).data)
            return data["connections"][connection]["endpoints"][endpoint]
        bare = self.application_of(spec.model_copy(update={"headers": {}}))
        _known(bare, connection, endpoint)
        return bare.endpoints[endpoint].model_dump(mode="json", exclude_defaults=True, exclude_unset=True)

    def shown(self, connection: str, endpoint: str) -> ShownEndpoint:
        """Return *endpoint* as it is written, and what uses it; ConfigurationError for unknown names."""
        spec = rest_connection(self._understood(self.kept.text()), connection)
        application = self.application_of(spec)
        _known(application, connection, endpoint)
        preset = self.application_of(spec.model_copy(update={"endpoints": {}, "objects": {}}))
        return ShownEndpoint(
            name=endpoint,
            spec=self.tree_of(connection, endpoint),
            own=endpoint in spec.endpoints,
            in_preset=endpoint in preset.endpoints,
            used_by=application.uses(endpoint),
        )

    def drafted(self, connection: str, endpoint: str, document: Document) -> Draft:
        """Return the draft in which *endpoint* is what *document* says; ConfigurationError with the place in it."""
        try:
            EndpointSpec.model_validate(document.data)
        except ValidationError as error:
            raise refusal(document, list(problems_of(error, EndpointSpec, document.data))) from None
        text = self.kept.text()
        rest_connection(self._understood(text), connection)
        changed = self.kept.put(text, ("connections", connection, "endpoints", endpoint), document.data)
        return Draft(
            connection=connection,
            endpoint=endpoint,
            before=text,
            text=changed,
            configuration=self._understood(changed),
        )

    def absent(self, connection: str, endpoint: str) -> None:
        """Raise ConfigurationError if *connection* has an endpoint of its own called *endpoint* already."""
        if endpoint in rest_connection(self._understood(self.kept.text()), connection).endpoints:
            raise ConfigurationError(
                f'connection "{connection}" has an endpoint "{endpoint}" already',
                hint=f"change it with `keepstep endpoint edit {connection} {endpoint}`, or choose another name",
            )

    def without(self, connection: str, endpoint: str) -> Draft:
        """Return the draft without *endpoint*; ConfigurationError names what uses it."""
        text = self.kept.text()
        configuration = self._understood(text)
        spec = rest_connection(configuration, connection)
        application = self.application_of(spec)
        _known(application, connection, endpoint)
        if endpoint not in spec.endpoints:
            raise ConfigurationError(
                f'endpoint "{endpoint}" belongs to preset {spec.preset} and cannot be deleted',
                hint="`keepstep endpoint edit` puts one of your own in its place",
            )
        left = {name: one for name, one in spec.endpoints.items() if name != endpoint}
        bare = self.application_of(spec.model_copy(update={"endpoints": left}))
        if endpoint not in bare.endpoints and (used := application.uses(endpoint)):
            raise ConfigurationError(
                f'endpoint "{endpoint}" of {connection} is in use: {", ".join(used)}',
                hint="change what uses it first; nothing was changed",
            )
        changed = self.kept.take(text, ("connections", connection, "endpoints", endpoint))
        return Draft(
            connection=connection,
            endpoint=endpoint,
            before=text,
            text=changed,
            configuration=self._understood(changed),
        )

    def digest(self, draft: Draft) -> str:
        """Return the digest of the endpoint that *draft* is about."""
        spec = rest_connection(draft.configuration, draft.connection)
        return digest_of(spec, self.application_of(spec).endpoints[draft.endpoint])

    def listed(self, tests: Tests, connection: str | None = None) -> list[ListedEndpoint]:
        """Return every endpoint of *connection*, or of all REST connections."""
        configuration = self._understood(self.kept.text())
        names = [connection] if connection else list(configuration.connections)
        found: list[ListedEndpoint] = []
        for name in names:
            spec = rest_connection(configuration, name) if connection else configuration.connections[name]
            if isinstance(spec, RestConnection):
                found += self._of(name, spec, tests)
        return found

    def _of(self, name: str, spec: RestConnection, tests: Tests) -> Iterable[ListedEndpoint]:
        preset = self.application_of(spec.model_copy(update={"endpoints": {}, "objects": {}})).endpoints
        for endpoint, one in self.application_of(spec).endpoints.items():
            own = endpoint in spec.endpoints
            yield ListedEndpoint(
                connection=name,
                name=endpoint,
                method=one.method,
                url=one.url,
                paging=one.paging.style,
                records=one.records,
                origin=f"preset {spec.preset}"
                if not own
                else "own, replaces the preset's"
                if endpoint in preset
                else "own",
                test=standing(digest_of(spec, one), tests.of(name, endpoint)),
            )

    def _understood(self, text: str) -> Configuration:
        return understand(self.kept.read(text), self.application_of)

    def _application(self, configuration: Configuration, connection: str) -> ApplicationSpec:
        return self.application_of(rest_connection(configuration, connection))


def change_of(draft: Draft, what: str, detail: Mapping[str, str] | None = None) -> Change:
    """Return the change that puts *draft* in force; *what* was done is told to the audit log."""
    told = {"endpoint": f"{draft.connection}.{draft.endpoint}", **(detail or {})}
    return Change(before=draft.before, text=draft.text, action=f"endpoint_{what}", detail=told)


def rest_connection(configuration: Configuration, name: str, what: str = "endpoints") -> RestConnection:
    """Return the REST connection called *name*; ConfigurationError for another, which has no *what*."""
    spec = configuration.connections.get(name)
    if spec is None:
        known = configuration.connections
        hint = f"connections: {', '.join(known)}" if known else "add one to keepstep.yaml"
        raise ConfigurationError(f'there is no connection "{name}"{did_you_mean(name, known)}', hint=hint)
    if not isinstance(spec, RestConnection):
        raise ConfigurationError(
            f'connection "{name}" is a directory and has no {what}',
            hint=f"`keepstep people {name}` reads it; `keepstep connection check {name}` checks it",
        )
    return spec


def _known(application: ApplicationSpec, connection: str, endpoint: str) -> None:
    if endpoint not in application.endpoints:
        known = ", ".join(sorted(application.endpoints)) or "none"
        near = did_you_mean(endpoint, application.endpoints)
        raise ConfigurationError(f'{connection} has no endpoint "{endpoint}"{near}', hint=f"it has: {known}")
