"""`keepstep compare act`: something done about chosen rows of a comparison."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.chosen_rows import (
    SOURCE_KEY,
    TARGET_KEY,
    Asked,
    Pair,
    RowAction,
    chosen,
    confirmed,
    pairs_of,
    say_linked,
    say_passed_over,
    say_plan,
    told_incomplete,
    until_of,
    whole_pairs,
)
from keepstep.cli.invocation import Invocation, Systems
from keepstep.cli.output import tell
from keepstep.core.cell_text import bare
from keepstep.core.values import NativeKey
from keepstep.errors import StoreError, UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from keepstep.core.comparison import Row
    from keepstep.core.sync_rule import SyncRule
    from keepstep.usecases.compare import Comparison, ComparisonDesk


_PLANNED = frozenset({RowAction.CREATE, RowAction.DISABLE, RowAction.DELETE})


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

    create, update, which brings in step, disable and delete make a plan with just that, which `keepstep apply`
    carries out as any other.
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
    _must_make_sense(asked)
    return _done(invocation, asked)


def _done(invocation: Invocation, asked: Asked) -> int:
    if invocation.remote:
        from keepstep.cli.compare_act_there import act_there

        return invocation.with_server(lambda client: act_there(invocation, client, asked))
    return invocation.with_systems(lambda systems: _work(invocation, systems, asked))


def _must_make_sense(asked: Asked) -> None:
    """Raise UsageError where nobody is named, or *to* goes with nothing."""
    from keepstep.core.row_choice import RowChoice

    if asked.choice == RowChoice() and not asked.who and asked.listed is None:
        raise UsageError("say whom", hint="--who, --from, --situation, --attribute, --ou, --where or --search")
    if asked.to and (asked.action is not RowAction.LINK or len(asked.who) != 1):
        raise UsageError("--to goes with --action link and one --who", hint="several pairs: --from FILE")


async def _work(invocation: Invocation, systems: Systems, asked: Asked) -> int:
    from keepstep.usecases.compare import compare_sides

    rule, mapping = rule_of(systems.configuration, asked.rule)
    if asked.action is RowAction.LINK and asked.listed is not None:
        return await _link(invocation, systems, asked, [pair for pair in asked.listed if all(pair)])
    desk = systems.comparison_desk
    comparison = await compare_sides(desk, asked.rule, rule, mapping, asked.choice)
    if not comparison.complete:
        return told_incomplete(comparison)
    rows = chosen(list(comparison.chosen()), asked)
    match asked.action:
        case RowAction.LINK:
            return await _link(invocation, systems, asked, pairs_of(rows, asked))
        case RowAction.UNLINK:
            return _unlink(invocation, systems, asked, rows)
        case RowAction.IGNORE | RowAction.HEED:
            return _pass_over(invocation, desk, asked, rows)
        case _:
            return await _plan(invocation, systems, (comparison, rule), asked, rows)


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


async def _link(invocation: Invocation, systems: Systems, asked: Asked, pairs: Sequence[Pair]) -> int:
    from keepstep.usecases.link_accounts import link

    whole = whole_pairs(pairs)
    confirmed(invocation, asked, len(whole))
    return say_linked(
        invocation, await link(systems.ports, asked.rule, rule_of(systems.configuration, asked.rule)[0], whole)
    )


def _unlink(invocation: Invocation, systems: Systems, asked: Asked, rows: Sequence["Row"]) -> int:
    from keepstep.usecases.link_accounts import unlink

    confirmed(invocation, asked, len(rows))
    done = unlink(systems.ports, asked.rule, [(row.source_key, row.target_key) for row in rows])
    code = say_linked(invocation, done)
    tell(["note: the next comparison looks for their counterparts again, by the rules of `correlate`"])
    return code


def _pass_over(invocation: Invocation, desk: "ComparisonDesk", asked: Asked, rows: Sequence["Row"]) -> int:
    from keepstep.core.moment import moment_of
    from keepstep.usecases.ignore import heed, ignore

    confirmed(invocation, asked, len(rows))
    if asked.action is RowAction.HEED:
        say_passed_over(invocation, heed(desk, asked.rule, rows), None)
        return 0
    until = moment_of(until_of(asked), desk.ports.clock.now(), past=False)
    ignored = ignore(desk, asked.rule, rows, reason=asked.reason, until=until)
    say_passed_over(invocation, [one.key for one in ignored], until)
    return 0


async def _plan(
    invocation: Invocation,
    systems: Systems,
    compared: "tuple[Comparison, SyncRule]",
    asked: Asked,
    rows: Sequence["Row"],
) -> int:
    from keepstep.core.plan import ActionKind
    from keepstep.usecases.plan_chosen import plan_chosen

    comparison, rule = compared
    if not rows:
        raise UsageError("nobody was chosen", hint=f"`keepstep compare {asked.rule}` shows whom there is to choose")
    plan, untouched = await plan_chosen(systems.ports, comparison, ActionKind(str(asked.action)), rows)
    keys = [(one.row.name, f"({one.row.source_key or '-'}, {one.row.target_key or '-'})", one) for one in untouched]
    left = [f"{name} {key}: {one.reason}" for name, key, one in keys]
    return say_plan(invocation, (plan, rule), left)
