"""References to other accounts: found by an attribute, also where the account is made by the same plan."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.identity import Claim
from keepstep.core.mapping import CompiledRow, WhenEmpty
from keepstep.core.plan import Action, ActionId, Delta, digest_of
from keepstep.core.schema import DN_NAME, NAMING, AttributeType
from keepstep.core.unique import container_of
from keepstep.core.values import NULL, NativeKey, Record, Values
from keepstep.errors import InvalidName, MacroError

SEVERAL: Final = ""
"""Stands for the name of an account where more than one has the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What is desired, with names in the place of keys. *pending*: attribute to keys that no account has yet."""

    attributes: Mapping[str, Values]
    pending: Mapping[str, Values] = field(default_factory=dict[str, Values])
    findings: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The names of the accounts that somebody refers to, by the attribute they are found by."""

    basis: Basis
    names: Mapping[Claim, str]

    def resolve(self, attributes: Mapping[str, Values]) -> Resolved:
        """Return *attributes*, as `map_record` gives them, with the names of the accounts that are there."""
        if not self.basis.mapping.references:
            return Resolved(attributes=attributes)
        made = dict(attributes)
        pending: dict[str, Values] = {}
        findings: list[str] = []
        for row in self.basis.mapping.references:
            keys = made.get(row.kind.name)
            if not keys:
                continue
            del made[row.kind.name]
            found = [self.names.get(claim_for(row, key)) for key in keys]
            if SEVERAL in found:
                reason = f'several accounts have the "{_find(row).name}" that "{row.kind.name}" names'
                if row.row.when_empty is WhenEmpty.SKIP:
                    return Resolved(attributes={}, left_out=reason)
                findings.append(f"{reason}; it is left as it is")
            elif None in found:
                pending[row.kind.name] = keys
            else:
                made[row.kind.name] = _named(self.basis, row, filter(None, found))
        return Resolved(attributes=made, pending=pending, findings=tuple(findings))


def _find(row: CompiledRow) -> AttributeType:
    assert row.find is not None  # noqa: S101 - `Mapping.references` holds only such rows
    return row.find


def _named(basis: Basis, row: CompiledRow, names: Iterable[str]) -> Values:
    kind = basis.schema.attribute(row.kind.name) or row.kind
    return kind.normalise(tuple(names))


def claim_for(row: CompiledRow, key: str) -> Claim:
    """Return what the account that *key* names holds."""
    find = _find(row)
    return find.name, next(iter(find.comparable((key,))), "")


def look_up(basis: Basis, source: Iterable[Record], target: Iterable[Record]) -> References:
    """Return the names of the target accounts that the *source* refers to; one pass over each, only if need be."""
    if not basis.mapping.references:
        return References(basis=basis, names={})
    wanted = {claim for record in source for claim in _wanted(basis, record)}
    finds = {_find(row).name: _find(row) for row in basis.mapping.references}
    names: dict[Claim, str] = {}
    for record in target:
        for name, find in finds.items():
            for value in find.comparable(record.attributes.get(name, NULL)):
                if (name, value) in wanted:
                    names[name, value] = SEVERAL if (name, value) in names else record.one(DN_NAME)
    return References(basis=basis, names=names)


def _wanted(basis: Basis, record: Record) -> Iterator[Claim]:
    for row in basis.mapping.references:
        try:
            keys = row.kind.normalise(row.macro.render(record.attributes))
        except MacroError:
            continue
        yield from (claim_for(row, key) for key in keys)


def name_of_new(basis: Basis, attributes: Mapping[str, Values]) -> str:
    """Return the name (DN) that a new account with *attributes* will have; empty if it cannot be told."""
    value = next(iter(attributes.get(NAMING) or NULL), "")
    try:
        return str(parse_dn(container_of(basis, attributes)).child("CN", value)) if value else ""
    except InvalidName:
        return ""


@dataclass(slots=True, kw_only=True)
class Pending:
    """Somebody who refers to accounts that are not there yet. *action*: what is done to them otherwise, if anything."""

    keys: Mapping[str, Values]
    action: ActionId | None
    make: Callable[[tuple[Delta, ...]], Action | None]
    find: Callable[[str], None]
    before: Mapping[str, Values] = field(default_factory=dict[str, Values])


Made = dict[Claim, list[tuple[ActionId, str]]]
"""What each account to be made holds that others find it by, with the action that makes it and its name."""


