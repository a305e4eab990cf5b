"""The page about Active Directory says what the connection, the connector and its errors say."""

import re
import ssl
import threading
from datetime import UTC, datetime, timedelta
from random import Random
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keepstep.connectors.ad import rights
from keepstep.connectors.ad.filters import KINDS
from keepstep.connectors.ldap_session.results import Answer, meaning
from keepstep.connectors.ldap_session.tls import Server, look_ahead
from keepstep.core.configuration import Configuration
from keepstep.core.connection import ActiveDirectoryConnection, KerberosBind, SimpleBind
from keepstep.core.directory_record import Shields, record_of
from keepstep.core.directory_schema import users_schema
from keepstep.core.directory_values import guid_bytes, protection
from keepstep.core.first_password import DomainPolicy, PasswordPolicy, faults, names_of, unmet
from keepstep.core.plan import ActionKind
from keepstep.errors import ConnectorError
from tests.docs.tables import documented, keys_of, page, section, tables, yaml_blocks

PAGE = page("active-directory.md")
ACCOUNT = "svc-keepstep@corp.example"
STAFF = "OU=Staff,DC=corp,DC=example"


def test_every_key_of_the_connection_is_described_with_its_default():
    wanted = keys_of(ActiveDirectoryConnection, inside=("users", "groups", "new_accounts"))
    assert documented(section(PAGE, "Connecting")) == {**wanted, "new_accounts.password": "empty"}


@pytest.mark.parametrize(
    ("heading", "spec"), [("Simple bind", SimpleBind), ("Kerberos bind with a keytab", KerberosBind)]
)
def test_every_key_of_a_bind_is_described_with_its_default(heading, spec):
    assert documented(section(PAGE, heading)) == keys_of(spec)


def test_the_examples_of_a_connection_are_right():
    binds = [
        Configuration.model_validate({"version": 1, **block}).connections["corp"].bind.method
        for block in yaml_blocks(PAGE)
    ]
    assert binds == ["simple", "kerberos", "simple"]


def test_every_key_of_a_first_password_is_described_with_its_default():
    assert documented(section(PAGE, "First passwords")) == keys_of(PasswordPolicy)


def test_the_format_of_the_page_makes_a_password_for_a_strict_domain():
    (text,) = re.findall(r'`format: "(.*)"`', section(PAGE, "First passwords"))
    policy, domain = PasswordPolicy(format=text), DomainPolicy(length=20, complex=True)
    assert list(faults(policy, "format")) == []
    assert unmet(policy, domain, names_of(users_schema()), Random(1).randrange) == ""


@pytest.mark.parametrize(
    ("container", "right"),
    [
        (STAFF, rights.create_child("user")),
        (STAFF, rights.create_child("organizationalUnit")),
        (STAFF, rights.delete_child("user")),
        (STAFF, rights.reset_password()),
        (STAFF, rights.write_property("userAccountControl", "user")),
        (STAFF, rights.write_property("pwdLastSet", "user")),
        (STAFF, rights.write_property("department", "user")),
        ("OU=Groups,DC=corp,DC=example", rights.write_property("member", "group")),
    ],
)
def test_the_lines_that_grant_rights_are_those_of_the_connection_check(container, right):
    assert f"`{rights.grant_line(container, ACCOUNT, [right])}`" in section(PAGE, "Least privilege")


def test_the_line_that_opens_the_deleted_objects_is_the_one_of_the_connection_check():
    where = "CN=Deleted Objects,DC=corp,DC=example"
    assert f'`dsacls "{where}" /takeownership`' in PAGE
    assert f'`dsacls "{where}" /G "{ACCOUNT}:LCRP"`' in PAGE


def test_what_is_looked_at_for_an_account_is_told_by_its_kinds():
    (rows,) = tables(section(PAGE, "What the connection check reports"))
    said = {finding.strip("`"): text for finding, text, _ in rows}
    assert said["write users"].endswith("state, names, mail, expiry, lock")
    assert set(rights.needed(frozenset(ActionKind))) == {
        *("userAccountControl", "pwdLastSet", "givenName", "sn", "displayName", "mail", "accountExpires", "lockoutTime")
    }


