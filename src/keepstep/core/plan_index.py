"""The actions of a plan as somebody looks for them: chosen and counted at once, also where there are very many."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from keepstep.core.distinguished_name import parse_dn
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.errors import InvalidName

CONTAINER: Final = "container"
"""The attribute by which a directory says in which container an account is."""

NAME: Final = "distinguishedname"
_MOST: Final = 100
"""How many different values of one kind are counted by name."""

_HELD: Final = 16
"""How many choices are remembered."""


class ActionOrder(StrEnum):
    """PLAN: as the plan carries them out; NAME: by whom they are about."""

    PLAN = "plan"
    NAME = "name"
    NAME_DOWN = "-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionChoice:
    """Which actions are meant: all of what is said here has to be so; what is empty says nothing.

    *attribute*: one that is written. *place*: a container, with all below it. *search*: a part of the name or reason.
    """

    kind: ActionKind | None = None
    attribute: str = ""
    place: str = ""
    reason: str = ""
    search: str = ""
    order: ActionOrder = ActionOrder.PLAN


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCounts:
    """How many actions there are of each kind, and so on: of those that the rest of a choice leaves."""

    kinds: Mapping[str, int]
    attributes: Mapping[str, int]
    places: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass
class PlanIndex:
    """A plan, and what makes looking for its actions quick. *digest*: that of the plan, where it is known already.

    What is looked for by is gathered when it is first asked for: whoever wants the first rows waits for none of it.
    """

    plan: Plan
    digest: str = ""
    _chosen: OrderedDict[ActionChoice, Sequence[int]] = field(
        init=False, repr=False, default_factory=OrderedDict[ActionChoice, Sequence[int]]
    )

    def __post_init__(self) -> None:
        self.digest = self.digest or self.plan.digest

    @cached_property
    def texts(self) -> list[str]:
        """What is searched, of each action."""
        return [f"{one.name}\n{one.reason}".casefold() for one in self.plan.actions]

    @cached_property
    def spelled(self) -> dict[str, str]:
        """How each attribute is spelled."""
        return {delta.name.casefold(): delta.name for one in self.plan.actions for delta in one.deltas}

    @cached_property
    def written(self) -> list[frozenset[str]]:
        """The attributes that each action writes."""
        same: dict[frozenset[str], frozenset[str]] = {}
        sets = (frozenset([delta.name.casefold() for delta in one.deltas]) for one in self.plan.actions)
        return [same.setdefault(one, one) for one in sets]

    @cached_property
    def places(self) -> list[str]:
        """The container of each action's account, or nothing."""
        known = self.plan.places
        return [place_of(one) or known.get(one.id, "") for one in self.plan.actions]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each action, by its id."""
        return {one.id: number for number, one in enumerate(self.plan.actions)}

    def action(self, id_: str) -> Action | None:
        """Return the action with this id, or None."""
        number = self.numbers.get(id_)
        return None if number is None else self.plan.actions[number]

    def chosen(self, choice: ActionChoice) -> Sequence[int]:
        """Return the numbers of the actions that *choice* means, in its order: always the same ones."""
        held = self._chosen.get(choice)
        if held is None:
            held = self._in_order(self._matching(self._tests(choice)), choice.order)
            self._chosen[choice] = held
            while len(self._chosen) > _HELD:
                self._chosen.popitem(last=False)
        return held

    def counts(self, choice: ActionChoice) -> ActionCounts:
        """Return how many actions another kind, attribute, place or reason would mean, with the rest of *choice*."""
        tests = self._tests(choice)
        actions, whole = self.plan.actions, self._matching(tests)

        def left(name: str) -> Sequence[int]:
            return self._matching({key: test for key, test in tests.items() if key != name}) if name in tests else whole

        attributes = Counter(name for at in left("attribute") for name in self.written[at])
        places: Counter[str] = Counter()
        for place, count in Counter(self.places[at] for at in left("place") if self.places[at]).items():
            places.update(dict.fromkeys(_above(place), count))
        return ActionCounts(
            kinds=dict(Counter(str(actions[at].kind) for at in left("kind"))),
            attributes={self.spelled[name]: count for name, count in attributes.most_common(_MOST)},
            places=dict(places.most_common(_MOST)),
            reasons=dict(Counter(actions[at].reason for at in left("reason")).most_common(_MOST)),
        )

    def _tests(self, choice: ActionChoice) -> dict[str, Callable[[int], bool]]:
        actions, tests = self.plan.actions, dict[str, Callable[[int], bool]]()
        if (kind := choice.kind) is not None:
            tests["kind"] = lambda at: actions[at].kind is kind
        if choice.attribute:
            attribute = choice.attribute.casefold()
            tests["attribute"] = lambda at: attribute in self.written[at]
        if choice.place:
            inside = _inside(choice.place, self.places)
            tests["place"] = lambda at: self.places[at] in inside
        if reason := choice.reason:
            tests["reason"] = lambda at: actions[at].reason == reason
        if choice.search:
            search = choice.search.casefold()
            tests["search"] = lambda at: search in self.texts[at]
        return tests

    def _matching(self, tests: Mapping[str, Callable[[int], bool]]) -> Sequence[int]:
        found: Sequence[int] = range(len(self.plan.actions))
        for test in tests.values():
            found = [at for at in found if test(at)]
        return found

    def _in_order(self, found: Sequence[int], order: ActionOrder) -> Sequence[int]:
        if order is ActionOrder.PLAN:
            return found
        return sorted(found, key=lambda at: self.texts[at], reverse=order is ActionOrder.NAME_DOWN)


def place_of(action: Action) -> str:
    """Return the container that *action* says its account is in, or comes to; empty where it says none."""
    for delta in action.deltas:
        values = delta.after or delta.before or ()
        name = delta.name.casefold()
        if values and name == CONTAINER:
            return values[0]
        if values and name == NAME:
            return _parent(values[0])
    return ""


def _parent(name: str) -> str:
    try:
        return str(parse_dn(name).parent)
    except InvalidName:
        return ""


def _above(place: str) -> Iterable[str]:
    """Return the containers in which whoever is in *place* is, itself too; the domain is none."""
    try:
        name = parse_dn(place)
    except InvalidName:
        return (place,)
    found = [place]
    while (name := name.parent).rdns and not str(name).upper().startswith("DC="):
        found.append(str(name))
    return found


def _inside(place: str, places: Iterable[str]) -> set[str]:
    """Return those of *places* that are *place* or below it."""
    found = {place}
    try:
        base = parse_dn(place)
    except InvalidName:
        return found
    for one in set(places):
        try:
            if parse_dn(one).is_below(base) or parse_dn(one) == base:
                found.add(one)
        except InvalidName:
            continue
    return found
