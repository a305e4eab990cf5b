"""A report as an XLSX workbook: a summary with its charts, and the table on a sheet of its own."""

from typing import IO, Any, Final

from keepstep.core.cell_text import neutral
from keepstep.core.report import Chart, ChartKind, Report, joined
from keepstep.errors import UsageError

_ROWS: Final = 1_048_576
_CELL: Final = 32_767


def write_workbook(report: Report, file: IO[bytes]) -> None:
    """Write *report* to *file*, row by row; no cell of it is ever a formula or a link, whatever it says."""
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(file, options)
    _summary(book, report)
    sheet: Any = book.add_worksheet("Rows")
    bold: Any = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for column, name in enumerate(report.columns):
        sheet.write_string(0, column, neutral(name), bold)
    for place, row in enumerate(report.rows(), start=1):
        if place >= _ROWS:
            raise UsageError(f"an XLSX sheet ends at {_ROWS:,} rows", hint="take csv or parquet")
        for column, cell in enumerate(row):
            text = neutral(joined(cell))
            if len(text) > _CELL:
                raise UsageError(f"an XLSX cell ends at {_CELL:,} characters", hint="take csv or parquet")
            sheet.write_string(place, column, text)
    book.close()


def _summary(book: Any, report: Report) -> None:
    sheet: Any = book.add_worksheet("Summary")
    bold: Any = book.add_format({"bold": True})
    sheet.set_column(0, 0, 44)
    sheet.write_string(0, 0, neutral(report.title), bold)
    lines = [f"made {report.made_at:%Y-%m-%d %H:%M} UTC", *report.about]
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, neutral(line))
    top = len(lines) + 2
    for row, (label, value) in enumerate(report.figures, start=top):
        sheet.write_string(row, 0, neutral(label))
        sheet.write_number(row, 1, value)
    for number, chart in enumerate(report.charts):
        _chart(book, sheet, chart, number)


def _chart(book: Any, summary: Any, chart: Chart, number: int) -> None:
    """Put the numbers of *chart* on a sheet, and the chart that is drawn of them on the summary."""
    name = f"Chart {number + 1}"
    sheet: Any = book.add_worksheet(name)
    for column, series in enumerate(chart.series, start=1):
        sheet.write_string(0, column, neutral(series.name))
    for row, label in enumerate(chart.labels, start=1):
        sheet.write_string(row, 0, neutral(label))
        for column, series in enumerate(chart.series, start=1):
            sheet.write_number(row, column, series.values[row - 1])
    drawn: Any = book.add_chart({"type": "bar" if chart.kind is ChartKind.BARS else "line"})
    last = max(1, len(chart.labels))
    for column in range(1, len(chart.series) + 1):
        drawn.add_series(
            {
                "name": [name, 0, column],
                "categories": [name, 1, 0, last, 0],
                "values": [name, 1, column, last, column],
            }
        )
    drawn.set_title({"name": chart.title})
    summary.insert_chart(number * 16, 3, drawn)
