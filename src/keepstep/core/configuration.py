"""The whole configuration: connections, mappings and rules, and whether they fit together."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from keepstep.core.application import ApplicationSpec
from keepstep.core.audit_anchor import AuditSpec
from keepstep.core.authorization import proof_header
from keepstep.core.automation import AutomationSpec
from keepstep.core.call import CallSpec
from keepstep.core.channel import ChannelSpec
from keepstep.core.connection import (
    ActiveDirectoryConnection,
    ConnectionSpec,
    DirectoryConnection,
    LdapConnection,
    LdifConnection,
    NamedSearch,
    RestConnection,
)
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.egress import NOWHERE_ELSE, EgressSpec
from keepstep.core.encoding import Spot
from keepstep.core.endpoint import origin_of
from keepstep.core.endpoint_texts import EndpointText, texts_of
from keepstep.core.first_password import PASSWORD_LENGTH, Delivery, faults
from keepstep.core.ldap_filter import parse as parse_filter
from keepstep.core.macro_context import MacroContext
from keepstep.core.macro_names import Where
from keepstep.core.macro_syntax import parse_text
from keepstep.core.mapping import Category, MappingSpec
from keepstep.core.notice import NoticeRule
from keepstep.core.report_spec import ReportSpec
from keepstep.core.role import RoleSpec
from keepstep.core.sign_in import SignInSpec
from keepstep.core.spec import Name, Spec
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.table import ROWS, TableConnection
from keepstep.core.template import TemplateSpec
from keepstep.core.unmappable import why_not_mapped
from keepstep.core.value_table import TableSpec, ValueTable
from keepstep.errors import ConfigurationError

Path = tuple[str | int, ...]
"""Where something stands: the keys and list positions that lead to it."""

ConnectionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")]
"""A name without a dot, as `connection.objects` names a side."""

DIRECTORY_OBJECTS = ("users", "groups")
"""What a directory holds, whichever way it is read."""

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}$")]
"""A name without a dot, as `env.NAME` stands in macros."""


def _nothing_is_empty(value: object) -> object:
    return {} if value is None else value


class Configuration(Spec):
    """What keepstep.yaml says, each part valid by itself; `misfits` says whether the parts fit together."""

    version: Literal[1]
    variables: Annotated[dict[VariableName, str], BeforeValidator(_nothing_is_empty)] = {}
    tables: Annotated[dict[Name, TableSpec], BeforeValidator(_nothing_is_empty)] = {}
    connections: Annotated[dict[ConnectionName, ConnectionSpec], BeforeValidator(_nothing_is_empty)] = {}
    mappings: Annotated[dict[Name, MappingSpec], BeforeValidator(_nothing_is_empty)] = {}
    rules: Annotated[dict[Name, SyncRule], BeforeValidator(_nothing_is_empty)] = {}
    channels: Annotated[dict[Name, ChannelSpec], BeforeValidator(_nothing_is_empty)] = {}
    templates: Annotated[dict[Name, TemplateSpec], BeforeValidator(_nothing_is_empty)] = {}
    notifications: Annotated[dict[Name, NoticeRule], BeforeValidator(_nothing_is_empty)] = {}
    reports: Annotated[dict[Name, ReportSpec], BeforeValidator(_nothing_is_empty)] = {}
    automations: Annotated[dict[Name, AutomationSpec], BeforeValidator(_nothing_is_empty)] = {}
    audit: Annotated[AuditSpec, BeforeValidator(_nothing_is_empty)] = AuditSpec()
    roles: Annotated[dict[Name, RoleSpec], BeforeValidator(_nothing_is_empty)] = {}
    egress: Annotated[EgressSpec, BeforeValidator(_nothing_is_empty)] = NOWHERE_ELSE
    sign_in: Annotated[SignInSpec, BeforeValidator(_nothing_is_empty)] = SignInSpec()

    @property
    def macro_context(self) -> MacroContext:
        """What macros read beside a record, as far as the configuration says it."""
        tables = {name: ValueTable.of(name, spec) for name, spec in self.tables.items()}
        return MacroContext(variables=self.variables, tables=tables)

    def with_search(self, side: Side, name: str, condition: str) -> "Configuration":
        """Return the configuration with a search called *name* for the objects of *side* that match *condition*.

        ConfigurationError if that is no directory, InvalidFilter if the filter cannot be understood.
        """
        spec = self.connections.get(side.connection)
        if not isinstance(spec, DirectoryConnection):
            raise ConfigurationError(f'connection "{side.connection}" is no directory, and takes no LDAP filter')
        parse_filter(condition)
        of = "groups" if side.objects == "groups" else "users"
        search = NamedSearch(of=of, filter=condition)
        more = spec.model_copy(update={"searches": {**spec.searches, name: search}})
        return self.model_copy(update={"connections": {**self.connections, side.connection: more}})


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A configuration as plain data, and where in its text each key and each value stands."""

    name: str
    data: object
    keys: Mapping[Path, Place] = field(default_factory=dict[Path, Place])
    values: Mapping[Path, Place] = field(default_factory=dict[Path, Place])


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where it stands, at a key or at its value, and what is wrong.

    *beside*: the words for somebody who sees the field at *path*; empty: those of the text.
    """

    path: Path
    text: str
    at_key: bool = False
    beside: str = ""

    @property
    def field(self) -> str:
        """Where it stands: keys and numbers of list items, joined by dots."""
        return ".".join(map(str, self.path))

    @property
    def words(self) -> str:
        """What is wrong, for somebody who sees the field: without its name."""
        return self.beside or self.text.removeprefix(f"{self.field}: ").removeprefix(f"{self.field} ")


ApplicationOf = Callable[[RestConnection], ApplicationSpec]
"""Gives the preset of a connection with what the connection adds; ConfigurationError if there is no such preset."""


def misfits(configuration: Configuration, application_of: ApplicationOf) -> Iterator[Problem]:
    """Yield what does not fit together, and the names, filters and macros that cannot be understood.

    Whether the names that macros use exist is known only to the connected systems.
    """
    objects: dict[str, Collection[str]] = {}
    for name, connection in configuration.connections.items():
        where: Path = ("connections", name)
        if isinstance(connection, TableConnection):
            objects[name] = (ROWS,)
            continue
        if not isinstance(connection, RestConnection):
            yield from _directory(connection, where)
            objects[name] = (*DIRECTORY_OBJECTS, *connection.searches)
            continue
        yield from _replaced(connection, where)
        yield from _unprotected(connection, configuration.egress, where)
        try:
            application = application_of(connection)
        except ConfigurationError as error:
            yield Problem(path=(*where, "preset"), text=f"{error.message} ({error.hint})")
            continue
        yield from (Problem(path=(*where, *path), text=text) for path, text in application.loose_ends())
        yield from _requests(configuration, connection, application, where)
        objects[name] = application.objects
    names = configuration.macro_context.any_names(Where.ROW)
    for name, mapping in configuration.mappings.items():
        yield from _side(objects, configuration, mapping.into, ("mappings", name, "into"))
        yield from _only_read(configuration, mapping.into, ("mappings", name, "into"))
        yield from _category(configuration, mapping, ("mappings", name))
        for row in mapping.rows:
            path: Path = ("mappings", name, "rows", row)
            text = mapping.row(row).text
            yield from _understood(path, lambda text=text, path=path: parse_text(text, names, ".".join(map(str, path))))
    for name, rule in configuration.rules.items():
        here: Path = ("rules", name)
        yield from _side(objects, configuration, rule.source, (*here, "source"))
        yield from _side(objects, configuration, rule.target, (*here, "target"))
        yield from _only_read(configuration, rule.target, (*here, "target"))
        yield from _mapping_of(configuration, rule, (*here, "mapping"))


def _only_read(configuration: Configuration, text: str, path: Path) -> Iterator[Problem]:
    """Yield why the side *text* cannot be written to, if so."""
    name = text.partition(".")[0]
    match configuration.connections.get(name):
        case TableConnection():
            kind = "a table"
        case LdapConnection():
            kind = "a plain LDAP server"
        case _:
            return
    yield Problem(path=path, text=f'connection "{name}" is {kind}, which is only read: it can only be a source')


def _mapping_of(configuration: Configuration, rule: SyncRule, path: Path) -> Iterator[Problem]:
    mapping = configuration.mappings.get(rule.mapping)
    if mapping is None:
        near = did_you_mean(rule.mapping, configuration.mappings)
        yield Problem(path=path, text=f'there is no mapping "{rule.mapping}"{near}')
    elif mapping.into != rule.target:
        text = f'mapping "{rule.mapping}" is into {mapping.into}, the target of this rule is {rule.target}'
        yield Problem(path=path, text=text)
    elif mapping.category not in {None, rule.category}:
        text = f'mapping "{rule.mapping}" makes a {mapping.category}, this rule a {rule.category}: say the same'
        yield Problem(path=path, text=text)


def _category(configuration: Configuration, mapping: MappingSpec, here: Path) -> Iterator[Problem]:
    """Yield what does not fit a directory: another kind of object, and attributes that no row may write there."""
    side = Side(*mapping.into.split(".", 1))
    connection = configuration.connections.get(side.connection)
    if not isinstance(connection, DirectoryConnection):
        return
    search = connection.searches.get(side.objects)
    kind = side.objects if search is None else search.of
    if kind not in DIRECTORY_OBJECTS:
        return
    fitting = Category.USER if kind == "users" else Category.GROUP
    if mapping.category not in {None, fitting}:
        text = f"category {mapping.category} does not fit: {mapping.into} are of category {fitting}"
        yield Problem(path=(*here, "category"), text=text)
    for row in mapping.rows:
        if why := why_not_mapped(row):
            path = (*here, "rows", row)
            text = f'{".".join(map(str, path))}: attribute "{row}" cannot be mapped: {why}'
            yield Problem(path=path, text=text, at_key=True)


def _unprotected(connection: RestConnection, egress: EgressSpec, path: Path) -> Iterator[Problem]:
    """Yield an address that nothing would be sent to."""
    _, host, _ = origin_of(connection.base_url)
    if connection.base_url.startswith("http:") and not egress.lists(host):
        told = "begins with http: credentials would go unprotected, so nothing is sent"
        hint = f'use https, or add "{host}" to egress.allow if it is inside your own network'
        yield Problem(path=(*path, "base_url"), text=f"{'.'.join(map(str, path))}.base_url {told} ({hint})")


def _replaced(connection: RestConnection, path: Path) -> Iterator[Problem]:
    """Yield the headers of the connection and of its own calls that its authorization would silently replace."""
    proof = proof_header(connection.authorization).lower()
    places: list[tuple[Path, str]] = [((*path, "headers", header), header) for header in connection.headers]
    for name, endpoint in connection.endpoints.items():
        places += [((*path, "endpoints", name, "headers", header), header) for header in endpoint.headers]
    for name, webhook in connection.webhooks.items():
        if not webhook.authorization:
            places += [((*path, "webhooks", name, "headers", header), header) for header in webhook.headers]
    for where, header in places:
        if header.lower() == proof:
            told = f"{'.'.join(map(str, where))} is never sent: the authorization of the connection fills this header"
            yield Problem(path=where, text=told, at_key=True)


def _requests(
    configuration: Configuration, connection: RestConnection, application: ApplicationSpec, path: Path
) -> Iterator[Problem]:
    """Yield the macros of the connection's own headers and endpoints that cannot be understood."""
    context = configuration.macro_context
    yield from _proofs(configuration, connection, path)
    for name, text in connection.headers.items():
        where: Path = (*path, "headers", name)
        header = EndpointText((), text, Where.HEADER, Spot.HEADER)
        yield from _understood(where, partial(header.read, context, (), ".".join(map(str, where))))
    for name, endpoint in connection.endpoints.items():
        yield from _texts(endpoint, {"key", *application.given_to(name)}, context, (*path, "endpoints", name))
    names = context.any_names(Where.BODY)
    for name, webhook in connection.webhooks.items():
        here: Path = (*path, "webhooks", name)
        for text in texts_of(webhook):
            place: Path = (*here, *text.path)
            label = ".".join(map(str, place))
            yield from _understood(place, partial(text.read_with, replace(names, where=text.where), label))
        rule: Path = (*here, "success", "when")
        yield from _understood(rule, partial(webhook.condition, ".".join(map(str, here))))


