"""Which connector speaks to which kind of connection: an explicit table, imported when first needed."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, assert_never

from keepstep.core.connection import (
    ActiveDirectoryConnection,
    ConnectionSpec,
    LdifConnection,
    NamedSearch,
    RestConnection,
    Scope,
)
from keepstep.core.secret import Resolve
from keepstep.core.spec import Spec
from keepstep.core.table import TableConnection
from keepstep.errors import ConfigurationError, UsageError
from keepstep.ports import Connector, Tokens

if TYPE_CHECKING:
    from keepstep.connectors.rest.consent import Consent

SpecT = TypeVar("SpecT", bound=Spec)
DirectoryT = TypeVar("DirectoryT", ActiveDirectoryConnection, LdifConnection)


def build_connector(name: str, spec: ConnectionSpec, resolve: Resolve, *, folder: Path, tokens: Tokens) -> Connector:
    """Return the connector of connection *name*; files that *spec* names are found from *folder*.

    Nothing is sent yet. ConfigurationError if a library that this kind needs is not installed.
    """
    match spec:
        case RestConnection():
            from keepstep.connectors.rest.connector import RestConnector

            return RestConnector(name, _placed(spec, folder, "ca_file"), resolve, tokens=tokens)
        case LdifConnection():
            from keepstep.connectors.ldif.connector import LdifConnector

            return _searched(spec, lambda spec: LdifConnector(spec, folder / spec.file))
        case TableConnection():
            from keepstep.connectors.table.connector import TableConnector

            return TableConnector(spec, folder / spec.file)
        case ActiveDirectoryConnection():
            return _active_directory(name, spec, resolve, folder)
        case _:
            assert_never(spec)


def build_consent(name: str, spec: ConnectionSpec, resolve: Resolve, *, folder: Path, tokens: Tokens) -> "Consent":
    """Return a new question to the authorization server of connection *name*; UsageError if it has none."""
    if not isinstance(spec, RestConnection):
        raise UsageError(
            f'connection "{name}" is no REST application, and needs no consent',
            hint="its credentials are in its `bind`",
        )
    from keepstep.connectors.rest.consent import Consent

    # RFC 7636 section 4.1 asks for 43 to 128 characters, RFC 6749 section 10.12 for a state that cannot be guessed.
    random = (secrets.token_urlsafe(32), secrets.token_urlsafe(64))
    return Consent(name, _placed(spec, folder, "ca_file"), resolve, tokens, random=random)


def _active_directory(name: str, spec: ActiveDirectoryConnection, resolve: Resolve, folder: Path) -> Connector:
    try:
        from keepstep.connectors.ad.connector import AdConnector
    except ModuleNotFoundError as exc:
        raise ConfigurationError(
            f'connection "{name}" needs python-ldap, which is not installed',
            hint="apt install gcc python3-dev libldap-dev libsasl2-dev, then pip install 'keepstep[ad]'",
        ) from exc
    bind = spec.bind
    if bind.method == "kerberos":
        spec = spec.model_copy(update={"bind": _placed(bind, folder, "keytab")})
    return _searched(_placed(spec, folder, "ca_file"), lambda spec: AdConnector(name, spec, resolve))


def _searched(spec: DirectoryT, build: Callable[[DirectoryT], Connector]) -> Connector:
    """Return the directory of *spec*, with its named searches where it has any."""
    if not spec.searches:
        return build(spec)
    from keepstep.connectors.searches import SearchedDirectory

    def narrow(search: NamedSearch) -> Connector:
        return build(spec.model_copy(update={search.of: Scope(base=search.base, filter=search.filter)}))

    return SearchedDirectory(build(spec), spec.searches, narrow)


def _placed(spec: SpecT, folder: Path, field: str) -> SpecT:
    """Return *spec* with the file that *field* names found from *folder*, if it names one."""
    file: str = getattr(spec, field)
    return spec.model_copy(update={field: str(folder / file)}) if file else spec
