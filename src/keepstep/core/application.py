"""What Keepstep knows of one REST application, as data: endpoints, objects, and what its errors mean.

Endpoints say what can be called, objects say what is kept there and by which operations it is changed.
"""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from keepstep.core.call import Rate
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.field_path import FieldPath, PathText, Step, parse_path
from keepstep.core.join import MISSING_FROM
from keepstep.core.response import BatchResults, ProblemTable
from keepstep.core.schema import AttributeType, Case, Normal, Schema, Syntax
from keepstep.core.spec import Name, Spec
from keepstep.core.suggest import did_you_mean
from keepstep.core.values import PROTECTED
from keepstep.core.webhook import WebhookSpec, loose_ends

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class AttributeSpec(Spec):
    """One attribute: what it may hold, where it is read, where it is written in each shape, and how it changes.

    *identifier*: the type under which the application looks a person up by it. *change*: `set` replaces the value,
    `contacts` and `labels` name the two kinds that an update can only append to.
    """

    multi: bool = False
    case: Case = Case.EXACT
    syntax: Syntax = Syntax.TEXT
    normal: Normal = Normal.AS_IS
    writable: bool = True
    unique: bool = False
    max_length: int | None = None
    max_values: int | None = None
    forbidden: str = ""
    choices: tuple[str, ...] = ()
    path: PathText = ""
    write: dict[str, PathText] = {}
    identifier: str = ""
    change: Literal["set", "contacts", "labels"] = "set"
    of: Annotated[str, Field(description="the joined endpoint that gives it; empty: the list itself")] = ""


class OpenSpec(Spec):
    """A family of attributes that an operator may name freely, as `customAttributes.Department`."""

    prefix: Annotated[str, Field(pattern=r"\.$")]
    path: PathText


class OperationSpec(Spec):
    """One kind of write in batches: *item* is the shape of one, with `{key}` and `{attributes}` in their places.

    *shape* chooses where attributes stand (`AttributeSpec.write`); *expect* are the item states that are a success of
    this very operation, when the call could also have done something else.
    """

    endpoint: Name
    items: str
    item: JsonValue
    shape: str = ""
    size: Annotated[int, Field(gt=0)] = 1000
    max_bytes: Annotated[int, Field(gt=0)] = 1_000_000
    results: BatchResults
    expect: list[str] = []


class MatchSpec(Spec):
    """The call that turns identifiers into keys, and where its answer holds them."""

    endpoint: Name
    size: Annotated[int, Field(gt=0)] = 1000
    results: str
    type: str
    identifier: str
    key: str


class ContactsSpec(Spec):
    """The call that sets the complete contacts of one person; *body*: the member of a person that is its body."""

    endpoint: Name
    body: str
    shape: str = ""


class LabelsSpec(Spec):
    """How labels (tags) are known, made, and taken off people."""

    names: Name
    create: Name
    remove: Name
    item: JsonValue
    size: Annotated[int, Field(gt=0)] = 1000
    results: BatchResults


class DefinitionsSpec(Spec):
    """How the definitions of an open family are listed and made; *types*: data type there to syntax here."""

    names: Name
    create: Name
    type: str
    types: dict[str, Syntax]


class ReplaceSpec(Spec):
    """The call that replaces a whole person, and the members of a person as read that are sent back."""

    endpoint: Name
    keep: list[str]


class JoinSpec(Spec):
    """Another endpoint whose records belong to those of the list.

    *key*: where its records hold the primary key; it is read once, whole. *each*: it is called once for every record of
    the list instead, with the record's attributes in its places, and its answer belongs to that record.
    """

    endpoint: Name
    key: PathText = ""
    each: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.key) is self.each:
            raise ValueError("say either key (where the primary key stands) or each: true (a call for every record)")
        return self


