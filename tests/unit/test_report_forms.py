"""Reports as pages and workbooks, read back: every text as it was, nothing of it alive, and length costs no memory."""

import io
import tracemalloc
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from html.parser import HTMLParser

import openpyxl
import pytest

from keepstep.core.report import Chart, ChartKind, Report, Series
from keepstep.reports.page import MOST_ROWS, write_page
from keepstep.reports.svg import svg
from keepstep.reports.workbook import write_workbook

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x")',
    "+1",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "</td></table>",
    "&amp;",
    "Kovač 李",
)


def report(rows, *, title="T"):
    bars = Chart(title=title, kind=ChartKind.BARS, labels=("<b>", "x" * 90), series=(Series("n", (0, 7)),))
    lines = Chart(
        title="over time", kind=ChartKind.LINES, labels=("a", "b", "c"), series=(Series("</svg>", (1, 2, 3)),)
    )
    return Report(
        title=title,
        about=("rests on <i>this</i>",),
        made_at=datetime(2031, 5, 4, tzinfo=UTC),
        figures=(("people <", 1234),),
        charts=(bars, lines),
        columns=("name", "several"),
        rows=rows,
        multi=frozenset({"several"}),
    )


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.rows, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data):
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def parsed(made):
    file = io.BytesIO()
    write_page(made, file)
    cells = Cells()
    cells.feed(file.getvalue().decode())
    return cells


def test_a_page_says_what_the_report_says_and_none_of_it_is_alive():
    page = parsed(report(lambda: [(text, (text, "b")) for text in HOSTILE], title=HOSTILE[0]))
    shown = [row[0] for row in page.rows if row]
    assert shown == [text.replace("\t", "\ufffd").replace("\r", "\ufffd") for text in HOSTILE]
    assert {"script", "img", "a", "link", "iframe"}.isdisjoint(page.tags)
    assert not [name for name in page.attributes if name.startswith("on") or name in {"src", "href"}]
    assert page.tags.count("table") == 1
    assert "1,234" in page.text


def test_charts_are_well_formed_whatever_they_are_of():
    for chart in report(list).charts:
        root = ET.fromstring(svg(chart))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not [each for each in root.iter() if each.tag.rpartition("}")[2] in {"script", "b", "foreignObject"}]
    empty = Chart(title="", kind=ChartKind.LINES, labels=(), series=())
    assert ET.fromstring(svg(empty)).tag.endswith("svg")


def test_a_workbook_holds_texts_only_and_charts_of_its_numbers():
    file = io.BytesIO()
    write_workbook(report(lambda: [(text, (text, "b")) for text in HOSTILE]), file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary", "Chart 1", "Chart 2", "Rows"]
    cells = [cell for row in book["Rows"].iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if cell.value.startswith(("=", "+", "-", "@", "\t", "\r"))]
    kept = [row[0].value.removeprefix("'") for row in book["Rows"].iter_rows(min_row=2)]
    assert [text.replace("_x000D_", "\r") for text in kept] == list(HOSTILE)
    assert [row[1].value for row in book["Chart 2"].iter_rows(min_row=2)] == [1, 2, 3]
    assert len(book["Summary"]._charts) == 2


def test_a_long_table_is_cut_on_a_page_and_it_is_said():
    page = parsed(report(lambda: ((str(n), None) for n in range(MOST_ROWS + 5))))
    assert len([row for row in page.rows if row]) == MOST_ROWS
    assert "5 more rows are not shown here" in page.text


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_page, write_workbook])
def test_a_hundred_thousand_rows_cost_no_memory(write, tmp_path):
    def peak(count):
        tracemalloc.start()
        with (tmp_path / "out").open("wb") as file:
            write(report(lambda: ((f"person {n} of the town", ("mail", "phone")) for n in range(count))), file)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(1_000), peak(100_000)
    assert many < few + 3_000_000
