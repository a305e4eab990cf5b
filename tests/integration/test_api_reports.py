"""Reports over the API: made as work, in the name of whoever asks, and fetched as a file."""

import csv
import io

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.test_api_jobs import done


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    reports = "reports:\n  monday: {kind: unauthorised, rule: staff, formats: xlsx, folder: audits}\nrules:"
    company.configure(("rules:", reports))
    with serving(company.home, worker=True) as world:
        yield world


def test_a_report_is_made_and_fetched_as_a_file(world):
    ana = world.operator("ana", "administrator")
    work = done(ana, {"kind": "report", "report": "comparison", "rule": "staff", "format": "csv"})
    answer = ana.ask("GET", f"/works/{work['id']}/file")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{work["result"]["file"]}"'
    assert len(answer.body) == int(work["result"]["bytes"])
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert {row["standing"] for row in rows} == {"only in corp"}
    assert "gives no rows but a file" in ana.bad(404, "GET", f"/works/{work['id']}/rows")["detail"]
    planned = done(ana, {"kind": "plan", "rule": "staff"})
    assert "no file" in ana.bad(404, "GET", f"/works/{planned['id']}/file")["detail"]


def test_a_report_is_for_whoever_may_make_it_and_see_it(world):
    ana, tess = world.operator("ana", "administrator"), world.operator("tess", "technician")
    work = done(ana, {"kind": "report", "report": "audit", "format": "json"})
    assert b"work" in ana.ask("GET", f"/works/{work['id']}/file").body
    tess.bad(403, "GET", f"/works/{work['id']}/file")
    tess.bad(403, "POST", "/works", {"kind": "report", "report": "audit"})
    tess.bad(403, "GET", "/reports")


def test_the_rows_of_a_comparison_and_of_a_list_are_a_file_too(world):
    ana = world.operator("ana", "administrator")
    work = done(ana, {"kind": "compare", "rule": "staff"})
    every = ana.ask("GET", f"/works/{work['id']}/rows/file")
    assert every.headers["content-disposition"].startswith('attachment; filename="compare-')
    rows = list(csv.DictReader(io.StringIO(every.body.decode())))
    assert len(rows) == 11
    some = ana.ask("GET", f"/works/{work['id']}/rows/file?search=novak&tag=only_in_source")
    assert [row["name"] for row in csv.DictReader(io.StringIO(some.body.decode()))] == ["Lana Novak"]
    for form, magic in (("xlsx", b"PK"), ("parquet", b"PAR1"), ("json", b"["), ("pdf", b"%PDF"), ("html", b"<!")):
        assert ana.ask("GET", f"/works/{work['id']}/rows/file?format={form}").body.startswith(magic), form
    people = done(ana, {"kind": "people", "connection": "corp", "attributes": ["sn", "memberOf"]})
    rows = list(csv.DictReader(io.StringIO(ana.ask("GET", f"/works/{people['id']}/rows/file").body.decode())))
    assert "Novak" in {row["sn"] for row in rows}
    planned = done(ana, {"kind": "plan", "rule": "staff"})
    assert "no rows" in ana.bad(404, "GET", f"/works/{planned['id']}/rows/file")["detail"]
    world.operator("tess", "technician").bad(404, "GET", "/works/none/rows/file")
    assert "export_rows" in {one["action"] for one in ana.get("/audit", limit=100)["items"]}


def test_what_makes_no_report_is_told(world):
    ana = world.operator("ana", "administrator")
    assert list(ana.get("/reports")) == ["monday"]
    for wanted, told in (
        ({"report": "comparison"}, "is of a rule"),
        ({"report": "history", "rule": "nobody"}, "nobody"),
        ({"report": "runs", "since": "some day"}, "no moment"),
    ):
        work = done(ana, {"kind": "report", **wanted}, state="failed")
        assert told in work["trouble"]["detail"]
