"""Applications: the presets there are, and what a connection is made of, as an editor shows it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.connectors.ldif.upload import uploaded_ldif
from keepstep.connectors.rest.preset import load_preset, preset_names
from keepstep.connectors.table.upload import uploaded_table
from keepstep.core.connection import LdifConnection, RestConnection
from keepstep.core.right import Right
from keepstep.core.table import TableConnection
from keepstep.errors import InvalidTable, NotFound, UsageError
from keepstep.store.connection_files import ConnectionFiles
from keepstep.store.secret_references import references_of
from keepstep.usecases.edit_webhook import ShownWebhook
from keepstep.usecases.replace_file import NewFile, replace_file

router = APIRouter(tags=["connections"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION))]
Writer = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]


class PresetShown(BaseModel):
    """An application that is known, and what a connection to it has without saying so."""

    name: str
    title: str
    notes: list[str]
    endpoints: list[str]
    webhooks: list[str]
    objects: list[str]


class SecretOfConnection(BaseModel):
    """A secret that a connection refers to. *source*: where it is; *since*: when it was set, if it is kept here.

    *problem*, *hint*: why it cannot be had, and what to do; empty if it can.
    """

    name: str
    label: str
    source: str
    since: datetime | None
    problem: str
    hint: str


class ConnectionShown(BaseModel):
    """One connection. *written*: what keepstep.yaml says of it; *title*: of the application that its preset knows."""

    name: str
    kind: str
    enabled: bool
    title: str
    written: dict[str, Any]
    secrets: list[SecretOfConnection]


class EndpointShown(BaseModel):
    """One endpoint as it works. *own*: the connection says it itself; *in_preset*: the preset has one so called."""

    name: str
    spec: dict[str, Any]
    own: bool
    in_preset: bool
    used_by: list[str]


class FileReplaced(BaseModel):
    """What stands in the file now. *count*: entries of LDIF, rows of a table."""

    file: str
    bytes: int
    count: int


@router.get("/presets")
def list_presets(_: Reader) -> list[PresetShown]:
    """List the applications that are known, and what each brings along."""
    return [_preset(name) for name in preset_names()]


@router.get("/connections/{connection}")
def show_connection(asker: Reader, connection: str) -> ConnectionShown:
    """Show a connection as it is written, and how its secrets stand; no secret is ever shown."""
    here = asker.here
    spec = asker.server.configuration().connections.get(connection)
    if spec is None:
        raise NotFound(f'there is no connection "{connection}"', hint="GET /connections lists them")
    data: Any = here.kept.read(here.kept.text()).data
    return ConnectionShown(
        name=connection,
        kind=spec.kind,
        enabled=spec.enabled,
        title=load_preset(spec.preset).title if isinstance(spec, RestConnection) else "",
        written=data["connections"][connection],
        secrets=_secrets(asker, spec),
    )


@router.get("/connections/{connection}/endpoints/{endpoint}")
def show_endpoint(asker: Reader, connection: str, endpoint: str) -> EndpointShown:
    """Show an endpoint as it is written: that of the connection, else that of its preset."""
    found = asker.here.endpoints.shown(connection, endpoint)
    return EndpointShown.model_validate(asdict(found))


@router.get("/connections/{connection}/webhooks/{webhook}")
def show_webhook(asker: Reader, connection: str, webhook: str) -> ShownWebhook:
    """Show a webhook as it is written, what uses it, and when it was tested."""
    return asker.here.webhooks.shown(asker.here.webhook_tests, connection, webhook)


def _preset(name: str) -> PresetShown:
    known = load_preset(name)
    return PresetShown(
        name=name,
        title=known.title,
        notes=known.notes,
        endpoints=list(known.endpoints),
        webhooks=list(known.webhooks),
        objects=list(known.objects),
    )


def _secrets(asker: Asker, part: object) -> list[SecretOfConnection]:
    here = asker.here
    kept = here.vault.since()
    found: list[SecretOfConnection] = []
    for label, reference in sorted(references_of(part).items()):
        error = here.secrets.missing(reference)
        source, name = next(iter(reference.model_dump().items()))
        found.append(
            SecretOfConnection(
                name=name,
                label=label,
                source=source,
                since=kept.get(name) if source == "secret" else None,
                problem=error.message if error else "",
                hint=error.hint if error else "",
            )
        )
    return found


@router.put("/connections/{connection}/file")
def put_file(
    asker: Writer,
    connection: str,
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="LDIF, CSV or XLSX.")],
) -> FileReplaced:
    """Replace the file that a connection reads, LDIF or a table; it is looked through first, and kept whole or not."""
    spec = asker.server.configuration().connections.get(connection)
    if spec is None:
        raise NotFound(f'there is no connection "{connection}"', hint="GET /connections lists them")
    if isinstance(spec, LdifConnection):
        count, endings = uploaded_ldif(content), (".ldif", ".ldf")
    elif isinstance(spec, TableConnection):
        count, endings = _rows_of(content, spec), (".csv", ".tsv", ".txt", ".xlsx")
    else:
        raise UsageError(f'connection "{connection}" reads no file', hint="only ldif and table do")
    new = NewFile(connection=connection, file=spec.file, content=content, endings=endings)
    replace_file(ConnectionFiles(asker.here.settings.home), asker.here.audit, new, by=asker.authority)
    return FileReplaced(file=spec.file, bytes=len(content), count=count)


def _rows_of(content: bytes, spec: TableConnection) -> int:
    try:
        return uploaded_table(content, spec)
    except InvalidTable as error:  # not a system that answers wrong, but what was sent
        raise UsageError(error.message, hint=error.hint) from None
