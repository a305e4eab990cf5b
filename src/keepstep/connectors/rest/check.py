"""What works on a connection and what is missing: reach, TLS, credentials, and each right by a harmless call."""

from collections.abc import Sequence

from keepstep.connectors.rest.calls import Answer, Caller
from keepstep.connectors.rest.transport import Failure
from keepstep.core.application import ApplicationSpec, ProbeSpec
from keepstep.core.response import Meaning, read_problem
from keepstep.errors import ConnectorError, KeepstepError, TlsRefused
from keepstep.ports import Finding


async def check(caller: Caller, *, writes: bool, plain: bool) -> list[Finding]:
    """Return one finding a subject, in the order in which they depend on each other; stops where nothing can follow."""
    findings: list[Finding] = []
    for probe in _probes(caller.application):
        if probe.writes and not writes:
            continue
        try:
            answer = await _answer(caller, probe)
        except KeepstepError as error:
            return [*findings, Finding(subject="authorization", good=False, detail=error.message, hint=error.hint)]
        if isinstance(answer, Failure):
            return [*findings, *_unreached(answer.error, plain=plain, known=bool(findings))]
        if not findings:
            findings += _reached(caller, plain=plain)
        meaning = None if answer.good else read_problem(caller.application.problems, answer.status, answer.body).meaning
        if meaning is Meaning.CREDENTIALS:
            return [
                *findings,
                Finding(
                    subject="authorization",
                    good=False,
                    detail=f"the credentials were not accepted (status {answer.status})",
                    hint="check the type, the name and the secret of the authorization",
                ),
            ]
        if not any(finding.subject == "authorization" for finding in findings):
            findings.append(Finding(subject="authorization", good=True, detail="the credentials were accepted"))
        findings.append(_right(probe, answer.status, meaning))
    return findings or [
        Finding(
            subject="objects",
            good=False,
            detail="no objects are described yet, so nothing can be called",
            hint="describe who is to be read under `objects`; `keepstep endpoint test` tries one call",
        )
    ]


def _probes(application: ApplicationSpec) -> Sequence[ProbeSpec]:
    """Return the harmless calls of the preset; without any, the lists that the objects are read from."""
    lists = {spec.list: kind for kind, spec in reversed(application.objects.items())}
    return application.probes or [
        ProbeSpec(endpoint=endpoint, subject=f"read {kind}", right="", good=[200]) for endpoint, kind in lists.items()
    ]


async def _answer(caller: Caller, probe: ProbeSpec) -> Answer:
    first = caller.application.endpoints[probe.endpoint].paging.first()
    ask = caller.application.endpoints[probe.endpoint].paging.ask(first)
    return await caller.read(probe.endpoint, {}, ask=ask, tries=1)


def _reached(caller: Caller, *, plain: bool) -> list[Finding]:
    tls = "not used: the address begins with http" if plain else "the certificate was verified"
    return [
        Finding(subject="reach", good=True, detail=f"{caller.origin} answers"),
        Finding(subject="TLS", good=True, detail=tls),
    ]


def _unreached(error: ConnectorError, *, plain: bool, known: bool) -> list[Finding]:
    tls = isinstance(error, TlsRefused) and not plain
    before = [] if known or not tls else [Finding(subject="reach", good=True, detail="something answers there")]
    return [*before, Finding(subject="TLS" if tls else "reach", good=False, detail=error.message, hint=error.hint)]


def _right(probe: ProbeSpec, status: int, meaning: Meaning | None) -> Finding:
    if not probe.right:
        return _listed(probe, status, meaning)
    if meaning is Meaning.RIGHT_MISSING:
        return Finding(
            subject=probe.subject,
            good=False,
            detail=f'the right "{probe.right}" is missing (status {status})',
            hint=f'give the user or key of this connection the scope "{probe.right}"',
        )
    if status in probe.good:
        return Finding(subject=probe.subject, good=True, detail=f'the right "{probe.right}" is there')
    return Finding(
        subject=probe.subject,
        good=False,
        detail=f"the answer (status {status}) does not tell whether the right is there",
        hint="check base_url, and try again later",
    )


def _listed(probe: ProbeSpec, status: int, meaning: Meaning | None) -> Finding:
    if status in probe.good:
        return Finding(subject=probe.subject, good=True, detail=f'endpoint "{probe.endpoint}" answers')
    right = meaning is Meaning.RIGHT_MISSING
    return Finding(
        subject=probe.subject,
        good=False,
        detail=f'endpoint "{probe.endpoint}" is refused (status {status}){": a right is missing" if right else ""}',
        hint="give the user or key of this connection that right"
        if right
        else "check base_url and the endpoint: `keepstep endpoint test` shows the call and the answer",
    )
