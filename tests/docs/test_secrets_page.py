"""What the page on secrets says is so."""

import re

from keepstep.connectors.rest.preset import application_of
from keepstep.core.secret import SecretRef
from keepstep.core.secret_command import SecretCommand
from keepstep.key_place import KeyPlace, key_place
from keepstep.store.config_file import parse
from keepstep.usecases.allow_secret_commands import allow_secret_commands
from keepstep.usecases.configure import understand
from tests.docs.tables import documented, keys_of, page, section, tables

PAGE = page("secrets.md")
CONFIGURATION, COMMANDS = re.findall(r"```yaml\n(version: 1.*?)```", PAGE, re.DOTALL)


def test_every_way_to_say_where_a_secret_is_is_described():
    (rows,) = tables(section(PAGE, "Where a secret is"))
    assert [row[0].strip("`") for row in rows] == list(SecretRef.model_fields)


def test_there_is_an_example_for_every_way():
    connections = understand(parse(CONFIGURATION, name="page"), application_of).connections
    found = [list(spec.authorization.token.model_dump()) for spec in connections.values()]
    assert found == [[name] for name in SecretRef.model_fields]


def test_every_key_of_a_secret_command_is_described_with_its_default():
    assert documented(section(PAGE, "Programs that print a secret")) == keys_of(SecretCommand)


def test_the_example_of_a_secret_command_is_right():
    (command,) = allow_secret_commands(parse(COMMANDS, name="page")).values()
    assert (command.program, command.environment) == ("/usr/bin/vault", ["VAULT_ADDR", "VAULT_TOKEN"])


def test_every_place_of_the_master_key_is_described():
    (rows,) = tables(section(PAGE, "The master key"))
    said = [row[0].strip("`") for row in rows[1:]]
    (command,) = re.findall(r"`(\[\"/usr.*?\])`", rows[-1][1])
    given = dict.fromkeys(said, "x") | {said[-1]: command}
    places = [key_place({name: given[name]}) for name in said]
    assert len({str(place) for place in places} | {str(KeyPlace())}) == len(rows)
    assert [place.in_file for place in places] == [True, False, False, False]
