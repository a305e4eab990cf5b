"""20,000 users of a Samba Active Directory, 15 attributes, over LDAPS in pages of 1000, against ldapsearch."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

from bench.harness import ROOT, Cell, Options, Report, interleaved, ours, peak_memory, report

USERS = 20_000
QUICK_USERS = 200
ATTRIBUTES = (
    "cn", "sAMAccountName", "userPrincipalName", "givenName", "sn", "displayName", "mail", "department", "title",
    "company", "telephoneNumber", "employeeID", "l", "enabled", "objectGUID",
)  # fmt: skip
FILTER = "(&(objectCategory=person)(objectClass=user))"
SCRIPT = ROOT / "tests" / "lab" / "samba.sh"


def read(*, told: dict[str, str], folder: str, users: int, guarded: bool) -> None:
    """Read every user into staging. *guarded*: with what tells whether an account is protected, as a rule reads."""
    asyncio.run(_read(told, Path(folder), users, guarded=guarded))


async def _read(told: dict[str, str], folder: Path, users: int, *, guarded: bool) -> None:
    from keepstep.connectors.ad.connector import AdConnector
    from keepstep.core.connection import ActiveDirectoryConnection
    from keepstep.core.secret import Secret
    from keepstep.ports import Query
    from keepstep.store.staging import FileStaging

    spec = ActiveDirectoryConnection.model_validate(
        {
            "kind": "active_directory",
            "url": told["LDAPS_URL"],
            "ca_file": told["CA_FILE"],
            "bind": {"method": "simple", "user": told["ADMIN"], "password": {"secret": "admin"}},
            "base": told["BASE"],
            "users": {"base": f"OU=People,{told['BASE']}"},
            "timeout": 60,
        }
    )
    connector = AdConnector("corp", spec, lambda _: Secret(told["PASSWORD"]))
    stage = FileStaging(folder).open("corp.users")
    attributes = (*ATTRIBUTES, "protected") if guarded else ATTRIBUTES
    await connector.schema("users")
    begun = time.perf_counter()
    verdict = await connector.read(Query(objects="users", attributes=attributes), stage.add)
    seconds = time.perf_counter() - begun
    await connector.close()
    if not verdict.complete or len(stage.seal(verdict).records) != users:
        raise AssertionError(f"not {users} users: {verdict}")
    report(peak=peak_memory(), found={"calls": verdict.calls, "read s": seconds})


def samba(lab: Path, *arguments: str) -> str:
    """Call the lab's script for a domain of the benchmark's own; return what it says."""
    environment = {**os.environ, "KEEPSTEP_LAB": str(lab)}
    done = subprocess.run([str(SCRIPT), *arguments], env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def run(options: Options) -> Report:
    """Measure it, with a domain that is made for it and kept in .lab for the next time."""
    users = QUICK_USERS if options.quick else USERS
    lab = ROOT / ".lab" / f"bench-{users}"
    if (lab / "snapshots" / "seeded").is_dir():
        samba(lab, "start")
    else:
        samba(lab, "start")
        samba(lab, "seed", str(users))
        samba(lab, "snapshot", "seeded")
    try:
        told = dict(line.split("=", 1) for line in samba(lab, "env").splitlines())
        samples = interleaved(cells(told, users, options), options)
    finally:
        samba(lab, "stop")
    return Report(
        title=f"AD read: {users:,} users, 15 attributes, LDAPS, pages of 1000",
        items=users,
        samples=samples,
        columns=("calls", "read s"),
        by_wall=True,
    )


def cells(told: dict[str, str], users: int, options: Options) -> list[Cell]:
    """Return ldapsearch and the connector, both whole processes with their start and the signing in."""
    names = [name if name != "enabled" else "userAccountControl" for name in ATTRIBUTES]
    search = (
        "env", f"LDAPTLS_CACERT={told['CA_FILE']}", "ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no",
        "-H", told["LDAPS_URL"], "-D", told["ADMIN"], "-w", told["PASSWORD"],
        "-b", f"OU=People,{told['BASE']}", "-E", "pr=1000/noprompt", FILTER, *names,
    )  # fmt: skip
    given = {"told": told, "folder": str(options.folder), "users": users}
    return [
        Cell("ldapsearch", search),
        ours("read into staging", "directory:read", guarded=False, **given),
        ours("the same, with `protected`", "directory:read", guarded=True, **given),
    ]
