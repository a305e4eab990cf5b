"""`keepstep demo`: the main job on an embedded directory and an emulated Infobip."""

import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from keepstep.cli.invocation import Invocation, Systems, at_home
from keepstep.cli.output import Line, say
from keepstep.cli.plan import print_plan, print_run
from keepstep.errors import UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from keepstep.core.plan import Plan
    from keepstep.emulator import Emulator
    from keepstep.settings import Settings
    from keepstep.usecases.apply import RunSummary

RULE: Final = "staff"
STORY: Final = (
    "joiner          Nika Radić was hired",
    "mover           Ivan Horvat went from Sales to Finance",
    "rename          Mira Kovač married; new name and mail, the same person",
    "leaver          Lana Novak's account was deleted, Petar Babić's was disabled",
    "rehire          Dora Marić, who had left, is back",
    "mismatch        somebody changed Marko Jurić in the Infobip portal",
    "unauthorised    a person in Infobip whom the directory does not know",
    "disputed match  two trainees share the mail of one person in Infobip; nobody is guessed",
)


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("demo")(at_home(demo))


def demo(
    invocation: Invocation,
    *,
    once: Annotated[bool, typer.Option("--once", help="Do it and leave, instead of serving the console.")] = False,
) -> int:
    """See the whole job on made-up people.

    A directory in an LDIF file, Infobip emulated over real HTTP, one of each lifecycle case: plan, apply, compare; then
    the console, to look around in.
    """
    from keepstep.emulator import Emulator, running_in_thread
    from keepstep.emulator.made_up import made_up_people

    started = time.monotonic()
    invocation.home = _new_home(invocation.home)
    invocation.stopped = f"the home folder is kept: {invocation.home}"
    emulator = Emulator()
    with running_in_thread(emulator) as url:
        say([Line("Keepstep demo", "head"), f"  home folder  {invocation.home}", f"  Infobip      emulated at {url}"])
        made_up_people(emulator)
        _make(invocation.settings, url)
        _live_through(invocation, emulator)
        code = _today(invocation)
        say(["", f"That took {time.monotonic() - started:.0f} seconds."])
        if not once:
            _stay(invocation, url)
    return code


def _new_home(home: Path | None) -> Path:
    if home is None:
        return Path(tempfile.mkdtemp(prefix="keepstep-demo-"))
    if home.is_dir() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty", hint="the demo begins in a new folder: name another with --home")
    return home


def _make(settings: "Settings", url: str) -> None:
    from keepstep.core.secret import Secret
    from keepstep.home import example, make_home
    from keepstep.wiring import opened

    make_home(settings, starter=example("demo", "keepstep.yaml").replace("http://127.0.0.1:8085", url))
    with opened(settings) as installation:
        installation.vault.set("infobip-password", Secret("demo-password"))
        text = settings.config_file.read_text(encoding="utf-8")
        installation.configs.save(text, operator=settings.operator)


def _become(settings: "Settings", day: str) -> None:
    """Let the directory be as it was on *day*."""
    from keepstep.home import example
    from keepstep.store.config_file import install

    install(settings.home / "directory.ldif", example("demo", f"{day}.ldif"))


def _live_through(invocation: Invocation, emulator: "Emulator") -> None:
    """Keep the company in step last week and yesterday, so that today there is a history."""
    for day, told in (("last-week", "Last week"), ("yesterday", "Yesterday")):
        _become(invocation.settings, day)
        plan, summary = invocation.with_systems(_bring_in_step)
        counted = ", ".join(f"{count} {state}" for state, count in summary.counts.items())
        say([f"  {told:<12} brought in step: {counted} of {len(plan.actions)}"])
    _become(invocation.settings, "today")
    emulator.edit(
        "EMAIL",
        "marko.juric@corp.example",
        {"lastName": "Juric", "customAttributes": {"Department": "Sales"}},
    )
    say(["", Line("Since then:", "head"), *(f"  {line}" for line in STORY)])


def _today(invocation: Invocation) -> int:
    """Plan, apply, plan again, compare; print all of it."""
    from keepstep.cli.compare import show
    from keepstep.core.guard import check_plan

    async def plan_it(systems: Systems) -> "Plan":
        return await _plan(systems)

    rule = invocation.with_store(lambda store: store.configuration().rules[RULE])
    plan = invocation.with_systems(plan_it)
    say(["", Line(f"$ keepstep plan {RULE}", "head")])
    print_plan(invocation, plan, rule, check_plan(plan, rule.guards))

    async def apply_it(systems: Systems) -> "RunSummary":
        return await _apply(systems, plan)

    say(["", Line(f"$ keepstep apply {plan.digest[:12]}", "head")])
    code = print_run(invocation, plan, invocation.with_systems(apply_it))
    again = invocation.with_systems(plan_it)
    say(["", Line(f"$ keepstep plan {RULE}", "head")])
    print_plan(invocation, again, rule, check_plan(again, rule.guards))
    say(["", Line(f"$ keepstep compare {RULE}", "head")])
    return code or show(invocation, RULE) or int(not again.empty)


async def _plan(systems: Systems) -> "Plan":
    from keepstep.usecases.reconcile import reconcile

    return await reconcile(systems.ports, RULE, *rule_of(systems.configuration, RULE))


async def _apply(systems: Systems, plan: "Plan") -> "RunSummary":
    from keepstep.usecases.apply import apply

    return await apply(systems.ports, plan, *rule_of(systems.configuration, RULE))


async def _bring_in_step(systems: Systems) -> "tuple[Plan, RunSummary]":
    plan = await _plan(systems)
    return plan, await _apply(systems, plan)


def _stay(invocation: Invocation, url: str) -> None:
    """Serve the console and keep Infobip running until Ctrl-C, and say what can be tried meanwhile."""
    from keepstep.api.serving import Address
    from keepstep.cli.beside import Beside
    from keepstep.cli.serve_process import run_server

    home = invocation.settings.home
    say(
        [
            "",
            Line("Infobip goes on running, and the console is served. Try in another terminal:", "head"),
            f"  export KEEPSTEP_HOME={home}",
            "  keepstep people infobip",
            "  keepstep connection check infobip",
            "  keepstep endpoint test infobip list-persons",
            f"  edit {home}/directory.ldif, then: keepstep plan {RULE}",
            f"  curl -s {url}/_emulator/requests     what was called",
            "Ctrl-C ends it; the home folder is kept.",
            "",
        ]
    )
    address = Address(port=_free_port(8080))
    beside = Beside(invocation.settings)
    invocation.with_store(lambda store: run_server(invocation, store, address, beside))
    say(["stopped"])


def _free_port(wished: int) -> int:
    """Return *wished*, or 0 for any port where somebody else has that one."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", wished))
        except OSError:
            return 0
    return wished
