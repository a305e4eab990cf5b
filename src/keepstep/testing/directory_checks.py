"""What every directory of users and groups promises beside the contract of all connectors."""

from dataclasses import replace

from keepstep.core.distinguished_name import parse_dn, same_dn
from keepstep.core.effect import Refused
from keepstep.core.schema import UniqueScope
from keepstep.core.values import NULL
from keepstep.ports import Query
from keepstep.testing.subject import Subject, change, done, expect


async def check_the_key_is_the_guid(subject: Subject) -> None:
    """The native key is the objectGUID in its canonical lower-case text."""
    key = await subject.create("guid")
    expect((await subject.record(key, "objectGUID")).one("objectGUID") == key, "the key is not the objectGUID")
    expect(key == key.lower() and len(key) == 36, "the key is not canonical")


async def check_a_rename_keeps_the_object(subject: Subject) -> None:
    """Writing `cn` renames: same key, same container, other values untouched, hostile names included."""
    key = await subject.create("rename")
    before = await subject.record(key, subject.unique, "container")
    for text in subject.hostile:
        (outcome,) = await subject.apply(change(key, {"cn": (text,)}))
        expect(done(outcome) == key, "a rename gave another object")
        record = await subject.record(key, "cn", "distinguishedName")
        expect(record.one("cn") == text, f"the name {text!r} reads back otherwise")
        expect(parse_dn(record.one("distinguishedName")).rdn.value == text, f"{text!r} is another DN")
    expect(await subject.record(key, subject.unique, "container") == before, "a rename changed something else")


async def check_a_move_keeps_the_object(subject: Subject) -> None:
    """Writing `container` moves: same key, same name, other values untouched."""
    key = await subject.create("move", cn=("Primjer, Move",))
    before = await subject.record(key)
    (outcome,) = await subject.apply(change(key, {"container": (subject.container,)}))
    expect(done(outcome) == key, "a move gave another object")
    record = await subject.record(key, "container", "cn", "distinguishedName")
    expect(same_dn(record.one("container"), subject.container), "the object is elsewhere")
    expect(record.one("cn") == "Primjer, Move", "a move renamed the object")
    expect(await subject.record(key) == before, "a move changed something else")


async def check_a_move_with_rename_and_change_is_one_update(subject: Subject) -> None:
    """An update may move, rename and change values at once."""
    key = await subject.create("both")
    wanted = {"container": (subject.container,), "cn": ("Both at once",), subject.modify: ("both",)}
    (outcome,) = await subject.apply(change(key, wanted))
    done(outcome)
    record = await subject.record(key, "distinguishedName", subject.modify)
    expected = str(parse_dn(subject.container).child("CN", "Both at once"))
    expect(same_dn(record.one("distinguishedName"), expected), "the object has another name")
    expect(record.one(subject.modify) == "both", "the value was not changed")


async def check_a_move_to_nowhere_is_refused(subject: Subject) -> None:
    """A container that does not exist is Refused, and the object stays where it is."""
    key = await subject.create("nowhere")
    before = await subject.record(key, "distinguishedName")
    nowhere = str(parse_dn(subject.container).child("OU", "No Such Place"))
    for container in (nowhere, "not a name"):
        (outcome,) = await subject.apply(change(key, {"container": (container,)}))
        expect(isinstance(outcome, Refused), f"the outcome is {outcome}, not Refused")
    expect(await subject.record(key, "distinguishedName") == before, "a refused move moved the object")


async def check_group_membership_is_written_as_member_of(subject: Subject) -> None:
    """Writing `memberOf` joins and leaves groups; the group itself holds the member; other groups stay."""
    key = await subject.create("member", cn=("Primjer, Member",))
    for groups in ((subject.group,), (subject.group,), NULL, NULL):
        (outcome,) = await subject.apply(change(key, {"memberOf": groups}))
        done(outcome)
        held = (await subject.record(key, "memberOf")).attributes.get("memberOf", NULL)
        expect(len(held) == len(groups) and all(map(same_dn, held, groups)), "the memberships are others")
        name = (await subject.record(key, "distinguishedName")).one("distinguishedName")
        expect(await _is_member(subject, name) is bool(groups), "the group holds otherwise")


