"""One change of a user or a group in a directory, as a block of a template makes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import Field, model_validator

from keepstep.core.distinguished_name import parse_dn
from keepstep.core.plan import ActionKind
from keepstep.core.spec import Spec
from keepstep.core.unmappable import why_not_mapped
from keepstep.core.values import Record, Values
from keepstep.errors import InvalidName, MacroError

Render = Callable[[str, str], Values]
"""Works a text out: the text and its place give its values."""

NEVER: Final = "never"
"""An expiry that is none."""

READ: Final = ("memberOf", "enabled", "distinguishedName")
"""What has to be known of an object before it is changed."""


class Verb(StrEnum):
    """What is done."""

    CREATE = "create"
    SET = "set"
    ENABLE = "enable"
    DISABLE = "disable"
    UNLOCK = "unlock"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of an action
    MOVE = "move"
    RENAME = "rename"
    JOIN = "add_to_groups"
    LEAVE = "remove_from_groups"
    EXPIRE = "expire"
    MANAGER = "set_manager"
    DELETE = "delete"
    RESTORE = "restore"


class Nothing(Spec):
    """An action that needs to know nothing more."""


class SetValue(Spec):
    """The new value of an attribute, and what to do where its macro gives nothing."""

    value: Annotated[str, Field(alias="from")]
    when_empty: Literal["keep", "clear"] = "keep"


class Creation(Spec):
    """A new object: its kind, and its attributes by macro; `container` says where it goes."""

    objects: Literal["users", "groups"] = "users"
    attributes: Annotated[dict[str, str], Field(min_length=1)]


class PasswordReset(Spec):
    """A new password by the policy of new accounts, sealed for whoever opens it. *must_change*: at the next sign-in."""

    must_change: bool = True


class Move(Spec):
    """The container that the object goes to."""

    to: Annotated[str, Field(min_length=1)]


class Rename(Spec):
    """The new name in the container."""

    cn: Annotated[str, Field(min_length=1)]


class Leaving(Spec):
    """Which groups are left: those listed, or all but these. The primary group is never left."""

    groups: list[str] = []
    all_but: list[str] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.groups) is (self.all_but is not None):
            raise ValueError("say groups, or all_but")
        return self


class Manager(Spec):
    """Who the manager is: by name (DN), or found by the value of an attribute. Nothing clears it."""

    dn: str = ""
    by: str = ""
    value: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.by) is not bool(self.value) or (self.dn and self.by):
            raise ValueError("say dn, or by with value")
        return self


class DirectoryAction(Spec):
    """One change, written as its name (`disable`) or as its name with what it needs (`{move: {to: "OU=…"}}`)."""

    create: Creation | None = None
    set: Annotated[dict[str, str | SetValue | None], Field(min_length=1)] | None = None
    enable: Nothing | None = None
    disable: Nothing | None = None
    unlock: Nothing | None = None
    reset_password: PasswordReset | None = None
    move: Move | None = None
    rename: Rename | None = None
    add_to_groups: Annotated[list[str], Field(min_length=1)] | None = None
    remove_from_groups: Leaving | None = None
    expire: str | None = None
    set_manager: Manager | None = None
    delete: Nothing | None = None
    restore: Nothing | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        if isinstance(given, str):
            return {given: {}}
        if isinstance(given, dict):
            fields = cast("dict[str, Any]", given)
            leaving: object = fields.get(Verb.LEAVE)
            if isinstance(leaving, list):
                return fields | {str(Verb.LEAVE): {"groups": cast("list[object]", leaving)}}
            return fields
        return given

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            known = ", ".join(Verb)
            raise ValueError(f"an action is one of {known}")
        return self

    @property
    def verb(self) -> Verb:
        """What is done."""
        (name,) = self.model_fields_set
        return Verb(name)

    def texts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every text with macros, with its place below the action."""
        yield from _texts((self.verb,), getattr(self, self.verb).model_dump() if self._specified else self._plain)

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the place and the words of what is wrong and can be seen without a directory."""
        attributes = {**(self.set or {}), **(self.create.attributes if self.create else {})}
        where = ("set",) if self.set else ("create", "attributes")
        for name in attributes:
            if why := why_not_mapped(name):
                yield (*where, name), f'attribute "{name}" cannot be set: {why}'
        for place, text in self.texts():
            if place[0] in {Verb.MOVE, Verb.JOIN, Verb.LEAVE} and "{{" not in text:
                try:
                    parse_dn(text)
                except InvalidName as exc:
                    yield place, exc.message

    @property
    def _specified(self) -> bool:
        return isinstance(getattr(self, self.verb), Spec)

    @property
    def _plain(self) -> object:
        held: object = getattr(self, self.verb)
        if isinstance(held, dict):
            rows = cast("dict[str, str | SetValue | None]", held)
            return {name: row.value if isinstance(row, SetValue) else row for name, row in rows.items()}
        return held


def _texts(path: tuple[str | int, ...], tree: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in cast("dict[str, object]", tree).items():
            yield from _texts((*path, key), value)
    elif isinstance(tree, list):
        for position, value in enumerate(cast("list[object]", tree)):
            yield from _texts((*path, position), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an action comes to for one object: attributes to write, in words too. Nothing to write: it is so already."""

    kind: ActionKind
    attributes: Mapping[str, Values]
    words: str


