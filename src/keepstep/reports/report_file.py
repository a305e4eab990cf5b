"""A report as a file, whatever it is written as."""

from itertools import islice
from typing import IO, Final

from keepstep.core.report import Report, ReportFormat
from keepstep.reports.rows import RowFormat, Table, writing

_AT_ONCE: Final = 1_000


def write_report(report: Report, form: ReportFormat, file: IO[bytes]) -> None:
    """Write *report* to *file*; what draws it is loaded only for that."""
    match form:
        case ReportFormat.HTML:
            from keepstep.reports.page import write_page

            write_page(report, file)
        case ReportFormat.PDF:
            from keepstep.reports.pdf import write_pdf

            write_pdf(report, file)
        case ReportFormat.XLSX:
            from keepstep.reports.workbook import write_workbook

            write_workbook(report, file)
        case ReportFormat.CSV | ReportFormat.JSON | ReportFormat.PARQUET:
            rows = iter(report.rows())
            table = Table(columns=report.columns, multi=report.multi)
            with writing(RowFormat(str(form)), table, file) as write:
                while some := list(islice(rows, _AT_ONCE)):
                    write(some)
