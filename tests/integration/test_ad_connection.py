"""Reaching, trusting and binding to Active Directory, and every way in which that fails."""

import os

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.errors import ConfigurationError, ConnectionLost, CredentialsRefused, TlsRefused
from keepstep.ports import Query
from tests.lab.relay import relay_to, silent_server

pytestmark = [pytest.mark.samba]

USERS = Query(objects="users", attributes=("sAMAccountName",))


async def names(samba, resolve=None, **overrides) -> list[str]:
    """Read all users with a connector of its own."""
    connector = AdConnector("corp", samba.connection(**overrides), resolve or samba.resolve)
    records = []
    try:
        verdict = await connector.read(USERS, records.extend)
    finally:
        await connector.close()
    assert verdict.complete, verdict.reason
    return [record.one("sAMAccountName") for record in records]


async def failed_check(samba, resolve=None, **overrides):
    """Return the one finding of a connection check that is not good, after those that are."""
    connector = AdConnector("corp", samba.connection(**overrides), resolve or samba.resolve)
    try:
        findings = await connector.check(frozenset(ActionKind))
    finally:
        await connector.close()
    assert all(finding.good for finding in findings[:-1])
    assert not findings[-1].good
    assert findings[-1].detail
    assert findings[-1].hint
    return findings[-1]


async def test_ldaps_with_the_right_authority_works(samba):
    assert "Administrator" in await names(samba)


async def test_start_tls_with_the_right_authority_works(samba):
    assert "Administrator" in await names(samba, url=samba.told["LDAP_URL"], start_tls=True)


@pytest.mark.parametrize("user", ["CN=Administrator,CN=Users,DC=lab,DC=example", "LAB\\Administrator"])
async def test_every_form_of_user_name_works(samba, user):
    assert await names(samba, bind={"method": "simple", "user": user, "password": {"secret": "admin"}})


@pytest.mark.parametrize("start_tls", [False, True], ids=["ldaps", "starttls"])
async def test_an_unknown_authority_is_refused_as_such(samba, start_tls):
    over = {"url": samba.told["LDAP_URL"], "start_tls": True} if start_tls else {}
    over["ca_file"] = samba.told["STRANGER_CA_FILE"]
    with pytest.raises(TlsRefused, match="authority that is not trusted"):
        await names(samba, **over)
    assert (await failed_check(samba, **over)).subject == "TLS"


async def test_the_system_s_authorities_are_used_where_none_is_named(samba):
    with pytest.raises(TlsRefused, match="authority that is not trusted"):
        await names(samba, ca_file="")


@pytest.mark.parametrize("start_tls", [False, True], ids=["ldaps", "starttls"])
async def test_a_certificate_for_another_name_is_refused_as_such(samba, start_tls):
    with relay_to(samba.address, 389 if start_tls else 636) as relay:
        over = {"url": f"{'ldap' if start_tls else 'ldaps'}://127.0.0.1:{relay.port}", "start_tls": start_tls}
        with pytest.raises(TlsRefused, match="for another name"):
            await names(samba, **over)
        assert (await failed_check(samba, **over)).subject == "TLS"


async def test_tls_to_a_port_without_it_is_refused(samba):
    with pytest.raises((TlsRefused, ConnectionLost), match="TLS"):
        await names(samba, url=f"ldaps://{samba.address}:389")


async def test_start_tls_to_a_port_that_speaks_tls_already_is_refused(samba):
    with pytest.raises((TlsRefused, ConnectionLost)):
        await names(samba, url=f"ldap://{samba.address}:636", start_tls=True, timeout=3)


