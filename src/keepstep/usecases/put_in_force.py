"""Put a configuration in force: in one step, as a version, with an entry in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from keepstep.core.audit_change import changed_parts
from keepstep.core.authority import Authority
from keepstep.core.configuration import Document
from keepstep.core.right import Right
from keepstep.errors import ConfigurationError
from keepstep.ports import Audit

_RIGHTS: Final = ("roles", "sign_in")
"""The parts of a configuration that say who may do what."""


class Kept(Protocol):
    """The configuration in force, and how its text is read, edited and replaced."""

    @property
    def name(self) -> str:
        """What the file is called."""
        ...

    def text(self) -> str:
        """Return the text in force; empty if there is none yet."""
        ...

    def read(self, text: str, name: str = "") -> Document:
        """Return *text* as plain data with places; ConfigurationError if it is not YAML."""
        ...

    def put(self, text: str, path: tuple[str, ...], value: object) -> str:
        """Return *text* with *value* at *path*, every other letter as it was."""
        ...

    def take(self, text: str, path: tuple[str, ...]) -> str:
        """Return *text* without what stands at *path*, every other letter as it was."""
        ...

    def install(self, text: str, *, before: str, operator: str) -> tuple[int, str]:
        """Put *text* in force if *before* still is, and return number and digest of the new version."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new text of the configuration, which has been understood, in place of the one *before*.

    *action* and *detail*: what the audit log says of it.
    """

    before: str
    text: str
    action: str = "config_apply"
    detail: Mapping[str, str] = field(default_factory=dict[str, str])


def put_in_force(kept: Kept, audit: Audit, change: Change, *, by: Authority) -> int:
    """Put *change* in force and return the number of the version that it makes.

    The entry says what changed, before and after. Changed if somebody else changed the configuration meanwhile; then
    nothing is changed. NotPermitted without the right to; who may do what is changed only by who manages operators.
    """
    by.require(Right.CHANGE_CONFIGURATION)
    if _decides_rights(kept, change):
        by.require(Right.MANAGE_OPERATORS)
    number, digest = kept.install(change.text, before=change.before, operator=by.operator)
    detail = {"version": str(number), "digest": digest, **change.detail, **_changed(kept, change)}
    audit.add(change.action, kept.name, detail, operator=by.operator)
    return number


def _decides_rights(kept: Kept, change: Change) -> bool:
    """Whether *change* is of a part that says who may do what; also where that cannot be told."""
    if not change.before.strip():
        return False
    try:
        before, after = (cast("Mapping[str, object]", kept.read(text).data) for text in (change.before, change.text))
    except ConfigurationError:
        return True
    return any(before.get(part) != after.get(part) for part in _RIGHTS)


def _changed(kept: Kept, change: Change) -> Mapping[str, str]:
    """Return each part before and after; nothing of a first configuration, and where one of both was no YAML."""
    if not change.before.strip():
        return {}
    try:
        before, after = kept.read(change.before).data, kept.read(change.text).data
    except ConfigurationError:
        return {}
    return changed_parts(before, after, [*_redacted(before), *_redacted(after)])


def _redacted(data: object) -> list[str]:
    """Return what `audit.redact` names: before too, so that nobody shows a value by taking its name off the list."""
    audit = cast("Mapping[str, object]", data).get("audit") if isinstance(data, Mapping) else None
    names = cast("Mapping[str, object]", audit).get("redact") if isinstance(audit, Mapping) else None
    return [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []
