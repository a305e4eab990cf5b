"""Where the master key of this process is: in a file, the environment, the keyring, or what a program prints.

Only the caller of the process says so: the key cannot depend on the configuration that it protects.
"""

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.secret import Secret
    from keepstep.store.key_source import KeySource

KEY_VARIABLE: Final = "KEEPSTEP_MASTER_KEY"
KEY_FILE_VARIABLE: Final = "KEEPSTEP_MASTER_KEY_FILE"
KEYRING_VARIABLE: Final = "KEEPSTEP_MASTER_KEY_KEYRING"
KEY_COMMAND_VARIABLE: Final = "KEEPSTEP_MASTER_KEY_COMMAND"
_OURS: Final = "KEEPSTEP_"
_SECONDS: Final = 30.0
_ALL: Final = (KEY_VARIABLE, KEY_FILE_VARIABLE, KEYRING_VARIABLE, KEY_COMMAND_VARIABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """One of *file*, *text* (the key itself), *entry* (of the keyring) and *command*; else the file in the home folder.

    *environment*: what the command gets of that.
    """

    file: Path | None = None
    text: "Secret | None" = None
    entry: str = ""
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def in_file(self) -> bool:
        """Whether it is in a file."""
        return not (self.text or self.entry or self.command)

    def source(self, usual: Path) -> "KeySource":
        """Return what reads and keeps the keys there. *usual*: the file, unless another place is named."""
        from keepstep.store.key_source import FileKeys, KeyringKeys, environment_keys, program_keys
        from keepstep.store.program import Program

        if self.text is not None:
            return environment_keys(self.text, KEY_VARIABLE)
        if self.entry:
            return KeyringKeys(self.entry)
        if self.command:
            what = f"the program of ${KEY_COMMAND_VARIABLE}"
            return program_keys(
                Program(what=what, command=self.command, environment=self.environment, seconds=_SECONDS)
            )
        return FileKeys(self.file or usual)


def key_place(environment: MutableMapping[str, str]) -> KeyPlace:
    """Return where *environment* says that the master key is. A key in it is taken out, so that no child gets it.

    UsageError if it names several places, or a command that is none.
    """
    given = [name for name in _ALL if environment.get(name)]
    if len(given) > 1:
        told = " and ".join(f"${name}" for name in given)
        raise UsageError(f"{told} each say where the master key is", hint="set one of them")
    text, file = environment.pop(KEY_VARIABLE, ""), environment.get(KEY_FILE_VARIABLE, "")
    return KeyPlace(
        file=Path(file).expanduser().absolute() if file else None,
        text=_secret(text) if text else None,
        entry=environment.get(KEYRING_VARIABLE, ""),
        command=_command(environment.get(KEY_COMMAND_VARIABLE, "")),
        environment={name: value for name, value in environment.items() if not name.startswith(_OURS)},
    )


def _secret(text: str) -> "Secret":
    from keepstep.core.secret import Secret

    return Secret(text)


def _command(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    wrong = UsageError(
        f"${KEY_COMMAND_VARIABLE} is no command",
        hint='write a JSON list that begins with an absolute path: ["/usr/bin/program", "argument"]',
    )
    try:
        words: object = json.loads(text)
    except ValueError:
        raise wrong from None
    if not isinstance(words, list) or not words:
        raise wrong
    found = [word for word in cast("list[object]", words) if isinstance(word, str) and "\0" not in word]
    if len(found) != len(cast("list[object]", words)) or not found[0].startswith("/"):
        raise wrong
    return tuple(found)
