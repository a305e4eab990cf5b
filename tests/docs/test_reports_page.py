"""The page about reports: its tables, and its commands against a directory and an emulated Infobip."""

import re
import shlex

from keepstep.cli.report import KINDS
from keepstep.core.report import ReportFormat
from keepstep.core.report_spec import ReportSpec
from keepstep.reports.page import MOST_ROWS
from tests.docs.tables import page, section, shell_lines, tables
from tests.integration.test_cli_compare import STRAY, in_step

PAGE = page("reports.md")


def test_every_kind_and_every_format_is_described():
    kinds, forms, _ = tables(PAGE)
    assert {row[0].strip("`"): row[1] for row in kinds} == {str(kind): told for kind, told in KINDS.items()}
    named = [name for row in forms for name in re.findall(r"`(\w+)`", row[0])]
    assert named == [str(form) for form in ReportFormat]
    assert f"{MOST_ROWS:,} rows" in PAGE


def test_the_commands_of_the_page_work(company, monkeypatch):
    monkeypatch.chdir(company.home)
    in_step(company)
    company.emulator.create(STRAY)
    for line in shell_lines(PAGE):
        company.good(*shlex.split(line)[1:])
    made = {file.name for file in company.home.iterdir()}
    assert {"strays.html", "mails.xlsx", "history.html", "runs.csv", "audit.parquet"} <= made
    assert "Stray Guest" in (company.home / "strays.html").read_text()


def test_every_key_of_a_report_is_described_and_the_example_is_understood(company):
    named = {name for row in tables(section(PAGE, "Again and again"))[0] for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(ReportSpec.model_fields)
    (text,) = re.findall(r"```yaml\n(channels:.*?)```", PAGE, re.DOTALL)
    file = company.home / "keepstep.yaml"
    file.write_text(file.read_text() + text)
    company.good("config", "check")
    assert "strays" in company.good("report", "list")
    assert "report strays" in company.good("automation", "list")
