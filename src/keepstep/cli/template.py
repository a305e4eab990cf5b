"""`keepstep template`: what is done for one person after the other, seen, drawn and run."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say, say_json, say_table, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.core.template import TemplateSpec
    from keepstep.core.template_drawing import Path as Marked
    from keepstep.wiring import Installation

TemplateName = Annotated[str, typer.Argument(help="The template.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What is done for one person after the other: seen, drawn and run.", no_args_is_help=True)
    group.command("list")(with_data(list_templates, server=True))
    group.command("check")(with_data(check, server=True))
    group.command("add")(with_data(add, server=True))
    group.command("draw")(with_data(draw, server=True))
    group.command("run")(with_data(run, server=True))
    app.add_typer(group, name="template")


def list_templates(invocation: Invocation) -> None:
    """List the templates of the configuration."""
    from keepstep.client.runs import templates

    def here(store: "Installation") -> list[tuple[str, str, str, str]]:
        found = store.configuration().templates
        return [(name, one.subject, str(len(one.blocks)), one.description) for name, one in found.items()]

    rows = invocation.either(here, templates)
    if invocation.json:
        names = ("template", "subject", "blocks", "description")
        say_json([dict(zip(names, row, strict=True)) for row in rows])
    elif not rows:
        say(["there are no templates yet: `keepstep template add` puts a ready-made one in"])
    else:
        say_table(("template", "for", "blocks", "description"), rows)


def check(invocation: Invocation, template: Annotated[str, typer.Argument(help="Only this one.")] = "") -> None:
    """Check the templates: arrows, reach, what they name and read. A mistake is told with its place."""
    from keepstep.usecases.start_run import known_template

    found = _configuration(invocation)
    names = [template] if template else list(found.templates)
    for name in names:
        known_template(found, name)
    if invocation.json:
        say_json({"good": names})
    else:
        say([f"{name}: good, {len(found.templates[name].blocks)} blocks" for name in names] or ["no templates"])


def add(
    invocation: Invocation,
    preset: Annotated[str, typer.Argument(help="The ready-made template: onboarding, role-change, off-boarding.")],
    *,
    name: Annotated[str, typer.Option("--as", help="What it is called here.")] = "",
    given: Annotated[list[str] | None, typer.Option("--with", help="NAME=TEXT for a setting; may be repeated.")] = None,
) -> None:
    """Put a ready-made template into the configuration, where it can be read and changed."""
    from keepstep.cli.editing import Editing, edited
    from keepstep.connectors.template_presets import template_preset
    from keepstep.usecases.put_in_force import Change

    settings = dict(_pair(text) for text in given or ())
    template = name or preset

    def work(editing: Editing) -> int:
        kept, filled = editing.kept, template_preset(preset).filled(settings)
        before = kept.text()
        if template in editing.understand(before).templates:
            raise UsageError(f'there is a template "{template}" already', hint="choose another name with --as")
        text = kept.put(before, ("templates", template), filled)
        editing.understand(text)
        detail = {"template": template, "preset": preset}
        return editing.put(Change(before=before, text=text, action="add_template", detail=detail))

    number = edited(invocation, work)
    if invocation.json:
        say_json({"template": template, "version": number})
    else:
        say([f"template {template} is in keepstep.yaml; `keepstep template draw {template}` shows it"])


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f'"{text}" is no setting', hint="write --with NAME=TEXT")
    return name, value


def draw(
    invocation: Invocation,
    template: TemplateName,
    *,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write a picture (SVG) to this file.")] = None,
    run_id: Annotated[str, typer.Option("--run", help="Mark the path of a subject in this run.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="Whose path; needed with --run.")] = "",
) -> None:
    """Draw a template as text, or as a picture."""
    if bool(run_id) is not bool(subject):
        raise UsageError("--run and --subject belong together: whose path in which run")
    from keepstep.core.template_drawing import Path as Marked
    from keepstep.core.template_drawing import drawn, drawn_svg
    from keepstep.usecases.start_run import known_template

    if run_id:
        from keepstep.client.runs import path_of

        spec, marked = invocation.either(
            lambda store: _path(store, run_id, subject), lambda client: path_of(client, run_id, subject)
        )
    else:
        spec, marked = known_template(_configuration(invocation), template), Marked()
    if svg is not None:
        svg.write_text(drawn_svg(template, spec, marked), encoding="utf-8")
        say([f"written: {svg}"])
    else:
        say([shown(line) for line in drawn(template, spec, marked)])


def _configuration(invocation: Invocation) -> "Configuration":
    from keepstep.cli.config import configuration_there

    if invocation.remote:
        return configuration_there(invocation)
    return invocation.with_store(lambda store: store.configuration())


def _path(store: "Installation", run_id: str, subject: str) -> "tuple[TemplateSpec, Marked]":
    """Return the template that a run began with, and how far a subject got in it."""
    from keepstep.core.template_drawing import path_of

    runs = store.template_runs
    found = runs.run(run_id)
    who = store.steering.subject(found, subject)
    return runs.version(found.version).template, path_of(who, runs.steps(found.id, who.position))


def run(  # noqa: PLR0913 - the ways to choose somebody
    invocation: Invocation,
    template: TemplateName,
    *,
    user: Annotated[
        list[str] | None, typer.Option("--user", help="Sign-in name, mail, DN, employee id or key; may be repeated.")
    ] = None,
    file: Annotated[str, typer.Option("--list", help="A CSV file (with a header: see --column); - reads stdin.")] = "",
    column: Annotated[str, typer.Option("--column", help="The column of the list that names them.")] = "",
    skip_unknown: Annotated[bool, typer.Option("--skip-unknown", help="Leave out who is not found.")] = False,
    search: Annotated[str, typer.Option("--search", help="A named search of the directory.")] = "",
    filter_: Annotated[str, typer.Option("--filter", help="An LDAP filter.")] = "",
    members_of: Annotated[str, typer.Option("--members-of", help="The direct members of this group.")] = "",
    canary: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="So many go ahead, and the rest only if all went well with them."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many there are.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the run to a worker.")] = False,
) -> int:
    """Run a template for chosen users."""
    from keepstep.cli.template_run import begin, follow
    from keepstep.usecases.choose_subjects import Asked

    ways = [bool(user), bool(file), bool(search), bool(filter_), bool(members_of)]
    if sum(ways) != 1:
        raise UsageError("say whom: one of --user, --list, --search, --filter and --members-of")
    listed = list(_listed(file, column)) if file else []
    asked = Asked(
        ids=tuple(user or listed),
        skip_unknown=skip_unknown,
        search=search,
        filter=filter_,
        members_of=members_of,
    )
    started = begin(invocation, template, asked, canary=canary, yes=yes)
    if detach:
        say([f"run {started.id} of {template} has {started.total:,} subjects; a worker goes on with it"])
        return 0
    return follow(invocation, started)


def _listed(file: str, column: str) -> Iterator[str]:
    """Yield the names in a CSV file, which may have a header."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{file} cannot be read as UTF-8 text: {type(exc).__name__}") from None
    place = 0
    for number, row in enumerate(csv.reader(text.splitlines())):
        if number == 0 and column:
            if column not in row:
                raise UsageError(f'{file} has no column "{column}"', hint=f"it has {', '.join(row)}")
            place = row.index(column)
        elif len(row) > place and row[place].strip():
            yield row[place].strip()
