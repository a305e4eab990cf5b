"""The page about Infobip says what the preset, the connection and the emulator say."""

import re

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from keepstep.cli.main import build
from keepstep.connectors.rest.connector import RestConnector
from keepstep.connectors.rest.pacing import Pacer
from keepstep.connectors.rest.preset import load_preset, parse_preset
from keepstep.core.application import ApplicationSpec, AttributeSpec
from keepstep.core.configuration import Configuration
from keepstep.core.connection import RestConnection
from keepstep.core.plan import ActionKind
from keepstep.core.schema import Normal, Syntax
from keepstep.core.secret import Secret
from keepstep.core.sync_rule import SyncRule
from keepstep.emulator import FAULTS, RULES, Emulator, running
from tests.docs.tables import documented, keys_of, page, section, shell_lines, table, tables, yaml_blocks
from tests.lab.loopback import LOOPBACK

PAGE = page("infobip.md")
PRESET = load_preset("infobip")
PERSONS = PRESET.objects["persons"]
NORMALS = {Normal.TRIM: "no blanks at the ends", Normal.DIGITS: "digits only", Normal.LOWER: "small letters"}
SYNTAXES = {Syntax.DATE: "a date, `2026-11-23`", Syntax.TIME: "a time in UTC", Syntax.INTEGER: "a whole number"}


def rules_of(spec: AttributeSpec) -> str:
    """Return what the page says of one attribute."""
    said = ["read only"] if not spec.writable else []
    said += ["belongs to one person only"] if spec.unique else []
    said += [SYNTAXES[spec.syntax]] if spec.syntax in SYNTAXES else []
    said += [" or ".join(f"`{choice}`" for choice in spec.choices)] if spec.choices else []
    said += [NORMALS[spec.normal]] if spec.normal in NORMALS else []
    said += [f"at most {spec.max_length:,} characters"] if spec.max_length else []
    said += ["without line breaks and `" + " ".join(spec.forbidden.strip()) + "`"] if spec.forbidden else []
    return ", ".join(said)


def values_of(spec: AttributeSpec) -> str:
    if not spec.multi:
        return "one"
    return f"up to {spec.max_values}" if spec.max_values else "several"


def attribute_table() -> str:
    rows = [[f"`{name}`", values_of(spec), rules_of(spec)] for name, spec in PERSONS.attributes.items()]
    return table(["Attribute", "Values", "Rules"], rows)


def limit_table() -> str:
    pace = RestConnection.model_fields["pace"].get_default()
    rows: list[list[str]] = []
    for name, limit in PRESET.limits.items():
        calls = {**PRESET.endpoints, **PRESET.webhooks}
        endpoints = [f"`{key}`" for key, call in calls.items() if call.limit == name]
        rate = Pacer(limit.calls, limit.seconds, share=pace).rate
        rows.append([", ".join(endpoints), f"{limit.calls / limit.seconds:g}", f"{rate:g}"])
    return table(["Call", "Published", "Used"], rows)


def test_every_key_of_the_connection_is_described_with_its_default():
    assert documented(section(PAGE, "Connecting")) == keys_of(RestConnection)


def test_every_way_to_prove_oneself_is_written_as_it_is_taken():
    (rows,) = tables(section(PAGE, "How requests prove themselves"))
    for _, cell in rows:
        written = YAML(typ="safe").load(re.findall(r"`(\{.*?\})`", cell)[0])
        spec = RestConnection.model_validate(
            {"kind": "rest", "base_url": "https://x.example", "authorization": written}
        )
        assert spec.authorization.type == written["type"]


def test_the_scopes_are_those_that_the_connection_check_asks_for():
    (rows,) = tables(section(PAGE, "The least scopes"))
    said = {finding.strip("`"): scope.strip("`") for _, scope, finding in rows}
    assert said == {probe.subject: probe.right for probe in PRESET.probes}


def test_the_table_of_attributes_is_the_one_of_the_preset():
    assert attribute_table() in PAGE


def test_the_table_of_limits_is_the_one_of_the_preset():
    assert limit_table() in PAGE


def test_the_types_of_custom_attributes_are_those_of_the_preset():
    assert PERSONS.definitions is not None
    assert PERSONS.open is not None
    assert f"`{PERSONS.open.prefix}NAME`" in PAGE
    assert [name for name in PERSONS.definitions.types if f"`{name}`" not in PAGE] == []


def test_every_call_that_writes_is_described():
    (rows,) = tables(section(PAGE, "How changes are written"))
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row[1])}
    writing = {name for name, endpoint in PRESET.endpoints.items() if endpoint.method != "GET"}
    assert named == {name for name in writing if not name.startswith("probe-")}


def test_every_switch_and_fault_that_is_named_exists():
    (rows,) = tables(section(PAGE, "What Infobip does not say"))
    named = {name for row in rows for name in re.findall(r"`([\w-]+)`", row[2])}
    assert named
    assert named - RULES.keys() - FAULTS.keys() == set()


def test_the_examples_of_a_configuration_are_right():
    connections, rules, other = yaml_blocks(PAGE)
    assert Configuration.model_validate({"version": 1, **connections}).connections.keys() == {"infobip"}
    for rule in rules["rules"].values():
        SyncRule.model_validate(
            {"source": "a.users", "target": "b.persons", "mapping": "m", "correlate": [["a", "b"]]} | rule
        )
    assert ApplicationSpec.model_validate(other).title


async def test_the_other_application_of_the_page_can_be_built():
    text = re.findall(r"```yaml\n(version: 1\ntitle.*?)```", PAGE, re.DOTALL)[0]
    preset = parse_preset("example", text)
    spec = RestConnection.model_validate({"kind": "rest", "preset": "example", "base_url": "https://people.example"})
    connector = RestConnector("example", spec, lambda _: Secret(""), application=preset)
    assert connector.capabilities == {ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DELETE}
    assert (await connector.schema("people")).attribute("userName").unique
    await connector.close()


@pytest.mark.parametrize("line", [line for line in shell_lines(PAGE) if line.startswith("keepstep")])
def test_the_commands_of_the_page_exist(line):
    command = get_command(build())
    for word in line.partition("#")[0].split()[1:]:
        inner = getattr(command, "commands", None)
        if inner is None:
            break
        assert word in inner, line
        command = inner[word]


@pytest.mark.parametrize(("key", "missing"), [("demo-key", set()), ("demo-read-only-key", {"write persons"})])
async def test_the_check_reports_what_the_page_says(key, missing):
    async with running(Emulator(people=1)) as url:
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "base_url": url,
                "authorization": {"type": "api_key", "key": {"secret": "k"}},
            }
        )
        connector = RestConnector("infobip", spec, lambda _: Secret(key), egress=LOOPBACK)
        findings = await connector.check(frozenset(ActionKind))
        await connector.close()
    assert {finding.subject for finding in findings if not finding.good} == missing
    for finding in findings:
        assert f"`{finding.subject}`" in PAGE
