"""The first few of a run go ahead: the rest follows once all went well with them, and is not begun if not."""

import yaml

from tests.integration.cli_world import Cli
from tests.integration.test_automations import over, serve, starts
from tests.integration.test_notices import lines
from tests.lab.recording import Reply

BLOCKS = {"greet": {"webhook": "app.greet", "next": "end"}, "end": {"end": "success"}}
LOG = {"log": {"kind": "file", "file": "log"}}


def refusing(*names):
    def answer(request):
        if request.path == "/greet" and request.json["name"] in names:
            return Reply({"error": "no"}, status=422)
        return Reply({"id": "7"})

    return answer


def told_of(runs):
    file = runs.home / "keepstep.yaml"
    whole = yaml.safe_load(file.read_text())
    more = {"channels": LOG, "notifications": {"trouble": {"severity": "error", "to": "log"}}}
    file.write_text(yaml.safe_dump({**whole, **more}, sort_keys=False))


def test_the_rest_follows_when_all_went_well_with_the_first(runs):
    runs.template(BLOCKS, canary=2)
    run = runs.run()
    assert (run.state, run.counts) == ("done", {"succeeded": 4})
    assert set(runs.greeted()[:2]) == {"Ana", "Ivo"}
    assert sorted(runs.greeted()) == ["Ana", "Eva", "Ivo", "Mia"]


def test_the_rest_is_not_begun_when_one_of_the_first_failed_and_people_are_told(runs):
    runs.template(BLOCKS, canary=2)
    told_of(runs)
    runs.answer = refusing("Ivo")
    run = runs.run()
    assert run.state == "paused"
    assert "1 of the first 2 failed, the rest was not begun" in run.note
    assert sorted(runs.greeted()) == ["Ana", "Ivo"]
    assert {name: state for name, (state, _) in runs.stands(run).items()} == {
        "Ana": "succeeded",
        "Ivo": "failed",
        "Mia": "ready",
        "Eva": "ready",
    }
    assert ("canary_stopped", "ana") in runs.audited()
    serve(runs, lambda _: lines(runs))
    (line,) = lines(runs)
    assert line["subject"] == "Keepstep: run of t paused"
    assert "1 of the first 2 failed" in line["text"]


def test_a_person_who_looked_lets_the_rest_go_on(runs):
    runs.template(BLOCKS, canary=1)
    runs.answer = refusing("Ana")
    run = runs.run()
    assert run.state == "paused"
    assert len(runs.greeted()) == 1
    runs.answer = refusing()
    runs.steer(run, "retry")
    runs.steer(run, "resume")
    ended = runs.work(run)
    assert (ended.state, ended.note) == ("done", "")
    assert len(runs.greeted()) == 5


def test_who_waits_as_the_template_wants_it_has_come_through(runs):
    blocks = {
        "greet": {"webhook": "app.greet", "next": "wait"},
        "wait": {"delay": "30d", "next": "end"},
        "end": {"end": "success"},
    }
    runs.template(blocks, canary=1)
    run = runs.run()
    assert {state for state, _ in runs.stands(run).values()} == {"waiting"}
    assert len(runs.greeted()) == 4


def test_a_pause_before_the_first_were_judged_lets_nobody_slip_by(runs):
    runs.template(BLOCKS, canary=2)
    runs.answer = refusing("Ana")
    run = runs.begin()
    runs.steer(run, "pause")
    runs.work(run)
    runs.steer(run, "resume")
    assert runs.work(run).state == "paused"
    assert sorted(runs.greeted()) == ["Ana", "Ivo"]


def test_a_worker_that_dies_before_the_verdict_leaves_it_to_the_next(runs):
    runs.template(BLOCKS, canary=1)
    run = runs.begin()
    runs.as_if_killed(run, "greet")
    assert runs.work(run).state == "done"
    assert len(runs.greeted()) == 4


def test_a_run_that_is_no_longer_than_its_canary_has_none(runs):
    runs.template(BLOCKS, canary=4)
    runs.answer = refusing("Ana")
    run = runs.run()
    assert (run.state, run.canary) == ("partial", 0)


def test_the_command_line_says_how_many_go_ahead(runs, monkeypatch):
    runs.template(BLOCKS)
    runs.answer = refusing("Ana", "Ivo", "Mia", "Eva")
    if runs.database_url:
        monkeypatch.setenv("KEEPSTEP_DATABASE", runs.database_url)
    cli = Cli(home=runs.home)
    shown = cli.run("template", "run", "t", "--filter", "(cn=*)", "--canary", "1")
    assert shown.exit_code == 1
    assert "the rest was not begun" in shown.output
    assert len(runs.greeted()) == 1
    assert "paused" in cli.good("run", "list")


def test_how_a_run_of_an_automation_ended_is_told(runs):
    runs.template(BLOCKS)
    file = runs.home / "keepstep.yaml"
    whole = yaml.safe_load(file.read_text())
    whole["automations"] = {
        "greetings": {"trigger": {"every": "12h"}, "template": "t", "subjects": {"filter": "(cn=*)"}, "notify": ["log"]}
    }
    file.write_text(yaml.safe_dump({**whole, "channels": LOG}, sort_keys=False))
    runs.answer = refusing("Ana")
    with runs.open() as store:
        store.automating.start("greetings", plan_only=False)
    serve(runs, over("greetings"))
    serve(runs, lambda _: len(lines(runs)) > 1)
    assert starts(runs)[0].state == "started"
    assert {line["subject"] for line in lines(runs)} == {"Keepstep: greetings started", "Keepstep: run of t partial"}
