"""The page about comparison: its tables, and its commands against a directory and an emulated Infobip."""

import json
import shlex

from keepstep.cli.compare_act import RowAction
from keepstep.core.comparison import Standing
from tests.docs.tables import page, section, shell_lines, tables
from tests.integration.test_cli_compare import MARK, STRAY, in_step

PAGE = page("comparison.md")


def commands(heading=""):
    part = (PAGE.partition(f"## {heading}\n")[2] if heading else PAGE).partition("\n## ")[0]
    return [shlex.split(line)[1:] for line in shell_lines(part)]


def test_every_situation_and_every_action_is_described():
    assert [row[0].strip("`") for row in tables(PAGE)[0]] == [str(standing) for standing in Standing]
    told = [
        name.strip("`") for row in tables(section(PAGE, "Doing something about it"))[0] for name in row[0].split(", ")
    ]
    assert sorted(told) == sorted(str(action) for action in RowAction)


def test_the_commands_of_the_page_work(company, monkeypatch):
    monkeypatch.chdir(company.home)
    company.configure(MARK)
    in_step(company)
    company.good(*commands()[0])
    company.emulator.create(STRAY)
    company.configure(MARK, day="today")
    everybody, strays = commands()
    assert "disabled_but_active" in company.good(*everybody)
    company.good(*strays)
    assert (company.home / "strays.xlsx").stat().st_size > 1000
    by_attribute, by_unit, by_condition, by_text = (company.good(*line) for line in commands("Choosing"))
    assert "Mira" in by_attribute
    assert "Ivan" not in by_attribute
    assert "Ivan" in by_unit
    assert "Nika" not in by_condition
    assert "Lana Novak" in by_text
    history, since = commands("Over time")
    assert len(json.loads(company.good(*history, "--json"))) == 7
    assert "Stray Guest" in company.good(*since)
    ignore, heed, delete = commands("Doing something about it")
    assert "1 are ignored" in company.good(*ignore)
    assert "1 are looked at again" in company.good(*heed)
    result = company.run(*delete)
    assert result.exit_code == 10, result.output
    assert "- delete Stray Guest" in result.stdout
