"""Identifiers that belong to one account at most: nobody's is taken over, and swaps and chains converge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.core.diff import patched
from keepstep.core.plan import Action, ActionId, ActionKind, Delta, Finding, digest_of, digest_record
from keepstep.core.schema import AttributeType, Schema
from keepstep.core.situation import Situation
from keepstep.core.values import NULL, NativeKey, Record, Values, is_blank

Claim = tuple[str, str]
"""A unique attribute's name, and one comparable value of it."""

WRITES: Final = frozenset({ActionKind.CREATE, ActionKind.UPDATE, ActionKind.ENABLE})


@dataclass(slots=True)
class Identities:
    """Which account holds which claimed identifier now. *held* needs to know only the claims of the actions."""

    schema: Schema
    held: Mapping[Claim, NativeKey]
    records: Mapping[NativeKey, Record]
    findings: list[Finding] = field(default_factory=list[Finding])
    kinds: dict[str, AttributeType | None] = field(default_factory=dict[str, AttributeType | None])

    def comparable(self, name: str, values: Values | None) -> frozenset[str]:
        """Return the values of unique attribute *name* in the form in which they must differ."""
        if name not in self.kinds:
            self.kinds[name] = self.schema.attribute(name)
        kind = self.kinds[name]
        return frozenset(kind.comparable(values)) if kind is not None and kind.unique and values else frozenset()

    def gains(self, action: Action) -> set[Claim]:
        """Return the identifiers that *action* gives its account and that it did not have."""
        if action.kind not in WRITES:
            return set()
        return {
            (delta.name, value)
            for delta in action.deltas
            for value in self.comparable(delta.name, delta.after) - self.comparable(delta.name, delta.before)
        }

    def losses(self, action: Action) -> set[Claim] | None:
        """Return the identifiers that *action* takes from its account; None: all of them."""
        if action.kind is ActionKind.DELETE:
            return None
        return {
            (delta.name, value)
            for delta in action.deltas
            for value in self.comparable(delta.name, delta.before) - self.comparable(delta.name, delta.after)
        }


def claims_of(schema: Schema, wanted: Mapping[str, Values]) -> Iterable[Claim]:
    """Yield the identifiers that an account with attributes *wanted* would hold."""
    for kind in schema.unique:
        for value in kind.comparable(wanted.get(kind.name, NULL)):
            yield kind.name, value


def settle(actions: list[Action], identities: Identities) -> list[Action]:
    """Return the actions in waves, such that no identifier is ever written while another account holds it.

    An identifier wanted by two actions, or held by an account that keeps it, makes its actions `disputed` findings.
    A cycle (two people swap their mails) is opened by an action that first takes the identifier from one of them.
    """
    actions = _drop_disputed(actions, identities)
    by_target = {action.target_key: action for action in actions if action.target_key is not None}
    needs: dict[ActionId, dict[ActionId, set[Claim]]] = {}
    for action in actions:
        for claim in identities.gains(action):
            holder = identities.held.get(claim)
            if holder is not None and holder != action.target_key:
                needs.setdefault(action.id, {}).setdefault(by_target[holder].id, set()).add(claim)
    if not needs:
        return actions
    return _in_waves({action.id: action for action in actions}, needs, identities)


def _drop_disputed(actions: list[Action], identities: Identities) -> list[Action]:
    wanted: dict[Claim, list[Action]] = {}
    for action in actions:
        for claim in identities.gains(action):
            wanted.setdefault(claim, []).append(action)
    dropped: dict[ActionId, str] = {}
    for (name, _), claimants in wanted.items():
        if len(claimants) > 1:
            reason = f"{len(claimants)} source objects want the same {name}; at most one account can have it"
            dropped.update((action.id, reason) for action in claimants)
    while True:
        losing = {action.target_key: identities.losses(action) for action in actions if action.id not in dropped}
        more = {
            action.id: f"{claim[0]} belongs to another account, which keeps it"
            for claim, claimants in wanted.items()
            for action in claimants
            if action.id not in dropped and not _released(claim, action, identities, losing)
        }
        if not more:
            break
        dropped.update(more)
    for action in actions:
        if action.id in dropped:
            identities.findings.append(
                Finding(
                    situation=Situation.DISPUTED,
                    name=action.name,
                    reason=dropped[action.id],
                    source_key=action.source_key,
                    target_key=action.target_key,
                )
            )
    return [action for action in actions if action.id not in dropped]


