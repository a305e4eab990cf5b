"""Faults by name: how the emulator misbehaves on demand.

A fault is written `name` or `name:key=value,key=value`, such as `500:after=2,times=3,path=/persons/upsert`.
`FAULTS` documents each name. Every fault takes `after` (so many matching calls pass first), `times` (so many calls are
hit; 0 = for ever), `method`, `path` (a part of the path) and `operation` (a name from the table of calls). A fault with
none of the last three hits the calls that its row names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, Literal

from keepstep.emulator.operation import Operation
from keepstep.emulator.replies import EmulatorError

Stage = Literal["before", "handling", "page", "reply"]
Value = int | str


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the table: what it does, when, whom it hits unless told, and its own parameters."""

    meaning: str
    stage: Stage
    operation: str = ""
    times: int = 0
    parameters: Mapping[str, Value] = field(default_factory=dict[str, Value])
    later_pages: bool = False  # the first page of a list is never hit, nor counted


_LIST: Final = "list_persons"
FAULTS: Final[Mapping[str, FaultKind]] = {
    "latency": FaultKind("waits `ms` before each answer", "before", parameters={"ms": 200}),
    "429-burst": FaultKind("refuses calls with 429, whatever the limits say", "before", times=5),
    "500": FaultKind("answers 500 and does nothing", "before", times=1),
    "502": FaultKind("answers 502 and does nothing", "before", times=1),
    "503": FaultKind("answers 503 and does nothing", "before", times=1),
    "drop-before": FaultKind("closes the connection and does nothing", "before", times=1),
    "drop-after-commit": FaultKind("does the work, then closes the connection without an answer", "reply", times=1),
    "error-in-200": FaultKind("answers 200 with an error body and does nothing", "before", _LIST, 1),
    "html-200": FaultKind("answers 200 with a web page and does nothing", "before", _LIST, 1),
    "token-expired-midway": FaultKind("ends every session and token, and answers 401", "before", times=1),
    "wrong-tenant": FaultKind(
        "serves the population of another account (`people` of them; 0: as many)", "handling", parameters={"people": 0}
    ),
    "item-errors": FaultKind("fails the first `items` of a batch", "handling", times=1, parameters={"items": 1}),
    "stale": FaultKind("lists the population as it was when the fault was set", "page", _LIST),
    "index-delay": FaultKind("lists show a write only `ms` after it was made", "page", _LIST, parameters={"ms": 2000}),
    "short-page": FaultKind("leaves out `items` of a page (0: half); the total stays", "page", _LIST, 0, {"items": 0}),
    "repeated-page": FaultKind("answers the page before the one asked for", "page", _LIST, later_pages=True),
    "empty-page-midway": FaultKind(
        "answers a page after the first without persons; the total stays", "page", _LIST, 1, later_pages=True
    ),
    "missing-list": FaultKind("answers 200 with an object that has no `persons`", "page", _LIST, 1),
    "duplicate-person": FaultKind(
        "puts a person of the page before, with another last name, in place of this page's first", "page", _LIST, 1,
        later_pages=True,
    ),
    "shifting-list": FaultKind(
        "after a page, somebody deletes the first `by` persons, so that later pages skip as many; with `create` as many"
        " new ones come in at the end and the total stays", "page", _LIST, 1, {"by": 1, "create": 0},
    ),
    "shrinking-total": FaultKind("the total shrinks by `by` with each page", "page", _LIST, 0, {"by": 1}),
    "lying-total": FaultKind("the total is `by` too high (negative: too low)", "page", _LIST, 0, {"by": 10}),
    "cut-page": FaultKind(
        "cuts the body after `percent`: how=json ends it properly, how=connection breaks off", "reply", _LIST, 1,
        {"percent": 60, "how": "json"},
    ),
    "slow-drip": FaultKind(
        "sends the body in `pieces`, waiting `ms` before each", "reply", _LIST, 1, {"ms": 50, "pieces": 10}
    ),
}  # fmt: skip
_GENERAL: Final[Mapping[str, Value]] = {"after": 0, "times": 0, "method": "", "path": "", "operation": ""}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"how": ("json", "connection")}
_MAY_BE_NEGATIVE: Final = frozenset({"by"})
_LARGEST: Final = 10_000_000


