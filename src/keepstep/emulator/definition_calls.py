"""The calls on tags and custom attributes.

Source: Infobip reference, sections 3.5 and 3.6.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from keepstep.emulator import writes
from keepstep.emulator.admission import Desk, Refused, keep
from keepstep.emulator.attributes import wrong_value
from keepstep.emulator.batch import find_item, people_of
from keepstep.emulator.call import Call, object_body
from keepstep.emulator.change import Change, Invalid
from keepstep.emulator.definitions import DATA_TYPES, Attribute, Tag
from keepstep.emulator.pages import read_flag, read_paging
from keepstep.emulator.person import Person
from keepstep.emulator.replies import Json, Refusal, Reply, json_reply
from keepstep.emulator.singles import addressed, desk_of, refusal
from keepstep.emulator.world import World

_LONGEST_NAME: Final = 256
_ORDER_FIELDS: Final = ("name", "createdAt", "modifiedAt")


def list_tags(world: World, call: Call) -> Reply:
    """Answer a page of tags: a bare array, or an object (switch `tags_envelope`)."""
    body = _page(world, call, desk_of(world, call).tenant.definitions.tags(), "tags")
    return json_reply(body["tags"] if world.rules.tags_envelope == "bare" else body)


def create_tag(world: World, call: Call) -> Reply:
    """Create a tag; a name that exists in any case is refused in family F."""
    desk = desk_of(world, call)
    name = _name(object_body(call.json()).get("name"), "")
    if desk.tenant.definitions.tag(name) is not None:
        raise Refusal(400, "Duplicate", family="F", code=40002)
    return json_reply(desk.tenant.definitions.define_tag(name, desk.author.now))


def get_tag(world: World, call: Call) -> Reply:
    """Answer one tag."""
    return json_reply(_tag(desk_of(world, call), call))


def delete_tag(world: World, call: Call) -> Reply:
    """Delete a tag, and take it from everybody."""
    desk = desk_of(world, call)
    tag = _tag(desk, call)
    _strip(desk, tag.name.lower(), lambda person: [name.lower() for name in person.tags], _without_tag(tag.name))
    desk.tenant.definitions.drop_tag(tag.name)
    return Reply(200, b"")


def add_tag_to_people(world: World, call: Call) -> Reply:
    """Give a tag to up to 1000 persons."""
    desk = desk_of(world, call)
    tag = _tag(desk, call)
    return _on_people(desk, call, lambda person: writes.add_tags(person.tags, [tag.name]))


def remove_tag_from_people(world: World, call: Call) -> Reply:
    """Take a tag from up to 1000 persons."""
    desk = desk_of(world, call)
    tag = _tag(desk, call)
    return _on_people(desk, call, lambda person: writes.drop_tags(person.tags, tag.name))


def list_attributes(world: World, call: Call) -> Reply:
    """Answer a page of custom attribute definitions."""
    return json_reply(_page(world, call, desk_of(world, call).tenant.definitions.attributes(), "customAttributes"))


def create_attribute(world: World, call: Call) -> Reply:
    """Define a custom attribute; a name that exists in any case is refused in family F."""
    desk = desk_of(world, call)
    body = object_body(call.json())
    name = _name(body.get("name"), "{}[]")
    kind = body.get("dataType")
    if not isinstance(kind, str) or kind not in DATA_TYPES:
        raise Refusal(400, details={"dataType": [f"Must be one of {', '.join(DATA_TYPES)}"]})
    schema = _schema(body.get("objectSchema"), kind)
    if desk.tenant.definitions.attribute(name) is not None:
        raise Refusal(400, "Duplicate", family="F", code=40002)
    return json_reply(desk.tenant.definitions.define_attribute(name, kind, desk.author.now, schema))


def get_attribute(world: World, call: Call) -> Reply:
    """Answer one custom attribute definition."""
    return json_reply(_attribute(desk_of(world, call), call))


def delete_attribute(world: World, call: Call) -> Reply:
    """Delete a custom attribute definition, and everybody's value of it."""
    desk = desk_of(world, call)
    attribute = _attribute(desk, call)
    _strip(desk, attribute.name, lambda person: list(person.custom_attributes), _without_attribute(attribute.name))
    desk.tenant.definitions.drop_attribute(attribute.name)
    return Reply(200, b"")


