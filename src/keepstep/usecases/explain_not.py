"""Why not: what keeps the next plan of a rule from doing something about somebody, or what it would do."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from keepstep.core.basis import Basis
from keepstep.core.circuit import Circuit
from keepstep.core.configuration import Configuration
from keepstep.core.explanation import Account, Part, RuleAnswer, WhyNot
from keepstep.core.guard import check_plan
from keepstep.core.mapping import map_record
from keepstep.core.plan import Action, Finding, Plan
from keepstep.core.situation import Reaction, Situation
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import NO_ATTRIBUTES, NativeKey, Record
from keepstep.errors import KeepstepError, UsageError
from keepstep.ports import Ports, Query
from keepstep.usecases.explain import Question, accounts_of
from keepstep.usecases.reconcile import plan_now

CircuitOf = Callable[[str], Circuit]
"""Tells how the circuit of a connection stands."""


async def explain_not(ports: Ports, circuit_of: CircuitOf, configuration: Configuration, asked: Question) -> WhyNot:
    """Return, for each rule, what its next plan would do about *asked.who* now, or why it would do nothing.

    Both sides are read as for a plan, and nothing is kept of it. UsageError if there is no such rule, or nobody is
    called so on a side of one.
    """
    if asked.rule and asked.rule not in configuration.rules:
        raise UsageError(f'there is no rule "{asked.rule}"', hint=f"rules: {', '.join(configuration.rules) or 'none'}")
    accounts, unasked = await accounts_of(ports, configuration, asked)
    if not accounts and not unasked:
        raise UsageError(
            f'nobody is called "{asked.who}" on a side of a rule',
            hint="name them by sign-in name, mail, employee id or immutable key",
        )
    answers: list[RuleAnswer] = []
    for name in configuration.rules:
        if asked.rule in {"", name}:
            one = _Answering(ports=ports, circuit_of=circuit_of, configuration=configuration, asked=asked, name=name)
            answers.append(await one.of(accounts))
    return WhyNot(accounts=tuple(accounts), rules=tuple(answers), unasked=tuple(unasked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    """One rule that is asked about somebody."""

    ports: Ports
    circuit_of: CircuitOf
    configuration: Configuration
    asked: Question
    name: str

    @property
    def rule(self) -> SyncRule:
        """The rule."""
        return self.configuration.rules[self.name]

    async def of(self, accounts: Collection[Account]) -> RuleAnswer:
        """Return what the rule would do about *accounts*, and what keeps it from that."""
        waits = list(self._waits())
        try:
            mapping = self.configuration.mappings[self.rule.mapping]
            basis, plan = await plan_now(self.ports, self.name, self._telling(), mapping)
        except KeepstepError as exc:
            return RuleAnswer(rule=self.name, parts=(*waits, Part("no plan", exc.message)))
        keys = self._keys(accounts)
        actions = [one for one in plan.actions if {one.source_key, one.target_key} & keys]
        parts = [*waits, *self._reads(plan), *await self._population(basis, accounts)]
        parts += (self._found(one) for one in plan.findings if {one.source_key, one.target_key} & keys)
        parts += [await self._attribute(basis, keys, actions)] if self.asked.attribute else []
        parts += self._holds_back(plan) if actions else []
        if not parts and not actions:
            parts.append(Part("in step", self._in_step(plan, keys)))
        return RuleAnswer(rule=self.name, would=tuple(map(_told, actions)), parts=tuple(parts))

    def _telling(self) -> SyncRule:
        """Return the rule as it reports what it would pass over in silence."""
        loud = dict.fromkeys((one for one in Situation if self._ignores(one)), Reaction.REPORT)
        return self.rule.model_copy(update={"reactions": {**self.rule.reactions, **loud}})

    def _ignores(self, situation: Situation) -> bool:
        return self.rule.reaction(situation) is Reaction.IGNORE

    def _found(self, finding: Finding) -> Part:
        if self._ignores(finding.situation):
            return Part("ignored", f"{finding.situation}: {finding.reason}, and the rule ignores that")
        return Part("finding", f"{finding.situation}: {finding.reason}")

    def _waits(self) -> Iterator[Part]:
        """Yield why the rule is held back as a whole."""
        now = self.ports.clock.now()
        for side in (self.rule.source_side, self.rule.target_side):
            spec = self.configuration.connections.get(side.connection)
            if spec is not None and not spec.enabled:
                yield Part("switched off", f"connection {side.connection} is switched off")
            circuit = self.circuit_of(side.connection)
            if circuit.rests(now):
                yield Part("circuit", f"connection {side.connection} is left in peace: {circuit.cause}")

    def _keys(self, accounts: Collection[Account]) -> set[NativeKey]:
        sides = {self.rule.source_side, self.rule.target_side}
        keys = {account.key for account in accounts if account.side in sides}
        for link in self.ports.links.about(self.name, sorted(keys)):
            keys |= {link.source_key, link.target_key}
        return keys

    def _reads(self, plan: Plan) -> Iterator[Part]:
        """Yield which side was not read whole: nothing is then done that rests on who was not seen."""
        for side, verdict in ((self.rule.source, plan.source), (self.rule.target, plan.target)):
            if not verdict.whole:
                yield Part("read", f"{side} was not read whole ({verdict.completeness}): {verdict.reason}")

    async def _population(self, basis: Basis, accounts: Collection[Account]) -> list[Part]:
        """Return whether the person is among those that the rule is about."""
        found: list[Part] = []
        for side, names in (
            (self.rule.source_side, basis.source_attributes),
            (self.rule.target_side, basis.target_attributes),
        ):
            keys = [account.key for account in accounts if account.side == side]
            seen = await self._fetch(side, names, keys, scoped=True)
            found += (
                Part("population", f"{key} is outside of what {side} selects: its base, or its filter")
                for key in keys
                if key not in seen
            )
            if not keys and side == self.rule.source_side:
                reaction = self.rule.reaction
                linked = self.ports.links.about(self.name, sorted(self._keys(accounts)))
                gone = f"; what is done about leavers is: {reaction(Situation.SOURCE_DELETED)}" if linked else ""
                found.append(Part("source", f"nobody is called so on {side}{gone}"))
        return found

    async def _fetch(
        self, side: Side, names: Collection[str], keys: Sequence[NativeKey], *, scoped: bool = False
    ) -> dict[NativeKey, Record]:
        query = Query(objects=side.objects, attributes=tuple(names), scoped=scoped)
        return await self.ports.connector(side.connection).fetch(query, keys) if keys else {}

    async def _attribute(self, basis: Basis, keys: Collection[NativeKey], actions: Sequence[Action]) -> Part:
        """Return what becomes of the attribute that is asked about."""
        wanted = self.asked.attribute.casefold()
        row = next((one for one in basis.mapping.rows if one.kind.name.casefold() == wanted), None)
        if row is None:
            return Part("mapping", f"the mapping {self.rule.mapping} has no row for {self.asked.attribute}")
        kind = row.kind
        if any(delta.name == kind.name for action in actions for delta in action.deltas):
            return Part("mapping", f"the next plan writes {kind.name}, from {row.row.text}")
        here = await self._fetch(self.rule.source_side, basis.source_attributes, sorted(keys))
        there = await self._fetch(self.rule.target_side, basis.target_attributes, sorted(keys))
        source, target = next(iter(here.values()), None), next(iter(there.values()), None)
        if source is None:
            return Part("mapping", f"there is no source record that could give {kind.name}")
        if target is not None and kind.name in basis.mapping.only_on_create:
            return Part("mapping", f"{kind.name} is written when an account is made, and left alone afterwards")
        desired = map_record(basis.mapping, source)
        if desired.skip:
            return Part("mapping", f"the person is left out: {desired.skip}")
        if kind.name not in desired.attributes:
            return Part("mapping", f"its row ({row.row.text}) gives nothing, and then keeps what is there")
        held = target.attributes if target is not None else NO_ATTRIBUTES
        if not basis.everything.deltas({kind.name: desired.attributes[kind.name]}, held):
            return Part("mapping", f"{kind.name} is there as its row gives it, the way that values are compared")
        return Part("mapping", f"{kind.name} differs, and nothing is done about the person: see above")

    def _holds_back(self, plan: Plan) -> Iterator[Part]:
        """Yield what stands between the plan and its being applied."""
        for trip in check_plan(plan, self.rule.guards):
            yield Part("guard", trip.text)
        if self.rule.approve is not None:
            yield Part("approval", "people have to agree to the plan before it is applied")
        automated = [name for name, one in self.configuration.automations.items() if one.rule == self.name]
        running = [name for name in automated if self.configuration.automations[name].enabled]
        if running:
            yield Part("automation", f"it is applied by {', '.join(running)}")
        else:
            off = f" ({', '.join(automated)} is switched off)" if automated else ""
            yield Part("automation", f"no automation applies the rule{off}: `keepstep plan {self.name}`, then apply")
        if (former := self.ports.journal.interrupted(self.name)) is not None:
            yield Part("run", f"run {former.id} of the rule has not ended")

    def _in_step(self, plan: Plan, keys: Collection[NativeKey]) -> str:
        pairs = [link for link in plan.links if {link.source_key, link.target_key} & set(keys)]
        paired = pairs or self.ports.links.about(self.name, sorted(keys))
        if paired:
            return f"{paired[0].source_key} and {paired[0].target_key} are one person, and nothing differs"
        return "nothing is to be done about them"


def _told(action: Action) -> str:
    names = ", ".join(delta.name for delta in action.deltas)
    return f"{action.kind} {action.name}{f' ({names})' if names else ''}: {action.reason}"