@dataclass(slots=True, eq=False)
class Fault:
    """A fault that is set: whom it hits, and how often it did."""

    name: str
    kind: FaultKind
    parameters: Mapping[str, Value]
    after: int
    times: int
    match: tuple[str, str, str]  # method, path, operation
    seen: int = 0
    hits: int = 0
    frozen: Mapping[int, bytes] | None = None

    def number(self, name: str) -> int:
        """Return a parameter that is a number."""
        value = self.parameters[name]
        return value if isinstance(value, int) else 0

    def hit(self, operation: Operation, path: str, *, first_page: bool = False) -> bool:
        """Count this call; say whether the fault strikes it."""
        method, part, name = self.match
        if (method and method != operation.method) or (name and name != operation.name) or part not in path:
            return False
        if first_page and self.kind.later_pages:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def shown(self) -> dict[str, object]:
        """Return what the control API says about this fault."""
        method, path, operation = self.match
        return {
            "name": self.name, "after": self.after, "times": self.times, "method": method, "path": path,
            "operation": operation, **self.parameters, "seen": self.seen, "hits": self.hits,
        }  # fmt: skip


def parse_fault(text: str) -> Fault:
    """Return the fault that *text* describes; raise EmulatorError that says what is wrong with it."""
    name, _, rest = text.strip().partition(":")
    kind = FAULTS.get(name)
    if kind is None:
        near = get_close_matches(name, FAULTS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(FAULTS)}"
        raise EmulatorError(f"there is no fault {name!r}{hint}")
    known: dict[str, Value] = {**_GENERAL, "times": kind.times, **kind.parameters}
    given: dict[str, Value] = {}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals or key not in known:
            what = f"has no parameter {key!r}" if equals else f"needs key=value, not {pair!r}"
            raise EmulatorError(f"fault {name!r} {what}; it takes: {', '.join(known)}")
        given[key] = _value(name, key, value, known[key])
    return _build(name, kind, {**known, **given}, narrowed=bool(given.keys() & {"method", "path", "operation"}))


def _build(name: str, kind: FaultKind, values: Mapping[str, Value], *, narrowed: bool) -> Fault:
    operation = str(values["operation"]) if narrowed else kind.operation
    return Fault(
        name,
        kind,
        {key: values[key] for key in kind.parameters},
        int(values["after"]),
        int(values["times"]),
        (str(values["method"]).upper(), str(values["path"]), operation),
    )


def _value(name: str, key: str, value: str, default: Value) -> Value:
    if isinstance(default, str):
        choices = _CHOICES.get(key)
        if choices and value not in choices:
            raise EmulatorError(f"fault {name!r}: {key} is one of {', '.join(choices)}, not {value!r}")
        return value
    digits = value.removeprefix("-") if key in _MAY_BE_NEGATIVE else value
    if not (digits.isascii() and digits.isdigit() and len(digits) < 9 and int(digits) <= _LARGEST):
        raise EmulatorError(f"fault {name!r}: {key} is a whole number, not {value!r}")
    return int(value)


class Faults:
    """The faults that are set, in the order they were set."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def strikes(self, operation: Operation, path: str, page: str) -> list[Fault]:
        """Return the faults that strike this call; each counts it."""
        return [fault for fault in self.active if fault.hit(operation, path, first_page=page in {"", "1"})]

    def remove(self, name: str) -> int:
        """Unset every fault called *name*; say how many there were."""
        kept = [fault for fault in self.active if fault.name != name]
        removed = len(self.active) - len(kept)
        self.active = kept
        return removed
