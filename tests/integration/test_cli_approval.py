"""approval, as the people call it who ask, review and decide."""

import json
import re
import sqlite3

import pytest

from tests.integration.test_cli_terminal import typed

ONE_OF = "    approve: {approvers: [ana, ivo], not_requester: true}\n    mark: {"


@pytest.fixture
def asked(company, monkeypatch):
    """A plan that max wants to apply and that ana or ivo have to agree to: the request, and the plan's digest."""
    company.configure(("    mark: {", ONE_OF))
    monkeypatch.setenv("LOGNAME", "max")
    company.run("plan", "staff")
    digest = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    told = company.bad("apply", digest, "--yes")
    assert "waits for 1 of ana, ivo to approve" in told
    (request,) = re.findall(r"\(request (\w+)\)", told)
    assert f"hint: nothing was written; they decide by `keepstep approval approve {request}`" in told
    assert company.emulator.count == 0
    return request, digest


def test_asking_once_more_asks_nobody_again(company, asked):
    request, digest = asked
    assert f"(request {request})" in company.bad("apply", digest, "--yes")
    (only,) = json.loads(company.good("approval", "list", "--json"))
    assert (only["request"]["id"], only["state"], only["missing"]) == (request, "pending", 1)


def test_what_is_approved_is_applied_once(company, asked, monkeypatch):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ana")
    told = company.good("approval", "approve", request, "--digest", digest[:12], "--note", "fine")
    assert told.splitlines() == [
        f"request {request} is approved by ana",
        f"Apply it with: keepstep apply {digest[:12]}",
    ]
    monkeypatch.setenv("LOGNAME", "max")
    assert "is done: 11 done" in company.good("apply", digest, "--yes")
    assert "nothing waits for approval" in company.good("approval", "list")
    assert "used by run" in company.good("approval", "list", "--all")
    again = company.bad("apply", digest, "--yes")
    assert "waits for 1 of" in again
    assert request not in again
    log = company.good("audit", "list")
    for word in ("ask_approval", "plan_approve", "use_approval"):
        assert word in log
    company.good("audit", "verify")


def test_who_asked_may_not_decide_and_who_has_no_name_may_not_either(company, asked, monkeypatch):
    request, digest = asked
    assert "max may not decide" in company.bad("approval", "approve", request, "--digest", digest, code=2)
    monkeypatch.setenv("LOGNAME", "unknown")
    assert "needs a name" in company.bad("approval", "approve", request, "--digest", digest, code=2)


def test_without_a_terminal_the_plan_that_was_looked_at_is_named(company, asked, monkeypatch):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ana")
    assert "--digest" in company.bad("approval", "approve", request, code=2)
    wrong = "0" * 12 if digest[0] != "0" else "1" * 12
    assert "is not what was named" in company.bad("approval", "approve", request, "--digest", wrong, code=2)
    assert "is not what was named" in company.bad("approval", "reject", request, "--digest", digest[:4], code=2)


def test_a_rejected_plan_is_asked_for_again_only_when_that_is_said(company, asked, monkeypatch):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ivo")
    company.good("approval", "reject", request, "--digest", digest, "--note", "not on a Friday")
    monkeypatch.setenv("LOGNAME", "max")
    told = company.bad("apply", digest, "--yes")
    assert "was rejected by ivo" in told
    assert "--ask-again" in told
    again = company.bad("apply", digest, "--yes", "--ask-again")
    assert "waits for 1 of ana, ivo" in again
    assert request not in again


def test_a_new_plan_of_the_rule_is_asked_for_by_itself(company, asked, monkeypatch):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ana")
    company.good("approval", "approve", request, "--digest", digest)
    monkeypatch.setenv("LOGNAME", "max")
    company.become("today")
    other = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    assert "waits for 1 of" in company.bad("apply", other, "--yes")
    assert company.emulator.count == 0
    assert "replaced" in company.good("approval", "list", "--all")


def test_nobody_is_asked_about_a_plan_that_is_stale(company, asked, monkeypatch):
    _, digest = asked
    monkeypatch.setenv("LOGNAME", "max")
    company.configure(("    mark: {", ONE_OF), ("unmatched: create", "unmatched: create\n      stale: report"))
    before = company.good("approval", "list", "--all")
    assert "changed since the plan was made" in company.bad("apply", digest, "--yes", "--ask-again")
    assert company.good("approval", "list", "--all") == before


