"""The command line against a server: the same words, the same JSON and the same exit codes as on a home folder."""

import json
import re

import pytest
from typer.testing import CliRunner

from keepstep.cli.main import build


def test_people_are_listed_in_the_same_words(both):
    for more in ((), ("--json",), ("--format", "csv"), ("--attributes", "sn,proxyAddresses,memberOf")):
        assert "Novak" in both.same("people", "corp", *more)
    assert "First" not in both.same("people", "infobip.persons")
    both.same("people", "corp", "--attributes", "snn", code=1)
    both.same("people", "nowhere", code=1)


def test_both_sides_are_compared_in_the_same_words(both):
    for more in ((), ("--json",), ("--situation", "unauthorised"), ("--search", "nov")):
        both.same("compare", "staff", *more)
    both.same("compare", "staff", "--situation", "nonsense", code=2)
    assert "automat" in both.good("compare", "staff", "--history")
    for more in ((), ("--json",), ("--situation", "unauthorised")):
        both.same("compare", "staff", "--since", "7d", *more)
    both.same("compare", "staff", "--since", "never", code=2)


def test_a_report_is_made_in_the_same_words(both, tmp_path):
    both.same("report", "list")
    both.same("report", "list", "--json")
    for form in ("csv", "xlsx", "html"):
        file = tmp_path / f"report.{form}"
        here = both.company.run("report", "make", "comparison", "--rule", "staff", "--out", file)
        ours = file.read_bytes()
        there = both.there("report", "make", "comparison", "--rule", "staff", "--out", file)
        assert (there.exit_code, there.stdout, there.stderr) == (here.exit_code, here.stdout, here.stderr)
        assert form != "csv" or file.read_bytes() == ours
        assert file.read_bytes()[:2] == ours[:2]
    both.same("report", "make", "comparison", "--rule", "nowhere", "--out", tmp_path / "x.csv", code=1)
    both.same("report", "make", "runs", "--since", "nonsense", "--out", tmp_path / "x.csv", code=2)


def test_a_plan_is_made_shown_and_applied_in_the_same_words(both):
    for more in ((), ("--json",)):
        assert "Mira" in both.same("plan", "staff", *more, code=10)
    digest = json.loads(both.there("plan", "staff", "--json").stdout)["digest"]
    for more in ((), ("--json",)):
        assert "Mira" in both.same("plan", "show", digest, *more, code=10)
    applied = both.good("apply", digest, "--yes")
    assert re.match(r"Run \S+ is done: 11 done\n$", applied)
    assert "Nothing to do" in both.same("plan", "staff")
    assert json.loads(both.good("apply", digest, "--yes", "--json"))["counts"] == {"done": 11}


def test_what_cannot_be_planned_is_refused_in_the_same_words(both):
    assert "did you mean" in both.company.run("plan", "staf").stderr
    both.same("plan", "staf", code=1)
    both.same("plan", "show", "0" * 12, code=1)
    both.same("apply", "0" * 12, "--yes", code=1)
    both.same("apply", "0" * 12, "--yes", "--override-guards", code=2)
    assert "cannot be asked for that" in both.there("plan", "no such name").stderr


def test_a_plan_in_a_file_is_applied_by_the_server_that_made_it(both, tmp_path):
    file = tmp_path / "plan.json"
    assert both.there("plan", "staff", "--out", file).exit_code == 10
    assert both.company.run("plan", "show", file).stdout == both.there("plan", "show", file).stdout
    assert "is done: 11 done" in both.good("apply", file, "--yes")


def test_what_was_begun_and_what_came_of_it_is_shown_in_the_same_words(both):
    digest = json.loads(both.there("plan", "staff", "--json").stdout)["digest"]
    run = json.loads(both.good("apply", digest, "--yes", "--json"))["run"]
    for more in ((), ("--json",)):
        assert run in both.same("run", "list", *more)
        assert digest in both.same("run", "show", run, *more)
    for more in ((), ("--json",)):
        assert "Mira" in both.same("run", "undo", run, *more, code=11)
    both.same("run", "show", "nothing", code=1)


TEMPLATES = """
templates:
  ask:
    subject: corp.users
    start: ask
    blocks:
      ask: {approval: {text: "may {{ subject.name }} in?"}, next: note}
      note: {action: {set: {description: "welcome"}}}
"""


@pytest.fixture
def templates(both):
    file = both.company.home / "keepstep.yaml"
    file.write_text(file.read_text() + TEMPLATES)
    return both


def test_a_template_is_run_followed_and_steered_in_the_same_words(templates):
    both = templates
    for more in ((), ("--json",)):
        assert "ask" in both.same("template", "list", *more)
    chosen = ("--search", "users")
    assert "waits" in both.good("template", "run", "ask", *chosen)
    run = json.loads(both.good("run", "list", "--json"))[0]["id"]
    for more in ((), ("--json",), ("--failed",), ("--subject", "0"), ("--subject", "0", "--json"), ("--limit", "2")):
        both.same("run", "show", run, *more)
    both.same("run", "show", run, "--subject", "nobody", code=2)
    assert "1 subjects approved" in both.good("run", "approve", run, "--subject", "0")
    assert "1 succeeded" in both.good("run", "watch", run)
    assert "1 subjects rejected" in both.good("run", "reject", run, "--subject", "1", "--note", "not yet")
    passed = both.good("run", "skip", run, "--subject", "2", "--block", "ask", "--reason", "known", "--as", "failure")
    assert "passed over ask" in passed
    assert "1 subjects are tried again" in both.good("run", "retry", run, "--subject", "2")
    for verb, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert f"is {state}" in both.good("run", verb, run)
    both.same("run", "pause", run, code=2)


