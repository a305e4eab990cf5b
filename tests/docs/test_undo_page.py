"""The page about undo: its commands, in the order in which they stand, take a run back."""

import re
import shlex

from tests.docs.tables import page, shell_lines
from tests.integration.cli_world import company  # noqa: F401 - a configured home

PAGE = page("undo.md")


def test_the_commands_of_the_page_take_a_run_back(company):  # noqa: F811 - the fixture
    before = sorted(person["externalId"] for person in company.emulator.persons())
    found = {}
    for line in shell_lines(PAGE):
        arguments = [found.get(word, word) for word in shlex.split(line)[1:]]
        said = company.run(*arguments)
        assert said.exit_code in {0, 10, 11}, said.output
        if match := re.search(r"keepstep apply ([0-9a-f]{12})", said.output):
            found["UNDO" if "PLAN" in found else "PLAN"] = match[1]
        if match := re.search(r"(20\d{6}T\d+-[0-9a-f]+)", said.output):
            found.setdefault("RUN", match[1])
    assert "UNDO" in found, found
    assert sorted(person["externalId"] for person in company.emulator.persons()) == before
