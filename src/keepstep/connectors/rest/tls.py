"""TLS to an application: whom we trust, and the certificate by which it knows us."""

import os
import ssl
from dataclasses import dataclass
from typing import Final

from keepstep.core.secret import Resolve, SecretRef
from keepstep.errors import ConfigurationError

_LONGEST_KEY: Final = 32 * 1024
"""What a pipe holds on every system before somebody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The certificate that is shown to one origin: its file, and the secret that is its key."""

    origin: tuple[str, str, int | None]
    file: str
    key: SecretRef


def trusting(ca_file: str) -> ssl.SSLContext:
    """Return TLS that verifies certificates by *ca_file*, or by what this machine trusts."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as exc:
        raise ConfigurationError(f"the CA file {ca_file} cannot be read as certificates") from exc


def identified(ca_file: str, identity: Identity, resolve: Resolve) -> ssl.SSLContext:
    """Return TLS that shows the certificate of *identity*; its key is never on the disk."""
    tls = trusting(ca_file)
    key = resolve(identity.key).reveal().encode()
    where = f"the client certificate {identity.file} with {identity.key.label}"
    if len(key) > _LONGEST_KEY:
        raise ConfigurationError(f"{where} cannot be used: the key is too long")
    # OpenSSL takes keys out of files only. A pipe is one that leaves nothing behind.
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(key)
        # Without a password OpenSSL would ask for one at the terminal.
        tls.load_cert_chain(identity.file, f"/dev/fd/{reader}", password="")
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"{where} cannot be used",
            hint="file: the certificate as PEM; key: its private key as PEM, without a password",
        ) from exc
    finally:
        os.close(reader)
    return tls
