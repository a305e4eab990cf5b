"""Operators, their roles, sessions and tokens."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, ValidationError

from keepstep.api.asker import Asker, Needs, Self
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.session import Asked, HeldRight
from keepstep.core.configuration import Document
from keepstep.core.operator import ApiToken, GivenRole, Operator, OperatorKind, Session, authority_of, rights_in_words
from keepstep.core.right import MEANINGS, Right
from keepstep.core.role import BUILT_IN, CHANGES, RoleSpec, roles_of
from keepstep.core.role_words import role_words
from keepstep.core.secret import Secret
from keepstep.core.spec_problem import problems_of
from keepstep.usecases.configure import refusal

router = APIRouter(tags=["operators"], route_class=ListRoute)

Manager = Annotated[Asker, Depends(Needs(Right.MANAGE_OPERATORS))]
Teller = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION))]


class RoleGiven(Asked):
    """A role that somebody gets; *until*: the last day of it."""

    role: Annotated[str, Field(max_length=64)]
    until: date | None = None


class NewOperator(Asked):
    """Somebody who may sign in, or a service."""

    name: Annotated[str, Field(max_length=64)]
    kind: OperatorKind = OperatorKind.PERSON
    display: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=320)] = ""
    roles: Annotated[list[RoleGiven], Field(max_length=100)] = []


class OperatorChange(Asked):
    """What is changed of an operator; what is left out stays."""

    roles: Annotated[list[RoleGiven], Field(max_length=100)] | None = None
    enabled: bool | None = None


class Link(BaseModel):
    """A one-time link; it is not shown again."""

    link: str


class NewToken(Asked):
    """A token for a program. *rights*: what it is limited to; none: to what its operator may."""

    operator: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    rights: list[Right] | None = None
    days: Annotated[int, Field(ge=1, le=730)] = 90


class MadeToken(BaseModel):
    """A token that was made; its text is not shown again."""

    held: ApiToken
    token: str


class Role(BaseModel):
    """A role. *built_in*: it is always there. *words*: what it lets one do, and how far that reaches."""

    name: str
    built_in: bool
    spec: RoleSpec
    words: list[str]


class RoleDraft(Asked):
    """A role that somebody thinks about, as it would stand in the configuration."""

    role: dict[str, Any]


class RoleInWords(BaseModel):
    """What a role lets one do, and how far that reaches, in words."""

    words: list[str]


class RoleChoices(BaseModel):
    """What a role can name. *attributes*: those that mappings write; a role can name others too."""

    connections: list[str]
    rules: list[str]
    templates: list[str]
    changes: list[str]
    attributes: list[str]


class MeaningOfRight(BaseModel):
    """A right, in words."""

    right: Right
    meaning: str


@router.get("/operators")
def list_operators(asker: Manager) -> list[Operator]:
    """List who may sign in."""
    return asker.here.identity.desk.all()


@router.post("/operators", status_code=201)
def add_operator(asker: Manager, asked: NewOperator) -> Operator:
    """Add an operator, who has no password yet: make a link for a person, a token for a service."""
    made = Operator(
        name=asked.name,
        kind=asked.kind,
        display=asked.display,
        email=asked.email,
        roles=_given(asked.roles),
        created=asker.here.clock.now(),
    )
    return asker.here.identity.desk.add(made)


@router.get("/operators/{name}")
def show_operator(asker: Self, name: str) -> Operator:
    """Show an operator; everybody may look at themselves."""
    return asker.here.identity.desk.get(name)


@router.patch("/operators/{name}")
def change_operator(asker: Manager, name: str, asked: OperatorChange) -> Operator:
    """Give roles, switch on or off."""
    roles = None if asked.roles is None else _given(asked.roles)
    return asker.here.identity.desk.change(name, roles=roles, enabled=asked.enabled)


@router.delete("/operators/{name}", status_code=204)
def remove_operator(asker: Manager, name: str) -> None:
    """Forget an operator, with sessions and tokens."""
    asker.here.identity.desk.remove(name)


@router.get("/operators/{name}/rights")
def rights_of_operator(asker: Self, name: str) -> list[HeldRight]:
    """Say what an operator may do, and by which role."""
    operator = asker.here.identity.desk.get(name)
    roles, now = asker.server.configuration().roles, asker.here.clock.now()
    held = authority_of(operator, roles, now, only=None, fresh=True)
    return [HeldRight(right=right, role=role, reach=reach) for right, role, reach in rights_in_words(held)]


@router.post("/operators/{name}/link", status_code=201)
def make_link(asker: Manager, name: str) -> Link:
    """Make a link by which an operator chooses a password."""
    return Link(link=_link(asker, asker.here.identity.desk.invite(name)))


@router.delete("/operators/{name}/second-factor", status_code=204)
def reset_second_factor(asker: Manager, name: str) -> None:
    """Take a lost second factor away, and end every session."""
    asker.here.identity.desk.reset(name)


@router.get("/operators/{name}/sessions")
def list_sessions(asker: Self, name: str) -> list[Session]:
    """List the sessions of an operator, the last used first."""
    return asker.here.identity.desk.sessions_of(name)


@router.delete("/operators/{name}/sessions", status_code=204)
def end_sessions(asker: Self, name: str, session: str = "") -> None:
    """End one session of an operator, or all."""
    asker.here.identity.desk.end_sessions(name, session)


@router.get("/roles")
def list_roles(asker: Self) -> list[Role]:
    """List the roles: those that are always there, and those of the configuration."""
    found = roles_of(asker.server.configuration().roles)
    return [
        Role(name=name, built_in=name in BUILT_IN, spec=spec, words=role_words(spec)) for name, spec in found.items()
    ]


@router.post("/role-words")
def tell_role(asker: Teller, asked: RoleDraft) -> RoleInWords:
    """Say in plain words what a role would let one do, and how far that would reach; nothing is kept."""
    del asker
    try:
        role = RoleSpec.model_validate(asked.role)
    except ValidationError as error:
        document = Document(name="the role", data=asked.role)
        raise refusal(document, list(problems_of(error, RoleSpec, asked.role))) from None
    return RoleInWords(words=role_words(role))


@router.get("/role-choices")
def role_choices(asker: Teller) -> RoleChoices:
    """List what a role can name: connections, rules, templates, kinds of change and attributes."""
    here = asker.server.configuration()
    return RoleChoices(
        connections=sorted(here.connections),
        rules=sorted(here.rules),
        templates=sorted(here.templates),
        changes=sorted(CHANGES),
        attributes=sorted({attribute for mapping in here.mappings.values() for attribute in mapping.rows}),
    )


@router.get("/rights")
def list_rights(asker: Self) -> list[MeaningOfRight]:
    """List the rights, in words."""
    del asker
    return [MeaningOfRight(right=right, meaning=meaning) for right, meaning in MEANINGS.items()]


@router.get("/tokens")
def list_tokens(asker: Self, operator: str = "") -> list[ApiToken]:
    """List the tokens of an operator, or of everybody."""
    return asker.here.identity.desk.tokens(operator)


@router.post("/tokens", status_code=201)
def make_token(asker: Self, asked: NewToken) -> MadeToken:
    """Make a token, for oneself or for another operator."""
    rights = None if asked.rights is None else frozenset(asked.rights)
    desk = asker.here.identity.desk
    held, token = desk.make_token(asked.name, asked.operator, rights=rights, lasts=timedelta(days=asked.days))
    return MadeToken(held=held, token=token.reveal())


@router.delete("/tokens/{token}")
def end_token(asker: Self, token: str) -> ApiToken:
    """End a token: it is refused from now on."""
    return asker.here.identity.desk.end_token(token)


def _given(roles: list[RoleGiven]) -> tuple[GivenRole, ...]:
    return tuple(GivenRole(role=one.role, until=one.until) for one in roles)


def _link(asker: Asker, token: Secret) -> str:
    # behind a `#`: no server and no proxy ever sees it
    return f"{asker.here.settings.url}/welcome#{token.reveal()}"
