"""People are told what was done without them: by a file, a chat and a mail server, once, and again when that fails."""

import asyncio
import json

import pytest

from keepstep.core.notice import Message
from keepstep.usecases.tell import tell_due
from keepstep.workshop import Workshop
from tests.integration.test_automations import DAILY, make_due, over, rule_world, serve
from tests.lab.recording import Reply

CHAT = {"kind": "chat", "url": {"secret": "chat-url"}}


def channels(runs, **more):
    """Add channels and rules to the configuration."""
    import yaml

    file = runs.home / "keepstep.yaml"
    whole = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**whole, **more}, sort_keys=False))


def secret(runs, name, value):
    from keepstep.core.secret import Secret

    with runs.open() as store:
        store.vault.set(name, Secret(value))


def lines(runs, name="log"):
    return [
        json.loads(line)
        for file in sorted(runs.home.glob(f"notices/{name}-*.jsonl"))
        for line in file.read_text().splitlines()
    ]


def test_what_an_automation_came_to_is_told_once(runs):
    rule_world(runs, **DAILY, notify=["log"])
    channels(runs, channels={"log": {"kind": "file", "file": "log"}})
    make_due(runs)
    serve(runs, lambda store: over("sync")(store) and lines(runs))
    serve(runs, lambda store: not store.notices.due(store.clock.now()))
    (line,) = lines(runs)
    assert line["subject"] == "Keepstep: sync succeeded"
    assert "2 create" in line["text"]
    with runs.open() as store:
        (message,) = store.notices.newest()
    assert (message.state, message.attempts) == ("sent", 1)


def test_a_chat_that_says_no_is_told_again_and_never_shows_its_address(runs):
    runs.answer = lambda _: Reply({"error": "no"}, status=500)
    rule_world(runs, **DAILY)
    channels(runs, channels={"chat": CHAT}, notifications={"all": {"to": ["chat"], "severity": "info"}})
    secret(runs, "chat-url", f"{runs.app.url}/hooks/not-for-anybody")
    make_due(runs)
    serve(runs, lambda store: any(one.attempts for one in store.notices.newest()))
    with runs.open() as store:
        (message,) = store.notices.newest()
        assert message.state == "waiting"
        assert "HTTP 500" in message.detail
        assert "not-for-anybody" not in str(message)
    runs.answer = lambda _: Reply({})
    with runs.open() as store, store.database.write() as connection:
        connection.exec_driver_sql("UPDATE notices SET due = '2020-01-01T00:00:00.000000+00:00'")
    serve(runs, lambda store: all(one.state == "sent" for one in store.notices.newest()))
    said = [request.json for request in runs.app.to("/hooks/not-for-anybody")]
    assert said[-1]["text"].startswith("Keepstep: sync succeeded")


def test_digests_are_one_message(runs):
    rule_world(runs, **DAILY)
    channels(
        runs,
        channels={"log": {"kind": "file", "file": "log"}},
        notifications={"slow": {"to": "log", "digest": "hourly"}},
    )

    async def told(store):
        desks = Workshop(store)
        try:
            return await tell_due(desks.tell_desk())
        finally:
            await desks.close()

    with runs.open() as store:
        now = store.clock.now()
        few = [
            Message(key=f"k{n}", channel="log", rule="slow", subject=f"s{n}", text="t", due=now, digest=True)
            for n in range(3)
        ]
        store.notices.add([*few, *few])
        assert asyncio.run(told(store)) == 1
    (line,) = lines(runs)
    assert line["subject"] == "Keepstep: 3 notices"


def test_what_can_never_be_told_ends_and_is_in_the_audit_log(runs):
    rule_world(runs, **DAILY)

    async def told(store):
        desks = Workshop(store)
        try:
            return await tell_due(desks.tell_desk())
        finally:
            await desks.close()

    with runs.open() as store:
        store.notices.add([Message(key="k", channel="gone", rule="", subject="s", text="t", due=store.clock.now())])
        asyncio.run(told(store))
        assert store.notices.newest()[0].state == "failed"
    assert ("untold", "automation") in runs.audited()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"notifications": {"a": {"to": "nobody"}}}, 'there is no channel "nobody"'),
        ({"notifications": {"a": {"to": "log", "automations": "snyc"}}}, 'did you mean "sync"'),
    ],
)
def test_a_rule_that_names_nothing_is_told_at_its_place(runs, more, told):
    from keepstep.errors import ConfigurationError

    rule_world(runs, **DAILY)
    channels(runs, channels={"log": {"kind": "file", "file": "log"}}, **more)
    with runs.open() as store, pytest.raises(ConfigurationError) as caught:
        store.configuration()
    assert told in caught.value.message


def test_a_channel_is_tried_by_the_command_line(cli):
    text = "version: 1\nchannels:\n  log: {kind: file, file: log}\n  chat: {kind: chat, url: {secret: nothing}}\n"
    cli.home.joinpath("keepstep.yaml").write_text(text)
    assert "log: sent" in cli.good("channel", "test", "log")
    assert cli.home.joinpath("notices").stat().st_mode & 0o777 == 0o700
    failed = cli.run("channel", "test", "chat")
    assert failed.exit_code == 1
    assert 'secret "nothing"' in failed.stdout
    assert "chat" in cli.good("channel", "list")
    assert "nobody was told" in cli.good("notice", "list")


def test_a_new_message_is_tried_as_often_as_any_though_it_is_told_with_an_old_one(runs):
    runs.answer = lambda _: Reply({"error": "no"}, status=500)
    rule_world(runs, **DAILY)
    channels(runs, channels={"chat": CHAT}, notifications={"slow": {"to": "chat", "digest": "hourly"}})
    secret(runs, "chat-url", f"{runs.app.url}/hooks/x")

    async def tried(store):
        desks = Workshop(store)
        try:
            await tell_due(desks.tell_desk())
        finally:
            await desks.close()

    with runs.open() as store:
        now = store.clock.now()
        old, new = (
            Message(key=key, channel="chat", rule="slow", subject=key, text="t", due=now, digest=True)
            for key in ("old", "new")
        )
        store.notices.add([old])
        for _ in range(6):
            store.notices.tried([old], state="waiting", detail="", due=now)
        store.notices.add([new])
        asyncio.run(tried(store))
        told = {one.key: (one.state, one.attempts) for one in store.notices.newest()}
    assert told == {"old": ("failed", 7), "new": ("waiting", 1)}
