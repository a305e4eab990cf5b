"""Identifiers to keys, by the application's own lookup."""

from collections.abc import Sequence
from typing import cast

from keepstep.connectors.rest.calls import Caller
from keepstep.core.application import MatchSpec
from keepstep.core.field_path import at, parse_path
from keepstep.core.response import parse_json
from keepstep.core.values import NativeKey
from keepstep.errors import ResponseInvalid

Identity = tuple[str, str]
"""The application's identifier type, and the value."""


def folded(identity: Identity) -> Identity:
    """Return *identity* in the form in which it is compared: the safe side is to take case as no difference."""
    return identity[0], identity[1].casefold().removeprefix("+")


async def match_keys(caller: Caller, spec: MatchSpec, identities: Sequence[Identity]) -> dict[Identity, NativeKey]:
    """Return the keys of the objects that hold *identities*, by folded identity; an identity of nobody is not there.

    Raises ResponseInvalid for an answer that does not fit the question: nobody is created on its word.
    """
    found: dict[Identity, NativeKey] = {}
    unique = list(dict.fromkeys(identities))
    asked = {folded(identity) for identity in unique}
    for start in range(0, len(unique), spec.size):
        part = unique[start : start + spec.size]
        body = {"identities": [{"type": kind, "identifier": text} for kind, text in part]}
        tree = parse_json(caller.body(await caller.read(spec.endpoint, body)))
        matches = at(tree, parse_path(spec.results))
        if not isinstance(matches, list):
            raise ResponseInvalid(f'{caller.name}: the answer to "{spec.endpoint}" has no "{spec.results}"')
        for match in cast("list[object]", matches):
            kind, text, key = (at(match, parse_path(path)) for path in (spec.type, spec.identifier, spec.key))
            identity = folded((str(kind), str(text)))
            if key is None or identity not in asked:
                raise ResponseInvalid(f'{caller.name}: the answer to "{spec.endpoint}" does not fit the question')
            found[identity] = NativeKey(str(key))
    return found
