"""Ask a connected system only while its circuit is closed, and remember whether that worked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from keepstep.core.audit import AuditNote
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.circuit import Circuit, CircuitChange, CircuitSpec, change_between
from keepstep.core.effect import NotSent, Outcome, Unknown
from keepstep.core.notice import Message, NoticeRule, circuit_notice, messages_of
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey, Record
from keepstep.errors import CircuitOpen, ConnectorError, WriteRefused
from keepstep.ports import Clock, Ports, Query

ResultT = TypeVar("ResultT")

_LOOK: Final = timedelta(seconds=1)
"""So old may be what is known of a circuit before it is read again: other processes change it too."""

_SOON: Final = timedelta(seconds=5)

_AT_FAULT: Final = frozenset({Cause.UNREACHABLE, Cause.CREDENTIALS, Cause.THROTTLED})
"""What the system is to blame for, and not the call."""

_ANSWERED: Final = frozenset({Cause.ABSENT, Cause.CONFLICT, Cause.REFUSED, Cause.RULE})


Told = tuple[Sequence[Message], AuditNote | None]
"""What people, and the audit log, are told of a change of a circuit."""


class CircuitLedger(Protocol):
    """Where circuits are kept."""

    def get(self, connection: str) -> Circuit:
        """Return how the circuit of *connection* stands."""
        ...

    def change(
        self,
        connection: str,
        step: Callable[[Circuit], Circuit],
        told: Callable[[Circuit, Circuit], Told],
    ) -> tuple[Circuit, Circuit]:
        """Let *step* change the circuit of *connection*, and keep what is *told* of it, in one transaction."""
        ...


@dataclass(slots=True, kw_only=True)
class CircuitWatch:
    """The circuits of the connections in *specs*; what opens and closes is told by *rules*, once.

    *heeded*: a call is held back while the circuit is open. A person who asks by hand is never held back.
    """

    ledger: CircuitLedger
    specs: Mapping[str, CircuitSpec | None]
    rules: Mapping[str, NoticeRule]
    clock: Clock
    operator: str
    heeded: bool = False
    _seen: dict[str, tuple[datetime, Circuit]] = field(default_factory=dict[str, tuple[datetime, Circuit]])

    def admit(self, connection: str, *, probe: bool = True) -> None:
        """Let a call through; CircuitOpen if the system is left in peace and nobody's turn has come to probe it.

        *probe*: what comes of the call says whether the system works; else only the time is looked at.
        """
        if not self.heeded or self.specs.get(connection) is None or self._known(connection).opened is None:
            return
        now = self.clock.now()
        before = self._change(connection, lambda circuit: circuit.probed(now)) if probe else self.ledger.get(connection)
        if before.rests(now) and before.probe is not None:
            # whoever probes will know in a moment
            until = min(before.probe, now + _SOON) if before.probing else before.probe
            raise CircuitOpen(
                f'connection "{connection}" is left in peace until {until:%H:%M:%S} UTC, as it failed '
                f"{before.failures:,} times in a row: {before.cause}",
                until=until,
                hint=f"it goes on by itself; `keepstep connection check {connection}` tries it now",
            )

    def failed(self, connection: str, cause: str, about: str) -> None:
        """Note that a call about *about* failed by *cause*, for which the system is to blame."""
        spec, now = self.specs.get(connection), self.clock.now()
        if spec is not None:
            self._change(connection, lambda circuit: circuit.failed(spec, cause, about, now))

    def worked(self, connection: str) -> None:
        """Note that the system answered; its circuit is closed."""
        if self.specs.get(connection) is not None and not self._known(connection).untouched:
            now = self.clock.now()
            self._change(connection, lambda circuit: circuit.worked(now))

    def _known(self, connection: str) -> Circuit:
        now = self.clock.now()
        at, circuit = self._seen.get(connection, (None, None))
        if at is None or circuit is None or now - at > _LOOK:
            circuit = self.ledger.get(connection)
            self._seen[connection] = now, circuit
        return circuit

    def _change(self, connection: str, step: Callable[[Circuit], Circuit]) -> Circuit:
        """Let *step* change the circuit; return how it was before."""
        before, after = self.ledger.change(connection, step, self._told)
        self._seen[connection] = self.clock.now(), after
        return before

    def _told(self, before: Circuit, after: Circuit) -> Told:
        change = change_between(before, after)
        if change is None:
            return (), None
        detail = {"cause": after.cause, "about": after.about, "failures": str(after.failures)}
        kept = detail if change is CircuitChange.OPENED else {}
        note = AuditNote(action=change, subject=after.connection, detail=kept, operator=self.operator)
        return messages_of(circuit_notice(change, after, self.clock.now()), self.rules, []), note


async def asked(
    ports: Ports, connection: str, about: str, call: Callable[[], Awaitable[ResultT]], *, proof: bool = True
) -> ResultT:
    """Return what *call* to *connection* gives, if its circuit lets it through; whether it worked is noted.

    CircuitOpen if it is left in peace, and whatever *call* raises. *about*: what the call is about, for people.
    *proof*: that it works proves that the system does; a schema may be known without a call.
    """
    ports.circuits.admit(connection, probe=proof)
    found = await noted(ports, connection, about, call)
    if proof:
        ports.circuits.worked(connection)
    return found


async def noted(ports: Ports, connection: str, about: str, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Return what *call* to *connection*, which was let through, gives; that the system could not be used is noted."""
    try:
        return await call()
    except CircuitOpen:
        raise
    except ConnectorError as exc:
        if not isinstance(exc, WriteRefused):
            ports.circuits.failed(connection, exc.message, about)
        raise


async def fetched(ports: Ports, side: Side, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
    """Return the objects of *side* with these *keys* as they are now; nothing is asked for none."""
    if not keys:
        return {}
    connector = ports.connector(side.connection)
    return await asked(ports, side.connection, f"reading {side}", lambda: connector.fetch(query, keys))


def note_result(ports: Ports, connection: str, about: str, result: BlockResult) -> None:
    """Note what a block that calls *connection* says of the system; a call that was never sent says nothing."""
    if result.cause in _AT_FAULT:
        ports.circuits.failed(connection, result.detail, about)
    elif result.state is BlockState.SUCCEEDED or result.cause in _ANSWERED:
        ports.circuits.worked(connection)


def note_outcomes(ports: Ports, connection: str, about: str, outcomes: Sequence[Outcome]) -> None:
    """Note what the outcomes of one call to *connection* say of the system: one that it answered is enough."""
    lost = [outcome for outcome in outcomes if isinstance(outcome, NotSent | Unknown)]
    if lost and len(lost) == len(outcomes):
        ports.circuits.failed(connection, lost[0].reason, about)
    elif outcomes:
        ports.circuits.worked(connection)
