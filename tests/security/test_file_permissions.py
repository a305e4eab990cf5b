"""Over-broad file permissions: somebody else on the machine tries to read what is kept, or to put something in its place."""

import os
import stat

import pytest
import yaml

from tests.integration.test_cli_compare import in_step


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def careless():
    """A process whose umask lets everybody do everything."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless")
def test_whatever_is_made_in_the_home_is_its_owners_alone(company):
    channels = {"log": {"kind": "file", "file": "log"}}
    reports = {"daily": {"kind": "audit", "formats": ["csv"], "folder": "daily"}}
    file = company.home / "keepstep.yaml"
    whole = {**yaml.safe_load(file.read_text()), "channels": channels, "reports": reports}
    draft = company.home.parent / "draft.yaml"
    draft.write_text(yaml.safe_dump(whole))
    company.good("config", "apply", draft)
    in_step(company)
    company.good("compare", "staff")
    company.good("report", "run", "daily")
    company.good("channel", "test", "log")
    company.good("backup", company.home.parent / "backup.tar.gz")
    # the folder is closed to others, which protects what lies in it; what holds secrets is closed by itself too
    assert mode(company.home) == 0o700
    ours = [path for path in company.home.rglob("*") if path.name != "directory.ldif"]
    assert {path.name for path in ours} >= {"master.key", "keepstep.db", "keepstep.yaml", "notices", "reports"}
    assert [(path.name, oct(mode(path))) for path in ours if path.name == "master.key" and mode(path) & 0o077] == []
    for folder in ("notices", "reports"):
        assert mode(company.home / folder) == 0o700
        assert all(not mode(path) & 0o077 for path in (company.home / folder).rglob("*"))
    assert not mode(company.home.parent / "backup.tar.gz") & 0o077


@pytest.mark.parametrize("loose", [0o604, 0o640, 0o644, 0o660, 0o666, 0o777])
def test_a_master_key_that_others_can_reach_is_not_used(company, loose):
    (company.home / "master.key").chmod(loose)
    result = company.run("connection", "check", "infobip")
    assert result.exit_code == 1
    assert "chmod 600" in result.output


@pytest.mark.parametrize("loose", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_doctor_finds_a_home_that_others_can_enter(company, loose):
    company.home.chmod(loose)
    result = company.run("doctor")
    assert result.exit_code == 1
    assert "chmod 700" in result.stdout


@pytest.mark.parametrize("loose", [0o602, 0o620, 0o604, 0o666])
def test_a_secret_in_a_file_that_others_can_reach_is_not_used(cli, loose):
    (cli.home / "secrets").mkdir(mode=0o700)
    (cli.home / "secrets" / "token").write_text("text-of-the-token")
    (cli.home / "secrets" / "token").chmod(loose)
    proof = {"type": "bearer", "token": {"file": "secrets/token"}}
    app = {"kind": "rest", "preset": "plain", "base_url": "https://127.0.0.1:9", "authorization": proof}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump({"version": 1, "connections": {"app": app}}))
    said = cli.run("doctor").output
    assert "chmod" in said
    assert "text-of-the-token" not in said