def _proofs(configuration: Configuration, connection: RestConnection, path: Path) -> Iterator[Problem]:
    """Yield the webhooks whose proof is that of a connection that has none."""
    applications = [name for name, one in configuration.connections.items() if isinstance(one, RestConnection)]
    for name, webhook in connection.webhooks.items():
        if webhook.authorization not in {"", "none", *applications}:
            near = did_you_mean(webhook.authorization, applications)
            where = (*path, "webhooks", name, "authorization")
            yield Problem(path=where, text=f'there is no REST connection "{webhook.authorization}"{near}')


def _texts(call: CallSpec, others: Collection[str], context: MacroContext, path: Path) -> Iterator[Problem]:
    for text in texts_of(call):
        place: Path = (*path, *text.path)
        yield from _understood(place, partial(text.read, context, others, ".".join(map(str, place))))


def _directory(connection: DirectoryConnection, path: Path) -> Iterator[Problem]:
    names: list[tuple[Path, str]] = [
        ((*path, "base"), connection.base),
        ((*path, "users", "base"), connection.users.base),
        ((*path, "groups", "base"), connection.groups.base),
    ]
    filters: list[tuple[Path, str]] = [
        ((*path, "users", "filter"), connection.users.filter),
        ((*path, "groups", "filter"), connection.groups.filter),
    ]
    if isinstance(connection, LdapConnection):
        filters.append(((*path, "users", "disabled"), connection.users.disabled))
    else:
        names.append(((*path, "new_accounts", "container"), connection.new_accounts.container))
        names += [((*path, "protected", place), name) for place, name in enumerate(connection.protected)]
        yield from _first_passwords(connection, (*path, "new_accounts"))
    for name, search in connection.searches.items():
        here: Path = (*path, "searches", name)
        if name in DIRECTORY_OBJECTS:
            text = f'a search cannot be called "{name}": that is what the {name} of the scope are called'
            yield Problem(path=here, text=text, at_key=True)
        names.append(((*here, "base"), search.base))
        filters.append(((*here, "filter"), search.filter))
    for where, text in names:
        if text:
            yield from _understood(where, lambda text=text: parse_dn(text))
    for where, text in filters:
        if text:
            yield from _understood(where, lambda text=text: parse_filter(text))


