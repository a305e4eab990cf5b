"""`keepstep macro`: the words of macros, and conversion of %attribute%, as a person calls it."""

import json

from typer.testing import CliRunner

from keepstep.cli.main import build
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.core.macro_names import FAMILIES


def run(*arguments: str, typed: str = ""):
    return CliRunner().invoke(build(), list(arguments), input=typed)


def test_the_list_shows_every_name_and_function_with_its_example():
    output = run("macro", "list").output
    for row in FUNCTIONS.values():
        assert row.signature in output
        assert row.example in output
    assert all(family.name in output for family in FAMILIES)


def test_the_list_can_be_narrowed_and_is_data_too():
    found = json.loads(run("macro", "list", "accents", "--json").output)
    assert "remove_accents" in [word["name"] for word in found["functions"]]
    assert found["names"] == []
    assert "nothing about" in run("macro", "list", "zzz").output


def test_a_pasted_request_is_converted_and_told_beside_it():
    result = run(
        "macro", "convert", "--column", "office", typed='{"n": "%givenName%", "o": "%office%"} 100% %20 %nix%\n'
    )
    assert result.exit_code == 0
    assert result.stdout == '{"n": "{{ givenName }}", "o": "{{ office }}"} 100% %20 %nix%\n'
    assert "converted %givenName% to {{ givenName }}" in result.stderr
    assert "left %nix% as it is" in result.stderr
    assert json.loads(run("macro", "convert", "--json", typed="%sn%").output)["text"] == "{{ sn }}"
    assert "nothing to convert" in run("macro", "convert", typed="100%").stderr
