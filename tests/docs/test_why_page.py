"""The page about why: its table and its commands."""

import shlex

from keepstep.core.explanation import CHAIN
from tests.docs.tables import page, shell_lines, tables
from tests.guarantees.test_g6_every_change_can_be_explained import applied
from tests.integration.cli_world import company  # noqa: F401 - a configured home

PAGE = page("why.md")


def test_every_part_of_the_chain_is_described():
    assert tuple(row[0].strip("`") for row in tables(PAGE)[0]) == CHAIN


def test_the_commands_of_the_page_tell_the_chain(company):  # noqa: F811 - the fixture
    company.become("last-week")
    key = min(applied(company))
    for line in shell_lines(PAGE):
        said = company.good(*(key if word == "WHO" else word for word in shlex.split(line)[1:]))
        assert all(part in said for part in CHAIN)
