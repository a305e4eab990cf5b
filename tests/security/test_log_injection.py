"""Log injection: a name tries to write lines of its own, to steer the terminal, or to be evaluated."""

import base64
import json
import re

import pytest

from tests.integration.test_cli_compare import in_step

FORGED = "2031-01-01 administrator guards_overridden"
ATTACKS = {
    "a line of its own": f"Ana\r\n{FORGED}",
    "a line feed alone": f"Ana\n{FORGED}",
    "a line separator": f"Ana\u2028{FORGED}",
    "a next line": f"Ana\x85{FORGED}",
    "colours": "Ana\x1b[31mred\x1b[0m",
    "a new title": "Ana\x1b]0;title\x07",
    "a cleared screen": "Ana\x1b[2J\x1b[H",
    "the one-byte form": "Ana\x9b31m",
    "a back space": "Ana\x08\x08\x08Eva",
    "a return": "Ana\rEva",
    "a look-up": "${jndi:ldap://127.0.0.1:9/a}",
    "a format": "%s%n%x{0.__class__}{{ 7*7 }}",
    "the other direction": "Ana\u202egnp.exe",
}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LOOKS = [
    ("people", "corp", "--attributes", "displayName,title"),
    ("plan", "staff"),
    ("compare", "staff"),
]


def named(company, text):
    """Have everybody in the directory be called so."""
    file = company.home / "directory.ldif"
    written = base64.b64encode(text.encode()).decode()
    file.write_text(re.sub(r"^(displayName|title):.*$", rf"\1:: {written}", file.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_is_shown_holds_no_line_and_no_control_of_a_name(company, attack):
    named(company, attack)
    for words in LOOKS:
        result = company.run(*words)
        assert result.exit_code in {0, 1, 10}, result.output
        shown = result.stdout + result.stderr
        assert attack[:3] in shown or words[0] != "people", "the attack is in what is shown"
        assert UNSEEN.findall(shown) == [], words
        assert not any(line.startswith(FORGED) for line in shown.splitlines())


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_audit_log_holds_a_name_inside_its_record(company, attack):
    named(company, attack)
    in_step(company)
    company.good("secret", "set", "after", text="x\n")
    told = company.good("audit", "list")
    assert UNSEEN.findall(told) == []
    assert not any(line.startswith(FORGED) for line in told.splitlines())
    file = company.home / "audit.jsonl"
    company.good("audit", "export", "--out", file)
    content = file.read_text()
    assert UNSEEN.findall(content) == []
    records = [json.loads(line) for line in content.split("\n") if line]
    assert len(records) == len(content.splitlines())
    assert "overridden" not in {record.get("action") for record in records}
    assert company.run("audit", "verify").exit_code == 0


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_words_of_the_command_line_are_shown_without_controls(company, attack):
    for words in (("people", attack), ("plan", attack), ("why", attack), ("secret", "remove", attack)):
        result = company.run(*words)
        assert result.exit_code != 0
        assert UNSEEN.findall(result.stdout + result.stderr) == [], words


def test_a_very_long_name_is_one_line_and_stops_nothing(company):
    named(company, "A" * 1_000_000)
    result = company.run("plan", "staff")
    assert result.exit_code in {1, 10}, result.output
    assert len(result.output) < 2_000_000
    assert company.run("audit", "verify").exit_code == 0
