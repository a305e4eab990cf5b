"""One declared call, tried by hand: what went out, what came back, and which fields are in it."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.transport import Failure
from keepstep.core.application import ApplicationSpec
from keepstep.core.endpoint import Request, Response
from keepstep.core.field_names import field_names
from keepstep.core.field_path import at, parse_path
from keepstep.core.masking import masked
from keepstep.core.paging import Ask
from keepstep.core.secret import MASK, Secret
from keepstep.core.suggest import did_you_mean
from keepstep.errors import ConfigurationError
from keepstep.ports import Exchange

LONGEST: Final = 8_000
"""How many characters of a body are shown."""


async def probe(caller: Caller, endpoint: str, values: Mapping[str, str]) -> Exchange:
    """Return what went back and forth when *endpoint* was called once, its first page if it has several.

    ConfigurationError if there is no such endpoint, it changes people, or a value for it is missing.
    """
    spec = caller.application.endpoints.get(endpoint)
    if spec is None:
        known = ", ".join(sorted(caller.application.endpoints))
        near = did_you_mean(endpoint, caller.application.endpoints)
        raise ConfigurationError(f'{caller.name} has no endpoint "{endpoint}"{near}', hint=f"it has: {known}")
    if spec.method != "GET" and endpoint not in _harmless(caller.application):
        raise ConfigurationError(
            f'endpoint "{endpoint}" changes people, and is not tried by hand',
            hint="a plan shows what would be changed: `keepstep plan RULE`",
        )
    first = spec.paging.first()
    request, answer = await caller.once(endpoint, values, ask=spec.paging.ask(first) if first else Ask())
    if isinstance(answer, Failure):
        raise answer.error
    tree = _tree(answer.body)
    listed = _listed(tree, spec.records)
    fields = field_names(listed) if listed is not None else field_names([tree])
    return Exchange(
        good=answer.good and (listed is not None or not spec.records),
        request=request.display(),
        response=masked(_shown(answer, tree), _proofs(request)),
        records=None if listed is None else len(listed),
        fields=fields,
    )


def _listed(tree: object, records: str) -> list[object] | None:
    """Return the records that *tree* holds at path *records*; an answer may also be the list itself."""
    if not records:
        return None
    found = at(tree, parse_path(records))
    for candidate in (tree, found):
        if isinstance(candidate, list):
            return cast("list[object]", candidate)
    return None


def _proofs(request: Request) -> Iterator[Secret]:
    """Yield what *request* proves itself with: an application may send it back."""
    yield from (Secret(value) for _, value in request.secret_params)
    for name, value in request.headers:
        if name.lower() in request.secret_headers:
            scheme, _, proof = value.partition(" ")
            yield Secret(proof or scheme)
            if scheme == "Basic":
                yield Secret(b64decode(proof).decode().partition(":")[2])


def _harmless(application: ApplicationSpec) -> set[str]:
    matches = {spec.match.endpoint for spec in application.objects.values() if spec.match is not None}
    return matches | {probe.endpoint for probe in application.probes}


def _tree(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _shown(answer: Response, tree: object) -> str:
    lines = [f"status {answer.status}"]
    lines += [f"{name}: {MASK if 'cookie' in name else value}" for name, value in answer.headers.items()]
    body = answer.body if tree is None else msgspec.json.format(answer.body, indent=2)
    text = body.decode("utf-8", "replace")
    cut = f"\n… {len(text) - LONGEST:,} more characters" if len(text) > LONGEST else ""
    return "\n".join([*lines, "", text[:LONGEST] + cut])
