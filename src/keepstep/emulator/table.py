"""The table of calls: path, scopes, rate limit, error family and handler of everything the emulator answers.

Source: Infobip reference, sections 1.4, 2.2, 2.4, 3.1, 3.5, 3.6, 5.1, 5.5 and 8.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from keepstep.emulator import (
    account_calls,
    agent_calls,
    auth_calls,
    batch,
    definition_calls,
    pages,
    send_calls,
    singles,
    upsert,
)
from keepstep.emulator.call import Call
from keepstep.emulator.operation import Operation
from keepstep.emulator.replies import Reply
from keepstep.emulator.world import World

Answer = Callable[[World, Call], Reply]


class Route(NamedTuple):
    """One call and what answers it."""

    operation: Operation
    answer: Answer


_READ: Final = ("people:read", "people:manage")
_WRITE: Final = ("people:manage",)
_ACCOUNT: Final = ("account-management:manage",)
_SMS: Final = ("message:send", "sms:message:send", "sms:manage")
_EMAIL: Final = ("message:send", "email:message:send", "email:manage")
_AGENTS_READ: Final = ("conversations:read", "conversations:manage")
_AGENTS: Final = ("conversations:manage",)
_FIVE: Final = (5, 1)
_TEN: Final = (10, 1)
_DAY: Final = (40, 86_400)
_PERSONS: Final = "/people/2/persons"
_INFO: Final = "/people/2/persons/contactInformation"
_BATCH: Final = "/people/2/persons/batch"
_UPSERT: Final = "/people/3/persons/upsert"
_TAGS: Final = "/people/2/tags"
_TAG: Final = "/people/2/tags/{name}"
_ATTRIBUTES: Final = "/people/2/customAttributes"
_ATTRIBUTE: Final = "/people/2/customAttributes/{name}"
_KEYS: Final = "/settings/2/api-keys"
_AGENT: Final = "/ccaas/1/agents/{agentId}"

GET_PERSON: Final = Operation("get_person", "GET", _PERSONS, _READ, _FIVE)
_PEOPLE: Final = (
    Route(Operation("list_persons", "GET", _PERSONS, _READ, _FIVE), pages.get_or_list),
    Route(Operation("create_person", "POST", _PERSONS, _WRITE, _TEN, "A", "create"), singles.create_person),
    Route(Operation("replace_person", "PUT", _PERSONS, _WRITE, _FIVE, "A", "replace"), singles.replace_person),
    Route(Operation("patch_person", "PATCH", _PERSONS, _WRITE, _FIVE, "A", "patch"), singles.patch_person),
    Route(Operation("delete_person", "DELETE", _PERSONS, _WRITE, _FIVE, "A", "delete"), singles.delete_person),
    Route(Operation("put_contacts", "PUT", _INFO, _WRITE, _FIVE, "A", "contacts"), singles.put_contacts),
    Route(Operation("patch_contacts", "PATCH", _INFO, _WRITE, _FIVE, "A", "contacts"), singles.patch_contacts),
    Route(Operation("delete_contacts", "DELETE", _INFO, _WRITE, _FIVE, "A", "contacts"), singles.delete_contacts),
    Route(Operation("create_batch", "POST", _BATCH, _WRITE, _FIVE, "A", "create"), batch.create_batch),
    Route(Operation("update_batch", "PATCH", _BATCH, _WRITE, _FIVE, "A", "patch"), batch.update_batch),
    Route(Operation("delete_batch", "DELETE", _BATCH, _WRITE, _FIVE, "A", "delete"), batch.delete_batch),
    Route(Operation("match", "POST", _PERSONS + "/match", _READ, (15, 1)), batch.match),
    Route(Operation("upsert_put", "PUT", _UPSERT, _WRITE, _FIVE, "C", "upsert_put"), upsert.upsert_put),
    Route(Operation("upsert_patch", "PATCH", _UPSERT, _WRITE, _FIVE, "C", "upsert_patch"), upsert.upsert_patch),
    Route(Operation("merge", "POST", "/people/3/persons/merge", _WRITE, _FIVE, "C", "merge"), upsert.merge),
)
_DEFINITIONS: Final = (
    Route(Operation("list_tags", "GET", _TAGS, _READ, _FIVE), definition_calls.list_tags),
    Route(Operation("create_tag", "POST", _TAGS, _WRITE, _FIVE), definition_calls.create_tag),
    Route(Operation("get_tag", "GET", _TAG, _READ, _FIVE), definition_calls.get_tag),
    Route(Operation("delete_tag", "DELETE", _TAG, _WRITE, _FIVE), definition_calls.delete_tag),
    Route(
        Operation("tag_people", "PATCH", _TAG + "/persons", _WRITE, _FIVE, "A", "tag"),
        definition_calls.add_tag_to_people,
    ),
    Route(
        Operation("untag_people", "DELETE", _TAG + "/persons", _WRITE, _FIVE, "A", "untag"),
        definition_calls.remove_tag_from_people,
    ),
    Route(Operation("list_attributes", "GET", _ATTRIBUTES, _READ, _FIVE), definition_calls.list_attributes),
    Route(Operation("create_attribute", "POST", _ATTRIBUTES, _WRITE, _FIVE), definition_calls.create_attribute),
    Route(Operation("get_attribute", "GET", _ATTRIBUTE, _READ, _FIVE), definition_calls.get_attribute),
    Route(Operation("delete_attribute", "DELETE", _ATTRIBUTE, _WRITE, _FIVE), definition_calls.delete_attribute),
    Route(
        Operation("append_to_attribute", "POST", _ATTRIBUTE + "/append", _WRITE, _FIVE, "A", "patch"),
        definition_calls.append_to_attribute,
    ),
)
_OTHERS: Final = (
    Route(Operation("open_session", "POST", "/auth/1/session", (), _TEN), auth_calls.open_session),
    Route(Operation("close_session", "DELETE", "/auth/1/session", (), _TEN), auth_calls.close_session),
    Route(Operation("open_token", "POST", "/auth/1/oauth2/token", (), _TEN), auth_calls.open_token),
    Route(Operation("send_sms", "POST", "/sms/3/messages", _SMS, None, "B"), send_calls.send_sms),
    Route(Operation("sms_reports", "GET", "/sms/3/reports", _SMS, None, "B"), send_calls.sms_reports),
    Route(Operation("sms_logs", "GET", "/sms/3/logs", _SMS, None, "B"), send_calls.sms_logs),
    Route(Operation("email_logs", "GET", "/email/1/logs", _EMAIL, None), send_calls.email_logs),
    Route(Operation("send_email_v3", "POST", "/email/3/send", _EMAIL, (4000, 1)), send_calls.send_email_v3),
    Route(Operation("send_email_v4", "POST", "/email/4/messages", _EMAIL, (4000, 1), "B"), send_calls.send_email_v4),
    Route(Operation("list_accounts", "GET", "/settings/1/accounts", _ACCOUNT), account_calls.list_accounts),
    Route(
        Operation("update_account", "PUT", "/settings/1/accounts/{accountKey}", _ACCOUNT), account_calls.update_account
    ),
    Route(Operation("list_keys", "GET", _KEYS, _ACCOUNT, _TEN, "B"), account_calls.list_keys),
    Route(Operation("create_key", "POST", _KEYS, _ACCOUNT, _DAY, "B"), account_calls.create_key),
    Route(Operation("get_key", "GET", _KEYS + "/{apiKeyId}", _ACCOUNT, _TEN, "B"), account_calls.get_key),
    Route(Operation("update_key", "PUT", _KEYS + "/{apiKeyId}", _ACCOUNT, _DAY, "B"), account_calls.update_key),
    Route(Operation("list_audit", "GET", "/audit/1/logs", ("audit-logs:read", *_ACCOUNT)), account_calls.list_audit),
    Route(Operation("list_agents", "GET", "/ccaas/1/agents", _AGENTS_READ), agent_calls.list_agents),
    Route(Operation("create_agent", "POST", "/ccaas/1/agents", _AGENTS), agent_calls.create_agent),
    Route(Operation("get_agent", "GET", _AGENT, _AGENTS_READ), agent_calls.get_agent),
    Route(Operation("replace_agent", "PUT", _AGENT, _AGENTS), agent_calls.replace_agent),
    Route(Operation("set_agent_status", "PUT", _AGENT + "/status", _AGENTS), agent_calls.set_status),
    Route(Operation("add_agent_queue", "POST", _AGENT + "/queues", _AGENTS), agent_calls.add_queue),
    Route(Operation("drop_agent_queue", "DELETE", _AGENT + "/queues/{queueId}", _AGENTS), agent_calls.drop_queue),
)
TABLE: Final[tuple[Route, ...]] = (*_PEOPLE, *_DEFINITIONS, *_OTHERS)
OPEN: Final = frozenset({"open_session", "close_session", "open_token"})  # no credentials of an account are looked at
NOT_BY_KEY: Final = frozenset({"list_keys", "create_key", "get_key", "update_key"})  # "not callable with an API key"
EITHER_SCOPE: Final = frozenset({"upsert_put", "upsert_patch", "merge"})  # the switch `upsert_scope`
