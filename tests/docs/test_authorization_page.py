"""What the page on authorization says is so."""

import re
from typing import get_args

import pytest

from keepstep.connectors.rest.preset import application_of
from keepstep.core.authorization import Authorization
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand
from tests.docs.tables import keys_of, page, section, tables

PAGE = page("authorization.md")
TYPES = {spec.model_fields["type"].annotation.__args__[0]: spec for spec in get_args(get_args(Authorization)[0])}
EXAMPLES = re.findall(r"```yaml\n(version: 1.*?)```", PAGE, re.DOTALL)


def said():
    (rows,) = tables(section(PAGE, "Types and keys"))
    found = {}
    for kind, key, default, *_ in rows:
        found.setdefault(kind.strip("`"), {})[key.strip("`")] = default
    return found


@pytest.mark.parametrize("kind", TYPES)
def test_every_key_of_every_type_is_described_with_its_default(kind):
    wanted = {
        key: {"`None`": "none", "`{}`": "none"}.get(default, default) for key, default in keys_of(TYPES[kind]).items()
    }
    del wanted["type"]
    assert said()[kind] == (wanted or {"": ""})


def test_no_type_is_described_that_there_is_not():
    assert said().keys() == TYPES.keys()


def test_there_is_an_example_for_every_type_but_the_one_of_infobip():
    specs = [
        spec for text in EXAMPLES for spec in understand(parse(text, name="page"), application_of).connections.values()
    ]
    assert {spec.authorization.type for spec in specs} == TYPES.keys() - {"session"}
