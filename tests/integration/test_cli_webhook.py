"""`keepstep webhook` as somebody works with it: list, look at the requests, send, save what was tried."""

import json

import pytest

from tests.integration.cli_world import company  # noqa: F401 - a fixture

DRAFT = """\
method: POST
url: "{base_url}/people/2/persons"
body: {externalId: "{{ objectGUID }}", firstName: "{{ givenName }}"}   # only the name
"""
MIRA = "5c0f3a10-7d21-4b6e-9a00-000000000001"


def test_nothing_is_sent_unless_it_is_asked_for(company):  # noqa: F811 - the fixture
    told = company.good("webhook", "test", "infobip", "create-person", "--user", "mkovac", "--user", MIRA[:-1] + "2")
    assert told.count("POST ") == 2
    assert '"firstName":"Mira"' in told
    assert '"firstName":"Ivan"' in told
    assert "nothing was sent" in told
    assert company.emulator.count == 0
    assert "render_webhook" in company.good("audit", "list")
    assert "rendered, not sent" in company.good("webhook", "list", "infobip")


@pytest.mark.parametrize(
    "name",
    [
        "mkovac",
        "MKOVAC",
        "mkovac@corp.example",
        "mira.kovac@corp.example",
        MIRA,
        "CN=Mira Kovač,OU=Staff,DC=corp,DC=example",
    ],
)
def test_a_user_is_found_by_any_name(company, name):  # noqa: F811
    assert f"({MIRA})" in company.good("webhook", "test", "infobip", "find-person", "--user", name)


def test_a_live_test_shows_request_and_answer_and_is_audited(company, monkeypatch):  # noqa: F811
    monkeypatch.setenv("COLUMNS", "200")
    told = company.good("webhook", "test", "infobip", "create-person", "--user", "mkovac", "--live")
    assert "Authorization: •••" in told
    assert "demo-password" not in told
    (line,) = [line for line in told.splitlines() if line.startswith("POST ")]
    assert " | 200 in " in line, "side by side"
    assert "succeeded; 1 call, " in told
    assert company.emulator.count == 1
    audited = company.good("audit", "list", "--json")
    assert "test_webhook" in audited
    assert "mira.kovac@corp.example" not in audited
    assert "good 2" in company.good("webhook", "list", "infobip")


def test_a_test_that_fails_says_why(company):  # noqa: F811
    result = company.run("webhook", "test", "infobip", "find-person", "--user", "mkovac", "--live")
    assert result.exit_code == 1
    assert "failed (absent): there is no such person" in result.stdout
    told = json.loads(
        company.run("webhook", "test", "infobip", "find-person", "--user", "mkovac", "--live", "--json").stdout
    )
    assert (told["good"], told["shots"][0]["result"]["cause"]) == (False, "absent")


def test_what_is_saved_is_what_was_tested(company):  # noqa: F811
    before = (company.home / "keepstep.yaml").read_text()
    test = ("webhook", "test", "infobip", "mine", "--user", "mkovac", "--spec", "-")
    company.good(*test, text=DRAFT)
    assert (company.home / "keepstep.yaml").read_text() == before
    told = company.good(*test, "--live", "--save", text=DRAFT)
    assert "saved as tested" in told
    after = (company.home / "keepstep.yaml").read_text()
    assert all(line in after.splitlines() for line in before.splitlines())
    assert company.emulator.person("EXTERNAL_ID", MIRA)["firstName"] == "Mira"
    (mine,) = [one for one in json.loads(company.good("webhook", "list", "--json")) if one["name"] == "mine"]
    assert (mine["origin"], mine["test"]["tested"]) == ("own", "good")
    (company.home / "keepstep.yaml").write_text(after.replace("{{ givenName }}", "{{ sn }}"))
    (mine,) = [one for one in json.loads(company.good("webhook", "list", "--json")) if one["name"] == "mine"]
    assert mine["test"]["tested"] == "untested, changed since"


def test_a_draft_that_fails_is_not_saved(company):  # noqa: F811
    before = (company.home / "keepstep.yaml").read_text()
    test = ("webhook", "test", "infobip", "mine", "--user", "mkovac", "--spec", "-", "--live", "--save")
    result = company.run(*test, text=DRAFT.replace("/persons", "/perrsons"))
    assert result.exit_code == 1
    assert "not saved" in result.stdout
    assert (company.home / "keepstep.yaml").read_text() == before


def test_a_name_that_nobody_has_is_noted(company):  # noqa: F811
    told = company.good(
        "webhook",
        "test",
        "infobip",
        "m",
        "--user",
        "mkovac",
        "--spec",
        "-",
        text=DRAFT.replace("givenName", "givenNme"),
    )
    assert 'corp.users have no attribute "givenNme", so it gives nothing; did you mean "givenName"?' in told


def test_a_value_of_a_block_is_given_by_hand(company):  # noqa: F811
    test = ("webhook", "test", "infobip", "add-tag", "--user", "mkovac")
    assert "/people/2/tags/Staff%20A/persons" in company.good(*test, "--value", "tag=Staff A")
    result = company.run(*test)
    assert result.exit_code == 1
    assert "cannot be sent: " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("infobip", "find-person"), "nobody is chosen"),
        (("infobip", "find-persn", "--user", "mkovac"), 'has no webhook "find-persn"; did you mean "find-person"?'),
        (("corp", "find-person", "--user", "mkovac"), "has no webhooks"),
        (("infobip", "find-person", "--user", "nobody"), 'corp.users has no "nobody"'),
        (("infobip", "find-person", "--user", "mkovac", "--save"), "--spec is missing"),
        (("infobip", "find-person", "--user", "mkovac", "--value", "tag"), "--value takes NAME=TEXT"),
        (
            ("infobip", "find-person", "--user", "mkovac", "--directory", "crop"),
            'there is no connection "crop"; did you mean "corp"?',
        ),
    ],
)
def test_what_makes_no_sense_is_said(company, arguments, told):  # noqa: F811
    assert told in company.run("webhook", "test", *arguments).stderr
