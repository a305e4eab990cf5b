"""Webhooks as they are written: every mistake is told when it is saved, at its place."""

import re
from datetime import UTC, datetime

import pytest

from keepstep.connectors.rest.preset import application_of
from keepstep.core.connection import RestConnection
from keepstep.core.endpoint_texts import texts_of
from keepstep.core.macro_context import NO_CONTEXT
from keepstep.core.webhook import WebhookSpec
from keepstep.core.webhook_test import WebhookTest, WebhookTested, digest_of_webhook, webhook_standing
from tests.unit.test_configuration import mistakes, understood

OWN = """\
version: 1
connections:
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.example/api
    webhooks:
      add-user:
        method: POST
        url: "{base_url}/users"
        body: {name: "{{ displayName | trim }}", call: "{{ call.id }}"}
        extract: {id: data.id}
        success: {status: ["201", "4xx"], when: '{{ status == "201" }}'}
        look_up: find-user
        exists: adopt
        authorization: other
      find-user: {url: "{base_url}/users", params: {q: "{{ mail }}"}}
  other: {kind: rest, preset: plain, base_url: "https://other.example"}
"""


def test_a_webhook_is_understood():
    assert list(understood(OWN).connections) == ["hr", "other"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("look_up: find-user", "look_up: find-usr", '"find-usr" is not among the webhooks; did you mean "find-user"?'),
        ("look_up: find-user", "look_up: add-user", '"add-user" changes something, and cannot be a look-up'),
        ("        look_up: find-user\n", "", '"adopt" needs look_up, which finds the one that is there'),
        ("exists: adopt", "then: add-user", '"add-user" is followed by another one: only one can follow'),
        ("authorization: other", "authorization: othr", 'there is no REST connection "othr"; did you mean "other"?'),
        ("call.id", "call.nr", 'unknown name "call.nr" in connections.hr.webhooks.add-user.body.call'),
        ("| trim", "| trm", "connections.hr.webhooks.add-user.body.name"),
        ('{{ status == "201" }}', '{{ idd == "1" }}', 'unknown name "idd"'),
        ("extract: {id: data.id}", 'extract: {id: "data["}', "extract"),
        ('"4xx"', '"7xx"', "success.status"),
        ("exists: adopt", "exists: ignore", "exists"),
    ],
)
def test_a_mistake_in_a_webhook_is_told_at_its_place(before, after, told):
    assert before in OWN
    found = "\n".join(mistakes(OWN.replace(before, after)))
    assert told in found
    assert re.match(r"keepstep\.yaml:\d+:\d+: ", found), "file, line and column come first"


def infobip(**webhooks):
    spec = {"kind": "rest", "base_url": "https://x.api.infobip.com", "webhooks": webhooks}
    return RestConnection.model_validate(spec)


READY_MADE = application_of(infobip()).webhooks


@pytest.mark.parametrize("name", READY_MADE)
def test_the_macros_of_every_ready_made_webhook_are_understood(name):
    for text in texts_of(READY_MADE[name]):
        names = NO_CONTEXT.any_names(text.where)
        text.read_with(names, name)
    READY_MADE[name].condition(name)


def test_a_webhook_of_ones_own_replaces_that_of_the_preset():
    own = application_of(infobip(**{"find-person": {"url": "{base_url}/mine"}}))
    assert own.webhooks["find-person"].url == "{base_url}/mine"
    assert own.webhooks["add-tag"] == READY_MADE["add-tag"]


@pytest.mark.parametrize(
    ("method", "repeat"), [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)]
)
def test_whether_repeating_changes_nothing_goes_by_the_method_unless_it_is_said(method, repeat):
    assert WebhookSpec(method=method, url="{base_url}/x").repeatable is repeat
    assert WebhookSpec(method=method, url="{base_url}/x", repeat=not repeat).repeatable is not repeat


def test_what_was_tested_is_told_from_what_was_changed_since():
    spec = infobip()
    first = digest_of_webhook(spec, "update-person", READY_MADE)
    changed = {**READY_MADE, "set-contacts": READY_MADE["set-contacts"].model_copy(update={"timeout": 3.0})}

    def test(digest, *, good=True, live=True):
        at = datetime(2027, 1, 4, tzinfo=UTC)
        return WebhookTest(
            connection="infobip", webhook="update-person", digest=digest, good=good, live=live, at=at, operator="ana"
        )

    later = digest_of_webhook(spec, "update-person", changed)
    assert webhook_standing(first, []).tested is WebhookTested.UNTESTED
    assert webhook_standing(first, [test(first)]).tested is WebhookTested.GOOD
    assert webhook_standing(first, [test(first, live=False)]).tested is WebhookTested.RENDERED
    assert webhook_standing(first, [test(first, good=False)]).tested is WebhookTested.NOT_GOOD
    assert webhook_standing(later, [test(first)]).tested is WebhookTested.CHANGED, (
        "the call that follows is a part of it"
    )
