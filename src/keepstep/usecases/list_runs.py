"""List all runs that somebody may see, those of plans and those of templates, as one list."""

from collections.abc import Sequence
from typing import Protocol

from keepstep.core.authority import Authority
from keepstep.core.right import Right
from keepstep.core.run_list import Place, RunKind, RunListed, RunsOfKind, RunsWanted, newest
from keepstep.usecases.change_accounts import BY_HAND

OF_PLANS = (Right.READ_RUNS, Right.APPROVE)
"""Whoever has one of these sees the runs of the plans of the rules that it reaches."""

OF_TEMPLATES = (Right.READ_RUNS, Right.RUN_TEMPLATES)
"""Whoever has one of these sees the runs of the templates that it reaches, and their own."""


class RunPages(Protocol):
    """The runs as they are kept, each kind the newest first."""

    def place(self, run: str) -> Place:
        """Return where *run* stands in the order of all; StoreError if there is none."""
        ...

    def of_plans(self, asked: RunsOfKind, limit: int) -> list[RunListed]:
        """Return the newest runs of plans that *asked* means."""
        ...

    def of_templates(self, asked: RunsOfKind, limit: int) -> list[RunListed]:
        """Return the newest runs of templates that *asked* means."""
        ...


def list_runs(pages: RunPages, wanted: RunsWanted, limit: int, *, by: Authority) -> list[RunListed]:
    """Return the newest *limit* of the runs that *wanted* means and *by* may see; of each kind no more are read.

    NotPermitted for whoever may see neither.
    """
    if not any(by.may(right) for right in (*OF_PLANS, *OF_TEMPLATES)):
        by.require(Right.READ_RUNS)
    before = pages.place(wanted.before) if wanted.before else None
    found: dict[RunKind, Sequence[RunListed]] = {RunKind.PLAN: (), RunKind.TEMPLATE: ()}
    for kind in RunKind:
        asked = _asked(wanted, kind, before, by)
        if asked is not None:
            read = pages.of_plans if kind is RunKind.PLAN else pages.of_templates
            found[kind] = read(asked, limit)
    return newest(found[RunKind.PLAN], found[RunKind.TEMPLATE], limit)


def _asked(wanted: RunsWanted, kind: RunKind, before: Place | None, by: Authority) -> RunsOfKind | None:
    """Return which runs of *kind* are meant that *by* may see; None where there can be none."""
    states = wanted.states_of(kind)
    rights = OF_PLANS if kind is RunKind.PLAN else OF_TEMPLATES
    if wanted.kind not in {None, kind} or states == frozenset() or not any(by.may(right) for right in rights):
        return None
    names = by.reached_rules(*rights) if kind is RunKind.PLAN else _templates(by)
    return RunsOfKind(
        names=names,
        own="" if kind is RunKind.PLAN else by.operator,
        states=states,
        operator=wanted.operator,
        text=wanted.text,
        before=before,
    )


def _templates(by: Authority) -> frozenset[str] | None:
    names = by.reached_templates(*OF_TEMPLATES)
    return None if names is None else names | {BY_HAND}
