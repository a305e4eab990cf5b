"""The way to anchors: a file in a folder, a message to a syslog server, a POST to an HTTPS address."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from keepstep.connectors.anchoring.syslog import send_message
from keepstep.connectors.rest.transport import Failure, Line, Transport
from keepstep.core.audit_anchor import AnchorSpec, FolderAnchor, HttpsAnchor, SyslogAnchor
from keepstep.core.audit_checkpoint import Checkpoint, line_of
from keepstep.core.egress import EgressSpec
from keepstep.core.endpoint import Request
from keepstep.core.secret import Secret, SecretRef
from keepstep.errors import AuditBroken, ConnectionLost, CredentialsRefused, WriteRefused


@dataclass(frozen=True, slots=True)
class Anchors:
    """Brings checkpoints to anchors. *folder*: the home, from which files are found. *egress*: where calls may go."""

    folder: Path
    resolve: Callable[[SecretRef], Secret]
    egress: EgressSpec

    async def send(self, anchor: AnchorSpec, checkpoint: Checkpoint) -> None:
        """Bring *checkpoint* to *anchor*; a ConnectorError if it may not be there afterwards."""
        match anchor:
            case FolderAnchor():
                write_checkpoint(self.folder / anchor.folder, checkpoint)
            case SyslogAnchor():
                await send_message(anchor, self.egress, self._file(anchor.ca_file), checkpoint)
            case HttpsAnchor():
                await self._post(anchor, checkpoint)
            case _:
                assert_never(anchor)

    def _file(self, name: str) -> str:
        return str(self.folder / name) if name else ""

    async def _post(self, anchor: HttpsAnchor, checkpoint: Checkpoint) -> None:
        headers = [("Content-Type", "application/json"), ("Idempotency-Key", f"{checkpoint.key}-{checkpoint.count}")]
        if anchor.token is not None:
            headers.append(("Authorization", f"Bearer {self.resolve(anchor.token).reveal()}"))
        body = line_of(checkpoint).encode()
        request = Request(operation="anchor", method="POST", url=anchor.url, headers=tuple(headers), body=body)
        line = Line(
            timeout=anchor.timeout, egress=self.egress, resolve=self.resolve, ca_file=self._file(anchor.ca_file)
        )
        transport = Transport(line)
        try:
            answer = await transport.send(request)
        finally:
            await transport.close()
        if isinstance(answer, Failure):
            raise answer.error
        if answer.status in {401, 403}:
            raise CredentialsRefused(f"the anchor does not accept the token (HTTP {answer.status})")
        if not 200 <= answer.status < 300:
            raise WriteRefused(f"the anchor did not take the checkpoint (HTTP {answer.status})")


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Have *checkpoint* in a file of *folder*, whole and on the disk; nothing that is there is written over.

    ConnectionLost if the folder is not there: a share that is not mounted is never mistaken for an empty one.
    AuditBroken if another checkpoint of as many records is there: the log was made anew, or two logs share the folder.
    """
    file = folder / f"checkpoint-{checkpoint.count:012}.json"
    content = f"{line_of(checkpoint)}\n".encode()
    temporary = folder / f".{file.name}.{os.getpid()}"
    try:
        if not folder.is_dir():
            raise ConnectionLost("the folder of the anchor is not there", hint="is the share mounted? make the folder")
        with temporary.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            if not file.exists():
                temporary.replace(file)
            elif file.read_bytes() != content:
                raise AuditBroken(
                    f"the anchor holds another checkpoint of {checkpoint.count} records",
                    hint="verify the log with the checkpoints of that folder; each log needs a folder of its own",
                )
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as exc:
        told = f"the folder of the anchor cannot be written to: {exc.strerror}"
        raise ConnectionLost(told, hint="check its rights and the share") from exc
