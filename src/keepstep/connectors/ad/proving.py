"""Whether somebody is who they say: their password is tried at the directory, and their groups are looked up."""

from keepstep.connectors.ldap_session.line import Line, directory_server, login
from keepstep.connectors.ldap_session.session import Entry, Search, Session, SimpleLogin
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.ldap_filter import all_of, any_of, equal, escape
from keepstep.core.secret import Resolve
from keepstep.core.sign_in import Claimed, Member
from keepstep.errors import CredentialsRefused

_SWITCHED_OFF = 2
_READ = ("sAMAccountName", "displayName", "mail", "userAccountControl")


async def prove(name: str, spec: ActiveDirectoryConnection, resolve: Resolve, claimed: Claimed) -> Member | None:
    """Return whom the password of *claimed* proves; None if it proves nobody.

    Nobody is proven by an empty password, nor who is switched off, nor by a name that two have. Groups are those that
    they are in at any depth (MS-ADTS 3.1.1.3.4.4.3, LDAP_MATCHING_RULE_TRANSITIVE_EVAL), without the primary group.
    ConnectorError if the directory cannot be asked.
    """
    who, password = claimed.who, claimed.password
    if not password.reveal() or "\x00" in who:
        return None
    line = Line(lambda: directory_server(name, spec), lambda: login(spec, resolve))
    try:
        session = await line.session()
        found = await session.find(Search(base=spec.base, filter=_called(who), attributes=_READ))
        if len(found) != 1 or _number(found[0]) & _SWITCHED_OFF:
            return None
        (entry,) = found
        claimed.called(_text(entry, "samaccountname"))
        try:
            own = await Session.open(directory_server(name, spec), SimpleLogin(entry.dn, password))
        except CredentialsRefused:
            return None
        own.close()
        inside = f"(member:1.2.840.113556.1.4.1941:={escape(entry.dn)})"
        groups = await session.find(
            Search(base=spec.base, filter=all_of("(objectClass=group)", inside), attributes=("cn",))
        )
    finally:
        line.close()
    return Member(
        name=_text(entry, "samaccountname"),
        display=_text(entry, "displayname"),
        email=_text(entry, "mail"),
        groups=tuple(group.dn for group in groups),
    )


def _called(who: str) -> str:
    people = ("(objectCategory=person)", "(objectClass=user)")
    return all_of(*people, any_of(equal("sAMAccountName", who), equal("userPrincipalName", who)))


def _text(entry: Entry, name: str) -> str:
    values = entry.values.get(name, [])
    return values[0].decode("utf-8", "replace") if values else ""


def _number(entry: Entry) -> int:
    text = _text(entry, "useraccountcontrol")
    return int(text) if text.lstrip("-").isdigit() else _SWITCHED_OFF
