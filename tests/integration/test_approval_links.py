"""One-time links: good once, for one person, one request and what they are made for; and kept nowhere."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from keepstep.core.approval import PlanVoteKind
from keepstep.core.secret import Secret
from keepstep.errors import ApprovalBroken, UsageError
from keepstep.store.key_source import create_master_key
from keepstep.store.tables import METADATA
from keepstep.usecases.vote import Saying, make_link, redeem
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan

APPROVE, REJECT = Saying(kind=PlanVoteKind.APPROVE), Saying(kind=PlanVoteKind.REJECT)


@pytest.fixture
def world(database, tmp_path):
    return ApprovalWorld(database, tmp_path)


def made(world, request, person="ana", **more):
    return make_link(world.desk, request.id, person, maker="root", **more)


async def test_a_link_decides_once_in_the_name_it_was_made_for(world):
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo"], need=2)).request
    token = made(world, asked)
    after = await redeem(world.desk, Secret(f" {token.reveal()}\n"), APPROVE)
    assert (after.by, after.missing) == (("ana",), 1)
    assert after.request.votes[0].way == "link made by root"
    for saying in (APPROVE, REJECT):
        with pytest.raises(UsageError, match="was used at 2031-05-04 08:00 UTC"):
            await redeem(world.desk, token, saying)
    assert world.requests.find(asked.id).votes == after.request.votes


async def test_a_link_dies_with_its_request(world):
    asked = (await world.seek(a_plan(), expires="2d")).request
    token = made(world, asked)
    world.clock.pass_(days=2)
    with pytest.raises(UsageError, match="this link expired at 2031-05-06 08:00 UTC"):
        await redeem(world.desk, token, APPROVE)


async def test_a_link_of_a_replaced_request_decides_nothing(world):
    token = made(world, (await world.seek(a_plan(3))).request)
    new = (await world.seek(a_plan(2))).request
    with pytest.raises(UsageError, match="is replaced"):
        await redeem(world.desk, token, APPROVE)
    assert world.requests.find(new.id).votes == ()


async def test_a_link_to_reject_approves_nothing(world):
    asked = (await world.seek(a_plan())).request
    token = made(world, asked, scope=frozenset({PlanVoteKind.REJECT}))
    with pytest.raises(UsageError, match="it is to reject"):
        await redeem(world.desk, token, APPROVE)
    assert (await redeem(world.desk, token, REJECT)).state == "rejected"


async def test_nobody_gets_a_link_who_may_not_decide(world):
    asked = (await world.seek(a_plan(), approvers=["ana", "max"], reviewers=["rea"], not_requester=True)).request
    for person in ("rea", "max", "eva"):
        with pytest.raises(UsageError, match=f"{person} may not decide"):
            made(world, asked, person)


def forgeries(token: str):
    content, signature = token.split(".")
    raw = urlsafe_b64decode(content + "=" * (-len(content) % 4))

    def again(changed: bytes) -> str:
        return f"{urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"

    return {
        "another approver": again(raw.replace(b'"ana"', b'"ivo"')),
        "more than it was made for": again(raw.replace(b'["reject"]', b'["approve","reject"]')),
        "a later end": again(raw.replace(b"2031", b"2039")),
        "no signature": f"{content}.",
        "half of it": token[: len(token) // 2],
        "a signature that was changed": f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "padding": f"{token}=",
        "a stranger's letters": f"{content}.{signature}é",
        "a character that counts for nothing": f"{content}.{signature[:5]}!{signature[5:]}",
        "nothing": "",
        "far too much": token * 100,
    }


@pytest.mark.parametrize("name", forgeries("WyJhbmEiXQ.c2lnbmF0dXJl"))
async def test_a_link_that_was_changed_decides_nothing(world, name):
    asked = (await world.seek(a_plan())).request
    token = made(world, asked, scope=frozenset({PlanVoteKind.REJECT}))
    forged = forgeries(token.reveal())[name]
    assert forged != token.reveal()
    with pytest.raises(UsageError, match="no link of this home") as caught:
        await redeem(world.desk, Secret(forged), REJECT)
    assert not forged or forged not in f"{caught.value} {caught.value.hint}"
    assert world.requests.find(asked.id).votes == ()


async def test_a_link_is_for_its_own_request(world):
    ours = (await world.seek(a_plan(3))).request
    other = (await world.seek(a_plan(2), purpose="weekly")).request
    a, b = made(world, ours).reveal().split("."), made(world, other).reveal().split(".")
    with pytest.raises(UsageError, match="no link of this home"):
        await redeem(world.desk, Secret(f"{b[0]}.{a[1]}"), APPROVE)
    await redeem(world.desk, Secret(".".join(a)), APPROVE)
    assert (len(world.requests.find(ours.id).votes), world.requests.find(other.id).votes) == (1, ())


async def test_a_link_of_another_home_decides_nothing(world, tmp_path):
    asked = (await world.seek(a_plan())).request
    token = made(world, asked)
    (tmp_path / "master.key").unlink()
    create_master_key(tmp_path / "master.key")
    with pytest.raises((UsageError, ApprovalBroken), match="no link of this home"):
        await redeem(ApprovalWorld(world.database, tmp_path).desk, token, APPROVE)


async def test_only_the_hash_of_a_link_is_kept(world):
    asked = (await world.seek(a_plan())).request
    token = made(world, asked).reveal()
    with world.database.read() as connection:
        kept = [str(row) for table in METADATA.sorted_tables for row in connection.execute(table.select())]
    assert len(kept) > 5
    assert [row for row in kept for part in token.split(".") if part in row] == []


async def test_whoever_is_told_in_private_gets_a_link_and_nobody_else(world):
    asked = (await world.seek(a_plan(), approvers=["ana"], reviewers=["rea"])).request
    to_ana, to_rea = world.postbox.notices
    assert (to_rea.link, to_rea.whole) == (None, to_rea.text)
    assert asked.plan in to_ana.text
    assert "3 update" in to_ana.text
    assert to_ana.link.reveal() not in f"{to_ana.text}{to_ana!r}"
    token = to_ana.whole.splitlines()[-1]
    assert (await redeem(world.desk, Secret(token), APPROVE)).request.votes[0].way == "link sent to them"
    world.postbox.shared = True
    await world.seek(a_plan(2), approvers=["ana"])
    assert world.postbox.notices[-1].link is None


def test_many_who_redeem_one_link_at_once_are_one_vote(world):
    asked = asyncio.run(world.seek(a_plan(), need=2)).request
    token = made(world, asked)

    def once(_):
        try:
            return asyncio.run(redeem(world.desk, token, APPROVE)).missing
        except UsageError as error:
            return error.message

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(once, range(6)))
    assert [result for result in results if isinstance(result, int)] == [1]
    assert sum("was used at" in str(result) for result in results) == 5
    assert len(world.requests.find(asked.id).votes) == 1
