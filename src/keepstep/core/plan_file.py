"""A plan as text: JSON, one action a line, so that it can be kept, reviewed, and applied exactly as it was reviewed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, TypeVar

import msgspec

from keepstep.core.link import Link
from keepstep.core.plan import Action, ActionId, ActionKind, Cost, Finding, GroupCount, Plan
from keepstep.core.situation import Situation
from keepstep.core.values import NativeKey, Verdict
from keepstep.errors import ConfigurationError

VERSION: Final = 1
T = TypeVar("T")
_AGAIN: Final = "make the plan again: `keepstep plan RULE --out FILE`"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The first line: all of a plan that there is once. *digest* is the plan's own.

    *containers*: what the places of actions count in, from 0; an older Keepstep passes over both.
    """

    keepstep_plan: int
    digest: str
    rule: str
    basis: str
    source: Verdict
    target: Verdict
    situations: Mapping[Situation, int]
    cost: Cost
    groups: tuple[GroupCount, ...] = ()
    usual: Mapping[ActionKind, int] = field(default_factory=dict[ActionKind, int])
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line between: exactly one of the four. *place*: of an action, where its account is."""

    action: Action | None = None
    place: int | None = None
    finding: Finding | None = None
    link: Link | None = None
    forget: NativeKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """What the first line of every version has."""

    keepstep_plan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """The last line: how many lines stand before it, and the blake2b digest of them."""

    lines: int
    checksum: str


def encode(plan: Plan) -> bytes:
    """Return *plan* as the bytes of a plan file; `decode` gives an equal plan back."""
    return b"".join(encode_lines(plan))


def encode_lines(plan: Plan) -> Iterator[bytes]:
    r"""Yield the lines of `encode(plan)`, each with its `\n`, without ever holding all of them."""
    checksum = blake2b(digest_size=16)
    count = 0
    for content in _contents(plan):
        line = msgspec.json.encode(content) + b"\n"
        checksum.update(line)
        count += 1
        yield line
    yield msgspec.json.encode(_End(lines=count, checksum=checksum.hexdigest())) + b"\n"


def decode(content: bytes) -> Plan:
    """Return the plan that *content* holds. ConfigurationError if it was edited, cut, or is not a plan file."""
    return decode_lines(content.splitlines())


def decode_lines(lines: Iterable[bytes]) -> Plan:
    """Return the plan of these lines, with or without line ends. ConfigurationError as `decode`."""
    rest = iter(lines)
    first = next(rest, b"").strip()
    head = _head(first)
    checksum = blake2b(first + b"\n", digest_size=16)
    parts = _Parts()
    count, last = 1, b""
    for line in rest:
        if last:
            checksum.update(last + b"\n")
            count += 1
            parts.take(last, count)
        last = line.strip()
    if last != msgspec.json.encode(_End(lines=count, checksum=checksum.hexdigest())):
        raise ConfigurationError(
            "the plan file was edited or cut: its content does not match its checksum", hint=_AGAIN
        )
    plan = parts.plan(head)
    if plan.digest != head.digest:
        raise _newer()
    return plan


def digest_in(line: bytes) -> str:
    """Return the digest that the first line of a plan says; `decode_lines` proves that the rest has it too."""
    return _head(line.strip()).digest


def _contents(plan: Plan) -> Iterator[object]:
    containers = {name: number for number, name in enumerate(sorted(set(plan.places.values())))}
    yield _Head(
        keepstep_plan=VERSION,
        digest=plan.digest,
        rule=plan.rule,
        basis=plan.basis,
        source=plan.source,
        target=plan.target,
        situations=plan.situations,
        cost=plan.cost,
        groups=plan.groups,
        usual=plan.usual,
        containers=tuple(containers),
    )
    for action in plan.actions:
        place = plan.places.get(action.id)
        yield {"action": action} if place is None else {"action": action, "place": containers[place]}
    yield from ({"finding": finding} for finding in plan.findings)
    yield from ({"link": link} for link in plan.links)
    yield from ({"forget": key} for key in plan.forget)


def _head(line: bytes) -> _Head:
    try:
        version = msgspec.json.decode(line, type=_Version).keepstep_plan
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationError(
            "this is not a plan file", hint="give a file that `keepstep plan --out` wrote"
        ) from exc
    if version != VERSION:
        raise ConfigurationError(
            f"the plan file has version {version}; this Keepstep reads version {VERSION}",
            hint=f"use the Keepstep that made it, or {_AGAIN}",
        )
    return _decoded(line, msgspec.json.Decoder(_Head), number=1)


class _Parts:
    """Collects the lines between the first and the last."""

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(_Line)
        self._actions: list[Action] = []
        self._places: dict[ActionId, int] = {}
        self._findings: list[Finding] = []
        self._links: list[Link] = []
        self._forget: list[NativeKey] = []

    def take(self, line: bytes, number: int) -> None:
        """Add one line."""
        part = _decoded(line, self._decoder, number=number)
        if part.action is not None:
            self._actions.append(part.action)
            if part.place is not None:
                self._places[part.action.id] = part.place
        elif part.finding is not None:
            self._findings.append(part.finding)
        elif part.link is not None:
            self._links.append(part.link)
        elif part.forget is not None:
            self._forget.append(part.forget)
        else:
            raise _newer()

    def plan(self, head: _Head) -> Plan:
        """Return the plan of all lines."""
        known = dict(enumerate(head.containers))
        return Plan(
            rule=head.rule,
            basis=head.basis,
            source=head.source,
            target=head.target,
            actions=tuple(self._actions),
            findings=tuple(self._findings),
            situations=head.situations,
            links=tuple(self._links),
            forget=tuple(self._forget),
            cost=head.cost,
            groups=head.groups,
            usual=head.usual,
            places={id_: known[place] for id_, place in self._places.items() if place in known},
        )


def _newer() -> ConfigurationError:
    return ConfigurationError("the plan file was made by another version of Keepstep", hint=_AGAIN)


def _decoded(line: bytes, decoder: msgspec.json.Decoder[T], *, number: int) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"line {number} of the plan file was edited or damaged", hint=_AGAIN) from exc
