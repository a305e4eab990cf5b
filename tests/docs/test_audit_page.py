"""The page about the audit log: its configuration, its tables, and its commands one after the other."""

import shlex
import subprocess
import sys

import yaml

from keepstep import audit_verifier
from keepstep.core.audit_anchor import AuditSpec, FolderAnchor, HttpsAnchor, SyslogAnchor
from tests.docs.tables import page, shell_lines, tables, yaml_blocks

PAGE = page("audit.md")


def test_the_configuration_of_the_page_is_understood():
    (block,) = yaml_blocks(PAGE)
    spec = AuditSpec.model_validate(block["audit"])
    assert [type(one) for one in spec.anchors.values()] == [FolderAnchor, SyslogAnchor, HttpsAnchor]


def test_every_kind_and_every_key_is_described():
    kinds, keys, _ = tables(PAGE)
    specs = {"folder": FolderAnchor, "syslog": SyslogAnchor, "https": HttpsAnchor}
    assert [row[0].strip("`") for row in kinds] == list(specs)
    told = {(of.strip("`"), key.strip("`")) for row in keys for of in row[1].split(", ") for key in row[0].split(", ")}
    wanted = {(kind, key) for kind, spec in specs.items() for key in spec.model_fields if key != "kind"}
    wanted |= {("audit", key) for key in AuditSpec.model_fields if key != "anchors"}
    assert told == wanted


def test_the_commands_of_the_page_work(cli, monkeypatch):
    monkeypatch.chdir(cli.home)
    (cli.home / "share").mkdir()
    audit = {"anchors": {"share": {"kind": "folder", "folder": "share"}}}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump({"version": 1, "audit": audit}))
    cli.good("secret", "set", "one", text="not-for-anybody\n")
    (cli.home / "key.txt").write_text(cli.good("audit", "key"))
    told = {line: cli.good(*shlex.split(line)[1:]) for line in shell_lines(PAGE)}
    assert "signed up to record 1" in told["keepstep audit verify --checkpoints share"]
    assert "records 1 to 1 are unchanged" in told["keepstep audit verify audit.jsonl --checkpoints share --key key.txt"]
    assert "share" in told["keepstep audit anchors"]
    assert "not-for-anybody" not in (cli.home / "audit.jsonl").read_text()


def test_the_verifier_of_the_page_runs_alone(cli):
    test_home = cli.home
    (test_home / "share").mkdir()
    audit = {"anchors": {"share": {"kind": "folder", "folder": "share"}}}
    (test_home / "keepstep.yaml").write_text(yaml.safe_dump({"version": 1, "audit": audit}))
    cli.good("secret", "set", "one", text="not-for-anybody\n")
    cli.good("audit", "checkpoint")
    cli.good("audit", "export", "--out", test_home / "audit.jsonl")
    (test_home / "key.txt").write_text(cli.good("audit", "key"))
    (line,) = [line for line in PAGE.splitlines() if line.startswith("python3 audit_verifier.py")]
    command = [sys.executable, "-I", "-S", audit_verifier.__file__, *shlex.split(line)[2:]]
    done = subprocess.run(command, cwd=test_home, capture_output=True, text=True, check=False)
    assert (done.returncode, "records 1 to 1 are unchanged" in done.stdout) == (0, True), done
