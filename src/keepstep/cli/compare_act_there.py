"""`keepstep compare act` where a server is asked: it compares, and the rows are named to it by their numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime

from keepstep.cli import chosen_rows
from keepstep.cli.chosen_rows import Asked, Pair, RowAction
from keepstep.cli.invocation import Invocation
from keepstep.cli.output import tell
from keepstep.cli.people import INCOMPLETE
from keepstep.client.client import Client, at
from keepstep.client.comparisons import acted
from keepstep.client.plans import plan_of
from keepstep.client.works import done, numbered_rows
from keepstep.core.comparison import Row
from keepstep.core.ignored import row_key
from keepstep.core.moment import moment_of
from keepstep.core.row_choice import RowChoice
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey
from keepstep.errors import UsageError
from keepstep.usecases.link_accounts import Linked

_NONE = NativeKey("")


def act_there(invocation: Invocation, client: Client, asked: Asked) -> int:
    """Have the server do something about chosen people of a comparison; return the exit code."""
    from_file = asked.action is RowAction.LINK and asked.listed is not None
    choice = RowChoice() if from_file else asked.choice
    work = done(client, {"kind": "compare", "rule": asked.rule, "choice": choice.model_dump(mode="json")})
    if incomplete := work.result["incomplete"]:
        tell([f"error: {incomplete}", "hint: run it again; do not rely on who is only on one side"])
        return INCOMPLETE
    numbered = numbered_rows(client, work.id, Row)
    there = _There(invocation, client, asked, work.id)
    if from_file:
        return there.link(numbered, [pair for pair in asked.listed or () if all(pair)])
    rows = chosen_rows.chosen([row for _, row in numbered], asked)
    meant = set(map(id, rows))
    some = [(number, row) for number, row in numbered if id(row) in meant]
    match asked.action:
        case RowAction.LINK:
            return there.link(numbered, chosen_rows.pairs_of(rows, asked))
        case RowAction.UNLINK:
            return there.unlink(some)
        case RowAction.IGNORE | RowAction.HEED:
            return there.pass_over(some)
        case _:
            return there.plan(rows)


class _There:
    """What is asked of one server about the rows of one comparison."""

    def __init__(self, invocation: Invocation, client: Client, asked: Asked, work: str) -> None:
        self._invocation = invocation
        self._client = client
        self._asked = asked
        self._work = work

    def link(self, numbered: Sequence[tuple[int, Row]], pairs: Sequence[Pair]) -> int:
        """Pair accounts, one pair after the other; each is named by its row of the source."""
        whole = chosen_rows.whole_pairs(pairs)
        chosen_rows.confirmed(self._invocation, self._asked, len(whole))
        by_source = {row.source_key: number for number, row in numbered if row.source_key}
        linked: list[Linked] = []
        for source, target in whole:
            refused = "the source object is not there"
            if source in by_source:
                said = {"action": "link", "to": target}
                refused = acted(self._client, self._asked.rule, self._work, [by_source[source]], said)[0].refused
            linked.append(Linked(source_key=source, target_key=target, refused=refused))
        return chosen_rows.say_linked(self._invocation, linked)

    def unlink(self, some: Sequence[tuple[int, Row]]) -> int:
        """Part the accounts of rows."""
        chosen_rows.confirmed(self._invocation, self._asked, len(some))
        outcomes = self._acted(some, {"action": "unlink"})
        linked = [
            Linked(source_key=row.source_key or _NONE, target_key=row.target_key or _NONE, refused=one)
            for (_, row), one in zip(some, outcomes, strict=True)
        ]
        code = chosen_rows.say_linked(self._invocation, linked)
        tell(["note: the next comparison looks for their counterparts again, by the rules of `correlate`"])
        return code

    def pass_over(self, some: Sequence[tuple[int, Row]]) -> int:
        """Pass over rows for a while, or look at them again."""
        asked = self._asked
        chosen_rows.confirmed(self._invocation, asked, len(some))
        until = None
        said = {"action": str(asked.action)}
        if asked.action is RowAction.IGNORE:
            until = moment_of(chosen_rows.until_of(asked), datetime.now(UTC), past=False)
            said |= {"reason": asked.reason, "until": until.isoformat()}
        outcomes = self._acted(some, said)
        keys = [row_key(row) for (_, row), refused in zip(some, outcomes, strict=True) if not refused]
        chosen_rows.say_passed_over(self._invocation, keys, until)
        return 0

    def plan(self, rows: Sequence[Row]) -> int:
        """Have a plan made of just that, and print it."""
        asked, client = self._asked, self._client
        if not rows:
            raise UsageError("nobody was chosen", hint=f"`keepstep compare {asked.rule}` shows whom there is to choose")
        named = [{"source": row.source_key or "", "target": row.target_key or ""} for row in rows]
        result = done(
            client, {"kind": "plan_rows", "rule": asked.rule, "action": str(asked.action), "rows": named}
        ).result
        left = [text for text in result["left_alone"].split("; ") if text]
        if not result.get("plan"):
            tell([f"left alone: {text}" for text in left])
            return 1
        rule = client.get(SyncRule, at("rules", asked.rule))
        return chosen_rows.say_plan(self._invocation, (plan_of(client, result["plan"]), rule), left)

    def _acted(self, some: Sequence[tuple[int, Row]], said: dict[str, str]) -> list[str]:
        """Return of each of *some* why nothing was done, or the empty text."""
        numbers = [number for number, _ in some]
        return [one.refused for one in acted(self._client, self._asked.rule, self._work, numbers, said)]
