"""A directory, an application and a home folder, all real: the ground the guarantees are tried on."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.connectors.rest.connector import RestConnector
from keepstep.connectors.rest.preset import load_preset
from keepstep.core.application import ApplicationSpec
from keepstep.core.authority import owner
from keepstep.core.connection import LdifConnection, RestConnection
from keepstep.core.guard import Override
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import Plan
from keepstep.core.secret import Secret, SecretRef
from keepstep.core.sync_rule import SyncRule
from keepstep.emulator import Emulator
from keepstep.ports import Connector, Ports
from keepstep.store.approvals import SqlApprovals
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.journal import SqlJournal
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.links import SqlLinks
from keepstep.store.own_writes import SqlOwnWrites
from keepstep.store.staging import FileStaging
from keepstep.store.vault import Vault
from keepstep.usecases.apply import RunSummary, apply
from keepstep.usecases.reconcile import reconcile
from tests.lab.loopback import LOOPBACK

BASE = "DC=corp,DC=example"
STAFF = f"OU=Staff,{BASE}"
HEAD = f"""version: 1

dn: {BASE}
objectClass: domain

dn: {STAFF}
objectClass: organizationalUnit
ou: Staff
"""

OUTBOUND = (
    SyncRule.model_validate(
        {
            "source": "corp.users",
            "target": "infobip.persons",
            "mapping": "out",
            "correlate": [["externalId", "objectGUID"], ["email", "mail"]],
            "reactions": {
                "unmatched": "create",
                "linked": "update",
                "target_missing": "create",
                "source_deleted": "delete",
                "source_disabled": "delete",
                "orphaned": "delete",
            },
            "guards": {"create": {"percent": 100}, "update": {"percent": 100}},
        }
    ),
    MappingSpec.model_validate(
        {
            "into": "infobip.persons",
            "rows": {
                "externalId": "{{ objectGUID }}",
                "firstName": "{{ givenName }}",
                "lastName": "{{ sn }}",
                "email": {"from": "{{ mail | lower }}", "when_empty": "clear"},
                "customAttributes.Department": {"from": "{{ department }}", "when_empty": "clear"},
            },
        }
    ),
)
INBOUND = (
    SyncRule.model_validate(
        {
            "source": "infobip.persons",
            "target": "corp.users",
            "mapping": "in",
            "correlate": [["employeeID", "id"]],
            "reactions": {
                "unmatched": "create",
                "linked": "update",
                "source_deleted": "disable",
                "orphaned": "disable",
            },
            "guards": {"update": {"percent": 100}},
        }
    ),
    MappingSpec.model_validate(
        {
            "into": "corp.users",
            "rows": {
                "employeeID": "{{ id }}",
                "cn": {"from": "{{ firstName }} {{ lastName }} {{ id }}", "on": "create"},
                "container": {"from": STAFF, "on": "create"},
                "sAMAccountName": {"from": "p{{ id }}", "on_clash": "suffix"},
                "givenName": "{{ firstName }}",
                "sn": "{{ lastName }}",
                "department": "{{ customAttributes.Department }}",
            },
        }
    ),
)


class WallClock:
    """The time of day."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def guid(number: int) -> str:
    return str(UUID(int=0x10000000_0000_4000_8000_000000000000 + number))


def entry(number: int, **attributes: str) -> str:
    """Return one user as LDIF. Numbers give distinct names, mails and GUIDs."""
    held = {
        "cn": f"Person {number:05d}",
        "givenName": f"First{number}",
        "sn": f"Last{number}",
        "mail": f"person{number}@corp.example",
        "department": "Sales",
        "sAMAccountName": f"p{number:05d}",
        "userAccountControl": "512",
        **attributes,
    }
    key = b64encode(UUID(guid(number)).bytes_le).decode()
    lines = [_line("dn", f"CN={held['cn']},{STAFF}"), "objectClass: user", f"objectGUID:: {key}"]
    return "\n".join([*lines, *(_line(name, text) for name, text in held.items() if text)]) + "\n"


def _line(name: str, text: str) -> str:
    plain = text.isascii() and text.isprintable() and text == text.strip() and text[:1] not in "<:"
    return f"{name}: {text}" if plain else f"{name}:: {b64encode(text.encode()).decode()}"


