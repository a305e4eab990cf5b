"""Calls that keep to the limits and are repeated only where that is safe.

A read may be repeated. A write is repeated only when it certainly was not done: it never left, or it was refused as
too many (429) or for a token that had run out (401). Anything else that went wrong after sending is a `Failure` or a
5xx answer that the caller must treat as unknown.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from keepstep.connectors.rest.auth import Authorizer
from keepstep.connectors.rest.counting import CallCounter
from keepstep.connectors.rest.following import call_id, followed
from keepstep.connectors.rest.pacing import Pacer
from keepstep.connectors.rest.tokens import Client
from keepstep.connectors.rest.transport import Failure, Transport, line_of
from keepstep.core.application import ApplicationSpec
from keepstep.core.call import CallSpec
from keepstep.core.call_count import CallCounts
from keepstep.core.connection import RestConnection
from keepstep.core.egress import EgressSpec
from keepstep.core.endpoint import Request, Response, build_request, origin_of
from keepstep.core.endpoint_texts import texts_of
from keepstep.core.macro_context import MacroContext
from keepstep.core.paging import Ask
from keepstep.core.request_filling import PLACEHOLDER, RequestTexts
from keepstep.core.response import Meaning, Problem, names_problem, read_problem
from keepstep.core.secret import Resolve
from keepstep.errors import (
    ConfigurationError,
    ConnectionLost,
    ConnectorError,
    CredentialsRefused,
    ResponseInvalid,
    RightMissing,
    Throttled,
    WriteRefused,
)
from keepstep.ports import Tokens
from keepstep.telemetry.event import span

_TRIES: Final = 5
_THROTTLED_TRIES: Final = 6
_LONGEST_WAIT: Final = 30.0
_FIRST_WAIT: Final = 0.25

Answer = Response | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A call to its end: what was sent last, with its proof, what came, how often it was sent, and the seconds."""

    request: Request
    answer: Answer
    attempts: int
    seconds: float


