"""A new master key comes into use while everything goes on, and the old one is forgotten once nothing needs it."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event

import pytest
from sqlalchemy import LargeBinary, select, update

from keepstep.core.approval import PlanVoteKind
from keepstep.core.audit import AuditNote
from keepstep.core.operator import Operator
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.errors import ApprovalBroken, RunLocked, SecretMissing, StoreError, UsageError
from keepstep.ports import FirstPassword
from keepstep.store.database import open_database
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.key_change import MasterKeyDesk
from keepstep.store.key_source import FileKeys, create_master_key, environment_keys
from keepstep.store.operators import SqlOperators
from keepstep.store.sealed_places import SEALED_PLACES
from keepstep.store.tables import FIRST_PASSWORDS, METADATA, SECRETS
from keepstep.store.vault import Vault
from keepstep.usecases.vote import Saying, make_link, redeem
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan

PLANTED = "gEheim-ß-7731"
APPROVE = Saying(kind=PlanVoteKind.APPROVE)


@pytest.fixture
def world(database, tmp_path):
    return ApprovalWorld(database, tmp_path)


@pytest.fixture
def desk(world):
    return desk_of(world)


def desk_of(world):
    return MasterKeyDesk(database=world.database, vault=world.vault, approvals=world.requests, clock=world.clock)


def another(world, source=None):
    """A vault of another process, which has read its keys."""
    vault = Vault(world.database, source or FileKeys(world.folder / "master.key"), world.clock)
    vault.keys.at_hand()
    return vault


def keys_used(database):
    with database.read() as connection:
        rows = [
            *connection.execute(select(SECRETS.c.key_id)).scalars(),
            *connection.execute(
                select(FIRST_PASSWORDS.c.key_id).where(FIRST_PASSWORDS.c.sealed.is_not(None))
            ).scalars(),
        ]
    return set(rows)


def passwords(world, vault=None):
    return FirstPasswords(world.database, vault or world.vault, world.clock)


def seal_some(world, count=120):
    for number in range(count):
        world.vault.set(f"s{number:03}", Secret(f"{PLANTED}{number}"))
    for number in range(3):
        named = {"connection": "corp", "key": NativeKey(f"guid-{number}"), "account": f"a{number}", "days": 14}
        passwords(world).seal(FirstPassword(**named, password=Secret(f"first-{number}")))


def test_everything_is_sealed_with_the_new_key_and_opens_as_before(world, desk):
    seal_some(world)
    old = world.vault.keys.at_hand().newest.id
    change = desk.rotate()
    assert (change.began, change.sealed, change.lost) == (True, 123, ())
    assert keys_used(world.database) == {change.key} != {old}
    assert world.vault.keys.at_hand().ids == (old, change.key)
    assert [world.vault.get(f"s{n:03}").reveal() for n in range(120)] == [f"{PLANTED}{n}" for n in range(120)]
    kept = passwords(world)
    assert [kept.open(kept.find(f"a{n}"), operator="ana").reveal() for n in range(3)] == [
        f"first-{n}" for n in range(3)
    ]
    assert (world.folder / "master.key").stat().st_mode & 0o777 == 0o600


def test_a_process_that_began_before_opens_and_seals_with_the_new_key(world, desk):
    seal_some(world, 2)
    before = another(world)
    change = desk.rotate()
    assert before.get("s001").reveal() == f"{PLANTED}1"
    also = another(world)
    desk.rotate()
    also.set("new", Secret("only sealed, never opened"))
    assert len(keys_used(world.database)) == 1
    assert change.key not in keys_used(world.database)


def test_a_key_that_only_waits_seals_nothing_until_it_is_brought_into_use(world, desk):
    seal_some(world, 2)
    old = world.vault.keys.at_hand().newest.id
    waiting = desk.prepare()
    with pytest.raises(StoreError, match="holds a new key already"):
        desk.prepare()
    another(world).set("more", Secret("x"))
    assert keys_used(world.database) == {old}
    with pytest.raises(StoreError, match="has begun"):
        desk.forget()
    assert desk.rotate().key == waiting
    assert keys_used(world.database) == {waiting}


def test_a_machine_that_has_the_new_key_before_its_use_never_stands_still(world, desk, tmp_path):
    seal_some(world, 2)
    desk.prepare()
    (tmp_path / "other").mkdir()
    there = tmp_path / "other" / "master.key"
    there.write_bytes((tmp_path / "master.key").read_bytes())
    there.chmod(0o600)
    other = another(world, FileKeys(there))
    other.set("from-there", Secret("x"))
    desk.rotate()
    assert other.get("s000").reveal() == f"{PLANTED}0"
    other.set("from-there", Secret("y"))
    assert world.vault.get("from-there").reveal() == "y"


def test_a_machine_without_the_new_key_says_which_one_it_lacks(world, desk, tmp_path):
    seal_some(world, 2)
    (tmp_path / "other").mkdir()
    there = tmp_path / "other" / "master.key"
    there.write_bytes((tmp_path / "master.key").read_bytes())
    there.chmod(0o600)
    other = another(world, FileKeys(there))
    change = desk.rotate()
    with pytest.raises(SecretMissing, match=change.key) as caught:
        other.get("s000")
    assert str(there) in caught.value.message


@pytest.mark.parametrize("keys", [1, 2])
def test_keys_of_the_environment_are_changed_by_a_person(world, database, clock, keys):
    texts = [b64encode(bytes([n]) * 32).decode() for n in range(keys)]
    first = Vault(database, environment_keys(Secret(texts[0]), "KEEPSTEP_MASTER_KEY"), clock)
    first.set("one", Secret(PLANTED))
    vault = Vault(database, environment_keys(Secret(" ".join(texts)), "KEEPSTEP_MASTER_KEY"), clock)
    desk = MasterKeyDesk(database=database, vault=vault, approvals=world.requests, clock=clock)
    if keys == 1:
        with pytest.raises(StoreError, match="not kept by Keepstep") as caught:
            desk.rotate()
        assert "openssl rand -base64 32" in caught.value.hint
        return
    vault.set("two", Secret("sealed with the old one still"))
    assert len(keys_used(database)) == 1
    assert first.get("two").reveal()
    desk.rotate()
    assert keys_used(database) == {vault.keys.at_hand().newest.id}
    assert vault.get("one").reveal() == PLANTED


async def test_approvals_hold_before_and_after_and_without_the_old_key(world, desk):
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo"], need=2)).request
    await world.say("approve", asked, "ana")
    world.vault.set("one", Secret(PLANTED))
    before = ApprovalWorld(world.database, world.folder, clock=world.clock)
    assert before.requests.find(asked.id).votes
    desk.rotate()
    assert before.requests.find(asked.id) == world.requests.find(asked.id)
    world.clock.pass_(minutes=2)
    assert len(desk.forget(at_once=True)) == 1
    after = ApprovalWorld(world.database, world.folder, clock=world.clock)
    assert len(after.vault.keys.at_hand().keys) == 1
    await after.say("approve", asked, "ivo")
    assert [vote.operator for vote in before.requests.find(asked.id).votes] == ["ana", "ivo"]


async def test_a_link_is_good_until_it_is_used_and_so_long_its_key_is_kept(world, desk):
    world.postbox.shared = True  # nobody is sent a link
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo"], need=2)).request
    world.vault.set("one", Secret(PLANTED))
    links = [make_link(world.desk, asked.id, person, maker="root") for person in ("ana", "ivo")]
    desk.rotate()
    world.clock.pass_(minutes=2)
    later = ApprovalWorld(world.database, world.folder, clock=world.clock)
    assert (await redeem(later.desk, links[0], APPROVE)).by == ("ana",)
    with pytest.raises(StoreError, match="1 links to approve were signed"):
        desk.forget()
    assert (await redeem(later.desk, links[1], APPROVE)).by == ("ana", "ivo")
    assert desk.forget()


async def test_a_key_in_wrong_hands_is_forgotten_at_once_with_its_links(world, desk):
    asked = (await world.seek(a_plan(), approvers=["ana"])).request
    world.vault.set("one", Secret(PLANTED))
    link = make_link(world.desk, asked.id, "ana", maker="root")
    desk.rotate()
    with pytest.raises(StoreError, match="less than a minute ago"):
        desk.forget(at_once=True)
    world.clock.pass_(minutes=2)
    assert len(desk.forget(at_once=True)) == 1
    with pytest.raises(UsageError, match="no link of this home"):
        await redeem(ApprovalWorld(world.database, world.folder, clock=world.clock).desk, link, APPROVE)
    assert desk.forget() == ()


async def test_what_was_altered_is_not_made_good_by_a_new_key(world, desk):
    asked = (await world.seek(a_plan())).request
    world.vault.set("one", Secret(PLANTED))
    world.alter("approval_requests", "requester", lambda _: "somebody")
    change = desk.rotate()
    assert change.lost == (f"the seal of request for approval {asked.id}",)
    with pytest.raises(ApprovalBroken):
        world.requests.find(asked.id)


def test_what_a_lost_key_sealed_is_named_and_the_rest_goes_on(world, desk, tmp_path):
    seal_some(world, 2)
    lost = world.vault.keys.at_hand().newest.id
    (tmp_path / "master.key").unlink()
    create_master_key(tmp_path / "master.key")
    new = ApprovalWorld(world.database, world.folder, clock=world.clock)
    new.vault.set("s000", Secret("entered again"))
    told = {one.name: one.problem for one in new.vault.listed()}
    assert told["s000"] == ""
    assert lost in told["s001"]
    assert passwords(new).lost() == 3
    change = desk_of(new).rotate()
    assert change.lost == ('secret "s001"', *['a first password of connection "corp"'] * 3)
    new.vault.set("s001", Secret("that too"))
    assert [new.vault.get(name).reveal() for name in new.vault.names()] == ["entered again", "that too"]
    assert keys_used(world.database) == {change.key, lost}


def test_a_key_that_comes_back_opens_all_again(world, tmp_path):
    seal_some(world, 1)
    held = (tmp_path / "master.key").read_bytes()
    (tmp_path / "master.key").unlink()
    vault = Vault(world.database, FileKeys(tmp_path / "master.key"), world.clock)
    with pytest.raises(StoreError, match="is missing"):
        vault.get("s000")
    assert "is missing" in vault.listed()[0].problem
    (tmp_path / "master.key").write_bytes(held)
    (tmp_path / "master.key").chmod(0o600)
    assert vault.get("s000").reveal() == f"{PLANTED}0"


def test_what_was_damaged_is_named_and_is_no_reason_to_keep_the_old_key(world, desk):
    seal_some(world, 2)
    with world.database.write() as connection:
        connection.execute(update(SECRETS).where(SECRETS.c.name == "s000").values(sealed=b"nonsense"))
    assert desk.rotate().lost == ('secret "s000"',)
    world.clock.pass_(minutes=2)
    assert len(desk.forget()) == 1
    assert world.vault.get("s001").reveal() == f"{PLANTED}1"


def test_nobody_else_changes_the_key_meanwhile(world, desk, store_url):
    with open_database(store_url) as other:
        assert other.locks.acquire("keepstep:master-key")
        for work in (desk.rotate, desk.prepare, desk.forget):
            with pytest.raises(RunLocked, match="by another process"):
                work()
    desk.rotate()


def test_keys_can_be_changed_again_and_again_and_each_only_adds_one(world, desk):
    seal_some(world, 1)
    seen = [world.vault.keys.at_hand().ids]
    for _ in range(15):
        desk.rotate()
        seen.append(world.vault.keys.at_hand().ids)
    assert all(after[:-1] == before for before, after in pairwise(seen))
    with pytest.raises(StoreError, match="16 keys already"):
        desk.rotate()
    world.clock.pass_(minutes=2)
    assert len(desk.forget()) == 15
    assert world.vault.get("s000").reveal() == f"{PLANTED}0"


def test_where_nothing_is_sealed_a_key_can_be_changed_too(world, desk):
    assert desk.rotate().began
    world.vault.set("one", Secret(PLANTED))
    assert world.vault.names() == ["one"]
    assert keys_used(world.database) == {world.vault.keys.at_hand().newest.id}


def test_second_factors_are_sealed_anew(world, desk):
    note = AuditNote(action="operator_add", subject="ana", detail={}, operator="root")
    operators = SqlOperators(world.database, world.vault, world.audit)
    operators.add(Operator(name="ana", created=world.clock.now()), note)
    operators.add(Operator(name="ivo", created=world.clock.now()), note)
    operators.set_code_seed("ana", b"seed-of-twenty-bytes", [], note)
    world.vault.set("one", Secret(PLANTED))
    desk.rotate()
    world.clock.pass_(minutes=2)
    assert len(desk.forget()) == 1
    assert operators.code_seed("ana") == (b"seed-of-twenty-bytes", 0)
    assert operators.code_seed("ivo") is None


def test_every_table_that_holds_something_sealed_is_known():
    sealed = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "sealed" in column.name
    }
    assert sealed == {(place.table.name, place.sealed) for place in SEALED_PLACES}


@pytest.mark.slow
def test_what_is_sealed_in_the_moment_of_a_change_is_sealed_with_the_new_key(world, store_url):
    """Several processes seal all the time while the key changes again and again."""
    seal_some(world, 20)
    desk_of(world).rotate()
    stop = Event()

    def work(worker: int) -> int:
        with open_database(store_url) as database:
            vault, count = Vault(database, FileKeys(world.folder / "master.key"), world.clock), 0
            while not stop.is_set():
                vault.set(f"w{worker}-{count % 7}", Secret(PLANTED))
                vault.set("s000", Secret(PLANTED))
                count += 1
        return count

    with ThreadPoolExecutor(3) as threads:
        workers = [threads.submit(work, number) for number in range(3)]
        for _ in range(6):
            change = desk_of(world).rotate()
            assert change.lost == ()
            assert keys_used(world.database) == {change.key}
        stop.set()
        assert sum(worker.result() for worker in workers) > 20
    assert keys_used(world.database) == {change.key}
