"""A home folder with a directory file whose people are those of an emulated account, all in another department."""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from bench.harness import Meter
from bench.sides import infobip, persons

BASE = "DC=corp,DC=example"
STAFF = f"OU=Staff,{BASE}"
RULE = {
    "source": "corp.users",
    "target": "infobip.persons",
    "mapping": "staff",
    "correlate": [["externalId", "objectGUID"]],
    "guards": {"update": {"percent": 100}},
}
MAPPING = {
    "into": "infobip.persons",
    "rows": {
        "externalId": "{{ objectGUID }}",
        "firstName": "{{ givenName }}",
        "lastName": "{{ sn }}",
        "email": "{{ mail | lower }}",
        "customAttributes.Department": "{{ department }}",
    },
}
READ = ("externalId", "firstName", "lastName", "email")


class WallClock:
    """The time of day."""

    def now(self) -> datetime:
        """Return it, in UTC."""
        return datetime.now(UTC)


def entry(number: int, record) -> str:
    """Return the user who belongs to a person, as LDIF."""
    guid, first, last, mail = (record.one(name) for name in READ)
    held = {
        "cn": f"Person {number:06d}",
        "givenName": first,
        "sn": last,
        "mail": mail,
        "department": "Benchmarks",
        "sAMAccountName": f"p{number:06d}",
        "userAccountControl": "512",
    }
    lines = [f"dn: CN={held['cn']},{STAFF}", "objectClass: user"]
    lines.append(f"objectGUID:: {b64encode(UUID(guid).bytes_le).decode()}")
    lines += [f"{name}:: {b64encode(text.encode()).decode()}" for name, text in held.items()]
    return "\n".join(lines) + "\n\n"


class Installation:
    """Both sides and a store."""

    def __init__(self, folder: Path, url: str) -> None:
        self.home = folder / f"home-{datetime.now(UTC):%H%M%S%f}"
        self.home.mkdir()
        self.url = url

    @property
    def directory(self) -> Path:
        """The file that is the directory."""
        return self.home / "directory.ldif"

    @asynccontextmanager
    async def ports(self) -> AsyncIterator[object]:
        """Give what use cases need, with a directory file made to differ."""
        from keepstep.connectors.ldif.connector import LdifConnector
        from keepstep.core.authority import owner
        from keepstep.core.connection import LdifConnection
        from keepstep.ports import Ports
        from keepstep.store.audit_log import SqlAuditLog
        from keepstep.store.database import open_database, sqlite_url
        from keepstep.store.journal import SqlJournal
        from keepstep.store.links import SqlLinks
        from keepstep.store.own_writes import SqlOwnWrites
        from keepstep.store.staging import FileStaging

        application = infobip(self.url, paced=False)
        found: list = []
        await application.read(persons(READ), found.extend)
        head = f"version: 1\n\ndn: {BASE}\nobjectClass: domain\n\ndn: {STAFF}\nobjectClass: organizationalUnit\nou: Staff\n\n"
        self.directory.write_text(head + "".join(entry(number, record) for number, record in enumerate(found)))
        spec = LdifConnection.model_validate({"kind": "ldif", "file": "directory.ldif", "base": BASE})
        connectors = {"corp": LdifConnector(spec, self.directory), "infobip": application}
        clock = WallClock()
        with open_database(sqlite_url(self.home / "keepstep.db")) as database:
            yield Ports(
                connector=connectors.__getitem__,
                staging=FileStaging(self.home),
                links=SqlLinks(database),
                journal=SqlJournal(database, clock),
                audit=SqlAuditLog(database, clock),
                own_writes=SqlOwnWrites(database, clock),
                clock=clock,
                progress=lambda *_: None,
                authority=owner("bench"),
            )
        for connector in connectors.values():
            await connector.close()

    async def measure_apply(self, people: int) -> None:
        """Plan, then apply and measure."""
        from keepstep.core.mapping import MappingSpec
        from keepstep.core.run import RunState
        from keepstep.core.sync_rule import SyncRule
        from keepstep.usecases.apply import apply
        from keepstep.usecases.reconcile import reconcile

        rule, mapping = SyncRule.model_validate(RULE), MappingSpec.model_validate(MAPPING)
        async with self.ports() as ports:
            plan = await reconcile(ports, "staff", rule, mapping)
            if len(plan.actions) != people:
                raise AssertionError(f"{len(plan.actions)} actions, not {people}")
            with Meter() as meter:
                summary = await apply(ports, plan, rule, mapping)
        if summary.state is not RunState.DONE:
            raise AssertionError(summary.note)
        meter.report(updates=people)


def measure_journal(folder: Path, count: int, batch: int) -> None:
    """Journal *count* made-up actions, *batch* in a transaction, and measure."""
    from keepstep.core.run import EffectState, StepResult
    from keepstep.store.database import open_database, sqlite_url
    from keepstep.store.journal import SqlJournal

    file = folder / f"journal-{datetime.now(UTC):%H%M%S%f}.db"
    with open_database(sqlite_url(file)) as database:
        journal = SqlJournal(database, WallClock())
        plan = made_up(count)
        run = journal.open_run(plan, operator="bench")
        with Meter() as meter:
            for start in range(0, count, batch):
                actions = plan.actions[start : start + batch]
                journal.begin(run.id, actions)
                done = [
                    StepResult(action=one.id, state=EffectState.DONE, target_key=one.target_key or "")
                    for one in actions
                ]
                journal.finish(run.id, done)
    meter.report(updates=count)


def made_up(count: int):
    """Return a plan of *count* updates."""
    from keepstep.core.plan import Action, ActionId, ActionKind, Delta, Plan, digest_of
    from keepstep.core.situation import Situation
    from keepstep.core.values import Completeness, NativeKey, Verdict

    verdict = Verdict(completeness=Completeness.COMPLETE, reason="made up", records=count)

    def action(number: int) -> Action:
        return Action(
            id=ActionId(digest_of(number)),
            kind=ActionKind.UPDATE,
            situation=Situation.LINKED,
            name=f"Person {number}",
            reason="differs from its source",
            source_key=NativeKey(str(UUID(int=number))),
            target_key=NativeKey(str(number)),
            deltas=(Delta("customAttributes.Department", ("Sales",), ("Benchmarks",)),),
        )

    actions: Sequence[Action] = [action(number) for number in range(count)]
    return Plan(
        rule="staff", basis="basis", source=verdict, target=verdict, actions=tuple(actions), findings=(), situations={}
    )
