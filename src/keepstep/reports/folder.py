"""The folder of the home that reports are put into."""

import io
from pathlib import Path
from typing import Final

from keepstep.core.report import Report, ReportFormat
from keepstep.errors import StoreError
from keepstep.reports.placing import placed
from keepstep.reports.report_file import write_report

FOLDER: Final = "reports"


class ReportFolder:
    """Writes reports below `reports` in *home*, for its owner only. A mount or a link there leads to a file share."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def place(self, report: Report, form: ReportFormat, folder: str, name: str) -> str:
        """Write *report* as *name* into *folder*, whole or not at all; return where that is, seen from the home.

        StoreError if it cannot be written.
        """
        place = self._home / FOLDER / folder
        try:
            for one in (place.parent, place):
                one.mkdir(mode=0o700, exist_ok=True)
            with placed(place / name) as file:
                write_report(report, form, file)
        except OSError as exc:
            raise StoreError(
                f"{FOLDER}/{folder}/{name} cannot be written: {exc.strerror}", hint="look at the folder and its rights"
            ) from None
        return f"{FOLDER}/{folder}/{name}"

    def content(self, report: Report, form: ReportFormat) -> bytes:
        """Return *report* as the bytes of a file."""
        file = io.BytesIO()
        write_report(report, form, file)
        return file.getvalue()
