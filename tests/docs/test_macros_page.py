"""The page about macros says what the program does."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from keepstep.core.configuration import Configuration
from keepstep.core.macro import Names, compile_macro
from keepstep.core.macro_catalogue import MacroWord, macro_catalogue
from keepstep.core.macro_function import EXAMPLE
from keepstep.core.macro_names import Where
from keepstep.errors import MacroError

PAGE = (Path(__file__).parents[2] / "docs" / "macros.md").read_text()


def code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def shown(word: MacroWord) -> str:
    return " and ".join(code(value) for value in word.result)


def function_table() -> str:
    lines = ["| Function | Gives | Example | Result |", "| --- | --- | --- | --- |"]
    for word in macro_catalogue().functions:
        lines.append(f"| {code(word.write)} | {word.meaning} | {code(word.example)} | {shown(word)} |")
    return "\n".join(lines)


def name_table() -> str:
    lines = ["| Name | Gives | Where | Example | Result |", "| --- | --- | --- | --- | --- |"]
    for word in macro_catalogue().names:
        where = "everywhere" if len(word.where) == len(Where) else ", ".join(word.where)
        lines.append(f"| {code(word.write)} | {word.meaning} | {where} | {code(word.example)} | {shown(word)} |")
    return "\n".join(lines)


def example_table() -> str:
    rows = [f"| `{name}` | {' and '.join(map(code, values)) or 'none'} |" for name, values in EXAMPLE.items()]
    return "\n".join(rows)


def test_the_table_of_functions_is_the_one_of_the_program() -> None:
    assert function_table() in PAGE


def test_the_table_of_names_is_the_one_of_the_program() -> None:
    assert name_table() in PAGE


def test_the_example_person_is_the_one_of_the_program() -> None:
    assert example_table() in PAGE


@pytest.mark.parametrize(
    ("written", "held", "given"),
    [
        ("{{ sn }}", {"sn": ("Kovač",)}, ("Kovač",)),
        ("{{ sn }}", {"sn": ("a", "b")}, ("a", "b")),
        ("Dr. {{ sn }}", {"sn": ("Kovač",)}, ("Dr. Kovač",)),
        ("Dr. {{ sn }}", {}, ()),
        ("{{ words(givenName, sn) }}", {"sn": ("Kovač",)}, ("Kovač",)),
    ],
)
def test_macros_give_what_the_page_says(written: str, held: dict[str, tuple[str, ...]], given: tuple[str, ...]) -> None:
    assert f"| `{written}` |" in PAGE
    assert compile_macro(written, names=Names.of(["sn", "givenName"]), place="x").render(held) == given


def test_the_reason_on_the_page_is_the_one_of_the_program() -> None:
    with pytest.raises(MacroError) as caught:
        compile_macro("Dr. {{ sn }}", names=Names.of(["sn"]), place="x").render({"sn": ("a", "b")})
    assert f"`{caught.value.message.removeprefix('x: ')}`" in PAGE


def test_the_value_table_on_the_page_does_what_the_page_says() -> None:
    block = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    configuration = Configuration.model_validate({"version": 1, **YAML(typ="safe").load(block)})
    table = configuration.macro_context.tables["departments"]
    assert table.look_up("HR") == "Human Resources"
    with pytest.raises(MacroError):
        table.look_up("hr")
