"""`keepstep audit` as somebody calls it: what is listed and exported, what is proven, and how faults look."""

import json
import sqlite3

import pytest
import yaml

from keepstep.core.secret import MASK


def audit(cli, **more):
    """Put a configuration with an anchor in force."""
    (cli.home / "share").mkdir(exist_ok=True)
    part = {"anchors": {"share": {"kind": "folder", "folder": "share"}}, **more}
    whole = {"version": 1, "variables": {"Office": "Zagreb", "mobile": "1"}, "audit": part}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump(whole))
    return whole


@pytest.fixture
def noted(cli):
    """A home with four records: two secrets set, one of them removed, and set again."""
    for words in (["set", "one"], ["set", "two"], ["remove", "one"], ["set", "one"]):
        cli.good("secret", *words, text="not-for-anybody\n" if words[0] == "set" else None)
    return cli


def listed(cli, *filters):
    return [entry["sequence"] for entry in json.loads(cli.good("audit", "list", "--json", *filters))]


def test_filters_choose_what_is_listed(noted):
    assert listed(noted) == [1, 2, 3, 4]
    assert listed(noted, "--action", "secret_set") == [1, 2, 4]
    assert listed(noted, "--action", "secret_set", "--subject", "on") == [1, 4]
    assert listed(noted, "--subject", "%") == [], "no wildcard of the database"
    assert listed(noted, "--operator", "nobody") == []
    assert listed(noted, "--since", "1h") == [1, 2, 3, 4]
    assert listed(noted, "--until", "1h") == []
    assert listed(noted, "--until", "2000-01-01") == []
    assert "nothing of that was done" in noted.good("audit", "list", "--operator", "nobody")


