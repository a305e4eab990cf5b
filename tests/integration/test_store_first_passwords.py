from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.errors import SecretMissing, UsageError
from keepstep.ports import FirstPassword
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.tables import FIRST_PASSWORDS
from keepstep.store.vault import Vault

PLANTED = "Geheim-ß-7731"


def first(account: str = "mira", password: str = PLANTED, **more) -> FirstPassword:
    given = {"connection": "corp", "key": NativeKey(f"guid-{account}"), "account": account, "days": 14}
    return FirstPassword(**{**given, "password": Secret(password), **more})


@pytest.fixture
def vault(database, tmp_path: Path, clock):
    create_master_key(tmp_path / "master.key")
    return Vault(database, FileKeys(tmp_path / "master.key"), clock)


@pytest.fixture
def kept(database, vault, clock):
    return FirstPasswords(database, vault, clock)


def test_a_password_is_opened_once_and_then_says_when_and_by_whom(kept):
    kept.seal(first())
    assert kept.open(kept.find("MIRA"), operator="ana").reveal() == PLANTED
    assert kept.waiting() == []
    with pytest.raises(SecretMissing, match=r"was opened at 2031-05-04 03:02 UTC by ana") as caught:
        kept.find("mira")
    assert "directory" in caught.value.hint


def test_two_who_open_one_password_at_the_same_time_do_not_both_get_it(kept):
    kept.seal(first())
    seen = kept.find("mira")
    kept.open(seen, operator="ana")
    with pytest.raises(SecretMissing, match="somebody else just now"):
        kept.open(seen, operator="ben")


def test_who_waits_is_listed_without_the_password(kept):
    kept.seal(first("mira"))
    kept.seal(first("ana", days=2))
    listed = kept.waiting()
    assert [(one.connection, one.account) for one in listed] == [("corp", "mira"), ("corp", "ana")]
    assert [one.until - one.since for one in listed] == [timedelta(days=14), timedelta(days=2)]
    assert PLANTED not in repr(listed)


def test_a_password_sealed_again_replaces_the_earlier_one(kept):
    kept.seal(first(password="Earlier-Pass-1"))
    kept.open(kept.find("mira"), operator="ana")
    kept.seal(first())
    assert len(kept.waiting()) == 1
    assert kept.open(kept.find("mira"), operator="ana").reveal() == PLANTED


def test_a_password_expires_for_good(kept, clock, database):
    kept.seal(first(days=2))
    clock.moment += timedelta(days=2)
    assert kept.waiting() == []
    with pytest.raises(SecretMissing, match="expired at 2031-05-06"):
        kept.find("mira")
    with database.read() as connection:
        assert connection.execute(select(FIRST_PASSWORDS.c.sealed)).scalars().all() == [None]


def test_one_that_was_withdrawn_is_not_known(kept):
    kept.seal(first())
    kept.withdraw("corp", NativeKey("guid-mira"))
    with pytest.raises(SecretMissing, match="no first password is kept"):
        kept.find("mira")


def test_an_account_of_several_connections_needs_the_connection(kept):
    kept.seal(first())
    kept.seal(first(connection="lab", password="Lab-Pass-22"))
    with pytest.raises(UsageError, match="corp, lab"):
        kept.find("mira")
    assert kept.open(kept.find("mira", connection="lab"), operator="ana").reveal() == "Lab-Pass-22"
    assert kept.open(kept.find("mira"), operator="ana").reveal() == PLANTED


def test_a_row_that_was_moved_to_another_account_does_not_open(kept, database):
    kept.seal(first())
    with database.write() as connection:
        connection.execute(FIRST_PASSWORDS.update().values(object_key="guid-other"))
    with pytest.raises(SecretMissing, match="damaged"):
        kept.open(kept.find("mira"), operator="ana")


@pytest.mark.parametrize("end", ["opened", "withdrawn", "replaced", "expired"])
def test_what_was_sealed_is_nowhere_in_the_files_afterwards(end, tmp_path, clock):
    file = tmp_path / "keepstep.db"
    create_master_key(tmp_path / "master.key")

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("keepstep.db*") if path.is_file())

    with open_database(sqlite_url(file)) as database:
        kept = FirstPasswords(database, Vault(database, FileKeys(tmp_path / "master.key"), clock), clock)
        kept.seal(first("ana", "Another-Pass-1"))
        kept.seal(first())
        with database.read() as connection:
            sealed = connection.execute(
                select(FIRST_PASSWORDS.c.sealed).where(FIRST_PASSWORDS.c.account == "mira")
            ).scalar_one()
        assert sealed in on_disk()
        assert PLANTED.encode() not in on_disk()
        match end:
            case "opened":
                kept.open(kept.find("mira"), operator="ana")
            case "withdrawn":
                kept.withdraw("corp", NativeKey("guid-mira"))
            case "replaced":
                kept.seal(first())
            case "expired":
                clock.moment += timedelta(days=15)
                assert kept.waiting() == []
        assert sealed not in on_disk()
