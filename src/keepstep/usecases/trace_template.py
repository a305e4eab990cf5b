"""Trace a template through the versions of the configuration: when it changed, by whom, and how."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from keepstep.core.authority import Authority
from keepstep.core.right import Right
from keepstep.core.template_difference import Difference, Written, differences, templates_of
from keepstep.errors import ConfigurationError
from keepstep.usecases.put_in_force import Kept

_SECTION = re.compile(r"^templates:.*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)


class TextVersion(Protocol):
    """A version of the configuration that was in force."""

    @property
    def number(self) -> int:
        """Counted from 1."""
        ...

    @property
    def text(self) -> str:
        """The whole of it."""
        ...

    @property
    def at(self) -> datetime:
        """Since when."""
        ...

    @property
    def operator(self) -> str:
        """Who put it in force."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChange:
    """A template as it was since one version of the configuration; *written* None: it was taken away."""

    number: int
    at: datetime
    operator: str
    written: Written | None
    changes: Sequence[Difference]


def trace_template(
    kept: Kept, versions: Sequence[TextVersion], name: str, *, by: Authority, whole: bool = True
) -> list[TemplateChange]:
    """Return each change of the template *name* in *versions*, which are the newest first; so are the changes.

    *whole*: there is no older version than these; else the oldest is only what the next is compared with.
    NotPermitted without the right to read the configuration.
    """
    by.require(Right.READ_CONFIGURATION)
    found: list[TemplateChange] = []
    last: Written | None = None
    known = whole
    for version, templates in _read(kept, versions):
        written = templates.get(name)
        if known and written != last:
            more = differences(last, written)
            found.append(
                TemplateChange(
                    number=version.number, at=version.at, operator=version.operator, written=written, changes=more
                )
            )
        last, known = written, True
    return found[::-1]


def _read(kept: Kept, versions: Sequence[TextVersion]) -> Iterator[tuple[TextVersion, dict[str, Written]]]:
    """Yield *versions*, the oldest first, with their templates; the same part of text is read once."""
    section, templates = None, dict[str, Written]()
    for version in reversed(versions):
        match = _SECTION.search(version.text)
        part = match[0] if match else version.text
        if part != section:
            read = _templates(kept, part, version.text)
            if read is None:
                continue
            section, templates = part, read
        yield version, templates


def _templates(kept: Kept, part: str, text: str) -> dict[str, Written] | None:
    """Return the templates in *part* of *text*; None where the text cannot be read any more."""
    for given in dict.fromkeys((part, text)):  # a part may name an anchor of the rest
        try:
            return templates_of(kept.read(given).data)
        except ConfigurationError:
            continue
    return None
