"""What Keepstep knows of one REST application, as data: endpoints, objects, and what its errors mean.

Endpoints say what can be called, objects say what is kept there and by which operations it is changed.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from keepstep.core.endpoint import EndpointSpec
from keepstep.core.field_path import FieldPath, Step, parse_path
from keepstep.core.response import BatchResults, ProblemTable
from keepstep.core.schema import AttributeType, Case, Normal, Schema, Syntax
from keepstep.core.spec import Name, Spec
from keepstep.core.values import PROTECTED


class LimitSpec(Spec):
    """A published rate limit: *calls* in any *seconds*."""

    calls: Annotated[int, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)] = 1.0


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
    path: str = ""
    write: dict[str, str] = {}
    identifier: str = ""
    change: Literal["set", "contacts", "labels"] = "set"


class OpenSpec(Spec):
    """A family of attributes that an operator may name freely, as `customAttributes.Department`."""

    prefix: Annotated[str, Field(pattern=r"\.$")]
    path: str


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


class ObjectSpec(Spec):
    """One kind of object. *clearing*: whether null in an update clears an attribute, or only a whole replacement.

    *whole*: the list shows every object of the account that could hold a unique value.
    """

    key: Name
    list: Name
    get: Name
    display: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
    whole: bool = False
    attributes: dict[str, AttributeSpec]
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
        described = {"path", "write", "identifier", "change"}
        return Schema(
            objects=objects,
            attributes={
                PROTECTED: AttributeType(name=PROTECTED, writable=False),
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
    limits: dict[str, LimitSpec] = {}
    endpoints: dict[Name, EndpointSpec]
    objects: dict[Name, ObjectSpec]
    problems: ProblemTable
    probes: list[ProbeSpec] = []

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        for where, name in self._references():
            if name not in self.endpoints:
                raise ValueError(f'{where} names endpoint "{name}", which is not among the endpoints')
        for name, endpoint in self.endpoints.items():
            if endpoint.limit and endpoint.limit not in self.limits:
                raise ValueError(f'endpoint "{name}" names limit "{endpoint.limit}", which is not among the limits')
        return self

    def _references(self) -> list[tuple[str, str]]:
        found = [(f"probe {probe.subject}", probe.endpoint) for probe in self.probes]
        for objects, spec in self.objects.items():
            parts = [spec.match, spec.create, spec.update, spec.delete, spec.contacts, spec.replace]
            found += [(objects, spec.list), (objects, spec.get)]
            found += [(objects, part.endpoint) for part in parts if part is not None]
            if spec.labels:
                found += [(objects, name) for name in (spec.labels.names, spec.labels.create, spec.labels.remove)]
            if spec.definitions:
                found += [(objects, name) for name in (spec.definitions.names, spec.definitions.create)]
        return found
