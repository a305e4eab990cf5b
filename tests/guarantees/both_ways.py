"""Both directions of a sync in a state that changes, ready to be applied and killed."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ldap
import ldap.controls

from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.link import Link
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import ActionKind
from keepstep.core.run import Run
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey, Record
from keepstep.emulator import Emulator
from keepstep.ports import Query
from tests.guarantees.driver import AdWorld, Driver
from tests.guarantees.trial import SEED, Size, Trial
from tests.guarantees.wire import Wire
from tests.guarantees.world import INBOUND, OUTBOUND, World, entry, guid, reacting, unguarded
from tests.lab.directory import Samba

OUT = unguarded(OUTBOUND)
T = TypeVar("T")
FIRST_ID = 7_731_001
"""The id of the first person of an emulator that was reset."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* gives: these tests share worlds, and an event loop is made for each test."""
    return asyncio.run(work)


async def runs_of(world: World) -> list[Run]:
    async with world.ports() as ports:
        return ports.journal.runs()


async def remembered(world: World) -> list[Link]:
    async with world.ports() as ports:
        return list(ports.links.load("rule").values())


# ---------------------------------------------------------------- directory to application


def before_the_change() -> list[str]:
    return [entry(number) for number in range(60)]


def after_the_change() -> list[str]:
    """Leavers, movers, swaps, a ring and a chain of mails, and joiners, of whom one takes a mail that got free."""
    changes: dict[int, dict[str, str]] = {number: {"department": "Support"} for number in range(10)}
    changes |= {number: {"department": ""} for number in (10, 11, 12)}
    changes |= {number: {"mail": f"new{number}@corp.example"} for number in (13, 14, 15)}
    changes |= {16: {"mail": "", "sn": "Nomail"}}
    taken = {20: 21, 21: 20, 22: 23, 23: 24, 24: 22, 25: 50, 26: 25, 70: 26, 27: 28, 28: 27}
    for number, other in taken.items():
        changes[number] = {"mail": f"person{other}@corp.example"}
    changes |= {number: {"userAccountControl": "514"} for number in (55, 56, 57)}
    stay = [number for number in range(60) if not 50 <= number < 55]
    return [entry(number, **changes.get(number, {})) for number in (*stay, *range(60, 71), 80)]


@dataclass
class Outbound:
    """A synchronised pair of sides, kept as a folder and people, and what one apply of the change is like."""

    kept: Path
    world: World
    emulator: Emulator
    children: Driver
    wire: Wire

    def back(self) -> None:
        """Both sides as they were before the change; the person numbered 80 is there already, and not linked."""
        self.emulator.reset()
        self.emulator.define_attribute("Department", "STRING")
        for number in (*range(60), 80):
            self.emulator.create(
                {
                    "externalId": guid(number),
                    "firstName": f"First{number}",
                    "lastName": f"Last{number}",
                    "contactInformation": {"email": [{"address": f"person{number}@corp.example"}]},
                    "customAttributes": {"Department": "Sales"},
                }
            )
        if self.kept.exists():
            shutil.rmtree(self.world.home)
            shutil.copytree(self.kept, self.world.home)

    def trial(self) -> Trial:
        self.back()
        self.world.write(after_the_change())
        plan = run(self.world.plan(OUT))
        return Trial(self.world, OUT, plan, self.children, self.wire)

    def people(self) -> dict[str, object]:
        """Return what the application holds, without what differs from run to run."""
        volatile = {"id", "createdAt", "modifiedAt", "modifiedFrom", "origin"}
        return {
            person["externalId"]: {name: held for name, held in person.items() if name not in volatile}
            for person in self.emulator.persons()
        }

    def links(self) -> dict[str, object]:
        links = run(remembered(self.world))
        named = {str(person["id"]): person["externalId"] for person in self.emulator.persons()}
        return {link.source_key: (named.get(link.target_key), link.state) for link in links}

    def effects(self) -> Counter[tuple[str, str, str]]:
        """Return how often each thing came about, by the application's own log."""
        return Counter(
            (item["outcome"], item["key"], str(item["id"] if item["outcome"] == "deleted" else ""))
            for call in self.emulator.requests()
            if call["committed"]
            for item in call["items"]
            if item["outcome"] in {"created", "deleted"}
        )


# ---------------------------------------------------------------- application to directory

LOOK = (
    "employeeID",
    "cn",
    "container",
    "sAMAccountName",
    "userPrincipalName",
    "givenName",
    "sn",
    "department",
    "enabled",
)


def person(number: int, **changes: object) -> dict[str, object]:
    return {
        "externalId": f"e{number}",
        "firstName": f"First{number}",
        "lastName": f"Last{number}",
        "contactInformation": {"email": [{"address": f"u{number}@lab.example"}]},
        "customAttributes": {"Department": "Sales"},
        **changes,
    }


def mail(number: int) -> dict[str, object]:
    return {"contactInformation": {"email": [{"address": f"u{number}@lab.example"}]}}


def inbound_rule(container: str, **more: str) -> tuple[SyncRule, MappingSpec]:
    """Return the rule that makes users in *container*; their logon names are their mails, which may be swapped."""
    rows = {**INBOUND[1].rows, "container": container, "userPrincipalName": "{{ email }}", **more}
    rule, _ = unguarded(reacting(INBOUND, guards={"canary": 3}))
    return rule, INBOUND[1].model_copy(update={"rows": rows})


