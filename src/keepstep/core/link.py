"""The remembered pair of two accounts."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from keepstep.core.values import NativeKey


class LinkState(StrEnum):
    """ACTIVE: both sides in use. LEFT: a leaver, whose target account is still there. REMOVED: a leaver without one."""

    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"


class Link(msgspec.Struct, frozen=True, gc=False):
    """Two accounts that are one person, by their immutable keys, so that a rename stays one person.

    A Struct, as a million of them are made at the start of a plan: a dataclass takes four times as long.
    """

    source_key: NativeKey
    target_key: NativeKey
    state: LinkState = LinkState.ACTIVE


def paired(links: Mapping[NativeKey, Link]) -> Mapping[NativeKey, Link]:
    """Return the links that pair two accounts; a removed leaver is remembered only to know him when he returns."""
    if all(link.state is not LinkState.REMOVED for link in links.values()):
        return links
    return {key: link for key, link in links.items() if link.state is not LinkState.REMOVED}