class Caller:
    """Sends the calls of one connection: proof added, paced per limit, repeated where it is safe."""

    def __init__(  # noqa: PLR0913 - what a connection is, and what it is given
        self,
        name: str,
        spec: RestConnection,
        application: ApplicationSpec,
        resolve: Resolve,
        *,
        tokens: Tokens,
        context: MacroContext,
        egress: EgressSpec,
        counts: CallCounts,
    ) -> None:
        self.name = name
        self.application = application
        self.calls = 0
        self.written = 0
        self._counter = CallCounter(name, counts, tokens.now)
        self._base_url = spec.base_url
        self._texts = RequestTexts(context, resolve)
        self._given = context.request_values(name)
        self._transport = Transport(line_of(spec, egress, resolve))
        client = Client(name=name, base_url=spec.base_url, resolve=resolve, send=self._carry, tokens=tokens)
        self.authorizer = Authorizer(spec.authorization, client)
        self._pacers = {
            limit: Pacer(published.calls, published.seconds, share=spec.pace)
            for limit, published in application.rates.items()
        }

    def rate(self, endpoint: str) -> float | None:
        """Return the calls a second that *endpoint* is held to, or None when it has no limit."""
        pacer = self._pacers.get(self.application.endpoints[endpoint].limit or endpoint)
        return pacer.rate if pacer else None

    async def read(
        self, endpoint: str, values: Mapping[str, object], *, ask: Ask | None = None, tries: int = _TRIES
    ) -> Answer:
        """Send a call that changes nothing, again and again while that may help."""
        request = self._request(endpoint, values, ask)
        return (await self.send(request, proof=self.authorizer, repeatable=True, tries=tries)).answer

    async def write(self, endpoint: str, values: Mapping[str, object]) -> Answer:
        """Send a call that changes something, once; again only when it certainly was not done."""
        return (await self.send(self._request(endpoint, values, None), proof=self.authorizer, repeatable=False)).answer

    def told(self, endpoint: str, answer: Answer) -> str:
        """Return the call of *endpoint* as it is configured, and how *answer* ended it: no value of anybody."""
        call = self.application.endpoints[endpoint]
        how = answer.error.code if isinstance(answer, Failure) else str(answer.status)
        return f"{call.method} {call.url.partition('?')[0]}: {how}"

    async def once(self, endpoint: str, values: Mapping[str, object], *, ask: Ask) -> tuple[Request, Answer]:
        """Send a call one single time, and return what was sent too."""
        request = await self.authorizer.prove(self._request(endpoint, values, ask))
        return request, await self._send(request, writes=False)

    def places(self, endpoint: str) -> frozenset[str]:
        """Return the names that the texts of *endpoint* read values of, in macros and in single braces."""
        return self.names(self.application.endpoints[endpoint])

    def request_of(self, name: str, call: CallSpec, values: Mapping[str, object], ask: Ask | None = None) -> Request:
        """Return the request of *call*, filled and without proof; ConfigurationError if a value for it is missing."""
        return build_request(name, call, self._base_url, {**self._given, **values}, ask=ask, texts=self._texts)

    def _request(self, endpoint: str, values: Mapping[str, object], ask: Ask | None) -> Request:
        request = self.request_of(endpoint, self.application.endpoints[endpoint], values, ask)
        if self.authorizer.proves and request.origin != self.home:
            raise ConfigurationError(
                f'endpoint "{endpoint}" of {self.name} goes to another address than its connection, which gets no'
                " credentials",
                hint="give that address a connection of its own",
            )
        return request

    async def send(self, request: Request, *, proof: Authorizer | None, repeatable: bool, tries: int = _TRIES) -> Tried:
        """Send *request* with *proof*, again while that may help and is safe, and return how that ended."""
        refused = renewed = failed = 0
        began = time.monotonic()
        for attempts in itertools.count(1):
            proved = await proof.prove(request) if proof else request
            answer = await self._send(proved, writes=not repeatable)
            tried = Tried(request=proved, answer=answer, attempts=attempts, seconds=time.monotonic() - began)
            match self._advice(answer, repeatable=repeatable):
                case Meaning.THROTTLED:
                    refused += 1
                    if refused >= min(_THROTTLED_TRIES, tries * 2) or _retry_after(answer) > _LONGEST_WAIT:
                        return tried
                    await asyncio.sleep(_jittered(_FIRST_WAIT * 2**refused))
                case Meaning.CREDENTIALS:
                    renewed += 1
                    if renewed > 1 or proof is None or not await proof.renew(proved):
                        return tried
                case Meaning.RETRY:
                    failed += 1
                    if failed >= tries:
                        return tried
                    await asyncio.sleep(max(_jittered(_FIRST_WAIT * 2 ** (failed - 1)), _retry_after(answer)))
                case _:
                    return tried
        raise AssertionError("counting has no end")

    def _advice(self, answer: Answer, *, repeatable: bool) -> Meaning | None:
        """Return why *answer* is to be tried again, or None."""
        if isinstance(answer, Failure):
            lost = isinstance(answer.error, ConnectionLost)
            return Meaning.RETRY if lost and (answer.unsent or repeatable) else None
        if answer.good:
            return None
        meaning = read_problem(self.application.problems, answer.status, answer.body).meaning
        if meaning is Meaning.RETRY and (not repeatable or _retry_after(answer) > _LONGEST_WAIT):
            return None
        return meaning if meaning in {Meaning.THROTTLED, Meaning.CREDENTIALS, Meaning.RETRY} else None

    async def _send(self, request: Request, *, writes: bool) -> Answer:
        pacer = self._pacers.get(request.limit)
        sent = await pacer.enter() if pacer else time.monotonic()
        answered = False
        reached = True  # whoever is cancelled may have been counted there already
        try:
            answer = await self._carry(request)
            answered = isinstance(answer, Response)
            reached = isinstance(answer, Response) or not answer.unsent
        finally:
            if pacer:
                pacer.leave(sent, answered=answered)
            if reached:
                self._counter.sent(request.limit if pacer else "")
        if isinstance(answer, Response) and answer.status == 429:
            self._counter.refused(request.limit if pacer else "")
        if pacer and isinstance(answer, Response) and answer.status == 429:
            pacer.throttled(min(_retry_after(answer), _LONGEST_WAIT))
        self.calls += 1
        if writes and _may_be_done(answer):
            self.written += 1
        return answer

    async def _carry(self, request: Request) -> Answer:
        """Send *request* with what it is followed by, and tell of it."""
        with span("call", connection=self.name, call=request.operation, method=request.method) as told:
            if own := call_id(request):
                told.keys["call_id"] = own
            answer = await self._transport.send(followed(request, told.place))
            if isinstance(answer, Failure):
                told.keys["error"] = answer.error.code
            else:
                told.keys["status"] = answer.status
            return answer

    def judged(self, answer: Response) -> Problem:
        """Return what *answer*, which is no success, means by the application's table."""
        return read_problem(self.application.problems, answer.status, answer.body)

    def problem(self, answer: Answer) -> Problem | None:
        """Return what is wrong with *answer*, or None for a success; raise what makes every further call useless.

        A request that never left raises its error too. An answer that was lost on the way is a problem to retry.
        """
        if isinstance(answer, Failure):
            if answer.unsent:
                raise answer.error
            return Problem(meaning=Meaning.RETRY, status=0, say=answer.error.message)
        if 300 <= answer.status < 400:
            raise ResponseInvalid(
                f"{self.name} redirects to another address, which is not followed",
                hint="set base_url to the address that answers by itself",
            )
        if answer.good:
            return None
        found = read_problem(self.application.problems, answer.status, answer.body)
        if (error := self.hopeless(found)) is not None:
            raise error
        return found

    def hopeless(self, problem: Problem) -> ConnectorError | None:
        """Return the error of a *problem* that concerns the whole connection, or None."""
        match problem.meaning:
            case Meaning.CREDENTIALS:
                return CredentialsRefused(
                    f"{self.name} does not accept the credentials (status {problem.status})",
                    hint="check the authorization of the connection: its type, name and secret",
                )
            case Meaning.RIGHT_MISSING:
                return RightMissing(
                    f"{self.name} refuses for lack of a right (status {problem.status})",
                    hint=f"`keepstep connection check {self.name}` says which right is missing",
                )
            case Meaning.THROTTLED:
                return Throttled(
                    f"{self.name} goes on refusing calls as too many",
                    hint="lower `pace`, or try later: other software uses the same account",
                )
            case Meaning.ABSENT | Meaning.CONFLICT | Meaning.REFUSED | Meaning.RETRY:
                return None
            case _:
                assert_never(problem.meaning)

    def body(self, answer: Answer) -> bytes:
        """Return the body of a good answer to a read; raise for every other."""
        found = self.problem(answer)
        if isinstance(answer, Failure):
            raise answer.error
        if found is None:
            return answer.body
        if found.meaning is Meaning.RETRY:
            raise ConnectionLost(f"{self.name} keeps failing: {found.say}")
        raise WriteRefused(f"{self.name}: {found.say}", hint="check base_url and the endpoint")

    def odd(self, body: bytes) -> str:
        """Return what a body is that is not what was expected."""
        if names_problem(self.application.problems, body):
            return "an error in an answer that calls itself a success"
        return "an answer without the list of records: is `records` right, or for CSV the column of the key?"

    @property
    def home(self) -> tuple[str, str, int | None]:
        """Scheme, host and port that the connection's own proof may be sent to."""
        return origin_of(self._base_url)

    def names(self, call: CallSpec) -> frozenset[str]:
        """Return the names that the texts of *call* read values of, in macros and in single braces."""
        found: set[str] = set()
        for one in texts_of(call):
            found.update(PLACEHOLDER.findall(one.text))
            found.update(self._texts.of(one.text, one.where, one.spot, "call").names)
        return frozenset(found)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the application."""
        scheme, host, port = origin_of(self._base_url)
        return f"{scheme}://{host}:{port}"

    async def close(self) -> None:
        """Close the connections, and keep what was counted; may be called twice."""
        try:
            await self._transport.close()
        finally:
            self._counter.close()


def _may_be_done(answer: Answer) -> bool:
    if isinstance(answer, Failure):
        return not answer.unsent
    return answer.good or answer.status >= 500


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "") if isinstance(answer, Response) else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0.0


def _jittered(seconds: float) -> float:
    """Return 50-100 % of *seconds* (bounded), so that many who wait do not come back together."""
    return min(seconds, _LONGEST_WAIT) * (0.5 + secrets.randbelow(1000) / 2000)
