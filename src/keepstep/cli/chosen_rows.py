"""Chosen rows of a comparison that something is done about: who is meant, asked once more, and what is said of it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from keepstep.cli.invocation import Invocation
from keepstep.cli.output import Line, say, say_json, say_table, shown, tell
from keepstep.cli.people import INCOMPLETE
from keepstep.cli.plan import plan_code, print_plan
from keepstep.core.values import NativeKey
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from keepstep.core.comparison import Row
    from keepstep.core.ignored import RowKey
    from keepstep.core.plan import Plan
    from keepstep.core.row_choice import RowChoice
    from keepstep.core.sync_rule import SyncRule
    from keepstep.usecases.compare import Comparison
    from keepstep.usecases.link_accounts import Linked

SOURCE_KEY, TARGET_KEY = "source key", "target key"


class RowAction(StrEnum):
    """What can be done about rows of a comparison."""

    LINK = "link"
    UNLINK = "unlink"
    CREATE = "create"
    UPDATE = "update"
    DISABLE = "disable"
    DELETE = "delete"
    IGNORE = "ignore"
    HEED = "heed"


Pair = tuple[NativeKey | None, NativeKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for: whom, and what for."""

    rule: str
    action: RowAction
    choice: "RowChoice"
    who: tuple[str, ...]
    to: str
    listed: tuple[Pair, ...] | None
    reason: str
    until: str
    yes: bool


def told_incomplete(comparison: "Comparison") -> int:
    """Tell which read was not complete; return the exit code."""
    for side, snapshot in (("source", comparison.source), ("target", comparison.target)):
        if not snapshot.complete:
            tell([f"error: the {side} was not read whole: {snapshot.verdict.reason}"])
            tell(["hint: run it again; do not rely on who is only on one side"])
    return 0 if comparison.complete else INCOMPLETE


def chosen(rows: list["Row"], asked: Asked) -> list["Row"]:
    """Return those of *rows* that are meant; UsageError for somebody who is not there, or a name that several have."""
    if not asked.who and asked.listed is None:
        return rows
    listed = {pair for pair in asked.listed or () if any(pair)}
    names = {text.casefold() for text in asked.who}
    kept = [row for row in rows if _meant(row, listed) or names & _called(row)]
    for pair in listed:
        if not any(_meant(row, {pair}) for row in kept):
            raise UsageError(f"nobody has the keys {pair[0] or '-'} and {pair[1] or '-'} now", hint="compare again")
    for text in asked.who:
        by_key = [row for row in kept if text in {row.source_key, row.target_key}]
        found = by_key or [row for row in kept if text.casefold() == row.name.casefold()]
        if not found:
            raise UsageError(
                f'there is nobody "{text}" among them', hint="name a key of either side, or the whole name"
            )
        if len(found) > 1 and not by_key:
            raise UsageError(f'{len(found)} are called "{text}"', hint="name one by a key of either side")
    return kept


def _meant(row: "Row", listed: set[Pair]) -> bool:
    here, there = row.source_key, row.target_key
    return bool(listed & {(here, there), (here, None), (None, there)} - {(None, None)})


def _called(row: "Row") -> set[str]:
    return {text.casefold() for text in (row.name, row.source_key, row.target_key) if text}


def pairs_of(rows: Sequence["Row"], asked: Asked) -> list[Pair]:
    """Return the keys of the accounts that belong together."""
    if asked.to:
        (source,) = {row.source_key for row in rows if row.source_key} or {None}
        return [(source, NativeKey(asked.to))]
    return [(row.source_key, row.target_key) for row in rows]


def whole_pairs(pairs: Sequence[Pair]) -> list[tuple[NativeKey, NativeKey]]:
    """Return *pairs*, each of which has an account on each side; UsageError where one has not."""
    whole = [(here, there) for here, there in pairs if here and there]
    if len(whole) < len(pairs) or not whole:
        hint = "name both: --who SOURCE --to TARGET, or a file with both columns"
        raise UsageError("a link needs an account on each side", hint=hint)
    return whole


def say_linked(invocation: Invocation, done: Sequence["Linked"]) -> int:
    """Say what came of each pair; return the exit code."""
    if invocation.json:
        say_json(done)
    else:
        rows = [(one.source_key or "-", one.target_key or "-", one.refused or "done") for one in done]
        say_table((SOURCE_KEY, TARGET_KEY, "result"), rows)
    return 1 if any(one.refused for one in done) else 0


def until_of(asked: Asked) -> str:
    """Return until when they are ignored, as it was written; UsageError where it was not."""
    if not asked.until:
        raise UsageError("until when are they ignored?", hint="--until 30d, or --until 2027-03-31")
    return asked.until


def say_passed_over(invocation: Invocation, keys: Sequence["RowKey"], until: "datetime | None") -> None:
    """Say who is ignored *until* then, or who is looked at again."""
    if invocation.json:
        say_json(keys)
    elif until is None:
        say([f"{len(keys):,} are looked at again"])
    else:
        say([f"{len(keys):,} are ignored until {until:%Y-%m-%d %H:%M} UTC; plans know nothing of it"])


def say_plan(invocation: Invocation, planned: "tuple[Plan, SyncRule]", left_alone: Sequence[str]) -> int:
    """Print the plan of what was chosen, and for whom it does nothing; return the exit code."""
    from keepstep.core.guard import check_plan

    plan, rule = planned
    trips = check_plan(plan, rule.guards)
    print_plan(invocation, plan, rule, trips)
    tell(Line(shown(f"left alone: {text}"), "bad") for text in left_alone)
    if plan.actions and not invocation.json:
        beyond = ' --override-guards --reason "WHY"' if trips else ""
        say(["", f"Apply it with: keepstep apply {plan.digest[:12]}{beyond}"])
    return plan_code(plan, trips) if plan.actions else 1


def confirmed(invocation: Invocation, asked: Asked, count: int) -> None:
    """Have a person say yes; UsageError where there is nobody to do anything about."""
    if not count:
        raise UsageError("nobody was chosen", hint=f"`keepstep compare {asked.rule}` shows whom there is to choose")
    if asked.yes or not sys.stdin.isatty():
        return
    if not typer.confirm(f"{asked.action} {count:,}?", err=True):
        invocation.stopped = "nothing was changed"
        raise typer.Abort
