"""Fire one webhook for one subject: for real, or as a test that a person looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from keepstep.core.authority import Reach
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.exchange import Sent
from keepstep.core.right import Right
from keepstep.core.subject import Order, Subject
from keepstep.core.suggest import did_you_mean
from keepstep.core.values import Values
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import ConfigurationError, KeepstepError
from keepstep.ports import Connector, Ports, Query
from keepstep.usecases.heed_circuit import asked, fetched
from keepstep.usecases.permit import Wanted, permit_subjects

_GONE: Final = "the subject is not there any more"


class Firing(Protocol):
    """The webhooks of one application, each call of which is explained and no error."""

    def webhook(self, name: str) -> WebhookSpec:
        """Return the webhook called *name*; ConfigurationError if there is none."""
        ...

    def names(self, webhook: WebhookSpec) -> tuple[str, ...]:
        """Return the attributes of the subject that *webhook* reads."""
        ...

    def render(self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> Sent:
        """Return the request as it would be sent, its secrets masked; nothing is sent."""
        ...

    async def fire(
        self, name: str, webhook: WebhookSpec, values: Mapping[str, Values], *, key: str, resumed: bool = False
    ) -> BlockResult:
        """Send the call and return what came of it."""
        ...


@runtime_checkable
class Application(Protocol):
    """A connector that has webhooks."""

    @property
    def firing(self) -> Firing:
        """Its webhooks."""
        ...


def firing_of(ports: Ports, connection: str) -> Firing:
    """Return the webhooks of *connection*; ConfigurationError if it has none."""
    connector: Connector = ports.connector(connection)
    if not isinstance(connector, Application):
        raise ConfigurationError(
            f'connection "{connection}" is no application and has no webhooks',
            hint="webhooks belong to connections of kind rest",
        )
    return connector.firing


async def fire(ports: Ports, reference: str, webhook: WebhookSpec, order: Order) -> BlockResult:
    """Fire *webhook*, which is called *reference* (`connection.webhook`), for the subject of *order*.

    Whatever the application or a value does is a result, and no error.
    """
    connection, _, name = reference.partition(".")
    try:
        firing = firing_of(ports, connection)
        return await firing.fire(name, webhook, order.values, key=order.key, resumed=order.resumed)
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What a webhook would send for one subject, or why it cannot be sent. *after*: what is sent right behind it."""

    subject: Subject
    request: Sent | None = None
    after: Sent | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a webhook was sent as for one subject, and what came of it."""

    subject: Subject
    result: BlockResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTrial:
    """A webhook and the subjects that it is tried on. *given*: values beside those of the subject."""

    connection: str
    name: str
    webhook: WebhookSpec
    subjects: Sequence[Subject]
    given: Mapping[str, Values]


async def values_of(
    ports: Ports, names: Sequence[str], subjects: Sequence[Subject]
) -> dict[Subject, dict[str, Values]]:
    """Return the attributes *names* of each of *subjects*, which are of one side, as they are now.

    Who is no longer there is left out. A name that the side does not know has no values.
    """
    if not subjects:
        return {}
    side = subjects[0].side
    connector = ports.connector(side.connection)
    schema = await asked(ports, side.connection, f"reading {side}", lambda: connector.schema(side.objects), proof=False)
    known = tuple(dict.fromkeys(kind.name for name in names if (kind := schema.attribute(name))))
    found = await fetched(ports, side, Query(objects=side.objects, attributes=known), [one.key for one in subjects])
    told: dict[Subject, dict[str, Values]] = {}
    for subject in subjects:
        record = found.get(subject.key)
        if record is None:
            continue
        held = {name.casefold(): values for name, values in record.attributes.items()}
        values = {name: held.get(name.casefold(), ()) for name in names}
        told[subject] = values | {"subject.key": (subject.key,), "subject.name": (subject.name,)}
    return told


async def render_webhook(ports: Ports, trial: WebhookTrial) -> list[Rendering]:
    """Return the request for each subject of *trial*; nothing is sent. It is in the audit log."""
    await _permit(ports, trial)
    firing = firing_of(ports, trial.connection)
    values = await _values(ports, firing, trial)
    _note(ports, trial, "render_webhook")
    rendered: list[Rendering] = []
    for number, subject in enumerate(trial.subjects):
        held = values.get(subject)
        if held is None:
            rendered.append(Rendering(subject=subject, problem=_GONE))
            continue
        try:
            request = firing.render(trial.name, trial.webhook, held, _key(ports, number))
            after = _after(firing, trial.webhook, held, _key(ports, number))
            rendered.append(Rendering(subject=subject, request=request, after=after))
        except KeepstepError as exc:
            rendered.append(Rendering(subject=subject, problem=exc.message))
    return rendered


def _after(firing: Firing, webhook: WebhookSpec, values: Mapping[str, Values], key: str) -> Sent | None:
    """Return what the webhook that is a part of *webhook* would send."""
    if webhook.then is None:
        return None
    return firing.render(webhook.then, firing.webhook(webhook.then), values, key)


async def fire_webhook(ports: Ports, trial: WebhookTrial) -> list[Shot]:
    """Send *trial* for each of its subjects, one after the other, and return what came of it; it is audited before."""
    await _permit(ports, trial)
    firing = firing_of(ports, trial.connection)
    values = await _values(ports, firing, trial)
    _note(ports, trial, "test_webhook")
    shots: list[Shot] = []
    for number, subject in enumerate(trial.subjects):
        ports.progress(f"webhook {trial.name}", number, len(trial.subjects))
        held = values.get(subject)
        result = BlockResult(state=BlockState.FAILED, cause=Cause.ABSENT, detail=_GONE)
        if held is not None:
            result = await firing.fire(trial.name, trial.webhook, held, key=_key(ports, number))
        shots.append(Shot(subject=subject, result=result))
    return shots


async def unknown_names(ports: Ports, trial: WebhookTrial) -> list[str]:
    """Return a sentence for each name that the webhook of *trial* reads and that the subjects' side does not know."""
    names = firing_of(ports, trial.connection).names(trial.webhook)
    told: list[str] = []
    for side in dict.fromkeys(subject.side for subject in trial.subjects):
        schema = await ports.connector(side.connection).schema(side.objects)
        for name in names:
            if name not in trial.given and schema.attribute(name) is None:
                near = did_you_mean(name, schema.attributes)
                told.append(f'{side} have no attribute "{name}", so it gives nothing{near}')
    return told


