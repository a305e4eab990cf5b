"""The master key changed, forgotten and lost, as somebody calls the program."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import insert

from keepstep.core.secret import Secret
from keepstep.settings import read_settings
from keepstep.store.key_source import FileKeys
from keepstep.store.tables import SECRETS
from keepstep.wiring import opened

MANY = 3000


@pytest.fixture
def many(cli):
    """A home with so many secrets that a change of the key takes a while."""
    with opened(read_settings({}, home=cli.home)) as store, store.database.write() as connection:
        for number in range(MANY):
            name = f"s{number:04}"
            key_id, sealed = store.vault.seal(connection, name, Secret(f"text {number}"))
            row = {"name": name, "key_id": key_id, "sealed": sealed, "at": store.clock.now()}
            connection.execute(insert(SECRETS), row)
    return cli


def keys_of(cli):
    with opened(read_settings({}, home=cli.home)) as store, store.database.read() as connection:
        rows = connection.execute(SECRETS.select()).all()
    counted = {}
    for row in rows:
        counted[row.key_id] = counted.get(row.key_id, 0) + 1
    return counted


def texts_of(cli):
    with opened(read_settings({}, home=cli.home)) as store:
        return [store.vault.get(name).reveal() for name in store.vault.names()]


@pytest.mark.slow
def test_a_change_that_is_killed_loses_nothing_and_goes_on_where_it_was(many):
    stages = []
    for _ in range(3):
        before = sum(sorted(keys_of(many).values())[:-1])
        with many.process("secret", "rotate-key") as process:
            deadline = time.monotonic() + 30
            while sum(sorted(keys_of(many).values())[:-1]) == before and time.monotonic() < deadline:
                time.sleep(0.01)
            process.kill()
        stages.append(tuple(sorted(keys_of(many).values())))
        assert texts_of(many) == [f"text {number}" for number in range(MANY)]
    assert any(len(stage) == 2 for stage in stages), "at least one was killed in the middle"
    assert len(FileKeys(many.home / "master.key").read().keys) == 2, "no further key is made meanwhile"
    assert "a change of it was interrupted" in many.run("doctor").stdout
    shown = many.good("secret", "rotate-key")
    assert "interrupted" not in many.run("doctor").stdout
    assert "a change that was interrupted has ended" in shown
    assert list(keys_of(many).values()) == [MANY + 1]


@pytest.mark.slow
def test_whoever_is_at_work_meanwhile_never_misses_a_secret(many):
    stop, opened_texts = Event(), []

    def work() -> None:
        with opened(read_settings({}, home=many.home)) as store:
            while not stop.is_set():
                number = len(opened_texts) % MANY
                assert store.vault.get(f"s{number:04}").reveal() == f"text {number}"
                if number % 50 == 0:
                    store.vault.set(f"s{number:04}", Secret(f"text {number}"))
                opened_texts.append(number)

    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(work)
        while len(opened_texts) < 100:
            time.sleep(0.01)
        before = len(opened_texts)
        with many.process("secret", "rotate-key") as process:
            _, stderr = process.communicate(timeout=60)
            assert process.returncode == 0, stderr
        during = len(opened_texts) - before
        stop.set()
        busy.result()
    assert during > 100
    assert list(keys_of(many).values()) == [MANY + 1]


def test_what_a_lost_key_sealed_is_named_with_the_way_to_have_it_again(company):
    company.good("secret", "set", "spare", text="spare\n")
    (company.home / "master.key").unlink()
    told = company.bad("people", "infobip")
    assert "master.key is missing" in told
    assert "if it is lost, `keepstep init` makes a new one" in told
    company.good("init")
    told = company.bad("people", "infobip")
    assert 'secret "infobip-password" was sealed with another master key' in told
    assert "keepstep secret set infobip-password" in told
    shown = company.good("secret", "list")
    assert shown.count("LOST") == 2
    assert "keepstep secret set spare" in shown
    assert 'secret "spare" was sealed with another master key' in company.run("doctor").stdout
    company.good("secret", "set", "infobip-password", text="demo-password\n")
    company.good("people", "infobip")
    secrets = json.loads(company.good("secret", "list", "--json"))["secrets"]
    assert {one["name"]: bool(one["problem"]) for one in secrets} == {"infobip-password": False, "spare": True}
    result = company.run("secret", "rotate-key")
    assert (result.exit_code, result.stdout.count("LOST")) == (1, 1)
    company.good("secret", "remove", "spare")
    company.good("secret", "rotate-key")
    assert [entry["action"] for entry in json.loads(company.good("audit", "list", "--json"))][-1] == "master_key_change"


def test_a_key_is_prepared_then_used_then_the_old_one_is_forgotten(cli):
    cli.good("secret", "set", "one", text="x\n")
    assert "nothing is sealed yet" in cli.good("secret", "rotate-key", "--prepare")
    prepared = FileKeys(cli.home / "master.key").read().newest.id
    assert json.loads(cli.good("secret", "rotate-key", "--json"))["key"] == prepared
    assert "less than a minute ago" in cli.bad("secret", "forget-key")
    assert cli.good("secret", "list") == "one\n"
    (fresh, *_) = json.loads(cli.good("secret", "list", "--json"))["secrets"]
    assert fresh["key"] == prepared


def test_where_there_is_one_key_none_is_forgotten(cli):
    cli.good("secret", "set", "one", text="x\n")
    assert cli.good("secret", "forget-key") == "there is no old master key\n"
    assert cli.good("secret", "list") == "one\n"
