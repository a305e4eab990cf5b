"""Every ready-made webhook of Infobip against an emulated account, working with credentials only."""

import asyncio

import pytest

from keepstep.connectors.rest.preset import load_preset
from keepstep.core.block_result import BlockState, Cause
from keepstep.usecases.fire import adopting
from tests.integration.rest_world import world

ANA = {
    "objectGUID": ("6f0b2c1e-8a51-4a3e-9b0e-2d4f6a7c9e10",),
    "givenName": ("Ana Marija",),
    "sn": ("Kovačević",),
    "displayName": ("Ana Marija Kovačević",),
    "mail": ("Ana.Kovacevic@corp.example",),
    "mobile": ("+385 91 234-567",),
    "department": ("Finance",),
}
GUID = ANA["objectGUID"][0]
HERS = ("EXTERNAL_ID", GUID)


async def fired(connector, name, key="run-1.0", exists=None, resumed=False, **given):
    firing = connector.firing
    webhook = adopting(firing.webhook(name), exists)
    values = {**ANA, **{name.replace("__", "."): (text,) for name, text in given.items()}}
    return await firing.fire(name, webhook, values, key=key, resumed=resumed)


async def done(connector, name, **given):
    result = await fired(connector, name, **given)
    assert result.state is BlockState.SUCCEEDED, result.detail
    return {key: values[0] if values else "" for key, values in result.values.items()}


def contacts(emulator):
    held = emulator.person(*HERS)["contactInformation"]
    return [one["address"] for one in held.get("email", ())], [one["number"] for one in held.get("phone", ())]


async def test_a_person_is_made_found_and_deleted():
    async with world() as (emulator, connector):
        made = await done(connector, "create-person")
        person = emulator.person(*HERS)
        found = await done(connector, "find-person")
        await done(connector, "delete-person")
        gone = await fired(connector, "find-person")
    assert str(person["id"]) == made["id"] == found["id"]
    assert (person["firstName"], person["lastName"]) == ("Ana Marija", "Kovačević")
    assert person["contactInformation"] == {
        "email": [{"address": "ana.kovacevic@corp.example"}],
        "phone": [{"number": "38591234567"}],
    }
    assert (gone.state, gone.cause) == (BlockState.FAILED, Cause.ABSENT)
    assert emulator.count == 0


async def test_somebody_without_a_mobile_is_made_without_one():
    async with world() as (emulator, connector):
        firing = connector.firing
        values = {**ANA, "mobile": ()}
        result = await firing.fire("create-person", firing.webhook("create-person"), values, key="k")
        assert result.state is BlockState.SUCCEEDED, result.detail
        assert contacts(emulator) == (["ana.kovacevic@corp.example"], [])


async def test_an_update_removes_the_old_mail_and_mobile_and_keeps_what_others_wrote():
    async with world() as (emulator, connector):
        emulator.define_attribute("Shoe")
        emulator.create(
            {
                "externalId": GUID,
                "firstName": "Old",
                "tags": ["Vip"],
                "customAttributes": {"Shoe": "42"},
                "contactInformation": {"email": [{"address": "old@corp.example"}], "phone": [{"number": "111222333"}]},
            }
        )
        await done(connector, "update-person")
        person = emulator.person(*HERS)
        assert contacts(emulator) == (["ana.kovacevic@corp.example"], ["38591234567"])
    assert person["firstName"] == "Ana Marija"
    assert (person["tags"], person["customAttributes"]) == (["Vip"], {"Shoe": "42"})


async def test_an_upsert_makes_the_person_or_updates_the_one_that_is_there():
    async with world() as (emulator, connector):
        made = await done(connector, "upsert-person")
        again = await done(connector, "upsert-person")
        assert contacts(emulator) == (["ana.kovacevic@corp.example"], ["38591234567"])
    assert (made["did"], again["did"]) == ("CREATED", "NOT_MODIFIED")
    assert made["id"] == again["id"]
    assert emulator.count == 1


async def test_an_upsert_whose_item_fails_is_no_success():
    async with world(faults=("item-errors:path=upsert",)) as (emulator, connector):
        result = await fired(connector, "upsert-person")
        assert result.state is BlockState.FAILED
        assert emulator.count == 0


async def test_a_person_that_is_there_is_reported_or_adopted_by_choice():
    async with world() as (emulator, connector):
        there = str(emulator.create({"externalId": GUID, "firstName": "Ana"}))
        reported = await fired(connector, "create-person")
        adopted = await fired(connector, "create-person", exists="adopt")
    assert (reported.state, reported.cause) == (BlockState.FAILED, Cause.CONFLICT)
    assert (adopted.state, adopted.values["id"]) == (BlockState.SUCCEEDED, (there,))
    assert emulator.count == 1


async def test_a_stranger_who_holds_the_mail_is_never_adopted():
    async with world() as (emulator, connector):
        emulator.create(
            {"externalId": "x", "contactInformation": {"email": [{"address": "ana.kovacevic@corp.example"}]}}
        )
        result = await fired(connector, "create-person", exists="adopt")
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.CONFLICT)


