"""The benchmarks still run, and still get out what was put in. No time is judged here."""

import pytest
from bench.harness import ROOT
from bench.run import BENCHMARKS, measure

pytestmark = pytest.mark.slow


def measured(name, tmp_path):
    return [report.text() for report in measure(name, quick=True, folder=tmp_path)]


@pytest.mark.parametrize("name", [name for name in BENCHMARKS if name not in {"directory", "latency", "console"}])
def test_a_benchmark_measures_every_cell_against_its_floor(name, tmp_path):
    for table in measured(name, tmp_path):
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len(rows) >= 4
        assert "| 1.0 |" in rows[2]
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
def test_the_console_benchmark_sees_the_first_rows(tmp_path):
    (table,) = measured("console", tmp_path)
    assert "2,000 actions" in table


@pytest.mark.samba
def test_the_directory_benchmark_reads_every_user(tmp_path):
    (table,) = measured("directory", tmp_path)
    assert "read into staging" in table


@pytest.mark.samba
def test_the_latency_benchmark_hears_every_change(tmp_path):
    (table,) = measured("latency", tmp_path)
    assert "change to call" in table


def test_the_readme_explains_every_benchmark():
    readme = (ROOT / "bench" / "README.md").read_text()
    assert [name for name in BENCHMARKS if f"`{name}`" not in readme] == []
