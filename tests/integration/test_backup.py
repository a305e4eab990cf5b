"""An installation in one file and back: while it is at work, whole or not at all."""

import gzip
import json
import shlex
import sqlite3
import subprocess
import sys
import tarfile

from keepstep.core.link import Link
from keepstep.settings import Settings
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.links import SqlLinks
from keepstep.store.upgrade import HEAD
from keepstep.wiring import opened
from tests.integration import postgres
from tests.integration.backup_world import SECRET, links, mode
from tests.integration.cli_world import Cli
from tests.integration.run_world import own_database, run_world

PAIRS = """
import itertools, sys
from keepstep.core.link import Link
from keepstep.store.database import open_database
from keepstep.store.links import SqlLinks
with open_database(sys.argv[1]) as database:
    for number in itertools.count():
        SqlLinks(database).save("pairs", [Link(f"a{number}", f"1{number}"), Link(f"b{number}", f"2{number}")])
        print(number, flush=True)
"""


def names(archive):
    with tarfile.open(archive) as tar:
        return tar.getnames()


def content(archive):
    return gzip.decompress(archive.read_bytes())


def test_what_was_backed_up_is_there_again_in_another_home(installed, archive, tmp_path):
    installed.good("backup", archive, "--with-key")
    other = Cli(tmp_path / "other")
    said = other.good("restore", archive)
    assert "MISS" not in said
    assert links(other.home) == {"a": Link("a", "1")}
    assert (other.home / "keepstep.yaml").read_bytes() == (installed.home / "keepstep.yaml").read_bytes()
    assert (other.home / "tables" / "people.csv").read_text() == "name\nAna\n"
    assert mode(other.home / "print-secret") == 0o700
    assert {mode(other.home / name) for name in ("keepstep.db", "master.key", "keepstep.yaml")} == {0o600}
    assert {mode(other.home), mode(other.home / "tables")} == {0o700}
    assert not (other.home / "crash").exists()
    with opened(Settings(home=other.home, operator="ana")) as store:
        assert store.vault.get("infobip-password").reveal() == SECRET
    assert [entry["action"] for entry in json.loads(other.good("audit", "list", "--json"))][-1] == "restore"
    other.good("audit", "verify")


def test_what_opens_something_is_left_out_unless_it_is_asked_for(installed, archive, tmp_path):
    told = installed.good("backup", archive)
    key = (installed.home / "master.key").read_bytes().strip()
    found = content(archive)
    for secret in (
        key,
        b"plain-secret-of-a-file",
        b"private-key-of-a-client",
        b"keytab-of-the-service",
        SECRET.encode(),
    ):
        assert secret not in found
    for name in ("master.key", "secrets/one", "client.pem", "service.keytab", "elsewhere"):
        assert f"left out: {name}: " in told
    result = installed.run("backup", tmp_path / "backups" / "k.tar.gz", "--with-key")
    assert "keep it like the key" in result.stderr
    assert {"master.key", "secrets/one", "client.pem", "service.keytab"} <= set(
        names(tmp_path / "backups" / "k.tar.gz")
    )
    assert key in content(tmp_path / "backups" / "k.tar.gz")
    assert {mode(one) for one in archive.parent.iterdir()} == {0o600}


def test_a_backup_is_of_one_moment_while_others_write(installed, archive, tmp_path):
    url = sqlite_url(installed.home / "keepstep.db")
    with subprocess.Popen([sys.executable, "-c", PAIRS, url], stdout=subprocess.PIPE, text=True) as writer:
        try:
            for _ in range(5):
                writer.stdout.readline()
            installed.good("backup", archive)
            done = len(links(installed.home, "pairs")) // 2
            while int(writer.stdout.readline()) < done + 3:
                pass
        finally:
            writer.kill()
    Cli(tmp_path / "other").good("restore", archive)
    found = links(tmp_path / "other", "pairs")
    numbers = sorted(int(key[1:]) for key in found if key.startswith("a"))
    assert len(found) == 2 * len(numbers), "each pair whole"
    assert numbers == list(range(len(numbers))), "and none missing between"
    assert 5 <= len(numbers) <= done


