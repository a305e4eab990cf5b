"""E-mail through SMTP servers. The only file that knows aiosmtplib."""

import asyncio
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keepstep.connectors.dialing import dial
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.channel import EmailChannel, Mail
from keepstep.core.egress import EgressSpec
from keepstep.core.secret import Secret, SecretRef
from keepstep.errors import AddressRefused, KeepstepError

if TYPE_CHECKING:
    from aiosmtplib import SMTPResponse

_DOMAIN: Final = "keepstep.invalid"
"""The right side of message ids: no domain of anybody (RFC 2606)."""


class SmtpPost:
    """Sends each e-mail over a connection of its own. *folder*: where files that channels name are found from."""

    def __init__(self, folder: Path, resolve: Callable[[SecretRef], Secret], egress: EgressSpec) -> None:
        self._folder = folder
        self._resolve = resolve
        self._egress = egress

    async def send(self, channel: EmailChannel, mail: Mail) -> BlockResult:
        """Send *mail*; a server that cannot be reached or says no is a result, told without anybody's address."""
        import aiosmtplib as smtp

        began = time.monotonic()
        request = f"e-mail to {len(mail.to)} receivers through {channel.host}:{channel.port}\nSubject: {mail.subject}"

        def ended(state: BlockState, cause: Cause = Cause.NONE, detail: str = "", answer: str = "") -> BlockResult:
            return BlockResult(
                state=state,
                cause=cause,
                detail=detail,
                request=request,
                answer=answer,
                attempts=1,
                seconds=time.monotonic() - began,
            )

        try:
            refused, told = await self._sent(channel, mail)
        except smtp.SMTPAuthenticationError as exc:
            return ended(
                BlockState.FAILED, Cause.CREDENTIALS, f"the server does not accept the login (code {exc.code})"
            )
        except smtp.SMTPRecipientsRefused as exc:
            codes = sorted({one.code for one in exc.recipients})
            return ended(BlockState.FAILED, _cause(codes[0]), f"the server accepts no receiver (codes {codes})")
        except smtp.SMTPResponseException as exc:
            return ended(BlockState.FAILED, _cause(exc.code), f"the server refused the e-mail (code {exc.code})")
        except (smtp.SMTPException, OSError) as exc:
            return ended(BlockState.FAILED, Cause.UNREACHABLE, f"the server could not be used: {type(exc).__name__}")
        except AddressRefused as exc:
            return ended(BlockState.FAILED, Cause.UNREACHABLE, f"{exc.message}; {exc.hint}")
        except KeepstepError as exc:
            return ended(BlockState.FAILED, Cause.CREDENTIALS, exc.message)
        if refused:
            codes = sorted({answer.code for answer in refused.values()})
            detail = f"{len(refused)} of {len(mail.to)} receivers were refused (codes {codes})"
            return ended(BlockState.FAILED, Cause.REFUSED, detail, told)
        return ended(BlockState.SUCCEEDED, answer=told)

    async def _sent(self, channel: EmailChannel, mail: Mail) -> tuple[dict[str, "SMTPResponse"], str]:
        """Return the receivers that the server refused, and what it said of the rest."""
        from aiosmtplib import send

        password = self._resolve(channel.password).reveal() if channel.password else None
        tls = self._tls(channel)
        async with asyncio.timeout(channel.timeout):
            made = await dial(self._egress, channel.host, channel.port)
        return await send(
            _message(mail),
            sender=mail.sender,
            recipients=list(mail.to),
            hostname=channel.host,
            sock=made,
            username=channel.user or None,
            password=password,
            use_tls=channel.tls == "implicit",
            start_tls=channel.tls == "starttls",
            tls_context=tls,
            timeout=channel.timeout,
        )

    def _tls(self, channel: EmailChannel) -> ssl.SSLContext | None:
        if channel.tls == "none":
            return None
        file = str(self._folder / channel.ca_file) if channel.ca_file else None
        return ssl.create_default_context(cafile=file)


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.id}@{_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(mail.text)
    for one in mail.attachments:
        kind, _, sort = (guess_type(one.name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=sort, filename=one.name)
    return message


def _cause(code: int) -> Cause:
    """Return what an SMTP code means, RFC 5321 section 4.2.1: 4 is for now, 5 is for good."""
    return Cause.UNREACHABLE if 400 <= code < 500 else Cause.REFUSED
