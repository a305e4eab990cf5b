"""All runs in one order, on each database: what is asked for is found, by an index, a page at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from keepstep.core.automation_run import operator_of
from keepstep.core.run_list import RunsOfKind
from keepstep.core.template_run import SubjectState
from keepstep.errors import StoreError
from keepstep.store.journal import SqlJournal
from keepstep.store.run_list import SqlRunList
from keepstep.store.tables import RUNS, SUBJECTS, TEMPLATE_RUNS, TEMPLATE_VERSIONS
from keepstep.store.tables_events import AUTOMATION_RUNS
from tests.integration.store_world import TickingClock, a_plan

EVERY, TIME = RunsOfKind(), TickingClock().now()


@pytest.fixture
def kept(database, clock):
    """Four runs of plans and four of templates, one after the other in turn."""
    plan, begin = a_plan(), clock.now()
    SqlJournal(database, clock).save_plan(plan)
    with database.write() as connection:
        version = {"digest": "v", "template": "greet", "document": "{}", "at": begin}
        connection.execute(insert(TEMPLATE_VERSIONS), version)
        for number in range(8):
            common = {
                "id": f"run-{number}",
                "started": begin + timedelta(minutes=number // 2),  # two at a time
                "ended": begin + timedelta(hours=1) if number < 6 else None,
                "note": "",
            }
            if number % 2:
                name = "Greet" if number % 4 == 1 else "leave"
                by = operator_of("joiner") if number == 1 else "ana"
                more = {"template": name, "version": "v", "state": "paused", "operator": by, "canary": 0}
                connection.execute(insert(TEMPLATE_RUNS), {**common, **more})
            else:
                more = {"rule": f"Rule{number}", "plan": plan.digest, "results": number, "operator": "ivo"}
                connection.execute(insert(RUNS), {**common, **more, "state": "partial" if number else "done"})
        for position, state in enumerate(["failed", "failed", "succeeded"]):
            connection.execute(insert(SUBJECTS), _subject(position, state))
        connection.execute(insert(AUTOMATION_RUNS), _start("run-2"))
    return SqlRunList(database)


def _subject(position, state):
    return {
        "run": 1,
        "position": position,
        "chunk": 0,
        "side": "corp.users",
        "subject_key": str(position),
        "name": "Ana",
        "state": state,
        "block": "b",
        "given": "{}",
        "executions": 1,
        "detail": "",
    }


def _start(run):
    return {
        "id": "start",
        "automation": "nightly",
        "cause": "c",
        "due": TIME,
        "state": "partial",
        "operator": "server",
        "plan_only": 0,
        "event": 0,
        "upto": 0,
        "plan": "",
        "run": run,
        "counts": "{}",
        "reasons": "[]",
    }


def ids(found):
    return [one.id for one in found]


def test_each_kind_comes_the_newest_first_and_a_page_begins_behind_a_run_of_either_kind(kept):
    assert ids(kept.of_plans(EVERY, 10)) == ["run-6", "run-4", "run-2", "run-0"]
    assert ids(kept.of_templates(EVERY, 10)) == ["run-7", "run-5", "run-3", "run-1"]
    behind = RunsOfKind(before=kept.place("run-3"))
    assert ids(kept.of_plans(behind, 1)) == ["run-2"]  # as early as run-3, and before it by its id
    assert ids(kept.of_templates(behind, 10)) == ["run-1"]
    with pytest.raises(StoreError, match="no run"):
        kept.place("run-9")


def test_a_run_tells_how_much_came_of_it_and_what_started_it(kept):
    first = kept.of_templates(EVERY, 10)[-1]
    assert (first.of, first.automation, first.count) == ("Greet", "joiner", 3)
    assert first.counts == {SubjectState.FAILED: 2, SubjectState.SUCCEEDED: 1}
    plans = kept.of_plans(EVERY, 10)
    assert [(one.count, one.automation) for one in plans] == [(6, ""), (4, ""), (2, "nightly"), (0, "")]


def test_only_what_is_asked_for_is_found(kept):
    named = frozenset({"greet"})
    assert ids(kept.of_templates(RunsOfKind(names=named), 9)) == ["run-5", "run-1"]
    assert ids(kept.of_templates(RunsOfKind(names=named, own="ana"), 9)) == ["run-7", "run-5", "run-3", "run-1"]
    assert ids(kept.of_templates(RunsOfKind(names=frozenset()), 9)) == []
    assert ids(kept.of_plans(RunsOfKind(states=frozenset({"done"})), 9)) == ["run-0"]
    assert ids(kept.of_plans(RunsOfKind(operator="ana"), 9)) == []
    assert ids(kept.of_plans(RunsOfKind(text="LE4"), 9)) == ["run-4"]
    assert ids(kept.of_plans(RunsOfKind(text="%"), 9)) == []


@pytest.mark.parametrize("table", ["runs", "template_runs"])
def test_a_page_is_read_by_an_index_and_not_by_sorting_all_of_them(kept, database, table):
    asked = f"SELECT * FROM {table} WHERE (started, id) < ('2031', 'r') ORDER BY started DESC, id DESC LIMIT 5"
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # as the planner decides for many rows
            told = str(connection.execute(text(f"EXPLAIN {asked}")).all())
        else:
            told = str(connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all())
    assert f"{table}_started" in told
    assert "sort" not in told.lower()
    assert "temp b-tree" not in told.lower()
