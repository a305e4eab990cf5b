"""The page about security: its configuration, its keys, and what it says is refused."""

import re

import pytest

from keepstep.connectors.dialing import refusal
from keepstep.core.configuration import Configuration
from keepstep.core.egress import EgressSpec, ProxySpec
from tests.docs.tables import documented, keys_of, page, section, tables, yaml_blocks

PAGE = page("security.md")
EGRESS = section(PAGE, "Where calls may go")


def refused():
    """Each address or network that the page calls refused, and whether a listed name may lead there."""
    for _, places, by_name in tables(EGRESS)[1]:
        for place in re.findall(r"`([^`]+)`", places):
            yield place.partition("/")[0], by_name == "yes"


def test_the_configuration_of_the_page_is_understood():
    (block,) = yaml_blocks(PAGE)
    assert Configuration.model_validate(block).egress.lists("10.20.30.40")


def test_every_key_is_described_with_its_default():
    proxy = {f"proxy.{key}": default for key, default in keys_of(ProxySpec).items()}
    assert documented(EGRESS) == keys_of(EgressSpec) | proxy


@pytest.mark.parametrize(("address", "by_name"), list(refused()))
def test_what_the_page_calls_refused_is_refused(address, by_name):
    assert not EgressSpec().admits(address, named=False)
    assert EgressSpec().admits(address, named=True) is by_name or address.endswith(".0")
    assert EgressSpec(allow=[address]).admits(address, named=False)


def test_the_message_of_the_page_is_the_message_of_the_program():
    error = refusal("erp.corp.example", "10.20.30.40")
    assert f"{error.message}\n{error.hint}" in PAGE
