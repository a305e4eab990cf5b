"""Messages to people by whatever a channel is: an e-mail, a line in a file, a message in a chat."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, assert_never

from keepstep.connectors.rest.transport import Failure, Line, Transport
from keepstep.connectors.smtp.post import SmtpPost
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.channel import ChatChannel, EmailChannel, FileChannel, Mail, chat_body
from keepstep.core.egress import EgressSpec
from keepstep.core.endpoint import Request
from keepstep.core.secret import Secret, SecretRef
from keepstep.errors import AddressRefused, KeepstepError

FOLDER: Final = "notices"


class Posting:
    """Sends messages. *folder*: the home, in which files are written and found."""

    def __init__(self, folder: Path, resolve: Callable[[SecretRef], Secret], egress: EgressSpec) -> None:
        self._folder = folder
        self._resolve = resolve
        self._egress = egress
        self._mail = SmtpPost(folder, resolve, egress)

    async def send(self, channel: EmailChannel | FileChannel | ChatChannel, mail: Mail) -> BlockResult:
        """Send *mail* over *channel*; whatever does not work is a result."""
        match channel:
            case EmailChannel():
                return await self._mail.send(channel, mail)
            case FileChannel():
                return self._written(channel, mail)
            case ChatChannel():
                return await self._said(channel, mail)
            case _:
                assert_never(channel)

    def _written(self, channel: FileChannel, mail: Mail) -> BlockResult:
        """Add a line to the file of the day; it is on the disk when this returns."""
        now = datetime.now(UTC)
        file = self._folder / FOLDER / f"{channel.file}-{now:%Y-%m-%d}.jsonl"
        line = json.dumps({"at": now.isoformat(), "id": mail.id, "subject": mail.subject, "text": mail.text})
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "ab") as out:
                out.write(line.encode() + b"\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as exc:
            told = f"{FOLDER}/{file.name} cannot be written: {exc.strerror}"
            return BlockResult(state=BlockState.FAILED, cause=Cause.UNREACHABLE, detail=told)
        return BlockResult(state=BlockState.SUCCEEDED, request=f"a line in {FOLDER}/{file.name}", attempts=1)

    async def _said(self, channel: ChatChannel, mail: Mail) -> BlockResult:
        began = time.monotonic()
        try:
            url = self._resolve(channel.url).reveal()
        except KeepstepError as exc:
            return BlockResult(state=BlockState.FAILED, cause=Cause.CREDENTIALS, detail=exc.message)
        body = json.dumps(chat_body(channel.style, mail.subject, mail.text)).encode()
        headers = (("Content-Type", "application/json"),)
        request = Request(operation="chat", method="POST", url=url, headers=headers, body=body)
        transport = Transport(Line(timeout=channel.timeout, egress=self._egress, resolve=self._resolve))
        try:
            answer = await transport.send(request)
        finally:
            await transport.close()
        told = f"a message in a chat ({channel.style})\nSubject: {mail.subject}"
        seconds = time.monotonic() - began
        if isinstance(answer, Failure):
            # what the error says may hold the address, which is the secret; a refused host is not all of it
            why = answer.error.code
            if isinstance(answer.error, AddressRefused):
                why = f"{answer.error.message}; {answer.error.hint}"
            detail = f"the chat could not be reached ({why})"
            state = BlockState.FAILED if answer.unsent else BlockState.UNKNOWN
            return BlockResult(
                state=state, cause=Cause.UNREACHABLE, detail=detail, request=told, attempts=1, seconds=seconds
            )
        if answer.status >= 300:
            cause = Cause.UNREACHABLE if answer.status >= 500 else Cause.REFUSED
            detail = f"the chat refused the message (HTTP {answer.status})"
            return BlockResult(
                state=BlockState.FAILED, cause=cause, detail=detail, request=told, attempts=1, seconds=seconds
            )
        return BlockResult(state=BlockState.SUCCEEDED, request=told, attempts=1, seconds=seconds)