def test_what_the_engine_has_queued_comes_along(installed, archive, tmp_path):
    with sqlite3.connect(installed.home / "engine.db") as engine:
        engine.execute("CREATE TABLE queued (id TEXT)")
        engine.execute("INSERT INTO queued VALUES ('turn')")
    engine.close()
    installed.good("backup", archive)
    Cli(tmp_path / "other").good("restore", archive)
    with sqlite3.connect(tmp_path / "other" / "engine.db") as engine:
        assert engine.execute("SELECT id FROM queued").fetchall() == [("turn",)]
    engine.close()


def test_a_backup_is_never_written_over_nor_into_the_home(installed, archive):
    installed.good("backup", archive)
    before = archive.read_bytes()
    assert "is there already" in installed.bad("backup", archive, code=2)
    assert archive.read_bytes() == before
    assert "lost with it" in installed.bad("backup", installed.home / "b.tar.gz", code=2)
    assert list(archive.parent.iterdir()) == [archive]


def test_a_damaged_database_makes_no_backup(installed, archive):
    with open_database(sqlite_url(installed.home / "keepstep.db")) as database:
        SqlLinks(database).save("many", [Link(f"source-{n}", f"target-{n}") for n in range(20_000)])
    database = installed.home / "keepstep.db"
    damaged = bytearray(database.read_bytes())
    half = len(damaged) // 2
    damaged[half:] = b"\xa5" * (len(damaged) - half)
    database.write_bytes(damaged)
    assert "is damaged" in installed.bad("backup", archive)
    assert list(archive.parent.iterdir()) == []


def test_a_key_that_is_no_file_is_not_put_into_a_backup(installed, archive, monkeypatch):
    monkeypatch.setenv("KEEPSTEP_MASTER_KEY", (installed.home / "master.key").read_text().strip())
    assert "back it up where it is kept" in installed.bad("backup", archive, "--with-key", code=2)
    assert list(archive.parent.iterdir()) == []


def test_a_home_that_holds_something_is_only_replaced_if_that_is_said(installed, archive):
    installed.good("backup", archive)
    installed.good("secret", "set", "later", text="x\n")
    assert "--replace" in installed.bad("restore", archive, code=2)
    said = installed.good("restore", archive, "--replace")
    assert "kept from before: master.key" in said
    assert "kept from before: secrets" in said
    names = [one["name"] for one in json.loads(installed.good("secret", "list", "--json"))["secrets"]]
    assert names == ["infobip-password"]
    with opened(Settings(home=installed.home, operator="ana")) as store:
        assert store.vault.get("infobip-password").reveal() == SECRET
    (aside,) = [one for one in installed.home.parent.iterdir() if ".replaced-" in one.name]
    assert "later" in Cli(aside).good("secret", "list")


def test_nothing_is_replaced_below_the_feet_of_a_worker(installed, archive):
    installed.good("backup", archive)
    with installed.process("serve", "--role", "worker") as worker:
        assert "is ready" in worker.stdout.readline()
        before = sorted(installed.home.parent.iterdir())
        told = installed.bad("restore", archive, "--replace")
        assert "stop every `keepstep serve`" in told
        assert sorted(installed.home.parent.iterdir()) == before
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(60) == 0
    installed.good("restore", archive, "--replace")


def test_nothing_is_replaced_while_a_process_only_looks(installed, archive):
    installed.good("backup", archive)
    with open_database(sqlite_url(installed.home / "keepstep.db")) as database:
        assert database.revision == HEAD
        with subprocess.Popen(
            [sys.executable, "-m", "keepstep", "restore", archive, "--replace", "--home", installed.home],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        ) as other:
            assert "another process uses the database" in other.communicate(timeout=60)[1]
            assert other.returncode == 1


