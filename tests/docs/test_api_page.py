"""The page about the API: its routes, its options, its work."""

import inspect
import re
from typing import get_args

from typer.main import get_command

from keepstep.api.app import PREFIX, bare_app
from keepstep.api.routes.configuration import PartChanges
from keepstep.cli.main import build
from keepstep.core.work import WANTED, Wanted
from tests.docs.tables import page, section, tables

PAGE = page("api.md")


def test_every_first_part_of_a_route_is_described():
    paths = {path.removeprefix(PREFIX).split("/")[1] for path in bare_app().openapi()["paths"]}
    told = set(re.findall(r"`/([\w-]+)`", PAGE))
    assert told >= paths
    assert told - paths <= {"works"}


def test_every_option_of_serve_is_described_with_what_holds_without_it():
    serve = get_command(build()).commands["serve"]
    options = {
        option.opts[0]: option.default
        for option in serve.params
        if option.opts[0] not in {"--home", "--server", "--help"}
    }
    told = {row[0].strip("`"): row[1] for row in tables(PAGE)[0]}
    assert list(told) == list(options)
    for name, default in options.items():
        if default:
            assert told[name] == f"`{default}`"


def test_every_kind_of_work_is_described():
    union = get_args(Wanted)[0]
    kinds = [one.model_fields["kind"].annotation.__args__[0] for one in get_args(union)]
    assert [row[0].strip("`") for row in tables(section(PAGE, "Work"))[0]] == kinds
    assert WANTED.validate_json(re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)[1]).kind == "plan"


def test_every_command_that_can_ask_a_server_is_named_and_no_other():
    def asking(command, path=()):
        for name, one in getattr(command, "commands", {}).items():
            yield from asking(one, (*path, name))
        options = {option.opts[0]: option for option in command.params}
        if path and not hasattr(command, "commands") and "--server" in options and not options["--server"].hidden:
            yield path

    rows = tables(section(PAGE, "The command line against a server"))[1]
    told = {row[0].strip("`"): set(re.findall(r"`([\w-]+)`", row[1])) for row in rows}
    can: dict[str, set[str]] = {}
    for first, *rest in asking(get_command(build())):
        can.setdefault(first, set()).update(rest)
    assert told == can


def test_every_status_of_a_problem_is_described():
    from keepstep.api import problem

    told = {int(number) for row in tables(PAGE)[-1] for number in row[0].split(",")}
    used = {status for _, status in problem._STATUS} | {413, 422}
    assert used <= told
    assert inspect.getdoc(problem.Problem)


def test_the_changes_that_are_shown_are_what_the_api_takes():
    found = PartChanges.model_validate_json(re.search(r"```json\n(.*?)\n```", PAGE)[1])
    assert [one.remove for one in found.changes] == [False, True]
