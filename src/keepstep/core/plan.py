"""A plan: the ordered, immutable set of intended changes, with what they rest on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NewType

import msgspec

from keepstep.core.situation import Situation
from keepstep.core.values import NativeKey, Record, Values, Verdict

ActionId = NewType("ActionId", str)


class ActionKind(StrEnum):
    """What is done to one account. LINK and FORGET change only what Keepstep remembers."""

    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    LINK = "link"
    FORGET = "forget"


REMOVALS: Final = frozenset({ActionKind.DISABLE, ActionKind.DELETE})
MEMORY_ONLY: Final = frozenset({ActionKind.LINK, ActionKind.FORGET})


@dataclass(frozen=True, slots=True)
class Delta:
    """One attribute, before and after. None is absent, `()` is null."""

    name: str
    before: Values | None
    after: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One intended change of one account.

    *basis_source* and *basis_target* are digests of the records it rests on; empty: the object did not exist.
    *wave*: actions of a wave are done only after every wave below it. *leaver* and *rehire* say what the link becomes.
    """

    id: ActionId
    kind: ActionKind
    situation: Situation
    name: str
    reason: str
    source_key: NativeKey | None
    target_key: NativeKey | None
    deltas: tuple[Delta, ...] = ()
    basis_source: str = ""
    basis_target: str = ""
    wave: int = 0
    leaver: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about one account that a person should know and that the plan does not touch."""

    situation: Situation
    name: str
    reason: str
    source_key: NativeKey | None = None
    target_key: NativeKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The calls a plan will make, by operation, and the seconds they take under the known rate limits."""

    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be done, and nothing else. Two plans with the same content have the same `digest`.

    *basis* names what it was made from: the rule, mapping and schema digest. *situations* counts people.
    *accounts* is how many accounts the target holds: what the guards' percentages are of.
    """

    rule: str
    basis: str
    source: Verdict
    target: Verdict
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    situations: Mapping[Situation, int]
    accounts: int
    cost: Cost = Cost()
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The address of this plan by its content: rule, basis, actions in order. 32 hex digits."""
        return digest_of((self.rule, self.basis, msgspec.to_builtins(self.actions)))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.actions

    def count(self, kind: ActionKind) -> int:
        """Return how many actions of *kind* there are."""
        return sum(action.kind is kind for action in self.actions)

    def without(self, unwanted: Callable[[Action], str]) -> "Plan":
        """Return this plan without the actions for which *unwanted* gives a reason; they become findings."""
        kept: list[Action] = []
        withheld: list[Finding] = []
        for action in self.actions:
            if reason := unwanted(action):
                withheld.append(
                    Finding(
                        situation=action.situation,
                        name=action.name,
                        reason=f"{action.kind} withheld: {reason}",
                        source_key=action.source_key,
                        target_key=action.target_key,
                    )
                )
            else:
                kept.append(action)
        if not withheld:
            return self
        return replace(self, actions=tuple(kept), findings=(*self.findings, *withheld))


def digest_of(content: object) -> str:
    """Return 32 hex digits that are equal exactly for equal content (blake2b of its msgpack form)."""
    return blake2b(msgspec.msgpack.encode(content), digest_size=16).hexdigest()


def digest_record(record: Record | None) -> str:
    """Return the digest of a record as read, whatever the order of its attributes and values; empty for none."""
    if record is None:
        return ""
    return digest_of((record.key, sorted((name, sorted(values)) for name, values in record.attributes.items())))
