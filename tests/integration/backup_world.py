"""A home with something of every kind in it, a file to back it up to, and archives made by other means."""

import io
import json
import stat
import tarfile
from hashlib import sha256

import pytest

from keepstep.core.link import Link
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.links import SqlLinks
from keepstep.store.upgrade import HEAD

SECRET = "s3cr3t-of-the-vault"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def links(home, rule="staff"):
    with open_database(sqlite_url(home / "keepstep.db")) as database:
        return SqlLinks(database).load(rule)


@pytest.fixture
def installed(cli):
    """A home with a secret, a link, and files of every kind."""
    cli.good("secret", "set", "infobip-password", text=f"{SECRET}\n")
    with open_database(sqlite_url(cli.home / "keepstep.db")) as database:
        SqlLinks(database).save("staff", [Link("a", "1")])
    (cli.home / "tables").mkdir()
    (cli.home / "tables" / "people.csv").write_text("name\nAna\n")
    (cli.home / "print-secret").write_text("#!/bin/sh\n")
    (cli.home / "print-secret").chmod(0o755)
    (cli.home / "secrets").mkdir()
    (cli.home / "secrets" / "one").write_text("plain-secret-of-a-file")
    (cli.home / "client.pem").write_text("-----BEGIN PRIVATE KEY-----\nprivate-key-of-a-client\n")
    (cli.home / "service.keytab").write_bytes(b"\x05\x02keytab-of-the-service")
    (cli.home / "crash").mkdir()
    (cli.home / "crash" / "1.txt").write_text("a fault")
    (cli.home / "elsewhere").symlink_to("/etc/hostname")
    return cli


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "b.tar.gz"


def made(archive, parts, *, members=(), form=1, schema=HEAD, last=True):
    """Make an archive by other means than `backup`, which its manifest agrees with."""
    listed = [{"path": name, "size": len(text), "sha256": sha256(text).hexdigest()} for name, text in parts.items()]
    told = {"form": form, "keepstep": "0.1.0", "schema": schema, "made_at": "2031-05-04", "parts": listed}
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        for member in members:
            tar.addfile(member)
        if last:
            member = tarfile.TarInfo("manifest.json")
            member.size = len(json.dumps(told))
            tar.addfile(member, io.BytesIO(json.dumps(told).encode()))
