import dataclasses

import pytest

from keepstep.core.run import EffectState, RunState, StepResult
from keepstep.core.values import Completeness, Verdict
from keepstep.errors import RunLocked, StoreError
from keepstep.store.database import open_database
from keepstep.store.journal import SqlJournal
from tests.integration.store_world import a_plan, an_action


@pytest.fixture
def journal(database, clock):
    return SqlJournal(database, clock)


@pytest.fixture
def second(store_url, clock):
    """The same database, opened a second time, as by another process."""
    with open_database(store_url) as opened:
        yield SqlJournal(opened, clock)


def done(number: int) -> StepResult:
    return StepResult(action=f"action-{number}", state=EffectState.DONE, target_key=f"target-{number}")


def test_a_plan_comes_back_as_it_was_saved(journal):
    plan = a_plan(2500)
    journal.save_plan(plan)
    assert journal.plan(plan.digest) == plan
    assert journal.plan(plan.digest[:8]) == plan


def test_a_plan_saved_again_shows_what_was_found_last(journal):
    plan = a_plan()
    journal.save_plan(plan)
    later = dataclasses.replace(plan, findings=())
    journal.save_plan(later)
    assert journal.plan(plan.digest).findings == ()


@pytest.mark.parametrize("prefix", ["", "%", "_", "zz"])
def test_a_plan_that_is_not_there_is_said_to_be_missing(journal, prefix):
    journal.save_plan(a_plan())
    with pytest.raises(StoreError, match="no plan starts with"):
        journal.plan(prefix)


def test_a_prefix_of_several_plans_is_not_guessed(journal):
    for number in range(17):  # of 17 plans, two begin with the same hex digit
        journal.save_plan(a_plan(basis=str(number)))
    failures = []
    for digit in "0123456789abcdef":
        try:
            journal.plan(digit)
        except StoreError as exc:
            failures.append(str(exc))
    assert any(text.startswith("several plans start with") for text in failures)


def test_a_run_is_found_by_the_start_of_its_id_with_all_it_holds(journal):
    plan = a_plan()
    run = journal.open_run(plan, operator="ivana")
    assert journal.run(run.id[:14]) == run
    assert (run.rule, run.plan, run.operator, run.state) == ("staff", plan.digest, "ivana", RunState.RUNNING)
    assert journal.plan(run.plan) == plan
    with pytest.raises(StoreError, match="no run starts with"):
        journal.run("nothing")
    with pytest.raises(StoreError, match="no run starts with"):
        journal.run("")


