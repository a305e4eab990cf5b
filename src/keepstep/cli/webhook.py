"""`keepstep webhook`: the outbound calls of an application: listed, rendered and tried live on chosen people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.config import diff_lines
from keepstep.cli.endpoint_edit import ConnectionArgument, Spec, spec_document
from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import Line, say, say_json, say_table
from keepstep.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from keepstep.cli.editing import Editing
    from keepstep.core.configuration import Configuration, Document
    from keepstep.core.subject import Subject
    from keepstep.usecases.edit_webhook import ListedWebhook, WebhookDraft
    from keepstep.usecases.try_webhook import Trial

WebhookArgument = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook.")]
Users = Annotated[list[str] | None, typer.Option("--user", metavar="ID", help="A user; may be given again.")]
Groups = Annotated[list[str] | None, typer.Option("--group", metavar="ID", help="A group; may be given again.")]
Directory = Annotated[str, typer.Option("--directory", metavar="NAME", help="Where they are found, if not the only.")]
Live = Annotated[bool, typer.Option("--live", help="Send it. Without this, nothing is sent.")]
Save = Annotated[bool, typer.Option("--save", help="Save the draft of --spec if the test is good.")]
Value = Annotated[
    list[str] | None, typer.Option("--value", metavar="NAME=TEXT", help="What a block would give as with.NAME.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The outbound calls of a REST application.", no_args_is_help=True)
    group.command("list")(with_data(list_webhooks, server=True))
    group.command("test")(with_data(try_webhook, server=True))
    app.add_typer(group, name="webhook")


def list_webhooks(
    invocation: Invocation,
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="Only of this one.")] = None,
) -> None:
    """List webhooks: what each does, whose it is, and whether it was tested as it is now."""
    from keepstep.client.connections import webhooks

    found = invocation.either(
        lambda store: store.webhooks.listed(store.webhook_tests, connection),
        lambda client: webhooks(client, connection),
    )
    if invocation.json:
        say_json(found)
        return
    headings = ("connection", "webhook", "method", "from", "tested", "description")
    say_table(headings, [_row(one) for one in found])


def _row(one: "ListedWebhook") -> tuple[str, ...]:
    when = f" {one.test.at.isoformat(timespec='minutes')}" if one.test.at else ""
    return (one.connection, one.name, one.method, one.origin, f"{one.test.tested}{when}", one.description)


def try_webhook(  # noqa: PLR0913 - the options of a command
    invocation: Invocation,
    connection: ConnectionArgument,
    webhook: WebhookArgument,
    *,
    user: Users = None,
    group: Groups = None,
    directory: Directory = "",
    live: Live = False,
    value: Value = None,
    spec: Spec = None,
    save: Save = False,
) -> int:
    """Show the request for each chosen user and group; with --live send it and show each answer beside it.

    --spec tries a draft instead of what is in force; --save writes exactly that draft into keepstep.yaml.
    Exit code 1 if the test is not good.
    """
    if save and spec is None:
        raise UsageError("only a draft is saved: --spec is missing", hint="what is in force is saved already")
    if not (user or group):
        raise UsageError("nobody is chosen", hint="give --user ID or --group ID, as often as needed")
    asked = _Asked(connection, webhook, (user or [], group or []), directory, live=live)
    given = dict(_pair(text) for text in value or ())

    from keepstep.cli.editing import Editing, edited

    def work(editing: Editing) -> int:
        document = None if spec is None else spec_document(editing, spec)
        draft = _draft(editing, asked, document)
        found = _tried(invocation, editing, (draft, document), (asked, given))
        saved = _save(editing, draft) if save and found.good else None
        _tell(invocation, found, draft, (save, saved))
        return 0 if found.good else 1

    return edited(invocation, work)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which webhook is tried, on which users and groups of which directory, and whether it is sent."""

    connection: str
    webhook: str
    chosen: tuple[list[str], list[str]]
    directory: str
    live: bool


