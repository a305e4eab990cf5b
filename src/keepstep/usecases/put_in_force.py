"""Put a configuration in force: in one step, as a version, with an entry in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from keepstep.core.audit_change import changed_parts
from keepstep.core.configuration import Document
from keepstep.errors import ConfigurationError
from keepstep.ports import Audit


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


def put_in_force(kept: Kept, audit: Audit, change: Change, *, operator: str) -> int:
    """Put *change* in force and return the number of the version that it makes.

    The entry says what changed, before and after. StoreError if somebody else changed the configuration meanwhile; then
    nothing is changed.
    """
    number, digest = kept.install(change.text, before=change.before, operator=operator)
    detail = {"version": str(number), "digest": digest, **change.detail, **_changed(kept, change)}
    audit.add(change.action, kept.name, detail, operator=operator)
    return number


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
