"""What a directory that a person can look around in promises."""

from keepstep.core.browse import Browse, Browsing, called
from keepstep.core.distinguished_name import parse_dn, same_dn
from keepstep.errors import UsageError
from keepstep.testing.subject import Subject, expect
from keepstep.usecases.permit import PLACE


async def check_who_is_called_so_is_found(subject: Subject) -> None:
    """By the beginning of each word, in any case, and nobody by what only looks like a filter."""
    directory = _directory(subject)
    key = await subject.create("looked-for")
    schema = await subject.connector.schema(subject.objects)
    text = subject.new("looked-for")[subject.unique][0]
    for words in (text, text[:-1].upper(), f"{text} {text[:4]}"):
        asked = Browse(objects=subject.objects, attributes=(subject.unique,), wanted=called(words, schema))
        found = await directory.browse(asked)
        expect(key in {one.key for one in found.records}, f"a look for part of a name does not find it: {words}")
        expect(not found.more, "a look that shows all says that there is more")
    for words in ("*", f"{text})(cn=*", f"{text} nobody-is-called-so"):
        asked = Browse(objects=subject.objects, attributes=(subject.unique,), wanted=called(words, schema))
        others = {one.key for one in (await directory.browse(asked)).records}
        expect(key not in others, "a text in a look is taken for a filter, or not for itself")


async def check_a_look_is_bounded_and_says_so(subject: Subject) -> None:
    """One of two is shown, and that there is more."""
    directory = _directory(subject)
    for tag in ("bound-one", "bound-two"):
        await subject.create(tag)
    found = await directory.browse(Browse(objects=subject.objects, attributes=(subject.unique,), most=1))
    expect(len(found.records) == 1, "a look shows more than it was to")
    expect(found.more, "a look that leaves some out does not say so")


async def check_containers_lead_to_whoever_is_in_them(subject: Subject) -> None:
    """From the base down to the container of an account, which a look at it alone shows too."""
    directory = _directory(subject)
    key = await subject.create("contained")
    query = subject.query(PLACE)
    place = parse_dn((await subject.connector.fetch(query, [key]))[key].one(PLACE)).parent
    (root,) = await directory.units("")
    at = root.dn
    for _ in range(20):
        if same_dn(at, str(place)):
            break
        below = [one for one in await directory.units(at) if place.is_below(parse_dn(one.dn))]
        expect(len(below) == 1, f"no container of {at} leads to {place}")
        at = below[0].dn
    expect(same_dn(at, str(place)), "the containers do not lead to the account")
    found = await directory.browse(Browse(objects=subject.objects, attributes=(), within=at, flat=True))
    expect(key in {one.key for one in found.records}, "a look into the container of an account does not show it")
    above = Browse(objects=subject.objects, attributes=(), within=root.dn, flat=True)
    if not same_dn(root.dn, at):
        expect(key not in {one.key for one in (await directory.browse(above)).records}, "a flat look goes deeper")


async def check_a_look_stays_within_the_base(subject: Subject) -> None:
    """Nothing is shown from outside of the connection's base, and what is no name (DN) is refused."""
    directory = _directory(subject)
    await subject.create("inside")
    for within in ("DC=elsewhere,DC=example", "no name"):
        asked = Browse(objects=subject.objects, attributes=(), within=within)
        try:
            found = (await directory.browse(asked)).records, await directory.units(within)
        except UsageError:
            continue
        expect("=" in within, "what is no name is looked into")
        expect(found == ((), ()), f"a look goes where it should not: {within}")


def _directory(subject: Subject) -> Browsing:
    connector = subject.connector
    if not isinstance(connector, Browsing):
        raise AssertionError("the directory cannot be looked around in")  # noqa: TRY004 - a check that is not passed
    return connector
