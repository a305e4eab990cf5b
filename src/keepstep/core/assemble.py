"""Two snapshots, the memory and a rule: a plan. Nothing here reads, writes, waits or guesses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from keepstep.core.basis import Basis, Memory, display_name
from keepstep.core.correlation import NOBODY, Pairing, correlate, index_target
from keepstep.core.identity import Claim, Identities, claims_of, settle
from keepstep.core.link import Link, LinkState, paired
from keepstep.core.plan import Action, ActionId, ActionKind, Delta, Finding, Plan, digest_of, digest_record
from keepstep.core.proof import continuous, proven
from keepstep.core.reference import Attaching, Pending, leave_out, look_up, name_of_new
from keepstep.core.situation import Reaction, Situation
from keepstep.core.unique import choose_free, claim_of, scoped, variants_of
from keepstep.core.values import ENABLED, NULL, PROTECTED, NativeKey, Record, Snapshot
from keepstep.core.wish import LEAVING, Wish, Wishes, wish, wish_for_gone


def assemble(basis: Basis, source: Snapshot, target: Snapshot, memory: Memory) -> Plan:
    """Return the plan that brings *target* in step with *source* under the rule; empty when they are.

    Applying it and assembling again gives an empty plan. Absence is believed only of complete snapshots: without proof
    nobody is removed, nobody is paired anew (a better match, or another claimant, may be what was not seen), and nobody
    is created in a target that may hold them unseen; on a suspect one nothing is done, not even remembered.
    Memory: a few hundred bytes a person. The source is passed over twice, the target twice.
    """
    former = memory.links
    memory = replace(memory, links=paired(former))
    linked = (link.target_key for link in memory.links.values())
    index = index_target(target.records, basis.followed, basis.correlators, linked)
    pairing = correlate(source.records, index, basis.correlators, memory.links)
    index.forget_values()
    if not memory.accept_size:
        source, target = continuous(basis, source, target, memory, pairing)
    wishes = wish(look_up(basis, source.records, target.records), source, index, pairing, former)
    if source.complete:
        wish_for_gone(basis, index, pairing, wishes, target_complete=target.complete)
    draft = _Draft(basis=basis, memory=memory, wishes=wishes, orphans=source.complete)
    draft.paired = _paired(len(index.fingerprints), pairing, index.by_key)
    draft.judge(target.records)
    actions = draft.resolve()
    plan = Plan(
        rule=basis.name,
        basis=basis.digest,
        source=source.verdict,
        target=target.verdict,
        actions=tuple(actions),
        findings=tuple(wishes.findings),
        situations=dict(sorted(wishes.situations.items())),
        links=tuple(draft.links),
        forget=tuple([*wishes.forget, *wishes.unseen] if target.complete else wishes.forget),
    )
    return proven(plan, basis, memory.links)


def _paired(accounts: int, pairing: Pairing, by_key: Mapping[NativeKey, int]) -> bytearray:
    paired = bytearray(accounts)
    for position in chain(pairing.target_of, pairing.contested, by_key.values()):
        if position != NOBODY:
            paired[position] = 1
    return paired


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A plan in the making: the pass over the target side, and what it finds."""

    basis: Basis
    memory: Memory
    wishes: Wishes
    orphans: bool
    paired: bytearray = field(default_factory=bytearray)
    actions: list[Action] = field(default_factory=list[Action])
    links: list[Link] = field(default_factory=list[Link])
    held: dict[Claim, NativeKey] = field(default_factory=dict[Claim, NativeKey])
    records: dict[NativeKey, Record] = field(default_factory=dict[NativeKey, Record])
    pending: list[Pending] = field(default_factory=list[Pending])
    made: dict[Claim, list[tuple[ActionId, str]]] = field(default_factory=dict[Claim, list[tuple[ActionId, str]]])

    def judge(self, records: Iterable[Record]) -> None:
        """Turn wishes into actions, and note who holds the identifiers that are wanted."""
        wanted = self._wanted()
        unique = [
            (kind.name, kind.comparer(), wanted[kind.name]) for kind in self.basis.schema.unique if kind.name in wanted
        ]
        by_target, found = self.wishes.by_target, self.wishes.found
        shared = [row for row in scoped(self.basis) if row.kind.name in wanted]
        for position, record in enumerate(records):
            for row in shared:
                for value in record.attributes.get(row.kind.name, ()):
                    claim = claim_of(self.basis, row, value, record.attributes)
                    if claim[1] in wanted[row.kind.name]:
                        self.held[claim] = record.key
            for name, comparable, claimed in unique:
                values = record.attributes.get(name)
                if values:
                    for value in comparable(values):
                        if value in claimed:
                            self.held[name, value] = record.key
            if position in by_target:
                self._judge_account(by_target[position], record)
            elif (source_key := found[position]) is not None:
                self.links.append(Link(source_key, record.key))
            elif not self.paired[position] and self.orphans:
                self._judge_orphan(record)

    def _wanted(self) -> dict[str, set[str]]:
        """Return the identifiers that somebody is to have, by attribute."""
        schema = self.basis.schema
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for one in (*self.wishes.creates, *self.wishes.by_target.values()):
            for name, value in claims_of(schema, one.desired):
                wanted[name].add(value)
        for one in self.wishes.creates:
            for name, value in variants_of(self.basis, _of(one), one.desired):
                wanted[name].add(value)
        return wanted

    def _judge_orphan(self, record: Record) -> None:
        self.wishes.situations[Situation.ORPHANED] += 1
        reaction = self.basis.rule.reaction(Situation.ORPHANED)
        if reaction is not Reaction.IGNORE:
            self._judge_account(Wish(situation=Situation.ORPHANED, reaction=reaction), record)

    def _judge_account(self, one: Wish, record: Record) -> None:
        if one.reaction is Reaction.REPORT:
            self._report(one, record)
            return
        action = self._leave(one, record) if one.reaction in LEAVING else self._update(one, record)
        protected = record.one(PROTECTED)
        if one.pending and not protected:
            self._wait(one, record, action)
        if action is None:
            return
        if protected:
            self._find(one, record, f"{action.kind} withheld: the account is protected ({protected})")
        elif action.id in self.memory.refusals:
            self._find(one, record, f"{action.kind} {REFUSED_BEFORE}: {self.memory.refusals[action.id]}")
        else:
            self.actions.append(action)
            self.records[record.key] = record

    def _leave(self, one: Wish, record: Record) -> Action | None:
        kind, deltas = ActionKind.DELETE, tuple[Delta, ...]()
        if one.reaction is Reaction.DISABLE:
            if record.one(ENABLED) == "false":
                return None
            kind, deltas = ActionKind.DISABLE, (Delta(ENABLED, record.attributes.get(ENABLED), ("false",)),)
        elif one.reaction is Reaction.MARK:
            marks = {name: (text,) for name, text in self.basis.rule.mark.items()}
            kind, deltas = ActionKind.UPDATE, self.basis.everything.deltas(marks, record.attributes)
            if not deltas:
                return None
        return self._action(kind, one, record, deltas, REASONS[one.situation], leaver=kind is not ActionKind.DELETE)

    def _update(self, one: Wish, record: Record) -> Action | None:
        wanted = self.basis.wanted(one.desired, record)
        left = one.link is not None and one.link.state is LinkState.LEFT
        still_away = one.situation is Situation.SOURCE_DISABLED
        returned = not still_away and (one.rehire or left)
        if returned and self.basis.everything.kinds.get(ENABLED):
            wanted.setdefault(ENABLED, ("true",))
        if returned:
            marks = self.basis.rule.mark
            wanted.update({n: NULL for n, t in marks.items() if n not in wanted and record.one(n) == t})
        deltas = self.basis.everything.deltas(wanted, record.attributes)
        if not deltas:
            if one.source is not None and (one.link is None or returned):
                self.links.append(Link(one.source.key, record.key))
            return None
        enables = any(delta.name == ENABLED and delta.after == ("true",) for delta in deltas)
        kind = ActionKind.ENABLE if enables else ActionKind.UPDATE
        reason = RETURNED if returned else REASONS[one.situation]
        return self._action(kind, one, record, deltas, reason, leaver=left and still_away)

    def _action(  # noqa: PLR0913 - an action has that many sides
        self,
        kind: ActionKind,
        one: Wish,
        record: Record | None,
        deltas: tuple[Delta, ...],
        reason: str,
        *,
        leaver: bool = False,
    ) -> Action:
        source_key = one.source.key if one.source else one.link.source_key if one.link else None
        target_key = record.key if record else None
        content = (self.basis.name, kind, source_key, target_key, deltas)
        return Action(
            id=ActionId(digest_of(content)),
            kind=kind,
            situation=one.situation,
            name=self._name(one, record, deltas),
            reason=reason,
            source_key=source_key,
            target_key=target_key,
            deltas=deltas,
            basis_source=digest_record(one.source),
            basis_target=digest_record(record),
            leaver=leaver,
            rehire=reason == RETURNED,
        )

    def _name(self, one: Wish, record: Record | None, deltas: tuple[Delta, ...]) -> str:
        if record is not None:
            return display_name(record, self.basis.schema)
        shown = Record(NativeKey(""), {delta.name: delta.after for delta in deltas})
        source = display_name(one.source, self.basis.source_schema) if one.source else ""
        return display_name(shown, self.basis.schema) or source

    def _report(self, one: Wish, record: Record) -> None:
        reason = REASONS[one.situation]
        if one.situation in {Situation.LINKED, Situation.UNLINKED}:
            deltas = self.basis.followed.deltas(self.basis.wanted(one.desired, record), record.attributes)
            if one.situation is Situation.LINKED and not deltas:
                return
            reason += ": " + ", ".join(delta.name for delta in deltas) if deltas else ""
        self._find(one, record, reason)

    def _find(self, one: Wish, record: Record, reason: str) -> None:
        source_key = one.source.key if one.source else one.link.source_key if one.link else None
        self.wishes.findings.append(
            Finding(
                situation=one.situation,
                name=display_name(record, self.basis.schema),
                reason=reason,
                source_key=source_key,
                target_key=record.key,
            )
        )

    def resolve(self) -> list[Action]:
        """Return the actions with creates added and identifiers settled, in the order in which to do them."""
        taken = set(self.memory.taken)
        for one in self.wishes.creates:
            self._judge_create(one, taken)
        held = dict(self.held)
        held.update({claim: NativeKey("") for claim in self.memory.taken if claim not in held})
        identities = Identities(self.basis.schema, held, self.records)
        gone, self.pending = leave_out(self.basis, self.pending, self.made)
        self.actions = [action for action in self.actions if action.id not in gone]
        actions = settle(self.actions, identities)
        self.wishes.findings += identities.findings
        if not self.pending:
            return actions
        attaching = Attaching(basis=self.basis, made=self.made, refused=self.memory.refusals)
        return attaching.attach(actions, self.pending)

    def _wait(self, one: Wish, record: Record | None, action: Action | None) -> None:
        """Note that *one* refers to accounts that are not there, and perhaps will be."""

        def make(deltas: tuple[Delta, ...]) -> Action | None:
            made = self._action(ActionKind.UPDATE, one, record, deltas, REASONS[one.situation])
            return None if made.id in self.memory.refusals else made

        def find(reason: str) -> None:
            if record is not None:
                self._find(one, record, reason)
            elif action is not None:
                self.wishes.findings.append(_about(action, one, reason))

        names = one.pending.keys() - (self.basis.mapping.only_on_create if record else frozenset())
        pending = Pending(
            keys={name: keys for name, keys in one.pending.items() if name in names},
            action=action.id if action else None,
            make=make,
            find=find,
            before=record.attributes if record else {},
        )
        if pending.keys:
            self.pending.append(pending)

    def _judge_create(self, one: Wish, taken: set[Claim]) -> None:
        choice = choose_free(self.basis, _of(one), dict(one.desired), self.held, taken)
        desired = choice.attributes
        if self.basis.everything.kinds.get(ENABLED):
            desired.setdefault(ENABLED, ("true",))
        deltas = tuple(Delta(name, None, values) for name, values in sorted(desired.items()) if values)
        reason = RETURNED if one.rehire else REASONS[one.situation]
        action = self._action(ActionKind.CREATE, one, None, deltas, reason)
        why_not = choice.why_not or self.basis.schema.lacking(desired)
        if action.id in self.memory.refusals:
            why_not = f"create {REFUSED_BEFORE}: {self.memory.refusals[action.id]}"
        if not why_not:
            self.actions.append(action)
            self._refer_to(action, one, desired)
            return
        self.wishes.findings.append(_about(action, one, why_not))

    def _refer_to(self, action: Action, one: Wish, desired: Mapping[str, tuple[str, ...]]) -> None:
        """Note by what others find the account that *action* makes, and whom it refers to itself."""
        if not self.basis.mapping.references:
            return
        name = name_of_new(self.basis, desired)
        for find in {row.find.name: row.find for row in self.basis.mapping.references if row.find}.values():
            for value in find.comparable(desired.get(find.name, NULL)) if name else ():
                self.made.setdefault((find.name, value), []).append((action.id, name))
        if one.pending:
            self._wait(one, None, action)


def _about(action: Action, one: Wish, reason: str) -> Finding:
    """Return a finding about the person of a create that is not in the plan, or not whole."""
    return Finding(situation=one.situation, name=action.name, reason=reason, source_key=action.source_key)


def _of(one: Wish) -> Record:
    """Return the source object of an account to create; there always is one."""
    return one.source or Record(NativeKey(""), {})


REFUSED_BEFORE: Final = "was refused before"
RETURNED: Final = "a rehire: the person had left and came back"

REASONS: Final[Mapping[Situation, str]] = {
    Situation.LINKED: "differs from its source",
    Situation.UNLINKED: "belongs to a source object by the correlation rule; will be linked",
    Situation.UNMATCHED: "new on the source side",
    Situation.TARGET_MISSING: "its account was there and is gone",
    Situation.SOURCE_DELETED: "its source object is gone",
    Situation.SOURCE_DISABLED: "its source account is disabled",
    Situation.ORPHANED: "has no source object",
    Situation.STALE: "gone on both sides",
    Situation.DISPUTED: "more than one candidate",
}