def _path_alone(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class ObjectSpec(Spec):
    """One kind of object. *clearing*: whether null in an update clears an attribute, or only a whole replacement.

    *join*: further endpoints whose records are put together with those of *list* by the primary key. An attribute that
    is only a text is its path. *whole*: the list shows every object of the account that could hold a unique value.
    """

    key: Annotated[PathText, Field(min_length=1, description="where a record holds the primary key")]
    list: Name
    get: str = ""
    join: Annotated[tuple[JoinSpec, ...], Field(max_length=20)] = ()
    display: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
    whole: bool = False
    attributes: dict[str, Annotated[AttributeSpec, BeforeValidator(_path_alone)]]
    open: OpenSpec | None = None
    match: MatchSpec | None = None
    create: OperationSpec | None = None
    update: OperationSpec | None = None
    delete: OperationSpec | None = None
    contacts: ContactsSpec | None = None
    labels: LabelsSpec | None = None
    definitions: DefinitionsSpec | None = None
    replace: ReplaceSpec | None = None
    clearing: Literal["null", "replace"] = "null"

    @model_validator(mode="after")
    def _paths_are_understood(self) -> Self:
        for name, spec in self.attributes.items():
            if not spec.path:
                try:
                    parse_path(name)
                except ValueError as exc:
                    raise ValueError(f'attribute "{name}" needs a path: its name is none') from exc
        return self

    def path(self, attribute: str, shape: str = "") -> FieldPath:
        """Return where *attribute* stands when read (no *shape*), or when written in *shape*; KeyError if unknown."""
        spec = self.attributes.get(attribute)
        if spec is not None:
            return parse_path(spec.write.get(shape) or spec.path or attribute)
        if self.open is not None and attribute.startswith(self.open.prefix):
            return (*parse_path(self.open.path), Step(attribute.removeprefix(self.open.prefix)))
        raise KeyError(attribute)

    def schema_of(self, objects: str) -> Schema:
        """Return the schema of these objects."""
        described = {"path", "write", "identifier", "change", "of"}
        return Schema(
            objects=objects,
            attributes={
                PROTECTED: AttributeType(name=PROTECTED, writable=False),
                **({MISSING_FROM: AttributeType(name=MISSING_FROM, writable=False, multi=True)} if self.join else {}),
                **{
                    name: AttributeType(name=name, **spec.model_dump(exclude=described))
                    for name, spec in self.attributes.items()
                },
            },
            whole=self.whole,
            open_prefixes=(self.open.prefix,) if self.open else (),
            display=self.display,
            identifying=self.identifying,
        )


class ProbeSpec(Spec):
    """One harmless call of `connection check`: the right it shows, and the answers that prove it is there."""

    endpoint: Name
    subject: str
    right: str
    writes: bool = False
    good: list[int]


class ApplicationSpec(Spec):
    """One application: what can be called, what is kept there, what its errors mean."""

    version: Literal[1]
    title: str
    notes: list[str] = []
    limits: dict[str, Rate] = {}
    endpoints: dict[Name, EndpointSpec]
    webhooks: dict[Name, WebhookSpec] = {}
    objects: dict[Name, ObjectSpec]
    problems: ProblemTable
    probes: list[ProbeSpec] = []

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        if found := next(self.loose_ends(), None):
            raise ValueError(found[1])
        return self

    def loose_ends(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the place and the words of every name that leads nowhere."""
        for path, name in self._references():
            if name not in self.endpoints:
                near = did_you_mean(name, self.endpoints)
                where = ".".join(map(str, path))
                yield path, f'{where} names endpoint "{name}", which is not among the endpoints{near}'
        for (name, word), other, wrong in loose_ends(self.webhooks):
            near = did_you_mean(other, self.webhooks) if wrong.startswith("is not") else ""
            yield ("webhooks", name, word), f'webhooks.{name}.{word}: "{other}" {wrong}{near}'
        for kind, calls in (("endpoint", self.endpoints), ("webhook", self.webhooks)):
            for name, call in calls.items():
                if call.limit and call.limit not in self.limits:
                    path = (f"{kind}s", name, "limit")
                    yield path, f'{kind} "{name}" names limit "{call.limit}", which is not among the limits'
        for objects, spec in self.objects.items():
            joined = {join.endpoint for join in spec.join}
            for name, attribute in spec.attributes.items():
                if attribute.of and attribute.of not in joined:
                    near = did_you_mean(attribute.of, joined)
                    told = f'attribute "{name}" of {objects} is of "{attribute.of}", which is not joined{near}'
                    yield ("objects", objects, "attributes", name, "of"), told

    @property
    def rates(self) -> dict[str, Rate]:
        """Every rate limit, by what calls name it: the shared ones, and those of one call, by its name."""
        own = ((name, call.rate) for calls in (self.endpoints, self.webhooks) for name, call in calls.items())
        return self.limits | {name: rate for name, rate in own if rate is not None}

    def uses(self, endpoint: str) -> list[str]:
        """Return the places that name *endpoint*."""
        return [".".join(map(str, path)) for path, name in self._references() if name == endpoint]

    def _references(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for position, probe in enumerate(self.probes):
            yield ("probes", position, "endpoint"), probe.endpoint
        for objects, spec in self.objects.items():
            here = ("objects", objects)
            yield (*here, "list"), spec.list
            if spec.get or spec.update or spec.delete:
                yield (*here, "get"), spec.get
            for position, join in enumerate(spec.join):
                yield (*here, "join", position, "endpoint"), join.endpoint
            parts = {
                name: getattr(spec, name) for name in ("match", "create", "update", "delete", "contacts", "replace")
            }
            for name, part in parts.items():
                if part is not None:
                    yield (*here, name, "endpoint"), part.endpoint
            if spec.labels:
                for word in ("names", "create", "remove"):
                    yield (*here, "labels", word), getattr(spec.labels, word)
            if spec.definitions:
                for word in ("names", "create"):
                    yield (*here, "definitions", word), getattr(spec.definitions, word)

    def given_to(self, endpoint: str) -> frozenset[str]:
        """Return the attributes whose values *endpoint* is given: those of the records that it is called for."""
        callers = self._calling(endpoint).values()
        return frozenset(name for spec in callers for name, one in spec.attributes.items() if one.of != endpoint)

    def _calling(self, endpoint: str) -> dict[str, ObjectSpec]:
        """Return the objects that call *endpoint* once for every record."""
        return {
            name: spec
            for name, spec in self.objects.items()
            if any(join.each and join.endpoint == endpoint for join in spec.join)
        }

    def schema_given_to(self, endpoint: str, objects: Collection[str] | None = None) -> Schema | None:
        """Return the attributes that are `given_to` *endpoint*, with their types; None if there are none.

        *objects*: those for whose records it is to be called, whatever they join now.
        """
        callers = (
            self._calling(endpoint) if objects is None else {n: s for n, s in self.objects.items() if n in objects}
        )
        given = {name for spec in callers.values() for name, one in spec.attributes.items() if one.of != endpoint}
        kinds = {
            name: kind
            for called, spec in callers.items()
            for name, kind in spec.schema_of(called).attributes.items()
            if name in given
        }
        return Schema(objects=endpoint, attributes=kinds) if kinds else None

    def with_own(
        self,
        *,
        endpoints: Mapping[str, EndpointSpec] = _NONE,
        objects: Mapping[str, ObjectSpec] = _NONE,
        webhooks: Mapping[str, WebhookSpec] = _NONE,
    ) -> "ApplicationSpec":
        """Return this application with further endpoints, objects and webhooks; one of the same name replaces it.

        What is put together may have loose ends.
        """
        own = {
            "endpoints": {**self.endpoints, **endpoints},
            "objects": {**self.objects, **objects},
            "webhooks": {**self.webhooks, **webhooks},
        }
        return self.model_copy(update=own)
