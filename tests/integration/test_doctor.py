"""What `keepstep doctor` looks at around the configuration: files, room, what waits, what can be reached, the time."""

import json
import shutil
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from keepstep.connectors.surroundings import look_around
from keepstep.core.chunk import Chunk, ChunkKind
from keepstep.core.configuration import Configuration
from keepstep.core.run import RunId
from keepstep.store.chunks import SqlChunks
from keepstep.store.database import open_database, sqlite_url
from tests.lab.openldap import openldap


def findings(cli, subject):
    told = json.loads(cli.run("doctor", "--json").stdout)
    return [one for one in told if one["subject"] == subject]


def only(cli, subject):
    (found,) = findings(cli, subject)
    return found


@contextmanager
def listening():
    """Something that listens, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port():
    with listening() as port:
        return port


@pytest.mark.parametrize(
    ("name", "mode"), [("keepstep.db", 0o640), ("master.key", 0o604), ("keepstep.yaml", 0o622), ("engine.db", 0o660)]
)
def test_a_file_that_is_open_to_others_is_named_with_what_closes_it(cli, name, mode):
    assert only(cli, "permissions")["good"]
    (cli.home / name).touch()
    (cli.home / name).chmod(mode)
    found = only(cli, "permissions")
    assert not found["good"]
    assert found["hint"] == f"chmod 600 {cli.home / name}"


def test_a_configuration_that_others_may_read_is_well(cli):
    (cli.home / "keepstep.yaml").chmod(0o644)
    assert only(cli, "permissions")["good"]


def test_little_room_is_told(cli, monkeypatch):
    assert only(cli, "disk")["good"]
    little = shutil.disk_usage(cli.home)._replace(free=200_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: little)
    found = only(cli, "disk")
    assert not found["good"], "the database needs room for a copy too"
    assert "200 MB are free" in found["detail"]


def test_what_waits_for_long_is_told_and_what_is_not_due_is_not(cli):
    now = datetime.now(UTC)
    with open_database(sqlite_url(cli.home / "keepstep.db")) as database:
        chunks = SqlChunks(database)
        chunks.submit(Chunk(kind=ChunkKind.TEMPLATE, run=RunId("r"), number=0), now - timedelta(minutes=4))
        chunks.submit(Chunk(kind=ChunkKind.TEMPLATE, run=RunId("r"), number=1), now + timedelta(days=1))
        assert only(cli, "queue")["good"]
        for number in (2, 3):
            chunks.submit(Chunk(kind=ChunkKind.AUTOMATION, run=RunId("s"), number=number), now - timedelta(hours=2))
    found = only(cli, "queue")
    assert not found["good"]
    assert "2 parts of runs wait" in found["detail"]
    assert "keepstep serve" in found["hint"]


REACH = """
version: 1
egress: {{allow: [127.0.0.1]}}
connections:
  infobip: {{kind: rest, base_url: "http://127.0.0.1:{here}", authorization: {{type: none}}}}
  gone: {{kind: rest, base_url: "http://127.0.0.1:{gone}/path", authorization: {{type: none}}}}
  off: {{kind: rest, enabled: false, base_url: "http://127.0.0.1:{gone}"}}
  corp:
    kind: active_directory
    url: ldap://127.0.0.1:{gone}
    start_tls: true
    base: DC=corp,DC=example
    bind: {{method: kerberos}}
channels:
  mail: {{kind: email, host: 127.0.0.1, port: {here}, tls: none, from: a@corp.example, to: [b@corp.example]}}
  nowhere: {{kind: email, host: nowhere.invalid, from: a@corp.example, to: [b@corp.example]}}
audit:
  anchors:
    log: {{kind: syslog, host: 127.0.0.1, port: {gone}}}
"""


def test_everything_that_is_to_be_reached_is_tried_and_what_is_switched_off_is_not(cli):
    with listening() as here:
        (cli.home / "keepstep.yaml").write_text(REACH.format(here=here, gone=closed_port()))
        found = {one["detail"].split('"')[1]: one["good"] for one in findings(cli, "reach")}
    assert found == {"infobip": True, "gone": False, "corp": False, "mail": True, "nowhere": False, "log": False}
    assert all("firewall" in one["hint"] for one in findings(cli, "reach") if not one["good"])
    assert findings(cli, "clock") == [], "who cannot be reached is not asked for the time"


def test_what_is_not_listed_is_not_even_tried(cli):
    with listening() as here:
        text = REACH.format(here=here, gone=closed_port()).replace("allow: [127.0.0.1]", "allow: []")
        (cli.home / "keepstep.yaml").write_text(text.replace("http:", "https:"))
        found = {one["detail"].split('"')[1]: one for one in findings(cli, "reach")}
    assert not found["mail"]["good"]
    assert "egress.allow" in found["mail"]["hint"]
    assert not found["infobip"]["good"]
    assert "cannot be reached" in found["corp"]["detail"], "a directory is inside by nature"


def test_what_goes_by_a_proxy_is_well_where_the_proxy_is(cli):
    with listening() as here:
        proxy = f'egress: {{proxy: {{url: "http://127.0.0.1:{here}"}}}}'
        rest = "{kind: rest, base_url: https://nowhere.invalid, authorization: {type: none}}"
        (cli.home / "keepstep.yaml").write_text(f"version: 1\n{proxy}\nconnections:\n  far: {rest}\n")
        found = only(cli, "reach")
    assert found["good"]
    assert "by the proxy" in found["detail"]


def configuration(**directory):
    return Configuration.model_validate({"version": 1, "connections": {"corp": {"base": "DC=x", **directory}}})


async def clock(tmp_path, spec, *, off=0):
    told = await look_around(spec, tmp_path, lambda: datetime.now(UTC) - timedelta(seconds=off))
    (found,) = [one for one in told if one.subject == "clock"]
    return found


@pytest.mark.samba
@pytest.mark.parametrize(
    ("off", "good", "words"), [(0, True, "that of this machine"), (600, False, "s ahead of"), (-600, False, "s behind")]
)
async def test_a_domain_whose_clock_is_another_is_told(samba, tmp_path, off, good, words):
    shutil.copy(samba.ca_file, tmp_path / "ca.pem")
    spec = configuration(
        kind="active_directory",
        url=samba.told["LDAPS_URL"],
        ca_file="ca.pem",
        bind={"method": "kerberos"},
    )
    found = await clock(tmp_path, spec, off=off)
    assert found.good is good, found
    assert words in found.detail


@pytest.mark.samba
async def test_a_domain_whose_certificate_is_not_trusted_is_not_asked(samba, tmp_path):
    spec = configuration(kind="active_directory", url=samba.told["LDAPS_URL"], bind={"method": "kerberos"})
    found = await clock(tmp_path, spec)
    assert not found.good
    assert "certificate" in found.detail


async def test_a_server_that_tells_no_time_is_taken_for_well(tmp_path):
    with openldap(tmp_path / "slapd", people=1, limits="") as url:
        spec = configuration(kind="ldap", url=url, bind={"method": "kerberos"})
        found = await clock(tmp_path, spec)
    assert found.good
    assert "does not tell its time" in found.detail
