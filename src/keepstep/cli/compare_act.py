"""`keepstep compare act`: something done about chosen rows of a comparison."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli.invocation import Invocation, Systems
from keepstep.cli.output import Line, say, say_json, say_table, tell
from keepstep.cli.people import INCOMPLETE
from keepstep.cli.plan import plan_code, print_plan
from keepstep.core.cell_text import bare
from keepstep.core.values import NativeKey
from keepstep.errors import StoreError, UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from keepstep.core.chosen_plan import Untouched
    from keepstep.core.comparison import Row
    from keepstep.core.row_choice import RowChoice
    from keepstep.core.sync_rule import SyncRule
    from keepstep.usecases.compare import Comparison, ComparisonDesk
    from keepstep.usecases.link_accounts import Linked

SOURCE_KEY, TARGET_KEY = "source key", "target key"


class RowAction(StrEnum):
    """What can be done about rows of a comparison."""

    LINK = "link"
    UNLINK = "unlink"
    CREATE = "create"
    DISABLE = "disable"
    DELETE = "delete"
    IGNORE = "ignore"
    HEED = "heed"


_PLANNED = frozenset({RowAction.CREATE, RowAction.DISABLE, RowAction.DELETE})
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


FromOption = Annotated[
    Path | None,
    typer.Option("--from", help="Whom: a CSV file with the columns `source key`, `target key`.", dir_okay=False),
]


def act(  # noqa: PLR0913 - what to do, and for whom
    invocation: Invocation,
    rule: Annotated[str, typer.Argument(help="A rule of the configuration.")],
    *,
    action: Annotated[RowAction, typer.Option("--action", help="What to do.")],
    who: Annotated[list[str] | None, typer.Option("--who", help="Whom: a key of either side, or a name.")] = None,
    to: Annotated[str, typer.Option("--to", help="For link: the target key that belongs to --who.")] = "",
    file: FromOption = None,
    situation: Annotated[list[str] | None, typer.Option("--situation", help="Whom: everybody who stands so.")] = None,
    attribute: Annotated[list[str] | None, typer.Option("--attribute", help="Who differs in this.")] = None,
    ou: Annotated[list[str] | None, typer.Option("--ou", help="Who is below this container.")] = None,
    where: Annotated[str, typer.Option("--where", help="For whom this holds.")] = "",
    search: Annotated[str, typer.Option("--search", help="Who has this text in a name, a key, an identifier.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="For ignore: why.")] = "",
    until: Annotated[str, typer.Option("--until", help="For ignore: a day, a time, or 30d.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> int:
    """Do something about chosen people of a comparison.

    create, disable and delete make a plan with just that, which `keepstep apply` carries out as any other.
    """
    from keepstep.core.row_choice import RowChoice

    choice = RowChoice(situation=situation or [], attribute=attribute or [], ou=ou or [], where=where, search=search)
    asked = Asked(
        rule=rule,
        action=action,
        choice=choice,
        who=tuple(who or ()),
        to=to,
        listed=_read(file) if file else None,
        reason=reason,
        until=until,
        yes=yes,
    )
    if choice == RowChoice() and not who and file is None:
        raise UsageError("say whom", hint="--who, --from, --situation, --attribute, --ou, --where or --search")
    if to and (action is not RowAction.LINK or len(asked.who) != 1):
        raise UsageError("--to goes with --action link and one --who", hint="several pairs: --from FILE")
    return invocation.with_systems(lambda systems: _work(invocation, systems, asked))


async def _work(invocation: Invocation, systems: Systems, asked: Asked) -> int:
    from keepstep.usecases.compare import compare_sides

    rule, mapping = rule_of(systems.configuration, asked.rule)
    if asked.action is RowAction.LINK and asked.listed is not None:
        return await _link(invocation, systems, asked, [pair for pair in asked.listed if all(pair)])
    desk = systems.comparison_desk
    comparison = await compare_sides(desk, asked.rule, rule, mapping, asked.choice)
    if not comparison.complete:
        return told_incomplete(comparison)
    rows = _chosen(comparison, asked)
    match asked.action:
        case RowAction.LINK:
            return await _link(invocation, systems, asked, _pairs(rows, asked))
        case RowAction.UNLINK:
            return _unlink(invocation, systems, asked, rows)
        case RowAction.IGNORE | RowAction.HEED:
            return _pass_over(invocation, desk, asked, rows)
        case _:
            return await _plan(invocation, systems, (comparison, rule), asked, rows)


def told_incomplete(comparison: "Comparison") -> int:
    """Tell which read was not complete; return the exit code."""
    for side, snapshot in (("source", comparison.source), ("target", comparison.target)):
        if not snapshot.complete:
            tell([f"error: the {side} was not read whole: {snapshot.verdict.reason}"])
            tell(["hint: run it again; do not rely on who is only on one side"])
    return 0 if comparison.complete else INCOMPLETE


def _read(file: Path) -> tuple[Pair, ...]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines)
            if not {SOURCE_KEY, TARGET_KEY} & set(table.fieldnames or ()):
                hint = "take what `keepstep compare RULE --format csv` writes, and leave in it whom you mean"
                raise UsageError(f'{file} has neither a column "{SOURCE_KEY}" nor "{TARGET_KEY}"', hint=hint)
            return tuple((_key(row.get(SOURCE_KEY)), _key(row.get(TARGET_KEY))) for row in table)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no CSV in UTF-8"
        raise StoreError(f"{file} cannot be read: {why}", hint="check the name and the file") from exc


def _key(text: str | None) -> NativeKey | None:
    text = bare((text or "").strip())
    return NativeKey(text) if text else None


def _chosen(comparison: "Comparison", asked: Asked) -> list["Row"]:
    """Return the rows that are meant; UsageError for somebody who is not there, or a name that several have."""
    rows = comparison.chosen()
    if not asked.who and asked.listed is None:
        return list(rows)
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


def _pairs(rows: Sequence["Row"], asked: Asked) -> list[Pair]:
    if asked.to:
        (source,) = {row.source_key for row in rows if row.source_key} or {None}
        return [(source, NativeKey(asked.to))]
    return [(row.source_key, row.target_key) for row in rows]


async def _link(invocation: Invocation, systems: Systems, asked: Asked, pairs: Sequence[Pair]) -> int:
    from keepstep.usecases.link_accounts import link

    whole = [(here, there) for here, there in pairs if here and there]
    if len(whole) < len(pairs) or not whole:
        hint = "name both: --who SOURCE --to TARGET, or a file with both columns"
        raise UsageError("a link needs an account on each side", hint=hint)
    _confirmed(invocation, asked, len(whole))
    return _say_linked(
        invocation, await link(systems.ports, asked.rule, rule_of(systems.configuration, asked.rule)[0], whole)
    )


def _unlink(invocation: Invocation, systems: Systems, asked: Asked, rows: Sequence["Row"]) -> int:
    from keepstep.usecases.link_accounts import unlink

    _confirmed(invocation, asked, len(rows))
    done = unlink(systems.ports, asked.rule, [(row.source_key, row.target_key) for row in rows])
    code = _say_linked(invocation, done)
    tell(["note: the next comparison looks for their counterparts again, by the rules of `correlate`"])
    return code


def _say_linked(invocation: Invocation, done: Sequence["Linked"]) -> int:
    if invocation.json:
        say_json(done)
    else:
        rows = [(one.source_key or "-", one.target_key or "-", one.refused or "done") for one in done]
        say_table((SOURCE_KEY, TARGET_KEY, "result"), rows)
    return 1 if any(one.refused for one in done) else 0


def _pass_over(invocation: Invocation, desk: "ComparisonDesk", asked: Asked, rows: Sequence["Row"]) -> int:
    from keepstep.core.moment import moment_of
    from keepstep.usecases.ignore import heed, ignore

    _confirmed(invocation, asked, len(rows))
    if asked.action is RowAction.HEED:
        keys: Any = heed(desk, asked.rule, rows)
        told = [f"{len(keys):,} are looked at again"]
    else:
        if not asked.until:
            raise UsageError("until when are they ignored?", hint="--until 30d, or --until 2027-03-31")
        until = moment_of(asked.until, desk.ports.clock.now(), past=False)
        keys = ignore(desk, asked.rule, rows, reason=asked.reason, until=until)
        told = [f"{len(keys):,} are ignored until {until:%Y-%m-%d %H:%M} UTC; plans know nothing of it"]
    if invocation.json:
        say_json(keys)
    else:
        say(told)
    return 0


async def _plan(
    invocation: Invocation,
    systems: Systems,
    compared: "tuple[Comparison, SyncRule]",
    asked: Asked,
    rows: Sequence["Row"],
) -> int:
    from keepstep.core.guard import check_plan
    from keepstep.core.plan import ActionKind
    from keepstep.usecases.plan_chosen import plan_chosen

    comparison, rule = compared
    if not rows:
        raise UsageError("nobody was chosen", hint=f"`keepstep compare {asked.rule}` shows whom there is to choose")
    plan, untouched = await plan_chosen(systems.ports, comparison, ActionKind(str(asked.action)), rows)
    trips = check_plan(plan, rule.guards)
    print_plan(invocation, plan, rule, trips)
    _tell_untouched(untouched)
    if plan.actions and not invocation.json:
        beyond = ' --override-guards --reason "WHY"' if trips else ""
        say(["", f"Apply it with: keepstep apply {plan.digest[:12]}{beyond}"])
    return plan_code(plan, trips) if plan.actions else 1


def _tell_untouched(untouched: Sequence["Untouched"]) -> None:
    for one in untouched:
        row = one.row
        tell([Line(f"left alone: {row.name} ({row.source_key or '-'}, {row.target_key or '-'}): {one.reason}", "bad")])


def _confirmed(invocation: Invocation, asked: Asked, count: int) -> None:
    if not count:
        raise UsageError("nobody was chosen", hint=f"`keepstep compare {asked.rule}` shows whom there is to choose")
    if asked.yes or not sys.stdin.isatty():
        return
    if not typer.confirm(f"{asked.action} {count:,}?", err=True):
        invocation.stopped = "nothing was changed"
        raise typer.Abort