def change_of(action: DirectoryAction, render: Render, record: Record | None) -> Change:
    """Return the change that *action* makes of the object as it is (*record*); MacroError if it cannot be worked out.

    Reset password, restore and a manager who has to be found are none.
    """
    verb = action.verb
    match verb:
        case Verb.CREATE if action.create is not None:
            made = {name: render(text, f"create.{name}") for name, text in action.create.attributes.items()}
            return _change(ActionKind.CREATE, {name: values for name, values in made.items() if values}, "create")
        case Verb.SET if action.set is not None:
            return _set(action.set, render)
        case Verb.ENABLE | Verb.DISABLE:
            return _change(ActionKind(verb), {}, verb)
        case Verb.UNLOCK:
            return _change(ActionKind.UPDATE, {"lockedOut": ("false",)}, "unlock")
        case Verb.MOVE if action.move is not None:
            (to,) = _needed(render(action.move.to, "move.to"), "move.to")
            return _change(ActionKind.UPDATE, {"container": (to,)}, "move")
        case Verb.RENAME if action.rename is not None:
            (cn,) = _needed(render(action.rename.cn, "rename.cn"), "rename.cn")
            return _change(ActionKind.UPDATE, {"cn": (cn,)}, "rename")
        case Verb.JOIN | Verb.LEAVE:
            return _memberships(action, render, record)
        case Verb.EXPIRE if action.expire is not None:
            # a date that is missing must not make an account that lasts for ever: only the word does
            when = _needed(render(action.expire, "expire"), "expire")
            return _change(ActionKind.UPDATE, {"accountExpires": () if when == (NEVER,) else when}, "expire")
        case Verb.MANAGER if action.set_manager is not None:
            dn, place = action.set_manager.dn, "set_manager.dn"
            manager = _needed(render(dn, place), place) if dn else ()
            return _change(ActionKind.UPDATE, {"manager": manager}, "set manager")
        case _:
            return _change(ActionKind.DELETE, {}, "delete")


def _change(kind: ActionKind, attributes: Mapping[str, Values], words: str) -> Change:
    return Change(kind=kind, attributes=attributes, words=words.replace("_", " "))


def _set(rows: Mapping[str, str | SetValue | None], render: Render) -> Change:
    wanted: dict[str, Values] = {}
    for name, row in rows.items():
        if row is None:
            wanted[name] = ()
            continue
        spec = row if isinstance(row, SetValue) else SetValue.model_validate({"from": row})
        values = render(spec.value, f"set.{name}")
        if values or spec.when_empty == "clear":
            wanted[name] = values
    return _change(ActionKind.UPDATE, wanted, f"set {', '.join(rows)}")


def _memberships(action: DirectoryAction, render: Render, record: Record | None) -> Change:
    held = record.attributes.get("memberOf", ()) if record else ()
    if action.add_to_groups is not None:
        more = _named(action.add_to_groups, render, "add_to_groups")
        wanted = [*held, *(name for name in more if not _among(name, held))]
        return _change(ActionKind.UPDATE, {"memberOf": tuple(wanted)} if len(wanted) > len(held) else {}, "join groups")
    leaving = action.remove_from_groups or Leaving(all_but=[])
    if leaving.all_but is not None:
        kept = _named(leaving.all_but, render, "remove_from_groups.all_but")
        left = tuple(name for name in held if _among(name, kept))
    else:
        gone = _named(leaving.groups, render, "remove_from_groups")
        left = tuple(name for name in held if not _among(name, gone))
    return _change(ActionKind.UPDATE, {"memberOf": left} if len(left) < len(held) else {}, "leave groups")


def _named(texts: Sequence[str], render: Render, place: str) -> list[str]:
    names = [name for text in texts for name in render(text, place)]
    for name in names:
        try:
            parse_dn(name)
        except InvalidName as exc:
            raise MacroError(f"{place}: {exc.message}") from None
    return names


def _among(name: str, names: Sequence[str]) -> bool:
    wanted = parse_dn(name)
    return any(parse_dn(other) == wanted for other in names)


def _needed(values: Values, place: str) -> tuple[str]:
    if len(values) != 1 or not values[0]:
        raise MacroError(f"{place}: {len(values)} values, where one is needed")
    return (values[0],)
