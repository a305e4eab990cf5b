import signal
import subprocess
import sys

import pytest

from keepstep.core.run import EffectState, RunState, StepResult
from keepstep.errors import RunLocked
from keepstep.store.database import open_database
from keepstep.store.journal import SqlJournal
from tests.integration.store_world import TickingClock, a_plan, an_action

WORK = """
import sys, time
from keepstep.core.run import EffectState, StepResult
from keepstep.store.database import open_database
from keepstep.store.journal import SqlJournal
from tests.integration.store_world import TickingClock, a_plan, an_action
journal = SqlJournal(open_database(sys.argv[1]), TickingClock())
run = journal.open_run(a_plan(), operator="ivana")
journal.begin(run.id, [an_action(0), an_action(1)])
journal.finish(run.id, [StepResult(action="action-0", state=EffectState.DONE, target_key="target-0")])
print(run.id, flush=True)
time.sleep(600)
"""


@pytest.fixture
def worker(store_url):
    """A process that began two actions, finished one, and is at work; and the id of its run."""
    child = subprocess.Popen([sys.executable, "-W", "error", "-c", WORK, store_url], stdout=subprocess.PIPE, text=True)
    yield child, child.stdout.readline().strip()
    child.kill()
    child.communicate()


def test_an_effect_that_was_begun_when_the_process_was_killed_is_found_begun(worker, store_url):
    child, run = worker
    child.send_signal(signal.SIGKILL)
    child.wait()
    with open_database(store_url) as database:
        journal = SqlJournal(database, TickingClock())
        assert journal.states(run) == {"action-0": EffectState.DONE, "action-1": EffectState.BEGUN}
        assert journal.results(run) == [
            StepResult(action="action-0", state=EffectState.DONE, target_key="target-0"),
        ]
        assert journal.run(run).state is RunState.RUNNING


def test_the_rule_of_a_living_process_is_locked_and_that_of_a_killed_one_is_taken_up(worker, store_url):
    child, run = worker
    with open_database(store_url) as database:
        journal = SqlJournal(database, TickingClock())
        with pytest.raises(RunLocked, match=run):
            journal.open_run(a_plan(), operator="marko")
        child.send_signal(signal.SIGKILL)
        child.wait()
        resumed = journal.open_run(a_plan(), operator="marko")
        assert (resumed.id, resumed.operator) == (run, "ivana")
        journal.begin(run, [an_action(1)])
        journal.finish(run, [StepResult(action="action-1", state=EffectState.DONE)])
        journal.close_run(run, RunState.DONE)
        assert journal.open_run(a_plan(basis="other"), operator="marko").id != run