def _first_passwords(connection: ActiveDirectoryConnection | LdifConnection, path: Path) -> Iterator[Problem]:
    new_accounts, place = connection.new_accounts, ".".join(map(str, path))
    password = new_accounts.password
    if isinstance(connection, LdifConnection):
        for key, given in (("password", password is not None), ("deliver", new_accounts.deliver is not Delivery.NONE)):
            if given:
                yield Problem(path=(*path, key), text=f"{place}.{key}: an LDIF file holds no passwords", at_key=True)
        return
    if password is None:
        return
    if new_accounts.password_length != PASSWORD_LENGTH:
        text = f"{place}.password_length: the length stands in password.length already"
        yield Problem(path=(*path, "password_length"), text=text, at_key=True)
    for key, text in faults(password, f"{place}.password"):
        yield Problem(path=(*path, "password", key), text=text)


def _understood(path: Path, parse: Callable[[], object]) -> Iterator[Problem]:
    try:
        parse()
    except ConfigurationError as error:
        where = ".".join(map(str, path))
        told = error.message if where in error.message else f"{where}: {error.message}"
        yield Problem(path=path, text=f"{told} ({error.hint})" if error.hint else told)


def _side(
    objects: Mapping[str, Collection[str]], configuration: Configuration, text: str, path: Path
) -> Iterator[Problem]:
    side = Side(*text.split(".", 1))
    if side.connection not in configuration.connections:
        near = did_you_mean(side.connection, configuration.connections)
        yield Problem(path=path, text=f'there is no connection "{side.connection}"{near}')
        return
    known = objects.get(side.connection)
    if known is not None and side.objects not in known:
        near = did_you_mean(side.objects, known) or f"; it has {listed(known) or 'none'}"
        yield Problem(path=path, text=f'connection "{side.connection}" has no objects "{side.objects}"{near}')
