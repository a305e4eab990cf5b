"""The limits of a real directory: pages get past those they may, and a result that was cut is never complete."""

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.secret import Secret
from keepstep.core.values import Completeness
from keepstep.errors import ConnectorError
from keepstep.ports import Query
from tests.lab.openldap import BASE, PASSWORD, USER, openldap

pytestmark = [pytest.mark.samba]

COUNT = 2500


async def read(url: str):
    spec = ActiveDirectoryConnection.model_validate(
        {
            "kind": "active_directory",
            "url": url,
            "allow_plain": True,
            "bind": {"method": "simple", "user": USER, "password": {"secret": "x"}},
            "base": BASE,
        }
    )
    connector = AdConnector("corp", spec, lambda _: Secret(PASSWORD))
    records = []
    try:
        verdict = await connector.read(Query(objects="users", attributes=("sAMAccountName",)), records.extend)
    finally:
        await connector.close()
    return verdict, records


async def test_a_limit_for_single_searches_is_passed_by_pages(samba_server, tmp_path):
    limits = "sizelimit size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited"
    with openldap(tmp_path, people=COUNT, limits=limits) as url:
        verdict, records = await read(url)
    assert verdict.completeness is Completeness.COMPLETE
    assert sorted(record.one("sAMAccountName") for record in records) == sorted(f"p{n}" for n in range(COUNT))


async def test_a_limit_on_the_whole_makes_the_read_partial(samba_server, tmp_path):
    limits = "sizelimit size.soft=500 size.hard=500 size.pr=1000 size.prtotal=1500"
    with openldap(tmp_path, people=COUNT, limits=limits) as url:
        verdict, records = await read(url)
    assert verdict.completeness is Completeness.PARTIAL
    assert "limit" in verdict.reason
    assert len(records) < COUNT


async def test_a_limit_on_the_page_is_an_error(samba_server, tmp_path):
    with (
        openldap(tmp_path, people=COUNT, limits="sizelimit size.soft=500 size.pr=400") as url,
        pytest.raises(ConnectorError, match="limit"),
    ):
        await read(url)
