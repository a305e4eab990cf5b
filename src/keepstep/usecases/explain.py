"""Why: what Keepstep wrote of somebody, and the chain that led to each write."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from keepstep.core.approval import ApprovalState, decide
from keepstep.core.authority import Reach
from keepstep.core.configuration import Configuration
from keepstep.core.explanation import Account, Explanation, Part, Write, about
from keepstep.core.guard import check_plan
from keepstep.core.history import BlockDone, ReadDone, StepDone, VersionInForce
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.right import Right
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import NativeKey
from keepstep.errors import ConfigurationError, KeepstepError, NotPermitted, UsageError
from keepstep.ports import Ports
from keepstep.usecases.choose_subjects import choose_by_id
from keepstep.usecases.permit import places_of


class History(Protocol):
    """What was ever done to an account."""

    def steps_of(self, keys: Sequence[NativeKey], limit: int = 200) -> list[StepDone]:
        """Return the steps of plans that ended in one of the accounts *keys*, newest first."""
        ...

    def blocks_of(self, keys: Sequence[NativeKey], limit: int = 200) -> list[BlockDone]:
        """Return the blocks of templates that were carried out for *keys*, newest first."""
        ...

    def read_before(self, side: str, at: datetime) -> ReadDone | None:
        """Return the last read of *side* that had ended by *at*."""
        ...

    def version_at(self, at: datetime) -> VersionInForce | None:
        """Return the version of the configuration that had been put in force by *at*."""
        ...


@runtime_checkable
class Calling(Protocol):
    """A connector that tells by which call it makes a change."""

    def call_of(self, objects: str, kind: ActionKind) -> str:
        """Return the call that makes a change of *kind*, as it is configured now; empty: there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is asked about. *attribute*: only writes of it; *at*: only what was written by then; *rule*: only by it."""

    who: str
    attribute: str = ""
    at: datetime | None = None
    rule: str = ""


async def explain(ports: Ports, history: History, configuration: Configuration, asked: Question) -> Explanation:
    """Return what Keepstep wrote of *asked.who*, newest first, each with its chain, and what stands in the way now.

    They are looked for on every side of the rules, by key, sign-in name, mail or employee id; who is gone from all of
    them is known by the key. UsageError if nobody is called so and nothing was ever done to such a key.
    """
    accounts, unasked = await accounts_of(ports, configuration, asked)
    keys = list(dict.fromkeys([*(account.key for account in accounts), NativeKey(asked.who)]))
    for name in configuration.rules:
        for link in ports.links.about(name, keys):
            keys += [key for key in (link.source_key, link.target_key) if key not in keys]
    writes = [*_by_rules(ports, history, configuration, keys), *_by_templates(history, keys)]
    writes = [one for one in writes if asked.at is None or one.at <= asked.at]
    writes.sort(key=lambda one: one.at, reverse=True)
    if not accounts and not writes:
        raise UsageError(
            f'nobody is called "{asked.who}" on a side of a rule, and nothing was done to such a key',
            hint="name them by sign-in name, mail, employee id or immutable key",
        )
    standing = (*unasked, *_standing(ports, configuration, keys, writes, asked))
    return Explanation(accounts=tuple(accounts), writes=tuple(about(writes, asked.attribute)), standing=standing)


async def accounts_of(ports: Ports, configuration: Configuration, asked: Question) -> tuple[list[Account], list[Part]]:
    """Return who is called so on the sides of rules, and which sides could not be asked: their history still tells."""
    ports.authority.require(Right.READ_PEOPLE)
    sides = dict.fromkeys(
        side
        for name, rule in configuration.rules.items()
        if asked.rule in {"", name}
        for side in (rule.source_side, rule.target_side)
    )
    found: list[Account] = []
    unasked: list[Part] = []
    for side in sides:
        try:
            chosen = await choose_by_id(ports, side, [asked.who])
        except KeepstepError as exc:
            unasked.append(Part("not asked", f"{side}: {exc.message}"))
            continue
        found += (Account(side=side, key=one.key, name=one.name) for one in chosen.subjects)
    await _permit(ports, found)
    return found, unasked


async def _permit(ports: Ports, accounts: Sequence[Account]) -> None:
    """NotPermitted unless whoever asks may see everybody, or one of *accounts* is in a container that they may see."""
    if not accounts and ports.authority.everywhere(Right.READ_PEOPLE):
        return
    for account in accounts:
        if ports.authority.everywhere(Right.READ_PEOPLE, Reach(connection=account.side.connection)):
            return
        for place in (await places_of(ports, account.side, [account.key])).values():
            if ports.authority.may(Right.READ_PEOPLE, Reach(connection=account.side.connection, place=place)):
                return
    raise NotPermitted(f"no role of {ports.operator} with the right {Right.READ_PEOPLE} reaches them")


def _by_rules(
    ports: Ports, history: History, configuration: Configuration, keys: Sequence[NativeKey]
) -> Iterator[Write]:
    plans: dict[str, tuple[Plan, dict[str, Action]]] = {}
    for done in history.steps_of(keys):
        if done.run.plan not in plans:
            plan = ports.journal.plan(done.run.plan)
            plans[done.run.plan] = plan, {str(action.id): action for action in plan.actions}
        plan, actions = plans[done.run.plan]
        action = actions.get(done.result.action)
        if action is None:
            continue
        rule = configuration.rules.get(done.run.rule)
        yield Write(
            at=done.at,
            what=f"{action.kind} of {action.name}, by rule {done.run.rule}",
            state=str(done.result.state),
            deltas=action.deltas,
            chain=tuple(_chain(ports, history, done, plan, action, rule)),
        )


def _chain(  # noqa: PLR0917, PLR0913 - all that a write rests on
    ports: Ports, history: History, done: StepDone, plan: Plan, action: Action, rule: SyncRule | None
) -> Iterator[Part]:
    """Yield the chain of a write, from the source record to the confirmation."""
    source = f"{action.source_key}, as digest {action.basis_source[:12]}" if action.source_key else "no source record"
    yield Part("source", source)
    read = history.read_before(rule.source, done.run.started) if rule is not None else None
    verdict = f"{plan.source.completeness}: {plan.source.reason}"
    yield Part("read", f"{f'{read.at:%Y-%m-%d %H:%M:%S} UTC, ' if read else ''}{verdict}")
    version = history.version_at(done.run.started)
    in_force = (
        f"version {version.number} ({version.digest[:12]}) by {version.operator}" if version else "no version kept"
    )
    yield Part("configuration", in_force)
    names = ", ".join(delta.name for delta in action.deltas) or "the whole account"
    mapping = f"mapping {rule.mapping}: {names}" if rule else f"a mapping that is no longer there: {names}"
    yield Part("mapping", mapping)
    yield Part("rule", f"{done.run.rule}, as digest {plan.basis[:12]}")
    yield Part("link", f"{action.source_key or 'nobody'} and {done.result.target_key or action.target_key or 'nobody'}")
    yield Part("situation", f"{action.situation}: {action.reason}")
    trips = check_plan(plan, rule.guards) if rule is not None else []
    yield Part("guards", "; ".join(trip.text for trip in trips) or "within every limit")
    yield Part("plan", f"{plan.digest}, {len(plan.actions):,} actions")
    for request in ports.approvals.of_plan(plan.digest):
        agreement = decide(request, done.run.started)
        if agreement.state in {ApprovalState.APPROVED, ApprovalState.USED}:
            yield Part("approval", f"request {request.id}, by {', '.join(agreement.by)}")
    yield Part("run", f"{done.run.id}, by {done.run.operator}, {done.run.state}")
    call = f"call {done.run.id}:{action.id}"
    by = done.result.calls or (_call(ports, rule.target_side, action.kind) if rule is not None else "")
    answer = done.result.detail or str(done.result.state)
    yield Part("call", f"{call}{f', {by}' if by else ''}: {answer}")
    confirmed = (
        "read back, and as it was written" if str(done.run.state) == "done" else done.run.note or "not confirmed"
    )
    yield Part("confirmation", confirmed or "not confirmed")


def _call(ports: Ports, side: Side, kind: ActionKind) -> str:
    """Return the call by which *side* is changed; nothing where the connection is switched off or gone."""
    with suppress(ConfigurationError):
        connector = ports.connector(side.connection)
        return connector.call_of(side.objects, kind) if isinstance(connector, Calling) else ""
    return ""


def _by_templates(history: History, keys: Sequence[NativeKey]) -> Iterator[Write]:
    for done in history.blocks_of(keys):
        step = done.step
        parts = [
            Part("run", f"{done.run.id}, by {done.run.operator}, {done.run.state}"),
            Part("template", f"{done.run.template}, as digest {done.run.version[:12]}"),
            Part("block", f"{step.block}, execution {step.execution}"),
            Part("call", step.request or "nothing was sent"),
            Part("answer", "; ".join(filter(None, (step.answer, step.detail))) or str(step.state)),
        ]
        what = f"block {step.block} of template {done.run.template}"
        yield Write(at=done.at, what=what, state=str(step.state), chain=tuple(parts))


def _standing(
    ports: Ports,
    configuration: Configuration,
    keys: Sequence[NativeKey],
    writes: Sequence[Write],
    asked: Question,
) -> Iterator[Part]:
    """Yield what is known of how things stand now, and of what was never written."""
    if asked.attribute and not about(writes, asked.attribute):
        yield Part("never written", f"Keepstep never wrote {asked.attribute} of them: somebody else did")
    for name, rule in configuration.rules.items():
        if asked.rule not in {"", name}:
            continue
        for link in ports.links.about(name, keys):
            yield Part("link", f"rule {name}: {link.source_key} and {link.target_key}, {link.state}")
        if asked.attribute:
            mapping = configuration.mappings[rule.mapping]
            row = next((one for one in mapping.rows if one.casefold() == asked.attribute.casefold()), None)
            told = f"rule {name} writes it: {mapping.row(row).text}" if row else f"rule {name} does not write it"
            yield Part("mapping", told)
    for name, side in _sides(configuration):
        spec = configuration.connections.get(side.connection)
        if spec is not None and not spec.enabled:
            yield Part("switched off", f"rule {name} waits: connection {side.connection} is switched off")


def _sides(configuration: Configuration) -> Iterator[tuple[str, Side]]:
    for name, rule in configuration.rules.items():
        yield name, rule.source_side
        yield name, rule.target_side
