"""What this process was told by its caller: where its home is, which database, who is at the keyboard."""

import getpass
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keepstep.errors import UsageError
from keepstep.key_place import KeyPlace

if TYPE_CHECKING:
    from keepstep.store.key_source import KeySource

HOME_VARIABLE: Final = "KEEPSTEP_HOME"
SERVER_VARIABLE: Final = "KEEPSTEP_SERVER"
DATABASE_VARIABLE: Final = "KEEPSTEP_DATABASE"
URL_VARIABLE: Final = "KEEPSTEP_URL"
WORKER_VARIABLE: Final = "KEEPSTEP_WORKER"
SILENCE_VARIABLE: Final = "KEEPSTEP_WORKER_SILENCE"
DEFAULT_URL: Final = "http://127.0.0.1:8080"
SECRET_COMMANDS_VARIABLE: Final = "KEEPSTEP_SECRET_COMMANDS"  # noqa: S105 - a name
SECRET_FOLDERS_VARIABLE: Final = "KEEPSTEP_SECRET_FOLDERS"  # noqa: S105 - a name
DEFAULT_HOME: Final = "keepstep-home"
_SILENCE: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Process settings. *database_url*: empty for the SQLite file in the home folder. *origin*: who asks from where.

    *worker*: what this process is called among the workers of one database. *worker_silence*: after how many seconds
    without a sign of life a worker is taken for dead. *url*: where people reach the server, as links say it.
    *key_place*: where the master key is. *secret_commands*: the file with the programs that print secrets;
    *secret_folders*: where secrets may be in files, beside the home folder's. *environment*: what the caller gave.
    """

    home: Path
    operator: str
    database_url: str = ""
    origin: str = ""
    url: str = DEFAULT_URL
    worker: str = "worker"
    worker_silence: float = _SILENCE
    key_place: KeyPlace = field(default_factory=KeyPlace)
    secret_commands: Path | None = None
    secret_folders: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def config_file(self) -> Path:
        """The configuration in force."""
        return self.home / "keepstep.yaml"

    @property
    def key_file(self) -> Path:
        """The master key that seals the secrets, unless another place is named."""
        return self.home / "master.key"

    @property
    def keys(self) -> "KeySource":
        """What reads and keeps the master keys."""
        return self.key_place.source(self.key_file)

    @property
    def secret_commands_file(self) -> Path:
        """The programs that print secrets; no other is called for one."""
        return self.secret_commands or self.home / "secret-commands.yaml"

    @property
    def folders_of_secrets(self) -> tuple[Path, ...]:
        """Where secrets may be in files; no other file is read for one."""
        return (self.home / "secrets", *self.secret_folders)

    @property
    def database_file(self) -> Path:
        """The SQLite database, unless another one is named."""
        return self.home / "keepstep.db"

    @property
    def staging_folder(self) -> Path:
        """Where the records of a read stay while it goes on."""
        return self.home / "tmp"

    @property
    def crash_folder(self) -> Path:
        """Where reports of faults in Keepstep itself are written."""
        return self.home / "crash"


def read_settings(
    environment: Mapping[str, str], *, home: Path | None = None, keys: KeyPlace | None = None
) -> Settings:
    """Return the settings: *home* wins over $KEEPSTEP_HOME, that over ./keepstep-home. The path becomes absolute."""
    commands, folders = (environment.get(name, "") for name in (SECRET_COMMANDS_VARIABLE, SECRET_FOLDERS_VARIABLE))
    chosen = home or Path(environment.get(HOME_VARIABLE) or DEFAULT_HOME)
    return Settings(
        home=chosen.expanduser().absolute(),
        operator=_operator(),
        database_url=environment.get(DATABASE_VARIABLE, ""),
        url=(environment.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/"),
        origin=_origin(environment.get("SSH_CONNECTION", "")),
        worker=environment.get(WORKER_VARIABLE) or f"{platform.node() or 'worker'}-{os.getpid()}",
        worker_silence=_seconds(environment.get(SILENCE_VARIABLE, "")),
        key_place=keys or KeyPlace(),
        secret_commands=_absolute(commands) if commands else None,
        secret_folders=tuple(_absolute(folder) for folder in folders.split(os.pathsep) if folder),
        environment=environment,
    )


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _seconds(text: str) -> float:
    if not text:
        return _SILENCE
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise UsageError(f"${SILENCE_VARIABLE} is a number of seconds from 1 to 3600")
    return seconds


def _origin(ssh: str) -> str:
    """Return the machine, and the address that somebody came from who is there by SSH."""
    machine = platform.node() or "unknown machine"
    return f"{machine} from {ssh.split(maxsplit=1)[0]}" if ssh.strip() else machine


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
