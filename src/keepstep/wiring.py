"""The only place that builds concrete objects: the store, the connectors, the clock, and the bundle of ports."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING

from keepstep.connected import Connections, KeptTokens, Noticed, SystemClock
from keepstep.connectors.anchoring.anchor import Anchors
from keepstep.connectors.posting.post import Posting
from keepstep.connectors.registry import Premises
from keepstep.connectors.rest.preset import application_of
from keepstep.core.approval import Agreement, ApprovalRequest, decide
from keepstep.core.authority import Authority, owner
from keepstep.core.automation_run import automation_of
from keepstep.core.block_text import BlockTexts
from keepstep.core.configuration import Configuration
from keepstep.core.macro_context import iso
from keepstep.core.notice import Message, messages_of, run_notice
from keepstep.core.secret import Secret, SecretRef
from keepstep.core.template_run import TemplateRun
from keepstep.errors import NotFound, StoreError
from keepstep.identity import Identity
from keepstep.ports import Ports, Progress
from keepstep.secret_premises import secret_premises
from keepstep.settings import Settings
from keepstep.store.answers import SqlAnswers
from keepstep.store.approvals import SqlApprovals
from keepstep.store.audit_checkpoints import SqlCheckpoints
from keepstep.store.audit_key import AuditKey
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.automations import SqlAutomations
from keepstep.store.call_counts import SqlCallCounts
from keepstep.store.circuits import SqlCircuits
from keepstep.store.comparisons import SqlComparisons
from keepstep.store.config_file import parse, read_text
from keepstep.store.configs import SqlConfigs
from keepstep.store.database import Database, open_database, sqlite_url
from keepstep.store.endpoint_tests import SqlEndpointTests
from keepstep.store.events import SqlEvents
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.history import SqlHistory
from keepstep.store.journal import SqlJournal
from keepstep.store.kept_configuration import KeptConfiguration
from keepstep.store.key_change import MasterKeyDesk
from keepstep.store.key_loss import KeyLossDesk
from keepstep.store.links import SqlLinks
from keepstep.store.notices import SqlNotices
from keepstep.store.own_writes import SqlOwnWrites
from keepstep.store.secret_sources import SecretSources
from keepstep.store.staging import FileStaging
from keepstep.store.template_runs import SqlTemplateRuns
from keepstep.store.vault import Vault
from keepstep.store.webhook_tests import SqlWebhookTests
from keepstep.store.works import SqlWorks
from keepstep.usecases.anchor_audit import AnchorDesk
from keepstep.usecases.approve import ApprovalDesk
from keepstep.usecases.ask_start import Automating
from keepstep.usecases.configure import understand
from keepstep.usecases.edit_configuration import ConfigurationDesk
from keepstep.usecases.edit_endpoint import EndpointDesk
from keepstep.usecases.edit_webhook import WebhookDesk
from keepstep.usecases.heed_circuit import CircuitWatch
from keepstep.usecases.measure_quota import QuotaDesk
from keepstep.usecases.orchestrate import RunDesk
from keepstep.usecases.steer_run import Steering
from keepstep.usecases.tell_approval import ChannelTeller

if TYPE_CHECKING:
    from keepstep.connectors.rest.openid import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An opened home folder: its settings, its store, and what use cases need."""

    settings: Settings
    authority: Authority
    database: Database
    vault: Vault
    secrets: SecretSources
    first_passwords: FirstPasswords
    configs: SqlConfigs
    journal: SqlJournal
    audit: SqlAuditLog
    progress: Progress
    noticed: Noticed

    @property
    def kept(self) -> KeptConfiguration:
        """The configuration in force, and its versions."""
        return KeptConfiguration(self.settings.config_file, self.configs)

    @property
    def configuration_desk(self) -> ConfigurationDesk:
        """Where parts of the configuration are changed."""
        return ConfigurationDesk(self.kept, application_of, self.audit, self.authority)

    @property
    def endpoints(self) -> EndpointDesk:
        """The endpoints of the configuration in force."""
        return EndpointDesk(self.kept, application_of)

    @property
    def endpoint_tests(self) -> SqlEndpointTests:
        """What was tested of endpoints."""
        return SqlEndpointTests(self.database)

    @property
    def webhooks(self) -> WebhookDesk:
        """The webhooks of the configuration in force."""
        return WebhookDesk(self.kept, application_of)

    @property
    def webhook_tests(self) -> SqlWebhookTests:
        """What was tested of webhooks."""
        return SqlWebhookTests(self.database)

    def configuration(self) -> Configuration:
        """Return the configuration in force; ConfigurationError lists every mistake in it."""
        return self.understand(read_text(self.settings.config_file))

    def understand(self, text: str) -> Configuration:
        """Return the configuration that *text* would be; ConfigurationError lists every mistake in it."""
        return understand(parse(text, name=self.settings.config_file.name), application_of)

    @property
    def template_runs(self) -> SqlTemplateRuns:
        """The runs of templates."""
        return SqlTemplateRuns(self.database, SystemClock())

    @property
    def events(self) -> SqlEvents:
        """What happened on watched sides."""
        return SqlEvents(self.database)

    @property
    def history(self) -> SqlHistory:
        """What was ever done to an account."""
        return SqlHistory(self.database, self.template_runs)

    @property
    def steering(self) -> Steering:
        """What a person does to runs of templates."""
        return Steering(runs=self.template_runs, audit=self.audit, by=self.authority)

    def run_desk(self, configuration: Configuration, ports: Ports) -> RunDesk:
        """Return what runs of templates need of the world."""

        def told(run: TemplateRun) -> Sequence[Message]:
            notice = run_notice(run, SystemClock().now())
            automation = configuration.automations.get(automation_of(run.operator))
            channels = automation.notify if automation else []
            return [] if notice is None else messages_of(notice, configuration.notifications, channels)

        return RunDesk(
            told=told,
            ports=ports,
            ledger=self.template_runs,
            post=Posting(self.settings.home, self._resolve, configuration.egress),
            channels=configuration.channels,
            texts=BlockTexts(configuration.macro_context),
        )

    @property
    def approvals(self) -> SqlApprovals:
        """What people were asked to agree to, and what they said."""
        return SqlApprovals(self.database, self.vault, SystemClock(), self.audit)

    @property
    def standings(self) -> SqlComparisons:
        """How both sides of each rule stood over time, and who is passed over."""
        return SqlComparisons(self.database)

    def agreement(self, request: ApprovalRequest) -> Agreement:
        """Return how people stand to *request* now."""
        return decide(request, SystemClock().now())

    def approval_desk(self, configuration: Configuration, ports: Ports) -> ApprovalDesk:
        """Return where people are asked to agree to plans."""
        teller = ChannelTeller(
            ports=ports,
            post=Posting(self.settings.home, self._resolve, configuration.egress),
            channels=configuration.channels,
            texts=BlockTexts(configuration.macro_context),
        )
        return ApprovalDesk(
            requests=self.approvals, journal=self.journal, audit=self.audit, clock=SystemClock(), teller=teller
        )

    def openid(self, configuration: Configuration) -> "Provider":
        """Return the OpenID provider of *configuration*; NotFound if there is none."""
        from keepstep.connectors.rest.openid import Provider

        spec = configuration.sign_in.oidc
        if spec is None:
            raise NotFound("nobody signs in at a provider here", hint="configure sign_in.oidc")
        return Provider(spec, configuration.egress, self._resolve)

    @property
    def identity(self) -> Identity:
        """Who may sign in, and who is signed in."""
        return Identity(
            database=self.database,
            vault=self.vault,
            audit=self.audit,
            by=self.authority,
            roles=lambda: self.configuration().roles,
        )

    @property
    def answers(self) -> SqlAnswers:
        """What came of what was asked for with a key."""
        return SqlAnswers(self.database, self.clock)

    @property
    def works(self) -> SqlWorks:
        """Work that people asked for."""
        return SqlWorks(self.database, self.clock, self.audit)

    def acting(self, authority: Authority) -> "Installation":
        """Return the installation as it is for whoever has *authority*."""
        return replace(self, settings=replace(self.settings, operator=authority.operator), authority=authority)

    @property
    def notices(self) -> SqlNotices:
        """What people are told."""
        return SqlNotices(self.database, SystemClock())

    @property
    def checkpoints(self) -> SqlCheckpoints:
        """What was signed of the audit log, and where it was brought to."""
        return SqlCheckpoints(self.database)

    @property
    def audit_key(self) -> AuditKey:
        """The key that signs checkpoints of the audit log."""
        return AuditKey(self.vault)

    def anchor_desk(self, configuration: Configuration) -> AnchorDesk:
        """Return what signing the audit log and anchoring it needs of the world."""
        return AnchorDesk(
            log=self.audit,
            ledger=self.checkpoints,
            signer=self.audit_key,
            anchoring=Anchors(self.settings.home, self._resolve, configuration.egress),
            anchors=configuration.audit.anchors,
            every=configuration.audit.every,
            clock=self.clock,
        )

    @property
    def master_key_desk(self) -> MasterKeyDesk:
        """What a change of the master key needs of the world."""
        return MasterKeyDesk(database=self.database, vault=self.vault, approvals=self.approvals, clock=SystemClock())

    @property
    def key_loss_desk(self) -> KeyLossDesk:
        """What giving up what a lost master key sealed needs of the world."""
        database, vault, audit = self.database, self.vault, self.audit
        return KeyLossDesk(
            database=database, vault=vault, approvals=self.approvals, audit_key=self.audit_key, audit=audit
        )

    @property
    def automating(self) -> Automating:
        """What a person does with automations."""
        return Automating(
            kept=self.kept,
            audit=self.audit,
            understand=self.understand,
            starting=self.automations,
            clock=self.clock,
            by=self.authority,
        )

    @property
    def clock(self) -> SystemClock:
        """The time."""
        return SystemClock()

    @property
    def automations(self) -> SqlAutomations:
        """The automations: what is remembered of each, and their starts."""
        return SqlAutomations(self.database, SystemClock())

    @property
    def tokens(self) -> KeptTokens:
        """The tokens of connections."""
        return KeptTokens(self.vault, self.noticed)

    def connections(self, configuration: Configuration) -> Connections:
        """Return the connectors of *configuration*, none of them built yet."""
        context = replace(configuration.macro_context, now=iso(SystemClock().now()), run_id=token_hex(8))
        premises = Premises(
            folder=self.settings.home,
            resolve=self._resolve,
            tokens=self.tokens,
            handover=self.first_passwords,
            context=context,
            egress=configuration.egress,
            counts=self.call_counts,
        )
        return Connections(configuration, premises)

    def _resolve(self, reference: SecretRef) -> Secret:
        secret = self.secrets.resolve(reference)
        self.noticed(secret)
        return secret

    @property
    def circuits(self) -> SqlCircuits:
        """Which connections are left in peace."""
        return SqlCircuits(self.database, SystemClock(), self.audit)

    @property
    def call_counts(self) -> SqlCallCounts:
        """The calls that were sent to applications."""
        return SqlCallCounts(self.database, SystemClock())

    def quota_desk(self, configuration: Configuration) -> QuotaDesk:
        """Return what measuring the use of rate limits needs of the world."""
        return QuotaDesk(
            configuration=configuration,
            application_of=application_of,
            counted=self.call_counts,
            clock=SystemClock(),
            by=self.authority,
        )

    def circuit_watch(self, configuration: Configuration, *, heeded: bool = False) -> CircuitWatch:
        """Return what remembers which connections fail. *heeded*: it holds back what goes on by itself."""
        return CircuitWatch(
            ledger=self.circuits,
            specs={name: spec.circuit for name, spec in configuration.connections.items()},
            rules=configuration.notifications,
            clock=SystemClock(),
            operator=self.settings.operator,
            heeded=heeded,
        )

    def ports(self, connections: Connections, *, heeded: bool = False) -> Ports:
        """Return everything a use case may ask of the world. *heeded*: an open circuit holds back what it asks."""
        return Ports(
            connector=connections,
            staging=FileStaging(self.settings.staging_folder),
            links=SqlLinks(self.database),
            journal=self.journal,
            audit=self.audit,
            own_writes=SqlOwnWrites(self.database, SystemClock()),
            clock=SystemClock(),
            progress=self.progress,
            authority=self.authority,
            approvals=self.approvals,
            circuits=self.circuit_watch(connections.configuration, heeded=heeded),
            context=connections.premises.context,
        )


