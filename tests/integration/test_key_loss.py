"""What a lost master key sealed and nobody can enter again is given up, on demand, and never by mistake."""

import json

import pytest

from keepstep.core.approval import PlanVoteKind
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.errors import ApprovalBroken, AuditBroken, StoreError
from keepstep.ports import FirstPassword
from keepstep.store.audit_checkpoints import SqlCheckpoints
from keepstep.store.audit_key import AuditKey
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.key_loss import KeyLoss, KeyLossDesk
from keepstep.store.key_source import create_master_key
from keepstep.store.tables import AUDIT
from keepstep.usecases.anchor_audit import sign
from keepstep.usecases.verify_audit import verify_audit
from keepstep.usecases.vote import Saying, redeem
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan

NOTHING = KeyLoss(audit_key=False, first_passwords=0, requests=())


def desk_of(world):
    return KeyLossDesk(
        database=world.database,
        vault=world.vault,
        approvals=world.requests,
        audit_key=AuditKey(world.vault),
        audit=world.audit,
    )


def passwords(world):
    return FirstPasswords(world.database, world.vault, world.clock)


def checkpoint(world):
    SqlCheckpoints(world.database).add(sign(AuditKey(world.vault), world.audit.head(), world.clock.now()))


def prove(world):
    return verify_audit(world.audit, AuditKey(world.vault), SqlCheckpoints(world.database).all())


@pytest.fixture
async def lost(database, tmp_path):
    """A world whose master key is gone, and another one there; nothing was sealed with that yet."""
    world = ApprovalWorld(database, tmp_path)
    await world.seek(a_plan(), approvers=["ana"])
    checkpoint(world)
    for number in range(3):
        named = {"connection": "corp", "key": NativeKey(f"guid-{number}"), "account": f"a{number}", "days": 14}
        passwords(world).seal(FirstPassword(**named, password=Secret(f"first-{number}")))
    assert desk_of(world).found() == NOTHING
    (tmp_path / "master.key").rename(tmp_path / "lost.key")
    create_master_key(tmp_path / "master.key")
    return ApprovalWorld(database, tmp_path, clock=world.clock)


def in_use(world) -> None:
    """Have the key at hand sealed something, so that it is the one in use."""
    world.clock.pass_(minutes=1)
    world.vault.set("entered-again", Secret("x"))


async def test_everything_goes_on_once_it_was_given_up(lost):
    in_use(lost)
    with pytest.raises(ApprovalBroken):
        await lost.seek(a_plan(2), approvers=["ana"])
    before = lost.audit.head().count
    loss = desk_of(lost).give_up(operator="root")
    assert (loss.audit_key, loss.first_passwords, len(loss.requests)) == (True, 3, 1)
    assert desk_of(lost).found() == NOTHING
    asked = await lost.seek(a_plan(), approvers=["ana"])
    token = lost.postbox.notices[-1].link
    assert (await redeem(lost.desk, token, Saying(kind=PlanVoteKind.APPROVE))).by == ("ana",)
    assert lost.requests.find(asked.request.id).votes
    assert passwords(lost).waiting() == []
    assert prove(lost).signed == 0
    checkpoint(lost)
    assert prove(lost).signed == lost.audit.head().count
    told = [entry.action for entry in lost.audit.entries(after=before)]
    assert told[:3] == ["approval_given_up", "passwords_given_up", "audit_key_made_anew"]


def test_a_key_that_is_only_not_here_gives_up_nothing(lost, tmp_path):
    lost.vault.keys.at_hand()
    with pytest.raises(StoreError, match="is not at hand: what it sealed may only seem to be lost"):
        desk_of(lost).give_up(operator="root")
    (tmp_path / "lost.key").rename(tmp_path / "master.key")
    back = ApprovalWorld(lost.database, tmp_path, clock=lost.clock)
    assert desk_of(back).found() == NOTHING
    assert len(passwords(back).waiting()) == 3
    assert prove(back).signed


def test_a_log_that_was_altered_is_not_signed_anew(lost):
    in_use(lost)
    with lost.database.write() as connection:
        connection.execute(AUDIT.update().where(AUDIT.c.sequence == 1).values(subject="somebody"))
    with pytest.raises(AuditBroken, match="record 1 was altered"):
        desk_of(lost).give_up(operator="root")
    assert AuditKey(lost.vault).lost


# ---------------------------------------------------------------- as the program is called


def test_the_program_says_what_it_gives_up_and_asks(cli):
    cli.good("audit", "checkpoint")
    old = cli.good("audit", "key")
    cli.good("audit", "archive", "--before", "2100-01-01", "--out", cli.home / "archive")
    (cli.home / "master.key").unlink()
    cli.good("init")
    assert "may only seem to be lost" in cli.bad("secret", "give-up", "--yes")
    assert "have another made: `keepstep secret give-up`" in cli.run("doctor").stdout
    cli.run("secret", "rotate-key")
    assert "giving up asks first" in cli.bad("secret", "give-up", code=2)
    result = cli.run("secret", "give-up", "--yes")
    assert result.exit_code == 0, result.output
    assert "the key of the audit log" in result.stderr
    assert cli.good("secret", "give-up") == "nothing is lost that has to be given up\n"
    assert cli.good("audit", "key") != old
    cli.good("audit", "checkpoint")
    assert "signed up to record" in cli.good("audit", "verify")
    (entry,) = json.loads(cli.good("audit", "list", "--json", "--action", "audit_key_made_anew"))
    assert set(entry["detail"]) == {"key"}
