"""A file that somebody uploads for a connection: told by its content, bounded, and put nowhere but in its place."""

import json
import threading

import pytest

from keepstep.connectors.ldif.upload import MOST_BYTES, MOST_ENTRIES
from keepstep.connectors.table.upload import MOST_ROWS
from tests.integration.api_world import serving
from tests.integration.cli_world import Cli
from tests.security.test_path_traversal import NAMES

HEAD = "dn: DC=corp,DC=example\nobjectClass: domain\n\n"


def user(number, name="ana"):
    return f"dn: CN={name}{number},DC=corp,DC=example\nobjectClass: user\nsAMAccountName: {name}{number}\n\n"


LDIF = (HEAD + user(1) + user(2)).encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("uploads") / "home")
    cli.good("init")
    with serving(cli.home) as world:
        yield world, world.operator("ana", "administrator")


@pytest.fixture
def world(served):
    world, _ = served
    table = {"kind": "table", "file": "people.csv", "key": "id", "columns": {"name": "Name"}}
    write(home_of(world), corp={"kind": "ldif", "file": "corp.ldif", "base": "DC=corp,DC=example"}, list=table)
    return world


@pytest.fixture
def ana(served, world):
    return served[1]


def sent(client, connection, content):
    return client.ask("PUT", f"/connections/{connection}/file", raw=content, Content_Type="application/octet-stream")


def write(home, **connections):
    (home / "keepstep.yaml").write_text(json.dumps({"version": 1, "connections": connections}))


def home_of(world):
    return world.store.settings.home


def test_a_directory_and_a_table_are_replaced_and_the_log_says_so(world, ana):
    for connection, content in (("corp", LDIF), ("list", b"id,Name\n1,Ana\n2,Eva\n")):
        for _ in range(2):  # also over one that is there
            answer = sent(ana, connection, content)
            assert answer.status == 200, answer.body
        file = home_of(world) / answer.data["file"]
        assert file.read_bytes() == content
        assert file.stat().st_mode & 0o777 == 0o600
    assert answer.data == {"file": "people.csv", "bytes": 20, "count": 2}
    assert len(ana.get("/people", connection="corp", who="ana1")["items"]) == 1
    told = ana.get("/audit", action="file_replaced")["items"]
    assert [one["subject"] for one in told] == ["corp", "corp", "list", "list"]
    assert not [one.name for one in home_of(world).iterdir() if one.name.startswith(".people")]


@pytest.mark.parametrize(
    ("connection", "content", "told"),
    [
        ("corp", b"", "mistake"),
        ("corp", b"\x89PNG\r\n\x1a\n\0\0", "zero bytes"),
        ("corp", b"just text\n", "not of the form"),
        ("corp", LDIF[:-5], "in the middle of line"),
        ("corp", LDIF + user(1).encode(), "the same name"),
        ("corp", b"dn: CN=x,DC=corp,DC=example\nchangetype: delete\n", "changes"),
        ("corp", b"dn: CN=x,DC=corp,DC=example\nphoto:< file:///etc/passwd\n", "by URL"),
        ("corp", HEAD.encode() + b"x" * MOST_BYTES, "bytes at most"),
        (
            "corp",
            (HEAD + "".join(f"dn: CN={n},DC=corp\no: x\n\n" for n in range(MOST_ENTRIES))).encode(),
            "20,000 entries",
        ),
        ("list", b"\n", "empty"),
        ("list", b"%PDF-1.7", "a PDF"),
        ("list", b"id,Other\n1,x\n", 'no column "Name"'),
        ("list", b"id,Name\n" + b"1,x\n" * (MOST_ROWS + 1), "100,000 rows"),
        ("nobody", LDIF, "no connection"),
    ],
)
def test_what_is_not_such_a_file_is_refused_and_the_old_one_stays(world, ana, connection, content, told):
    home = home_of(world)
    (home / "corp.ldif").write_bytes(LDIF)
    (home / "people.csv").write_bytes(b"id,Name\n")
    before = {path: path.read_bytes() for path in home.iterdir() if path.suffix in {".ldif", ".csv", ".yaml"}}
    answer = sent(ana, connection, content)
    assert answer.status in {400, 404, 413, 422}
    assert told in answer.data["detail"]
    assert {path: path.read_bytes() for path in before} == before


def test_what_was_sent_is_not_in_what_is_said(ana):
    for content in (
        b"dn: planted-secret\n",
        b"planted-secret\n",
        HEAD.encode() + b"dn: CN=\\zzplanted-secret,DC=x\no: y\n",
    ):
        answer = sent(ana, "corp", content)
        assert answer.status == 400
        assert b"planted" not in answer.body


ELSEWHERE = [
    *(name for name in NAMES if name.isprintable()),
    *(f"{name}.ldif" for name in ("../x", "/tmp/keepstep-x", "secrets/x", "SECRETS/x", "tmp/x", ".hidden", "link/x")),
    *("keepstep.yaml", "master.key", "keepstep.db", "secret-commands.yaml", "outside.ldif", "folder.ldif", "no/x.ldif"),
]


def test_nothing_is_put_anywhere_else(world, ana, tmp_path):
    home = home_of(world)
    (home / "link").symlink_to(tmp_path)
    (home / "outside.ldif").symlink_to(tmp_path / "away.ldif")
    (home / "folder.ldif").mkdir()

    def files():
        """What is there, but for the configuration and the database, which go on."""
        found = {str(path): path.lstat().st_ino for path in (*home.parent.rglob("*"), *tmp_path.rglob("*"))}
        return {path: inode for path, inode in found.items() if ".db" not in path}

    for file in ELSEWHERE:
        write(home, corp={"kind": "ldif", "file": file})
        before = files()
        answer = sent(ana, "corp", LDIF)
        assert (answer.status, "not replaced from here" in answer.data["detail"]) == (400, True), file
        assert files() == before, file


def test_only_who_may_change_the_configuration_replaces_a_file(world):
    (home_of(world) / "corp.ldif").unlink(missing_ok=True)
    rea = world.operator("rea", "auditor")
    assert sent(rea, "corp", LDIF).status == 403
    assert not (home_of(world) / "corp.ldif").exists()


def test_whoever_reads_meanwhile_sees_one_file_or_the_other(world, ana):
    texts = [(HEAD + "".join(user(n, name) for n in range(2000))).encode() for name in ("ana", "eva")]
    (home_of(world) / "corp.ldif").write_bytes(texts[0])
    seen, over = set(), threading.Event()

    def look():
        while not over.is_set():
            seen.add((home_of(world) / "corp.ldif").read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    for content in texts * 2:
        answer = sent(ana, "corp", content)
        assert answer.status == 200
    over.set()
    watcher.join()
    assert seen <= set(texts)


@pytest.mark.parametrize("path", ["/configuration", "/configuration/check"])
def test_a_configuration_that_swells_by_aliases_is_refused_before_it_does(ana, path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    etag = ana.get("/configuration")["etag"]
    method = "POST" if path.endswith("check") else "PUT"
    answer = ana.ask(method, path, {"text": bomb}, **({} if method == "POST" else {"If_Match": etag}))
    assert answer.status in {200, 400, 422}
    assert answer.status != 200 or answer.data["good"] is False
    assert len(answer.body) < 20_000