def _draft(editing: "Editing", asked: _Asked, document: "Document | None") -> "WebhookDraft":
    if document is None:
        return editing.webhooks.in_force(asked.connection, asked.webhook)
    return editing.webhooks.drafted(asked.connection, asked.webhook, document)


def _tried(
    invocation: Invocation,
    editing: "Editing",
    drafted: "tuple[WebhookDraft, Document | None]",
    what: tuple[_Asked, dict[str, str]],
) -> "Trial":
    """Return what the test of a draft showed, without any secret that was opened for it; it is remembered."""
    from keepstep.usecases.fire import WebhookTrial
    from keepstep.usecases.try_webhook import masked_trial, test_webhook

    (draft, document), (asked, given), installation = drafted, what, editing.store
    if installation is None:
        return _tried_there(editing, draft, document, what)

    async def ask(systems: Systems) -> "Trial":
        trial = WebhookTrial(
            connection=draft.connection,
            name=draft.name,
            webhook=draft.webhook,
            subjects=await _subjects(systems, asked.directory, asked.chosen),
            given={name: (text,) for key, text in given.items() for name in (key, f"with.{key}")},
        )
        return await test_webhook(systems.ports, installation.webhook_tests, draft.digest, trial, live=asked.live)

    return masked_trial(invocation.on_systems(installation, draft.configuration, ask), invocation.secrets)


def _tried_there(
    editing: "Editing", draft: "WebhookDraft", document: "Document | None", what: tuple[_Asked, dict[str, str]]
) -> "Trial":
    """Return what the test showed that the server made."""
    from keepstep.client.connections import webhook_tried

    assert editing.client is not None  # noqa: S101 - there is no home folder
    asked, given = what
    wanted = {
        "directory": asked.directory or _only_directory(draft.configuration),
        "users": asked.chosen[0],
        "groups": asked.chosen[1],
        "live": asked.live,
        "values": given,
        "spec": None if document is None else document.data,
    }
    return webhook_tried(editing.client, draft.connection, draft.name, wanted)


async def _subjects(systems: Systems, directory: str, chosen: tuple[list[str], list[str]]) -> "list[Subject]":
    from keepstep.core.sync_rule import Side
    from keepstep.usecases.choose_subjects import find_subjects

    name = directory or _only_directory(systems.configuration)
    found: list[Subject] = []
    for objects, ids in zip(("users", "groups"), chosen, strict=True):
        if ids:
            found += await find_subjects(systems.ports, Side(name, objects), ids)
    return found


def _only_directory(configuration: "Configuration") -> str:
    """Return the name of the only directory; ConfigurationError if there is another number of them."""
    kinds = {"active_directory", "ldap", "ldif"}
    names = [name for name, spec in configuration.connections.items() if spec.kind in kinds and spec.enabled]
    if len(names) != 1:
        raise ConfigurationError(
            "no directory is configured" if not names else f"there are {len(names)} directories",
            hint=f"say which by --directory: {', '.join(names)}" if names else "add one to keepstep.yaml",
        )
    return names[0]


def _save(editing: "Editing", draft: "WebhookDraft") -> int | None:
    """Put *draft* in force and return the number of its version, or None if it changes nothing."""
    from keepstep.usecases.edit_webhook import webhook_change

    return editing.put(webhook_change(draft)) if draft.changes else None


def _tell(invocation: Invocation, found: "Trial", draft: "WebhookDraft", saving: tuple[bool, int | None]) -> None:
    import msgspec

    from keepstep.cli.webhook_view import trial_lines

    wanted, saved = saving
    if invocation.json:
        say_json({**msgspec.to_builtins(found), "good": found.good, "saved": saved})
        return
    say(trial_lines(found))
    if saved is not None:
        say(["", *diff_lines(draft.before, draft.text, "saved")])
        say([f"saved as tested: version {saved} of the configuration is in force"])
    elif wanted:
        same = not draft.changes
        say([Line("it was saved like this already" if same else "not saved: the test is not good", "change")])


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError("--value takes NAME=TEXT", hint="for instance --value tag=Staff")
    return name.removeprefix("with."), value