async def check_a_group_follows_its_member(subject: Subject) -> None:
    """A member that is renamed stays in its groups."""
    key = await subject.create("follow", memberOf=(subject.group,))
    (outcome,) = await subject.apply(change(key, {"cn": ("Followed, By Group",)}))
    done(outcome)
    name = (await subject.record(key, "distinguishedName")).one("distinguishedName")
    expect(await _is_member(subject, name), "the group lost a member that was renamed")


async def check_membership_of_no_group_is_refused(subject: Subject) -> None:
    """A group that does not exist is Refused, and the memberships stay."""
    key = await subject.create("nogroup", memberOf=(subject.group,))
    nowhere = str(parse_dn(subject.container).child("CN", "No Such Group"))
    (outcome,) = await subject.apply(change(key, {"memberOf": (nowhere,)}))
    expect(isinstance(outcome, Refused), f"the outcome is {outcome}, not Refused")
    expect(len((await subject.record(key, "memberOf")).attributes.get("memberOf", NULL)) == 1, "it left its group")


async def check_groups_are_read(subject: Subject) -> None:
    """`groups` are objects of their own, with their schema."""
    schema = await subject.connector.schema("groups")
    expect(schema.attribute("member") is not None, "groups have no members")
    found = await _group(subject)
    expect(found == 1, "the group was not read exactly once")


async def check_an_expiry_is_a_time_and_never_is_empty(subject: Subject) -> None:
    """AccountExpires is ISO 8601 UTC text; cleared, the account never expires."""
    key = await subject.create("expiry")
    for written, read in (("2031-05-06", "2031-05-06T00:00:00Z"), ("", "")):
        (outcome,) = await subject.apply(change(key, {"accountExpires": (written,) if written else NULL}))
        done(outcome)
        expect((await subject.record(key, "accountExpires")).one("accountExpires") == read, "the expiry is another")


async def check_a_name_is_looked_for_in_one_container(subject: Subject) -> None:
    """`find` within a container gives what is directly in it; within the forest, what is anywhere."""
    keys = [await subject.create("here"), await subject.create("there", container=(subject.container,))]
    for key in keys:
        (outcome,) = await subject.apply(change(key, {subject.modify: ("the same text",)}))
        done(outcome)
    own = (await subject.record(keys[0], "container")).one("container")
    query = subject.query()
    for scope, container, wanted in (
        (UniqueScope.CONTAINER, own, keys[:1]),
        (UniqueScope.CONTAINER, subject.container, keys[1:]),
        (UniqueScope.CONTAINER, str(parse_dn(subject.container).child("OU", "No Such Place")), []),
        (UniqueScope.FOREST, "", keys),
        (UniqueScope.DOMAIN, "", keys),
    ):
        scoped = replace(query, scope=scope, container=container)
        found = await subject.connector.find(scoped, subject.modify, ["the same text"])
        expect(sorted(record.key for record in found) == sorted(wanted), f"{scope}: others hold the value")


async def _is_member(subject: Subject, name: str) -> bool:
    records = await subject.connector.find(
        Query(objects="groups", attributes=("member",)), "distinguishedName", [subject.group]
    )
    expect(len(records) == 1, "the group cannot be found by its name")
    return any(same_dn(name, member) for member in records[0].attributes.get("member", NULL))


async def _group(subject: Subject) -> int:
    names: list[str] = []
    query = Query(objects="groups", attributes=("distinguishedName",))
    verdict = await subject.connector.read(
        query, lambda records: names.extend(record.one("distinguishedName") for record in records)
    )
    expect(verdict.complete, f"the read of groups is {verdict.completeness}: {verdict.reason}")
    return sum(same_dn(name, subject.group) for name in names)
