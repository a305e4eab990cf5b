"""The page about why: its table and its commands."""

import re
import shlex
from pathlib import Path

from keepstep.core.explanation import CHAIN
from tests.docs.tables import page, section, shell_lines, tables
from tests.guarantees.test_g6_every_change_can_be_explained import applied
from tests.integration.cli_world import company  # noqa: F401 - a configured home

PAGE = page("why.md")
ROOT = Path(__file__).parents[2]


def test_every_part_of_the_chain_is_described():
    assert tuple(row[0].strip("`") for row in tables(PAGE)[0]) == CHAIN


def test_the_commands_of_the_page_tell_the_chain(company):  # noqa: F811 - the fixture
    company.become("last-week")
    key = min(applied(company))
    for line in (one for one in shell_lines(PAGE) if " why " in one):
        said = company.good(*(key if word == "WHO" else word for word in shlex.split(line)[1:]))
        assert all(part in said for part in CHAIN)


def test_every_part_of_the_other_answer_is_described():
    source = (ROOT / "src/keepstep/usecases/explain_not.py").read_text()
    told = set(re.findall(r'Part\(\s*"([a-z ]+)"', source))
    assert {row[0].strip("`") for row in tables(section(PAGE, "Why not?"))[0]} == told


def test_its_commands_tell_what_the_next_plan_would_do(company):  # noqa: F811
    lines = [one for one in shell_lines(PAGE) if " why-not " in one]
    assert len(lines) == 2
    for line in lines:
        said = company.good(*("mkovac" if word == "WHO" else word for word in shlex.split(line)[1:]))
        assert "create Mira" in said
