"""Automations at work: a worker stays, something happens or its time comes, and what is to be done is done, once."""

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from keepstep.core.automation_run import AutomationRun, AutomationState
from keepstep.core.run import RunState
from keepstep.core.sync_rule import Side
from keepstep.errors import ConfigurationError
from keepstep.workshop import worker_of
from tests.integration.corp_ldif import STAFF, guid, user
from tests.integration.run_world import RunWorld

GREET = {
    "subject": "corp.users",
    "start": "greet",
    "blocks": {"greet": {"webhook": "app.greet", "next": "end"}, "end": {"end": "success"}},
}
JOINER = {
    "trigger": {"event": "user_created", "on": "corp.users", "where": "{{ department == 'Sales' }}"},
    "template": "greet",
}
PEOPLE = [{"id": "1", "name": "Zoe", "title": "Clerk"}, {"id": "7", "name": "Noa", "title": "Head"}]


def serve(world: RunWorld, until, seconds: float = 30.0) -> None:
    """Let a worker stay until what is waited for holds; fail if it never does."""

    async def stay(store):
        stop = asyncio.Event()
        async with worker_of(store, world.told.append) as worker:
            task = asyncio.create_task(worker.run(stop))
            end = time.monotonic() + seconds
            try:
                while not until(store) and time.monotonic() < end and not task.done():  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
            finally:
                stop.set()
                await task
        assert until(store), (
            world.told,
            [(str(run.state), run.reasons, run.counts) for run in store.automations.runs()],
        )

    with world.open() as store:
        asyncio.run(stay(store))


def over(name: str, count: int = 1):
    """Hold when so many starts of the automation are over."""
    return lambda store: len([run for run in store.automations.runs(name) if not run.open]) >= count


_USERS = Side("corp", "users")


def watching(store) -> bool:
    return store.events.watch(_USERS).settled


def starts(world: RunWorld, name: str = ""):
    with world.open() as store:
        return store.automations.runs(name)


def test_who_is_hired_is_greeted_once_without_anybody_asking(runs):
    runs.configure({"greet": GREET}, automations={"joiner": JOINER})
    serve(runs, watching)
    file = runs.home / "corp.ldif"
    file.write_text(file.read_text() + user(8, "Noa", "department: Sales\n") + user(9, "Tea", "department: IT\n"))
    serve(runs, lambda store: over("joiner")(store) and runs.greeted())
    serve(runs, lambda store: all(run.state == "done" for run in store.template_runs.runs()))
    assert runs.greeted() == ["Noa"]
    (start,) = starts(runs)
    assert (start.state, start.cause[:6], start.counts) == ("started", "event ", {"subjects": 1})
    with runs.open() as store:
        assert store.template_runs.run(start.run).operator == "automation joiner"
    # looked at again, also by another process, nothing is news
    serve(runs, lambda store: store.automations.standing("joiner").seen >= 2)
    assert runs.greeted() == ["Noa"]


def test_a_template_reads_how_it_was_before(runs):
    say = {
        "again": {"webhook": "app.again", "with": {"text": "{{ before.title }} to {{ after.title }}"}, "next": "end"},
        "end": {"end": "success"},
    }
    mover = {
        "trigger": {"event": "user_modified", "on": "corp.users", "where": "{{ before.title != after.title }}"},
        "template": "say",
    }
    runs.configure({"say": {"subject": "corp.users", "start": "again", "blocks": say}}, automations={"mover": mover})
    runs.edit("cn: Ana\n", "cn: Ana\ntitle: Clerk\n")
    serve(runs, watching)
    runs.edit("title: Clerk\n", "title: Head\n")
    serve(runs, lambda _: bool(runs.app.to("/again")))
    assert [request.json for request in runs.app.to("/again")] == [{"text": "Clerk to Head"}]


