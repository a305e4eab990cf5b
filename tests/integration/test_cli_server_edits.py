"""What the command line does by way of a server about rows, drafts and starts: the same as on a home folder."""

import json
import re

import pytest

from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.ports import FirstPassword
from keepstep.settings import read_settings
from keepstep.wiring import opened

STRAY = {"firstName": "Stray", "lastName": "Guest", "contactInformation": {"email": [{"address": "s@partner.example"}]}}
MORE = """
automations:
  nightly: {trigger: {schedule: "0 2 * * *", timezone: Europe/Zagreb}, rule: staff}
channels:
  log: {kind: file, file: told}
reports:
  strays: {kind: unauthorised, rule: staff, formats: [csv], folder: weekly}
"""


@pytest.fixture
def ready(both):
    """With an automation, a channel and a report in the configuration."""
    file = both.company.home / "keepstep.yaml"
    guards = "    guards: {delete: {percent: 100, count: 100}}\n    mark: {"
    file.write_text(file.read_text().replace("    mark: {", guards) + MORE)
    return both


@pytest.fixture
def today(ready):
    """In step a week ago; since then the company went on, and somebody made an account by hand."""
    both = ready
    digest = json.loads(both.there("plan", "staff", "--json").stdout)["digest"]
    both.good("apply", digest, "--yes")
    both.company.emulator.create(STRAY)
    both.company.become("today")
    return both


def rows(both, *more):
    return json.loads(both.good("compare", "staff", "--json", *more))


def act(both, action, *more, code=0):
    told = both.there("compare", "act", "staff", "--action", action, *more)
    assert told.exit_code == code, told.output
    return told


def test_rows_are_passed_over_and_looked_at_again_by_a_server(today):
    told = act(today, "ignore", "--who", "Stray Guest", "--reason", "a partner", "--until", "30d").stdout
    assert "1 are ignored until" in told
    assert [row["name"] for row in rows(today, "--situation", "ignored")] == ["Stray Guest"]
    assert "1 are looked at again" in act(today, "heed", "--who", "Stray Guest").stdout
    assert rows(today, "--situation", "ignored") == []
    (key,) = json.loads(act(today, "ignore", "--who", "Stray Guest", "--reason", "x", "--until", "1d", "--json").stdout)
    assert key[2] == "unauthorised"
    act(today, "ignore", "--who", "Stray Guest", "--reason", "x", code=2)
    act(today, "heed", "--who", "Nobody Such", code=2)


def test_a_plan_of_chosen_rows_is_made_by_a_server(today):
    plan = json.loads(act(today, "create", "--situation", "only_in_corp", "--json", code=10).stdout)
    assert [action["name"] for action in plan["actions"]] == ["Nika Radić"]
    told = act(today, "delete", "--who", "Stray Guest", code=10)
    assert "Apply it with: keepstep apply" in told.stdout
    digest = told.stdout.split("keepstep apply ")[1].split()[0]
    today.good("apply", digest, "--yes")
    assert today.company.emulator.person("EMAIL", "s@partner.example") is None
    none = act(today, "delete", "--situation", "only_in_corp", code=1)
    assert "left alone: Nika" in none.stderr


def test_accounts_are_paired_and_parted_by_a_server(today, tmp_path):
    (nika,) = [row for row in rows(today) if row["name"] == "Nika Radić"]
    (stray,) = [row for row in rows(today) if row["name"] == "Stray Guest"]
    assert "done" in act(today, "link", "--who", nika["source key"], "--to", stray["target key"]).stdout
    again = act(today, "link", "--who", nika["source key"], "--to", stray["target key"], code=1)
    assert "they are linked already" in again.stdout
    assert "correlate" in act(today, "unlink", "--who", nika["source key"]).stderr
    file = tmp_path / "pairs.csv"
    pairs = f"source key,target key\n{nika['source key']},{stray['target key']}\nnobody,{stray['target key']}\n"
    file.write_text(pairs)
    told = act(today, "link", "--from", file, code=1)
    assert "the source object is not there" in told.stdout
    assert "Nika Radić" not in [row["name"] for row in rows(today, "--situation", "only_in_corp")]


def test_starts_are_listed_and_called_off_by_a_server(ready):
    ready.good("automation", "run", "nightly", "--plan-only")
    for more in ((), ("--json",), ("nightly",), ("nightly", "--limit", "1")):
        assert "nightly" in ready.same("automation", "history", *more)
    (start,) = json.loads(ready.good("automation", "history", "--json"))
    told = ready.there("automation", "cancel", start["id"])
    assert told.exit_code == 1
    assert "cannot be called off any more" in told.stderr
    ready.same("automation", "cancel", "nothing", code=1)


def test_an_automation_and_a_template_are_added_by_a_server(ready, tmp_path):
    spec = tmp_path / "weekly.yaml"
    spec.write_text("trigger: {schedule: '0 3 * * 1', timezone: Europe/Zagreb}\nrule: staff\n")
    assert "automation weekly is in" in ready.good("automation", "add", "weekly", "--spec", spec)
    assert "weekly" in ready.same("automation", "list")
    spec.write_text("trigger: nonsense\n")
    assert ready.there("automation", "add", "other", "--spec", spec).exit_code == 1
    assert "other" not in ready.same("automation", "list")
    settings = {"directory": "corp", "application": "infobip", "group": "CN=All,DC=corp,DC=example", "channel": "log"}
    given = [word for name, text in settings.items() for word in ("--with", f"{name}={text}")]
    ready.same("template", "add", "onboarding", code=2)
    assert "template onboarding is in keepstep.yaml" in ready.good("template", "add", "onboarding", *given)
    ready.same("template", "add", "onboarding", *given, code=2)
    for more in ((), ("onboarding",), ("--json",)):
        assert "onboarding" in ready.same("template", "check", *more)
    assert "Wait for the mailbox" in ready.same("template", "draw", "onboarding")


