"""The configuration: its text, whether a text would do, its versions; and the secrets that it names."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field, SecretStr, model_validator

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.problem import FieldError, field_errors
from keepstep.api.routes.session import Asked
from keepstep.connectors.rest.preset import application_of
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.errors import Changed, ConfigurationError
from keepstep.store.config_file import parse
from keepstep.store.secret_references import references_of
from keepstep.store.vault import KeptSecret, owner
from keepstep.usecases.configure import check_live, understand
from keepstep.usecases.edit_configuration import MOST_CHANGES, Edit
from keepstep.usecases.keep_secret import forget_secret, keep_secret
from keepstep.usecases.put_in_force import Change, put_in_force

router = APIRouter(tags=["configuration"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION))]
Writer = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]
Keeper = Annotated[Asker, Depends(Needs(Right.SET_SECRETS))]


class Text(Asked):
    """The whole text of keepstep.yaml."""

    text: Annotated[str, Field(max_length=2_000_000)]


class CheckedText(Text):
    """A text that is looked at. *live*: the systems that it names are asked too, with their secrets."""

    live: bool = False


class InForce(BaseModel):
    """The configuration in force, as it is written; it never holds a secret. *etag*: what it is known by."""

    text: str
    etag: str


class ConfigurationDocument(BaseModel):
    """The configuration in force as plain data, as it is written. *etag*: what its text is known by."""

    value: dict[str, Any]
    etag: str


class PartChange(Asked):
    """One part as it is to be: *value* at *path*, the keys that lead there; or *remove*: nothing stands there."""

    path: Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=32)]
    value: Any = None
    remove: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.remove == ("value" in self.model_fields_set):
            raise ValueError("give either a value or remove")
        return self

    @property
    def edit(self) -> Edit:
        """It as the desk takes it."""
        return Edit(path=tuple(self.path), value=self.value, remove=self.remove)


class PartChanges(Asked):
    """Changes of parts, one after the other: all of them or none."""

    changes: Annotated[list[PartChange], Field(min_length=1, max_length=MOST_CHANGES)]


class ChangesChecked(BaseModel):
    """Whether the configuration would be right with some changes, and each field that would not."""

    good: bool
    errors: list[FieldError] = []


class Checked(BaseModel):
    """Whether a text would do. *mistakes*: each with its line; *errors*: the same by field.

    *open*: what could not be asked; *unset*: secrets.
    """

    good: bool
    mistakes: list[str] = []
    errors: list[FieldError] = []
    open: list[str] = []
    unset: list[str] = []


class PutInForce(BaseModel):
    """The number of the version that is in force now."""

    version: int
    etag: str


class Version(BaseModel):
    """A version that was in force, without its text."""

    number: int
    digest: str
    at: datetime
    operator: str


class VersionText(Version):
    """A version that was in force."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretListed(KeptSecret):
    """A secret; what it holds is never shown. *connection*: whose authorization it is, if it is one."""

    connection: str = ""


class SecretText(Asked):
    """What a secret holds."""

    secret: Annotated[SecretStr, Field(max_length=100_000)]


@router.get("/configuration")
def show_configuration(asker: Reader, response: Response) -> InForce:
    """Show the configuration in force."""
    text = asker.here.kept.text()
    response.headers["ETag"] = f'"{_etag(text)}"'
    return InForce(text=text, etag=_etag(text))


@router.put("/configuration", responses={412: {"description": "It was changed meanwhile"}})
def put_configuration(
    asker: Writer, asked: Text, if_match: Annotated[str, Header(description="The ETag of what you changed.")]
) -> PutInForce:
    """Put a configuration in force, in place of exactly the one that you changed."""
    kept = asker.here.kept
    before = _unchanged(asker, if_match)
    asker.here.understand(asked.text)
    version = put_in_force(kept, asker.here.audit, Change(before=before, text=asked.text), by=asker.authority)
    return PutInForce(version=version, etag=_etag(asked.text))


@router.get("/configuration/document")
def show_document(asker: Reader, response: Response) -> ConfigurationDocument:
    """Show the configuration in force as JSON, part by part as it is written."""
    text = asker.here.kept.text()
    response.headers["ETag"] = f'"{_etag(text)}"'
    return ConfigurationDocument.model_validate({"value": asker.here.kept.read(text).data, "etag": _etag(text)})


