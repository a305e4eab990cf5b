"""Where the accounts of a plan are, for whoever looks for some of its actions."""

import re
from collections.abc import Iterable
from dataclasses import replace
from sys import intern
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.plan import Plan
from keepstep.core.schema import DN_NAME
from keepstep.core.values import Record

_PARENT: Final = re.compile(r"(?:\\.|[^,\\])+,(.+)", re.DOTALL)
"""A name, and in its group what stands behind the first comma that is not escaped."""


def with_places(plan: Plan, basis: Basis, source: Iterable[Record], target: Iterable[Record]) -> Plan:
    """Return *plan* with the container of each account: on the target side, or on the source side if that has none.

    Nothing more is read for it: directories name their accounts by it in every plan. The digest stays what it is.
    """
    there = basis.schema.attribute(DN_NAME) is not None
    keys = {one.id: one.target_key if there else one.source_key for one in plan.actions}
    wanted = set(keys.values())
    found = ((record.key, parent_in(record.one(DN_NAME))) for record in (target if there else source))
    # very many accounts are in few containers
    known = {key: intern(place) for key, place in found if place and key in wanted}
    return replace(plan, places={id_: known[key] for id_, key in keys.items() if key is not None and key in known})


def parent_in(name: str) -> str:
    """Return the container in a name (DN) as it is written; empty where there is none."""
    found = _PARENT.fullmatch(name)
    return found[1] if found else ""