async def test_tags_go_on_and_off():
    async with world() as (emulator, connector):
        emulator.define_tag("Staff Zagreb")
        await done(connector, "create-person")
        await done(connector, "add-tag", with__tag="Staff Zagreb")
        await done(connector, "add-tag", with__tag="Staff Zagreb")
        assert emulator.person(*HERS)["tags"] == ["Staff Zagreb"]
        await done(connector, "remove-tag", with__tag="Staff Zagreb")
        assert not emulator.person(*HERS).get("tags")


async def test_a_tag_that_is_not_defined_is_told():
    async with world() as (_, connector):
        await done(connector, "create-person")
        result = await fired(connector, "add-tag", with__tag="Staff")
    assert result.state is BlockState.FAILED


async def test_a_custom_attribute_is_set_and_the_rest_stays():
    async with world() as (emulator, connector):
        emulator.define_attribute("Department")
        await done(connector, "create-person")
        await done(connector, "set-custom-attribute")
        person = emulator.person(*HERS)
    assert person["customAttributes"] == {"Department": "Finance"}
    assert person["firstName"] == "Ana Marija"


async def test_an_sms_goes_out_once_with_the_id_of_the_call():
    async with world() as (emulator, connector):
        sent = await done(connector, "send-sms", with__text='Dobrodošla, "Ana"!\n', key="run-1.7")
        (message,) = emulator.outbox()
    assert sent["message"] == "run-1.7"
    assert (message["to"], message["messageId"]) == ("38591234567", "run-1.7")


@pytest.mark.parametrize(("name", "channel"), [("send-sms", "SMS"), ("send-email", "EMAIL")])
async def test_a_message_whose_answer_was_lost_is_found_and_not_sent_again(name, channel):
    async with world(faults=("drop-after-commit:method=POST",)) as (emulator, connector):
        given = {"with__from": "it@corp.example", "key": "run-1.7"}
        first = await fired(connector, name, **given)
        again = await fired(connector, name, resumed=True, **given)
        messages = emulator.outbox()
    assert (first.state, again.state) == (BlockState.SUCCEEDED, BlockState.SUCCEEDED)
    assert [message["channel"] for message in messages] == [channel]


@pytest.mark.parametrize("name", ["send-sms", "send-email"])
async def test_a_message_that_never_came_to_be_is_sent_when_its_order_is_resumed(name):
    async with world() as (emulator, connector):
        result = await fired(connector, name, resumed=True, with__from="it@corp.example")
        assert result.state is BlockState.SUCCEEDED, result.detail
        assert len(emulator.outbox()) == 1


async def test_an_email_goes_out_as_multipart():
    async with world() as (emulator, connector):
        given = {"with__from": "it@corp.example", "with__subject": "Dobrodošla", "with__text": "a\n--x\n"}
        await done(connector, "send-email", **given)
        (message,) = emulator.outbox()
    assert (message["to"], message["sender"]) == ("Ana.Kovacevic@corp.example", "it@corp.example")


async def test_an_agent_is_made_once_and_disabled():
    async with world(faults=("drop-after-commit:method=POST",)) as (_, connector):
        made = await done(connector, "create-agent")
        found = await done(connector, "find-agent")
        disabled = await fired(connector, "disable-agent", with__agent=found["id"])
    assert made["id"] == found["id"]
    assert disabled.state is BlockState.SUCCEEDED, disabled.detail
    assert '"enabled": false' in disabled.answer


@pytest.mark.parametrize("lost", ["drop-after-commit", "drop-before"])
async def test_a_person_whose_answer_was_lost_is_made_once(lost):
    async with world(faults=(f"{lost}:method=POST",)) as (emulator, connector):
        result = await fired(connector, "create-person")
        if lost == "drop-before":
            assert (result.state, emulator.count) == (BlockState.FAILED, 0)
            assert (await fired(connector, "create-person", resumed=True)).state is BlockState.SUCCEEDED
        else:
            assert result.state is BlockState.SUCCEEDED
        assert emulator.count == 1


async def test_many_at_once_keep_to_the_published_limit():
    async with world(limits=True) as (emulator, connector):
        results = await asyncio.gather(*(fired(connector, "find-person", key=f"run-1.{n}") for n in range(12)))
        refused = [one for one in emulator.requests() if one["status"] == 429]
    assert {result.cause for result in results} == {Cause.ABSENT}
    assert refused == []


async def test_every_ready_made_webhook_is_tried_here():
    tried = {
        *("create-person", "find-person", "delete-person", "update-person", "set-contacts", "upsert-person"),
        *("add-tag", "remove-tag", "set-custom-attribute", "send-sms", "find-sms", "send-email", "find-email"),
        *("create-agent", "find-agent", "disable-agent"),
    }
    assert set(load_preset("infobip").webhooks) == tried
