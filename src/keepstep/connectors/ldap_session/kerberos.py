"""Signing in with Kerberos: whose keys, and what goes wrong in words."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.ldap_session.keytab import check_keytab
from keepstep.connectors.ldap_session.results import Answer, error_of
from keepstep.errors import ConnectorError, CredentialsRefused

_KERBEROS_ENVIRONMENT: Final = threading.Lock()
"""libkrb5 takes the keytab from the environment, which is the process's: one bind at a time may change it."""


@dataclass(frozen=True, slots=True)
class KerberosLogin:
    """GSSAPI; without *keytab* the process's credential cache is used. *principal*: whose the keytab has to be."""

    keytab: str = ""
    principal: str = ""


def kerberos_error(answer: Answer, doing: str) -> ConnectorError:
    """Return the error that a refused Kerberos bind stands for."""
    text = answer.text.lower()
    for sign, sentence, hint in _KERBEROS_SIGNS:
        if sign in text:
            return CredentialsRefused(f"{doing}: {sentence}", hint=hint)
    return error_of(answer, doing)


_KERBEROS_SIGNS: Final = (
    ("no kerberos credentials", "there is no Kerberos ticket", "set bind.keytab, or kinit before Keepstep is started"),
    ("no credentials", "there is no Kerberos ticket", "set bind.keytab, or kinit before Keepstep is started"),
    ("ticket expired", "the Kerberos ticket has expired", "set bind.keytab, or renew the ticket"),
    ("clock skew", "the clocks differ by more than Kerberos allows", "set the clock, e.g. by NTP"),
    ("not found in kerberos database", "Kerberos does not know the service", "use the server's full name"),
    ("server not found", "Kerberos does not know the service", "use the server's full name in the url"),
    ("cannot contact any kdc", "no Kerberos server can be reached", "check /etc/krb5.conf and port 88"),
    ("cannot find kdc", "the Kerberos realm is not known", "check /etc/krb5.conf and the DNS"),
    ("preauthentication failed", "the keytab holds an old password", "export the keytab again"),
    ("client not found", "Kerberos does not know the keytab's account", "export the keytab again"),
    ("no mechanism available", "GSSAPI is missing", "apt-get install libsasl2-modules-gssapi-mit"),
)


@contextmanager
def signed_in(login: KerberosLogin, server: str) -> Generator[None]:
    """Let libkrb5 sign in with the keytab, into a cache in memory that nobody else uses, while this is open."""
    if not login.keytab:
        yield
        return
    check_keytab(login.keytab, login.principal)
    wanted = {"KRB5_CLIENT_KTNAME": f"FILE:{login.keytab}", "KRB5CCNAME": f"MEMORY:keepstep {server} {login.keytab}"}
    with _KERBEROS_ENVIRONMENT:
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
