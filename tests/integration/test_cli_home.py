"""The home folder, the configuration in it, and the secrets."""

import json
import stat
import sys

import pytest

from tests.integration.cli_world import Cli


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_home_that_only_its_owner_can_read(cli):
    assert mode(cli.home) == 0o700
    assert mode(cli.home / "master.key") == 0o600
    assert mode(cli.home / "keepstep.db") == 0o600
    assert "is good: 0 connections" in cli.good("config", "check")


def test_init_never_writes_over_anything(cli):
    before = {path: path.read_bytes() for path in cli.home.iterdir() if path.is_file()}
    assert "nothing was changed" in cli.good("init")
    assert before[cli.home / "master.key"] == (cli.home / "master.key").read_bytes()
    assert before[cli.home / "keepstep.yaml"] == (cli.home / "keepstep.yaml").read_bytes()


def test_the_starter_is_right_when_its_comments_are_taken_away(cli):
    file = cli.home / "keepstep.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line[1:] if line.startswith("#  ") else line for line in lines))
    assert "2 connections, 1 mapping, 1 rule" in cli.good("config", "check", "--offline")


def test_a_home_that_is_not_there_is_told(tmp_path):
    told = Cli(tmp_path / "none").bad("config", "check")
    assert "keepstep init" in told
    assert "there is no home folder" in Cli(tmp_path / "none").bad("run", "list")


def test_a_home_that_is_a_file_is_told(tmp_path):
    (tmp_path / "home").write_text("")
    assert Cli(tmp_path / "home").run("init").exit_code in {1, 2}


def test_config_apply_shows_the_difference_installs_it_and_keeps_the_version(company):
    file = company.home.parent / "new.yaml"
    file.write_text((company.home / "keepstep.yaml").read_text().replace("unmatched: create", "unmatched: report"))
    assert company.run("config", "diff", file).exit_code == 10
    told = company.good("config", "apply", file)
    assert "-      unmatched: create" in told
    assert "+      unmatched: report" in told
    assert "version 1 of the configuration is in force" in told
    assert company.good("config", "export").encode() == file.read_bytes()
    assert "nothing was changed" in company.good("config", "apply", file)
    assert "config_apply" in company.good("audit", "list")


def test_export_gives_the_file_byte_for_byte(company):
    file = company.home / "keepstep.yaml"
    content = "# a comment  \nversion: 1   # kept\n\n\nrules:\n# Željko\n".encode()
    file.write_bytes(content)
    with company.process("config", "export") as process:
        out, _ = process.communicate(timeout=60)
    assert out.encode() == content


def test_a_wrong_configuration_is_never_installed(company):
    before = (company.home / "keepstep.yaml").read_bytes()
    file = company.home.parent / "new.yaml"
    file.write_text("version: 1\nconections: {}\n")
    assert 'new.yaml:2:1: unknown key "conections"' in company.bad("config", "apply", file)
    assert (company.home / "keepstep.yaml").read_bytes() == before


def test_systems_that_cannot_be_asked_leave_the_check_open(company):
    company.configure(("staff:\n    source", "staff:\n    source"), (company.url, "http://127.0.0.1:9"))
    result = company.run("config", "check")
    assert result.exit_code == 0
    assert "not checked" in result.stderr or "is good" in result.stdout


def test_secrets_are_listed_by_name_and_never_shown(cli):
    cli.good("secret", "set", "one", text="s3cr3t-text\n")
    assert [one["name"] for one in json.loads(cli.good("secret", "list", "--json"))["secrets"]] == ["one"]
    assert "s3cr3t-text" not in cli.good("secret", "list") + cli.good("audit", "list") + cli.good("doctor")
    assert b"s3cr3t-text" not in (cli.home / "keepstep.db").read_bytes()
    cli.good("secret", "remove", "one")
    assert "there is no secret" in cli.bad("secret", "remove", "one")


@pytest.mark.parametrize(("name", "text"), [("a b", "x\n"), ("a", "\n"), ("a", "")])
def test_a_bad_name_or_an_empty_secret_is_refused(cli, name, text):
    assert "error:" in cli.bad("secret", "set", name, text=text, code=2)


def test_doctor_says_what_to_mend(company):
    assert "MISS" not in company.good("doctor")
    company.home.chmod(0o755)
    company.good("secret", "remove", "infobip-password")
    result = company.run("doctor")
    assert result.exit_code == 1
    assert "chmod 700" in result.stdout
    assert "keepstep secret set infobip-password" in result.stdout
    findings = json.loads(company.run("doctor", "--json").stdout)
    assert {"home", "secret"} == {finding["subject"] for finding in findings if not finding["good"]}


CALLS = """
    preset: infobip
    headers: {X-Site: '{{ secret.in-header | trim }}'}
    endpoints:
      ask:
        method: POST
        reads: true
        url: "{base_url}/ask"
        params: {key: '{{ "secret.a-text" ~ secret.in-param }}'}
        body: {secret: a-field, keys: [one, ["{{ secret.in-list }}", "secret.plain"]]}"""


def test_secrets_that_calls_name_in_macros_are_wanted_too(company):
    company.configure(("\n    preset: infobip", CALLS))
    company.good("secret", "set", "in-param", text="x\n")
    findings = json.loads(company.run("doctor", "--json").stdout)
    secrets = {
        finding["detail"].split('"')[1]: finding["good"] for finding in findings if finding["subject"] == "secret"
    }
    assert secrets == {"infobip-password": True, "in-header": False, "in-param": True, "in-list": False}
    told = company.run("config", "check").stderr
    assert "keepstep secret set in-header" in told
    assert "keepstep secret set in-list" in told
    assert "in-param" not in told


def test_help_needs_none_of_the_heavy_libraries():
    import subprocess

    code = (
        "import sys; from keepstep.cli.main import build; build();"
        "print([name for name in ('aiohttp', 'sqlalchemy', 'ldap', 'pydantic', 'rich', 'asyncio', 'ruamel.yaml', 'msgspec')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_wrong_usage_ends_with_two(cli):
    assert cli.run("plna").exit_code == 2
    assert cli.run("config", "check", "a", "b").exit_code == 2
    assert cli.run("apply", "x", "--override-guards").exit_code == 2