def test_a_request_shows_the_plan_and_what_people_said(company, asked, monkeypatch):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ana")
    assert "pending" in company.good("approval", "comment", request, "--note", "why\x1b[31m so many?", "--changes")
    told = company.good("approval", "show", request[:4])
    assert told.startswith(f"Request {request} is pending, 1 missing")
    assert "asked by max (command line)" in told
    assert "needs 1 of ana, ivo, not by who asked" in told
    assert "ana changes: why" in told
    assert "\x1b" not in told
    assert "+ create Mira Kovač  unmatched" in told
    data = json.loads(company.good("approval", "show", request, "--json"))
    assert (data["plan"]["digest"], data["request"]["votes"][0]["kind"]) == (digest, "changes")
    assert "no request for approval starts" in company.bad("approval", "show", "zzz")


def test_a_link_decides_once_and_its_token_is_no_argument(company, asked, monkeypatch):
    request, _ = asked
    assert "max may not decide" in company.bad("approval", "link", request, "--for", "max", code=2)
    token = company.good("approval", "link", request, "--for", "ana").strip()
    refused = company.bad("approval", "decide", "--token", token, "--as", "approve", code=2)
    assert "never an argument" in refused
    assert token not in refused
    decide = ("approval", "decide", "--token", "-", "--as", "approve")
    assert "no link of this home" in company.bad(*decide, text=f"{token[:-2]}\n", code=2)
    assert "is approved by ana" in company.good(*decide, text=f"{token}\n")
    assert "was used at" in company.bad(*decide, text=f"{token}\n", code=2)
    assert "ana approve (link made by max)" in company.good("approval", "show", request)
    assert "approval_link" in company.good("audit", "list")
    assert token not in company.good("audit", "list", "--json")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("approve: 0", "approve"),
        ("approve: {approvers: [ana], need: 2}", "need: 2 have to agree, and only 1 may decide"),
        ("approve: {aprovers: [ana]}", 'did you mean "approvers"?'),
        ("approve: {expires: 1d, remind: 2d}", "remind: after 2d the request has expired"),
        ("approve: {expires: 1d, escalate: {after: 1d, to: [eva]}}", "escalate.after: by then"),
        ("approve: {expires: soon}", "write a length of time"),
        ("approve: {expires: 0s}", "nobody could decide in no time"),
        ("approve: true", "approve"),
        ("approve: {tell: [nowhere]}", 'there is no channel "nowhere"'),
    ],
)
def test_what_is_wrong_with_a_requirement_is_told_with_its_place(company, written, told):
    company.configure(("    mark: {", f"    {written}\n    mark: {{"))
    said = company.bad("config", "check")
    assert told in said
    assert "keepstep.yaml:" in said or "line" in said


@pytest.mark.parametrize(("answer", "code", "state"), [("n\n", 130, "pending"), ("y\n", 0, "approved")])
def test_a_terminal_shows_the_plan_and_asks(company, asked, monkeypatch, answer, code, state):
    request, digest = asked
    monkeypatch.setenv("LOGNAME", "ana")
    shown, ended = typed(company, "approval", "approve", request, talk=[("[y/N]:", answer)])
    assert "create Mira Kovač" in shown
    assert f"Approve plan {digest[:12]}?" in shown
    assert ended == code
    assert json.loads(company.good("approval", "show", request, "--json"))["state"] == state


def test_a_token_that_is_typed_is_not_shown(company, asked):
    request, _ = asked
    token = company.good("approval", "link", request, "--for", "ana", "--only", "reject").strip()
    shown, code = typed(
        company, "approval", "decide", "--token", "-", "--as", "reject", talk=[("not shown): ", f"{token}\n")]
    )
    assert code == 0, shown
    assert "is rejected by ana" in shown
    assert token not in shown


def test_a_request_that_was_altered_is_told_and_the_others_are_listed(company, asked, monkeypatch):
    request, _ = asked
    monkeypatch.setenv("LOGNAME", "max")
    company.become("today")
    other = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    company.bad("apply", other, "--yes")
    with sqlite3.connect(company.home / "keepstep.db") as database:
        database.execute("UPDATE approval_requests SET requester = 'ivo' WHERE id = ?", (request,))
    result = company.run("approval", "list", "--all")
    assert result.exit_code == 1
    assert f"error: the request for approval {request} was altered" in result.stderr
    assert other[:12] in result.stdout
    assert request not in result.stdout
    assert "was altered" in company.bad("approval", "show", request)
