"""`keepstep endpoint`: the declared calls of an application: listed, tried live, changed, and saved once they work."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli import endpoint_edit
from keepstep.cli.config import diff_lines
from keepstep.cli.endpoint_edit import ConnectionArgument, NameArgument, Spec, put_draft, spec_document
from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import Line, say, say_json, say_table
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.cli.editing import Editing
    from keepstep.core.configuration import Document
    from keepstep.core.exchange import Exchange
    from keepstep.usecases.edit_endpoint import Draft, ListedEndpoint

Value = Annotated[list[str] | None, typer.Option("--value", help="NAME=TEXT for a {NAME} in the call.")]
Save = Annotated[bool, typer.Option("--save", help="Save the draft of --spec if the test is good.")]
SaveAnyway = Annotated[bool, typer.Option("--save-anyway", help="Save it whatever the test says; this is audited.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The declared calls of a REST application.", no_args_is_help=True)
    group.command("list")(with_data(list_endpoints, server=True))
    group.command("test")(with_data(try_endpoint, server=True))
    group.command("add")(with_data(endpoint_edit.add, server=True))
    group.command("edit")(with_data(endpoint_edit.edit, server=True))
    group.command("copy")(with_data(endpoint_edit.copy, server=True))
    group.command("delete")(with_data(endpoint_edit.delete, server=True))
    app.add_typer(group, name="endpoint")


def list_endpoints(
    invocation: Invocation,
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="Only of this one.")] = None,
) -> None:
    """List endpoints: where each is, whose it is, and whether it was tested as it is now."""
    from keepstep.client.connections import endpoints

    found = invocation.either(
        lambda store: store.endpoints.listed(store.endpoint_tests, connection),
        lambda client: endpoints(client, connection),
    )
    if invocation.json:
        say_json(found)
        return
    headings = ("connection", "endpoint", "method", "url", "paging", "records", "from", "tested")
    say_table(headings, [_row(one) for one in found])


def _row(one: "ListedEndpoint") -> tuple[str, ...]:
    when = f" {one.test.at.isoformat(timespec='minutes')}" if one.test.at else ""
    return (
        *(one.connection, one.name, one.method, one.url, one.paging, one.records or "-", one.origin),
        f"{one.test.tested}{when}",
    )


def try_endpoint(  # noqa: PLR0913 - the options of a command
    invocation: Invocation,
    connection: ConnectionArgument,
    endpoint: NameArgument,
    *,
    value: Value = None,
    spec: Spec = None,
    save: Save = False,
    save_anyway: SaveAnyway = False,
) -> int:
    """Send one call, or ask for the first two pages: request, answer, fields, and how a real read would end.

    --spec tries a draft instead of what is in force; --save writes exactly that draft into keepstep.yaml.
    Exit code 1 if the test is not good.
    """
    if (save or save_anyway) and spec is None:
        raise UsageError("only a draft is saved: --spec is missing", hint="what is in force is saved already")
    values = dict(_pair(text) for text in value or ())
    from keepstep.cli.editing import Editing, edited

    def work(editing: Editing) -> int:
        desk = editing.endpoints
        document = None if spec is None else spec_document(editing, spec)
        draft = (
            desk.in_force(connection, endpoint) if document is None else desk.drafted(connection, endpoint, document)
        )
        found = _tried(invocation, editing, (draft, document), values)
        saved: int | None = None
        if save_anyway or (save and found.good):
            detail = {} if found.good else {"test": "not good, saved anyway"}
            saved = put_draft(editing, draft, "save", **detail)
        _tell(invocation, found, draft, (save or save_anyway, saved))
        return 0 if found.good or (save_anyway and saved is not None) else 1

    return edited(invocation, work)


def _tried(
    invocation: Invocation, editing: "Editing", what: "tuple[Draft, Document | None]", values: dict[str, str]
) -> "Exchange":
    """Return what the test of a draft showed, without any secret that was opened for it; it is remembered."""
    from keepstep.client.connections import endpoint_tried
    from keepstep.core.exchange import masked_exchange
    from keepstep.usecases.probe import test_endpoint

    draft, document = what
    installation = editing.store
    if installation is None:
        assert editing.client is not None  # noqa: S101 - one of both is there
        spec = None if document is None else document.data
        return endpoint_tried(editing.client, draft.connection, draft.endpoint, values, spec)

    async def ask(systems: Systems) -> "Exchange":
        return await test_endpoint(systems.ports, installation.endpoints, installation.endpoint_tests, draft, values)

    return masked_exchange(invocation.on_systems(installation, draft.configuration, ask), invocation.secrets)


def _tell(invocation: Invocation, found: "Exchange", draft: "Draft", saving: tuple[bool, int | None]) -> None:
    import msgspec

    from keepstep.cli.endpoint_view import exchange_lines

    wanted, saved = saving
    if invocation.json:
        tree: dict[str, Any] = msgspec.to_builtins(found)
        say_json({**tree, "saved": saved})
        return
    say(exchange_lines(found))
    if saved is not None:
        say(["", *diff_lines(draft.before, draft.text, "saved")])
        say([f"saved as tested: version {saved} of the configuration is in force"])
    elif wanted:
        same = not draft.changes
        say([Line("it was saved like this already" if same else "not saved: the test is not good", "change")])


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UsageError("--value takes NAME=TEXT", hint="for instance --value key=7731204")
    return name, value
