"""A table keeps the contract of a connector that is only read."""

import pytest

from keepstep.testing.contract import checks
from tests.contract.table_subject import Csv, Xlsx, subject_in


@pytest.fixture(params=[Csv, Xlsx])
async def subject(tmp_path, request):
    found = subject_in(tmp_path, request.param)
    yield found
    await found.connector.close()


@pytest.mark.parametrize("check", checks(frozenset()), ids=lambda check: check.__name__)
async def test_the_table_keeps_the_contract(check, subject):
    await check(subject)
