"""What a rule wants of each account: the pass over the source side."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from keepstep.core.basis import Basis, Memory, display_name
from keepstep.core.correlation import NOBODY, Pairing, TargetIndex
from keepstep.core.link import Link, LinkState
from keepstep.core.mapping import map_record
from keepstep.core.plan import Finding
from keepstep.core.situation import Reaction, Situation, classify
from keepstep.core.values import ENABLED, NativeKey, Record, Snapshot, Values

LEAVING: Final = frozenset({Reaction.DELETE, Reaction.DISABLE, Reaction.MARK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the rule wants of one account. *desired* holds the attributes of the mapping, empty for a leaver.

    *link* is what is remembered of the pair; None for a pair found now.
    """

    situation: Situation
    reaction: Reaction
    name: str = ""
    source: Record | None = None
    desired: Mapping[str, Values] = field(default_factory=dict[str, Values])
    link: Link | None = None
    rehire: bool = False


@dataclass(slots=True)
class Wishes:
    """The wishes by target position; accounts to create; and everything that concerns no account of the target."""

    by_target: dict[int, Wish] = field(default_factory=dict[int, Wish])
    creates: list[Wish] = field(default_factory=list[Wish])
    found: dict[int, NativeKey] = field(default_factory=dict[int, NativeKey])
    forget: list[NativeKey] = field(default_factory=list[NativeKey])
    findings: list[Finding] = field(default_factory=list[Finding])
    situations: Counter[Situation] = field(default_factory=Counter[Situation])


def wish(basis: Basis, source: Snapshot, index: TargetIndex, pairing: Pairing, memory: Memory) -> Wishes:
    """Return what the rule wants of every account; who is in step already leaves no trace but a count."""
    wishes = Wishes()
    fingerprint, fingerprints = basis.followed.fingerprint, index.fingerprints
    for place, record in enumerate(source.records):
        position = pairing.target_of[place]
        rehired = pairing.rehired.get(place)
        link = memory.links.get(record.key)
        if place in pairing.disputed:
            wishes.situations[Situation.DISPUTED] += 1
            _find(wishes, basis, Situation.DISPUTED, record, pairing.disputed[place])
            continue
        situation = _situation(record, link, position)
        wishes.situations[situation] += 1
        reaction = basis.rule.reaction(situation)
        if reaction is Reaction.IGNORE:
            continue
        if position == NOBODY and reaction is not Reaction.CREATE:
            _settle_without_target(wishes, basis, record, situation)
            continue
        if reaction in LEAVING or (reaction is Reaction.REPORT and situation is Situation.SOURCE_DISABLED):
            if not (link and link.state is LinkState.LEFT):
                name = display_name(record, basis.source_schema)
                wishes.by_target[position] = Wish(
                    situation=situation, reaction=reaction, name=name, source=record, link=link
                )
            continue
        if reaction is Reaction.LINK:
            wishes.found[position] = record.key
            continue
        desired = map_record(basis.mapping, record)
        if desired.skip:
            _find(wishes, basis, situation, record, f"left out: {desired.skip}")
            continue
        if position == NOBODY:
            wishes.creates.append(
                Wish(situation=situation, reaction=reaction, source=record, desired=desired.attributes, link=link)
            )
        elif fingerprint(desired.attributes) == fingerprints[position] and not (
            rehired or (link and link.state is LinkState.LEFT)
        ):
            if link is None:
                wishes.found[position] = record.key
        else:
            wishes.by_target[position] = Wish(
                situation=situation,
                reaction=reaction,
                source=record,
                desired=desired.attributes,
                link=link or rehired,
                rehire=rehired is not None,
            )
    return wishes


def _situation(record: Record, link: Link | None, position: int) -> Situation:
    situation = classify(
        linked=link is not None, source=True, target=position != NOBODY, matches=int(position != NOBODY)
    )
    return Situation.SOURCE_DISABLED if record.one(ENABLED) == "false" else situation


def _settle_without_target(wishes: Wishes, basis: Basis, record: Record, situation: Situation) -> None:
    """Deal with a record that has no account and gets none."""
    if basis.rule.reaction(situation) is Reaction.FORGET:
        wishes.forget.append(record.key)
    elif situation is not Situation.SOURCE_DISABLED:
        _find(wishes, basis, situation, record, WITHOUT_TARGET[situation])


WITHOUT_TARGET: Final = {
    Situation.TARGET_MISSING: "its account was there and is gone",
    Situation.UNMATCHED: "it has no account",
}


def wish_for_gone(basis: Basis, index: TargetIndex, pairing: Pairing, wishes: Wishes, *, target_complete: bool) -> None:
    """Add what the rule wants of accounts whose source object is gone. Only for a source proven complete."""
    for link in pairing.gone.values():
        position = index.by_key.get(link.target_key, NOBODY)
        situation = classify(linked=True, source=False, target=position != NOBODY, matches=0)
        if situation is Situation.STALE and not target_complete:
            continue
        wishes.situations[situation] += 1
        reaction = basis.rule.reaction(situation)
        if reaction is Reaction.FORGET:
            wishes.forget.append(link.source_key)
        elif position != NOBODY and reaction is not Reaction.IGNORE and link.state is not LinkState.LEFT:
            wishes.by_target[position] = Wish(situation=situation, reaction=reaction, link=link)


def _find(wishes: Wishes, basis: Basis, situation: Situation, record: Record, reason: str) -> None:
    wishes.findings.append(
        Finding(
            situation=situation,
            name=display_name(record, basis.source_schema),
            reason=reason,
            source_key=record.key,
        )
    )
