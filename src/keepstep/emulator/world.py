"""Everything the emulated account holds, in one place that every handler gets."""

from dataclasses import dataclass, field

from keepstep.emulator.account import Account
from keepstep.emulator.auth import Keys
from keepstep.emulator.clock import ShiftedClock, stamp
from keepstep.emulator.definitions import Definitions
from keepstep.emulator.faults import Fault, Faults, parse_fault
from keepstep.emulator.limits import Limiter
from keepstep.emulator.listing import Listing
from keepstep.emulator.outbox import Outbox
from keepstep.emulator.people import People
from keepstep.emulator.population import Population, fill
from keepstep.emulator.request_log import RequestLog
from keepstep.emulator.rules import Rules
from keepstep.emulator.webhooks import Webhooks


@dataclass(slots=True)
class Tenant:
    """One account's people, and how they are listed and described."""

    people: People
    definitions: Definitions
    listing: Listing

    @classmethod
    def new(cls, first_id: int = 7_731_001) -> "Tenant":
        """Return an empty account."""
        people = People(first_id)
        return cls(people, Definitions(), Listing(people))


@dataclass(slots=True)
class World:
    """The state of the emulator. Handlers run one at a time, under the lock of the tenant's people."""

    rules: Rules
    clock: ShiftedClock
    keys: Keys
    limiter: Limiter
    webhooks: Webhooks
    tenant: Tenant = field(default_factory=Tenant.new)
    other: Tenant | None = None
    seed: int = 1
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    outbox: Outbox = field(default_factory=Outbox)
    account: Account = field(default_factory=Account)

    def now(self) -> str:
        """Return the time as v2 writes it."""
        return stamp(self.clock())

    def fill(self, population: Population) -> None:
        """Add fictional people to those there are."""
        taken = self.tenant.people.given
        fill(self.tenant.people, self.tenant.definitions, population._replace(offset=population.offset + taken))

    def other_tenant(self, people: int) -> Tenant:
        """Return another account with other people, made on first use."""
        if self.other is None:
            self.other = Tenant.new(first_id=95_000_001)
            wanted = people or len(self.tenant.people)
            fill(self.other.people, self.other.definitions, Population(wanted, self.seed + 1, 50_000_000))
        return self.other

    def add_fault(self, text: str) -> Fault:
        """Set the fault that *text* describes; raise EmulatorError."""
        fault = parse_fault(text)
        if fault.name == "stale":
            fault.frozen = self.tenant.people.snapshot()
        if fault.name == "index-delay":
            self.tenant.people.remember = self.clock
        self.faults.active.append(fault)
        return fault