def test_endpoints_are_changed_listed_and_tried_by_a_server(ready):
    for more in ((), ("infobip",), ("--json",)):
        assert "people" in ready.same("endpoint", "list", *more).lower()
    told = ready.good("endpoint", "add", "infobip", "everybody", "--url", "{base_url}/people/2/persons")
    assert "version" in told
    assert "everybody" in ready.company.good("endpoint", "list", "infobip")
    assert "already" in ready.there("endpoint", "add", "infobip", "everybody", "--url", "/x").stderr
    ready.good("endpoint", "test", "infobip", "everybody")
    assert "own" in ready.same("endpoint", "list", "infobip")
    ready.good("endpoint", "copy", "infobip", "everybody", "others")
    ready.good("endpoint", "edit", "infobip", "others", "--set", "description=of others")
    assert "of others" in (ready.company.home / "keepstep.yaml").read_text()
    for name in ("others", "everybody"):
        ready.good("endpoint", "delete", "infobip", name)
    ready.same("endpoint", "delete", "infobip", "everybody", code=1)


def test_a_draft_of_an_endpoint_is_tried_and_saved_by_a_server(ready, tmp_path):
    spec = tmp_path / "draft.yaml"
    spec.write_text('url: "{base_url}/people/2/persons"\nrecords: persons\n')
    assert "not good" not in ready.good("endpoint", "test", "infobip", "drafted", "--spec", spec, "--save")
    assert "drafted" in ready.company.good("endpoint", "list", "infobip")
    spec.write_text('url: "{base_url}/nowhere"\n')
    assert ready.there("endpoint", "test", "infobip", "drafted", "--spec", spec, "--save").exit_code == 1
    assert "nowhere" not in (ready.company.home / "keepstep.yaml").read_text()


def test_webhooks_are_listed_and_rendered_by_a_server(ready):
    for more in ((), ("infobip",), ("--json",)):
        ready.same("webhook", "list", *more)
    name = json.loads(ready.same("webhook", "list", "--json"))[0]["name"]
    by_both = (ready.company.good, ready.good)
    chosen = ("infobip", name, "--user", "marko.juric@corp.example")
    for more in ((), ("--json",)):
        told = [re.sub(r"test\.[0-9a-f]{16}", "test.", one("webhook", "test", *chosen, *more)) for one in by_both]
        assert told[0] == told[1]
        assert "Marko" in told[0]
    ready.same("webhook", "test", "infobip", name, code=2)


def test_mappings_are_looked_at_by_a_server(ready):
    for more in ((), ("--json",)):
        assert "givenName" in ready.same("mapping", "fields", "corp.users", *more)
        assert "Mira" in ready.same("mapping", "preview", "staff", *more)
        ready.same("mapping", "try", "corp.users", "{{ givenName | upper }}", "--limit", "2", *more)
    ready.same("mapping", "fields", "nowhere.users", code=1)
    ready.same("mapping", "preview", "nowhere", code=1)


def test_channels_notices_events_connections_and_the_installation_are_told_by_a_server(ready):
    for command in (
        ("channel", "list"),
        ("channel", "test", "log"),
        ("notice", "list"),
        ("event", "list"),
        ("connection", "list"),
        ("connection", "circuit"),
        ("connection", "circuit", "infobip"),
        ("template", "check"),
        ("macro", "list"),
    ):
        for more in ((), ("--json",)):
            ready.same(*command, *more)
    ready.same("channel", "test", "nowhere", code=2)
    ready.same("connection", "circuit", "infobip", "--close")
    ready.same("connection", "circuit", "nowhere", code=2)
    ready.same("connection", "circuit", "--close", code=2)
    told = ready.there("doctor")
    assert told.exit_code in {0, 1}
    assert "database" in told.stdout


def test_a_report_of_the_configuration_is_made_by_a_server(ready):
    told = ready.good("report", "run", "strays")
    assert str(ready.company.home) in told or "reports" in told
    made = json.loads(ready.good("report", "run", "strays", "--json"))
    assert made["places"]
    assert made["incomplete"] == ""
    ready.same("report", "run", "stray", code=2)


def test_a_first_password_is_opened_once_by_a_server(ready):
    first = FirstPassword(
        connection="corp", key=NativeKey("mira"), account="mira", password=Secret("Vrt-Kiša_7731"), days=14
    )
    with opened(read_settings({}, home=ready.company.home)) as installation:
        installation.first_passwords.seal(first)
    for more in ((), ("--json",)):
        assert "mira" in ready.same("password", "list", *more)
    few = ready.world.token("few", "technician").token
    assert ready.there("password", "list", token=few).exit_code == 1
    assert ready.there("password", "show", "mira", token=few).exit_code == 1
    assert ready.good("password", "show", "Mira") == "Vrt-Kiša_7731\n"
    assert "was opened at" in ready.there("password", "show", "mira").stderr
    assert "password_show" in ready.company.good("audit", "list")
