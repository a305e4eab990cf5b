"""People are told by e-mail: each by themselves with a link, or all of them at once without one."""

import email
from email.policy import default

import pytest

from keepstep.connectors.smtp.post import SmtpPost
from keepstep.core.approval import PlanVoteKind
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import EmailChannel
from keepstep.core.secret import Secret
from keepstep.usecases.tell_approval import ChannelTeller
from keepstep.usecases.vote import Saying, redeem
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan
from tests.lab.loopback import LOOPBACK
from tests.lab.mailing import mail_server

EACH, ALL = ["{{ person }}@corp.example"], ["it@corp.example"]


class Audited:
    """The ports that telling by e-mail needs."""

    def __init__(self, audit):
        self.audit, self.operator = audit, "max"


@pytest.fixture
def mails():
    with mail_server() as server:
        yield server


@pytest.fixture
def world(database, tmp_path, mails):
    made = ApprovalWorld(database, tmp_path)

    def channel(to, port):
        given = {"kind": "email", "host": "127.0.0.1", "port": port, "tls": "none", "from": "k@corp.example"}
        return EmailChannel.model_validate({**given, "to": to, "timeout": 5})

    channels = {"each": channel(EACH, mails.port), "all": channel(ALL, mails.port), "broken": channel(EACH, 1)}
    made.postbox = ChannelTeller(
        ports=Audited(made.audit),
        post=SmtpPost(tmp_path, lambda _: Secret(""), LOOPBACK),
        channels={**channels, "mixed": channel([*EACH, *ALL], mails.port)},
        texts=BlockTexts(),
    )
    return made


def received(mails):
    """Return what came: to whom, about what, and what is in it."""
    found = []
    for lines, raw in zip(mails.receivers, mails.mails, strict=True):
        message = email.message_from_string(raw, policy=default)
        to = ", ".join(line.partition("<")[2].partition("@")[0] for line in lines)
        # the mail server keeps the dot that ends a message
        text = message.get_content().removesuffix(".\r\n")
        found.append((to, message["Subject"].partition(":")[0], text))
    return found


async def test_each_gets_a_link_of_their_own_and_decides_by_it(world, mails):
    await world.seek(a_plan(), approvers=["ana", "ivo"], reviewers=["rea"], need=2, tell=["each"])
    (ana, _, to_ana), (ivo, _, to_ivo), (rea, _, to_rea) = received(mails)
    assert (ana, ivo, rea) == ("ana", "ivo", "rea")
    assert a_plan().digest in to_ana
    assert "link" not in to_rea
    for text in (to_ana, to_ivo):
        after = await redeem(world.desk, Secret(text.split()[-1]), Saying(kind=PlanVoteKind.APPROVE))
    assert (after.state, after.by) == ("approved", ("ana", "ivo"))
    to, subject, _ = received(mails)[-1]
    assert (to, subject) == ("max", "Approved by ana, ivo")


@pytest.mark.parametrize("channel", ["all", "mixed"])
async def test_where_others_read_along_there_is_no_link_and_the_same_is_said_once(world, mails, channel):
    await world.seek(a_plan(), approvers=["ana", "ivo"], reviewers=["rea"], tell=[channel])
    (only,) = received(mails)
    assert only[1] == "Approval wanted"
    assert "link" not in only[2]
    with world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM approval_links").scalar_one() == 0


async def test_who_is_nobody_in_particular_is_told_where_all_read(world, mails):
    await world.seek(a_plan(), tell=["each", "all"])
    assert [to for to, _, _ in received(mails)] == ["it"]


async def test_who_cannot_be_told_stops_nobody_else_and_is_in_the_audit_log(world, mails):
    await world.seek(a_plan(), approvers=["ana", "no body", "eva"], tell=["broken", "each"])
    assert [to for to, _, _ in received(mails)] == ["ana", "eva"]
    untold = [entry.detail for entry in world.audit.entries() if entry.action == "approval_untold"]
    assert sorted((one["channel"], one["to"]) for one in untold) == [
        ("broken", "ana"),
        ("broken", "eva"),
        ("broken", "no body"),
        ("each", "no body"),
    ]
    assert all(one["why"] for one in untold)


async def test_what_people_say_is_no_macro(world, mails):
    asked = (await world.seek(a_plan(), approvers=["ana"], reviewers=["rea"], tell=["all"])).request
    await world.say("comment", asked, "rea", note="{{ person }} {{ nonsense | }}\r\nBcc: eve@evil.example")
    to, subject, text = received(mails)[-1]
    assert (to, subject) == ("it", "rea commented")
    assert "{{ person }} {{ nonsense | }}" in text
    assert len(mails.receivers[-1]) == 1