def test_a_choice_that_makes_no_sense_is_refused_in_the_same_words(templates):
    both = templates
    for given, code in (
        (("nothing", "--user", "user1"), 2),
        (("ask",), 2),
        (("ask", "--user", "user999"), 2),
        (("ask", "--members-of", "Nowhere"), 2),
        (("ask", "--filter", "(oops"), 1),
    ):
        both.same("template", "run", *given, code=code)
    told = both.there("template", "run", "ask", "--user", "user999", "--skip-unknown")
    assert "left out" not in told.stderr
    assert "nobody was chosen" in told.stderr


def test_a_plan_that_needs_people_waits_for_them_on_either_way(both):
    both.company.configure(("reactions:", "approve: 1\n    reactions:"))
    digest = json.loads(both.there("plan", "staff", "--json").stdout)["digest"]
    assert "approv" in both.there("apply", digest, "--yes").stderr
    request = json.loads(both.same("approval", "list", "--json"))[0]["request"]["id"]
    assert digest[:12] in both.same("approval", "list")
    for more in ((), ("--json",)):
        assert "Mira" in both.same("approval", "show", request, *more)
    both.same("approval", "approve", request, code=2)
    both.same("approval", "approve", request, "--digest", "0" * 12, code=2)
    both.good("approval", "comment", request, "--note", "looks right")
    assert "is approved" in both.good("approval", "approve", request, "--digest", digest[:12])
    assert "looks right" in both.same("approval", "show", request)
    assert "is done: 11 done" in both.good("apply", digest, "--yes")


def test_the_log_is_listed_proven_and_exported(both, tmp_path):
    both.there("plan", "staff")
    for more in ((), ("--json",)):
        both.same("audit", "list", "--limit", "3", *more)
        assert "nothing of that" in both.same("audit", "list", "--action", "nonsense") or more
    both.same("audit", "list", "--since", "yesterday-ish", code=2)
    assert "are unchanged" in both.same("audit", "verify")
    both.same("audit", "verify", "--json")
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    both.company.good("audit", "export", "--out", here)
    assert f"records are in {there}" in both.good("audit", "export", "--out", there)
    ours = here.read_bytes()
    assert ours
    assert there.read_bytes().startswith(ours)


def test_what_cannot_be_asked_of_a_server_is_refused_and_says_so(both):
    told = both.there("backup", "anywhere")
    assert told.exit_code == 2
    assert "asks no server" in told.stderr
    told = both.there("run", "list", "--home", both.company.home)
    assert told.exit_code == 2
    assert "exclude each other" in told.stderr


def test_a_token_that_is_not_good_is_refused_and_never_shown(both):
    told = both.there("run", "list", token="ks_wrong")
    assert told.exit_code == 1
    assert "this token is not good" in told.stderr
    assert "ks_wrong" not in told.output
    assert "there is no token" in both.there("run", "list", token="").stderr
    assert "no runs yet" in both.there("run", "list", token="", text=f"{both.token}\n").stdout


def test_a_token_reaches_no_further_than_the_roles_of_its_operator(both):
    few = both.world.token("few", "auditor").token
    told = both.there("plan", "staff", token=few)
    assert told.exit_code == 1
    assert "make_plans" in told.stderr or "may not" in told.stderr, told.stderr


def test_the_server_can_be_named_by_the_environment_and_a_home_wins_over_it(both):
    environment = {"KEEPSTEP_SERVER": both.world.url, "KEEPSTEP_TOKEN": both.token}
    told = CliRunner().invoke(build(), ["secret", "list"], env=environment, prog_name="keepstep")
    assert "infobip-password" in told.stdout or "asks no server" in told.stderr
    here = CliRunner().invoke(build(), ["doctor", "--home", str(both.company.home)], env=environment)
    assert "asks no server" not in here.output