def rule_world(runs: RunWorld, more=None, **automation) -> None:
    """The application lists people, whom a rule brings into the directory."""
    mapping = {
        "into": "corp.users",
        "rows": {"cn": "{{ name }}", "sAMAccountName": "app{{ id }}", "employeeID": "{{ id }}", "title": "{{ title }}"},
    }
    rule = {
        "source": "hr.rows",
        "target": "corp.users",
        "mapping": "people",
        "correlate": [["employeeID", "id"]],
        "guards": {"create": {"percent": 100}, "update": {"percent": 100}},
        **(more or {}),
    }
    runs.configure({}, mappings={"people": mapping}, rules={"people": rule}, automations={"sync": automation})
    whole = runs.home.joinpath("keepstep.yaml")
    text_ = whole.read_text().replace("connections:\n", "connections:\n  hr: {kind: table, file: hr.csv, key: id}\n")
    text_ = text_.replace("kind: ldif\n", "kind: ldif\n    new_accounts: {container: 'OU=Staff,DC=corp,DC=example'}\n")
    whole.write_text(text_)
    rows(runs, *PEOPLE)


def rows(runs: RunWorld, *people: dict) -> None:
    lines = ["id,name,title", *(f"{one['id']},{one['name']},{one['title']}" for one in people)]
    runs.home.joinpath("hr.csv").write_text("\n".join(lines) + "\n")


def make_due(runs: RunWorld, name: str = "sync") -> None:
    """Let a day go by."""
    with runs.open() as store:
        store.automations.standing(name)
        with store.database.write() as connection:
            was = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="microseconds")
            connection.execute(text("UPDATE automations SET handled = :was"), {"was": was})


DAILY = {"trigger": {"every": "12h"}, "rule": "people"}


def test_a_rule_runs_when_its_time_has_come(runs):
    rule_world(runs, **DAILY)
    make_due(runs)
    serve(runs, over("sync"))
    (start,) = starts(runs)
    assert start.state == "succeeded", start.reasons
    assert start.counts == {"create": 2, "done": 2}
    assert "title: Head" in runs.home.joinpath("corp.ldif").read_text()
    assert ("automation", "automation") in runs.audited()
    # what went by while nobody was at work is said
    assert start.cause.startswith("time ")


def test_what_is_beyond_a_guard_is_not_done(runs):
    rule_world(runs, **DAILY)
    runs.edit("      create:\n        percent: 100\n", "      create: {percent: 100, count: 1}\n", "keepstep.yaml")
    make_due(runs)
    serve(runs, over("sync"))
    (start,) = starts(runs)
    assert start.state == "guarded"
    assert "2 of 2 accounts (100 %) would be created; the limit is 1" in start.reasons[-1]
    assert "Head" not in runs.home.joinpath("corp.ldif").read_text()


def test_a_plan_waits_for_people_and_is_applied_when_they_agreed(runs):
    rule_world(runs, **DAILY, approve=1)
    make_due(runs)
    serve(runs, lambda store: any(run.state == "waiting_for_approval" for run in store.automations.runs()))
    with runs.open("eva") as store:
        (request,) = store.approvals.opened()
        held = store.approvals.find(request)
        assert held.plan == store.automations.runs()[0].plan
    assert "Head" not in runs.home.joinpath("corp.ldif").read_text()
    approve(runs, request)
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "succeeded"
    assert "Head" in runs.home.joinpath("corp.ldif").read_text()


