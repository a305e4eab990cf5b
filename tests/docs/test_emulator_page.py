"""The page about the emulator lists every option, call, switch and fault, and its examples run."""

import asyncio
import json
import re
import shlex
from typing import Any
from urllib.request import Request, urlopen

import pytest
from typer.main import get_command

from keepstep.cli.main import build
from keepstep.core.configuration import Configuration
from keepstep.emulator import FAULTS, RULES, Credentials, Emulator, create_app, parse_fault, running_in_thread
from keepstep.emulator.faults import FaultKind
from keepstep.emulator.rules import RuleDoc
from tests.docs.tables import page, section, shell_lines, table, tables, yaml_blocks

PAGE = page("emulator.md")
LOCAL = "http://127.0.0.1:8085"


def written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def else_of(doc: RuleDoc) -> str:
    """Return what else a switch may be."""
    if isinstance(doc.default, bool):
        return f"`{written(not doc.default)}`"
    if isinstance(doc.default, int):
        return "a whole number above 0"
    return ", ".join(f"`{choice}`" for choice in doc.choices if choice != doc.default)


def rule_table() -> str:
    rows = [[f"`{name}`", f"`{written(doc.default)}`", else_of(doc), doc.meaning] for name, doc in RULES.items()]
    return table(["Switch", "Default", "Else", "Decides"], rows)


def hit_by(kind: FaultKind) -> str:
    told = f"`{kind.operation}`" if kind.operation else "every call"
    return told + (", pages after the first" if kind.later_pages else "")


def own_of(kind: FaultKind) -> str:
    return ", ".join(f"`{key}={value}`" for key, value in kind.parameters.items())


def fault_table() -> str:
    rows = [
        [f"`{name}`", kind.meaning, hit_by(kind), str(kind.times or "for ever"), own_of(kind)]
        for name, kind in FAULTS.items()
    ]
    return table(["Fault", "What the emulator does", "Hits", "Times", "Parameters"], rows)


def command():
    return get_command(build()).commands["emulate"].commands["infobip"]


def test_the_table_of_switches_is_the_one_of_the_program():
    assert rule_table() in PAGE


def test_the_table_of_faults_is_the_one_of_the_program():
    assert fault_table() in PAGE


def test_every_option_is_described_with_its_default():
    (rows,) = tables(section(PAGE, "Starting it"))
    said = {option.strip("`").partition(" ")[0]: default.strip("`") for option, default, _ in rows}
    options = {name: option for option in command().params for name in option.opts if name.startswith("--")}
    assert said.keys() == options.keys() - {"--home", "--help", "--server"}
    for name, default in said.items():
        wanted = options[name].default
        assert default == (str(wanted) if wanted is not None else "none"), name


def test_the_credentials_are_those_of_the_program():
    known = Credentials()
    for text in (known.username, known.password, known.api_key, known.read_only_key):
        assert f"`{text}`" in section(PAGE, "Credentials")


def test_every_control_call_is_described():
    (rows,) = tables(section(PAGE, "The control calls"))
    said = {tuple(call.strip("`").split()) for call, *_ in rows}
    resources = create_app(Emulator()).router.resources()
    (control,) = [resource for resource in resources if resource.canonical == "/_emulator"]
    routes = {(route.method, route.resource.canonical) for route in control if route.resource is not None}
    assert said == {(method, path) for method, path in routes if method != "HEAD"}


def test_every_general_parameter_of_a_fault_is_described():
    (rows, _) = tables(section(PAGE, "Faults"))
    for name, *_ in rows:
        value = "GET" if name.strip("`") == "method" else "1"
        assert parse_fault(f"latency:{name.strip('`')}={value}")
    assert {name.strip("`") for name, *_ in rows} == {"after", "times", "method", "path", "operation"}


def test_the_faults_of_the_examples_can_be_set():
    shown = re.findall(r"--fault ([0-9a-z][\w-]*(?::[\w=,./-]+)?)", PAGE)
    assert shown
    for text in shown:
        assert parse_fault(text)


def test_the_connection_of_the_page_is_right():
    (connections,) = yaml_blocks(PAGE)
    spec = Configuration.model_validate({"version": 1, **connections}).connections["infobip"]
    assert spec.base_url == LOCAL


@pytest.fixture(scope="module")
def url():
    with running_in_thread(Emulator(people=5)) as address:
        yield address


@pytest.mark.parametrize("line", [line for line in shell_lines(PAGE) if line.startswith("curl")])
def test_the_calls_of_the_page_are_answered(url, line):
    words = shlex.split(line, comments=True)[1:]
    options = {"-X": "GET", "-d": "", "-u": "", "-H": ""}
    address = ""
    while words:
        word = words.pop(0)
        if word in options:
            options[word] = words.pop(0)
        else:
            address = word
    assert address.startswith(LOCAL), line
    request = Request(address.replace(LOCAL, url), data=options["-d"].encode() or None, method=options["-X"])
    if options["-H"]:
        name, _, value = options["-H"].partition(": ")
        request.add_header(name, value)
    with urlopen(request, timeout=20) as answer:
        assert answer.status == 200
        json.load(answer)


def test_the_python_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "emulator.md", "exec"), names)
    assert len(asyncio.run(names["people_after_the_run"]())) == 3
