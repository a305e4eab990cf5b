"""Webhooks of an application, fired for one subject: rendered, sent as often as is safe, judged and explained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from keepstep.connectors.rest.auth import Authorizer
from keepstep.connectors.rest.calls import Answer, Caller, Tried
from keepstep.connectors.rest.probing import LARGEST, proofs
from keepstep.connectors.rest.transport import Failure
from keepstep.core.answer_format import Format, decode
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.endpoint import Request, Response
from keepstep.core.exchange import Answered, Sent, SentCall, answered_of, sent_of
from keepstep.core.macro_names import family_of
from keepstep.core.request_filling import BASES
from keepstep.core.response import Meaning, names_problem, read_item
from keepstep.core.suggest import did_you_mean
from keepstep.core.values import Values
from keepstep.core.webhook import STATUS, WebhookSpec, accepted, extracted
from keepstep.errors import ConfigurationError, ConnectorError, KeepstepError, ResponseInvalid
from keepstep.telemetry.correlation import HEADER

LONGEST: Final = 4_000
"""How many letters of a request and of an answer are kept."""

_NO_PROOF: Final = "none"
_CAUSES: Final = {
    Meaning.ABSENT: Cause.ABSENT,
    Meaning.CONFLICT: Cause.CONFLICT,
    Meaning.REFUSED: Cause.REFUSED,
    Meaning.THROTTLED: Cause.THROTTLED,
    Meaning.RETRY: Cause.UNREACHABLE,
    Meaning.CREDENTIALS: Cause.CREDENTIALS,
    Meaning.RIGHT_MISSING: Cause.RIGHT_MISSING,
}

ProofOf = Callable[[str], Authorizer]
"""Gives the proof of another connection; ConfigurationError if it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What one answer means. *lost*: whether it was carried out is not known."""

    good: bool = False
    cause: Cause = Cause.NONE
    detail: str = ""
    values: Mapping[str, Values] | None = None
    lost: bool = False


class Firing:
    """Fires the webhooks of one connection."""

    def __init__(self, caller: Caller, proof_of: ProofOf) -> None:
        self._caller = caller
        self._proof_of = proof_of

    def webhook(self, name: str) -> WebhookSpec:
        """Return the webhook called *name*; ConfigurationError if there is none."""
        known = self._caller.application.webhooks
        found = known.get(name)
        if found is None:
            near = did_you_mean(name, known)
            hint = f"it has: {', '.join(sorted(known)) or 'none'}"
            raise ConfigurationError(f'{self._caller.name} has no webhook "{name}"{near}', hint=hint)
        return found

    def names(self, webhook: WebhookSpec) -> tuple[str, ...]:
        """Return the attributes of the subject that *webhook*, and those that belong to it, read."""
        found = set(self._caller.names(webhook))
        for other in (webhook.look_up, webhook.then):
            found |= self._caller.names(self.webhook(other)) if other else set()
        return tuple(sorted(name for name in found if family_of(name) is None and name not in BASES))

    def render(self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> Sent:
        """Return the request as it would be sent, its secrets masked, without proof; nothing is sent.

        MacroError or ConfigurationError if there is nothing that could be sent.
        """
        request = self._request(name, webhook, values, key)
        return sent_of(request, proofs(request))

    async def fire(
        self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], *, key: str, resumed: bool = False
    ) -> BlockResult:
        """Send the call and return what came of it; whatever the application does, this is an answer and no error.

        An effect that may have happened is looked up, and sent again only if that changes nothing or it certainly did
        not happen. *resumed*: an earlier life may have sent it.
        """
        result = await self._before(webhook, values, key) if resumed and not webhook.repeatable else None
        if result is None:
            result = await self._once(name, webhook, values, key)
        if webhook.then is None or result.state is not BlockState.SUCCEEDED:
            return result
        return _joined(result, await self._once(webhook.then, self.webhook(webhook.then), values, key))

    async def _before(self, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> BlockResult | None:
        """Return what an earlier life came to with a call that it had begun; None if it certainly was not done."""
        found = await self._looked_up(webhook, values, key)
        if found.state is BlockState.SUCCEEDED:
            return replace(found, detail="it was done before the interruption")
        return None if found.cause is Cause.ABSENT else _unknown(found, "it was interrupted while it was sent")

    async def _once(self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> BlockResult:
        try:
            request = self._request(name, webhook, values, key)
            proof = self._proof(webhook)
        except KeepstepError as exc:
            return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)
        try:
            tried = await self._caller.send(request, proof=proof, repeatable=webhook.repeatable)
        except ConnectorError as exc:
            return _shown(request, BlockResult(state=BlockState.FAILED, cause=_cause_of(exc), detail=exc.message))
        judged = self._judged(webhook, tried.answer)
        result = _result(tried, judged, webhook)
        if judged.lost:
            return await self._settled(webhook, values, key, result)
        if judged.cause is Cause.CONFLICT and webhook.exists == "adopt":
            found = await self._looked_up(webhook, values, key)
            if found.state is BlockState.SUCCEEDED:
                told = "it was there already, and is taken for the own"
                return replace(found, request=result.request, calls=result.calls + found.calls, detail=told)
        return result

    async def _settled(
        self, webhook: WebhookSpec, values: Mapping[str, Values], key: str, lost: BlockResult
    ) -> BlockResult:
        """Return what came of a call whose answer was lost, as far as that can be found out."""
        if webhook.repeatable:
            return replace(lost, state=BlockState.FAILED)
        found = await self._looked_up(webhook, values, key)
        if found.state is BlockState.SUCCEEDED:
            calls, told = lost.calls + found.calls, "the answer was lost; it is done"
            return replace(found, request=lost.request, attempts=lost.attempts, detail=told, calls=calls)
        if found.cause is Cause.ABSENT:
            return replace(lost, state=BlockState.FAILED, detail=f"{lost.detail}; looked up: it was not done")
        return _unknown(lost, lost.detail)

    async def _looked_up(self, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> BlockResult:
        if webhook.look_up is None:
            return BlockResult(state=BlockState.UNKNOWN, detail="nothing tells whether it was done")
        return await self._once(webhook.look_up, self.webhook(webhook.look_up), values, key)

    def _request(self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> Request:
        known = {**values, "call.id": (key,)}
        request = self._caller.request_of(name, webhook, known)
        proof = self._proof(webhook)
        if proof is not None and request.origin not in {self._caller.home, proof.home}:
            raise ConfigurationError(
                f'webhook "{name}" goes to another address than its connection, which gets no credentials',
                hint="say authorization: none, or which connection's proof is sent there",
            )
        return request.with_headers((HEADER, key)) if HEADER.lower() not in _names(request) else request

    def _proof(self, webhook: WebhookSpec) -> Authorizer | None:
        if webhook.authorization == _NO_PROOF:
            return None
        return self._proof_of(webhook.authorization) if webhook.authorization else self._caller.authorizer

    def _judged(self, webhook: WebhookSpec, answer: Answer) -> _Judged:
        if isinstance(answer, Failure):
            return _Judged(cause=Cause.UNREACHABLE, detail=answer.error.message, lost=not answer.unsent)
        if accepted(webhook.success, answer.status):
            return self._accepted(webhook, answer)
        if 300 <= answer.status < 400:
            return _Judged(cause=Cause.REFUSED, detail="it redirects to another address, which is not followed")
        problem = self._caller.judged(answer)
        lost = problem.meaning is Meaning.RETRY
        return _Judged(cause=_CAUSES[problem.meaning], detail=problem.say, lost=lost)

    def _accepted(self, webhook: WebhookSpec, answer: Response) -> _Judged:
        """Judge an answer whose status is that of a success: by its items, by what it says, by the condition."""
        if webhook.items is not None:
            item = read_item(self._caller.application.problems, webhook.items, (answer.status, answer.body))
            if item.problem is not None:
                return _Judged(cause=_CAUSES[item.problem.meaning], detail=item.problem.say)
            if not item.done:
                return _Judged(cause=Cause.RULE, detail="the answer does not say what came of it", lost=True)
        elif answer.good and names_problem(self._caller.application.problems, answer.body):
            return _Judged(cause=Cause.REFUSED, detail="an error in an answer that calls itself a success", lost=True)
        try:
            values = _values(webhook, answer)
        except ResponseInvalid as exc:
            return _Judged(cause=Cause.RULE, detail=f"the answer cannot be read: {exc.message}", lost=True)
        condition = webhook.condition("success")
        try:
            holds = condition is None or condition.render(values) == ("true",)
        except KeepstepError as exc:
            return _Judged(cause=Cause.RULE, detail=exc.message, values=values)
        if not holds and webhook.success.absent:
            return _Judged(cause=Cause.ABSENT, detail="it is not there", values=values)
        if not holds:
            return _Judged(cause=Cause.RULE, detail="the condition of its success does not hold", values=values)
        return _Judged(good=True, values=values)


def _values(webhook: WebhookSpec, answer: Response) -> dict[str, Values]:
    """Return the values that *answer* gives, its status among them."""
    found: dict[str, Values] = {STATUS: (str(answer.status),)}
    if webhook.extract:
        if len(answer.body) > LARGEST:
            raise ResponseInvalid(f"it is larger than {LARGEST // 2**20} MiB")
        empty = not answer.body.strip()
        tree = None if empty else decode(webhook.format, answer.body, answer.headers.get("content-type", ""))
        found |= dict.fromkeys(webhook.extract, ()) if empty else extracted(webhook, tree)
    return found


def _result(tried: Tried, judged: _Judged, webhook: WebhookSpec) -> BlockResult:
    answer = tried.answer
    secrets = list(proofs(tried.request))
    shown, seen = "", None
    if isinstance(answer, Response):
        seen = answered_of(answer, Format(webhook.format), secrets)
        shown = f"{seen.status} in {seen.milliseconds} ms\n\n{seen.body}"[:LONGEST]
    return _shown(
        tried.request,
        BlockResult(
            state=BlockState.SUCCEEDED if judged.good else BlockState.FAILED,
            cause=judged.cause,
            detail=judged.detail,
            values=judged.values or {},
            answer=shown,
            attempts=tried.attempts,
            seconds=tried.seconds,
        ),
        seen,
    )


def _shown(request: Request, result: BlockResult, answer: Answered | None = None) -> BlockResult:
    sent = sent_of(request, proofs(request))
    head = "\n".join([f"{sent.method} {sent.url}", *(f"{name}: {value}" for name, value in sent.headers)])
    text = (f"{head}\n\n{sent.body}" if sent.body else head)[:LONGEST]
    return replace(result, request=text, calls=(SentCall(request=sent, answer=answer),))


def _joined(first: BlockResult, second: BlockResult) -> BlockResult:
    """Return what came of two calls that belong together."""
    return replace(
        second,
        values={**second.values, **first.values},
        request=f"{first.request}\n\n{second.request}"[: 2 * LONGEST],
        answer=f"{first.answer}\n\n{second.answer}"[: 2 * LONGEST],
        attempts=first.attempts + second.attempts,
        seconds=first.seconds + second.seconds,
        calls=first.calls + second.calls,
    )


def _unknown(result: BlockResult, why: str) -> BlockResult:
    told = f"{why}; whether it was done is not known"
    return replace(result, state=BlockState.UNKNOWN, cause=Cause.UNREACHABLE, detail=told)


def _names(request: Request) -> set[str]:
    return {name.lower() for name, _ in request.headers}


def _cause_of(error: ConnectorError) -> Cause:
    match error.code:
        case "credentials_refused":
            return Cause.CREDENTIALS
        case _:
            return Cause.UNREACHABLE