def approve(runs: RunWorld, request: str, person: str = "eva") -> None:
    """Somebody approves by the command line."""
    with runs.open() as store:
        plan = store.approvals.find(request).plan
    program = [sys.executable, "-m", "keepstep", "--home", str(runs.home), "approval", "approve", request]
    env = {**os.environ, "LOGNAME": person, "KEEPSTEP_DATABASE": runs.database_url}
    found = subprocess.run([*program, "--digest", plan[:16]], env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_an_approval_of_what_has_changed_since_counts_for_nothing(runs):
    rule_world(runs, **DAILY, approve=1)
    make_due(runs)
    serve(runs, lambda store: any(run.state == "waiting_for_approval" for run in store.automations.runs()))
    with runs.open() as store:
        (first,) = store.approvals.opened()
    # the mapping changes meanwhile
    runs.edit("title: '{{ title }}'", "title: 'Dr {{ title }}'", "keepstep.yaml")
    approve(runs, first)
    serve(runs, lambda store: [one for one in store.approvals.opened() if one != first])
    assert "Head" not in runs.home.joinpath("corp.ldif").read_text()
    with runs.open() as store:
        (second,) = (one for one in store.approvals.opened() if one != first)
    approve(runs, second)
    serve(runs, over("sync"))
    assert "title: Dr Head" in runs.home.joinpath("corp.ldif").read_text()


def waiting(store) -> bool:
    return any(run.state == "waiting_for_approval" for run in store.automations.runs())


def turns(store) -> int:
    """Return how often the start was looked at."""
    with store.database.read() as connection:
        return connection.execute(text("SELECT sum(turn) FROM chunks WHERE kind = 'automation'")).scalar_one()


def test_what_the_automation_asks_for_does_not_stand_in_for_what_its_rule_asks(runs):
    rule_world(runs, {"approve": {"approvers": ["ana", "ivo"], "need": 2}}, **DAILY, approve=1)
    make_due(runs)
    serve(runs, lambda store: waiting(store) and len(store.approvals.opened()) == 2)
    with runs.open() as store:
        needs = {store.approvals.find(name).requirement.need: name for name in store.approvals.opened()}
    approve(runs, needs[1])
    approve(runs, needs[2], "ana")
    with runs.open() as store:
        before = turns(store)
    serve(runs, lambda store: turns(store) > before + 1)
    assert "Head" not in runs.home.joinpath("corp.ldif").read_text()
    approve(runs, needs[2], "ivo")
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "succeeded"
    assert "Head" in runs.home.joinpath("corp.ldif").read_text()


def test_who_agreed_to_what_is_beyond_a_guard_gave_leave_by_name(runs):
    guards = {"guards": {"create": {"percent": 100, "count": 1}}}
    rule_world(runs, guards, **DAILY, approve={"approvers": ["eva"], "by_guard": True})
    make_due(runs)
    serve(runs, waiting)
    with runs.open() as store:
        (request,) = store.approvals.opened()
        assert "the limit is 1" in store.approvals.find(request).trips[0]
    approve(runs, request)
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "succeeded"
    with runs.open() as store:
        (leave,) = [entry for entry in store.audit.entries() if entry.action == "override_guards"]
    assert (leave.operator, request in leave.detail["reason"]) == ("eva", True)


def test_what_expired_is_asked_anew_by_the_next_start(runs):
    rule_world(runs, **DAILY, approve={"expires": "2s"})
    make_due(runs)
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "rejected"
    assert "was expired" in starts(runs)[0].reasons[-1]
    make_due(runs)
    with runs.open() as store, store.database.write() as connection:
        connection.execute(text("UPDATE automation_runs SET cause = 'time before'"))
    serve(runs, over("sync", 2))
    with runs.open() as store:
        assert len(store.approvals.newest(10)) == 2


def test_a_worker_that_dies_when_it_has_applied_asks_nobody_again(runs):
    rule_world(runs, **DAILY, approve=1)
    make_due(runs)
    serve(runs, waiting)
    with runs.open() as store:
        (request,) = store.approvals.opened()
        plan = store.approvals.find(request).plan
    approve(runs, request)
    with runs.open() as store:
        # as it is when a worker died in the middle: the run is begun, and the start does not know of it
        run = store.journal.open_run(store.journal.plan(plan), operator="worker")
        store.journal.close_run(run.id, RunState.RUNNING)
    serve(runs, over("sync"))
    assert starts(runs)[0].state == "succeeded"
    with runs.open() as store:
        assert store.approvals.newest(10) == [request]
    assert "Head" in runs.home.joinpath("corp.ldif").read_text()


def test_a_source_that_was_not_read_whole_moves_nothing_and_is_told(runs):
    rule_world(runs, **DAILY)
    runs.home.joinpath("hr.csv").write_text('id,name,title\n1,"Ana,Clerk\n')
    make_due(runs)
    serve(runs, over("sync"))
    assert starts(runs)[0].state in {"incomplete", "failed"}
    assert starts(runs)[0].reasons
    with runs.open() as store:
        assert store.automations.standing("sync").good == -1


def test_a_start_while_another_is_not_over_is_skipped_or_waits(runs):
    rule_world(runs, **DAILY, approve=1)
    make_due(runs)
    serve(runs, lambda store: any(run.state == "waiting_for_approval" for run in store.automations.runs()))
    make_due(runs)
    with runs.open() as store, store.database.write() as connection:
        # a time of its own, as if another half day had gone by
        connection.execute(text("UPDATE automation_runs SET cause = 'time before'"))
    serve(runs, over("sync"))
    assert {str(run.state) for run in starts(runs)} == {"waiting_for_approval", "skipped"}


def test_a_mapping_with_a_task_is_a_source_of_its_own(runs):
    rule_world(
        runs,
        trigger={"every": "12h"},
        mapping="people",
        task="create",
        source="hr.rows",
        correlate=[["employeeID", "id"]],
        guards={"create": {"percent": 100}},
    )
    make_due(runs)
    serve(runs, over("sync"))
    (start,) = starts(runs)
    assert (start.state, start.counts) == ("succeeded", {"create": 2, "done": 2}), start
    # who is there is only linked: a task that creates changes nobody
    rows(runs, {**PEOPLE[0], "title": "Boss"}, PEOPLE[1])
    make_due(runs)
    with runs.open() as store, store.database.write() as connection:
        connection.execute(text("UPDATE automation_runs SET cause = 'time before'"))
    serve(runs, over("sync", 2))
    assert "Boss" not in runs.home.joinpath("corp.ldif").read_text()


def test_an_action_is_done_for_the_accounts_that_a_source_names(runs):
    rule_world(
        runs,
        trigger={"every": "12h"},
        source="hr.rows",
        target="corp.users",
        correlate=[["sAMAccountName", "name"]],
        action={"disable": {}},
    )
    rows(runs, {"id": "1", "name": "user2", "title": ""}, {"id": "2", "name": "nobody", "title": ""})
    make_due(runs)
    serve(runs, lambda store: any(run.state == "done" for run in store.template_runs.runs()))
    assert "sAMAccountName: user2\nuserAccountControl: 514" in runs.home.joinpath("corp.ldif").read_text()
    assert runs.home.joinpath("corp.ldif").read_text().count("514") == 1


def test_a_policy_is_called_off_when_its_cause_goes_away(runs):
    leaver = {
        "trigger": {"event": "user_disabled", "on": "corp.users"},
        "tasks": [{"action": {"set": {"title": "left"}}}, {"after": "30d", "action": {"delete": {}}}],
        "cancelled_by": "{{ enabled == 'true' }}",
    }
    runs.configure({}, automations={"leaver": leaver})
    serve(runs, watching)
    for number in (1, 2):
        runs.edit(
            f"sAMAccountName: user{number}\nuserAccountControl: 512",
            f"sAMAccountName: user{number}\nuserAccountControl: 514",
        )
    serve(runs, lambda store: [run.state for run in store.automations.runs("leaver")] == ["started"] * 2)
    serve(runs, lambda store: all("waiting" in run.counts for run in store.template_runs.runs()))
    runs.edit("sAMAccountName: user2\nuserAccountControl: 514", "sAMAccountName: user2\nuserAccountControl: 512")
    with runs.open() as store:
        both = store.template_runs.runs()
    for run in both:
        runs.pass_by(run, days=31)
    serve(runs, lambda store: all(run.state != "running" for run in store.template_runs.runs()))
    left = runs.home.joinpath("corp.ldif").read_text()
    assert f"CN=Ana,{STAFF}" not in left
    assert f"CN=Ivo,{STAFF}" in left
    assert guid(1) not in left


def test_only_what_changed_is_read_until_a_full_compare_is_due(runs):
    rule_world(runs, **DAILY, scope="changed")
    make_due(runs)
    serve(runs, over("sync"))
    with runs.open() as store:
        standing = store.automations.standing("sync")
    assert standing.good >= 0
    assert standing.full is not None


def test_a_start_that_a_person_asks_for_can_be_only_a_plan(runs):
    rule_world(runs, **DAILY)
    with runs.open() as store:
        run = AutomationRun(
            id=store.automations.new_id(),
            automation="sync",
            cause="asked by ana",
            due=datetime.now(UTC),
            state=AutomationState.QUEUED,
            operator="ana",
            plan_only=True,
        )
        store.automations.ask(run)
    serve(runs, over("sync"))
    (start,) = starts(runs)
    assert (start.state, start.counts) == ("succeeded", {"create": 2})
    assert "Head" not in runs.home.joinpath("corp.ldif").read_text()


def test_a_system_that_cannot_be_asked_is_asked_again_and_then_the_start_goes_on(runs):
    rule_world(runs, **DAILY)
    file = runs.home / "hr.csv"
    held = file.read_text()
    file.unlink()
    make_due(runs)
    serve(runs, lambda store: any(run.counts.get("tries") == 1 for run in store.automations.runs()))
    (start,) = starts(runs)
    assert (start.state, start.open) == ("running", True)
    assert "hr.csv" in start.reasons[-1]
    file.write_text(held)
    with runs.open() as store, store.database.write() as connection:
        # a minute goes by
        connection.execute(text("UPDATE chunks SET due_at = :now"), {"now": datetime.now(UTC).isoformat()})
    serve(runs, over("sync"))
    (start,) = starts(runs)
    assert (start.state, start.counts["done"]) == ("succeeded", 2)


@pytest.mark.parametrize(
    ("automation", "told"),
    [
        ({"trigger": {"every": "1h"}, "rule": "nope"}, 'there is no rule "nope"'),
        (
            {"trigger": {"event": "group_created", "on": "corp.users"}, "template": "greet"},
            "group_created does not happen to users",
        ),
        ({"trigger": {"event": "user_created", "on": "crop.users"}, "template": "greet"}, 'did you mean "corp"'),
        (
            {"trigger": {"event": "user_created", "on": "corp.users"}, "tasks": [{"notify": "nobody"}]},
            'there is no channel "nobody"',
        ),
        ({"trigger": {"event": "user_created", "on": "corp.users", "where": "{{ x"}, "template": "greet"}, "where"),
    ],
)
def test_a_wrong_automation_is_told_at_its_place(runs, automation, told):
    runs.configure({"greet": GREET}, automations={"a": automation})
    with runs.open() as store, pytest.raises(ConfigurationError) as caught:
        store.configuration()
    assert told in caught.value.message
    assert "keepstep.yaml:" in caught.value.message


def test_a_configuration_that_became_wrong_is_told_once_and_gone_on_with_when_it_is_mended(runs):
    runs.configure({"greet": GREET}, automations={"joiner": JOINER})
    serve(runs, watching)
    good = runs.home.joinpath("keepstep.yaml").read_text()
    runs.told.clear()
    started = time.monotonic()

    def mended(store) -> bool:
        file = runs.home / "keepstep.yaml"
        if runs.told and time.monotonic() - started > 4 and file.read_text() != good:
            file.write_text(good)
            directory = runs.home / "corp.ldif"
            directory.write_text(directory.read_text() + user(8, "Noa", "department: Sales\n"))
        elif file.read_text() == good and not runs.told:
            file.write_text(good.replace("automations:", "automatons:"))
        return bool(runs.greeted())

    serve(runs, mended)
    wrong = [line for line in runs.told if "automatons" in line]
    assert 1 <= len(wrong) <= 5, runs.told  # each that is stopped by it, and none of them every second
    assert runs.greeted() == ["Noa"]
