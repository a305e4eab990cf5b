"""A plan: the ordered, immutable set of intended changes, with what they rest on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NewType

import msgspec

from keepstep.core.link import Link
from keepstep.core.situation import Situation
from keepstep.core.values import NativeKey, Record, Values, Verdict

ActionId = NewType("ActionId", str)


class ActionKind(StrEnum):
    """What is done to one account on the target side."""

    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"


REMOVALS: Final = frozenset({ActionKind.DISABLE, ActionKind.DELETE})

ORDER: Final = (ActionKind.DELETE, ActionKind.DISABLE, ActionKind.UPDATE, ActionKind.ENABLE, ActionKind.CREATE)
"""In which order the kinds of one wave are carried out: identifiers are set free before they are wanted."""


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
    *needs*: actions that must have been done before it; it stands in a later *wave* than they.
    *leaver*: the source account left, and the target account stays behind disabled or marked.
    *rehire*: its person had left before, and came back.
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
    needs: tuple[ActionId, ...] = ()
    wave: int = 0
    leaver: bool = False
    rehire: bool = False


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
class GroupCount:
    """What a plan does to the accounts that share a value of an attribute, as a department: how many there are."""

    attribute: str
    value: str
    accounts: int
    counts: Mapping[ActionKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be done, and nothing else. Two plans with the same content have the same `digest`.

    *basis*: digest of the rule, its mapping, the schemas and the addresses of both sides. *situations* counts people.
    *links*: pairs to remember that need no other change; *forget*: source keys whose link is to be forgotten.
    *groups*: what guards of groups are judged by; *usual*: the most of each kind that the rule's last runs did.
    *places*: the container of the account of an action, where one was read: seen with the plan, and no part of it.
    """

    rule: str
    basis: str
    source: Verdict
    target: Verdict
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    situations: Mapping[Situation, int]
    links: tuple[Link, ...] = ()
    forget: tuple[NativeKey, ...] = ()
    cost: Cost = Cost()
    groups: tuple[GroupCount, ...] = ()
    usual: Mapping[ActionKind, int] = field(default_factory=dict[ActionKind, int])
    places: Mapping[ActionId, str] = field(default_factory=dict[ActionId, str])

    @property
    def digest(self) -> str:
        """The address of this plan by its content: rule, basis, actions in order, links. 32 hex digits."""
        content = (self.rule, self.basis, self.actions, self.links, self.forget)
        # what guards are judged by cannot be changed unseen either; plans without it are as they always were
        judged_by = (self.groups, dict(sorted(self.usual.items())))
        return digest_of((*content, judged_by) if any(judged_by) else content)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, not even to remember."""
        return not (self.actions or self.links or self.forget)

    def count(self, kind: ActionKind) -> int:
        """Return how many actions of *kind* there are."""
        return sum(action.kind is kind for action in self.actions)

    def without(self, unwanted: Callable[[Action], str]) -> "Plan":
        """Return this plan without the actions for which *unwanted* gives a reason; they become findings.

        Then it is no mark for the next read of what was appended: whoever was left out has to be read again.
        """
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
        source = replace(self.source, mark="")
        places = {one.id: self.places[one.id] for one in kept if one.id in self.places}
        return replace(self, source=source, actions=tuple(kept), findings=(*self.findings, *withheld), places=places)


def digest_of(content: object) -> str:
    """Return 32 hex digits that are equal exactly for equal content (blake2b of its msgpack form)."""
    return blake2b(msgspec.msgpack.encode(content), digest_size=16).hexdigest()


def digest_record(record: Record | None) -> str:
    """Return the digest of a record as read, whatever the order of its attributes and values; empty for none.

    An attribute that is null counts as absent: systems that drop a cleared attribute read the same afterwards.
    """
    if record is None:
        return ""
    held = sorted((name, sorted(values)) for name, values in record.attributes.items() if values)
    return digest_of((record.key, held))
