"""The master key comes from a file, the environment, the keyring of the operating system, or a program."""

import json
import os
import stat
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from keepstep.errors import SecretMissing, StoreError, UsageError
from keepstep.key_place import key_place
from keepstep.store.key_source import FileKeys
from keepstep.store.master_key import ring_of
from tests.integration.cli_world import Cli

KEYS = [b64encode(bytes([number]) * 32).decode() for number in range(3)]
PLANTED = "gEheim-ß-7731"


def usual(tmp_path: Path, **environment: str):
    return key_place(dict(environment)).source(tmp_path / "master.key")


def test_several_keys_stand_in_one_place_the_oldest_first(tmp_path):
    for between in (" ", "\n", ",", " ,\n\t"):
        ring = usual(tmp_path, KEEPSTEP_MASTER_KEY=between.join(KEYS)).read()
        assert [key.line().strip().rpartition(":")[2] for key in ring.keys] == KEYS
    assert ring_of(ring.text(), what="it", hint="").ids == ring.ids


def test_a_key_that_stands_there_twice_counts_once(tmp_path):
    assert len(usual(tmp_path, KEEPSTEP_MASTER_KEY=f"{KEYS[0]} {KEYS[0]}").read().keys) == 1


@pytest.mark.parametrize(
    "text", ["not-a-key", KEYS[0][:-4], KEYS[0] + "!", f"{KEYS[0]} nonsense", " , ", " ".join(KEYS * 6)]
)
def test_what_is_no_key_is_refused_without_being_shown(tmp_path, text):
    with pytest.raises(StoreError, match=r"\$KEEPSTEP_MASTER_KEY is damaged") as caught:
        usual(tmp_path, KEEPSTEP_MASTER_KEY=text).read()
    assert "openssl rand -base64 32" in caught.value.hint
    assert [word for word in text.replace(",", " ").split() if word in f"{caught.value}{caught.value.hint}"] == []


def test_a_key_in_the_environment_is_taken_out_of_it():
    environment = {"KEEPSTEP_MASTER_KEY": KEYS[0], "PATH": "/bin", "KEEPSTEP_DATABASE": "x"}
    place = key_place(environment)
    assert environment == {"PATH": "/bin", "KEEPSTEP_DATABASE": "x"}
    assert KEYS[0] not in repr(place)


def test_two_places_of_the_key_are_one_too_many():
    with pytest.raises(UsageError, match=r"\$KEEPSTEP_MASTER_KEY and \$KEEPSTEP_MASTER_KEY_FILE"):
        key_place({"KEEPSTEP_MASTER_KEY": KEYS[0], "KEEPSTEP_MASTER_KEY_FILE": "/etc/key"})


@pytest.mark.parametrize(
    "text", ["/usr/bin/vault", "[]", '["vault"]', '["/bin/x", 1]', '{"a": 1}', '["/bin/x", "\\u0000"]', "[" * 9]
)
def test_a_command_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="KEEPSTEP_MASTER_KEY_COMMAND is no command"):
        key_place({"KEEPSTEP_MASTER_KEY_COMMAND": text})


def test_a_program_prints_the_key_and_gets_no_variable_of_keepstep(tmp_path):
    script = tmp_path / "print-key"
    script.write_text(f'#!/bin/sh\nenv >{tmp_path}/seen\necho "$1"\n')
    script.chmod(0o700)
    given = {"KEEPSTEP_MASTER_KEY_COMMAND": json.dumps([str(script), KEYS[1]]), "KEEPSTEP_URL": "x", "VAULT": "y"}
    source = usual(tmp_path, **given, PATH=os.environ["PATH"])
    assert source.read().newest.line().strip().endswith(KEYS[1])
    seen = (tmp_path / "seen").read_text()
    assert "VAULT=y" in seen
    assert "KEEPSTEP" not in seen
    assert source.make() is False
    script.chmod(0o722)
    with pytest.raises(SecretMissing, match="others may change"):
        source.read()


