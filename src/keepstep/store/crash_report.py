"""Reports of faults in Keepstep itself: written to a file with the secrets masked."""

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from keepstep import __version__

if TYPE_CHECKING:
    from keepstep.core.secret import Secret


def write_report(error: BaseException, folder: Path, secrets: "Sequence[Secret]") -> Path:
    """Return the file that now holds the traceback of *error*, readable by its owner only, with *secrets* masked."""
    from keepstep.core.masking import masked_report

    story = masked_report("".join(traceback.format_exception(error)), secrets)
    now = datetime.now(UTC)
    content = f"keepstep {__version__}, Python {platform.python_version()}, {platform.platform()}\n{now}\n\n{story}"
    name = f"{now:%Y%m%dT%H%M%S%f}.txt"
    try:
        return _write(folder, name, content)
    except OSError:
        return _write(Path(tempfile.mkdtemp(prefix="keepstep-crash-")), name, content)


def _write(folder: Path, name: str, content: str) -> Path:
    if not folder.parent.is_dir():
        raise FileNotFoundError(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    return path
