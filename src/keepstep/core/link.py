"""The remembered pair of two accounts."""

from dataclasses import dataclass
from enum import StrEnum

from keepstep.core.values import NativeKey


class LinkState(StrEnum):
    """ACTIVE: both sides in use. LEFT: the leaver reaction was carried out and the target account is still there."""

    ACTIVE = "active"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Link:
    """Two accounts that are one person, by their immutable keys, so that a rename stays one person."""

    source_key: NativeKey
    target_key: NativeKey
    state: LinkState = LinkState.ACTIVE
