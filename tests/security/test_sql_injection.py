"""SQL injection: filters, names and words of the command line try to become part of a question to the database."""

import json
import sqlite3

import pytest

from keepstep.emulator import running_in_thread
from tests.integration.cli_world import PASSWORD, Cli
from tests.integration.test_cli_compare import in_step

ATTACKS = [
    "' OR '1'='1",
    "' OR 1=1 --",
    "'; DROP TABLE audit; --",
    '" OR ""="',
    "x' UNION SELECT name, sealed, 1, 1 FROM secrets --",
    "%",
    "_",
    "*",
    "\\' OR 1=1 --",
    "0) OR (1=1",
    "\0' OR 1=1",
    "\u02bc OR 1=1",
]
FILTERS = ["--operator", "--action", "--subject", "--correlation"]


def tables(cli):
    """The tables and how many rows each has, beside the audit log, which grows."""
    with sqlite3.connect(cli.home / "keepstep.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A home in which something was done; nothing that is tried here may change it."""
    cli = Cli(tmp_path_factory.mktemp("sql") / "home")
    cli.good("init")
    cli.good("secret", "set", "infobip-password", text=f"{PASSWORD}\n")
    with running_in_thread(cli.emulator) as cli.url:
        cli.emulator.define_attribute("Department")
        cli.configure()
        in_step(cli)
        cli.good("compare", "staff")
        cli.good("secret", "set", "another", text="not-for-anybody\n")
        yield cli


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("option", FILTERS)
def test_a_filter_of_the_audit_log_finds_what_it_says_and_nothing_else(used, option, attack):
    before = tables(used)
    result = used.run("audit", "list", option, attack, "--json")
    assert result.exit_code in {0, 2}, result.output
    assert result.exit_code == 2 or json.loads(result.stdout) == []
    assert tables(used) == before
    assert used.run("audit", "verify").exit_code == 0


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_are_compared_and_never_run(used, attack):
    before = tables(used)
    for words in (
        ("why", attack),
        ("why", "mira.kovac@corp.example", "--attribute", attack),
        ("run", "show", attack),
        ("run", "cancel", attack),
        ("plan", "show", attack),
        ("apply", attack, "--yes"),
        ("people", "infobip", "--attributes", attack),
        ("secret", "remove", attack),
        ("operator", "show", attack),
        ("token", "revoke", attack),
    ):
        result = used.run(*words)
        assert "not-for-anybody" not in result.output
        assert "OperationalError" not in result.output
        assert "SELECT" not in result.stdout.replace(attack, "")
    assert tables(used) == before


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_chooses_rows_of_a_comparison_is_no_question_to_the_database(used, attack):
    for words in (
        ("--search", attack),
        ("--ou", attack),
        ("--attribute", attack),
        ("--where", f"source.sn == '{attack}'"),
    ):
        result = used.run("compare", "staff", *words, "--json")
        assert "OperationalError" not in result.output
        assert result.exit_code != 0 or json.loads(result.stdout or "[]") == [] or attack in {"_", "*", "%"}


@pytest.mark.parametrize("option", ["--since", "--until", "--limit", "--after"])
def test_what_is_no_time_and_no_number_is_refused(used, option):
    used.bad("audit", "list", option, "1; DROP TABLE audit", code=2)


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if "\0" not in attack])
def test_a_name_out_of_the_directory_is_kept_as_it_is(company, attack):
    file = company.home / "directory.ldif"
    file.write_text(file.read_text().replace("displayName: Ivan Horvat", f"displayName: {attack}"))
    in_step(company)
    company.good("compare", "staff")
    assert "audit" in " ".join(tables(company))
    assert company.run("audit", "verify").exit_code == 0
