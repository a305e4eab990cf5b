"""Whether an event is one that a trigger waits for."""

from collections.abc import Callable, Mapping, Sequence

from keepstep.core.automation import EventTrigger
from keepstep.core.block_text import BlockTexts
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.event import Event, Origin
from keepstep.core.ldap_filter import matches as filter_matches
from keepstep.core.ldap_filter import parse as parse_filter
from keepstep.core.values import Values
from keepstep.errors import InvalidName

_NAME = "distinguishedName"


def starts(trigger: EventTrigger, event: Event, texts: BlockTexts) -> bool:
    """Return whether *event* starts what *trigger* is for. MacroError if its condition cannot be worked out.

    Of an object that is gone the last attributes count.
    """
    if event.kind not in trigger.kinds or str(event.side) != trigger.on:
        return False
    if event.origin is Origin.KEEPSTEP and not trigger.own:
        return False
    held = event.after or event.before
    if not _in_scope(trigger, held) or not _of_group(trigger, event, held):
        return False
    if trigger.filter and not filter_matches(parse_filter(trigger.filter), _getter(held)):
        return False
    return not trigger.where or texts.holds(trigger.where, values_of(event), "where")


def values_of(event: Event) -> dict[str, Values]:
    """Return what macros read of *event*: the attributes of its object, and what is said of the event itself."""
    return {**(event.after or event.before), **given_by(event)}


def given_by(event: Event) -> dict[str, Values]:
    """Return what macros read of *event* beside the attributes of its object as they are now."""
    found: dict[str, Values] = {f"before.{name}": held for name, held in event.before.items()}
    found |= {f"after.{name}": held for name, held in event.after.items()}
    found |= {"event.kind": (str(event.kind),), "event.id": (event.id,)}
    if event.group:
        found["event.group"] = (event.group,)
    return found


def _in_scope(trigger: EventTrigger, held: Mapping[str, Values]) -> bool:
    if not trigger.within and not trigger.besides:
        return True
    try:
        name = parse_dn((held.get(_NAME) or ("",))[0])
    except InvalidName:
        return False
    if any(name.is_below(parse_dn(place)) for place in trigger.besides):
        return False
    return not trigger.within or any(name.is_below(parse_dn(place)) for place in trigger.within)


def _of_group(trigger: EventTrigger, event: Event, held: Mapping[str, Values]) -> bool:
    if not trigger.group:
        return True
    groups = (event.group,) if event.group else held.get("memberOf", ())
    return any(_called(group, trigger.group) for group in groups)


def _called(group: str, wanted: str) -> bool:
    """Return whether *group*, a name of the directory, is meant by *wanted*: the whole name, or its first part."""
    try:
        name = parse_dn(group)
        if "=" in wanted:
            return name.key == parse_dn(wanted).key
    except InvalidName:
        return group.casefold() == wanted.casefold()
    return any(value.casefold() == wanted.casefold() for _, value in name.rdn.pairs)


def _getter(held: Mapping[str, Values]) -> Callable[[str], Sequence[bytes]]:
    folded = {name.casefold(): values for name, values in held.items()}

    def get(name: str) -> Sequence[bytes]:
        return [value.encode() for value in folded.get(name.casefold(), ())]

    return get
