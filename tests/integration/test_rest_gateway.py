"""What stands in front of an application may answer in its place: nobody is taken for gone on its word."""

import pytest

from keepstep.core.effect import Unknown
from keepstep.core.values import NativeKey
from keepstep.errors import WriteRefused
from tests.integration.rest_world import connect, deletion, one, query, update
from tests.integration.test_rest_transport import serving, web

NOT_FOUND = {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}}


async def plain(_request):
    return web.Response(status=404, text="<html>404 Not Found</html>", content_type="text/html")


async def in_the_applications_words(_request):
    return web.json_response(NOT_FOUND, status=404)


@pytest.mark.parametrize("gateway", [plain, in_the_applications_words])
@pytest.mark.parametrize("effect", [deletion, lambda key: update(key, one(firstName="Mira"))])
async def test_a_404_to_a_whole_batch_leaves_every_outcome_unknown(gateway, effect):
    async with serving(gateway) as url:
        connector = connect(url)
        outcomes = await connector.apply("persons", [effect(str(number)) for number in range(1, 4)])
        await connector.close()
    assert [type(outcome) for outcome in outcomes] == [Unknown] * 3


async def test_a_person_is_not_gone_because_a_gateway_has_nothing_at_his_address():
    async with serving(plain) as url:
        connector = connect(url)
        with pytest.raises(WriteRefused):
            await connector.fetch(query(), [NativeKey("7")])
        with pytest.raises(WriteRefused):
            await connector.apply("persons", [update("7", one(email="a@example.org"))])
        await connector.close()
