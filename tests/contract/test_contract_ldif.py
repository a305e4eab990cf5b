"""The LDIF directory keeps the contract of all connectors, and that of directories."""

import pytest

from keepstep.core.plan import ActionKind
from keepstep.testing.contract import checks, checks_of_browsing, checks_of_directories
from tests.contract.ldif_subject import subject_in


@pytest.fixture
async def subject(tmp_path):
    found = subject_in(tmp_path)
    yield found
    await found.connector.close()


ALL = (*checks(frozenset(ActionKind)), *checks_of_directories(), *checks_of_browsing())


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
async def test_the_ldif_directory_keeps_the_contract(check, subject):
    await check(subject)
