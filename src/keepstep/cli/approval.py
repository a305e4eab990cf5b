"""`keepstep approval`: plans that wait for people: seen, commented, approved, rejected; by name or by a link."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli.invocation import Invocation, Systems, at_home, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown, tell
from keepstep.cli.plan import print_plan
from keepstep.errors import ApprovalBroken, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keepstep.core.approval import Agreement, ApprovalRequest
    from keepstep.core.plan import Plan
    from keepstep.core.sync_rule import SyncRule
    from keepstep.wiring import Installation

RequestName = Annotated[str, typer.Argument(metavar="REQUEST", help="A request, or the first digits of its id.")]
Digest = Annotated[str, typer.Option("--digest", help="The plan that you looked at: 12 digits of its digest, or more.")]
Note = Annotated[str, typer.Option("--note", help="Why; it is kept with it.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Plans that wait for people to agree.", no_args_is_help=True)
    group.command("list")(with_data(list_requests, server=True))
    group.command("show")(with_data(show, server=True))
    group.command("approve")(with_data(approve, server=True))
    group.command("reject")(with_data(reject, server=True))
    group.command("comment")(with_data(comment, server=True))
    group.command("link")(at_home(link))
    group.command("decide")(with_data(decide))
    app.add_typer(group, name="approval")


def list_requests(
    invocation: Invocation,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 50,
) -> int:
    """List what waits for people, the newest first. Exit code 1: one of them was altered; the others are listed."""
    from keepstep.client import approvals

    broken: list[ApprovalBroken] = []

    def work(store: "Installation") -> "Iterator[Agreement]":
        for name in store.approvals.newest(limit) if every else reversed(store.approvals.opened()):
            try:
                agreement = store.agreement(store.approvals.find(name))
            except ApprovalBroken as error:
                broken.append(error)
            else:
                if every or agreement.open:
                    yield agreement

    found = invocation.either(
        lambda store: list(work(store)), lambda client: approvals.waiting(client, every=every, limit=limit)
    )
    if invocation.json:
        say_json([_data(one) for one in found])
    else:
        _say_list(found)
    for error in broken:
        tell([Line(f"error: {error.message}", "bad"), f"hint: {error.hint}"])
    return 1 if broken else 0


def _say_list(found: "list[Agreement]") -> None:
    if not found:
        say(["nothing waits for approval"])
        return
    head = ("request", "plan", "rule", "changes", "asked by", "state", "until (UTC)")
    rows = [
        (
            *(one.request.id, one.request.plan[:12], one.request.rule, one.request.summary, one.request.requester),
            *(_state(one), f"{one.until:%Y-%m-%d %H:%M}"),
        )
        for one in found
    ]
    say_table(head, rows)


def show(invocation: Invocation, request: RequestName) -> None:
    """Show a request, what people said, and the plan that it is about."""
    _show(invocation, request)


def _show(invocation: Invocation, prefix: str) -> "ApprovalRequest":
    from keepstep.cli.plan_view import plan_data
    from keepstep.client import approvals
    from keepstep.core.guard import check_plan

    agreement, plan, rule = invocation.either(
        lambda store: _seen(store, prefix), lambda client: approvals.seen(client, prefix)
    )
    trips = check_plan(plan, rule.guards) if rule else []
    if invocation.json:
        say_json({**_data(agreement), "plan": plan_data(plan, trips)})
        return agreement.request
    say(_lines(agreement))
    say([""])
    print_plan(invocation, plan, rule, trips)
    return agreement.request


def _seen(store: "Installation", prefix: str) -> "tuple[Agreement, Plan, SyncRule | None]":
    request = store.approvals.find(prefix)
    rule = store.configuration().rules.get(request.rule) if store.settings.config_file.exists() else None
    return store.agreement(request), store.journal.plan(request.plan), rule


def approve(invocation: Invocation, request: RequestName, *, digest: Digest = "", note: Note = "") -> None:
    """Agree to a plan: it is shown and asked about, unless you name the plan that you looked at by --digest."""
    _decided(invocation, request, "approve", digest=digest, note=note)


def reject(invocation: Invocation, request: RequestName, *, digest: Digest = "", note: Note = "") -> None:
    """Refuse a plan, also one that was approved and not applied yet."""
    _decided(invocation, request, "reject", digest=digest, note=note)


def comment(
    invocation: Invocation,
    request: RequestName,
    *,
    note: Annotated[str, typer.Option("--note", help="What to say.")],
    changes: Annotated[bool, typer.Option("--changes", help="Ask for changes of the plan.")] = False,
) -> None:
    """Say something about a plan to those who decide; it decides nothing."""
    _said(invocation, request, "changes" if changes else "comment", plan="", note=note)


def _decided(invocation: Invocation, request: str, kind: str, *, digest: str, note: str) -> None:
    _said(invocation, request, kind, plan=digest or _confirmed(invocation, request, kind), note=note)


def _said(invocation: Invocation, request: str, kind: str, *, plan: str, note: str) -> None:
    """Say it of *plan*, or where none is named of the one that the request is about."""
    from keepstep.client import approvals
    from keepstep.core.approval import PlanVoteKind
    from keepstep.usecases.vote import Saying, vote

    async def work(systems: Systems) -> "Agreement":
        about = plan or systems.installation.approvals.find(request).plan
        saying = Saying(kind=PlanVoteKind(kind), plan=about, note=note)
        return await vote(systems.approval_desk, request, saying, by=systems.ports.authority)

    if invocation.remote:
        saying = Saying(kind=PlanVoteKind(kind), plan=plan, note=note)
        _say(invocation, invocation.with_server(lambda client: approvals.say(client, request, saying)))
    else:
        _say(invocation, invocation.with_systems(work))


def _confirmed(invocation: Invocation, request: str, kind: str) -> str:
    """Show the plan and ask; return the digest of exactly what was shown."""
    if not sys.stdin.isatty():
        raise UsageError(
            "name the plan that you looked at: --digest", hint=f"`keepstep approval show {request}` shows it"
        )
    found = _show(replace(invocation, json=False), request)
    if not typer.confirm(f"{kind.capitalize()} plan {found.plan[:12]}?", err=True):
        raise typer.Abort
    return found.plan


def link(
    invocation: Invocation,
    request: RequestName,
    *,
    person: Annotated[str, typer.Option("--for", help="In whose name it decides.")],
    only: Annotated[str, typer.Option("--only", help="approve or reject: what it is good for; both if left out.")] = "",
) -> None:
    """Print a token by which whoever has it decides about a request, once, in the name of one person."""
    from keepstep.core.approval import DECISIONS, PlanVoteKind
    from keepstep.usecases.vote import make_link

    if only not in {"", *DECISIONS}:
        raise UsageError("--only is approve or reject")
    scope = frozenset({PlanVoteKind(only)}) if only else DECISIONS

    async def work(systems: Systems) -> str:
        return make_link(systems.approval_desk, request, person, maker=systems.ports.operator, scope=scope).reveal()

    say([invocation.with_systems(work)])


def decide(
    invocation: Invocation,
    *,
    token: Annotated[str, typer.Option("--token", help="- : the token is read from a prompt or the standard input.")],
    verdict: Annotated[str, typer.Option("--as", help="approve or reject.")],
    note: Note = "",
) -> None:
    """Decide by a one-time link, in the name that it was made for."""
    from keepstep.core.approval import DECISIONS, PlanVoteKind
    from keepstep.core.secret import Secret
    from keepstep.usecases.vote import Saying, redeem

    if token != "-":  # noqa: S105 - the word for the standard input
        raise UsageError("a token is never an argument: write --token - and give it on the standard input")
    if verdict not in DECISIONS:
        raise UsageError("--as is approve or reject")
    given = typer.prompt("token (not shown)", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    secret = Secret(str(given).strip())
    invocation.secrets.append(secret)
    saying = Saying(kind=PlanVoteKind(verdict), note=note)
    _say(invocation, invocation.with_systems(lambda systems: redeem(systems.approval_desk, secret, saying)))


def _say(invocation: Invocation, agreement: "Agreement") -> None:
    if invocation.json:
        say_json(_data(agreement))
        return
    say([f"request {agreement.request.id} is {_state(agreement)}"])
    if agreement.state == "approved":
        say([f"Apply it with: keepstep apply {agreement.request.plan[:12]}"])


def _state(agreement: "Agreement") -> str:
    people = ", ".join(map(shown, agreement.by))
    if agreement.state == "pending":
        return f"pending, {agreement.missing} missing" + (f", approved by {people}" if people else "")
    if agreement.state == "used":
        return f"used by run {agreement.request.run}"
    return f"{agreement.state} by {people}" if agreement.state in {"approved", "rejected"} else str(agreement.state)


def _lines(agreement: "Agreement") -> "Iterator[Line]":
    request, asked = agreement.request, agreement.request.requirement
    yield Line(f"Request {request.id} is {_state(agreement)}", "head")
    yield Line(f"  asked by {shown(request.requester)} ({shown(request.purpose)}), {request.opened:%Y-%m-%d %H:%M} UTC")
    kept_out = ", not by who asked" if asked.not_requester else ""
    named = ", ".join(map(shown, asked.approvers)) or "anybody"
    yield Line(f"  needs {asked.need} of {named}{kept_out}; until {agreement.until:%Y-%m-%d %H:%M} UTC")
    yield from (Line(f"  beyond a guard when it was asked: {shown(trip)}", "bad") for trip in request.trips)
    for vote in request.votes:
        note = f": {shown(vote.note)}" if vote.note else ""
        way = f" ({shown(vote.way)})" if vote.way != "command line" else ""
        yield Line(f"  {vote.at:%Y-%m-%d %H:%M} {shown(vote.operator)} {vote.kind}{way}{note}")


def _data(agreement: "Agreement") -> dict[str, Any]:
    request = agreement.request
    held = {name: getattr(request, name) for name in request.__dataclass_fields__}
    return {
        "request": {**held, "requirement": request.requirement.model_dump(mode="json")},
        "state": agreement.state,
        "by": agreement.by,
        "missing": agreement.missing,
        "until": agreement.until,
    }
