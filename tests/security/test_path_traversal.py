"""Path traversal: a name that becomes a file tries to leave its folder."""

import pytest
import yaml

from tests.integration.backup_world import archive, made  # noqa: F401 - an archive made by other means

NAMES = [
    "../outside",
    "../../outside",
    "a/../../outside",
    "/tmp/outside",
    "..",
    ".",
    "..\\outside",
    "C:\\outside",
    "\\\\host\\share",
    "%2e%2e%2foutside",
    "..%00/outside",
    "a\0b",
    "a/b",
    "~/outside",
    "....//outside",
    "\u2024\u2024/outside",
    "outside\n",
    "a" * 300,
]


def files(folder):
    """Every file and folder below *folder*, and whatever else is there."""
    return {str(path) for path in folder.rglob("*")}


def configure(cli, **more):
    file = cli.home / "keepstep.yaml"
    file.write_text(yaml.safe_dump({"version": 1, **more}, sort_keys=False, allow_unicode=True))


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_of_a_report_stays_below_reports(cli, name):
    configure(cli, reports={"log": {"kind": "audit", "formats": ["csv"], "folder": name}})
    before = files(cli.home.parent)
    assert "reports.log.folder" in cli.bad("report", "run", "log")
    assert files(cli.home.parent) == before


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_a_report_cannot_be_called_as_a_path(cli, name):
    configure(cli, reports={name: {"kind": "audit", "formats": ["csv"], "folder": "x"}})
    before = files(cli.home.parent)
    assert cli.run("report", "run", name).exit_code != 0
    assert files(cli.home.parent) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_a_channel_stays_in_its_folder(cli, name):
    configure(cli, channels={"log": {"kind": "file", "file": name}})
    before = files(cli.home.parent)
    assert "channels.log" in cli.bad("channel", "test", "log")
    assert files(cli.home.parent) == before


def test_a_link_in_the_place_of_a_file_of_messages_is_not_followed(cli, tmp_path):
    from datetime import UTC, datetime

    configure(cli, channels={"log": {"kind": "file", "file": "log"}})
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    (cli.home / "notices").mkdir(mode=0o700)
    (cli.home / "notices" / f"log-{datetime.now(UTC):%Y-%m-%d}.jsonl").symlink_to(outside)
    cli.bad("channel", "test", "log")
    assert outside.read_text() == "as it was"


@pytest.mark.parametrize("name", [*NAMES, "../keepstep.db"])
def test_a_secret_is_read_out_of_no_other_file(cli, tmp_path, name):
    (tmp_path / "outside").write_text("text-of-another-file")
    (tmp_path / "outside").chmod(0o600)
    reference = {"type": "bearer", "token": {"file": name}}
    app = {"kind": "rest", "preset": "plain", "base_url": "https://app.example", "authorization": reference}
    configure(cli, connections={"app": app})
    result = cli.run("connection", "check", "app")
    assert result.exit_code == 1
    assert "text-of-another-file" not in result.output


@pytest.mark.parametrize(
    "name", ["../outside", "/tmp/outside", "a/../../outside", "./../outside", "..\\outside", "a/./b", ".."]
)
def test_a_backup_puts_nothing_outside_the_home(cli, archive, name):  # noqa: F811 - a fixture
    made(archive, {"home/keepstep.yaml": b"version: 1\n", name: b"x", f"home/{name}": b"x"})
    before = files(cli.home.parent)
    assert cli.run("restore", archive, home=cli.home.parent / "other").exit_code == 1
    assert files(cli.home.parent) == before


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a/b", "..%2f..%2fmaster.key"])
def test_names_on_the_command_line_are_names_and_no_paths(cli, name):
    for words in (
        ("secret", "set", name),
        ("secret", "remove", name),
        ("endpoint", "test", name, name),
        ("plan", "show", name),
        ("run", "show", name),
        ("channel", "test", name),
    ):
        result = cli.run(*words, text="x\n")
        assert result.exit_code != 0, words
        assert "root:" not in result.output
