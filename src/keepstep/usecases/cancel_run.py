"""Cancel the run of a plan: what is under way ends, nothing more is begun."""

from typing import Protocol

from keepstep.core.authority import Authority, Reach
from keepstep.core.right import Right
from keepstep.core.run import Run, RunId
from keepstep.errors import UsageError
from keepstep.ports import Audit


class CancelledRuns(Protocol):
    """The runs of plans, as people end them; a worker in another process hears of it at its next batch."""

    def run(self, prefix: str) -> Run:
        """Return the run whose id starts with *prefix*."""
        ...

    def cancel(self, run: RunId, note: str) -> bool:
        """End *run*; False if it has ended."""
        ...


def cancel_run(runs: CancelledRuns, audit: Audit, prefix: str, reason: str, *, by: Authority) -> Run:
    """Begin nothing more of the run; what is under way ends. UsageError if it is over."""
    run = runs.run(prefix)
    by.require(Right.STEER_RUNS, Reach(rule=run.rule))
    note = f"cancelled by {by.operator}{': ' if reason else ''}{reason}"
    if not runs.cancel(run.id, note):
        raise UsageError(f"run {run.id} is over", hint="`keepstep run undo` plans the way back")
    audit.add("cancel_run", run.rule, {"run": run.id, "plan": run.plan, "reason": reason}, operator=by.operator)
    return runs.run(run.id)
