"""Orchestration templates as they are written: shown, checked, followed through their versions; ready-made ones."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.problem import field_errors
from keepstep.api.routes.session import Asked
from keepstep.connectors.rest.preset import application_of
from keepstep.connectors.table.upload import uploaded_rows
from keepstep.connectors.template_presets import known_template_presets, template_preset
from keepstep.core.authority import Reach
from keepstep.core.configuration import Configuration
from keepstep.core.connection import ActiveDirectoryConnection, LdifConnection, RestConnection
from keepstep.core.directory_action import Verb
from keepstep.core.right import Right
from keepstep.core.subject_list import SubjectList, subject_list
from keepstep.core.template import KINDS
from keepstep.core.template_difference import Difference, templates_of
from keepstep.errors import ConfigurationError, InvalidTable, NotPermitted, UsageError
from keepstep.usecases.edit_configuration import Edit
from keepstep.usecases.start_run import known_template
from keepstep.usecases.trace_template import trace_template

router = APIRouter(tags=["templates"], route_class=ListRoute)

_READS: Final = (Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION, Right.RUN_TEMPLATES, Right.READ_RUNS)
Reader = Annotated[Asker, Depends(Needs(*_READS))]
Auditor = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]
Writer = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]
Starter = Annotated[Asker, Depends(Needs(Right.RUN_TEMPLATES))]
_VERSIONS: Final = 200


class TemplateShown(BaseModel):
    """A template as it is written. *automations*, *templates*: what starts it, and what goes through it."""

    name: str
    subject: str
    description: str
    written: dict[str, Any]
    automations: list[str]
    templates: list[str]


class TemplateDraft(Asked):
    """A template that is not saved yet, and what it is to be called."""

    name: Annotated[str, Field(max_length=64)]
    written: dict[str, Any]


class TemplateProblem(BaseModel):
    """One mistake. *block*: the block it belongs to, empty: the template; *field*: keys in it, joined by dots."""

    block: str
    field: str
    message: str


class TemplateChecked(BaseModel):
    """Whether a draft would do, and each mistake."""

    good: bool
    problems: list[TemplateProblem] = []


class TemplateState(BaseModel):
    """A template since one version of the configuration; *written* null: it was taken away."""

    number: int
    at: datetime
    operator: str
    written: dict[str, Any] | None
    changes: list[Difference]


class WebhookChoice(BaseModel):
    """A webhook that a block can fire. *gives*: the names of what later blocks can read."""

    name: str
    gives: list[str]


class TemplateChoices(BaseModel):
    """What blocks can name. *kinds*: the key of each kind of block, and what it is called."""

    kinds: dict[str, str]
    subjects: list[str]
    webhooks: list[WebhookChoice]
    directories: list[str]
    channels: list[str]
    templates: list[str]
    actions: list[str]


class ReadyMade(BaseModel):
    """A ready-made template. *settings*: what it has to be told; *written*: with `{setting}` in their places."""

    name: str
    about: str
    settings: dict[str, str]
    written: dict[str, Any]


class Settings(Asked):
    """What a ready-made template is told."""

    settings: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=50)]


class Filled(BaseModel):
    """A ready-made template with its settings; it is not saved."""

    written: dict[str, Any]


@router.get("/templates/{template}")
def show_template(asker: Reader, template: str) -> TemplateShown:
    """Show a template as it is written, and what uses it."""
    reach = Reach(template=template)
    if not any(asker.authority.may(right, reach) for right in _READS):
        raise NotPermitted("your roles do not reach this template", hint="ask an administrator for a role that does")
    configuration = asker.server.configuration()
    spec = known_template(configuration, template)
    used = [name for name, one in configuration.automations.items() if one.template == template]
    outer = [
        name
        for name, one in configuration.templates.items()
        if any(getattr(block, "template", "") == template for block in one.blocks.values())
    ]
    written = _written(asker, template) or spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return TemplateShown(
        name=template,
        subject=spec.subject,
        description=spec.description,
        written=dict(written),
        automations=used,
        templates=outer,
    )


@router.post("/templates/check")
def check_template(asker: Writer, asked: TemplateDraft) -> TemplateChecked:
    """Say whether a template would do, each mistake with its block and field; nothing is kept."""
    here, edit = asker.here, Edit(path=("templates", asked.name), value=asked.written)
    try:
        here.configuration_desk.edited(here.kept.text(), [edit])
    except ConfigurationError as error:
        mistakes = [(one.field, one.message) for one in field_errors(error)]
        return TemplateChecked(good=False, problems=list(_problems(asked, mistakes)))
    return TemplateChecked(good=True)


@router.get("/templates/{template}/versions")
def list_template_versions(asker: Auditor, template: str) -> list[TemplateState]:
    """List how a template was, the newest first: each version of the configuration that changed it, by whom and how."""
    versions = asker.here.configs.versions(limit=_VERSIONS)
    whole = len(versions) < _VERSIONS
    found = trace_template(asker.here.kept, versions, template, by=asker.authority, whole=whole)
    return [
        TemplateState(
            number=one.number,
            at=one.at,
            operator=one.operator,
            written=None if one.written is None else dict(one.written),
            changes=list(one.changes),
        )
        for one in found
    ]


@router.get("/template-choices")
def show_template_choices(asker: Reader) -> TemplateChoices:
    """Show what the blocks of a template can name: webhooks, directories, channels, templates and actions."""
    configuration = asker.server.configuration()
    directories = [
        name
        for name, one in configuration.connections.items()
        if isinstance(one, ActiveDirectoryConnection | LdifConnection)
    ]
    return TemplateChoices(
        kinds=dict(KINDS),
        subjects=[f"{name}.{objects}" for name in directories for objects in ("users", "groups")],
        webhooks=list(_webhooks(configuration)),
        directories=directories,
        channels=list(configuration.channels),
        templates=list(configuration.templates),
        actions=list(Verb),
    )


@router.get("/ready-made-templates")
def list_ready_made_templates(asker: Reader) -> list[ReadyMade]:  # noqa: ARG001 - asked for its right
    """List the ready-made templates, and what each has to be told."""
    named = ((name, template_preset(name)) for name in known_template_presets())
    return [
        ReadyMade(name=name, about=one.about, settings=one.settings, written=cast("dict[str, Any]", one.template))
        for name, one in named
    ]


@router.post("/ready-made-templates/{name}/fill")
def fill_ready_made_template(asker: Writer, name: str, asked: Settings) -> Filled:  # noqa: ARG001 - asked for its right
    """Make a draft of a ready-made template; nothing is kept."""
    return Filled(written=cast("dict[str, Any]", template_preset(name).filled(asked.settings)))


@router.post("/subject-lists")
def read_subject_list(
    asker: Starter,  # noqa: ARG001 - asked for its right
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="CSV or XLSX.")],
    column: Annotated[str, Query(max_length=1000, description="The column that names them.")] = "",
) -> SubjectList:
    """Read whom an uploaded list names, CSV or XLSX by its content; nothing is kept, no formula is worked out."""
    try:
        return subject_list(uploaded_rows(content), column)
    except InvalidTable as error:  # not a system that answers wrong, but what was sent
        raise UsageError(error.message, hint=error.hint) from None


def _written(asker: Asker, template: str) -> Mapping[str, Any] | None:
    """Return *template* as it stands in the text in force; None where that text is not the one that is in use."""
    return templates_of(asker.here.kept.read(asker.here.kept.text()).data).get(template)


def _webhooks(configuration: Configuration) -> Iterator[WebhookChoice]:
    for name, connection in configuration.connections.items():
        if isinstance(connection, RestConnection):
            for webhook, spec in application_of(connection).webhooks.items():
                yield WebhookChoice(name=f"{name}.{webhook}", gives=list(spec.gives))


def _problems(asked: TemplateDraft, mistakes: list[tuple[str, str]]) -> Iterator[TemplateProblem]:
    """Yield *mistakes* with the block and the field of each; a name of a block has no dot."""
    start = f"templates.{asked.name}."
    for path, message in mistakes:
        inner = path.removeprefix(start) if path.startswith(start) else ""
        head, _, rest = inner.partition(".")
        if head == "blocks" and rest:
            block, _, field = rest.partition(".")
            yield TemplateProblem(block=block, field=field, message=message)
        else:
            yield TemplateProblem(block="", field=inner, message=message)
