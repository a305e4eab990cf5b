"""A plain OpenLDAP server, as an administrator finds one: people, groups, and nothing of Active Directory."""

import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap
import ldap.modlist

from keepstep.core.connection import LdapConnection
from keepstep.core.secret import Secret, SecretRef
from tests.lab.certificates import certificate_for
from tests.lab.openldap import answers

BASE = "dc=plain,dc=example"
PEOPLE = f"ou=People,{BASE}"
GROUPS = f"ou=Groups,{BASE}"
READER = f"cn=reader,{BASE}"
PASSWORD = "Reader-Password-1"
ADMIN = f"cn=admin,{BASE}"
ADMIN_PASSWORD = "Admin-Password-1"

_CONF = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
moduleload memberof
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
{general}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
maxsize 104857600
index objectClass eq
{rights}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
{overlays}
"""
SYNCPROV = "overlay syncprov\n"
MEMBEROF = "overlay memberof\n"

_TREE = f"""\
dn: {BASE}
objectClass: organization
objectClass: dcObject
o: plain
dc: plain

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: {PEOPLE}
objectClass: organizationalUnit
ou: People

dn: {GROUPS}
objectClass: organizationalUnit
ou: Groups
"""


@dataclass(kw_only=True)
class PlainLdap:
    """A server in *folder* that other programs write to; `ldap` is the connection of such a program."""

    folder: Path
    program: str
    port: int
    tls_port: int
    cert: str
    process: subprocess.Popen[bytes] | None = None
    _open: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    def connection(self, **overrides: Any) -> LdapConnection:
        """Return the spec of a connection as the reader, over LDAPS."""
        spec: dict[str, Any] = {
            "kind": "ldap",
            "url": self.url,
            "ca_file": self.cert,
            "bind": {"method": "simple", "user": READER, "password": {"secret": "reader"}},
            "base": BASE,
            "timeout": 20,
        }
        return LdapConnection.model_validate(spec | overrides)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret({"reader": PASSWORD}[ref.secret])

    @property
    def ldap(self) -> Any:
        if not self._open:
            connection = ldap.initialize(f"ldap://127.0.0.1:{self.port}")
            connection.simple_bind_s(ADMIN, ADMIN_PASSWORD)
            self._open.append(connection)
        return self._open[0]

    def add(self, dn: str, *classes: str, **attributes: str | Sequence[str]) -> str:
        """Make an entry; return its DN."""
        rows = {"objectClass": list(classes), **attributes}
        raw = {k: [v.encode() for v in ([vs] if isinstance(vs, str) else vs)] for k, vs in rows.items()}
        self.ldap.add_s(dn, ldap.modlist.addModlist(raw))
        return dn

    def person(self, uid: str, place: str = PEOPLE, **attributes: str | Sequence[str]) -> str:
        return self.add(f"uid={uid},{place}", "inetOrgPerson", **{"uid": uid, "cn": uid, "sn": uid, **attributes})

    def unit(self, name: str, place: str = BASE) -> str:
        return self.add(f"ou={name},{place}", "organizationalUnit", ou=name)

    def group(self, name: str, *members: str) -> str:
        return self.add(f"cn={name},{GROUPS}", "groupOfNames", cn=name, member=members)

    def set(self, dn: str, name: str, *values: str) -> None:
        self.ldap.modify_s(dn, [(ldap.MOD_REPLACE, name, [value.encode() for value in values] or None)])

    def look(self, dn: str, *names: str) -> Mapping[str, list[bytes]] | None:
        """Return what the server holds of an entry, or None."""
        try:
            found = self.ldap.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", list(names) or None)
        except ldap.NO_SUCH_OBJECT:
            return None
        return found[0][1]

    def key(self, dn: str) -> str:
        return self.look(dn, "entryUUID")["entryUUID"][0].decode()

    def start(self) -> None:
        urls = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        command = [self.program, "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", urls]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        answers(self.port)

    def stop(self) -> None:
        while self._open:
            self._open.pop().unbind_s()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    @contextmanager
    def stopped(self) -> Iterator[Path]:
        """Give the folder of the data while the server is down, as for a backup."""
        self.stop()
        yield self.folder / "data"
        self.start()

    def backup(self) -> Path:
        kept = self.folder / "backup"
        with self.stopped() as data:
            shutil.copytree(data, kept, dirs_exist_ok=True)
        return kept

    def restore(self, kept: Path) -> None:
        with self.stopped() as data:
            shutil.rmtree(data)
            shutil.copytree(kept, data)

    def load(self, text: str) -> None:
        """Load *text*, as LDIF, with the tool of the server; it is down meanwhile."""
        with self.stopped():
            self._slapadd(text)

    def make(self, general: str, rights: str, overlays: str) -> None:
        """Write the configuration, and the tree that everybody begins with."""
        (self.folder / "data").mkdir(parents=True)
        conf = _CONF.format(
            folder=self.folder,
            cert=self.cert,
            key=Path(self.cert).with_name("key.pem"),
            general=general,
            base=BASE,
            admin=ADMIN,
            password=ADMIN_PASSWORD,
            reader=READER,
            rights=rights,
            overlays=overlays,
        )
        (self.folder / "slapd.conf").write_text(conf)
        self._slapadd(_TREE)

    def _slapadd(self, text: str) -> None:
        file = self.folder / "load.ldif"
        file.write_text(text)
        load = [self.program, "-Ta", "-f", str(self.folder / "slapd.conf"), "-l", str(file)]
        subprocess.run(load, check=True, timeout=60, stderr=subprocess.DEVNULL)


@contextmanager
def plain_ldap(
    folder: Path, *, general: str = "", rights: str = "", overlays: str = SYNCPROV + MEMBEROF
) -> Iterator[PlainLdap]:
    """A running server in *folder*, with the configuration lines that are given."""
    folder.mkdir(parents=True, exist_ok=True)
    cert, _ = certificate_for(folder, "127.0.0.1")
    # AppArmor ties Debian's and Ubuntu's slapd to its own folders by the path of the program
    program = shutil.copy(str(shutil.which("slapd", path="/usr/sbin:/usr/bin")), folder / "slapd")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
    server = PlainLdap(folder=folder, program=str(program), port=ports[0], tls_port=ports[1], cert=cert)
    server.make(general, rights, overlays)
    server.start()
    try:
        yield server
    finally:
        server.stop()
