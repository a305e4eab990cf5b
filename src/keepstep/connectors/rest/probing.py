"""One endpoint tried by hand: what went out, what came back, which fields are in it, and how a real read would end."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Final

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.reading import Reader, facts_of
from keepstep.connectors.rest.transport import Failure
from keepstep.core.answer_format import Format
from keepstep.core.application import ApplicationSpec
from keepstep.core.endpoint import EndpointSpec, Request, Response
from keepstep.core.exchange import Exchange, Remark, Turn, answered_of, sent_of
from keepstep.core.field_tree import field_tree, list_nodes
from keepstep.core.outlook import SeenPage, outlook
from keepstep.core.paging import PageFacts, PageState
from keepstep.core.response import names_problem
from keepstep.core.secret import Secret
from keepstep.core.suggest import did_you_mean
from keepstep.errors import ConfigurationError, ResponseInvalid

LARGEST: Final = 16 * 1024 * 1024
"""Up to how many bytes an answer is looked into."""

_PAGES: Final = 2


async def probe(caller: Caller, endpoint: str, values: Mapping[str, str]) -> Exchange:
    """Return what went back and forth when *endpoint* was called once, or for its first two pages if it has several.

    ConfigurationError if there is no such endpoint, it changes something, or a value for it is missing; ConnectorError
    if the application cannot be asked.
    """
    spec = readable(caller, endpoint)
    turns: list[Turn] = []
    pages: list[SeenPage] = []
    remarks: list[Remark] = []
    secrets: list[Secret] = []
    state: object = spec.paging.first()
    while isinstance(state, PageState) and len(turns) < _PAGES:
        request, answer = await caller.once(endpoint, values, ask=spec.paging.ask(state))
        if isinstance(answer, Failure):
            if not turns:
                raise answer.error
            remarks.append(Remark(text=f"page {len(turns) + 1}: {answer.error.message}"))
            break
        page, wrong = _looked_into(caller, endpoint, state, answer)
        remarks += [Remark(text=f"page {len(turns) + 1}: {text}") for text in wrong]
        secrets += proofs(request)
        turns.append(
            Turn(
                request=sent_of(request, secrets),
                answer=answered_of(answer, Format(spec.format), secrets),
                records=None if page is None or page.records is None else len(page.records),
            )
        )
        if page is None or not answer.good:
            break
        pages.append(page)
        state = page.following if page.records is not None or not spec.records else None
    remarks += outlook(endpoint, spec, pages, caller.application.objects)
    return _exchange(turns, pages, remarks, secrets)


def readable(caller: Caller, endpoint: str) -> EndpointSpec:
    """Return the endpoint called *endpoint*; ConfigurationError if there is none, or it is not known only to read."""
    application = caller.application
    spec = application.endpoints.get(endpoint)
    if spec is None:
        known = ", ".join(sorted(application.endpoints)) or "none"
        near = did_you_mean(endpoint, application.endpoints)
        raise ConfigurationError(f'{caller.name} has no endpoint "{endpoint}"{near}', hint=f"it has: {known}")
    if spec.method in {"GET", "HEAD"} or spec.reads or endpoint in _harmless(application):
        return spec
    raise ConfigurationError(
        f'endpoint "{endpoint}" changes people, and is not tried by hand',
        hint="a plan shows what would be changed: `keepstep plan RULE`; if the call only reads, say `reads: true`",
    )


def _exchange(turns: list[Turn], pages: list[SeenPage], remarks: list[Remark], secrets: list[Secret]) -> Exchange:
    records = [record for page in pages for record in page.records or ()]
    listed = any(page.records is not None for page in pages)
    whole = pages[0].tree if pages else None
    return Exchange(
        good=all(200 <= turn.answer.status < 300 for turn in turns) and not any(remark.severe for remark in remarks),
        turns=tuple(turns),
        records=len(records) if listed else None,
        fields=field_tree(records if listed else whole, secrets) if pages else (),
        lists=list_nodes(whole) if pages else (),
        remarks=tuple(remarks),
    )


def _looked_into(caller: Caller, name: str, state: PageState, answer: Response) -> tuple[SeenPage | None, list[str]]:
    """Return the page that *answer* is, or None if it is none, and what is wrong with it."""
    spec = caller.application.endpoints[name]
    if not answer.good:
        return None, [_refused(caller, answer)]
    if len(answer.body) > LARGEST:
        told = f"the answer is larger than {LARGEST // 2**20} MiB and was not looked into; ask for smaller pages"
        return None, [told]
    if spec.method == "HEAD" or (not answer.body.strip() and not spec.records):
        return SeenPage(tree=None, records=None, facts=PageFacts(count=0)), []
    columns = Reader(caller, name, key="id").columns({})
    try:
        tree, records, page = columns.look(answer.body, answer.headers)
    except ResponseInvalid as error:
        return None, [_html(answer) or error.message]
    if _is_html(answer.body):
        return None, [_html(answer)]
    if records is None and names_problem(caller.application.problems, answer.body):
        return None, ["an error in an answer that calls itself a success"]
    facts = facts_of(page, answer, count=len(records or ()))
    return SeenPage(tree=tree, records=records, facts=facts, following=spec.paging.next(state, facts)), []


def _refused(caller: Caller, answer: Response) -> str:
    if 300 <= answer.status < 400:
        return "the application redirects to another address, which is not followed"
    return caller.judged(answer).say


def _html(answer: Response) -> str:
    page = _is_html(answer.body) or "html" in answer.headers.get("content-type", "")
    return "the answer is a web page: is the URL that of the API, and is the call signed in?" if page else ""


def _is_html(body: bytes) -> bool:
    return body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def proofs(request: Request) -> Iterator[Secret]:
    """Yield what *request* proves itself with: an application may send it back."""
    yield from (Secret(value) for _, value in request.secret_params)
    yield from request.private
    for name, value in request.headers:
        if name.lower() in request.secret_headers:
            scheme, _, proof = value.partition(" ")
            yield Secret(proof or scheme)
            if scheme == "Basic":
                yield Secret(b64decode(proof).decode().partition(":")[2])


def _harmless(application: ApplicationSpec) -> set[str]:
    matches = {spec.match.endpoint for spec in application.objects.values() if spec.match is not None}
    return matches | {probe.endpoint for probe in application.probes}
