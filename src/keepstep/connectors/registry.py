"""Which connector speaks to which kind of connection: an explicit table, imported when first needed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, assert_never

from keepstep.core.call_count import CallCounts, NoCallCounts
from keepstep.core.connection import (
    ActiveDirectoryConnection,
    ConnectionSpec,
    LdapConnection,
    LdifConnection,
    NamedSearch,
    RestConnection,
)
from keepstep.core.egress import NOWHERE_ELSE, EgressSpec
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.secret import Resolve
from keepstep.core.sign_in import Claimed, Member
from keepstep.core.spec import Spec
from keepstep.core.table import TableConnection
from keepstep.errors import ConfigurationError, UsageError
from keepstep.ports import Connector, Handover, Tokens

if TYPE_CHECKING:
    from keepstep.connectors.rest.auth import Authorizer
    from keepstep.connectors.rest.consent import Consent

SpecT = TypeVar("SpecT", bound=Spec)
DirectoryT = TypeVar("DirectoryT", ActiveDirectoryConnection, LdapConnection, LdifConnection)
ServedT = TypeVar("ServedT", ActiveDirectoryConnection, LdapConnection)


def _alone(name: str) -> Connector:
    raise ConfigurationError(f'connection "{name}" is not at hand here')


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What connectors find where Keepstep runs: a folder for files, the keepers of secrets, and what macros read.

    *egress*: where calls may go; *counts*: where they are counted; *others*: the other connections.
    """

    folder: Path
    resolve: Resolve
    tokens: Tokens
    handover: Handover
    context: MacroContext = NO_CONTEXT
    egress: EgressSpec = NOWHERE_ELSE
    counts: CallCounts = field(default_factory=NoCallCounts)
    others: Callable[[str], Connector] = _alone


def build_connector(name: str, spec: ConnectionSpec, premises: Premises) -> Connector:
    """Return the connector of connection *name*; files that *spec* names are found from the folder of *premises*.

    Nothing is sent yet.
    """
    folder, resolve = premises.folder, premises.resolve
    match spec:
        case RestConnection():
            from keepstep.connectors.rest.connector import RestConnector

            placed = _rest_placed(spec, folder)
            return RestConnector(
                name,
                placed,
                resolve,
                tokens=premises.tokens,
                context=premises.context,
                egress=premises.egress,
                counts=premises.counts,
                proof_of=lambda other: _proof_of(premises, other),
            )
        case LdifConnection():
            from keepstep.connectors.ldif.connector import LdifConnector

            return _searched(spec, lambda spec: LdifConnector(spec, folder / spec.file))
        case TableConnection():
            from keepstep.connectors.table.connector import TableConnector

            return TableConnector(spec, folder / spec.file)
        case ActiveDirectoryConnection():
            return _active_directory(name, _found_from(folder, spec), premises)
        case LdapConnection():
            return _ldap(name, _found_from(folder, spec), premises)
        case _:
            assert_never(spec)


async def prove_member(name: str, spec: ConnectionSpec, premises: Premises, claimed: Claimed) -> Member | None:
    """Return whom the password of *claimed* proves at connection *name*; None for nobody, or elsewhere."""
    if not isinstance(spec, ActiveDirectoryConnection) or not spec.enabled:
        return None
    from keepstep.connectors.ad.proving import prove

    return await prove(name, _found_from(premises.folder, spec), premises.resolve, claimed)


def build_consent(
    name: str, spec: ConnectionSpec, premises: Premises, random: tuple[str, str] | None = None
) -> "Consent":
    """Return a question to the authorization server of connection *name*; UsageError if it has none.

    *random*: what made an earlier question; None: it is a new one.
    """
    if not isinstance(spec, RestConnection):
        raise UsageError(
            f'connection "{name}" is no REST application, and needs no consent',
            hint="its credentials are in its `bind`",
        )
    from keepstep.connectors.rest.consent import Consent

    # RFC 7636 section 4.1 asks for 43 to 128 characters, RFC 6749 section 10.12 for a state that cannot be guessed.
    random = random or (secrets.token_urlsafe(32), secrets.token_urlsafe(64))
    placed = _rest_placed(spec, premises.folder)
    return Consent(name, placed, premises.resolve, premises.tokens, random=random, egress=premises.egress)


def _proof_of(premises: Premises, other: str) -> "Authorizer":
    """Return the proof of the REST connection called *other*."""
    from keepstep.connectors.rest.connector import RestConnector

    found = premises.others(other)
    if not isinstance(found, RestConnector):
        raise ConfigurationError(f'connection "{other}" is no REST application, and proves nothing over HTTP')
    return found.authorizer


def _active_directory(name: str, spec: ActiveDirectoryConnection, premises: Premises) -> Connector:
    from keepstep.connectors.ad.connector import AdConnector

    return _searched(spec, lambda spec: AdConnector(name, spec, premises.resolve, premises.handover))


def _ldap(name: str, spec: LdapConnection, premises: Premises) -> Connector:
    from keepstep.connectors.ldap.connector import LdapConnector

    return _searched(spec, lambda spec: LdapConnector(name, spec, premises.resolve))


def _rest_placed(spec: RestConnection, folder: Path) -> RestConnection:
    if spec.client_certificate is not None:
        spec = spec.model_copy(update={"client_certificate": _placed(spec.client_certificate, folder, "file")})
    return _placed(spec, folder, "ca_file")


def _found_from(folder: Path, spec: ServedT) -> ServedT:
    bind = spec.bind
    if bind.method == "kerberos":
        spec = spec.model_copy(update={"bind": _placed(bind, folder, "keytab")})
    return _placed(spec, folder, "ca_file")


def _searched(spec: DirectoryT, build: Callable[[DirectoryT], Connector]) -> Connector:
    """Return the directory of *spec*, with its named searches where it has any."""
    if not spec.searches:
        return build(spec)
    from keepstep.connectors.searches import SearchedDirectory

    def narrow(search: NamedSearch) -> Connector:
        scope = getattr(spec, search.of).model_copy(update={"base": search.base, "filter": search.filter})
        return build(spec.model_copy(update={search.of: scope}))

    return SearchedDirectory(build(spec), spec.searches, narrow)


def _placed(spec: SpecT, folder: Path, field: str) -> SpecT:
    """Return *spec* with the file that *field* names found from *folder*, if it names one."""
    file: str = getattr(spec, field)
    return spec.model_copy(update={field: str(folder / file)}) if file else spec
