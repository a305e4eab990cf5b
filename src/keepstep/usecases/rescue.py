"""Go on with plans whose application was interrupted, without anybody asking."""

from collections.abc import Callable
from typing import Final, Protocol

from keepstep.core.configuration import Configuration
from keepstep.core.run import Run
from keepstep.errors import CircuitOpen, KeepstepError, RunLocked
from keepstep.ports import Ports
from keepstep.usecases.apply import apply

AUTOMATED: Final = "automation."
"""With this begin the names of rules that automations are by themselves."""


class Unfinished(Protocol):
    """Where runs that have not ended are found."""

    def unfinished(self) -> list[Run]:
        """Return the runs of plans that have not ended, oldest first."""
        ...


async def rescue(ports: Ports, runs: Unfinished, configuration: Configuration, tell: Callable[[str], None]) -> None:
    """Resume each run of a plan that nobody is at work on; what it had begun is looked up before anything is sent.

    One that cannot be resumed, as its rule changed meanwhile, is told of and left as it is: a person decides.
    """
    for run in runs.unfinished():
        if run.rule.startswith(AUTOMATED):
            continue  # its automation goes on with it
        rule = configuration.rules.get(run.rule)
        if rule is None:
            tell(f"run {run.id}: there is no rule {run.rule} any more")
            continue
        try:
            plan = ports.journal.plan(run.plan)
            summary = await apply(ports, plan, rule, configuration.mappings[rule.mapping])
        except (CircuitOpen, RunLocked):
            continue  # people are told of a circuit when it opens
        except KeepstepError as exc:
            tell(f"run {run.id} cannot be resumed: {exc.message}")
            continue
        tell(f"run {run.id} of rule {run.rule} was interrupted, and is {summary.state} now")
