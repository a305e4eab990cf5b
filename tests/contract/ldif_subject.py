"""The LDIF directory as a subject of the contract suite."""

import io
import uuid

import ldif

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.core.connection import LdifConnection, NewAccounts, Scope
from keepstep.core.values import NativeKey
from keepstep.testing.subject import Subject

START = """\
# The directory of Corp, made up.
version: 1

dn: DC=corp,DC=example
objectClass: domain

dn: OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: OU=Left\\, gone,DC=corp,DC=example
objectClass: organizationalUnit

dn: CN=Everybody,OU=Staff,DC=corp,DC=example
objectClass: top
objectClass: group
objectGUID:: AAECAwQFBgcICQoLDA0ODw==
sAMAccountName: everybody
groupType: -2147483646

dn: CN=Outsider,DC=corp,DC=example
objectClass: user
objectGUID:: EBESExQVFhcYGRobHB0eHw==
sAMAccountName: outsider
userAccountControl: 512
"""


def subject_in(folder):
    """Return the subject over a fresh file in *folder*."""
    path = folder / "corp.ldif"
    path.write_text(START)
    spec = LdifConnection(
        kind="ldif",
        file="corp.ldif",
        users=Scope(base="OU=Staff,DC=corp,DC=example", filter="(&(objectCategory=person)(objectClass=user))"),
        new_accounts=NewAccounts(container="ou=staff,dc=corp,dc=example"),
    )
    connector = LdifConnector(spec, path)

    def new(tag):
        return {
            "sAMAccountName": (f"ct-{tag}",),
            "cn": (f"Contract {tag}",),
            "displayName": (f"Shown {tag}",),
            "otherTelephone": ("555 0100", "555 0101"),
            "enabled": ("true",),
        }

    async def view(key):
        """Another LDIF reader looks at the file."""
        reader = ldif.LDIFRecordList(io.BytesIO(path.read_bytes()))
        reader.parse()
        guid = uuid.UUID(key).bytes_le
        for dn, held in reader.all_records:
            if held.get("objectGUID") == [guid]:
                values = {name: tuple(map(bytes.decode, held[name])) for name in held if name != "objectGUID"}
                return {"dn": (dn,), **values}
        return None

    return Subject(
        connector=connector,
        objects="users",
        new=new,
        unique="sAMAccountName",
        modify="displayName",
        other="department",
        named="cn",
        long="department",
        read_only="whenCreated",
        multiline="info",
        unknown=NativeKey("ffffffff-0000-4000-8000-000000000000"),
        view=view,
        container="OU=Left\\, gone,DC=corp,DC=example",
        group="CN=Everybody,OU=Staff,DC=corp,DC=example",
    )
