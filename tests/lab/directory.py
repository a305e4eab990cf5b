"""The directories of the tests: a Samba Active Directory of their own, and an OpenLDAP with limits."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ldap
import ldap.controls
import ldap.dn
import pytest

from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.secret import Secret, SecretRef
from tests.lab.relay import Relay, relay_to

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "lab" / "samba.sh"
RESTARTING = frozenset({"start", "reset", "snapshot", "seed", "load"})
SLOTS = 8
"""So many processes that test one checkout may work at the same time, each with a domain of its own; a run has two."""


@dataclass(frozen=True)
class Samba:
    """A running domain. `resolve` knows its passwords: secret `admin`, and those given to `account`."""

    lab: Path
    told: dict[str, str]
    passwords: dict[str, str]

    @property
    def base(self) -> str:
        return self.told["BASE"]

    @property
    def address(self) -> str:
        return self.told["ADDRESS"]

    @property
    def ca_file(self) -> str:
        return self.told["CA_FILE"]

    @property
    def krb5_config(self) -> str:
        return self.told["KRB5_CONFIG"]

    def run(self, *arguments: str) -> str:
        """Call the lab's script; its standard output. A domain that was started again may have another address."""
        output = script(self.lab, *arguments)
        if arguments[0] in RESTARTING:
            self.told.update(coordinates(self.lab))
        return output

    def tool(self, *arguments: str) -> str:
        """Call samba-tool."""
        return self.run("tool", *arguments)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.passwords[ref.secret])

    def connection(self, **overrides: Any) -> ActiveDirectoryConnection:
        """Return the spec of a connection as the administrator, over LDAPS."""
        spec: dict[str, Any] = {
            "kind": "active_directory",
            "url": self.told["LDAPS_URL"],
            "ca_file": self.ca_file,
            "bind": {"method": "simple", "user": self.told["ADMIN"], "password": {"secret": "admin"}},
            "base": self.base,
            "timeout": 20,
        }
        return ActiveDirectoryConnection.model_validate(spec | overrides)

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A python-ldap connection of the administrator: how tests arrange things and look at them."""
        with self._connected() as connection:
            connection.simple_bind_s(self.told["ADMIN"], self.told["PASSWORD"])
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        connection = ldap.initialize(self.told["LDAPS_URL"])
        for option, value in (
            (ldap.OPT_REFERRALS, 0),
            (ldap.OPT_NETWORK_TIMEOUT, 10),
            (ldap.OPT_X_TLS_CACERTFILE, self.ca_file),
            (ldap.OPT_X_TLS_NEWCTX, 0),
        ):
            connection.set_option(option, value)
        try:
            yield connection
        finally:
            connection.unbind_s()

    def bind(self, dn: str, password: str) -> None:
        """Sign in as *dn*; an ldap.LDAPError if that is refused."""
        with self._connected() as connection:
            connection.simple_bind_s(dn, password)

    @contextmanager
    def relay(self, port: int = 636) -> Iterator[tuple[Relay, str]]:
        """A relay to LDAPS with an address that the certificate is good for, and its url."""
        with relay_to(self.address, port, at=self.address) as relay:
            yield relay, f"ldaps://{self.address}:{relay.port}"

    def add(self, dn: str, object_class: str, **attributes: str | Sequence[str] | bytes) -> str:
        """Add an object; its DN."""
        rows = [("objectClass", [object_class.encode()])]
        for name, value in attributes.items():
            values = [value] if isinstance(value, str | bytes) else value
            rows.append((name, [text if isinstance(text, bytes) else text.encode() for text in values]))
        with self.admin() as connection:
            connection.add_s(dn, rows)
        return dn

    def organizational_unit(self, name: str, below: str = "") -> str:
        """Add an OU; its DN."""
        return self.add(f"OU={name},{below or self.base}", "organizationalUnit")

    def remove(self, dn: str) -> None:
        """Delete an object and all below it."""
        subtree = ldap.controls.LDAPControl("1.2.840.113556.1.4.805", True)
        with self.admin() as connection:
            connection.delete_ext_s(dn, serverctrls=[subtree])

    def user(self, account: str, container: str, **attributes: Any) -> str:
        """Add a disabled user named *account*; its DN."""
        dn = f"CN={ldap.dn.escape_dn_chars(account)},{container}"
        return self.add(dn, "user", **{"sAMAccountName": account, "userAccountControl": "514", **attributes})

    def account(self, account: str, password: str, container: str = "") -> str:
        """Add an enabled user with *password*, known to `resolve` under its name; its DN."""
        dn = self.user(account, container or f"CN=Users,{self.base}", userPrincipalName=f"{account}@lab.example")
        self.change(dn, unicodePwd=f'"{password}"'.encode("utf-16-le"))
        self.change(dn, userAccountControl=b"512")
        self.passwords[account] = password
        return dn

    def change(self, dn: str, **attributes: bytes | None) -> None:
        """Replace attributes of an object; None clears."""
        with self.admin() as connection:
            rows = [(ldap.MOD_REPLACE, name, None if value is None else [value]) for name, value in attributes.items()]
            connection.modify_s(dn, rows)

    def look(self, dn: str, *names: str) -> dict[str, list[bytes]] | None:
        """Return what the directory holds of an object, or None."""
        with self.admin() as connection:
            try:
                found = connection.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", list(names) or None)
            except ldap.NO_SUCH_OBJECT:
                return None
        return found[0][1] if found else None

    def sid(self, account: str) -> str:
        """Return the SID of an account."""
        shown = self.tool("user", "show", account, "--attributes=objectSid")
        return next(line.split(": ", 1)[1] for line in shown.splitlines() if line.startswith("objectSid: "))

    def grant(self, dn: str, entry: str) -> None:
        """Add an access control entry, in SDDL, to an object."""
        self.tool("dsacl", "set", f"--objectdn={dn}", f"--sddl={entry}")


def script(lab: Path, *arguments: str) -> str:
    """Call the lab's script for the lab in *lab*."""
    environment = {**os.environ, "KEEPSTEP_LAB": str(lab)}
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    if done.returncode:
        raise RuntimeError(f"samba.sh {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def coordinates(lab: Path) -> dict[str, str]:
    """Return what the lab in *lab* tells about itself."""
    return dict(line.split("=", 1) for line in script(lab, "env").splitlines())


@contextmanager
def free_slot() -> Iterator[Path]:
    """Give a folder for one domain that no other process uses meanwhile."""
    folder = ROOT / ".lab"
    folder.mkdir(exist_ok=True)
    for number in range(1, SLOTS + 1):
        with (folder / f"slot-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder / ("samba" if number == 1 else f"samba-{number}")
            return
    raise RuntimeError(f"{SLOTS} processes with a domain of their own are at work already")


@pytest.fixture(scope="session")
def samba_server() -> Iterator[Samba]:
    """A running domain, kept for the whole test run."""
    with free_slot() as lab:
        script(lab, "install")
        script(lab, "start")
        try:
            told = coordinates(lab)
            yield Samba(lab=lab, told=told, passwords={"admin": told["PASSWORD"]})
        finally:
            script(lab, "stop")


@pytest.fixture(scope="module")
def samba(samba_server: Samba) -> Samba:
    """The domain as it was when it was made; what a module does to it is gone for the next."""
    samba_server.run("reset")
    return samba_server
