"""What use cases need from the world."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from keepstep.core.approval import ApprovalRequest
from keepstep.core.authority import Authority
from keepstep.core.effect import Effect, Outcome
from keepstep.core.link import Link
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.oauth import Grant
from keepstep.core.own_write import OwnWrites
from keepstep.core.plan import Action, ActionKind, Cost, Plan
from keepstep.core.run import EffectState, Run, RunId, RunState, StepResult
from keepstep.core.schema import Schema, UniqueScope
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey, Record, Snapshot, Values, Verdict

Sink = Callable[[Sequence[Record]], None]
"""Takes the records of one page, in the order they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which objects, and which of their attributes: `objects` is a name that the connection declares.

    *scoped*: `fetch` leaves out what `read` would not give, as somebody who was moved out of the base.
    *since*: where only what was appended is read, the mark that the verdict of an earlier `read` gave.
    *scope*: how far `find` looks. *container*: for CONTAINER, the name (DN) of the one that is meant, and only what
    is directly in it counts; empty: where new objects go that name none.
    """

    objects: str
    attributes: tuple[str, ...]
    scoped: bool = False
    since: str = ""
    scope: UniqueScope = UniqueScope.DOMAIN
    container: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a connection check: what was looked at, whether it is good, and what to do when it is not."""

    subject: str
    good: bool
    detail: str
    hint: str = ""


class Connector(Protocol):
    """One connected system. Every method raises a `ConnectorError` when the system as a whole cannot be used."""

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """The kinds of change this connection can carry out."""
        ...

    @property
    def address(self) -> str:
        """Which system this is, without secrets; a plan made against one is not applied to another."""
        ...

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what works and what is missing for reading and for *wanted*; never raises for a finding."""
        ...

    async def schema(self, objects: str) -> Schema:
        """Return the attributes that *objects* have here."""
        ...

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object to *sink* once, and return how the read ended. COMPLETE only with proof."""
        ...

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with these keys as they are now; one that is missing is not there.

        A record has the same attributes, spelled the same way, as `read` gives for the same query.
        """
        ...

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects, in the scope of *query*, that hold one of *values*.

        ConnectorError if that scope cannot be searched: a value is never called free without a look.
        """
        ...

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects* and return one outcome for each, in order.

        Never repeats a write whose outcome is unknown. The effects of one call do not depend on each other.
        """
        ...

    def batch(self, kind: ActionKind) -> int:
        """Return how many effects of *kind* one `apply` takes best."""
        ...

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return the calls that *actions* will need and how long they take under the known limits."""
        ...

    async def close(self) -> None:
        """Let go of connections; may be called twice."""
        ...


@runtime_checkable
class Foretelling(Protocol):
    """A connector that knows beforehand what could never succeed."""

    async def hopeless(self, objects: str, kinds: frozenset[ActionKind]) -> str:
        """Return why no change of one of *kinds* could ever be made, or the empty text."""
        ...


class Staging(Protocol):
    """Where the records of a read are put, so that memory stays flat in the number of people."""

    def open(self, side: str) -> "Stage":
        """Return an empty stage for the records of one read."""
        ...


class Stage(Protocol):
    """The records of one read while it goes on."""

    def add(self, records: Sequence[Record]) -> None:
        """Keep *records*; a key seen before with the same content is kept once."""
        ...

    @property
    def conflicts(self) -> int:
        """How many keys were seen again with different content."""
        ...

    def seal(self, verdict: Verdict) -> Snapshot:
        """Return the snapshot: re-iterable, in the order of reading, each key once."""
        ...

    def discard(self) -> None:
        """Forget the records; may be called twice."""
        ...


