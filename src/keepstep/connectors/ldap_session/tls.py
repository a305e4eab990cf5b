"""Find out, before the LDAP library connects, whether a server can be reached and its certificate trusted.

libldap waits without end on a server that accepts a connection and stays silent, and tells a certificate of an
unknown authority, one for another name and one that expired by the same words. This look-ahead is bounded in time and
says which it is. The LDAP library verifies again by itself.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keepstep.errors import ConfigurationError, ConnectionLost, ResponseInvalid, TlsRefused

# A StartTLS request, RFC 4511 4.14: message 1, extended request, name 1.3.6.1.4.1.1466.20037.
_START_TLS: Final = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_EXTENDED_RESPONSE: Final = 0x78

# OpenSSL's verification results, x509_vfy.h.
_NOT_YET: Final = 9
_EXPIRED: Final = 10
_WRONG_NAME: Final = frozenset({62, 64})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a directory listens and how it is to be spoken to."""

    host: str
    port: int
    tls: bool
    start_tls: bool
    ca_file: str
    timeout: float
    connection: str = ""

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"


def authorities(ca_file: str) -> str:
    """Return the file of certificate authorities to trust: *ca_file*, else the system's. ConfigurationError if none."""
    if ca_file:
        if not Path(ca_file).is_file():
            raise ConfigurationError(f"ca_file {ca_file}: there is no such file", hint="check the path")
        return ca_file
    paths = ssl.get_default_verify_paths()
    for candidate in (paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt"):
        if candidate and Path(candidate).is_file():
            return candidate
    raise ConfigurationError(
        "this machine has no file of certificate authorities", hint="apt-get install ca-certificates, or set ca_file"
    )


def look_ahead(server: Server) -> None:
    """Return when *server* can be reached and, where TLS is used, shows a certificate that is trusted for its name.

    ConnectionLost, TlsRefused or ConfigurationError say why not. Blocks for at most about the timeout.
    """
    try:
        with socket.create_connection((server.host, server.port), timeout=server.timeout) as plain:
            if server.start_tls:
                _ask_for_tls(plain, server)
            if server.tls or server.start_tls:
                _shake_hands(plain, server)
    except socket.gaierror as exc:
        raise ConnectionLost(f"{server.host}: the name is not known", hint="check the url and the DNS") from exc
    except TimeoutError as exc:
        raise ConnectionLost(
            f"{server.name} did not answer within {server.timeout:g} seconds", hint="check the address and firewalls"
        ) from exc
    except ConnectionRefusedError as exc:
        raise ConnectionLost(f"nothing listens at {server.name}", hint="check the url, and that it runs") from exc
    except OSError as exc:
        raise ConnectionLost(f"{server.name} cannot be reached: {exc.strerror or exc}", hint="check the url") from exc


def _ask_for_tls(plain: socket.socket, server: Server) -> None:
    plain.sendall(_START_TLS)
    answer = b""
    while len(answer) < 9 or len(answer) < _length(answer):
        more = plain.recv(4096)
        if not more or len(answer) > 65536:
            raise TlsRefused(f"{server.name} broke off when asked for StartTLS", hint="try ldaps://")
        answer += more
    body = answer[_head(answer) :]
    # message id (3 bytes), then the extended response with its result code as the first element
    at = body.find(bytes([_EXTENDED_RESPONSE]))
    if at < 0:
        raise ResponseInvalid(f"{server.name} does not speak LDAP", hint="check the port of the url")
    response = body[at:]
    code = response[_head(response) :][2:3]
    if code != b"\x00":
        raise TlsRefused(
            f"{server.name} refuses StartTLS (LDAP result {code[0] if code else '?'})",
            hint="does it have a certificate? try ldaps://",
        )


def _head(data: bytes) -> int:
    """Return the size of tag and length at the start of a BER element."""
    return 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)


def _length(data: bytes) -> int:
    """Return the size of the whole BER element at the start of *data*."""
    head = _head(data)
    return head + (data[1] if head == 2 else int.from_bytes(data[2:head], "big"))


def _shake_hands(plain: socket.socket, server: Server) -> None:
    try:
        context = ssl.create_default_context(cafile=authorities(server.ca_file))
    except ssl.SSLError as exc:
        raise ConfigurationError(
            f"ca_file {server.ca_file}: it holds no PEM certificates", hint="export the authority as Base64 (PEM)"
        ) from exc
    # Domain controllers' authorities may lack what RFC 5280 asks for; libldap does not insist on it either.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.wrap_socket(plain, server_hostname=server.host).close()
    except ssl.SSLCertVerificationError as exc:
        raise _untrusted(exc, server) from exc
    except (ssl.SSLEOFError, ConnectionResetError) as exc:
        raise ConnectionLost(
            f"{server.name} broke off the TLS handshake",
            hint="a server without a certificate does so: check that it has one, and the port",
        ) from exc
    except ssl.SSLError as exc:
        raise TlsRefused(
            f"{server.name}: TLS failed ({exc.reason or 'no reason given'})",
            hint="is this the TLS port? 636 is LDAPS, 389 is plain or StartTLS",
        ) from exc


def _untrusted(exc: ssl.SSLCertVerificationError, server: Server) -> TlsRefused:
    if exc.verify_code in _WRONG_NAME:
        return TlsRefused(
            f"the certificate of {server.name} is for another name",
            hint="use a name in the url that stands in the certificate's subjectAltName",
        )
    if exc.verify_code in {_NOT_YET, _EXPIRED}:
        return TlsRefused(f"the certificate of {server.name} is out of its time", hint="renew it, and check the clocks")
    return TlsRefused(
        f"the certificate of {server.name} was issued by an authority that is not trusted",
        hint="set ca_file to the PEM file of the authority that issued it",
    )