def hasty(times: int = 100) -> ApplicationSpec:
    """Return the preset of Infobip with limits so many times as high, for an emulator that has none."""
    preset = load_preset("infobip")
    limits = {name: limit.model_copy(update={"calls": limit.calls * times}) for name, limit in preset.limits.items()}
    return preset.model_copy(update={"limits": limits})


def reacting(rule: tuple[SyncRule, MappingSpec], **changes: object) -> tuple[SyncRule, MappingSpec]:
    """Return *rule* with fields changed; `reactions` and `guards` are laid over those it has."""
    spec = rule[0].model_dump(mode="json")
    for name, value in changes.items():
        spec[name] = {**(spec[name] or {}), **value} if isinstance(value, dict) else value
    return SyncRule.model_validate(spec), rule[1]


def unguarded(rule: tuple[SyncRule, MappingSpec]) -> tuple[SyncRule, MappingSpec]:
    """Return *rule* with guards that nothing trips."""
    everything = {"percent": 100}
    return reacting(rule, guards=dict.fromkeys(("create", "update", "disable", "delete"), everything))


@dataclass
class World:
    """One home folder with a directory file, connected to an emulator at *url*."""

    home: Path
    emulator: Emulator
    url: str
    pace: float = 1.0
    preset: ApplicationSpec | None = None
    protected: list[str] = field(default_factory=list)
    new_accounts: dict[str, object] = field(default_factory=dict)
    authorization: dict[str, object] = field(
        default_factory=lambda: {"type": "basic", "username": "keepstep", "password": {"secret": "app"}}
    )
    secrets: dict[str, str] = field(default_factory=lambda: {"app": "demo-password", "key": "demo-key"})

    @property
    def directory(self) -> Path:
        return self.home / "directory.ldif"

    def write(self, entries: Iterable[str]) -> None:
        self.directory.write_text("\n".join([HEAD, *entries]))

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.secrets[ref.secret])

    def application(self) -> Connector:
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "base_url": self.url,
                "authorization": self.authorization,
                "pace": self.pace,
                "timeout": 5,
            }
        )
        return RestConnector("infobip", spec, self.resolve, application=self.preset, egress=LOOPBACK)

    def corp(self) -> Connector:
        spec = LdifConnection.model_validate(
            {
                "kind": "ldif",
                "file": str(self.directory),
                "base": BASE,
                "users": {"base": STAFF},
                "new_accounts": {"container": STAFF, **self.new_accounts},
                "protected": self.protected,
            }
        )
        return LdifConnector(spec, self.directory)

    @asynccontextmanager
    async def ports(self) -> AsyncIterator[Ports]:
        connectors = {"infobip": self.application(), "corp": self.corp()}
        clock = WallClock()
        try:
            with open_database(sqlite_url(self.home / "keepstep.db")) as database:
                key = self.home / "master.key"
                if not key.exists():
                    create_master_key(key)
                yield Ports(
                    connector=lambda name: connectors[name],
                    staging=FileStaging(self.home),
                    links=SqlLinks(database),
                    journal=SqlJournal(database, clock),
                    audit=SqlAuditLog(database, clock),
                    own_writes=SqlOwnWrites(database, clock),
                    clock=clock,
                    progress=lambda *_: None,
                    authority=owner("tester"),
                    approvals=SqlApprovals(
                        database, Vault(database, FileKeys(key), clock), clock, SqlAuditLog(database, clock)
                    ),
                )
        finally:
            for connector in connectors.values():
                await connector.close()

    def writes(self, after: int = 0) -> list[dict]:
        """Return the calls since number *after* that could have changed something, whatever became of them."""
        calls = self.emulator.requests(after)
        return [call for call in calls if call["method"] != "GET" and call["operation"] != "match"]

    def last_call(self) -> int:
        """Return the number of the latest call."""
        return max((call["number"] for call in self.emulator.requests()), default=0)

    async def plan(self, rule: tuple[SyncRule, MappingSpec], *, accept_size: bool = False) -> Plan:
        async with self.ports() as ports:
            return await reconcile(ports, "rule", *rule, accept_size=accept_size)

    async def apply(self, plan: Plan, rule: tuple[SyncRule, MappingSpec], *, override: bool = False) -> RunSummary:
        grant = Override(operator="tester", reason="a test") if override else None
        async with self.ports() as ports:
            return await apply(ports, plan, *rule, override=grant)
