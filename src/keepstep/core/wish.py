"""What a rule wants of each account: the pass over the source side."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from keepstep.core.basis import Basis, display_name
from keepstep.core.correlation import NOBODY, Pairing, TargetIndex
from keepstep.core.link import Link, LinkState
from keepstep.core.mapping import map_record
from keepstep.core.plan import Finding
from keepstep.core.reference import References
from keepstep.core.situation import Reaction, Situation, classify
from keepstep.core.values import ENABLED, NO_ATTRIBUTES, NativeKey, Record, Snapshot, Values

LEAVING: Final = frozenset({Reaction.DELETE, Reaction.DISABLE, Reaction.MARK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the rule wants of one account. *desired* holds the attributes of the mapping, empty for a leaver.

    *link* is what is remembered of the pair; None for a pair found now. *pending*: keys of accounts that are not there.
    """

    situation: Situation
    reaction: Reaction
    source: Record | None = None
    desired: Mapping[str, Values] = field(default_factory=dict[str, Values])
    link: Link | None = None
    rehire: bool = False
    pending: Mapping[str, Values] = field(default_factory=dict[str, Values])


@dataclass(slots=True)
class Wishes:
    """The wishes by target position; accounts to create; and everything that concerns no account of the target.

    *found*: by target position, the source key of a pair to remember that needs nothing else.
    *unseen*: source keys to forget, if the read proves that their account is gone.
    """

    found: list[NativeKey | None]
    by_target: dict[int, Wish] = field(default_factory=dict[int, Wish])
    creates: list[Wish] = field(default_factory=list[Wish])
    forget: list[NativeKey] = field(default_factory=list[NativeKey])
    unseen: list[NativeKey] = field(default_factory=list[NativeKey])
    findings: list[Finding] = field(default_factory=list[Finding])
    situations: Counter[Situation] = field(default_factory=Counter[Situation])


def wish(
    references: References, source: Snapshot, index: TargetIndex, pairing: Pairing, links: Mapping[NativeKey, Link]
) -> Wishes:
    """Return what the rule wants of every account; who is in step already leaves no trace but a count."""
    wishes = Wishes([None] * len(index.fingerprints))
    basis = references.basis
    view = _View(basis=basis, references=references, index=index, pairing=pairing, links=links, wishes=wishes)
    view.reactions = {situation: basis.rule.reaction(situation) for situation in Situation}
    view.removed = {key for key, link in links.items() if link.state is LinkState.REMOVED}
    for place, record in enumerate(source.records):
        view.judge(place, record)
    if source.complete:
        view.wishes.forget += sorted(view.removed)
    return view.wishes


@dataclass(slots=True, kw_only=True)
class _View:
    """The pass over the source side. *removed*: leavers without an account who were not seen yet."""

    basis: Basis
    references: References
    index: TargetIndex
    pairing: Pairing
    links: Mapping[NativeKey, Link]
    wishes: Wishes
    reactions: dict[Situation, Reaction] = field(default_factory=dict[Situation, Reaction])
    removed: set[NativeKey] = field(default_factory=set[NativeKey])

    def judge(self, place: int, record: Record) -> None:
        """Add what is wanted for the source object at *place*."""
        position = self.pairing.target_of[place]
        link = self.links.get(record.key)
        back = record.key in self.removed
        if back:
            self.removed.discard(record.key)
            link = None
        situation = _situation(record, link, position)
        if place in self.pairing.disputed:
            situation = Situation.DISPUTED
        self.wishes.situations[situation] += 1
        reaction = self.reactions[situation]
        if reaction is Reaction.IGNORE:
            return
        if situation is Situation.DISPUTED:
            _find(self.wishes, self.basis, situation, record, self.pairing.disputed[place])
        elif position == NOBODY and reaction is not Reaction.CREATE:
            _settle_without_target(self.wishes, self.basis, record, situation)
        elif reaction in LEAVING or (reaction is Reaction.REPORT and situation is Situation.SOURCE_DISABLED):
            if not _let_be(link, reaction):
                self.wishes.by_target[position] = Wish(situation=situation, reaction=reaction, source=record, link=link)
        elif reaction is Reaction.LINK:
            self.wishes.found[position] = record.key
        else:
            rehired = self.pairing.rehired.get(place)
            rehire = back or rehired is not None
            self._bring(position, record, link or rehired, situation, rehire=rehire)

    def _bring(
        self, position: int, record: Record, link: Link | None, situation: Situation, *, rehire: bool
    ) -> None:  # fmt: skip
        """Add the wish to create an account or to bring it in step, unless it is."""
        desired = map_record(self.basis.mapping, record)
        if desired.skip:
            _find(self.wishes, self.basis, situation, record, f"left out: {desired.skip}")
            return
        attributes, pending = desired.attributes, NO_ATTRIBUTES
        if self.basis.mapping.references:
            resolved = self.references.resolve(attributes)
            attributes, pending = resolved.attributes, resolved.pending
            for reason in resolved.findings:
                _find(self.wishes, self.basis, situation, record, reason)
            if resolved.left_out:
                _find(self.wishes, self.basis, situation, record, f"left out: {resolved.left_out}")
                return
        if (
            position != NOBODY
            and not pending
            and self.basis.followed.fingerprint(attributes) == self.index.fingerprints[position]
        ):
            if link is None:
                self.wishes.found[position] = record.key
                return
            if link.state is LinkState.ACTIVE and not rehire:
                return
        one = Wish(
            situation=situation,
            reaction=self.reactions[situation],
            source=record,
            desired=attributes,
            link=link,
            rehire=rehire,
            pending=pending,
        )
        if position == NOBODY:
            self.wishes.creates.append(one)
        else:
            self.wishes.by_target[position] = one


def _situation(record: Record, link: Link | None, position: int) -> Situation:
    situation = classify(
        linked=link is not None, source=True, target=position != NOBODY, matches=int(position != NOBODY)
    )
    return Situation.SOURCE_DISABLED if record.one(ENABLED) == "false" else situation


def _settle_without_target(wishes: Wishes, basis: Basis, record: Record, situation: Situation) -> None:
    """Deal with a record that has no account and gets none."""
    if basis.rule.reaction(situation) is Reaction.FORGET:
        wishes.unseen.append(record.key)
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
        elif position != NOBODY and reaction is not Reaction.IGNORE and not _let_be(link, reaction):
            wishes.by_target[position] = Wish(situation=situation, reaction=reaction, link=link)


def _let_be(link: Link | None, reaction: Reaction) -> bool:
    """Whether a leaver was dealt with. A disabled or marked account is looked at again: somebody may have undone it."""
    return link is not None and link.state is LinkState.LEFT and reaction not in {Reaction.DISABLE, Reaction.MARK}


def _find(wishes: Wishes, basis: Basis, situation: Situation, record: Record, reason: str) -> None:
    wishes.findings.append(
        Finding(
            situation=situation,
            name=display_name(record, basis.source_schema),
            reason=reason,
            source_key=record.key,
        )
    )
