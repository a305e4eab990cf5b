"""What an editor of templates asks for: shown, checked, traced through versions; a run over its graph; a list."""

import io
import time

import pytest
from openpyxl import Workbook

from tests.integration.api_world import serving
from tests.integration.cli_world import Cli

BLOCKS = {
    "retitle": {"action": {"set": {"title": "Greeted"}}, "next": "ask"},
    "ask": {"approval": {"need": 1}, "next": "good", "on_rejected": "bad"},
    "good": {"end": "success"},
    "bad": {"end": "failure"},
}
ROLES = """\
roles:
  runner:
    rights: [run_templates, read_runs]
    templates: [other]
templates:
  other: {subject: corp.users, start: end, blocks: {end: {end: success}}}
"""
WELCOME = {"subject": "corp.users", "description": "Greets", "start": "retitle", "blocks": BLOCKS}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("templates") / "home", url="http://127.0.0.1:9")
    cli.good("init")
    cli.configure(("\nrules:", f"\n{ROLES}rules:"))
    return cli


@pytest.fixture(scope="module")
def world(home):
    with serving(home.home, worker=True) as world:
        yield world


@pytest.fixture(scope="module")
def admin(world):
    admin = world.operator("ana", "administrator")
    keep(admin, WELCOME)
    return admin


def keep(client, written, name="welcome"):
    etag = client.get("/configuration/document")["etag"]
    changes = [{"path": ["templates", name], "value": written}]
    return client.good("PATCH", "/configuration", {"changes": changes}, If_Match=etag)


def until(client, run, state):
    for _ in range(600):
        found = client.get(f"/template-runs/{run}")
        if found["counts"].get(state):
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_template_is_shown_as_it_is_written(admin):
    shown = admin.get("/templates/welcome")
    assert shown["written"] == WELCOME
    assert (shown["subject"], shown["automations"]) == ("corp.users", [])
    assert "welcome" in admin.bad(404, "GET", "/templates/welcom")["detail"]


def test_who_reaches_no_such_template_is_refused_it(world, admin):
    runner = world.operator("rosa", "runner")
    runner.bad(403, "GET", "/templates/welcome")
    runner.bad(403, "GET", "/templates/welcome/versions")
    runner.bad(403, "POST", "/templates/check", {"name": "x", "written": {}})


def test_a_draft_is_checked_block_by_block_and_nothing_is_kept(admin):
    before = admin.get("/configuration")["text"]
    blocks = {**BLOCKS, "retitle": {"action": "disable", "next": "nowhere"}, "lost": {"notify": "nobody"}}
    checked = admin.good("POST", "/templates/check", {"name": "welcome", "written": {**WELCOME, "blocks": blocks}})
    found = {(one["block"], one["field"]): one["message"] for one in checked["problems"]}
    assert not checked["good"]
    assert "nowhere" in found["retitle", "next"]
    assert "never reached" in found["lost", ""]
    assert "channel" in found["lost", "notify"]
    shape = admin.good("POST", "/templates/check", {"name": "new", "written": {"start": "a", "blocks": {"a": {}}}})
    assert {(one["block"], one["field"]) for one in shape["problems"]} >= {("", "subject")}
    assert admin.good("POST", "/templates/check", {"name": "new", "written": WELCOME}) == {"good": True, "problems": []}
    assert admin.get("/configuration")["text"] == before


def test_what_changed_a_template_is_traced_with_who_and_how(admin):
    keep(admin, {**WELCOME, "description": "Greets everybody"}, name="traced")
    changed = {**BLOCKS, "bad": {"end": "failure", "title": "No"}}
    keep(admin, {**WELCOME, "blocks": changed}, name="other")
    keep(admin, {**WELCOME, "description": "Greets everybody", "blocks": changed}, name="traced")
    newest, first = admin.get("/templates/traced/versions")
    assert newest["operator"] == first["operator"] == "ana"
    assert newest["number"] > first["number"]
    assert newest["changes"] == [{"block": "bad", "field": "title", "before": None, "after": "No"}]
    assert newest["written"]["blocks"]["bad"]["title"] == "No"
    assert {one["block"] for one in first["changes"]} == {"", *BLOCKS}
    etag = admin.get("/configuration/document")["etag"]
    gone = {"changes": [{"path": ["templates", "traced"], "remove": True}]}
    admin.good("PATCH", "/configuration", gone, If_Match=etag)
    assert admin.get("/templates/traced/versions")[0]["written"] is None


def test_what_blocks_can_name_and_what_is_ready_made(admin):
    choices = admin.get("/template-choices")
    assert {"webhook", "action", "if", "end"} <= set(choices["kinds"])
    assert "corp.users" in choices["subjects"]
    assert "infobip.send-sms" in [one["name"] for one in choices["webhooks"]]
    assert {"disable", "move"} <= set(choices["actions"])
    found = {one["name"]: one for one in admin.get("/ready-made-templates")}
    given = dict.fromkeys(found["onboarding"]["settings"], "corp")
    filled = admin.good("POST", "/ready-made-templates/onboarding/fill", {"settings": given})["written"]
    assert filled["subject"] == "corp.users"
    admin.bad(400, "POST", "/ready-made-templates/onboarding/fill", {"settings": {}})


def test_a_run_shows_its_graph_and_a_block_is_passed_over(admin):
    run = admin.good("POST", "/templates/welcome/runs", {"who": ["mkovac", "ihorvat"]})["id"]
    until(admin, run, "approval")
    graph = admin.get(f"/template-runs/{run}/graph")
    assert graph["written"]["start"] == "retitle"
    assert {"block": "ask", "state": "approval", "count": 2} in graph["stand"]
    assert {"block": "retitle", "state": "succeeded", "count": 2} in graph["done"]
    asked = {"who": "0", "block": "ask", "reason": "they know", "success": False}
    assert admin.good("POST", f"/template-runs/{run}/skip", asked)["block"] == "bad"
    admin.bad(400, "POST", f"/template-runs/{run}/skip", {**asked, "block": "retitle"})
    until(admin, run, "failed")
    assert [one["id"] for one in admin.get("/template-runs", template="welcome")] == [run]
    assert admin.get("/template-runs", template="none") == []
    assert admin.get("/template-runs", before=run) == []


def workbook(*rows):
    book, held = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "column", "who"),
    [
        (b"ana\neva\nana\n", "", ["ana", "eva"]),
        (b"Name;sAMAccountName\nAna Anic;ana\n;\nEva;eva\n", "sAMAccountName", ["ana", "eva"]),
        ("\ufeffuser,note\n=1+1,x\nŽana,y\n".encode(), "user", ["=1+1", "Žana"]),
        (workbook(["mail", "no"], ["ana@x", 1], ["=A2", 2]), "mail", ["ana@x"]),
    ],
)
def test_a_list_names_people_by_what_it_holds(admin, content, column, who):
    answer = admin.ask("POST", "/subject-lists", raw=content, Content_Type="application/octet-stream")
    assert answer.status == 200, answer.body
    assert (answer.data["column"], answer.data["who"]) == (column, who)


def test_what_is_no_list_is_a_mistake_of_whoever_sent_it(admin):
    for content in (b"", b"%PDF-1.7", b"user\n\n"):
        answer = admin.ask("POST", "/subject-lists", raw=content, Content_Type="application/octet-stream")
        assert answer.status in {400, 422}, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