def test_the_attributes_of_its_own_are_written_as_the_page_says():
    (rows,) = tables(section(PAGE, "Attributes"))
    kinds = {name.strip("`"): users_schema().attribute(name.strip("`")) for name, *_ in rows}
    assert [name for name, kind in kinds.items() if kind is None] == []
    assert [name for name, kind in kinds.items() if kind is not None and not kind.writable] == ["protected"]
    assert kinds["lockedOut"].choices == ("false",)
    for name in ("userAccountControl", "objectGUID", "objectSid", "distinguishedName", "pwdLastSet"):
        assert f"`{name}`" in section(PAGE, "Attributes")
        assert not users_schema().attribute(name).writable
    assert "(objectClass=group)" in KINDS.values()


def test_the_attributes_of_its_own_are_read_as_the_page_says():
    raw = {
        "objectguid": [guid_bytes("6f0c0001-0000-4000-8000-000000000001")],
        "useraccountcontrol": [b"514"],
        "lockouttime": [b"133000000000000000"],
        "accountexpires": [b"9223372036854775807"],
        "admincount": [b"1"],
    }
    names = ["enabled", "lockedOut", "container", "accountExpires", "protected"]
    record = record_of(f"CN=Ana,{STAFF}", raw, names, schema=users_schema(), shields=Shields())
    assert record.attributes == {
        "enabled": ("false",),
        "lockedOut": ("true",),
        "container": (STAFF,),
        "accountExpires": ("",),
        "protected": ("privileged account (adminCount is 1)",),
    }


def test_who_is_protected_is_told_as_the_page_says():
    domain = "S-1-5-21-1-2-3"
    assert all(protection(sid=f"{domain}-{number}") for number in (500, 502, 999))
    assert protection(critical="TRUE")
    assert protection(admin_count="1")
    assert not protection(sid=f"{domain}-1000", critical="FALSE", admin_count="0")
    (rows,) = tables(section(PAGE, "What is protected"))
    assert len(rows) == 5


@pytest.mark.parametrize(("told", "says", "do"), tables(section(PAGE, "Errors and what to do"))[0])
def test_an_answer_of_the_directory_is_explained_as_the_page_says(told, says, do):
    code, _, more = told.strip("`").partition(", ")
    text = f"80090308: {more}, v" if more.startswith("data") else f"{more.removeprefix('error ')}: told"
    known = meaning(Answer(int(code), text if more else ""))
    assert (known.sentence, known.hint) == (says, do)


def certificate(name, *, days):
    """Return key and certificate, as PEM, of an authority that issued itself for *name*, good until so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + made.public_bytes(serialization.Encoding.PEM)


def refusal(folder, *, shown, trusted, protected=True):
    """Return what look_ahead says of a server on this machine that shows the certificate *shown*."""
    for name, pem in (("shown.pem", shown), ("trusted.pem", trusted)):
        (folder / name).write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "shown.pem")

    def answer():
        connection, _ = listening.accept()
        with connection:
            try:
                if protected:
                    context.wrap_socket(connection, server_side=True).close()
                else:
                    connection.sendall(b"this is no TLS at all\r\n")
                    connection.recv(4096)
            except (ssl.SSLError, OSError):
                return

    with create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        port = listening.getsockname()[1]
        server = Server(
            host="localhost", port=port, tls=True, start_tls=False, ca_file=str(folder / "trusted.pem"), timeout=20
        )
        with pytest.raises(ConnectorError) as caught:
            look_ahead(server)
        thread.join(20)
    return caught.value.message.replace(server.name, "HOST"), caught.value.hint, server


def test_what_comes_before_the_bind_is_told_as_the_page_says(tmp_path):
    said = {row[0]: row[1] for row in tables(section(PAGE, "Errors and what to do"))[1]}
    mine, other = certificate("localhost", days=30), certificate("localhost", days=30)
    elsewhere, old = certificate("dc1.corp.example", days=30), certificate("localhost", days=-1)
    for options in (
        {"shown": mine, "trusted": other},
        {"shown": elsewhere, "trusted": elsewhere},
        {"shown": old, "trusted": old},
        {"shown": mine, "trusted": mine, "protected": False},
    ):
        message, hint, server = refusal(tmp_path, **options)
        assert said[re.sub(r" \(.*\)$", "", message)] == hint
    with pytest.raises(ConnectorError) as caught:
        look_ahead(server)
    assert said[caught.value.message.replace(server.name, "HOST")] == caught.value.hint