def test_operators_and_tokens_are_managed_in_the_same_words(both):
    for who, more in (("eva", ()), ("bot", ("--service",)), ("ivo", ("--service", "--json"))):
        told = both.good(
            "operator", "add", who, "--role", "auditor=2099-01-01", "--email", f"{who}@corp.example", *more
        )
        assert who in told
        assert ("/welcome#" in told) is (who == "eva")
    for more in ((), ("--json",)):
        assert "eva@corp.example" in both.same("operator", "list", *more) or not more
        both.same("operator", "show", "eva", *more)
        assert "read_audit" in both.same("operator", "rights", "eva", *more)
    both.same("operator", "show", "nobody", code=2)
    both.same("operator", "roles", "eva", "--role", "nonsense", code=2)
    assert "approver" in both.good("operator", "roles", "eva", "--role", "approver")
    assert "/welcome#" in both.good("operator", "link", "eva")
    for verb, told in (("disable", "switched off"), ("enable", "may sign in"), ("reset", "without a second factor")):
        assert told in both.good("operator", verb, "eva")
    assert "0 sessions ended" in both.good("operator", "sign-out", "eva")
    made = json.loads(both.good("token", "create", "bot", "--name", "nightly", "--right", "read_audit", "--json"))
    assert both.there("audit", "list", token=made["token"]).exit_code == 0
    both.same("token", "list", "--operator", "bot")
    assert "nightly" in both.same("token", "list", "--operator", "bot", "--json")
    assert "is revoked" in both.good("token", "revoke", made["id"])
    assert both.there("audit", "list", token=made["token"]).exit_code == 1
    assert "is removed" in both.good("operator", "remove", "eva")


def test_secrets_are_kept_listed_and_forgotten_in_the_same_words(both):
    assert both.good("secret", "set", "planted", text="s3cr3t-planted\n") == 'secret "planted" is kept\n'
    assert "is kept" in both.good("secret", "set", "other", token="", text=f"{both.token}\ns3cr3t-other\n")
    for more in ((), ("--json",)):
        told = both.same("secret", "list", *more)
        assert "planted" in told
        assert "s3cr3t" not in told
    assert both.company.good("secret", "remove", "other") == both.good("secret", "remove", "planted").replace(
        "planted", "other"
    )
    both.same("secret", "remove", "planted", code=1)
    both.same("secret", "set", "bad name", code=2)


def test_the_configuration_is_checked_compared_and_replaced_in_the_same_words(both, tmp_path):
    file = tmp_path / "new.yaml"
    assert both.same("config", "export") == (both.company.home / "keepstep.yaml").read_text()
    file.write_text(both.same("config", "export"))
    assert "is good: 2 connections" in both.same("config", "check", file)
    both.same("config", "check", file, "--offline")
    assert "the configuration in force is good" in both.good("config", "check")
    assert "nothing was changed" in both.same("config", "apply", file)
    file.write_text(file.read_text().replace("infobip-password", "another-password"))
    both.same("config", "check", file)
    assert 'not set: there is no secret "another-password"' in both.there("config", "check", file).stderr
    assert "another-password" in both.same("config", "diff", file, code=10)
    file.write_text(file.read_text().replace("another-password", "infobip-password").replace("lastName:", "nonsense:"))
    both.same("config", "check", file, code=1)
    both.same("config", "apply", file, code=1)
    file.write_text(both.same("config", "export") + "# of somebody\n")
    assert "version 1 of the configuration is in force" in both.good("config", "apply", file)
    assert both.same("config", "export").endswith("# of somebody\n")


def test_whoever_only_reads_the_configuration_has_no_system_asked_by_it(both, tmp_path):
    auditor = both.world.token("few", "auditor")
    text = (both.company.home / "keepstep.yaml").read_text()
    assert auditor.good("POST", "/configuration/check", {"text": text})["good"]
    auditor.bad(403, "POST", "/configuration/check", {"text": text, "live": True})


def test_a_connection_is_checked_in_the_same_words(both):
    for more in ((), ("--json",), ("--write",)):
        assert "people:manage" in both.same("connection", "check", "infobip", *more)
    both.same("connection", "check", "nowhere", code=1)


def test_why_somebody_is_as_they_are_is_told_in_the_same_words(both):
    both.company.run("plan", "staff", "--out", both.company.home.parent / "plan.json")
    both.company.good("apply", both.company.home.parent / "plan.json", "--yes")
    for more in ((), ("--json",), ("--at", "2099-01-01")):
        assert "Jurić" in both.same("why", "marko.juric@corp.example", *more)
        if more != ("--at", "2099-01-01"):
            both.same("why-not", "marko.juric@corp.example", *more)
    both.same("why", "nobody-at-all", code=2)


AUTOMATIONS = """
automations:
  nightly: {trigger: {schedule: "0 2 * * *", timezone: Europe/Zagreb}, rule: staff}
"""


def test_automations_are_listed_started_and_switched_in_the_same_words(both):
    file = both.company.home / "keepstep.yaml"
    file.write_text(file.read_text() + AUTOMATIONS)
    for more in ((), ("--json",)):
        assert "nightly" in both.same("automation", "list", *more)
        assert "Europe/Zagreb" in both.same("automation", "show", "nightly", *more)
    assert "keepstep plan show" in both.good("automation", "run", "nightly", "--plan-only")
    assert "11 done" in both.good("automation", "run", "nightly")
    both.same("automation", "list")
    both.same("automation", "show", "nightly")
    both.same("automation", "show", "weekly", code=2)
    both.same("automation", "run", "weekly", code=2)
    assert "is switched off" in both.good("automation", "disable", "nightly")
    assert both.same("automation", "disable", "nightly") == "it was switched off already\n"
    assert "is switched on" in both.good("automation", "enable", "nightly")
