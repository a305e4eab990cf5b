"""A program that prints a secret: called without a shell, held to a time and a length, and its output never shown."""

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from keepstep.core.secret import Secret
from keepstep.errors import SecretMissing
from keepstep.store.guarded_file import loose_part

_MOST_BYTES: Final = 65_536
_PIECE: Final = 4096
_BY_HAND: Final = "call it by hand as the user of this process: what it printed is not shown here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is called, and for what: *what* stands at the beginning of each message.

    *command*: the absolute path and the arguments, as they are passed on; *environment*: all that it gets of that.
    """

    what: str
    command: Sequence[str]
    environment: Mapping[str, str]
    seconds: float


def printed(program: Program) -> Secret:
    """Return what *program* prints, without the line break at its end.

    SecretMissing if it may not be called, fails, is too slow, or prints nothing, too much, or what is no text.
    """
    _judge(program)
    try:
        process = subprocess.Popen(  # noqa: S603 - an absolute path from the settings of the process, and no shell
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(program.environment),
            cwd="/",
            start_new_session=True,
        )
    except OSError as exc:
        raise SecretMissing(f"{program.what} cannot be called: {exc.strerror}", hint="check the program") from exc
    with process:
        try:
            content = _read(process, program)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # and what it started
    if process.returncode:
        raise SecretMissing(f"{program.what} ended with exit code {process.returncode}", hint=_BY_HAND)
    return _secret(program, content)


def _judge(program: Program) -> None:
    """Raise SecretMissing unless the program is a file that only root, or who runs this, may change."""
    path = Path(program.command[0])
    try:
        found = path.resolve(strict=True)
        loose = loose_part(found)
    except OSError as exc:
        raise SecretMissing(f"{program.what}: there is no program {path}", hint="name it by its whole path") from exc
    if not path.is_absolute() or not found.is_file() or not os.access(found, os.X_OK):
        raise SecretMissing(f"{program.what}: {path} is no program", hint="name it by its whole path")
    if loose is not None:
        raise SecretMissing(f"{program.what}: others may change {loose}", hint=f"chmod go-w {loose}")


def _read(process: subprocess.Popen[bytes], program: Program) -> bytes:
    """Return all that *process* prints, once it has ended."""
    late = SecretMissing(f"{program.what} took longer than {program.seconds:g} seconds", hint=_BY_HAND)
    end = monotonic() + program.seconds
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    content, waiting = b"", select.poll()
    waiting.register(process.stdout, select.POLLIN)
    while True:
        if not waiting.poll(max(end - monotonic(), 0) * 1000):
            raise late
        piece = os.read(process.stdout.fileno(), _PIECE)
        content += piece
        if not piece:
            break
        if len(content) > _MOST_BYTES:
            raise SecretMissing(f"{program.what} printed more than {_MOST_BYTES:,} bytes", hint=_BY_HAND)
    try:
        process.wait(max(end - monotonic(), 0))
    except subprocess.TimeoutExpired:
        raise late from None
    return content


def _secret(program: Program, content: bytes) -> Secret:
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretMissing(f"{program.what} printed what is not UTF-8", hint=_BY_HAND) from None
    if not text:
        raise SecretMissing(f"{program.what} printed nothing", hint=_BY_HAND)
    return Secret(text)
