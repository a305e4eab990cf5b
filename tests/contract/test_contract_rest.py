"""The REST connector with the Infobip preset keeps the contract, over HTTP, under every reading of the unverified."""

import pytest

from keepstep.core.plan import ActionKind
from keepstep.core.values import NativeKey
from keepstep.testing.contract import checks
from keepstep.testing.subject import Subject
from tests.integration.rest_world import SECRETS, world

CAPABILITIES = frozenset({ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DELETE})
READINGS = {
    "as-documented": (),
    "other-answers": (
        "duplicate_status=409",
        "duplicate_shape=F",
        "not_found_status=400",
        "batch_results=all",
        "batch_status=always-200",
        "code_type=text",
        "email_case=lower",
        "retry_after=true",
    ),
    "lists-replace": ("upsert_patch=replace", "tags_envelope=tags", "undefined_tag=refuse", "modified_at=write"),
}


def new(tag):
    return {
        "externalId": (f"ct-{tag}",),
        "email": (f"ct.{tag}@example.org".lower(),),
        "lastName": ("Primjer",),
        "city": ("Rijeka",),
        "country": ("Croatia",),
    }


@pytest.fixture(params=READINGS)
async def subject(request):
    async with world(*READINGS[request.param]) as (emulator, connector):

        async def view(key):
            person = emulator.person("ID", key)
            if person is None:
                return None
            return {name: (person[name],) for name in ("externalId", "city", "country") if name in person}

        yield Subject(
            connector=connector,
            objects="persons",
            new=new,
            unique="externalId",
            modify="city",
            other="country",
            named="address",
            multiline="customAttributes.Notes",
            long="city",
            read_only="createdAt",
            unknown=NativeKey("999999999"),
            view=view,
            secrets=tuple(SECRETS.values()),
        )


@pytest.mark.parametrize("check", checks(CAPABILITIES), ids=lambda check: check.__name__)
async def test_the_connector_keeps_the_contract(check, subject):
    await check(subject)


async def test_the_connector_says_what_it_can_do(subject):
    assert subject.connector.capabilities == CAPABILITIES
