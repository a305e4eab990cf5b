"""Automations of a server: seen, started and followed, switched on and off."""

import time
from dataclasses import dataclass
from typing import Final

from keepstep.client.client import MOST, Client, at
from keepstep.core.automation_run import AutomationRun, AutomationState
from keepstep.errors import NotFound

_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Listed:
    enabled: bool


def starts(client: Client, name: str, limit: int) -> list[AutomationRun]:
    """Return the starts of the automation called *name*, or of all where it is empty, the newest first."""
    path = f"{at('automations', name)}/starts" if name else "/automation-starts"
    return client.get(list[AutomationRun], path, limit=min(limit, MOST))


def called_off(client: Client, start: str, reason: str) -> AutomationRun:
    """Call off the start whose id begins with *start*; return it, ended."""
    return client.post(AutomationRun, f"{at('automation-starts', start)}/cancel", {"reason": reason})


def ended(client: Client, name: str, *, plan_only: bool) -> AutomationRun:
    """Start the automation called *name*; return the start once it is over, or waits for people."""
    run = client.post(AutomationRun, f"{at('automations', name)}/starts", {"plan_only": plan_only})
    while run.state in {AutomationState.QUEUED, AutomationState.RUNNING}:
        client.progress(f"run {name}", 0, None)
        time.sleep(_PAUSE)
        run = _found(starts(client, name, MOST), run)
    return run


def _found(runs: list[AutomationRun], wanted: AutomationRun) -> AutomationRun:
    for run in runs:
        if run.id == wanted.id:
            return run
    raise NotFound(f"start {wanted.id} is not among the newest any more", hint="`keepstep automation show` shows those")


def switched(client: Client, name: str, *, on: bool) -> bool:
    """Switch the automation called *name* on or off; return whether it was otherwise."""
    path = at("automations", name)
    before = client.get(_Listed, path)
    client.send("PUT", f"{path}/enabled", {"enabled": on})
    return before.enabled is not on
