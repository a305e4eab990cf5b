"""The page about security: its configuration, its keys, and what it says is refused."""

import re

import pytest

from keepstep.connectors.dialing import refusal
from keepstep.connectors.rest.transport import LARGEST
from keepstep.connectors.table import workbook
from keepstep.core import xml_tree
from keepstep.core.configuration import Configuration
from keepstep.core.egress import EgressSpec, ProxySpec
from tests.docs.tables import DOCS, documented, keys_of, page, section, tables, yaml_blocks

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


def test_the_bounds_of_the_page_are_those_of_the_program():
    bounds = section(PAGE, "What is bounded")
    assert f"{LARGEST // 2**20} MiB" in bounds
    assert f"{xml_tree.DEEPEST} elements deep, {xml_tree.MOST:,} in all" in bounds
    assert f"{workbook.MOST_UNPACKED // 10**9} GB unpacked, {workbook.MOST_PARTS:,} parts" in bounds
    assert f"{workbook.MOST_TEXTS // 10**6} MB of shared texts" in bounds


def test_every_test_that_is_named_is_there_and_every_one_that_is_there_is_named():
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", section(PAGE, "What is tried")))
    root = DOCS.parent
    assert [name for name in sorted(named) if not (root / name).exists()] == []
    assert {f"tests/security/{path.name}" for path in (root / "tests" / "security").glob("test_*.py")} <= named
