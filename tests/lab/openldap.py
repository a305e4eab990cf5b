"""An OpenLDAP server with size limits, holding objects that look like Active Directory's."""

import shutil
import socket
import subprocess
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = "DC=lab,DC=example"
USER = f"CN=reader,{BASE}"
PASSWORD = "Reader-Password-1"

# The attributes a read asks for, under private object identifiers; the types are those of MS-ADA1 to MS-ADA3.
_CONF = """\
include /etc/ldap/schema/core.schema
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'sAMAccountType' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.3 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'user' SUP person STRUCTURAL
  MAY ( objectGUID $ sAMAccountType $ sAMAccountName ) )
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
{limits}
database mdb
suffix "{base}"
directory {folder}/data
maxsize 104857600
index objectClass,sAMAccountType eq
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""


@contextmanager
def openldap(folder: Path, *, people: int, limits: str) -> Iterator[str]:
    """A server with *people* users and the configuration line *limits*; its url."""
    data = folder / "data"
    data.mkdir(parents=True)
    conf = folder / "slapd.conf"
    conf.write_text(_CONF.format(folder=folder, base=BASE, limits=limits))
    (folder / "people.ldif").write_text("".join(_ldif(people)))
    # AppArmor ties Debian's and Ubuntu's slapd to its own folders by the path of the program
    program = shutil.copy(shutil.which("slapd", path="/usr/sbin:/usr/bin"), folder / "slapd")
    load = [program, "-Ta", "-q", "-f", str(conf), "-l", str(folder / "people.ldif")]
    subprocess.run(load, check=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [program, "-d", "0", "-f", str(conf), "-h", f"ldap://127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    ) as server:
        try:
            answers(port)
            yield f"ldap://127.0.0.1:{port}"
        finally:
            server.terminate()


def answers(port: int) -> None:
    """Return once something listens at *port*."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("slapd does not answer")


def _ldif(people: int) -> Iterator[str]:
    yield f"dn: {BASE}\nobjectClass: organization\nobjectClass: dcObject\no: lab\ndc: lab\n\n"
    yield f"dn: {USER}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: {PASSWORD}\n\n"
    for number in range(people):
        guid = b64encode(uuid.UUID(int=number + 1).bytes_le).decode()
        yield (
            f"dn: CN=p{number},{BASE}\nobjectClass: user\ncn: p{number}\nsn: p{number}\n"
            f"sAMAccountName: p{number}\nsAMAccountType: 805306368\nobjectGUID:: {guid}\n\n"
        )
