"""Where master keys come from: a file, the environment, the keyring of the operating system, or a program."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from keepstep.core.secret import Secret
from keepstep.errors import StoreError
from keepstep.store.config_file import install
from keepstep.store.master_key import KeyRing, new_master_key, ring_of
from keepstep.store.program import Program, printed
from keepstep.store.translation import translated_files

if TYPE_CHECKING:
    from types import ModuleType

_SERVICE: Final = "keepstep"
_MOST_CHARACTERS: Final = 4096
_FORM: Final = "a master key is 32 random bytes in Base64, as `openssl rand -base64 32` prints them"
_BY_HAND: Final = "make a key with `openssl rand -base64 32`, and put it behind the others there; then rotate again"


_LOST: Final = (
    "bring it back from your backup; if it is lost, `keepstep init` makes a new one, and `keepstep secret list` tells "
    "what has to be set anew"
)


class KeySource(Protocol):
    """Where the master keys of an installation are kept. *where*: how messages call that place."""

    @property
    def where(self) -> str:
        """How messages call it."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether Keepstep itself may change what is kept there."""
        ...

    def read(self) -> KeyRing:
        """Return the keys that are there now; StoreError or SecretMissing if there is none, or no key."""
        ...

    def keep(self, ring: KeyRing) -> None:
        """Keep *ring* in place of what is there; StoreError where only a person can."""
        ...

    def make(self) -> bool:
        """Make a first key where there is none, and say whether one was made."""
        ...


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys in a file that its owner alone may read, a line each."""

    file: Path

    @property
    def where(self) -> str:
        """The file."""
        return f"master key {self.file}"

    @property
    def keeps(self) -> bool:
        """Keepstep writes the file."""
        return True

    def read(self) -> KeyRing:
        """Return the keys in the file. StoreError if it is missing, damaged, or can be read by others."""
        with translated_files(self.where):
            try:
                stream = self.file.open(encoding="ascii", errors="replace")
            except FileNotFoundError as exc:
                raise StoreError(f"{self.where} is missing", hint=_LOST) from exc
            with stream:
                mode = os.fstat(stream.fileno()).st_mode & 0o777
                if mode & 0o077:
                    raise StoreError(f"{self.where} is open to others (mode {mode:04o})", hint=f"chmod 600 {self.file}")
                content = stream.read(_MOST_CHARACTERS)
        return ring_of(content, what=self.where, hint="restore it from your backup")

    def keep(self, ring: KeyRing) -> None:
        """Put *ring* in place of the file in one step, readable by its owner only."""
        install(self.file, ring.text())

    def make(self) -> bool:
        """Make the file, with one key, if it is not there."""
        if self.file.exists():
            return False
        create_master_key(self.file)
        return True


def create_master_key(file: Path) -> None:
    """Make a new master key in *file*, readable by its owner only. StoreError if the file exists."""
    what = f"master key {file}"
    with translated_files(what):
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as exc:
            raise StoreError(f"{what} exists already", hint="keep it: it opens the stored secrets") from exc
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(new_master_key().line())
            out.flush()
            os.fsync(descriptor)


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys that the process was started with, or that a program prints: only a person can change them."""

    where: str
    give: Callable[[], Secret]

    @property
    def keeps(self) -> bool:
        """Only a person does."""
        return False

    def read(self) -> KeyRing:
        """Return the keys as they are given now. StoreError or SecretMissing if they are not, or are none."""
        return ring_of(self.give().reveal(), what=self.where, hint=_FORM)

    def keep(self, ring: KeyRing) -> None:
        """Refuse: StoreError says what a person has to do."""
        raise StoreError(f"{self.where} is not kept by Keepstep", hint=_BY_HAND)

    def make(self) -> bool:
        """Make nothing; the keys have to be there."""
        self.read()
        return False


def environment_keys(text: Secret, variable: str) -> GivenKeys:
    """Return the keys that stood in the environment as *text*."""
    return GivenKeys(where=f"master key in ${variable}", give=lambda: text)


def program_keys(program: Program) -> GivenKeys:
    """Return the keys that *program* prints."""
    return GivenKeys(where=f"master key of {program.command[0]}", give=lambda: printed(program))


@dataclass(frozen=True, slots=True)
class KeyringKeys:
    """Keys in the keyring of the operating system, under service `keepstep` and the name of the *entry*."""

    entry: str

    @property
    def where(self) -> str:
        """The entry."""
        return f'master key "{self.entry}" in the keyring'

    @property
    def keeps(self) -> bool:
        """Keepstep writes the entry."""
        return True

    def read(self) -> KeyRing:
        """Return the keys of the entry. StoreError if there is none, or the keyring cannot be opened."""
        found = self._asked(lambda keyring: keyring.get_password(_SERVICE, self.entry))
        if found is None:
            raise StoreError(f"{self.where} is missing", hint=_LOST)
        return ring_of(str(found), what=self.where, hint="restore it from your backup")

    def keep(self, ring: KeyRing) -> None:
        """Keep *ring* in place of the entry."""
        self._asked(lambda keyring: keyring.set_password(_SERVICE, self.entry, ring.text()))

    def make(self) -> bool:
        """Make the entry, with one key, if it is not there."""
        if self._asked(lambda keyring: keyring.get_password(_SERVICE, self.entry)) is not None:
            return False
        self.keep(KeyRing((new_master_key(),)))
        return True

    def _asked(self, ask: "Callable[[ModuleType], object]") -> object:
        try:
            import keyring
            import keyring.errors
        except ModuleNotFoundError as exc:
            raise StoreError(f"{self.where} needs keyring", hint="pip install 'keepstep[keyring]'") from exc
        try:
            return ask(keyring)
        except keyring.errors.KeyringError as exc:
            hint = "unlock the keyring of the user that runs this process, or keep the key in a file"
            raise StoreError(f"{self.where} cannot be had: {type(exc).__name__}", hint=hint) from exc
