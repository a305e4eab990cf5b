"""What a maintainer is sent: enough to help, and nothing of people, secrets or what the configuration says."""

import json
import sqlite3
import subprocess
import sys
import tarfile

import pytest
from sqlalchemy import LargeBinary, Text, text

from keepstep.core.crash_story import story_of
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.tables_events import METADATA
from keepstep.store.upgrade import HEAD

PLANTED = "Planted-Novak"
SECRET = "planted-s3cr3t"

CONFIGURATION = f"""
version: 1
variables: {{Office: {PLANTED}-variable}}
tables:
  offices: {{values: {{{PLANTED}-key: {PLANTED}-value}}, default: {PLANTED}-default}}
egress: {{allow: [{PLANTED}.corp.example], proxy: {{url: "http://{PLANTED}.proxy.example:3128", user: {PLANTED}, password: {{secret: {PLANTED}}}}}}}
connections:
  corp:
    kind: active_directory
    url: ldaps://{PLANTED}.corp.example
    base: DC={PLANTED},DC=example
    bind: {{method: simple, user: {PLANTED}@corp.example, password: {{secret: infobip-password}}}}
    users: {{base: "OU={PLANTED},DC=example", filter: "(cn={PLANTED})"}}
    protected: ["CN={PLANTED},DC=example"]
    description: {PLANTED} was here
  app:
    kind: rest
    base_url: https://{PLANTED}.example/path
    authorization: {{type: basic, username: {PLANTED}, password: {{file: /etc/{PLANTED}}}}}
    headers: {{X-Site: {PLANTED}}}
    webhooks:
      greet: {{method: POST, url: "{{base_url}}/{PLANTED}", body: {{{PLANTED}: [{PLANTED}, {{deep: {PLANTED}}}]}}}}
mappings:
  to-app: {{into: corp.users, rows: {{title: {PLANTED}, description: {{from: "{PLANTED}", when_empty: keep}}}}}}
channels:
  mail: {{kind: email, host: {PLANTED}.mail.example, from: {PLANTED}@corp.example, to: [{PLANTED}@corp.example]}}
templates:
  hello: {{subject: corp.users, start: one, blocks: {{one: {{notify: mail, subject: {PLANTED}, text: {PLANTED}}}}}}}
audit: {{redact: [{PLANTED}], anchors: {{share: {{kind: folder, folder: /{PLANTED}}}}}}}
"""

REPORT = f"""keepstep 0.1.0, Python 3.11.7, Linux-6.1-x86_64
2031-05-04

Traceback (most recent call last):
  File "/srv/{PLANTED}/site-packages/keepstep/core/plan.py", line 12, in assemble
    name = "{PLANTED}"
           ^^^^^^^^^^^^^
  File "/srv/{PLANTED}/script.py", line 3, in <module>
KeyError: '{PLANTED}'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3.11/asyncio/tasks.py", line 7, in run
    raise ValueError
keepstep.errors.StoreError: {PLANTED} is
{PLANTED}: not there
  File "{PLANTED}.py", line 1, in {PLANTED}
"""


@pytest.fixture
def planted(cli):
    """A home with something of everybody's in every text column, in the configuration, in secrets and in a report."""
    cli.good("secret", "set", "infobip-password", text=f"{SECRET}\n")
    with open_database(sqlite_url(cli.home / "keepstep.db")) as database, database.write() as connection:
        for table in METADATA.sorted_tables:
            if table.name in {"audit", "audit_head", "audit_archives", "audit_checkpoints", "secrets"}:
                continue
            row = {column.name: PLANTED if type(column.type) is Text else 1 for column in table.columns}
            row |= {one.name: PLANTED.encode() for one in table.columns if isinstance(one.type, LargeBinary)}
            row |= {one.name: "2031-05-04T00:00:00.000000+00:00" for one in table.columns if is_time(one)}
            names = ", ".join(f'"{name}"' for name in row)
            words = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"
            connection.execute(text(words), row)
    (cli.home / "keepstep.yaml").write_text(CONFIGURATION)
    (cli.home / "crash").mkdir()
    (cli.home / "crash" / "1.txt").write_text(REPORT)
    return cli


def is_time(column):
    return type(column.type).__name__ == "UtcTime"


def opened(file):
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read().decode() for member in tar}


def test_the_configuration_that_is_planted_is_one(planted):
    assert "is good" in planted.good("config", "check", "--offline")