def append_to_attribute(world: World, call: Call) -> Reply:
    """Add one item to a list attribute of one person; answer the whole list."""
    desk = desk_of(world, call)
    attribute = _attribute(desk, call)
    before = addressed(desk, call)
    if attribute.data_type != "LIST_OF_OBJECTS":
        raise Refusal(400, f"{attribute.name} is not a list")
    message = wrong_value(attribute, [call.json()], world.rules)
    if message:
        raise Refusal(400, details={attribute.name: [message]})
    old = before.custom_attributes.get(attribute.name)
    items: list[Json] = [*(old if isinstance(old, list) else []), call.json()]
    after = writes.patch(before, Change(attributes={attribute.name: items}))
    keep(desk, before, after)
    call.settle(0, "updated", after.id)
    return json_reply(items)


def _tag(desk: Desk, call: Call) -> Tag:
    found = desk.tenant.definitions.tag(call.parts["name"])
    if found is None:
        raise Refusal(404, "Tag not found")
    return found


def _attribute(desk: Desk, call: Call) -> Attribute:
    found = desk.tenant.definitions.attribute(call.parts["name"])
    if found is None:
        raise Refusal(404, "Custom attribute not found")
    return found


def _name(name: Json, forbidden: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise Refusal(400, details={"name": ["Must not be empty"]})
    if len(name) > _LONGEST_NAME:
        raise Refusal(400, details={"name": [f"Must not be longer than {_LONGEST_NAME} characters"]})
    if any(character in forbidden for character in name):
        raise Refusal(400, details={"name": [f"Must not contain {' '.join(forbidden)}"]})
    return name


def _schema(schema: Json, kind: str) -> dict[str, str]:
    if kind != "LIST_OF_OBJECTS":
        return {}
    if not isinstance(schema, dict) or not schema:
        raise Refusal(400, details={"objectSchema": ["Required, but value is missing"]})
    checked: dict[str, str] = {}
    for name, inner in schema.items():
        if not isinstance(inner, str) or inner not in DATA_TYPES or inner == "LIST_OF_OBJECTS":
            raise Refusal(400, details={f"objectSchema.{name}": ["Unknown data type"]})
        checked[name] = inner
    return checked


def _page(world: World, call: Call, items: Sequence[Tag | Attribute], name: str) -> dict[str, Json]:
    page, limit = read_paging(call.query, world.rules)
    order = call.query.get("orderBy", "name:asc")
    field, _, way = order.partition(":")
    if field not in _ORDER_FIELDS or way.lower() not in {"", "asc", "desc"}:
        raise Refusal(400, "orderBy is not a known field and direction", details={"orderBy": ["Invalid value"]})
    shown = [msgspec.to_builtins(item) for item in items]
    shown.sort(key=lambda item: str(item[field]).lower(), reverse=way.lower() == "desc")
    body: dict[str, Json] = {"limit": limit, "page": page, "orderBy": order}
    if read_flag(call.query, "includeTotalCount"):
        body["totalCount"] = len(shown)
    body[name] = shown[(page - 1) * limit : page * limit]
    return body


def _on_people(desk: Desk, call: Call, tags: Callable[[Person], list[str]]) -> Reply:
    for index, item in enumerate(people_of(call, desk.world)):
        before = find_item(desk, item)
        if before is None:
            call.settle(index, "refused")
            continue
        after = writes.patch(before, Change())
        after.tags = tags(before)
        try:
            changed = keep(desk, before, after)
        except (Invalid, Refused) as error:
            raise refusal(error, desk.world) from error
        call.settle(index, "updated" if changed else "not_modified", before.id)
    return Reply(200, b"")


def _without_tag(name: str) -> Callable[[Person], None]:
    def strip(person: Person) -> None:
        person.tags = writes.drop_tags(person.tags, name)

    return strip


def _without_attribute(name: str) -> Callable[[Person], None]:
    def strip(person: Person) -> None:
        person.custom_attributes = {key: value for key, value in person.custom_attributes.items() if key != name}

    return strip


def _strip(desk: Desk, name: str, names: Callable[[Person], list[str]], strip: Callable[[Person], None]) -> None:
    people = desk.tenant.people
    for person_id in list(people.records):
        before = people.get(person_id)
        if before is not None and name in names(before):
            after = writes.patch(before, Change())
            strip(after)
            after.modified_at, after.modified_from = desk.author.now, desk.author.source
            people.commit(before, after)
