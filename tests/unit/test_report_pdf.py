"""A report as a PDF says what the report says, on as many sheets as it takes, whatever somebody is called."""

import io
from datetime import UTC, datetime

import pypdf
import pytest

from keepstep.core.report import Chart, ChartKind, Report, Series
from keepstep.reports import pdf
from keepstep.reports.page import MOST_ROWS
from keepstep.reports.pdf import write_pdf

CHARTS = (
    Chart(title="Bars", kind=ChartKind.BARS, labels=("a", "b" * 90), series=(Series("n", (3, 0)),)),
    Chart(
        title="Curves", kind=ChartKind.LINES, labels=("Mon", "Tue"), series=(Series("s", (1, 2)), Series("t", (0, 0)))
    ),
    Chart(title="Nothing", kind=ChartKind.LINES, labels=(), series=(Series("s", ()),)),
)


def report(rows, columns=("name", "note"), charts=()):
    return Report(
        title="A report",
        about=("of somebody",),
        made_at=datetime(2026, 11, 26, tzinfo=UTC),
        figures=(("in step", 1234),),
        charts=charts,
        columns=columns,
        rows=lambda: rows,
        multi=frozenset({"note"}),
    )


def sheets(given):
    file = io.BytesIO()
    write_pdf(given, file)
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.getvalue())).pages]


def test_it_says_title_figures_charts_and_rows():
    text = "\n".join(sheets(report([("Mira Kovačević", ("a → b", "c")), ("Жанна", None)], charts=CHARTS)))
    for told in ("A report", "1,234", "in step", "Bars", "Curves", "Mira Kovačević", "Жанна", "a → b"):
        assert told in text, told


def test_every_row_is_there_and_every_sheet_has_the_headings_and_its_number():
    found = sheets(report([(f"person {n}", f"note {n}") for n in range(300)]))
    whole = "\n".join(found)
    assert all(f"person {n}\n" in whole for n in range(300))
    for number, text in enumerate(found, start=1):
        assert {"name", "note", str(number)} <= set(text.splitlines())


@pytest.mark.parametrize(
    "name", ["x" * 5_000, "\x1b[2J\x00", "<script>", "=cmd()", "", " ", "\u202e abc", "名" * 40, "\ud800"]
)
def test_nobody_is_called_so_that_it_breaks(name):
    whole = "\n".join(sheets(report([(name, name), ("Eva", "next")])))
    assert "Eva" in whole


def test_a_character_that_the_font_lacks_is_a_box_and_counted():
    (text,) = sheets(report([("名前", None)]))
    assert "2 characters that the font lacks" in text


def test_without_a_font_of_the_system_it_is_made_all_the_same(monkeypatch):
    monkeypatch.setattr(pdf, "FONTS", ())
    (text,) = sheets(report([("Zoe", None), ("Жанна", None)]))
    assert "Zoe" in text
    assert "fonts-dejavu-core" in text


def test_what_is_too_long_for_paper_says_so(monkeypatch):
    monkeypatch.setattr(pdf, "MOST_ROWS", 250)
    assert MOST_ROWS > 250
    assert "50 more rows are not shown here" in "\n".join(sheets(report([("a", "b")] * 300)))


def test_no_columns_and_no_rows_are_a_report_too():
    assert len(sheets(report([], columns=()))) == 1
