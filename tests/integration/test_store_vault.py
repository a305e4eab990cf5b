import logging
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from keepstep.core.secret import Secret
from keepstep.errors import SecretMissing, StoreError, UsageError
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.vault import Vault

PLANTED = "gEheim-ß-7731"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "master.key"
    create_master_key(file)
    return file


@pytest.fixture
def vault(database, key_file, clock):
    return Vault(database, FileKeys(key_file), clock)


def test_a_secret_comes_back_as_it_was_set(vault):
    vault.set("ad-password", Secret(PLANTED))
    assert vault.get("ad-password").reveal() == PLANTED


def test_a_secret_set_again_replaces_the_first(vault):
    vault.set("ad-password", Secret("old"))
    vault.set("ad-password", Secret(PLANTED))
    assert vault.get("ad-password").reveal() == PLANTED
    assert vault.names() == ["ad-password"]


def test_secrets_are_listed_by_name_and_removed(vault):
    for name in ("zeta", "alpha", "Mid.dle-1_x"):
        vault.set(name, Secret(PLANTED))
    assert vault.names() == ["Mid.dle-1_x", "alpha", "zeta"]
    vault.remove("alpha")
    assert vault.names() == ["Mid.dle-1_x", "zeta"]


@pytest.mark.parametrize("ask", ["get", "remove"])
def test_a_secret_that_is_not_there_says_how_to_set_it(vault, ask):
    with pytest.raises(SecretMissing, match="nothing") as caught:
        getattr(vault, ask)("nothing")
    assert "keepstep secret set nothing" in caught.value.hint


def test_an_empty_secret_and_a_bad_name_are_refused(vault):
    with pytest.raises(UsageError, match="empty"):
        vault.set("name", Secret(""))
    for name in ("", "a b", "../up", "x" * 65, "name\n"):
        with pytest.raises(UsageError, match="name of a secret"):
            vault.set(name, Secret(PLANTED))


def test_names_can_be_listed_without_the_master_key(database, key_file, clock):
    Vault(database, FileKeys(key_file), clock).set("ad-password", Secret(PLANTED))
    key_file.unlink()
    assert Vault(database, FileKeys(key_file), clock).names() == ["ad-password"]


def test_neither_database_nor_log_nor_any_text_form_holds_a_secret(vault, database, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    vault.set("ad-password", Secret(PLANTED))
    vault.get("ad-password")
    with database.read() as connection:
        rows = connection.execute(text("SELECT * FROM secrets")).all()
    stored = b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file() and path.suffix != ".key")
    shown = f"{vault!r}{vars(vault)!r}{caplog.text}"
    for place in (stored, files, shown.encode()):
        assert PLANTED.encode() not in place


def test_the_same_secret_is_sealed_differently_each_time(vault, database):
    vault.set("one", Secret(PLANTED))
    vault.set("two", Secret(PLANTED))
    with database.read() as connection:
        sealed = [bytes(value) for value in connection.execute(text("SELECT sealed FROM secrets")).scalars()]
    assert len({value[:12] for value in sealed}) == 2
    assert len(set(sealed)) == 2


def test_a_secret_moved_to_another_name_does_not_open(vault, database):
    vault.set("harmless", Secret(PLANTED))
    with database.write() as connection:
        connection.execute(text("UPDATE secrets SET name = 'admin'"))
    with pytest.raises(SecretMissing, match="damaged"):
        vault.get("admin")


@pytest.mark.parametrize("position", [0, 20, 59, 60, 75, -1])
def test_a_secret_with_one_changed_byte_does_not_open(vault, database, position):
    vault.set("ad-password", Secret(PLANTED))
    with database.write() as connection:
        sealed = bytearray(connection.execute(text("SELECT sealed FROM secrets")).scalar_one())
        sealed[position] ^= 1
        connection.execute(text("UPDATE secrets SET sealed = :sealed"), {"sealed": bytes(sealed)})
    with pytest.raises(SecretMissing, match="damaged") as caught:
        vault.get("ad-password")
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 60, b"x" * 72])
def test_a_secret_that_was_cut_does_not_open(vault, database, sealed):
    vault.set("ad-password", Secret(PLANTED))
    with database.write() as connection:
        connection.execute(text("UPDATE secrets SET sealed = :sealed"), {"sealed": sealed})
    with pytest.raises(SecretMissing, match="damaged"):
        vault.get("ad-password")


def test_a_secret_of_another_master_key_says_so(vault, database, tmp_path, clock):
    vault.set("ad-password", Secret(PLANTED))
    other = tmp_path / "other.key"
    create_master_key(other)
    with pytest.raises(SecretMissing, match="another master key"):
        Vault(database, FileKeys(other), clock).get("ad-password")


def test_a_new_master_key_is_its_owners_alone_and_never_replaced(key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    before = key_file.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        create_master_key(key_file)
    assert key_file.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o777])
def test_a_master_key_that_others_can_reach_is_refused(key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(StoreError, match="open to others") as caught:
        FileKeys(key_file).read()
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "keepstep-master-key:1:", "keepstep-master-key:1:AAAA", "keepstep-master-key:1:%%%", "\xff"],
)
def test_a_damaged_master_key_is_said_to_be_damaged(key_file, content):
    key_file.write_text(content, encoding="latin-1")
    with pytest.raises(StoreError, match="is damaged") as caught:
        FileKeys(key_file).read()
    assert "backup" in caught.value.hint


def test_a_missing_master_key_says_where_to_get_one(tmp_path):
    with pytest.raises(StoreError, match="is missing") as caught:
        FileKeys(tmp_path / "master.key").read()
    assert "keepstep init" in caught.value.hint


def test_a_master_key_is_never_shown(key_file):
    key = FileKeys(key_file).read().newest
    text_of_key = key_file.read_text().strip().rsplit(":", 1)[1]
    assert text_of_key not in repr(key)
    assert key.id in repr(key)
    assert text_of_key not in repr(FileKeys(key_file).read())
    assert FileKeys(key_file).read().ids == (key.id,)


def test_a_folder_in_the_place_of_the_master_key_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="cannot be used"):
        FileKeys(tmp_path).read()
    with pytest.raises(StoreError, match="cannot be used"):
        create_master_key(tmp_path / "missing" / "master.key")