def test_a_new_ring_takes_the_place_of_the_file_in_one_step(tmp_path):
    source = FileKeys(tmp_path / "master.key")
    assert source.make() is True
    assert source.make() is False
    source.keep(ring_of(" ".join(KEYS), what="it", hint=""))
    assert len(source.read().keys) == 3
    assert stat.S_IMODE(source.file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


# ---------------------------------------------------------------- as the program is called


@pytest.fixture
def elsewhere(tmp_path) -> Cli:
    return Cli(tmp_path / "home")


def test_the_key_stands_in_another_file(elsewhere, tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPSTEP_MASTER_KEY_FILE", str(tmp_path / "keys" / "keepstep"))
    (tmp_path / "keys").mkdir()
    assert str(tmp_path / "keys" / "keepstep") in elsewhere.good("init")
    assert not (elsewhere.home / "master.key").exists()
    elsewhere.good("secret", "set", "one", text=f"{PLANTED}\n")
    elsewhere.good("secret", "rotate-key")
    assert len((tmp_path / "keys" / "keepstep").read_text().split()) == 2
    assert elsewhere.good("secret", "list") == "one\n"


def test_with_a_key_in_the_environment_none_is_on_the_disk(elsewhere, monkeypatch):
    def good(*words, text=None, keys=KEYS[:1]):
        monkeypatch.setenv("KEEPSTEP_MASTER_KEY", " ".join(keys))  # each call takes it out
        return elsewhere.good(*words, text=text)

    good("init")
    good("secret", "set", "one", text=f"{PLANTED}\n")
    assert "KEEPSTEP_MASTER_KEY" not in os.environ
    assert not (elsewhere.home / "master.key").exists()
    assert "LOST" not in good("secret", "list")
    assert "LOST" in good("secret", "list", keys=KEYS[1:2])
    assert "is in use" in good("secret", "rotate-key", keys=KEYS[:2])
    told = elsewhere_forget(good)
    assert "less than a minute ago" in told
    assert "LOST" not in good("secret", "list", keys=KEYS[1:2])


def elsewhere_forget(good) -> str:
    with pytest.raises(AssertionError, match="less than a minute ago") as caught:
        good("secret", "forget-key", keys=KEYS[:2])
    return str(caught.value)


KEYRING = """
import json, os, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

FILE = pathlib.Path(os.environ["TEST_KEYRING"])

class FileKeyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        if FILE.with_suffix(".locked").exists():
            raise KeyringLocked("locked")
        return json.loads(FILE.read_text()).get(f"{service}/{username}") if FILE.exists() else None

    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({f"{service}/{username}": password}))
"""


def test_the_key_is_in_the_keyring_of_the_operating_system(tmp_path):
    """The library is the real one; what it keeps in is a file, as there is no desktop."""
    (tmp_path / "own_keyring.py").write_text(KEYRING)
    held = tmp_path / "held"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")])),
        "PYTHON_KEYRING_BACKEND": "own_keyring.FileKeyring",
        "TEST_KEYRING": str(held),
        "KEEPSTEP_MASTER_KEY_KEYRING": "this installation",
    }

    def call(*words, text="", code=0):
        command = [sys.executable, "-m", "keepstep", *words, "--home", str(tmp_path / "home")]
        done = subprocess.run(
            command, env=environment, input=text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done
        return done.stdout + done.stderr

    call("init")
    assert not (tmp_path / "home" / "master.key").exists()
    assert list(json.loads(held.read_text())) == ["keepstep/this installation"]
    call("secret", "set", "one", text=f"{PLANTED}\n")
    call("secret", "rotate-key")
    assert len(json.loads(held.read_text())["keepstep/this installation"].split()) == 2
    assert call("secret", "list") == "one\n"
    held.with_suffix(".locked").touch()
    shown = call("secret", "set", "two", text="x\n", code=1)
    assert 'master key "this installation" in the keyring cannot be had: KeyringLocked' in shown
    assert "unlock the keyring" in shown
    held.with_suffix(".locked").unlink()
    held.unlink()
    assert "is missing" in call("secret", "list")