def test_nothing_that_was_planted_is_in_the_bundle(planted, tmp_path):
    file = tmp_path / "bundle.tar.gz"
    said = planted.good("support", "bundle", file)
    parts = opened(file)
    assert set(parts) == {
        *("README.txt", "versions.json", "doctor.json", "configuration.json", "database.json", "crash/1.txt")
    }
    everything = "\n".join(parts.values()).lower()
    for word in (PLANTED, PLANTED.split("-")[1], SECRET, str(planted.home), (planted.home / "master.key").read_text()):
        assert word.lower() not in everything
    assert "look at it before you send it" in said
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_helps_is_in_the_bundle(planted, tmp_path):
    file = tmp_path / "bundle.tar.gz"
    planted.good("support", "bundle", file)
    parts = {name: json.loads(content) for name, content in opened(file).items() if name.endswith(".json")}
    assert parts["versions.json"]["keepstep"]
    assert parts["versions.json"]["sqlalchemy"].startswith("2.")
    assert parts["database.json"]["schema"] == HEAD
    assert parts["database.json"]["rows"]["links"] == 1
    assert parts["database.json"]["rows"]["secrets"] == 1
    assert parts["database.json"]["states"]["runs"] == {}, "what was planted is no state"
    outline = parts["configuration.json"]
    assert outline["connections"]["corp"]["kind"] == "active_directory"
    assert outline["connections"]["corp"]["bind"]["method"] == "simple"
    assert outline["connections"]["app"]["headers"] == {"X-Site": "•••"}
    assert outline["tables"]["offices"]["values"] == "1 entries"
    assert {one["subject"] for one in parts["doctor.json"] if not one["good"]} >= {"reach", "anchor"}


def test_of_a_fault_is_told_where_and_of_which_kind():
    assert story_of(REPORT).splitlines() == [
        "keepstep 0.1.0, Python 3.11.7, Linux-6.1-x86_64",
        "Traceback (most recent call last):",
        '  File "site-packages/keepstep/core/plan.py", line 12, in assemble',
        '  File "elsewhere", line 3, in <module>',
        "KeyError",
        "Traceback (most recent call last):",
        '  File "lib/python3.11/asyncio/tasks.py", line 7, in run',
        "keepstep.errors.StoreError",
    ]


def test_a_report_that_the_program_writes_is_understood(cli, tmp_path):
    code = (
        "import sys; from pathlib import Path; from keepstep.store.crash_report import write_report\n"
        "try: int('planted')\nexcept ValueError as error: print(write_report(error, Path(sys.argv[1]), []))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, cli.home / "crash"], capture_output=True, text=True, check=True, timeout=60
    )
    cli.good("support", "bundle", tmp_path / "b.tar.gz")
    (story,) = [part for name, part in opened(tmp_path / "b.tar.gz").items() if name.startswith("crash/")]
    assert story.startswith("keepstep ")
    assert story.endswith("ValueError\n")
    assert "planted" not in story
    assert done.stdout


def test_a_configuration_with_mistakes_tells_only_where_they_are(planted, tmp_path):
    (planted.home / "keepstep.yaml").write_text(f"version: 1\n{PLANTED}: {PLANTED}\n")
    planted.good("support", "bundle", tmp_path / "b.tar.gz")
    parts = opened(tmp_path / "b.tar.gz")
    assert "configuration.json" not in parts
    assert "keepstep.yaml:2:1" in parts["doctor.json"]
    assert PLANTED not in "".join(parts.values())


def test_a_damaged_home_gives_a_bundle_too(planted, tmp_path):
    for file in planted.home.glob("keepstep.db*"):
        if file.is_file():
            file.write_bytes(b"not a database, but long enough to be looked at\n" * 100)
    planted.good("support", "bundle", tmp_path / "b.tar.gz")
    parts = opened(tmp_path / "b.tar.gz")
    assert "not a Keepstep database" in parts["doctor.json"]
    assert "database.json" not in parts
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(planted.home / "keepstep.db").execute("SELECT 1 FROM links")


def test_on_a_server_no_address_of_it_is_told(cli, tmp_path, store_url, monkeypatch):
    monkeypatch.setenv("KEEPSTEP_DATABASE", store_url.replace("postgres@", "postgres:geheim@"))
    cli.good("support", "bundle", tmp_path / "b.tar.gz")
    parts = opened(tmp_path / "b.tar.gz")
    assert json.loads(parts["database.json"])["engine"].startswith(
        "SQLite" if store_url.startswith("sqlite") else "PostgreSQL"
    )
    assert "geheim" not in "".join(parts.values())
    assert str(tmp_path) not in "".join(parts.values())


def test_a_bundle_is_never_written_over(cli, tmp_path):
    cli.good("support", "bundle", tmp_path / "b.tar.gz")
    assert "is there already" in cli.bad("support", "bundle", tmp_path / "b.tar.gz", code=2)
