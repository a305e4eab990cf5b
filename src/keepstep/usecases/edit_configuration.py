"""Change parts of the configuration, each by the keys that lead to it: all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.core.authority import Authority
from keepstep.core.configuration import ApplicationOf, Configuration
from keepstep.core.right import Right
from keepstep.errors import ConfigurationError, Mistake
from keepstep.ports import Audit
from keepstep.usecases.configure import understand
from keepstep.usecases.put_in_force import Change, Kept, put_in_force

MOST_CHANGES: Final = 200
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One part as it is to be: *value* in place of what stands at *path*, keys of mappings, or nothing at all.

    Of a mapping that stands there only what differs is written.
    """

    path: tuple[str, ...]
    value: object = None
    remove: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A configuration with parts changed: *before* is its text in force, *text* the new one, which is right."""

    before: str
    text: str
    configuration: Configuration
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationDesk:
    """The configuration in force, as somebody changes parts of it. *by*: in whose name."""

    kept: Kept
    application_of: ApplicationOf
    audit: Audit
    by: Authority

    def edited(self, before: str, edits: Sequence[Edit]) -> Edited:
        """Return *before* with *edits* in it, one after the other; ConfigurationError names every field that is wrong.

        Comments and order of all the rest are as they were. NotPermitted without the right to change it.
        """
        self.by.require(Right.CHANGE_CONFIGURATION)
        text = before
        for edit in edits:
            text = self._changed(text, edit)
        configuration = understand(self.kept.read(text), self.application_of)
        paths = tuple(dict.fromkeys(_dotted(edit.path) for edit in edits))
        return Edited(before=before, text=text, configuration=configuration, paths=paths)

    def save(self, edited: Edited) -> int:
        """Put *edited* in force and return the number of the version that it makes; the log names the paths.

        Changed if somebody else changed the configuration meanwhile. NotPermitted as `put_in_force` says.
        """
        told = ", ".join(edited.paths)
        detail = {"paths": told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"}
        change = Change(before=edited.before, text=edited.text, action="config_change", detail=detail)
        return put_in_force(self.kept, self.audit, change, by=self.by)

    def _changed(self, text: str, edit: Edit) -> str:
        try:
            if edit.remove:
                return self.kept.take(text, edit.path)
            return self.kept.put(text, edit.path, edit.value)
        except ConfigurationError as error:
            mistake = Mistake(_dotted(edit.path), error.message)
            raise ConfigurationError(error.message, hint=error.hint, mistakes=[mistake]) from None


def _dotted(path: Sequence[str]) -> str:
    return ".".join(path)
