"""The lab itself: its script is clean, goes back where it was told to, and keeps to its folder."""

import shutil
import subprocess

import pytest

from tests.lab.directory import ROOT, SCRIPT, script

pytestmark = [pytest.mark.samba]


def test_the_script_is_clean(samba_server):
    done = subprocess.run(["shellcheck", str(SCRIPT)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_it_says_how_it_is_used(samba_server):
    done = subprocess.run(["bash", str(SCRIPT)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    for command in ("install", "start", "stop", "reset", "snapshot", "seed", "status", "env"):
        assert f"samba.sh {command}" in done.stdout


def test_it_goes_back_to_a_snapshot_and_to_the_beginning(samba):
    dn = samba.organizational_unit("Kept")
    samba.run("snapshot", "with-ou")
    samba.remove(dn)
    samba.run("reset", "with-ou")
    assert samba.look(dn) is not None
    samba.run("reset")
    assert samba.look(dn) is None
    assert samba.run("status").startswith("running at ldaps://127.0.88.")


def test_commands_may_come_twice(samba):
    for command in ("install", "start", "start", "stop", "stop", "start"):
        samba.run(command)
    assert samba.look(samba.base) is not None


@pytest.mark.parametrize(
    "arguments", [("reset", "no-such-snapshot"), ("seed", "many"), ("snapshot", "../x"), ("load", "gone.ldif")]
)
def test_what_makes_no_sense_is_refused_and_the_domain_survives(samba, arguments):
    with pytest.raises(RuntimeError, match=r"samba\.sh"):
        samba.run(*arguments)
    samba.run("start")
    assert samba.look(samba.base) is not None


def test_it_never_works_in_a_folder_that_is_not_its_own(samba_server, tmp_path):
    precious = tmp_path / "private"
    precious.write_text("mine")
    with pytest.raises(RuntimeError, match="neither empty nor a lab"):
        script(tmp_path, "wipe")
    assert precious.read_text() == "mine"


def test_nothing_of_it_is_in_the_repository(samba_server):
    git = shutil.which("git")
    if (ROOT / ".git").exists() and git:
        listed = subprocess.run([git, "ls-files", ".lab"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert listed.stdout == ""
