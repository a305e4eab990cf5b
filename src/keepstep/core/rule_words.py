"""A rule in plain words: what it does about each situation, and what stops it."""

from collections.abc import Iterator
from typing import Final

from keepstep.core.situation import Reaction, Situation
from keepstep.core.sync_rule import GroupLimits, Guards, Limit, SyncRule

_WHO: Final = {
    Situation.UNMATCHED: "whoever is in {source} and has no account",
    Situation.UNLINKED: "whoever is found on both sides and not paired yet",
    Situation.LINKED: "whoever is paired and differs",
    Situation.TARGET_MISSING: "whoever is in {source} and whose account is gone",
    Situation.SOURCE_DELETED: "whoever is gone from {source}",
    Situation.SOURCE_DISABLED: "whoever is disabled in {source}",
    Situation.STALE: "whoever is gone from both sides",
    Situation.DISPUTED: "whoever could be several",
    Situation.ORPHANED: "whoever is in {target} and unknown in {source}",
}
_WHAT: Final = {
    Reaction.CREATE: "is created in {target}",
    Reaction.UPDATE: "is updated in {target}",
    Reaction.LINK: "is paired, and nothing is written",
    Reaction.DISABLE: "is disabled in {target}",
    Reaction.DELETE: "is deleted from {target}",
    Reaction.MARK: "stays in {target}, marked by {mark}",
    Reaction.FORGET: "is forgotten, and nothing is written",
    Reaction.REPORT: "is reported, and left alone",
    Reaction.IGNORE: "is passed over",
}
_KINDS: Final = ("delete", "disable", "update", "create")


def rule_words(rule: SyncRule) -> list[str]:
    """Return sentences that name what *rule* does about every situation, and every limit that stops a plan of it."""
    names = {"source": rule.source, "target": rule.target, "mark": " and ".join(sorted(rule.mark)) or "nothing"}
    told = [f"{_WHO[one]} {_WHAT[rule.reaction(one)]}".format(**names) for one in Situation]
    told += _guards(rule.guards)
    if rule.approve is not None:
        count = rule.approve.need
        told.append(f"{count} {'has' if count == 1 else 'have'} to agree before a plan is applied")
    return [f"{one[0].upper()}{one[1:]}." for one in told]


def _guards(guards: Guards) -> Iterator[str]:
    limits = [_limit(kind, getattr(guards, kind)) for kind in _KINDS]
    yield f"a plan is stopped that would {', '.join(limits)}"
    for attribute, group in guards.by.items():
        yield f"it is stopped too if that is so among those of one {attribute}: {', '.join(_group(group))}"
    if guards.history is not None:
        times, least = guards.history.times, guards.history.least
        yield f"or if it does {times:g} times more than the last five runs did, and more than {least}"
    yield f"the first {guards.canary} are written and confirmed before the rest"
    yield f"a read that is more than {guards.shrink:g} % smaller than the last is not believed"


def _group(group: GroupLimits) -> Iterator[str]:
    for kind in _KINDS:
        limit: Limit | None = getattr(group, kind)
        if limit is not None:
            yield _limit(kind, limit)


def _limit(kind: str, limit: Limit) -> str:
    count = "" if limit.count is None else f" or {limit.count}"
    return f"{kind} more than {limit.percent:g} %{count}"
