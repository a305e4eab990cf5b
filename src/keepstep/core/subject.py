"""Whom a webhook or a template is about, and one block of work for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One user or group of a connected system. *name*: how a person calls them; it is shown, never looked up."""

    side: Side
    key: NativeKey
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One block to be carried out for *subject*.

    *key*: the correlation id, and the id of the effect: the same whenever this execution of the block is tried again.
    *values*: what its macros can read, attributes of the subject as they are now among them. *resumed*: an earlier
    life of this execution began it, so whether it was done is found out before anything is sent.
    """

    key: str
    subject: Subject
    values: Mapping[str, Values] = field(default_factory=dict[str, Values])
    resumed: bool = False