def _quiet(task: str, done: int, total: int | None = None) -> None:
    pass


def _unnoticed(secret: Secret) -> None:
    pass


@contextmanager
def opened(
    settings: Settings, *, progress: Progress = _quiet, noticed: Noticed = _unnoticed
) -> Generator[Installation]:
    """Give the installation in the home folder of *settings*, and close its store afterwards.

    StoreError if there is no home folder: `keepstep init` makes one.
    """
    if not settings.home.is_dir():
        raise StoreError(
            f"there is no home folder {settings.home}",
            hint="make one with `keepstep init`, or name another with --home or $KEEPSTEP_HOME",
        )
    clock = SystemClock()
    database = open_database(settings.database_url or sqlite_url(settings.database_file))
    vault = Vault(database, settings.keys, clock)
    try:
        yield Installation(
            settings=settings,
            authority=owner(settings.operator),
            database=database,
            vault=vault,
            secrets=SecretSources(vault, secret_premises(settings), clock),
            first_passwords=FirstPasswords(database, vault, clock),
            configs=SqlConfigs(database, clock),
            journal=SqlJournal(database, clock),
            audit=SqlAuditLog(database, clock, origin=settings.origin, correlation=token_hex(8)),
            progress=progress,
            noticed=noticed,
        )
    finally:
        database.close()
