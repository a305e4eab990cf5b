"""Sign in, prove it again, sign out; the password and the second factor of whoever asks."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from keepstep.api.asker import Anybody, Asker, Self, address_of
from keepstep.api.qr_code import QrCode, qr_code
from keepstep.api.server import Server
from keepstep.core.one_time_code import seed_bytes, seed_link, seed_text
from keepstep.core.operator import LONGEST_PASSWORD, Operator, rights_in_words
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.errors import NotSignedIn, UsageError
from keepstep.usecases.manage_operators import choose_password
from keepstep.usecases.sign_in import Proof, change_password, prove_again, sign_in, sign_out

router = APIRouter(tags=["session"])

PasswordText = Annotated[SecretStr, Field(max_length=LONGEST_PASSWORD)]


class Asked(BaseModel):
    """What is sent: no key beside those that are known, and nothing of it is ever shown in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SignIn(Asked):
    """A name and what proves it. *code*: of the second factor, or a recovery code."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: PasswordText
    code: Annotated[str, Field(max_length=64)] = ""


class ProofAgain(Asked):
    """What proves again who somebody is."""

    password: PasswordText
    code: Annotated[str, Field(max_length=64)] = ""


class NewPassword(ProofAgain):
    """A new password in place of the one that is given."""

    new: PasswordText


class LinkUsed(Asked):
    """The token of a one-time link, and the password that is chosen by it. *name*: of the first operator."""

    token: Annotated[SecretStr, Field(max_length=200)]
    password: PasswordText
    name: Annotated[str, Field(max_length=64)] = ""


class SecondFactor(Asked):
    """A seed, and a code that proves that an app has it."""

    seed: Annotated[SecretStr, Field(max_length=64)]
    code: Annotated[str, Field(max_length=16)]


class HeldRight(BaseModel):
    """One right, by which role, and how far it reaches."""

    right: Right
    role: str
    reach: str


class Me(BaseModel):
    """Who is signed in, and what they may do. *fresh*: they proved who they are a moment ago."""

    operator: Operator
    session: str | None
    token: str | None
    fresh: bool
    ends: datetime | None
    rights: list[HeldRight]


class Welcome(BaseModel):
    """Whose password was chosen."""

    name: str


class Seed(BaseModel):
    """A seed for an app: as text, as a link, and as the QR code of it; it is kept only once a code proves it."""

    seed: str
    link: str
    qr: QrCode


class RecoveryCodes(BaseModel):
    """Codes that are good once each, where the app is lost; they are not shown again."""

    codes: list[str]


@router.post("/session", status_code=201)
def begin_session(server: Anybody, asked: SignIn, request: Request, response: Response) -> Welcome:
    """Sign in: sets the cookie of a new session."""
    proof = Proof(
        name=asked.name,
        password=Secret(asked.password.get_secret_value()),
        code=asked.code,
        origin=address_of(request),
        agent=request.headers.get("user-agent", ""),
    )
    session, token = sign_in(server.sign_in_desk(), proof)
    _set_cookie(server, response, token)
    return Welcome(name=session.operator)


@router.get("/session")
def show_session(asker: Self) -> Me:
    """Say who is signed in, and what they may do."""
    rights = [HeldRight(right=right, role=role, reach=reach) for right, role, reach in rights_in_words(asker.authority)]
    spec, _ = asker.server.access()
    return Me(
        operator=asker.operator,
        session=asker.session and asker.session.id,
        token=asker.token and asker.token.id,
        fresh=asker.authority.fresh,
        ends=asker.session.ends(spec.idle_for, spec.lasts) if asker.session else asker.token and asker.token.expires,
        rights=rights,
    )


@router.delete("/session", status_code=204)
def end_session(asker: Self, response: Response, *, everywhere: bool = False) -> None:
    """Sign out, here or everywhere."""
    if asker.session is not None:
        sign_out(asker.server.sign_in_desk(), asker.session, everywhere=everywhere)
    response.delete_cookie(asker.server.cookie, secure=asker.server.secure, httponly=True, samesite="strict")


@router.post("/session/proof", status_code=204)
def prove(asker: Self, asked: ProofAgain, request: Request, response: Response) -> None:
    """Prove again who you are, for what an open browser is not enough for; the cookie is renewed."""
    if asker.session is None:
        raise UsageError("a token needs no proof")
    token = prove_again(asker.server.sign_in_desk(), asker.session, _proof(asker, asked, request))
    _set_cookie(asker.server, response, token)


@router.put("/session/password", status_code=204)
def set_password(asker: Self, asked: NewPassword, request: Request) -> None:
    """Change your password; every session of yours ends."""
    new = Secret(asked.new.get_secret_value())
    change_password(asker.server.sign_in_desk(), _proof(asker, asked, request), new)


@router.post("/session/second-factor/seed")
def new_seed(asker: Self) -> Seed:
    """Make a seed for a second factor; nothing is kept of it yet."""
    seed = asker.here.identity.desk.new_seed()
    link = seed_link(seed, asker.operator.name)
    return Seed(seed=seed_text(seed), link=link, qr=qr_code(link))


@router.put("/session/second-factor")
def set_second_factor(asker: Self, asked: SecondFactor) -> RecoveryCodes:
    """Keep a second factor, once a code proves it."""
    if asker.session is None:
        raise NotSignedIn("a token has no second factor", hint="sign in")
    try:
        seed = seed_bytes(asked.seed.get_secret_value())
    except ValueError:
        raise UsageError("this is no seed", hint="ask for one: POST /session/second-factor/seed") from None
    return RecoveryCodes(codes=asker.here.identity.desk.set_second_factor(seed, asked.code))


@router.post("/welcome", status_code=201)
def use_link(server: Anybody, asked: LinkUsed) -> Welcome:
    """Choose a password by a one-time link; the first operator chooses a name too."""
    desk = server.installation.identity.desk
    token, password = Secret(asked.token.get_secret_value()), Secret(asked.password.get_secret_value())
    return Welcome(name=choose_password(desk, token, password, name=asked.name))


def _proof(asker: Asker, asked: ProofAgain, request: Request) -> Proof:
    return Proof(
        name=asker.operator.name,
        password=Secret(asked.password.get_secret_value()),
        code=asked.code,
        origin=address_of(request),
    )


def _set_cookie(server: Server, response: Response, token: Secret) -> None:
    response.set_cookie(server.cookie, token.reveal(), path="/", secure=server.secure, httponly=True, samesite="strict")