async def _values(ports: Ports, firing: Firing, trial: WebhookTrial) -> dict[Subject, dict[str, Values]]:
    """Return what can be read of each subject that is there."""
    names = firing.names(trial.webhook)
    by_side: dict[str, list[Subject]] = {}
    for subject in trial.subjects:
        by_side.setdefault(str(subject.side), []).append(subject)
    found: dict[Subject, dict[str, Values]] = {}
    for subjects in by_side.values():
        found |= await values_of(ports, names, subjects)
    shared = {"run.operator": (ports.operator,), **trial.given}
    return {subject: {**held, **shared} for subject, held in found.items()}


async def _permit(ports: Ports, trial: WebhookTrial) -> None:
    ports.authority.require(Right.TEST_WEBHOOKS, Reach(connection=trial.connection))
    await permit_subjects(ports, Wanted(right=Right.TEST_WEBHOOKS, reach=Reach()), trial.subjects)


def _key(ports: Ports, number: int) -> str:
    return f"test.{ports.context.run_id}.{number}"


def _note(ports: Ports, trial: WebhookTrial, action: str) -> None:
    subjects = ", ".join(subject.key for subject in trial.subjects)
    ports.audit.add(action, f"{trial.connection}.{trial.name}", {"subjects": subjects}, operator=ports.operator)


def adopting(webhook: WebhookSpec, exists: str | None) -> WebhookSpec:
    """Return *webhook* with what to do about one that exists already, where a block says that itself."""
    return webhook if exists is None else webhook.model_copy(update={"exists": exists})
