"""The file of an LDIF directory survives crashes, full disks and other writers."""

import asyncio
import signal
import stat
import subprocess
import sys
import textwrap
from functools import partial

import pytest

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.connectors.ldif.text import parse_ldif
from keepstep.core.connection import LdifConnection
from keepstep.core.effect import Done, NotSent
from tests.integration.corp_ldif import TREE, build, guid, one, user, write


@pytest.fixture
def directory(tmp_path):
    """Return what builds a connector over a file with given entries, and the file."""
    return partial(build, tmp_path)


async def test_the_rest_of_the_file_stays_letter_for_letter_and_so_do_mode_and_link(directory, tmp_path):
    connector, path = directory(TREE, user(1, "Ana"), user(2, "Ivo", "sn:: WW==\n".replace("WW==", "eHl6")))
    path.chmod(0o640)
    link = tmp_path / "link.ldif"
    link.symlink_to(path)
    connector = LdifConnector(LdifConnection(kind="ldif", file="link.ldif"), link)
    assert await write(connector, "disable", 1) == Done(guid(1))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert user(2, "Ivo", "sn:: eHl6\n") in path.read_text()
    assert "userAccountControl: 514" in path.read_text()
    assert {each.name for each in tmp_path.iterdir()} == {"corp.ldif", "link.ldif"}


async def test_nothing_to_do_leaves_the_file_alone(directory):
    connector, path = directory(TREE, user(1, "Ana", "displayName: Ana\n"))
    before = path.stat()
    assert await write(connector, "update", 1, displayName=("Ana",)) == Done(guid(1))
    assert await write(connector, "enable", 1) == Done(guid(1))
    assert path.stat() == before


async def test_an_export_of_changetype_add_stays_one(directory):
    text = user(1, "Ana").replace("objectClass: top", "changetype: add\nobjectClass: top")
    connector, path = directory(TREE.replace("objectClass", "changetype: add\nobjectClass"), text)
    await write(connector, "disable", 1)
    assert path.read_text().count("changetype: add\n") == 3
    assert parse_ldif(path.read_bytes(), "x").changetype


def run(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PRELUDE) + textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


PRELUDE = """
    import asyncio, resource, sys
    from pathlib import Path
    from keepstep.connectors.ldif.connector import LdifConnector
    from keepstep.core.connection import LdifConnection
    from keepstep.core.plan import ActionKind
    from keepstep.core.effect import Effect

    def connect(path):
        return LdifConnector(LdifConnection(kind="ldif", file="x", base="OU=Staff,DC=corp,DC=example"), Path(path))

    def make(*names):
        return [
            Effect(key=n, kind=ActionKind.CREATE, attributes={"sAMAccountName": (n,), "cn": (n,), "info": ("x" * 1000,)})
            for n in names
        ]
"""


def test_a_full_disk_leaves_the_old_file_and_says_that_nothing_was_written(directory, tmp_path):
    _, path = directory(TREE, user(1, "Ana"))
    before = path.read_bytes()
    code = """
    resource.setrlimit(resource.RLIMIT_FSIZE, (1200, 1200))
    connector = connect(sys.argv[1])
    outcomes = asyncio.run(connector.apply("users", make("one", "user1")))
    print([type(outcome).__name__ for outcome in outcomes], outcomes[0].reason)
    """
    with run(code, path) as process:
        said = process.stdout.read()
    assert process.returncode == 0
    assert said.startswith("['NotSent', 'Conflict']")
    assert "could not be written" in said
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["corp.ldif"]


async def test_a_write_that_failed_is_not_remembered(directory, tmp_path):
    connector, _ = directory(TREE, user(1, "Ana"))
    (tmp_path / ".corp.ldif.new").mkdir()  # nothing can be written there
    assert isinstance(await write(connector, "disable", 1), NotSent)
    assert (await one(connector, 1, "enabled")).one("enabled") == "true"
    (tmp_path / ".corp.ldif.new").rmdir()
    assert await write(connector, "disable", 1) == Done(guid(1))


def test_writers_in_several_processes_lose_nothing(directory):
    _, path = directory(TREE, user(1, "Ana"))
    code = """
    connector = connect(sys.argv[1])
    for number in range(10):
        asyncio.run(connector.apply("users", make(f"{sys.argv[2]}{number}")))
    """
    processes = [run(code, path, letter) for letter in "abc"]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = parse_ldif(path.read_bytes(), "x")
    assert found.flaws == []
    assert len(found.entries) == 2 + 1 + 30


@pytest.mark.parametrize("number", range(8))
def test_a_killed_writer_leaves_a_whole_file(directory, number):
    _, path = directory(TREE, user(1, "Ana"))
    code = """
    connector = connect(sys.argv[1])
    for number in range(10_000):
        asyncio.run(connector.apply("users", make(f"a{number}")))
        print(number, flush=True)
    """
    with run(code, path) as process:
        for _ in range(number * 3 + 1):
            said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().splitlines()[-1:] or [said]
    found = parse_ldif(path.read_bytes(), "x")
    assert found.flaws == []
    assert len(found.entries) - 3 in {int(said[0]) + 1, int(said[0]) + 2}
    connector = LdifConnector(LdifConnection(kind="ldif", file="x"), path)
    assert asyncio.run(write(connector, "disable", 1)) == Done(guid(1))