def test_each_call_of_the_program_has_an_id_and_an_origin_of_its_own(noted, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")
    noted.good("secret", "set", "three", text="not-for-anybody\n")
    entries = json.loads(noted.good("audit", "list", "--json"))
    assert len({entry["correlation"] for entry in entries}) == 5
    assert listed(noted, "--correlation", entries[2]["correlation"]) == [3]
    assert entries[-1]["origin"].endswith(" from 192.0.2.7")
    assert entries[0]["origin"]
    assert "192.0.2.7" not in entries[0]["origin"]


def test_an_export_is_proven_and_a_filtered_one_says_what_is_missing(noted):
    audit(noted)
    out, key = noted.home / "all.jsonl", noted.home / "key.txt"
    key.write_text(noted.good("audit", "key"))
    noted.good("audit", "checkpoint")
    assert "4 records are in" in noted.good("audit", "export", "--out", out)
    proof = ["--checkpoints", noted.home / "share", "--key", key]
    assert "records 1 to 4 are unchanged" in noted.good("audit", "verify", out, *proof)
    noted.good("audit", "export", "--out", out, "--action", "secret_set")
    assert "record 3 is missing" in noted.bad("audit", "verify", out, *proof)


@pytest.mark.parametrize("missing", ["--key", "--checkpoints"])
def test_an_export_without_key_or_checkpoints_is_not_proven(noted, missing):
    audit(noted)
    noted.good("audit", "checkpoint")
    out = noted.home / "all.jsonl"
    noted.good("audit", "export", "--out", out)
    given = {"--key": noted.good("audit", "key").strip(), "--checkpoints": noted.home / "share"}
    given.pop(missing)
    noted.bad("audit", "verify", out, *(word for pair in given.items() for word in pair), code=2)


def test_what_is_no_key_and_what_holds_no_checkpoints_is_told(noted):
    audit(noted)
    out = noted.home / "all.jsonl"
    noted.good("audit", "export", "--out", out)
    key = noted.good("audit", "key").strip()
    assert "there is no checkpoint" in noted.bad(
        "audit", "verify", out, "--key", key, "--checkpoints", noted.home / "share", code=2
    )
    noted.good("audit", "checkpoint")
    told = noted.bad("audit", "verify", out, "--key", "c2hvcnQ=", "--checkpoints", noted.home / "share", code=2)
    assert "no public key" in told
    noted.bad("audit", "verify", "--checkpoints", noted.home / "nowhere", code=2)


def test_a_changed_database_is_named_against_the_anchor(noted):
    audit(noted)
    noted.good("audit", "checkpoint")
    assert "signed up to record 4" in noted.good("audit", "verify", "--checkpoints", noted.home / "share")
    with sqlite3.connect(noted.home / "keepstep.db") as database:
        database.execute("UPDATE audit SET operator = 'nobody' WHERE sequence = 2")
    assert "record 2 was altered" in noted.bad("audit", "verify", "--checkpoints", noted.home / "share")
    assert "record 2 was altered" in noted.run("doctor").output


def test_an_anchor_that_cannot_be_reached_fails_the_command_and_the_doctor(noted):
    audit(noted)
    (noted.home / "share").rmdir()
    assert "is not there" in noted.run("audit", "checkpoint").output
    assert noted.run("audit", "checkpoint").exit_code == 1
    assert "is not there" in noted.good("audit", "anchors")
    assert "is not there" in noted.run("doctor").output
    (noted.home / "share").mkdir()
    noted.good("audit", "checkpoint")
    assert '"share" has' in noted.run("doctor").output


def test_the_key_is_no_secret_that_somebody_removes_or_sets(noted):
    noted.good("audit", "key")
    (name,) = [line.split()[0] for line in noted.good("secret", "list").splitlines() if line.startswith("keepstep:")]
    assert "of Keepstep itself" in noted.bad("secret", "remove", name, code=2)
    noted.bad("secret", "set", name, text="not-for-anybody\n", code=2)


def test_a_change_of_the_configuration_is_told_before_and_after_without_what_is_redacted(noted):
    whole = audit(noted, redact=["Mobile"])
    draft = noted.home / "draft.yaml"
    whole["variables"] = {"Office": "Split", "mobile": "2", "token_of_old": "hidden-by-name"}
    draft.write_text(yaml.safe_dump(whole))
    noted.good("config", "apply", draft)
    (entry,) = json.loads(noted.good("audit", "list", "--json", "--action", "config_apply"))
    detail = {name: text for name, text in entry["detail"].items() if name.startswith(("before.", "after."))}
    assert detail == {
        "before.variables.Office": "Zagreb",
        "after.variables.Office": "Split",
        "before.variables.mobile": MASK,
        "after.variables.mobile": MASK,
        "after.variables.token_of_old": MASK,
    }


def test_old_records_are_archived_and_the_log_goes_on(noted):
    folder = noted.home / "archive"
    assert "nothing that old" in noted.good("audit", "archive", "--before", "2000-01-01", "--out", folder)
    assert "records 1 to 4 are in" in noted.good("audit", "archive", "--before", "2999-01-01", "--out", folder)
    assert listed(noted) == [5]
    assert "4 of them are in the archive" in noted.good("audit", "verify")
    noted.good("secret", "set", "three", text="not-for-anybody\n")
    assert listed(noted) == [5, 6]
    audit(noted)
    noted.good("audit", "checkpoint")
    noted.good("audit", "export", "--out", noted.home / "rest.jsonl")
    key = noted.good("audit", "key").strip()
    (old,) = folder.glob("audit-*.jsonl")
    proof = ["--key", key, "--checkpoints", noted.home / "share", "--checkpoints", folder]
    told = noted.good("audit", "verify", old, noted.home / "rest.jsonl", *proof)
    assert "records 1 to 6 are unchanged" in told
    assert "records 5 to 6 are unchanged" in noted.good("audit", "verify", noted.home / "rest.jsonl", *proof)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE steps SET detail = 'nothing to see' WHERE action = (SELECT min(action) FROM steps)",
        "UPDATE steps SET target_key = 'somebody-else' WHERE action = (SELECT min(action) FROM steps)",
        "UPDATE steps SET state = 'refused' WHERE action = (SELECT min(action) FROM steps)",
        "UPDATE steps SET state = 'what is no state'",
        "DELETE FROM steps WHERE action = (SELECT max(action) FROM steps)",
    ],
)
def test_a_journal_that_was_changed_is_not_what_the_log_says(company, change):
    company.run("plan", "staff", "--out", company.home / "staff.plan")
    company.good("apply", company.home / "staff.plan", "--yes")
    assert "the journal says the same of 1 runs" in company.good("audit", "verify")
    with sqlite3.connect(company.home / "keepstep.db") as database:
        assert database.execute(change).rowcount
    assert "is not what audit record" in company.bad("audit", "verify")


def test_a_run_leads_to_all_that_is_noted_of_it(company):
    company.run("plan", "staff", "--out", company.home / "staff.plan")
    company.good("apply", company.home / "staff.plan", "--yes")
    (run,) = json.loads(company.good("run", "list", "--json"))
    entries = json.loads(company.good("audit", "list", "--json", "--correlation", run["id"]))
    assert [entry["action"] for entry in entries] == ["apply", "applied"]
    assert len({entry["correlation"] for entry in entries}) == 1