async def test_an_authority_file_that_is_missing_or_none_is_named(samba, tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        await names(samba, ca_file=str(tmp_path / "gone.pem"))
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("this is no certificate")
    with pytest.raises(ConfigurationError, match="no PEM certificates"):
        await names(samba, ca_file=str(nonsense))


async def test_a_simple_bind_without_tls_is_not_even_tried(samba):
    with pytest.raises(ConfigurationError, match="unprotected"):
        await names(samba, url=samba.told["LDAP_URL"])
    assert (await failed_check(samba, url=samba.told["LDAP_URL"])).subject == "configuration"


async def test_a_simple_bind_without_tls_that_is_allowed_here_is_refused_there(samba):
    with pytest.raises(TlsRefused, match="protected connection"):
        await names(samba, url=samba.told["LDAP_URL"], allow_plain=True)


async def test_ldaps_and_start_tls_exclude_each_other(samba):
    with pytest.raises(ConfigurationError, match="exclude"):
        await names(samba, start_tls=True)


async def test_a_wrong_password_is_told_without_the_password(samba):
    resolve = lambda _: Secret("WrongPassword-31415")  # noqa: E731
    with pytest.raises(CredentialsRefused, match="data 52e") as caught:
        await names(samba, resolve)
    assert "WrongPassword" not in f"{caught.value} {caught.value.hint} {caught.value!r}"
    assert (await failed_check(samba, resolve)).subject == "bind"


async def test_an_empty_password_never_becomes_an_anonymous_bind(samba):
    with pytest.raises(CredentialsRefused, match="empty"):
        await names(samba, lambda _: Secret(""))


async def test_why_an_account_may_not_bind_is_told(samba):
    password = "Good-Enough-99"
    for account, change, words in (
        ("off", {"userAccountControl": b"514"}, "disabled"),
        ("gone", {"accountExpires": b"130000000000000000"}, "expired"),
        ("new", {"pwdLastSet": b"0"}, "must change"),
    ):
        samba.change(samba.account(account, password), **change)
        bind = {"method": "simple", "user": f"{account}@lab.example", "password": {"secret": account}}
        with pytest.raises(CredentialsRefused, match=words):
            await names(samba, bind=bind)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ldaps://127.0.0.1:9", "nothing listens"),
        ("ldaps://no-such-host.invalid", "name is not known"),
    ],
)
async def test_what_cannot_be_reached_is_told(samba, url, words):
    with pytest.raises(ConnectionLost, match=words):
        await names(samba, url=url)
    assert (await failed_check(samba, url=url)).subject == "reach"


@pytest.mark.parametrize(
    "over",
    [
        {"url": "ldaps://127.0.0.1:{}"},
        {"url": "ldap://127.0.0.1:{}", "start_tls": True},
        {"url": "ldap://127.0.0.1:{}"},
    ],
    ids=["ldaps", "starttls", "plain"],
)
async def test_a_server_that_stays_silent_is_given_up(samba, over):
    with silent_server() as port:
        over = {**over, "url": over["url"].format(port), "allow_plain": True, "timeout": 0.5}
        with pytest.raises((ConnectionLost, TlsRefused)):
            await names(samba, **over)


async def test_a_broken_connection_is_opened_again_for_the_next_read(samba):
    connector = AdConnector("corp", samba.connection(), samba.resolve)
    await connector.read(USERS, lambda _: None)
    samba.run("stop")
    samba.run("start")
    assert (await connector.read(USERS, lambda _: None)).complete
    await connector.close()


def environment(samba, monkeypatch, tmp_path, cache="none"):
    monkeypatch.setenv("KRB5_CONFIG", samba.krb5_config)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / cache}")


@pytest.mark.parametrize("url", ["LDAP_URL", "LDAPS_URL"], ids=["sealed", "inside tls"])
async def test_kerberos_with_a_keytab_works(samba, monkeypatch, tmp_path, url):
    environment(samba, monkeypatch, tmp_path)
    keytab = tmp_path / "svc.keytab"
    samba.run("keytab", "Administrator", str(keytab))
    before = dict(os.environ)
    for principal in ("", "administrator", "Administrator@LAB.EXAMPLE"):
        bind = {"method": "kerberos", "keytab": str(keytab), "principal": principal}
        assert "Administrator" in await names(samba, url=samba.told[url], bind=bind)
    assert dict(os.environ) == before
    with pytest.raises(ConfigurationError, match="principal"):
        await names(samba, url=samba.told[url], bind={**bind, "principal": "somebody"})


async def test_kerberos_without_a_ticket_says_what_to_do(samba, monkeypatch, tmp_path):
    environment(samba, monkeypatch, tmp_path)
    with pytest.raises(CredentialsRefused, match="no Kerberos ticket") as caught:
        await names(samba, bind={"method": "kerberos"})
    assert "keytab" in caught.value.hint


async def test_a_keytab_that_is_missing_or_old_is_told(samba, monkeypatch, tmp_path):
    environment(samba, monkeypatch, tmp_path)
    with pytest.raises(ConfigurationError, match="no such file"):
        await names(samba, bind={"method": "kerberos", "keytab": str(tmp_path / "gone")})
    broken = tmp_path / "broken.keytab"
    for content in (b"", b"\x05\x02", b"\x05\x02\x00\x00\x00\x09abc", b"no keytab at all"):
        broken.write_bytes(content)
        with pytest.raises(ConfigurationError, match="no keys"):
            await names(samba, bind={"method": "kerberos", "keytab": str(broken)})
    samba.account("kerb", "First-Password-1")
    keytab = tmp_path / "old.keytab"
    samba.run("keytab", "kerb", str(keytab))
    samba.tool("user", "setpassword", "kerb", "--newpassword=Second-Password-2")
    with pytest.raises(CredentialsRefused):
        await names(samba, bind={"method": "kerberos", "keytab": str(keytab)})
