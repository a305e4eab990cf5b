"""Reports as an administrator makes them, read back in every format, on both databases where it matters."""

import csv
import io
import json

import openpyxl
import pypdf
import pytest
from pyarrow import parquet

from keepstep.core.report import ReportFormat, ReportKind
from tests.integration.test_cli_compare import STRAY, in_step


@pytest.fixture
def audited(company):
    in_step(company)
    company.emulator.create(STRAY)
    company.good("compare", "staff")
    return company


def made(company, kind, form, *more, code=0):
    file = company.home / f"report.{form}"
    result = company.run("report", "make", kind, "--out", file, *more)
    assert result.exit_code == code, result.output
    return file


def rows_of(file):
    text = file.read_bytes()
    match file.suffix:
        case ".csv":
            return [dict(row) for row in csv.DictReader(io.StringIO(text.decode()))]
        case ".json":
            return json.loads(text)
        case ".parquet":
            return parquet.read_table(file).to_pylist()
        case ".xlsx":
            head, *rest = openpyxl.load_workbook(file)["Rows"].iter_rows(values_only=True)
            return [dict(zip(head, row, strict=True)) for row in rest]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "xlsx"])
def test_a_report_says_the_same_in_every_format(audited, form):
    (row,) = rows_of(made(audited, "unauthorised", form, "--rule", "staff"))
    assert (row["name"], row["standing"]) == ("Stray Guest", "only in infobip (unauthorised)")
    everybody = rows_of(made(audited, "comparison", form, "--rule", "staff"))
    assert len(everybody) == 12
    chosen = rows_of(made(audited, "comparison", form, "--rule", "staff", "--situation", "in_step"))
    assert len(chosen) == 11


def test_every_kind_is_made_as_a_page(audited):
    for kind in ReportKind:
        page = made(audited, str(kind), "html", "--rule", "staff").read_text()
        assert page.startswith("<!doctype html>")
        assert "<svg" in page, kind
    assert list(json.loads(audited.good("report", "list", "--json"))["kinds"]) == [str(kind) for kind in ReportKind]


def test_runs_and_audit_say_what_was_done_and_nothing_of_before(audited):
    (run,) = rows_of(made(audited, "runs", "json"))
    assert (run["rule"], run["state"], run["changes"]) == ("staff", "done", "11 done")
    entries = rows_of(made(audited, "audit", "json"))
    assert {"apply", "applied"} <= {entry["action"] for entry in entries}
    assert rows_of(made(audited, "audit", "json", "--since", "2999-01-01")) == []
    assert rows_of(made(audited, "runs", "json", "--since", "2999-01-01")) == []
    (one, *_) = rows_of(made(audited, "history", "json", "--rule", "staff"))
    assert one["only in infobip (unauthorised)"] == "1"


def test_a_report_that_rests_on_half_a_read_says_so(audited):
    audited.emulator.add_fault("cut-page:times=0,path=/people/2/persons")
    page = made(audited, "comparison", "html", "--rule", "staff", code=12).read_text()
    assert "NOT read whole" in page


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["comparison", "--out", "r.html"], "--rule"),
        (["runs", "--out", "r.doc"], "no format"),
        (["runs", "--out", "r.csv", "--since", "soon"], "no moment"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(audited, arguments, told):
    assert told in audited.bad("report", "make", *arguments, code=2)


def test_a_file_appears_whole_or_not_at_all(audited):
    assert "no folder" in audited.bad("report", "make", "runs", "--out", audited.home / "none" / "r.html", code=2)
    kept = made(audited, "runs", "html").read_bytes()
    audited.bad("report", "make", "history", "--rule", "nobody", "--out", audited.home / "report.html")
    assert (audited.home / "report.html").read_bytes() == kept
    assert [file.name for file in audited.home.iterdir() if file.name.startswith(".report")] == []


def test_every_format_is_known():
    assert [str(form) for form in ReportFormat] == ["html", "pdf", "xlsx", "csv", "json", "parquet"]


def test_a_pdf_says_the_same_as_the_page(audited):
    whole = "\n".join(
        page.extract_text() for page in pypdf.PdfReader(made(audited, "unauthorised", "pdf", "--rule", "staff")).pages
    )
    assert "Stray Guest" in whole
    assert "only in infobip" in whole
