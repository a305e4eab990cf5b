"""A desk where people agree to plans, over a real store, with a clock that is set by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keepstep.core.approval import PlanVoteKind, Requirement
from keepstep.core.approval_notice import ApprovalNotice
from keepstep.core.authority import owner
from keepstep.core.guard import Trip
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.run import RunState
from keepstep.store.approvals import SqlApprovals
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.journal import SqlJournal
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.tables import METADATA
from keepstep.store.vault import Vault
from keepstep.usecases.approve import ApprovalDesk, Asked, seek
from keepstep.usecases.vote import Saying, vote


@dataclass
class HandClock:
    moment: datetime = datetime(2031, 5, 4, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_(self, **length) -> None:
        self.moment += timedelta(**length)


@dataclass
class Postbox:
    """Keeps what people are told."""

    notices: list[ApprovalNotice] = field(default_factory=list)
    shared: bool = False

    def private(self, notice) -> bool:
        assert notice.to
        return not self.shared

    async def tell(self, notices) -> None:
        self.notices += notices

    def taken(self) -> list[tuple[str, str]]:
        """Return to whom what was told since the last look, as (person, subject up to the colon)."""
        told, self.notices = [(one.to, one.subject.partition(":")[0]) for one in self.notices], []
        return told


@dataclass
class ApprovalWorld:
    database: Database
    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    postbox: Postbox = field(default_factory=Postbox)

    def __post_init__(self) -> None:
        if not (self.folder / "master.key").exists():
            create_master_key(self.folder / "master.key")
        self.vault = Vault(self.database, FileKeys(self.folder / "master.key"), self.clock)
        self.journal = SqlJournal(self.database, self.clock)
        self.audit = SqlAuditLog(self.database, self.clock)
        self.requests = SqlApprovals(self.database, self.vault, self.clock, self.audit)

    @property
    def desk(self) -> ApprovalDesk:
        return ApprovalDesk(
            requests=self.requests, journal=self.journal, audit=self.audit, clock=self.clock, teller=self.postbox
        )

    async def seek(self, plan: Plan, *, anew=False, requester="max", purpose="nightly", tripped=False, **requirement):
        trip = Trip(kind=ActionKind.DELETE, count=3, accounts=4, text="3 of 4 accounts would be deleted")
        asked = Asked(
            plan=plan,
            requirement=Requirement.model_validate(requirement),
            requester=requester,
            purpose=purpose,
            trips=[trip] if tripped else [],
        )
        return await seek(self.desk, asked, anew=anew)

    async def say(self, kind: str, request, operator: str, *, note="", plan: str | None = None):
        seen = request.plan[:12] if plan is None else plan
        return await vote(
            self.desk, request.id, Saying(kind=PlanVoteKind(kind), plan=seen, note=note), by=owner(operator)
        )

    def run(self, plan: Plan, *, operator="max") -> str:
        """Let a run of *plan* begin and end."""
        run = self.journal.open_run(plan, operator=operator)
        self.journal.close_run(run.id, RunState.DONE)
        return run.id

    def alter(self, table: str, column: str, change) -> None:
        """Change one column of the only row of *table* behind the back of the program."""
        rows = METADATA.tables[table]
        with self.database.write() as connection:
            held = connection.execute(rows.select()).one()._mapping[column]
            connection.execute(rows.update().values({column: change(held)}))