def test_a_damaged_home_is_replaced(installed, archive):
    installed.good("backup", archive)
    (installed.home / "keepstep.db").write_bytes(b"not a database, but long enough to be looked at\n" * 100)
    for name in ("keepstep.db-wal", "keepstep.db-shm"):
        (installed.home / name).unlink(missing_ok=True)
    installed.good("restore", archive, "--replace")
    assert links(installed.home) == {"a": Link("a", "1")}


def test_nobody_stays_signed_in_and_no_open_link_is_good_any_longer(installed, archive):
    with sqlite3.connect(installed.home / "keepstep.db") as database:
        at = "2031-05-04T03:02:01.000000+00:00"
        database.execute("INSERT INTO sessions VALUES ('d', 's', 'ana', ?, ?, ?, '', '')", (at, at, at))
        database.execute("INSERT INTO invitations VALUES ('open', 'ana', 'root', ?, NULL)", (at,))
        database.execute("INSERT INTO invitations VALUES ('used', 'ana', 'root', ?, ?)", (at, at))
    database.close()
    installed.good("backup", archive)
    installed.good("restore", archive, "--replace")
    with sqlite3.connect(installed.home / "keepstep.db") as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
        assert database.execute("SELECT digest FROM invitations").fetchall() == [("used",)]
    database.close()


def test_a_ledger_that_was_restored_is_believed_and_what_goes_on_is_told(archive, tmp_path):
    with run_world(tmp_path / "home") as world:
        world.template({"greet": {"webhook": "app.greet", "next": "done"}, "done": {"end": "success"}})
        run = world.begin("Ana")
        cli = Cli(world.home)

        def finished():
            with cli.process("run", "watch", run.id) as worker:
                assert worker.wait(60) == 0
            return json.loads(cli.good("run", "list", "--json"))[0]["state"] == "done"

        cli.good("backup", archive)
        assert finished()
        said = cli.good("restore", archive, "--replace")
        assert "1 runs go on" in said
        assert f"  {run.id}" in said
        assert json.loads(cli.good("run", "list", "--json"))[0]["state"] == "running"
        assert finished()


def test_a_server_is_dumped_by_its_own_tool_and_the_password_is_not_shown(
    installed, archive, tmp_path, postgres_server, monkeypatch
):
    with own_database(postgres_server) as url:
        with_password = url.replace("postgres@", "postgres:geheim@")
        monkeypatch.setenv("KEEPSTEP_DATABASE", with_password)
        told = installed.bad("backup", archive, code=2)
        assert "geheim" not in told
        (dump,) = [line.split("hint: ")[1] for line in told.splitlines() if "pg_dump" in line]
        words = shlex.split(dump)
        words[0] = str(postgres.programs() / "pg_dump")
        subprocess.run(words, check=True, cwd=tmp_path, timeout=60)
        listed = subprocess.run(
            [postgres.programs() / "pg_restore", "--list", tmp_path / "keepstep.dump"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "TABLE DATA public audit " in listed.stdout
        installed.good("backup", archive, "--without-database")
        assert not {"keepstep.db", "engine.db"} & set(names(archive))
        other = Cli(tmp_path / "other")
        assert "ok    database" in other.run("restore", archive).stdout
        monkeypatch.delenv("KEEPSTEP_DATABASE")
        assert "pg_restore" in Cli(tmp_path / "third").bad("restore", archive, code=2)
    assert "leave it away" in installed.bad("backup", tmp_path / "x.tar.gz", "--without-database", code=2)


def test_a_backup_of_a_file_is_not_put_back_beside_a_server(installed, archive, tmp_path, monkeypatch):
    installed.good("backup", archive)
    monkeypatch.setenv("KEEPSTEP_DATABASE", "postgresql://nowhere/keepstep")
    assert "names a server" in Cli(tmp_path / "other").bad("restore", archive, code=2)
    monkeypatch.setenv("KEEPSTEP_DATABASE", f"sqlite:///{tmp_path}/elsewhere.db")
    assert "names a file" in Cli(tmp_path / "other").bad("restore", archive, code=2)
    assert not (tmp_path / "other").exists()
