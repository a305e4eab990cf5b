"""The workshop of a worker: what it does, with what, by the configuration in force."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from keepstep.connected import Connections
from keepstep.connectors.rest.preset import application_of
from keepstep.core.automated import watched_sides, with_filters
from keepstep.core.automation import AutomationSpec
from keepstep.core.automation_run import AutomationRun
from keepstep.core.block_text import BlockTexts
from keepstep.core.chunk import ChunkKind, Claim
from keepstep.core.configuration import Configuration
from keepstep.core.notice import messages_of, notice_of
from keepstep.core.operator import authority_of
from keepstep.core.outbound import webhook_finder
from keepstep.core.report_spec import ReportSpec
from keepstep.core.suggest import did_you_mean
from keepstep.core.work import Work
from keepstep.errors import ConfigurationError, NotFound
from keepstep.reports.folder import ReportFolder
from keepstep.store import comparisons
from keepstep.store.chunks import SqlChunks
from keepstep.store.events import KEPT
from keepstep.store.workers import SqlWorkers
from keepstep.telemetry.event import span
from keepstep.usecases.anchor_audit import anchor_due
from keepstep.usecases.automate import AutomationDesk, automate
from keepstep.usecases.compare import ComparisonDesk
from keepstep.usecases.do_work import WorkDesk, do_work
from keepstep.usecases.make_report import MadeReport, ReportDesk, make_report
from keepstep.usecases.orchestrate import RunDesk, orchestrate
from keepstep.usecases.remind import remind_due
from keepstep.usecases.rescue import rescue
from keepstep.usecases.schedule import schedule
from keepstep.usecases.tell import TellDesk, tell_due
from keepstep.wiring import Installation
from keepstep.worker.watching import Companion, Errand, Scheduler, Watcher

if TYPE_CHECKING:
    from keepstep.worker.loop import Worker


@dataclass(slots=True)
class Workshop:
    """What a worker needs of the world, by the configuration in force: made anew when that changed.

    *heeded*: an open circuit holds back what it asks; a person who asks by hand is not held back.
    """

    installation: Installation
    heeded: bool = True
    stamp: int = -1
    desk: RunDesk | None = None
    inforce: Configuration | None = None
    opened: list[Connections] = field(default_factory=list[Connections])

    def current(self) -> RunDesk:
        """Return the desk of the configuration in force; ConfigurationError while that is wrong."""
        try:
            stamp = self.installation.settings.config_file.stat().st_mtime_ns
        except OSError:
            stamp = -1  # reading it says what is wrong
        if self.desk is None or stamp != self.stamp or stamp < 0:
            configuration = self.inforce = with_filters(self.installation.configuration())
            connections = self.installation.connections(configuration)
            # what is under way ends on the connections that it began with
            self.opened.append(connections)
            ports = self.installation.ports(connections, heeded=self.heeded)
            self.desk = self.installation.run_desk(configuration, ports)
            self.stamp = stamp
        return self.desk

    def configuration(self) -> Configuration:
        """Return the configuration in force; ConfigurationError while that is wrong."""
        self.current()
        assert self.inforce is not None  # noqa: S101 - read with the desk
        return self.inforce

    async def close(self) -> None:
        """Let go of every connection."""
        for connections in self.opened:
            await connections.close()

    def tell_desk(self) -> TellDesk:
        """Return what telling people needs of the world."""
        desk, configuration = self.current(), self.configuration()
        return TellDesk(
            ports=desk.ports,
            outbox=self.installation.notices,
            post=desk.post,
            channels=configuration.channels,
            rules=configuration.notifications,
            texts=desk.texts,
        )

    def automation_desk(self) -> AutomationDesk:
        """Return what starts of automations need of the world."""
        configuration = self.configuration()

        def follow(run: AutomationRun, spec: AutomationSpec) -> None:
            notice = notice_of(run, self.installation.clock.now(), "")
            self.installation.notices.add(messages_of(notice, configuration.notifications, spec.notify))

        async def report(name: str, spec: ReportSpec, run: AutomationRun) -> MadeReport:
            return await make_report(self.report_desk(), name, spec, run.id, run.due)

        return AutomationDesk(
            report=report,
            ports=self.current().ports,
            ledger=self.installation.automations,
            events=self.installation.events,
            runs=self.installation.template_runs,
            approvals=self.installation.approval_desk(configuration, self.current().ports),
            configuration=configuration,
            webhook_of=webhook_finder(configuration, application_of),
            follow=follow,
        )

    def work_desk(self, work: Work) -> WorkDesk:
        """Return what *work* needs of the world, in the name of whoever asked, by their roles as they are now.

        NotFound if they are an operator no longer.
        """
        self.current()
        configuration, now = self.configuration(), self.installation.clock.now()
        operator = self.installation.identity.operators.get(work.operator)
        authority = authority_of(operator, configuration.roles, now, only=work.only, fresh=work.fresh)
        here = self.installation.acting(authority)
        ports = here.ports(self.opened[-1], heeded=self.heeded)
        return WorkDesk(
            ports=ports,
            configuration=configuration,
            approvals=here.approval_desk(configuration, ports),
            comparing=ComparisonDesk(ports=ports, standings=here.standings),
            audit=here.audit,
            files=ReportFolder(here.settings.home),
            reporting=replace(self.report_desk(), comparing=ComparisonDesk(ports=ports, standings=here.standings)),
            default_objects=lambda name: people_of(configuration, name),
        )

    def report_desk(self) -> ReportDesk:
        """Return what reports need of the world."""
        installation, desk, configuration = self.installation, self.current(), self.configuration()
        return ReportDesk(
            comparing=ComparisonDesk(ports=desk.ports, standings=installation.standings),
            audit=installation.audit,
            configuration=configuration,
            files=ReportFolder(installation.settings.home),
            post=desk.post,
            channels=configuration.channels,
            texts=desk.texts,
        )

    def works(self) -> dict[ChunkKind, Callable[[Claim], Awaitable[datetime | None]]]:
        """Return how chunks of each kind are worked on."""
        installation = self.installation

        async def template(claim: Claim) -> datetime | None:
            with self._turn(claim):
                return await orchestrate(self.current(), claim)

        async def automation(claim: Claim) -> datetime | None:
            with self._turn(claim):
                return await automate(self.automation_desk(), claim)

        async def work(claim: Claim) -> None:
            asked = installation.works.get(claim.chunk.run)
            with self._turn(claim, asked.correlation, origin="the worker"):
                await do_work(installation.works, self.work_desk, claim)

        return {ChunkKind.TEMPLATE: template, ChunkKind.AUTOMATION: automation, ChunkKind.WORK: work}

    @contextmanager
    def _turn(self, claim: Claim, correlation: str = "", *, origin: str = "") -> Generator[None]:
        """Have what is done inside be a turn of the chunk of *claim*, followed by *correlation*, else by its run."""
        chunk = claim.chunk
        with (
            self.installation.audit.correlated(correlation or chunk.run, origin=origin),
            span("turn", kind=chunk.kind, run=chunk.run, chunk=chunk.number),
        ):
            yield

    def companions(self, tell: Callable[[str], None]) -> list[Companion]:
        """Return what a worker does beside its chunks."""
        installation = self.installation
        events, locks, clock = installation.events, installation.database.locks, installation.clock

        def scheduled() -> int:
            configuration = self.configuration()
            texts = BlockTexts(configuration.macro_context)
            return schedule(installation.automations, events, configuration.automations, texts, clock.now())

        def cleaned() -> None:
            events.forget(clock.now() - KEPT)
            installation.standings.forget(clock.now() - comparisons.KEPT)
            _forget(installation, clock.now())
            installation.identity.sessions.forget(clock.now(), self.configuration().sign_in.lasts)

        return [
            Watcher(
                sides=lambda: watched_sides(self.configuration()),
                ports=lambda: self.current().ports,
                ledger=events,
                locks=locks,
                tell=tell,
            ),
            Scheduler(schedule=scheduled, clean=cleaned, tell=tell),
            Errand(
                name="post:",
                step=lambda: tell_due(self.tell_desk()),
                words="people cannot be told",
                locks=locks,
                tell=tell,
            ),
            Errand(
                name="anchor:",
                step=lambda: anchor_due(installation.anchor_desk(self.configuration())),
                words="the audit log cannot be anchored",
                locks=locks,
                tell=tell,
            ),
        ]


def _forget(installation: Installation, now: datetime) -> None:
    """Forget what is kept for a day."""
    installation.works.forget(now)
    installation.answers.forget(now)


def people_of(configuration: Configuration, name: str) -> str:
    """Return what the people of connection *name* are called there; NotFound if there is no such connection."""
    spec = configuration.connections.get(name)
    if spec is None:
        near = did_you_mean(name, configuration.connections)
        raise NotFound(
            f'there is no connection "{name}"{near}', hint=f"connections: {', '.join(configuration.connections)}"
        )
    if spec.kind != "rest":
        return "rows" if spec.kind == "table" else "users"
    objects = application_of(spec).objects
    if not objects:
        raise ConfigurationError(
            f'connection "{name}" has no objects', hint=f"describe them in connections.{name}.objects"
        )
    return next(iter(objects))


@asynccontextmanager
async def worker_of(installation: Installation, tell: Callable[[str], None]) -> AsyncGenerator["Worker"]:
    """Give a worker, which follows the configuration in force; its connections are closed afterwards."""
    from keepstep.worker.durable import Engine
    from keepstep.worker.loop import Tempo, Worker

    settings, database, clock = installation.settings, installation.database, installation.clock
    shared = database.postgres
    name = settings.worker if shared else "local"
    engine_database = settings.database_url if shared else settings.home / "engine.db"
    shop = Workshop(installation)

    async def rescued() -> None:
        ports, configuration = shop.current().ports, shop.configuration()
        for line in await remind_due(installation.approval_desk(configuration, ports), clock.now()):
            tell(line)
        await rescue(ports, installation.journal, configuration, tell)

    try:
        yield Worker(
            name=name,
            make_engine=lambda turn: Engine(engine_database, name, turn, schema=database.schema),
            chunks=SqlChunks(database),
            workers=SqlWorkers(database),
            works=shop.works(),
            clock=clock,
            tell=tell,
            rescue=rescued,
            companions=shop.companions(tell),
            tempo=Tempo(silence=settings.worker_silence, beat=settings.worker_silence / 6),
        )
    finally:
        await shop.close()
