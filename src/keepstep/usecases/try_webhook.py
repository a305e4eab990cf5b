"""Test a webhook on chosen people: what would be sent, and when asked what came of it. The test is remembered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from keepstep.core.block_result import BlockResult, BlockState
from keepstep.core.exchange import Sent, SentCall, cleaned_answer, cleaned_sent
from keepstep.core.masking import masked
from keepstep.core.secret import Secret
from keepstep.core.webhook_test import WebhookTest
from keepstep.ports import Ports
from keepstep.usecases.edit_webhook import WebhookTests
from keepstep.usecases.fire import Rendering, Shot, WebhookTrial, fire_webhook, render_webhook, unknown_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A test to its end: rendered, or sent where it was *live*. *remarks*: names that give nothing."""

    live: bool
    rendered: tuple[Rendering, ...] = ()
    shots: tuple[Shot, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every subject's call can be sent, or where it was sent, succeeded."""
        sent = all(shot.result.state is BlockState.SUCCEEDED for shot in self.shots)
        return sent and all(one.request is not None for one in self.rendered)


async def test_webhook(ports: Ports, tests: WebhookTests, digest: str, trial: WebhookTrial, *, live: bool) -> Trial:
    """Render *trial*, and send it where *live* and all of it can be sent; remember the test of what has *digest*.

    *ports* are those of the configuration that holds the webhook. Nothing is saved.
    """
    remarks = tuple(await unknown_names(ports, trial))
    rendered = tuple(await render_webhook(ports, trial))
    sendable = all(one.request is not None for one in rendered)
    sent = live and sendable
    shots = tuple(await fire_webhook(ports, trial)) if sent else ()
    found = Trial(live=sent, rendered=() if sent else rendered, shots=shots, remarks=remarks)
    tests.keep(
        WebhookTest(
            connection=trial.connection,
            webhook=trial.name,
            digest=digest,
            good=found.good,
            live=sent,
            at=ports.clock.now(),
            operator=ports.operator,
        )
    )
    return found


def masked_trial(found: Trial, secrets: Iterable[Secret]) -> Trial:
    """Return *found* without *secrets*, which an application may have sent back."""
    known = [secret for secret in secrets if secret.reveal()]

    def clean(text: str) -> str:
        return masked(text, known)

    def sent(request: Sent | None) -> Sent | None:
        return request and cleaned_sent(request, clean)

    shots = tuple(replace(shot, result=_cleaned(shot.result, clean)) for shot in found.shots)
    rendered = tuple(replace(one, request=sent(one.request), after=sent(one.after)) for one in found.rendered)
    return replace(found, shots=shots, rendered=rendered)


def _cleaned(result: BlockResult, clean: Callable[[str], str]) -> BlockResult:
    return replace(
        result,
        request=clean(result.request),
        answer=clean(result.answer),
        values={name: tuple(map(clean, held)) for name, held in result.values.items()},
        calls=tuple(
            SentCall(
                request=cleaned_sent(call.request, clean), answer=call.answer and cleaned_answer(call.answer, clean)
            )
            for call in result.calls
        ),
    )
