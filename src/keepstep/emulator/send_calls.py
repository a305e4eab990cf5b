"""SMS v3 and email v3 and v4: accepted, answered PENDING_ACCEPTED, and kept in the outbox.

Source: Infobip reference, section 8.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from keepstep.emulator.call import Call, list_member, object_body, whole_number
from keepstep.emulator.outbox import DELIVERED, PENDING, Message
from keepstep.emulator.replies import Json, Refusal, Reply, Shown, json_reply
from keepstep.emulator.world import World

_MOST_RECIPIENTS: Final = 1000
_LOGGED_SECONDS: Final = 48 * 3600


class _Letter(NamedTuple):
    channel: str
    bulk_id: str
    sender: str
    subject: str
    text: str


def send_sms(world: World, call: Call) -> Reply:
    """Accept SMS messages (v3)."""
    body = object_body(call.json())
    bulk_id, answers = _bulk(world, body.get("options")), list[Shown]()
    for index, entry in enumerate(_some(list_member(body, "messages"), "messages")):
        message, where = object_body(entry), f"messages[{index}]"
        content = _object(message.get("content"), f"{where}.content")
        text = _text(content.get("text", content.get("hex")), f"{where}.content.text", 4000)
        letter = _Letter("SMS", bulk_id, str(message.get("sender", "")), "", text)
        for place, goal in enumerate(_some(message.get("destinations"), f"{where}.destinations")):
            destination = _object(goal, f"{where}.destinations[{place}]")
            to = _text(destination.get("to"), f"{where}.destinations[{place}].to", 64)
            sent = _accept(world, letter, to, destination.get("messageId"))
            answers.append({"messageId": sent, "destination": to, "status": PENDING})
    return json_reply({"bulkId": bulk_id, "messages": answers})


def send_email_v4(world: World, call: Call) -> Reply:
    """Accept email messages (v4, JSON)."""
    body = object_body(call.json())
    bulk_id, answers = _bulk(world, body.get("options")), list[Shown]()
    for index, entry in enumerate(_some(list_member(body, "messages"), "messages")):
        message, where = object_body(entry), f"messages[{index}]"
        content = _object(message.get("content"), f"{where}.content")
        text = str(content.get("html") or content.get("text") or content.get("templateId") or "")
        letter = _Letter("EMAIL", bulk_id, str(message.get("sender", "")), str(content.get("subject", "")), text)
        for place, goal in enumerate(_some(message.get("destinations"), f"{where}.destinations")):
            destination = _object(goal, f"{where}.destinations[{place}]")
            for spot, receiver in enumerate(_some(destination.get("to"), f"{where}.destinations[{place}].to")):
                path = f"{where}.destinations[{place}].to[{spot}]"
                inner = _object(receiver, path)
                to = _text(inner.get("destination"), f"{path}.destination", 255)
                sent = _accept(world, letter, to, inner.get("messageId"))
                answers.append({"messageId": sent, "destination": to, "status": PENDING})
    _not_too_many(len(answers))
    return json_reply({"bulkId": bulk_id, "messages": answers})


def send_email_v3(world: World, call: Call) -> Reply:
    """Accept one email to several recipients (v3, form data)."""
    form: Mapping[str, list[str]] = call.form or {}
    receivers = [to for name in ("to", "cc", "bcc") for to in form.get(name, [])]
    if not form.get("to"):
        raise Refusal(400, details={"to": ["Must not be empty"]})
    if not any(form.get(name) for name in ("text", "html", "templateId")):
        raise Refusal(400, details={"text": ["One of text, html and templateId is needed"]})
    _not_too_many(len(receivers))
    first = {name: values[0] for name, values in form.items() if values}
    if "templateId" not in first and not 1 <= len(first.get("subject", "")) <= 1000:
        raise Refusal(400, details={"subject": ["Must have 1 to 1000 characters"]})
    bulk_id = first.get("bulkId") or f"bulk-{world.outbox.next_number():012d}"
    text = first.get("html") or first.get("text") or first.get("templateId", "")
    letter = _Letter("EMAIL", bulk_id, first.get("from", ""), first.get("subject", ""), text)
    own_id = first.get("messageId") if len(receivers) == 1 else None
    answers = [{"to": to, "messageId": _accept(world, letter, to, own_id), "status": PENDING} for to in receivers]
    return json_reply({"bulkId": bulk_id, "messages": answers})


def sms_reports(world: World, call: Call) -> Reply:
    """Answer the delivery reports that were not asked for before; some seconds after the message was accepted."""
    world.outbox.deliver(world.now(), accepted_before=world.clock() - world.rules.delivery_seconds)
    limit = min(whole_number(call.query.get("limit"), 50, name="limit", least=1), 1000)
    found = world.outbox.reports(
        bulk_id=call.query.get("bulkId", ""), message_id=call.query.get("messageId", ""), limit=limit
    )
    return json_reply({
        "results": [
            {
                "bulkId": message.bulk_id, "messageId": message.message_id, "to": message.to, "sender": message.sender,
                "sentAt": message.sent_at, "doneAt": message.done_at, "messageCount": 1, "status": DELIVERED,
                "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False},
            }
            for message in found
        ]
    })  # fmt: skip


def sms_logs(world: World, call: Call) -> Reply:
    """Answer the accepted SMS messages of the last 48 hours, as often as they are asked for."""
    return _logs(world, call, "SMS")


def email_logs(world: World, call: Call) -> Reply:
    """Answer the accepted e-mails of the last 48 hours, as often as they are asked for."""
    return _logs(world, call, "EMAIL")


def _logs(world: World, call: Call, channel: str) -> Reply:
    limit = min(whole_number(call.query.get("limit"), 50, name="limit", least=1), 1000)
    since = world.clock() - _LOGGED_SECONDS
    wanted = (call.query.get("bulkId", ""), call.query.get("messageId", ""))
    found = [m for m in world.outbox.messages if m.channel == channel and m.accepted >= since and m.is_one_of(*wanted)]
    shown: list[Shown] = [
        {
            "bulkId": message.bulk_id, "messageId": message.message_id, "to": message.to, "sender": message.sender,
            "sentAt": message.sent_at, "status": DELIVERED if message.delivered else PENDING,
        }
        for message in found[-limit:]
    ]  # fmt: skip
    return json_reply({"results": shown})


def _bulk(world: World, options: Json) -> str:
    schedule = options.get("schedule") if isinstance(options, dict) else None
    own = schedule.get("bulkId") if isinstance(schedule, dict) else None
    return own if isinstance(own, str) and own else f"bulk-{world.outbox.next_number():012d}"


def _accept(world: World, letter: _Letter, to: str, own_id: Json) -> str:
    number = world.outbox.next_number()
    message_id = own_id if isinstance(own_id, str) and 0 < len(own_id) <= 200 else f"message-{number:012d}"
    message = Message(
        number=number, channel=letter.channel, bulk_id=letter.bulk_id, message_id=message_id, sender=letter.sender,
        to=to, subject=letter.subject, text=letter.text, accepted=world.clock(), sent_at=world.now(),
    )  # fmt: skip
    world.outbox.messages.append(message)
    return message_id


def _not_too_many(receivers: int) -> None:
    if receivers > _MOST_RECIPIENTS:
        raise Refusal(400, f"At most {_MOST_RECIPIENTS} recipients are allowed")


def _some(value: Json, path: str) -> list[Json]:
    if not isinstance(value, list) or not value:
        raise Refusal(400, details={path: ["Must be a list that is not empty"]})
    return value


def _object(value: Json, path: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Refusal(400, details={path: ["Must be an object"]})
    return value


def _text(value: Json, path: str, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Refusal(400, details={path: [f"Must be a text of 1 to {longest} characters"]})
    return value
