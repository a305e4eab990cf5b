"""A named search of a directory keeps the contract as users and groups do."""

from dataclasses import replace
from pathlib import Path

import pytest

from keepstep.connectors.registry import Premises, build_connector
from keepstep.core.connection import LdifConnection, NamedSearch, NewAccounts
from keepstep.core.plan import ActionKind
from keepstep.testing.contract import checks, checks_of_browsing
from tests.contract.ldif_subject import subject_in

SEARCH = NamedSearch(base="OU=Staff,DC=corp,DC=example", filter="(|(sAMAccountName=ct-*)(displayName=*))")


@pytest.fixture
async def subject(tmp_path):
    found = subject_in(tmp_path)
    spec = LdifConnection(
        kind="ldif",
        file="corp.ldif",
        searches={"contractors": SEARCH},
        new_accounts=NewAccounts(container="ou=staff,dc=corp,dc=example"),
    )
    connector = build_connector("corp", spec, Premises(folder=Path(tmp_path), resolve=None, tokens=None, handover=None))
    yield replace(found, connector=connector, objects="contractors")
    await connector.close()


@pytest.mark.parametrize(
    "check", (*checks(frozenset(ActionKind)), *checks_of_browsing()), ids=lambda check: check.__name__
)
async def test_a_search_keeps_the_contract(check, subject):
    await check(subject)