def leave_out(basis: Basis, pending: list[Pending], made: Made) -> tuple[set[ActionId | None], list[Pending]]:
    """Return the actions of those who refer to nobody, where the row says skip, and who is still pending.

    Whom they would have made is taken from *made*, so that those who refer to them are left out in turn.
    """
    rows = {row.kind.name: row for row in basis.mapping.references if row.row.when_empty is WhenEmpty.SKIP}
    gone: set[ActionId | None] = set()
    while rows:
        lost = [
            one
            for one in pending
            if any(not made.get(claim_for(rows[n], key)) for n in one.keys if n in rows for key in one.keys[n])
        ]
        if not lost:
            break
        for one in lost:
            one.find("left out: it refers to an account that is not there, and the row says skip")
        gone.update(one.action for one in lost if one.action is not None)
        pending = [one for one in pending if one not in lost]
        for claim, actions in list(made.items()):
            made[claim] = [one for one in actions if one[0] not in gone]
    return gone, pending


@dataclass(slots=True, kw_only=True)
class Attaching:
    """Gives actions the references to accounts that the same plan makes, and puts those first."""

    basis: Basis
    made: Made
    refused: Mapping[str, str]
    actions: dict[ActionId, Action] = field(default_factory=dict[ActionId, Action])
    needs: dict[ActionId, set[ActionId]] = field(default_factory=dict[ActionId, set[ActionId]])
    renamed: dict[ActionId, ActionId] = field(default_factory=dict[ActionId, ActionId])

    def attach(self, actions: Iterable[Action], pending: Iterable[Pending]) -> list[Action]:
        """Return *actions* with all references that can be given now, in waves; the others become findings."""
        self.actions = {action.id: action for action in actions}
        self.needs = {action.id: set(action.needs) for action in self.actions.values()}
        for one in pending:
            if one.action is None or one.action in self.actions:
                self._attach(one)
        return self._in_waves()

    def _attach(self, one: Pending) -> None:
        rows = {row.kind.name: row for row in self.basis.mapping.references}
        deltas: list[Delta] = []
        needed: set[ActionId] = set()
        for name, keys in one.keys.items():
            found = [self.made.get(claim_for(rows[name], key), []) for key in keys]
            new = [(action, dn) for several in found for action, dn in several if action in self.actions]
            if len(new) != len(keys) or any(len(several) > 1 for several in found):
                one.find(_unfound(rows[name]))
            elif any(self._reaches(action, one.action) for action, _ in new):
                one.find(f'"{name}" refers to an account that waits for this one; the next plan sets it')
            else:
                values = _named(self.basis, rows[name], (dn for _, dn in new))
                # A row that only adds keeps whom the account refers to already.
                wanted = self.basis.wanted({name: values}, Record(NativeKey(""), one.before))
                deltas.append(Delta(name, one.before.get(name), wanted.get(name, values)))
                needed.update(action for action, _ in new)
        if deltas:
            self._give(one, tuple(deltas), needed)

    def _give(self, one: Pending, deltas: tuple[Delta, ...], needed: set[ActionId]) -> None:
        if one.action is None:
            action = one.make(deltas)
            if action is not None:
                self.actions[action.id] = action
                self.needs[action.id] = needed
            return
        action = self.actions[one.action]
        new_id = ActionId(digest_of((action.id, deltas)))
        if new_id in self.refused:
            one.find(f"refused before: {self.refused[new_id]}")
            return
        ordered = tuple(sorted((*action.deltas, *deltas), key=lambda delta: delta.name))
        self.actions[one.action] = replace(action, deltas=ordered)
        self.renamed[one.action] = new_id
        self.needs[one.action] |= needed

    def _reaches(self, start: ActionId, goal: ActionId | None) -> bool:
        """Whether *start* needs *goal*, through however many others, or is it."""
        waiting, seen = [start], {start}
        while waiting:
            current = waiting.pop()
            if current == goal:
                return True
            more = self.needs.get(current, set()) - seen
            seen |= more
            waiting += more
        return False

    def _in_waves(self) -> list[Action]:
        waves = dict.fromkeys(self.actions, 0)
        open_needs = {action: len(needs) for action, needs in self.needs.items()}
        followers: defaultdict[ActionId, list[ActionId]] = defaultdict(list)
        for action, needs in self.needs.items():
            for need in needs:
                followers[need].append(action)
        ready = deque(action for action, count in open_needs.items() if not count)
        while ready:
            current = ready.popleft()
            for follower in followers[current]:
                waves[follower] = max(waves[follower], waves[current] + 1)
                open_needs[follower] -= 1
                if not open_needs[follower]:
                    ready.append(follower)
        done = [
            replace(
                action,
                id=self.renamed.get(key, key),
                needs=tuple(sorted(self.renamed.get(need, need) for need in self.needs[key])),
                wave=waves[key],
            )
            for key, action in self.actions.items()
        ]
        return sorted(done, key=lambda action: action.wave)


def _unfound(row: CompiledRow) -> str:
    return f'no account has the "{_find(row).name}" that "{row.kind.name}" names; it is left as it is'