@router.patch("/configuration", responses={412: {"description": "It was changed meanwhile"}})
def change_configuration(
    asker: Writer, asked: PartChanges, if_match: Annotated[str, Header(description="The ETag of what you changed.")]
) -> PutInForce:
    """Change parts of the configuration, all of them or none; comments and order of the rest stay.

    Mistakes name the field, keys joined by dots.
    """
    desk = asker.here.configuration_desk
    edited = desk.edited(_unchanged(asker, if_match), [one.edit for one in asked.changes])
    return PutInForce(version=desk.save(edited), etag=_etag(edited.text))


@router.post("/configuration/check-changes")
def check_changes(asker: Writer, asked: PartChanges) -> ChangesChecked:
    """Say whether the configuration would be right with some changes; nothing is kept."""
    here = asker.here
    try:
        here.configuration_desk.edited(here.kept.text(), [one.edit for one in asked.changes])
    except ConfigurationError as error:
        return ChangesChecked(good=False, errors=field_errors(error))
    return ChangesChecked(good=True)


@router.post("/configuration/check")
@aside
async def check_configuration(asker: Reader, asked: CheckedText) -> Checked:
    """Say whether a text would do; nothing is kept. With `live` it needs the right to change the configuration."""
    here = asker.here
    if asked.live:  # it calls what the text names, with the secrets that it names
        asker.authority.require(Right.CHANGE_CONFIGURATION)
    try:
        document = parse(asked.text, name=here.settings.config_file.name)
        configuration = understand(document, application_of)
    except ConfigurationError as error:
        return Checked(good=False, mistakes=error.message.split("\n"), errors=field_errors(error))
    if not asked.live:
        return Checked(good=True)
    missing = (here.secrets.missing(one) for _, one in sorted(references_of(configuration).items()))
    unset = [f"{error.message}; {error.hint}" for error in missing if error]
    async with systems_of(here, configuration) as ports:
        found = await check_live(ports, configuration, document)
    return Checked(good=not found.wrong, mistakes=list(found.wrong), open=list(found.open), unset=unset)


@router.get("/configuration/versions")
def list_versions(asker: Reader) -> list[Version]:
    """List the versions that were in force, the newest first."""
    found = asker.here.configs.versions(limit=200)
    return [Version(number=one.number, digest=one.digest, at=one.at, operator=one.operator) for one in found]


@router.get("/configuration/versions/{digest}")
def show_version(asker: Reader, digest: str) -> VersionText:
    """Show one version."""
    one = asker.here.configs.version(digest)
    return VersionText(number=one.number, digest=one.digest, at=one.at, operator=one.operator, text=one.text)


@router.get("/secrets")
def list_secrets(asker: Keeper) -> list[SecretListed]:
    """List the secrets by name, and which cannot be opened."""
    return [SecretListed(**asdict(one), connection=owner(one.name)) for one in asker.here.vault.listed()]


@router.get("/lost-first-passwords")
def count_lost_first_passwords(asker: Keeper) -> int:
    """Count the first passwords of new accounts that no key at hand opens."""
    return asker.here.first_passwords.lost()


@router.put("/secrets/{name}", status_code=204)
def set_secret(asker: Keeper, name: str, asked: SecretText) -> None:
    """Keep a secret; nobody can read it back."""
    secret = Secret(asked.secret.get_secret_value())
    asker.here.noticed(secret)
    keep_secret(asker.here.vault, asker.here.audit, name, secret, by=asker.authority)


@router.delete("/secrets/{name}", status_code=204)
def remove_secret(asker: Keeper, name: str) -> None:
    """Forget a secret."""
    forget_secret(asker.here.vault, asker.here.audit, name, by=asker.authority)


def _unchanged(asker: Asker, if_match: str) -> str:
    """Return the text in force; Changed if it is not the one that *if_match* names."""
    text = asker.here.kept.text()
    if if_match.strip().strip('"') != _etag(text):
        raise Changed(
            "the configuration was changed by somebody else meanwhile; nothing was changed",
            hint="read it again, and put your change into it",
        )
    return text


def _etag(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
