"""The installation over the API: what runs here, whether it is sound, a backup of it; the ways to tell people."""

import io
import json
import tarfile
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from keepstep.core.notice import Message
from keepstep.core.right import Right
from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture

CHANNELS = {
    "channels": {
        "log": {"kind": "file", "file": "told", "description": "For the night shift"},
        "chat": {"kind": "chat", "url": {"secret": "chat-url"}},
    },
    "notifications": {"all": {"to": ["log"]}},
}


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    file = company.home / "keepstep.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **CHANNELS}, sort_keys=False))
    with serving(company.home) as world:
        yield world


def test_what_runs_here_is_told_to_whoever_is_signed_in(world):
    told = world.operator("tea", "technician").get("/about")
    assert told["database"] == "SQLite"
    assert told["schema_revision"] == world.store.database.revision
    assert {"name", "version", "licence"} == set(told["libraries"][0])
    assert all(one["licence"] for one in told["libraries"]), told["libraries"]
    world.client().bad(401, "GET", "/about")


def test_the_doctor_says_the_same_as_at_home(world):
    found = world.operator("ana", "administrator").get("/doctor")
    subjects = {one["subject"] for one in found}
    assert {"home", "database", "master key", "audit log", "configuration", "reach"} <= subjects
    assert all(one["hint"] for one in found if not one["good"])
    world.operator("tea", "technician").bad(403, "GET", "/doctor")


def test_a_backup_has_no_key_and_leaves_nothing_behind(world):
    before = set(Path(tempfile.gettempdir()).glob("keepstep-backup-*"))
    answer = world.operator("ana", "administrator").ask("POST", "/backup")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
        names = archive.getnames()
    assert {"keepstep.db", "keepstep.yaml", "manifest.json"} <= set(names)
    assert "master.key" not in names
    for _ in range(100):  # it goes once the last byte is sent
        if set(Path(tempfile.gettempdir()).glob("keepstep-backup-*")) <= before:
            break
        time.sleep(0.05)
    assert set(Path(tempfile.gettempdir()).glob("keepstep-backup-*")) <= before
    (entry,) = [one for one in world.store.audit.entries(limit=1000) if one.action == "backup"]
    assert entry.operator == "ana"


def test_a_backup_is_for_whoever_manages_operators_and_proved_it_lately(world):
    world.operator("tea", "technician").bad(403, "POST", "/backup")
    ana = world.operator("ana", "administrator")
    old = (world.store.clock.now() - timedelta(minutes=11)).isoformat(timespec="microseconds")
    with world.store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE sessions SET proven = '{old}'")
    assert ana.ask("POST", "/backup").status == 403


def test_channels_are_listed_with_the_rules_that_use_them_and_tried(world, company):  # noqa: F811 - the fixture
    ana = world.operator("ana", "administrator")
    assert ana.get("/channels") == [
        {"name": "log", "kind": "file", "description": "For the night shift", "rules": ["all"]},
        {"name": "chat", "kind": "chat", "description": "", "rules": []},
    ]
    tried = ana.good("POST", "/channels/log/test", {"text": "hello"})
    assert (tried["state"], tried["detail"]) == ("succeeded", "")
    assert "notices/told-" in tried["request"]
    (file,) = company.home.glob("notices/told-*.jsonl")
    assert json.loads(file.read_text())["text"] == "hello"
    failed = ana.good("POST", "/channels/chat/test", {})
    assert failed["state"] == "failed"
    assert failed["detail"]
    told = ana.bad(404, "POST", "/channels/lgo/test", {})
    assert told["detail"] == 'there is no channel "lgo"; did you mean "log"?'
    tests = [one.operator for one in world.store.audit.entries(limit=1000) if one.action == "test_channel"]
    assert tests == ["ana", "ana"]
    world.token("svc", "administrator", rights=frozenset({Right.READ_CONFIGURATION})).bad(
        403, "POST", "/channels/log/test", {}
    )


def test_notices_come_newest_first_a_page_at_a_time_and_by_state(world):
    ana, now = world.operator("ana", "administrator"), world.store.clock.now()
    world.store.notices.add(
        [Message(key=str(n), channel="log", rule="all", subject=f"s{n}", text="t", due=now) for n in range(5)]
    )
    world.store.notices.tried(world.store.notices.newest(1), state="failed", detail="no", due=now)
    first = ana.get("/notices", limit=2)
    assert [one["subject"] for one in first["items"]] == ["s4", "s3"]
    rest = ana.get("/notices", limit=10, before=first["next"])
    assert [one["subject"] for one in rest["items"]] == ["s2", "s1", "s0"]
    assert rest["next"] is None
    assert [one["detail"] for one in ana.get("/notices", state="failed")["items"]] == ["no"]
    world.operator("tea", "technician").bad(403, "GET", "/notices")