def _released(
    claim: Claim, action: Action, identities: Identities, losing: Mapping[NativeKey | None, set[Claim] | None]
) -> bool:
    holder = identities.held.get(claim)
    if holder is None or holder == action.target_key:
        return True
    if holder not in losing:
        return False
    lost = losing[holder]
    return lost is None or claim in lost


def _in_waves(
    actions: dict[ActionId, Action], needs: dict[ActionId, dict[ActionId, set[Claim]]], identities: Identities
) -> list[Action]:
    done: dict[ActionId, int] = {}
    ordered: list[Action] = []
    waiting = dict(actions)
    while waiting:
        ready = [a for a in waiting.values() if all(need in done for need in needs.get(a.id, ()))]
        if not ready:
            _open_cycle(waiting, needs, identities)
            _drop_followers(waiting, needs, done, identities)
            continue
        for action in ready:
            wanted = needs.get(action.id, {})
            wave = 1 + max((done[need] for need in wanted), default=-1)
            done[action.id] = wave
            ordered.append(replace(action, wave=wave, needs=tuple(sorted(wanted))))
            del waiting[action.id]
    return sorted(ordered, key=lambda action: action.wave)


def _open_cycle(
    waiting: dict[ActionId, Action], needs: dict[ActionId, dict[ActionId, set[Claim]]], identities: Identities
) -> None:
    """Let one member of a cycle give up the identifiers that the others wait for, ahead of its own change."""
    member = _cycle_member(waiting, needs)
    action = waiting[member]
    waiters = {a: needs[a][member] for a in waiting if member in needs.get(a, {})}
    given_up = set[Claim]().union(*waiters.values())
    before = identities.records[action.target_key] if action.target_key else None
    release = _release(action, before, given_up, identities)
    if before is None or release is None:
        for lost in (member, *waiters):
            _dispute(waiting.pop(lost), identities)
        return
    after = patched(before.attributes, release.deltas)
    deltas = tuple(replace(d, before=after[d.name]) if d.name in after else d for d in action.deltas)
    waiting[member] = replace(action, deltas=deltas, basis_target=digest_record(Record(before.key, after)))
    needs.setdefault(member, {})[release.id] = set()
    waiting[release.id] = release
    for waiter in waiters:
        needs[waiter][release.id] = needs[waiter].pop(member)


def _cycle_member(
    waiting: Mapping[ActionId, Action], needs: Mapping[ActionId, Mapping[ActionId, set[Claim]]]
) -> ActionId:
    seen: list[ActionId] = []
    current = min(waiting)
    while current not in seen:
        seen.append(current)
        current = min(need for need in needs[current] if need in waiting)
    return min(seen[seen.index(current) :])


def _release(action: Action, before: Record | None, given_up: set[Claim], identities: Identities) -> Action | None:
    if before is None:
        return None
    deltas: list[Delta] = []
    for name in sorted({claim[0] for claim in given_up}):
        held = before.attributes.get(name, NULL)
        kept = tuple(v for v in held if not {(name, c) for c in identities.comparable(name, (v,))} & given_up)
        deltas.append(Delta(name, held, kept))
    after = patched(before.attributes, deltas)
    identifying = identities.schema.identifying
    if identifying and all(is_blank(after.get(name)) for name in identifying):
        return None
    return replace(
        action,
        id=ActionId(digest_of(("release", action.id))),
        kind=ActionKind.UPDATE,
        reason="gives up what another person is waiting for, and gets its own afterwards",
        deltas=tuple(deltas),
    )


def _dispute(action: Action, identities: Identities) -> None:
    identities.findings.append(
        Finding(
            situation=Situation.DISPUTED,
            name=action.name,
            reason="its identifiers are swapped with another account's, and neither can give them up first",
            source_key=action.source_key,
            target_key=action.target_key,
        )
    )


def _drop_followers(
    waiting: dict[ActionId, Action],
    needs: Mapping[ActionId, Mapping[ActionId, set[Claim]]],
    done: Mapping[ActionId, int],
    identities: Identities,
) -> None:
    """Drop whoever waits for an action that will not be done."""
    while lost := [a for a in waiting if any(n not in waiting and n not in done for n in needs.get(a, {}))]:
        for action in lost:
            _dispute(waiting.pop(action), identities)
