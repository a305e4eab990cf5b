"""Messages to a syslog server: RFC 5424 over TLS, each behind its length (RFC 5425)."""

import asyncio
import os
import socket
import ssl
from typing import Final

from keepstep.connectors.dialing import dial
from keepstep.core.audit_anchor import SyslogAnchor
from keepstep.core.audit_checkpoint import Checkpoint, line_of
from keepstep.core.egress import EgressSpec
from keepstep.errors import ConfigurationError, ConnectionLost, TlsRefused

_PRIORITY: Final = 13 * 8 + 5
"""Facility log audit, severity notice (RFC 5424 section 6.2.1)."""


def message_of(checkpoint: Checkpoint, host: str, process: int) -> bytes:
    """Return *checkpoint* as a frame: the length of the message, a blank, the message. All of it is ASCII."""
    name = "".join(ch for ch in host if "!" <= ch <= "~")[:255] or "-"
    text = f"<{_PRIORITY}>1 {checkpoint.at} {name} keepstep {process} checkpoint - {line_of(checkpoint)}"
    message = text.encode("ascii", "replace")
    return f"{len(message)} ".encode() + message


async def send_message(anchor: SyslogAnchor, egress: EgressSpec, ca_file: str, checkpoint: Checkpoint) -> None:
    """Send *checkpoint*; it was handed over when this returns, and more a syslog server never says."""
    try:
        tls = ssl.create_default_context(cafile=ca_file or None)
    except OSError as exc:
        raise ConfigurationError("the CA file of the anchor cannot be read as certificates") from exc
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    frame = message_of(checkpoint, socket.gethostname(), os.getpid())
    where = f"{anchor.host}:{anchor.port}"
    try:
        async with asyncio.timeout(anchor.timeout):
            made = await dial(egress, anchor.host, anchor.port)
            _, writer = await asyncio.open_connection(sock=made, ssl=tls, server_hostname=anchor.host)
            try:
                writer.write(frame)
                await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()
    except ssl.SSLCertVerificationError as exc:
        hint = "name the CA that signed it in ca_file, and check the host name"
        raise TlsRefused(f"the certificate of {where} cannot be trusted", hint=hint) from exc
    except ssl.SSLError as exc:
        raise TlsRefused(f"{where} does not speak TLS as we do", hint="is the port right?") from exc
    except TimeoutError as exc:
        raise ConnectionLost(f"{where} did not take the message within {anchor.timeout:g} seconds") from exc
    except OSError as exc:
        raise ConnectionLost(f"{where} cannot be reached", hint="check host, port and firewall") from exc