def test_an_unfinished_run_of_the_same_plan_is_taken_up_again(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.close_run(run.id, RunState.RUNNING)
    assert journal.open_run(a_plan(), operator="marko") == run


@pytest.mark.parametrize("basis", ["b" * 32, "other"])
def test_a_run_at_work_locks_the_rule_in_its_own_process_too_and_is_named(journal, basis):
    run = journal.open_run(a_plan(), operator="ivana")
    with pytest.raises(RunLocked, match=f"{run.id}.*this process"):
        journal.open_run(a_plan(basis=basis), operator="ivana")
    assert journal.run(run.id).state is RunState.RUNNING


def test_an_interrupted_run_of_another_plan_is_ended_as_superseded(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [an_action(1)])
    journal.close_run(run.id, RunState.RUNNING)
    other = a_plan(basis="other")
    assert second.open_run(other, operator="marko").id != run.id
    ended = journal.run(run.id)
    assert (ended.state, ended.note) == (RunState.STOPPED, f"superseded by plan {other.digest[:12]}")
    assert journal.states(run.id) == {"action-1": EffectState.BEGUN}


def test_rules_do_not_lock_each_other(journal):
    journal.open_run(a_plan(), operator="ivana")
    assert journal.open_run(a_plan(rule="guests"), operator="ivana").rule == "guests"


def test_an_ended_run_lets_go_of_its_rule(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.close_run(run.id, RunState.PARTIAL, "1 refused")
    ended = journal.run(run.id)
    assert (ended.state, ended.note) == (RunState.PARTIAL, "1 refused")
    assert ended.ended is not None
    assert ended.ended > ended.started
    assert journal.open_run(a_plan(basis="other"), operator="ivana").id != run.id


def test_the_same_plan_applied_after_its_run_ended_is_a_new_run(journal):
    first = journal.open_run(a_plan(), operator="ivana")
    journal.close_run(first.id, RunState.DONE)
    assert journal.open_run(a_plan(), operator="ivana").id != first.id


def test_how_a_run_ended_first_is_what_counts(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.close_run(run.id, RunState.CANCELLED)
    journal.close_run(run.id, RunState.DONE)
    assert journal.run(run.id).state is RunState.CANCELLED


def test_a_rule_at_work_in_a_living_process_is_locked_even_for_the_same_plan(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    with pytest.raises(RunLocked, match=f"{run.id}.*another process"):
        second.open_run(a_plan(), operator="marko")


def test_a_run_left_unfinished_can_be_taken_up_by_another_process(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.close_run(run.id, RunState.RUNNING)
    assert second.open_run(a_plan(), operator="marko") == run


def test_a_refused_open_does_not_hold_the_rule(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    with pytest.raises(RunLocked):
        second.open_run(a_plan(basis="other"), operator="marko")
    journal.close_run(run.id, RunState.RUNNING)
    assert journal.open_run(a_plan(), operator="ivana") == run


def test_nothing_is_begun_in_a_run_that_was_cancelled_elsewhere(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    second.close_run(run.id, RunState.CANCELLED)
    with pytest.raises(RunLocked, match="cancelled"):
        journal.begin(run.id, [an_action(1)])
    assert journal.states(run.id) == {}


def test_what_came_of_effects_sent_before_a_cancel_is_still_written_down(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [an_action(1)])
    second.close_run(run.id, RunState.CANCELLED)
    journal.finish(run.id, [done(1)])
    assert journal.states(run.id) == {"action-1": EffectState.DONE}


def test_an_action_is_begun_until_it_has_a_result(journal, second):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [an_action(1), an_action(2)])
    assert second.states(run.id) == {"action-1": EffectState.BEGUN, "action-2": EffectState.BEGUN}
    assert second.results(run.id) == []
    journal.finish(run.id, [done(2)])
    assert second.states(run.id) == {"action-1": EffectState.BEGUN, "action-2": EffectState.DONE}
    assert second.results(run.id) == [done(2)]


def test_results_come_in_the_order_they_ended(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [an_action(number) for number in range(6)])
    for batch in ([5, 0], [4], [1, 3, 2]):
        journal.finish(run.id, [done(number) for number in batch])
    assert [result.action for result in journal.results(run.id)] == [f"action-{n}" for n in (5, 0, 4, 1, 3, 2)]


def test_the_calls_of_an_action_are_kept_until_it_begins_again(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    told = StepResult(action="action-1", state=EffectState.FAILED, calls="LDAP modify: 51")
    journal.begin(run.id, [an_action(1)])
    journal.finish(run.id, [told])
    assert journal.results(run.id) == [told]
    assert journal.page(run.id) == [(1, told)]
    journal.begin(run.id, [an_action(1)])
    journal.finish(run.id, [done(1)])
    assert journal.results(run.id) == [done(1)]


def test_an_action_begun_again_is_unknown_until_it_ends_again(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [an_action(1)])
    journal.finish(run.id, [StepResult(action="action-1", state=EffectState.FAILED, detail="not sent")])
    journal.begin(run.id, [an_action(1), an_action(2)])
    assert journal.states(run.id)["action-1"] is EffectState.BEGUN
    assert journal.results(run.id) == []
    journal.finish(run.id, [done(1)])
    assert journal.results(run.id) == [done(1)]


def test_a_stale_action_has_a_result_without_having_begun(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    stale = StepResult(action="action-7", state=EffectState.STALE, detail="changed since the plan")
    journal.finish(run.id, [stale])
    assert journal.results(run.id) == [stale]


def test_a_detail_that_a_database_would_refuse_does_not_lose_the_result(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.finish(run.id, [StepResult(action="action-1", state=EffectState.REFUSED, detail="bad \x00 and \ud800")])
    assert journal.results(run.id)[0].state is EffectState.REFUSED


def test_beginning_and_finishing_nothing_is_nothing(journal):
    run = journal.open_run(a_plan(), operator="ivana")
    journal.begin(run.id, [])
    journal.finish(run.id, [])
    assert journal.states(run.id) == {}


@pytest.mark.parametrize("ask", ["begin", "finish", "states", "results", "close_run"])
def test_a_run_that_is_not_there_is_an_error(journal, ask):
    more = {"begin": [[an_action(1)]], "finish": [[done(1)]], "close_run": [RunState.DONE]}.get(ask, [])
    with pytest.raises(StoreError, match="no run"):
        getattr(journal, ask)("nothing", *more)


def test_the_newest_runs_come_first(journal):
    ids = [journal.open_run(a_plan(rule=f"rule-{number}"), operator="ivana").id for number in range(5)]
    assert [run.id for run in journal.runs(limit=3)] == ids[:1:-1]
    assert sorted(ids) == ids


def test_refusals_are_remembered_by_rule_with_the_newest_reason(journal):
    journal.remember_refusals("staff", {"f1": "too long", "f2": "not unique"})
    journal.remember_refusals("staff", {"f1": "forbidden"})
    journal.remember_refusals("guests", {"f3": "policy"})
    journal.remember_refusals("guests", {})
    assert journal.refusals("staff") == {"f1": "forbidden", "f2": "not unique"}
    assert journal.refusals("nobody") == {}


def test_the_last_complete_read_says_how_large_a_side_was(journal):
    assert journal.last_size("corp.users") is None
    for records, how in ((120, "complete"), (118, "complete"), (3, "partial"), (0, "failed"), (90, "suspect")):
        verdict = Verdict(completeness=Completeness(how), reason="as told", records=records, calls=1)
        journal.record_read("corp.users", verdict)
    assert journal.last_size("corp.users") == 118
    assert journal.last_size("infobip.persons") is None


def test_forgotten_refusals_are_those_of_the_rule(journal):
    journal.remember_refusals("staff", {"f1": "too long"})
    journal.remember_refusals("guests", {"f3": "policy"})
    journal.forget_refusals("staff")
    assert journal.refusals("staff") == {}
    assert journal.refusals("guests") == {"f3": "policy"}


def test_a_rule_remembers_how_far_its_source_was_read(journal, second):
    assert journal.mark("staff") == ""
    journal.advance("staff", "3:abc")
    journal.advance("staff", "5:def")
    journal.advance("others", "1:xyz")
    assert second.mark("staff") == "5:def"
