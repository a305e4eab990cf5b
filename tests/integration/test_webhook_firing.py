"""Webhooks against applications that are slow, dead, throttling or lying: bounded, explained, and never done twice."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.block_result import BlockState, Cause
from keepstep.core.connection import RestConnection
from keepstep.core.secret import Secret
from tests.integration.test_rest_transport import serving
from tests.lab.loopback import LOOPBACK

ANA = {"mail": ("ana@corp.example",), "displayName": ("Ana",), "objectGUID": ("0-1",)}
MAKE = {
    "method": "POST",
    "url": "{base_url}/users",
    "body": {"mail": "{{ mail }}"},
    "extract": {"id": "id"},
    "timeout": 0.5,
}
FIND = {"url": "{base_url}/users", "params": {"mail": "{{ mail }}"}, "extract": {"id": "id"}, "timeout": 2}


class Hr:
    """An application with users by mail; *script* says what each coming POST meets, then it works."""

    def __init__(self, *script):
        self.script = list(script)
        self.users = {}
        self.posts = []
        self.asked = []

    async def answer(self, request):
        self.asked.append(request)
        if request.method == "GET":
            user = self.users.get(request.query["mail"])
            return web.json_response(user) if user else web.json_response({"message": "no such user"}, status=404)
        tree = json.loads(await request.read())
        self.posts.append(request.headers["X-Correlation-Id"])
        met = self.script.pop(0) if self.script else "works"
        if met in {"done, then lost", "works"}:
            if tree["mail"] in self.users:
                return web.json_response({"message": "there is one"}, status=409)
            self.users[tree["mail"]] = {"id": f"u{len(self.users)}"}
        if met == "works":
            return web.json_response(self.users[tree["mail"]])
        if met in {"lost", "done, then lost"}:
            request.transport.abort()
            await asyncio.sleep(0)
            return web.Response()
        if met == "slow":
            await asyncio.sleep(1)
        if met == "busy for long":
            return web.json_response({"message": "later"}, status=429, headers={"Retry-After": "600"})
        if isinstance(met, int):
            return web.json_response({"message": "no"}, status=met)
        return web.Response(text=met, content_type="application/json")


@asynccontextmanager
async def hr(application, proof_of=None, **webhooks):
    async with serving(application.answer) as url:
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "preset": "plain",
                "base_url": url,
                "authorization": {"type": "basic", "username": "keepstep", "password": {"secret": "p"}},
                "webhooks": {"make": MAKE, "find": FIND, "sure": {**MAKE, "look_up": "find"}, **webhooks},
            }
        )
        connector = RestConnector("hr", spec, lambda _: Secret("pass-word-1"), proof_of=proof_of, egress=LOOPBACK)
        try:
            yield connector.firing
        finally:
            await connector.close()


async def fired(firing, name, values=ANA, **options):
    return await firing.fire(name, firing.webhook(name), values, key="run-7.0", **options)


async def test_what_was_sent_and_came_back_is_in_the_result_without_secrets():
    application = Hr()
    async with hr(application) as firing:
        result = await fired(firing, "make")
    assert (result.state, result.values) == (BlockState.SUCCEEDED, {"status": ("200",), "id": ("u0",)})
    assert application.posts == ["run-7.0"], "each call carries the id of its order"
    assert '{"mail":"ana@corp.example"}' in result.request
    assert "Authorization: •••" in result.request
    assert '"id": "u0"' in result.answer
    assert result.attempts == 1


@pytest.mark.parametrize("met", ["lost", "slow", 500, 502, "<html>", '{"error": "x", "error_description": "y"}'])
async def test_an_unclear_end_of_a_call_that_may_not_be_repeated_is_sent_once_and_left_to_a_person(met):
    application = Hr(met)
    async with hr(application) as firing:
        result = await fired(firing, "make")
    assert result.state is BlockState.UNKNOWN
    assert "not known" in result.detail
    assert len(application.posts) == 1


@pytest.mark.parametrize("met", ["lost", "slow", 500, "<html>", '{"error": "x", "error_description": "y"}'])
async def test_what_was_not_done_is_found_out_by_the_look_up(met):
    application = Hr(met)
    async with hr(application) as firing:
        result = await fired(firing, "sure")
    assert result.state is BlockState.FAILED
    assert "it was not done" in result.detail
    assert (len(application.posts), application.users) == (1, {})


async def test_what_was_done_although_the_answer_was_lost_is_found_out_by_the_look_up():
    application = Hr("done, then lost")
    async with hr(application) as firing:
        result = await fired(firing, "sure")
    assert (result.state, result.values["id"]) == (BlockState.SUCCEEDED, ("u0",))
    assert len(application.posts) == 1


async def test_an_order_that_is_resumed_after_it_was_done_is_not_sent_again():
    application = Hr()
    async with hr(application) as firing:
        await fired(firing, "sure")
        again = await fired(firing, "sure", resumed=True)
        blind = await fired(firing, "make", resumed=True)
    assert (again.state, again.values["id"]) == (BlockState.SUCCEEDED, ("u0",))
    assert blind.state is BlockState.UNKNOWN, "nothing can tell, so a person has to"
    assert len(application.posts) == 1


async def test_an_order_that_is_resumed_and_certainly_was_not_done_is_sent():
    application = Hr()
    async with hr(application) as firing:
        result = await fired(firing, "sure", resumed=True)
    assert result.state is BlockState.SUCCEEDED
    assert len(application.posts) == 1


async def test_a_look_up_that_cannot_be_asked_proves_nothing():
    class Mute(Hr):
        async def answer(self, request):
            if request.method == "GET":
                return web.Response(status=404, text="<html>404 Not Found</html>", content_type="text/html")
            return await super().answer(request)

    application = Mute("lost")
    async with hr(application) as firing:
        assert (await fired(firing, "sure")).state is BlockState.UNKNOWN
        assert (await fired(firing, "sure", resumed=True)).state is BlockState.UNKNOWN
    assert len(application.posts) == 1


async def test_a_call_that_changes_nothing_when_repeated_is_sent_again_until_it_works():
    application = Hr("lost", 503)
    async with hr(application, again={**MAKE, "repeat": True}) as firing:
        result = await fired(firing, "again")
    assert result.state is BlockState.SUCCEEDED
    assert (len(application.posts), result.attempts) == (3, 3)
    assert len(set(application.posts)) == 1, "every try has the same id"


async def test_too_many_requests_are_waited_for_and_sent_again():
    application = Hr(429, 429)
    async with hr(application) as firing:
        result = await fired(firing, "make")
    assert result.state is BlockState.SUCCEEDED
    assert (len(application.posts), result.attempts) == (3, 3)


async def test_an_application_that_is_busy_for_long_is_given_up_and_named():
    application = Hr(*["busy for long"] * 20)
    async with hr(application) as firing:
        result = await fired(firing, "make")
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.THROTTLED)
    assert (len(application.posts), result.attempts) == (1, 1)


async def test_a_dead_application_is_named_and_nothing_is_unclear():
    async with serving(Hr().answer) as url:
        pass
    spec = {
        "kind": "rest",
        "preset": "plain",
        "base_url": url,
        "webhooks": {"make": MAKE},
    }
    connector = RestConnector("hr", RestConnection.model_validate(spec), lambda _: Secret("x"), egress=LOOPBACK)
    result = await fired(connector.firing, "make")
    await connector.close()
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.UNREACHABLE)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, Cause.REFUSED),
        (401, Cause.CREDENTIALS),
        (403, Cause.RIGHT_MISSING),
        (404, Cause.ABSENT),
        (409, Cause.CONFLICT),
    ],
)
async def test_a_refusal_has_its_cause(status, cause):
    application = Hr(*[status] * 9)
    async with hr(application) as firing:
        result = await fired(firing, "make")
    assert (result.state, result.cause) == (BlockState.FAILED, cause)
    assert "ana@corp.example" not in result.detail


async def test_one_that_is_there_is_reported_or_adopted_by_choice():
    application = Hr()
    application.users["ana@corp.example"] = {"id": "old"}
    async with hr(application, take={**MAKE, "look_up": "find", "exists": "adopt"}) as firing:
        reported = await fired(firing, "sure")
        adopted = await fired(firing, "take")
    assert (reported.state, reported.cause) == (BlockState.FAILED, Cause.CONFLICT)
    assert (adopted.state, adopted.values["id"]) == (BlockState.SUCCEEDED, ("old",))


async def test_the_condition_of_success_reads_status_and_values_of_the_answer():
    application = Hr('{"id": "", "state": "failed"}', '{"id": "", "state": "done"}')
    rule = {**MAKE, "extract": {"state": "state"}, "success": {"when": '{{ state == "done" }}'}}
    async with hr(application, strict=rule) as firing:
        bad, good = await fired(firing, "strict"), await fired(firing, "strict")
    assert (bad.state, bad.cause) == (BlockState.FAILED, Cause.RULE)
    assert good.state is BlockState.SUCCEEDED


async def test_a_status_that_is_said_to_be_a_success_is_one():
    application = Hr()
    gone = {**FIND, "extract": {}, "success": {"status": ["2xx", "404"]}}
    async with hr(application, gone=gone) as firing:
        assert (await fired(firing, "gone")).state is BlockState.SUCCEEDED


async def test_credentials_go_to_no_other_address():
    application, other = Hr(), Hr()
    async with serving(other.answer) as elsewhere:
        away = {**MAKE, "url": f"{elsewhere}/users"}
        async with hr(application, away=away, open={**away, "authorization": "none"}) as firing:
            refused, sent = await fired(firing, "away"), await fired(firing, "open")
    assert (refused.state, refused.cause) == (BlockState.FAILED, Cause.INPUT)
    assert sent.state is BlockState.SUCCEEDED
    assert [request.headers.get("Authorization") for request in other.asked] == [None]


async def test_the_proof_of_another_connection_goes_there_and_to_no_third_address():
    application, other, third = Hr(), Hr(), Hr()
    async with serving(other.answer) as there, serving(third.answer) as elsewhere:
        key = {"type": "api_key", "key": {"secret": "k"}, "header": "X-Key", "prefix": ""}
        spec = {"kind": "rest", "preset": "plain", "base_url": there, "authorization": key}
        proving = RestConnector("other", RestConnection.model_validate(spec), lambda _: Secret("key-of-other"))
        lent = {**MAKE, "authorization": "other"}
        webhooks = {"lent": {**lent, "url": f"{there}/users"}, "astray": {**lent, "url": f"{elsewhere}/users"}}
        async with hr(application, lambda _: proving.authorizer, **webhooks) as firing:
            sent, refused = await fired(firing, "lent"), await fired(firing, "astray")
        await proving.close()
    assert sent.state is BlockState.SUCCEEDED, sent.detail
    assert [request.headers.get("X-Key") for request in other.asked] == ["key-of-other"]
    assert "key-of-other" not in sent.request
    assert (refused.state, refused.cause, third.asked) == (BlockState.FAILED, Cause.INPUT, [])


async def test_nothing_is_sent_for_somebody_who_lacks_what_the_call_is_about():
    application = Hr()
    async with hr(application) as firing:
        result = await fired(firing, "find", {"mail": ()})
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.INPUT)
    assert application.asked == []


async def test_rendering_sends_nothing_and_masks_secrets():
    application = Hr()
    async with hr(application, keyed={**MAKE, "headers": {"X-Key": "{{ secret.p }}"}}) as firing:
        sent = firing.render("keyed", firing.webhook("keyed"), ANA, "k")
    assert ("X-Key", "•••") in sent.headers
    assert sent.body == '{"mail":"ana@corp.example"}'
    assert application.asked == []
