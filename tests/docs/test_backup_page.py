"""The page about backups: its commands one after the other, and what it says is left out."""

import shlex

from keepstep.home import make_home
from keepstep.settings import Settings
from keepstep.store.home_files import home_files
from tests.docs.tables import page, shell_lines, tables

PAGE = page("backup.md")


def test_the_commands_of_the_page_work(cli, tmp_path, monkeypatch):
    told = [line for line in shell_lines(PAGE) if line.startswith("keepstep ") and "/var/" in line]
    assert len(told) == 2
    for line in told:
        cli.good(*shlex.split(line.replace("/var/backups", str(tmp_path)))[1:])


def test_what_the_page_says_is_left_out_is_left_out(tmp_path):
    make_home(Settings(home=tmp_path / "home", operator="ana"))
    (rows,) = tables(PAGE)
    for name in ("secrets", "tmp", "crash"):
        assert f"`{name}/`" in rows[0][0] + rows[2][0]
        (tmp_path / "home" / name).mkdir()
        (tmp_path / "home" / name / "one").write_text("x")
    found = {one.path: one.why_not for one in home_files(tmp_path / "home", with_key=False)}
    assert {path for path, why in found.items() if why} == {"master.key", "secrets/one"}
    assert set(found) == {"master.key", "secrets/one", "keepstep.yaml"}
