"""Archives that are older, newer, damaged or hostile: brought up to date, or refused without a trace."""

import gzip
import tarfile
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import keepstep.store
from keepstep.core.link import Link
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.upgrade import HEAD
from tests.integration.backup_world import links, made
from tests.integration.cli_world import Cli


def test_a_backup_of_the_first_schema_is_brought_up_to_date(installed, archive, tmp_path):
    old = tmp_path / "old.db"
    engine = create_engine(sqlite_url(old))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(keepstep.store.__file__).parent / "migrations"))
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO links VALUES ('staff', 'old', '1', 'active')"))
    engine.dispose()
    made(archive, {"keepstep.db": old.read_bytes(), "keepstep.yaml": b"version: 1\n"}, schema="0001")
    other = Cli(tmp_path / "other")
    assert f"schema {HEAD}" in other.good("restore", archive)
    assert links(other.home) == {"old": Link("old", "1")}


def test_a_backup_of_a_newer_keepstep_is_refused(installed, archive, tmp_path):
    newer = tmp_path / "newer.db"
    with open_database(sqlite_url(newer)) as database, database.write() as connection:
        connection.execute(text("UPDATE keepstep_schema SET version_num = '9999'"))
    made(archive, {"keepstep.db": newer.read_bytes()})
    assert "newer Keepstep (schema 9999" in refused(tmp_path, archive)
    made(tmp_path / "form.tar.gz", {"keepstep.db": b"x"}, form=2)
    assert "newer Keepstep (form 2)" in refused(tmp_path, tmp_path / "form.tar.gz")


def refused(tmp_path, archive):
    """Restore *archive* into no home: it is refused, and nothing stays of it."""
    before = sorted(one.name for one in tmp_path.iterdir())
    told = Cli(tmp_path / "other").bad("restore", archive)
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    return told


def special(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "a/../../evil", "a//b", "./a", "a/", "..", ".", "", "a\\b", "a\nb", "a\x00b"]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path, archive, name):
    made(archive, {name: b"evil"})
    assert "is broken" in refused(tmp_path, archive)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "member",
    [
        special("link", tarfile.SYMTYPE, "/etc"),
        special("link", tarfile.LNKTYPE, "keepstep.yaml"),
        special("pipe", tarfile.FIFOTYPE),
        special("device", tarfile.CHRTYPE),
        special("folder", tarfile.DIRTYPE),
        special("manifest.json", tarfile.SYMTYPE, "/etc/hostname"),
        special("keepstep.yaml", tarfile.REGTYPE),
    ],
    ids=lambda member: f"{member.name}-{member.type.decode()}",
)
def test_what_is_no_plain_file_or_there_twice_is_refused(tmp_path, archive, member):
    made(archive, {"keepstep.yaml": b"version: 1\n"}, members=[member])
    assert "backup" in refused(tmp_path, archive)


def test_a_file_that_the_manifest_does_not_name_is_refused(tmp_path, archive):
    made(archive, {"keepstep.yaml": b"version: 1\n"}, members=[special("more", tarfile.REGTYPE)])
    assert "more is not in its manifest" in refused(tmp_path, archive)


def test_a_backup_without_a_manifest_is_refused(tmp_path, archive):
    made(archive, {"keepstep.yaml": b"version: 1\n"}, last=False)
    assert "has no manifest" in refused(tmp_path, archive)


@pytest.mark.parametrize("keep", [0, 1, 20, 0.3, 0.9, 0.99])
def test_a_backup_that_was_cut_off_is_refused(installed, archive, tmp_path, keep):
    installed.good("backup", archive)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    assert "backup" in refused(tmp_path, archive)


@pytest.mark.parametrize("name", ["keepstep.db", "keepstep.yaml", "tables/people.csv"])
def test_one_byte_that_is_not_as_it_was_is_found(installed, archive, tmp_path, name):
    installed.good("backup", archive)
    with tarfile.open(archive) as tar:
        at = tar.getmember(name).offset_data + 5
    changed = bytearray(gzip.decompress(archive.read_bytes()))
    changed[at] ^= 1
    archive.write_bytes(gzip.compress(bytes(changed)))
    assert f"{name} is not what the manifest says" in refused(tmp_path, archive)


def test_what_is_no_backup_is_refused(tmp_path, archive):
    archive.write_text("not an archive")
    assert "is no tar.gz" in refused(tmp_path, archive)
    assert "cannot be used: No such file" in refused(tmp_path, tmp_path / "nowhere.tar.gz")