class Links(Protocol):
    """The remembered pairs of each rule."""

    def load(self, rule: str) -> dict[NativeKey, Link]:
        """Return the links of *rule* by source key."""
        ...

    def about(self, rule: str, keys: Sequence[NativeKey]) -> list[Link]:
        """Return the links of *rule* in which one of *keys* is the source or the target."""
        ...

    def save(self, rule: str, links: Sequence[Link], forget: Sequence[NativeKey] = ()) -> None:
        """Remember *links* and forget those of the source keys in *forget*, in one transaction.

        A source or a target that was paired otherwise in this rule is paired anew.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPassword:
    """The first password of a new account; *days*: how long it waits to be opened."""

    connection: str
    key: NativeKey
    account: str
    password: Secret
    days: int


class Handover(Protocol):
    """Hands the first passwords of new accounts over: keeps each sealed until a person opens it, once."""

    def seal(self, first: FirstPassword) -> None:
        """Keep *first*, durably before this returns, in place of an earlier one of the account."""
        ...

    def withdraw(self, connection: str, key: NativeKey) -> None:
        """Forget the one of an account that was taken back."""
        ...


class Journal(Protocol):
    """Plans, runs and their steps: what was intended before each call, and what came of it."""

    def save_plan(self, plan: Plan) -> None:
        """Keep *plan* under its digest."""
        ...

    def plan(self, digest: str) -> Plan:
        """Return the plan whose digest starts with *digest*; StoreError if there is none or several."""
        ...

    def open_run(self, plan: Plan, *, operator: str) -> Run:
        """Start a run of *plan*, or return its unfinished run; an interrupted run of another plan is ended as STOPPED.

        RunLocked if another process, or another task of this one, is at work on the rule.
        """
        ...

    def interrupted(self, rule: str) -> Run | None:
        """Return the run of *rule* that has not ended, or None. Whether somebody is at work on it, `open_run` tells."""
        ...

    def close_run(self, run: RunId, state: RunState, note: str = "") -> None:
        """Say how a run ended, and let go of its rule."""
        ...

    def runs(self, *, limit: int = 50, plan: str = "") -> list[Run]:
        """Return the newest runs first, of *plan* or of all."""
        ...

    def run(self, prefix: str) -> Run:
        """Return the run whose id starts with *prefix*; StoreError if there is none or several."""
        ...

    def begin(self, run: RunId, actions: Sequence[Action]) -> None:
        """Write down, durably and before any call, that *actions* are about to be carried out."""
        ...

    def finish(self, run: RunId, results: Sequence[StepResult]) -> None:
        """Write down what came of actions that were begun."""
        ...

    def keep_removed(self, run: RunId, records: Mapping[str, Record]) -> None:
        """Keep how accounts were that are about to be deleted, by action id, so that it can be taken back."""
        ...

    def removed(self, run: RunId) -> dict[str, Mapping[str, Values]]:
        """Return the attributes of the accounts that *run* deleted, by action id."""
        ...

    def states(self, run: RunId) -> dict[str, EffectState]:
        """Return the state of every action of *run* that was begun, by action id."""
        ...

    def results(self, run: RunId) -> list[StepResult]:
        """Return what came of the actions of *run*, in the order they ended."""
        ...

    def refusals(self, rule: str) -> dict[str, str]:
        """Return the remembered refusals of *rule*: fingerprint of the refused change to reason."""
        ...

    def remember_refusals(self, rule: str, refusals: Mapping[str, str]) -> None:
        """Remember refused changes, so that the same one is not tried again until something differs."""
        ...

    def forget_refusals(self, rule: str) -> None:
        """Forget what was refused, so that the next plan tries it again."""
        ...

    def mark(self, rule: str) -> str:
        """Return how far the last plan of *rule* that was applied had read its source; empty: nowhere."""
        ...

    def advance(self, rule: str, mark: str) -> None:
        """Remember how far a plan of *rule* had read its source, as all of it is done."""
        ...

    def last_size(self, side: str) -> int | None:
        """Return how many records the last complete read of *side* had."""
        ...

    def record_read(self, side: str, verdict: Verdict) -> None:
        """Remember how a read ended."""
        ...


class Audit(Protocol):
    """What is kept for ever: who did what, when and why."""

    def add(self, action: str, subject: str, detail: Mapping[str, str], *, operator: str) -> None:
        """Append one entry to the chain."""
        ...


class Approvals(Protocol):
    """What people were asked to agree to, and what they said."""

    def of_plan(self, digest: str) -> list[ApprovalRequest]:
        """Return the requests for exactly this plan, newest first; ApprovalBroken if one of them was altered."""
        ...


class NoApprovals:
    """Nobody was ever asked: what needs approval is not done."""

    def of_plan(self, digest: str) -> list[ApprovalRequest]:
        """Return nothing."""
        del digest
        return []


class Circuits(Protocol):
    """Which connected systems are left in peace for a time, as they failed again and again."""

    def admit(self, connection: str, *, probe: bool = True) -> None:
        """Let a call to *connection* through; CircuitOpen if it is left in peace.

        *probe*: `worked` or `failed` follows.
        """
        ...

    def failed(self, connection: str, cause: str, about: str) -> None:
        """Note that a call failed, by what and about whom, for a reason that is the system's and not the call's."""
        ...

    def worked(self, connection: str) -> None:
        """Note that *connection* answered."""
        ...


class NoCircuits:
    """Nobody remembers what failed."""

    def admit(self, connection: str, *, probe: bool = True) -> None:
        """Let everything through."""

    def failed(self, connection: str, cause: str, about: str) -> None:
        """Forget it."""

    def worked(self, connection: str) -> None:
        """Forget it."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the time, with time zone UTC."""
        ...


class Tokens(Protocol):
    """Where the tokens of connections are kept, who is told of them, and the time by which they end."""

    def now(self) -> datetime:
        """Return the time, with time zone UTC."""
        ...

    def granted(self, connection: str) -> Grant | None:
        """Return what a person granted to *connection*, as it was last kept, or None."""
        ...

    def keep(self, connection: str, grant: Grant) -> None:
        """Keep *grant* durably, in place of the earlier one, which is there until the new one is."""
        ...

    def noticed(self, token: Secret) -> None:
        """Be told of a token that is in use, so that no report shows it."""
        ...


class Progress(Protocol):
    """Somebody who likes to see that work goes on."""

    def __call__(self, task: str, done: int, total: int | None = None) -> None:
        """Say that *done* (of *total*) is done of *task*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a use case may ask of the world."""

    connector: Callable[[str], Connector]
    staging: Staging
    links: Links
    journal: Journal
    audit: Audit
    own_writes: OwnWrites
    clock: Clock
    progress: Progress
    authority: Authority
    approvals: Approvals = field(default_factory=NoApprovals)
    circuits: Circuits = field(default_factory=NoCircuits)
    context: MacroContext = NO_CONTEXT

    @property
    def operator(self) -> str:
        """Who asks."""
        return self.authority.operator
