"""A support bundle: what a maintainer has to know of an installation, and nothing of the people in it."""

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import make_url

from keepstep import __version__
from keepstep.core.configuration import Configuration
from keepstep.core.crash_story import story_of
from keepstep.core.outline import outline, values_of
from keepstep.core.secret import MASK
from keepstep.ports import Finding
from keepstep.settings import Settings
from keepstep.store.home_archive import packing
from keepstep.store.statistics import Statistics
from keepstep.store.translation import translated_files

_MOST_REPORTS: Final = 20
_PLACE: Final = re.compile(r"keepstep\.yaml:\d+:\d+")
_README: Final = """What is in here: the versions of Keepstep, Python and its libraries; what `keepstep doctor` said;
how the configuration is built, without the texts in it; how many rows each table has; where Keepstep was at fault.

What is not: people, secrets, addresses, texts of the configuration, messages of faults. Look before you send it.
"""


def bundle(
    settings: Settings,
    file: Path,
    *,
    findings: Sequence[Finding],
    configuration: Configuration | None,
    numbers: Statistics | None,
) -> list[str]:
    """Have *file* hold what a maintainer has to know, and return the names of what is in it.

    UsageError if it is there already.
    """
    longest_first = sorted(set(_hidden(settings, configuration)), key=len, reverse=True)
    hidden = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    told = [_masked(finding, hidden, understood=configuration is not None) for finding in findings]
    parts: dict[str, object] = {"versions.json": _versions(), "doctor.json": told}
    if configuration is not None:
        parts["configuration.json"] = outline(configuration)
    if numbers is not None:
        parts["database.json"] = numbers
    texts = {"README.txt": _README.encode()}
    texts |= {name: msgspec.json.format(msgspec.json.encode(part), indent=2) for name, part in parts.items()}
    texts |= _crashes(settings.crash_folder)
    with packing(file) as archive:
        for name, text in texts.items():
            archive.add_text(name, text)
    return list(texts)


def _versions() -> dict[str, str]:
    """Return the versions of everything that runs here."""
    found = {"keepstep": __version__, "python": platform.python_version(), "system": platform.platform()}
    for line in requires("keepstep") or ():
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _hidden(settings: Settings, configuration: Configuration | None) -> Iterable[str]:
    """Return what no text of the bundle may tell: where this is, who runs it, and what the configuration says."""
    yield from {str(settings.home), settings.operator, platform.node()} - {""}
    if settings.database_url:
        url = make_url(settings.database_url)
        yield from {text for text in (url.host, url.username, str(url.password or ""), url.database) if text}
    if configuration is not None:
        yield from set(values_of(configuration))


def _masked(finding: Finding, hidden: re.Pattern[str], *, understood: bool) -> Finding:
    if finding.subject == "configuration" and not understood:
        # what is wrong with it repeats it: the place is enough
        return replace(finding, detail=" ".join(_PLACE.findall(finding.detail)), hint="")
    return replace(finding, detail=hidden.sub(MASK, finding.detail), hint=hidden.sub(MASK, finding.hint))


def _crashes(folder: Path) -> dict[str, bytes]:
    """Return the newest reports of faults, without what they happened with."""
    with translated_files(f"folder {folder}"):
        files = sorted(folder.glob("*.txt"), reverse=True)[:_MOST_REPORTS] if folder.is_dir() else []
        return {f"crash/{file.name}": story_of(file.read_text("utf-8", "replace")).encode() for file in files}
