"""Where secrets come from: sealed in the database, the environment, a file, or a program that prints one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from keepstep.core.secret import Secret, SecretRef
from keepstep.core.secret_command import SecretCommand
from keepstep.core.suggest import did_you_mean
from keepstep.errors import KeepstepError, SecretMissing
from keepstep.ports import Clock
from keepstep.store.guarded_file import secret_text
from keepstep.store.program import Program, printed
from keepstep.store.vault import Vault

_ALWAYS: Final = ("PATH", "HOME", "LANG")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPremises:
    """Where this process may look for secrets beside its vault.

    *home*: files are named from there; *folders*: only files in these are read. *environment*: what the process was
    given. *commands*: gives the programs that may be called; ConfigurationError if what names them is wrong.
    """

    home: Path
    folders: tuple[Path, ...]
    environment: Mapping[str, str] = field(repr=False)
    commands: Callable[[], Mapping[str, SecretCommand]]


@dataclass(frozen=True, slots=True)
class SecretSources:
    """Opens secrets by reference, whichever kind it is."""

    vault: Vault
    premises: SecretPremises
    clock: Clock
    printed: dict[str, tuple[datetime, SecretCommand, Secret]] = field(
        default_factory=dict[str, tuple[datetime, SecretCommand, Secret]], repr=False
    )

    def resolve(self, reference: SecretRef) -> Secret:
        """Return the secret that *reference* names. SecretMissing if there is none, or it may not come from there."""
        if reference.secret is not None:
            return self.vault.get(reference.secret)
        if reference.environment is not None:
            return self._in_environment(reference.environment)
        if reference.file is not None:
            return self._in_file(reference.file, reference.label)
        return self._of_command(str(reference.command), reference.label)

    def missing(self, reference: SecretRef) -> KeepstepError | None:
        """Return why the secret that *reference* names cannot be had, or None; no program is called to find out."""
        try:
            if reference.command is None:
                self.resolve(reference)
            else:
                self._allowed(reference.command, reference.label)
        except KeepstepError as error:
            return error
        return None

    def _in_environment(self, name: str) -> Secret:
        text = self.premises.environment.get(name, "")
        if not text:
            hint = "set it where this process is started; a running one does not see it"
            raise SecretMissing(f"environment variable {name} is not set", hint=hint)
        return Secret(text)

    def _in_file(self, name: str, label: str) -> Secret:
        path = self.premises.home / name
        try:
            found = path.resolve(strict=True)
        except (OSError, RuntimeError) as exc:
            raise SecretMissing(f"{label} is not there", hint=f"make it, for its owner only: {path}") from exc
        folders = [folder.resolve() for folder in self.premises.folders]
        if not any(found.is_relative_to(folder) for folder in folders):
            hint = f"keep it in {self.premises.folders[0]}, or name its folder in $KEEPSTEP_SECRET_FOLDERS"
            raise SecretMissing(f"{label} is not in a folder of secrets", hint=hint)
        text = secret_text(found, label).rstrip("\r\n")
        if not text:
            raise SecretMissing(f"{label} is empty", hint=f"write the secret into it: {path}")
        return Secret(text)

    def _of_command(self, name: str, label: str) -> Secret:
        command = self._allowed(name, label)
        now = self.clock.now()
        since, same, secret = self.printed.get(name, (now, None, Secret("")))
        if same == command and now - since < timedelta(seconds=command.keep):
            return secret
        secret = printed(self._program(command, label))
        self.printed[name] = (now, command, secret)
        return secret

    def _allowed(self, name: str, label: str) -> SecretCommand:
        commands = self.premises.commands()
        command = commands.get(name)
        if command is None:
            hint = "whoever runs this machine allows it in secret-commands.yaml"
            raise SecretMissing(f"{label} is not allowed here{did_you_mean(name, commands)}", hint=hint)
        return command

    def _program(self, command: SecretCommand, label: str) -> Program:
        environment = self.premises.environment
        passed = {name: environment[name] for name in (*_ALWAYS, *command.environment) if name in environment}
        words = (command.program, *command.arguments)
        return Program(what=label, command=words, environment=passed, seconds=command.timeout)
