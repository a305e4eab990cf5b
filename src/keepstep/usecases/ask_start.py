"""A person starts an automation, or switches it on or off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from keepstep.core.authority import Authority, Reach
from keepstep.core.automation import AutomationSpec
from keepstep.core.automation_run import AutomationRun, AutomationStanding, AutomationState
from keepstep.core.configuration import Configuration
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError
from keepstep.ports import Audit, Clock
from keepstep.usecases.put_in_force import Change, Kept, put_in_force


class Asked(Protocol):
    """Where starts are written down."""

    def ask(self, run: AutomationRun) -> AutomationRun:
        """Write down a start that a person asked for; return it."""
        ...

    def begin(self, name: str) -> AutomationStanding:
        """Let *name* begin now, as if it had never been seen."""
        ...

    def new_id(self) -> RunId:
        """Return an id for a start."""
        ...

    def run(self, prefix: str) -> AutomationRun:
        """Return the start whose id begins with *prefix*."""
        ...

    def cancel(self, prefix: str, note: str) -> AutomationRun:
        """End a start that has not begun to write anything."""
        ...


def known_automation(configuration: Configuration, name: str) -> AutomationSpec:
    """Return the automation called *name*; UsageError if there is none."""
    spec = configuration.automations.get(name)
    if spec is None:
        near = did_you_mean(name, configuration.automations)
        known = ", ".join(configuration.automations) or "none"
        raise UsageError(f'there is no automation "{name}"{near}', hint=f"automations: {known}")
    return spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Automating:
    """What a person does with automations. *understand* gives the configuration that a text would be."""

    kept: Kept
    audit: Audit
    understand: Callable[[str], Configuration]
    starting: Asked
    clock: Clock
    by: Authority

    def start(self, name: str, *, plan_only: bool = False) -> AutomationRun:
        """Write down that the automation called *name* is to start now, switched on or not; return the start.

        UsageError for one that needs an event to say whom it is for.
        """
        self.by.require(Right.RUN_AUTOMATIONS)
        spec = known_automation(self.understand(self.kept.text()), name)
        self.by.require(Right.RUN_AUTOMATIONS, Reach(rule=spec.rule or "", template=spec.template or ""))
        if spec.by_event and spec.for_subjects:
            raise UsageError(
                f"automation {name} is for whom an event is about",
                hint="`keepstep template run` does a template for people you choose",
            )
        id_ = self.starting.new_id()
        return self.starting.ask(
            AutomationRun(
                id=id_,
                automation=name,
                cause=f"asked {id_}",
                due=self.clock.now(),
                state=AutomationState.QUEUED,
                operator=self.by.operator,
                plan_only=plan_only,
            )
        )

    def switch(self, name: str, *, on: bool) -> bool:
        """Switch the automation called *name* on or off in the configuration; False if it was so already.

        One that is switched on begins now, and catches up on nothing.
        """
        before = self.kept.text()
        if known_automation(self.understand(before), name).enabled is on:
            return False
        text = self.kept.put(before, ("automations", name, "enabled"), on)
        self._put(before, text, "enable_automation" if on else "disable_automation", name)
        if on:
            self.starting.begin(name)
        return True

    def _put(self, before: str, text: str, action: str, name: str) -> None:
        self.understand(text)
        change = Change(before=before, text=text, action=action, detail={"automation": name})
        put_in_force(self.kept, self.audit, change, by=self.by)

    def cancel(self, start: str, reason: str) -> AutomationRun:
        """Call off the start whose id begins with *start*, as it has not begun to write anything; return it, ended.

        StoreError if it has.
        """
        self.by.require(Right.RUN_AUTOMATIONS)
        run = self.starting.run(start)
        spec = self.understand(self.kept.text()).automations.get(run.automation)
        if spec is not None:
            self.by.require(Right.RUN_AUTOMATIONS, Reach(rule=spec.rule or "", template=spec.template or ""))
        ended = self.starting.cancel(run.id, f"called off by {self.by.operator}" + (f": {reason}" if reason else ""))
        detail = {"automation": ended.automation, "reason": reason}
        self.audit.add("cancel_automation", ended.id, detail, operator=self.by.operator)
        return ended