@dataclass
class Inbound:
    """An application with people, and an empty directory to bring them into."""

    world: World
    rule: tuple[SyncRule, MappingSpec]
    children: Driver
    wire: Wire
    looked_at: tuple[str, ...] = LOOK

    def trial(self) -> Trial:
        """Bring 8 people into the directory, then change 5 of them, take 2 away and add 5."""
        emulator = self.world.emulator
        emulator.reset()
        emulator.define_attribute("Department", "STRING")
        shutil.rmtree(self.world.home)
        self.world.home.mkdir()
        self.empty()
        ids = [str(emulator.create(person(number))) for number in range(8)]
        assert run(self.world.apply(run(self.world.plan(self.rule)), self.rule)).state == "done"
        emulator.replace("ID", ids[0], person(0, lastName="Changed"))
        emulator.replace("ID", ids[1], person(1, customAttributes={"Department": "Support"}))
        emulator.replace("ID", ids[2], person(2, firstName="Changed", **mail(20)))
        emulator.replace("ID", ids[3], person(3, contactInformation={}))
        emulator.replace("ID", ids[4], person(4, **mail(3)))
        emulator.replace("ID", ids[3], person(3, **mail(4)))
        emulator.delete("ID", ids[5])
        emulator.delete("ID", ids[6])
        for number in range(10, 15):
            emulator.create(person(number))
        plan = run(self.world.plan(self.rule))
        return Trial(self.world, self.rule, plan, self.children, self.wire, self.domain(), self.half_made)

    def half_made(self) -> str:
        """Return in what state the newest account is, if an apply was killed now."""
        return ""

    def domain(self) -> ActiveDirectoryConnection | None:
        return self.world.domain if isinstance(self.world, AdWorld) else None

    def empty(self) -> None:
        self.world.write([])

    def remains(self) -> list[str]:
        """Return what was deleted from the directory: nothing ever should be."""
        return []

    def users(self) -> list[Record]:
        """Return what the directory holds, without the ids that differ from run to run."""
        found: list[Record] = []

        async def read() -> None:
            connector = self.world.corp()
            verdict = await connector.read(Query(objects="users", attributes=self.looked_at), found.extend)
            await connector.close()
            assert verdict.complete

        run(read())
        anonymous = [Record(NativeKey(""), {**record.attributes}) for record in found]
        return sorted(anonymous, key=lambda record: record.one("employeeID"))

    def links(self) -> dict[str, object]:
        """Return the employee number of the user that each person is linked to."""
        links = run(remembered(self.world))

        async def fetch() -> dict[NativeKey, Record]:
            connector = self.world.corp()
            keys = [link.target_key for link in links]
            found = await connector.fetch(Query(objects="users", attributes=("employeeID",)), keys)
            await connector.close()
            return found

        found = run(fetch())
        return {link.source_key: (found[link.target_key].one("employeeID"), link.state) for link in links}

    def calm(self) -> tuple[Size, list[Record], dict[str, object]]:
        trial = self.trial()
        kinds = Counter(action.kind for action in trial.plan.actions)
        assert kinds == {ActionKind.DISABLE: 2, ActionKind.CREATE: 5, ActionKind.UPDATE: 6}, kinds
        size = trial.measure()
        users = self.users()
        assert len(users) == 13
        assert sum(record.one("enabled") == "false" for record in users) == 2
        assert self.remains() == []
        return size, users, self.links()

    def check(self, trial: Trial, calm: tuple[Size, list[Record], dict[str, object]]) -> None:
        told = f"seed {SEED}: " + "\n".join(trial.told)
        assert self.users() == calm[1], told
        assert self.links() == calm[2], told
        assert self.remains() == [], told
        again = run(self.world.plan(self.rule))
        assert again.empty, told
        assert not again.findings, told


@dataclass
class AdInbound(Inbound):
    """The same with a directory of the real kind."""

    samba: Samba | None = None

    @property
    def place(self) -> str:
        return f"OU=Once,{self.samba.base}"

    def empty(self) -> None:
        if self.samba.look(self.place) is not None:
            self.samba.remove(self.place)
        self.samba.organizational_unit("Once")
        self.samba.organizational_unit("Staff", self.place)
        self.samba.add(f"CN=Everybody,{self.place}", "group", sAMAccountName="everybody")

    def half_made(self) -> str:
        names = ["employeeID", "userAccountControl", "pwdLastSet", "memberOf"]
        with self.samba.admin() as connection:
            found = connection.search_s(f"OU=Staff,{self.place}", ldap.SCOPE_ONELEVEL, "(objectClass=user)", names)
        leavers = {str(FIRST_ID + 5), str(FIRST_ID + 6)}
        for _, held in found:
            if held["userAccountControl"] == [b"514"] and held["employeeID"][0].decode() not in leavers:
                group = "in its group" if "memberOf" in held else "without its group"
                return f"half made: {'no' if held['pwdLastSet'] == [b'0'] else 'a'} password, {group}"
        return "all or nothing of each account"

    def remains(self) -> list[str]:
        shown = ldap.controls.LDAPControl("1.2.840.113556.1.4.417", True)
        with self.samba.admin() as connection:
            found = connection.search_ext_s(
                self.samba.base, ldap.SCOPE_SUBTREE, "(isDeleted=TRUE)", ["lastKnownParent"], serverctrls=[shown]
            )
        staff = f"OU=Staff,{self.place}".encode()
        return [dn for dn, held in found if dn and staff in held.get("lastKnownParent", [])]
