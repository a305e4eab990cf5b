"""A system that fails again and again is left in peace, and what waits for it goes on by itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import update

from keepstep.errors import CircuitOpen
from keepstep.store.tables import CHUNKS
from keepstep.store.tables_events import CIRCUITS
from keepstep.usecases.apply import apply
from keepstep.usecases.reconcile import reconcile
from tests.integration.cli_world import Cli
from tests.integration.test_automations import DAILY, make_due, over, rule_world, serve, starts
from tests.integration.test_notices import lines
from tests.lab.recording import Reply

GREET = {"greet": {"webhook": "app.blind", "next": "end"}, "end": {"end": "success"}}
LOG = {"log": {"kind": "file", "file": "log"}}


def ill(_request):
    return Reply({"error": "no"}, status=401)


def configure(runs, *, failures=3, **more):
    file = runs.home / "keepstep.yaml"
    whole = yaml.safe_load(file.read_text())
    for name in whole["connections"]:
        whole["connections"][name]["circuit"] = {"failures": failures, "first_gap": "1h", "longest_gap": "4h"}
    file.write_text(yaml.safe_dump({**whole, **more}, sort_keys=False))


def greeting(runs, **more):
    runs.template(GREET)
    configure(runs, channels=LOG, notifications={"trouble": {"severity": "error", "to": "log"}}, **more)


def gap_is_over(runs):
    past = datetime.now(UTC) - timedelta(seconds=1)
    with runs.open() as store, store.database.write() as connection:
        connection.execute(update(CIRCUITS).values(probe=past, probing=0))


def look_again(runs):
    """Let what waits be due."""
    with runs.open() as store, store.database.write() as connection:
        connection.execute(update(CHUNKS).where(CHUNKS.c.due_at.is_not(None)).values(due_at=datetime.now(UTC)))


def circuit(runs, name="app"):
    with runs.open() as store:
        return store.circuits.get(name)


def sent(runs):
    return len(runs.app.to("/blind"))


def test_whoever_comes_after_it_opened_waits_and_nothing_is_sent(runs):
    greeting(runs)
    runs.answer = ill
    assert set(runs.stands(runs.run()).values()) == {("failed", "greet")}
    before = sent(runs)
    waiting = runs.run()
    assert set(runs.stands(waiting).values()) == {("waiting", "greet")}
    assert 'connection "app" is left in peace until' in runs.why(waiting)
    assert sent(runs) == before
    assert [block for block, _ in runs.path(waiting)] == []


def test_one_call_is_let_through_after_the_gap_and_if_it_fails_the_gap_grows(runs):
    greeting(runs)
    runs.answer = ill
    runs.run()
    waiting = runs.run()
    before = sent(runs)
    gap_is_over(runs)
    runs.pass_by(waiting, hours=2)
    runs.work(waiting)
    assert sent(runs) == before + 1
    assert sorted(state for state, _ in runs.stands(waiting).values()) == ["failed", "waiting", "waiting", "waiting"]
    assert circuit(runs).gap == timedelta(hours=2)


def test_what_waited_goes_on_once_it_works_and_everybody_is_reached_once(runs):
    greeting(runs)
    runs.answer = ill
    runs.run()
    waiting = runs.run()
    before = sent(runs)
    runs.answer = lambda _: Reply({})
    gap_is_over(runs)
    for _ in range(3):
        runs.pass_by(waiting, hours=2)
        runs.work(waiting)
    assert set(runs.stands(waiting).values()) == {("succeeded", "end")}
    assert sent(runs) == before + 4
    assert circuit(runs).opened is None


def test_people_are_told_once_when_it_opens_and_once_when_it_works_again(runs):
    greeting(runs)
    runs.answer = ill
    for _ in range(3):
        runs.run()
    serve(runs, lambda _: lines(runs))
    runs.answer = lambda _: Reply({})
    gap_is_over(runs)
    runs.run("Ana")
    serve(runs, lambda _: len(lines(runs)) > 1)
    opened, closed = lines(runs)
    assert opened["subject"] == "Keepstep: connection app fails, and is left in peace"
    assert "401" in opened["text"]
    assert "block greet for" in opened["text"]
    assert closed["subject"] == "Keepstep: connection app works again"
    audited = [action for action, _ in runs.audited() if action.startswith("circuit")]
    assert sorted(audited) == ["circuit_closed", "circuit_opened"]


def test_a_failure_of_the_call_and_not_of_the_system_opens_nothing(runs):
    greeting(runs)
    runs.answer = lambda _: Reply({"error": "no such person"}, status=404)
    runs.run()
    runs.run()
    assert circuit(runs).untouched


def test_without_a_circuit_every_subject_is_tried(runs):
    greeting(runs)
    file = runs.home / "keepstep.yaml"
    whole = yaml.safe_load(file.read_text())
    whole["connections"]["app"]["circuit"] = None
    file.write_text(yaml.safe_dump(whole, sort_keys=False))
    runs.answer = ill
    runs.run()
    assert set(runs.stands(runs.run()).values()) == {("failed", "greet")}


def test_an_automation_waits_for_a_side_that_is_left_in_peace_and_is_no_failure(runs):
    rule_world(runs, **DAILY)
    configure(runs, failures=1)
    held = runs.home / "hr.csv"
    rows = held.read_bytes()
    held.unlink()
    make_due(runs)
    serve(runs, lambda store: store.circuits.get("hr").opened)
    for _ in range(2):
        look_again(runs)
        serve(runs, lambda store: "left in peace" in str(store.automations.runs()[0].reasons))
    waits = starts(runs)[0]
    assert waits.open
    assert waits.counts == {"tries": 1}
    held.write_bytes(rows)
    gap_is_over(runs)
    look_again(runs)
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "succeeded"
    assert circuit(runs, "hr").opened is None


def test_a_person_who_asks_by_hand_is_not_held_back_and_what_works_closes_it(runs, monkeypatch):
    greeting(runs)
    runs.answer = ill
    runs.run()
    if runs.database_url:
        monkeypatch.setenv("KEEPSTEP_DATABASE", runs.database_url)
    cli = Cli(home=runs.home)
    shown = cli.good("connection", "circuit")
    assert "app: failed 4 times in a row; nothing is sent since" in shown
    assert "401" in shown
    assert '"failures": 4' in cli.good("connection", "circuit", "app", "--json")
    assert "nothing is held back" in cli.good("connection", "circuit", "app", "--close")
    assert circuit(runs).untouched
    assert 'did you mean "app"' in cli.bad("connection", "circuit", "ap", code=2)
    assert "needs a connection" in cli.bad("connection", "circuit", "--close", code=2)


def test_a_plan_that_goes_on_is_the_call_that_is_let_through(runs):
    rule_world(runs, **DAILY)
    configure(runs, failures=1)

    async def go_on(store):
        configuration = store.configuration()
        connections = store.connections(configuration)
        rule = configuration.rules["people"]
        mapping = configuration.mappings["people"]
        try:
            plan = await reconcile(store.ports(connections), "people", rule, mapping)
            store.circuit_watch(configuration).failed("corp", "it was away", "Zoe")
            ports = store.ports(connections, heeded=True)
            with pytest.raises(CircuitOpen):
                await apply(ports, plan, rule, mapping)
            with store.database.write() as connection:
                connection.execute(update(CIRCUITS).values(probe=datetime.now(UTC), probing=0))
            return await apply(store.ports(connections, heeded=True), plan, rule, mapping)
        finally:
            await connections.close()

    with runs.open() as store:
        summary = asyncio.run(go_on(store))
    assert (summary.state, dict(summary.counts)) == ("done", {"done": 2})
    assert circuit(runs, "corp").opened is None
