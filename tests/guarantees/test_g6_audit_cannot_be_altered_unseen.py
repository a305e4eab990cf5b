"""G6: the audit log cannot be altered unseen, not even by somebody who makes the whole chain anew.

What is attacked is the database, the export and the checkpoints; what proves is the log at home, and the verifier that
stands alone: another program, started without Keepstep's code on its path.
"""

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copy

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from keepstep import audit_verifier
from keepstep.core.audit import AuditHead, append, head_after
from keepstep.core.audit_checkpoint import checkpoint_of, line_of, signed_content
from keepstep.errors import AuditBroken, KeepstepError
from keepstep.store.audit_archive import FolderArchive
from keepstep.usecases.anchor_audit import anchor_due
from keepstep.usecases.archive_audit import archive_audit, lines_of
from keepstep.usecases.verify_audit import verify_audit
from tests.integration.conftest import postgres_server, runs  # noqa: F401 - a home on each database

TOTAL = 12
SIGNED = (5, 9)
"""Of 12 records the first 5 were signed, then the first 9; the last 3 were not yet."""


class Signed:
    """A log of 12 records, its anchor, an export and the public key."""

    def __init__(self, store, home: Path) -> None:
        self.store, self.home, self.share = store, home, home / "share"
        self.share.mkdir()
        audit = {"anchors": {"share": {"kind": "folder", "folder": "share"}}}
        (home / "keepstep.yaml").write_text(yaml.safe_dump({"version": 1, "audit": audit}))
        assert store.audit.head().count == 0
        for number in range(1, TOTAL + 1):
            store.audit.add("ignore", f"person-{number}", {"before.title": "Clerk"}, operator="ivana")
            if number in SIGNED:
                assert self.anchor() == 1
        self.export = home / "export.jsonl"
        self.write_export()
        self.key = store.audit_key.public
        self.verifier = home / "elsewhere" / "verify.py"
        self.verifier.parent.mkdir()
        copy(audit_verifier.__file__, self.verifier)

    def anchor(self) -> int:
        return asyncio.run(anchor_due(self.store.anchor_desk(self.store.configuration()), at_once=True))

    def write_export(self) -> None:
        self.export.write_bytes(b"".join(lines_of(self.store.audit)))

    def edit(self, change) -> None:
        """Write the export anew as *change* makes its records."""
        records = [json.loads(line) for line in self.export.read_text().splitlines()]
        self.export.write_text("".join(json.dumps(one) + "\n" for one in change(records)))

    def alone(self, *exports: Path) -> tuple[int, str]:
        """Return the exit code and the output of the verifier, as a program of its own with nothing but Python."""
        given = ["--key", self.key, "--checkpoints", self.share, *(exports or [self.export])]
        done = subprocess.run(
            [sys.executable, "-I", "-S", self.verifier, *given], capture_output=True, text=True, check=False, env={}
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    def at_home(self):
        lines = [checkpoint_of(file.read_text()) for file in self.share.glob("*.json")]
        return verify_audit(self.store.audit, self.store.audit_key, [*self.store.checkpoints.all(), *lines])

    def sql(self, *statements: str) -> None:
        with self.store.database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture
def signed(runs):  # noqa: F811 - the fixture
    with runs.open() as store:
        yield Signed(store, runs.home)


def test_an_untouched_log_is_proven_at_home_and_alone(signed):
    proven = signed.at_home()
    assert (proven.count, proven.signed) == (TOTAL, 9)
    code, told = signed.alone()
    assert (code, told.splitlines()[0][:32]) == (0, "records 1 to 12 are unchanged; s")
    assert "the last 3 were not signed yet" in told


EDITS = {
    "edit": (
        lambda rows: [{**r, "operator": "nobody"} if r["sequence"] == 4 else r for r in rows],
        "record 4 was altered",
    ),
    "edit a detail": (
        lambda rows: [{**r, "detail": {"before.title": "Chief"}} if r["sequence"] == 7 else r for r in rows],
        "record 7 was altered",
    ),
    "edit from where": (
        lambda rows: [{**r, "origin": "elsewhere"} if r["sequence"] == 2 else r for r in rows],
        "record 2 was altered",
    ),
    "edit a digest": (
        lambda rows: [{**r, "digest": "0" * 64} if r["sequence"] == 3 else r for r in rows],
        "record 3 was altered",
    ),
    "reorder": (lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], "record 2 is missing"),
    "reorder and renumber": (
        lambda rows: [rows[0], {**rows[2], "sequence": 2}, {**rows[1], "sequence": 3}, *rows[3:]],
        "record 2 was altered",
    ),
    "delete the first": (lambda rows: rows[1:], "record 1 is missing"),
    "delete one": (lambda rows: [*rows[:5], *rows[6:]], "record 6 is missing"),
    "delete all": (lambda _: [], "record 1 is missing"),
    "truncate": (lambda rows: rows[:8], "record 9 is missing: the log had 9 when it was signed"),
    "double": (lambda rows: [*rows[:3], rows[2], *rows[3:]], "record 4 was altered"),
    "no record": (lambda rows: [*rows[:3], ["a list"], *rows[4:]], "record 4 was altered"),
    "a record without its digest": (
        lambda rows: [*rows[:3], {k: v for k, v in rows[3].items() if k != "digest"}, *rows[4:]],
        "record 4 was altered",
    ),
}


@pytest.mark.parametrize("kind", EDITS)
def test_an_export_that_was_tampered_with_names_its_first_bad_record(signed, kind):
    change, first_bad = EDITS[kind]
    signed.edit(change)
    code, told = signed.alone()
    assert (code, first_bad in told) == (1, True), told


def test_an_export_cut_between_its_last_checkpoint_and_its_end_shows_how_far_it_was_signed(signed):
    """What was not signed yet can be cut unseen by the verifier alone: it says how far it is sure, and no further."""
    signed.edit(lambda rows: rows[:10])
    code, told = signed.alone()
    assert (code, "records 1 to 10" in told, "signed up to record 9" in told) == (0, True, True)
    signed.sql("DELETE FROM audit WHERE sequence > 10")
    with pytest.raises(AuditBroken, match="record 11 is missing"):
        signed.at_home()


def forge(signed, first: int, operator: str, last: int = TOTAL) -> None:
    """Make the chain anew in the database from record *first* on, as whoever has all rights there can."""
    head = AuditHead()
    for entry in signed.store.audit.entries(limit=100):
        if entry.sequence > last:
            continue
        made = append(replace(entry, operator=operator) if entry.sequence >= first else entry, head)
        head = head_after(made)
        signed.sql(
            f"UPDATE audit SET operator = '{made.operator}', previous = '{made.previous}', digest = '{made.digest}' WHERE sequence = {made.sequence}"
        )
    signed.sql(
        f"DELETE FROM audit WHERE sequence > {last}",
        f"UPDATE audit_head SET count = {head.count}, digest = '{head.digest}'",
    )


@pytest.mark.parametrize(
    ("first", "named"),
    [
        (1, "one of the audit records 1 to 5 was rewritten"),
        (5, "one of the audit records 1 to 5"),
        (7, "one of the audit records 6 to 9"),
    ],
)
def test_a_chain_made_anew_in_the_database_is_not_what_was_signed(signed, first, named):
    forge(signed, first, "nobody")
    assert signed.store.audit.verify().count == TOTAL, "the chain by itself is right"
    with pytest.raises(AuditBroken, match=named):
        signed.at_home()
    signed.write_export()
    code, told = signed.alone()
    assert (code, "was rewritten" in told) == (1, True), told


def test_a_chain_made_anew_without_its_checkpoints_is_caught_by_the_anchor(signed):
    forge(signed, 2, "nobody")
    signed.sql("DELETE FROM audit_checkpoints")
    with pytest.raises(AuditBroken, match="was rewritten"):
        signed.at_home()


def test_a_log_that_was_cut_and_made_fit_is_caught_by_the_anchor(signed):
    forge(signed, 99, "nobody", last=6)
    signed.sql("DELETE FROM audit_checkpoints WHERE count > 6")
    assert signed.store.audit.verify().count == 6
    with pytest.raises(AuditBroken, match="record 7 is missing: the log had 9"):
        signed.at_home()


def test_a_log_that_was_cut_is_signed_no_more(signed):
    forge(signed, 99, "nobody", last=6)
    with pytest.raises(AuditBroken, match="record 7 is missing"):
        signed.anchor()


def test_a_rewritten_log_never_gets_over_its_own_checkpoint_at_the_anchor(signed):
    """With the key at hand, too: the anchor keeps what it has."""
    before = {file.name: file.read_text() for file in signed.share.iterdir()}
    forge(signed, 2, "nobody")
    signed.sql("DELETE FROM audit_checkpoints", "DELETE FROM audit_anchors")
    assert signed.anchor() == 1
    assert before.items() <= {file.name: file.read_text() for file in signed.share.iterdir()}.items()
    signed.write_export()
    code, told = signed.alone()
    assert (code, "one of the records 1 to 5 was rewritten" in told) == (1, True), told


@pytest.mark.parametrize("field", ["count", "digest", "at", "signature"])
def test_a_checkpoint_that_was_changed_is_not_believed(signed, field):
    file = signed.share / f"checkpoint-{9:012}.json"
    found = json.loads(file.read_text())
    other = {"count": 8, "digest": "0" * 64, "at": "2000-01-01T00:00:00+00:00", "signature": found["signature"][::-1]}
    file.write_text(json.dumps({**found, field: other[field]}))
    code, told = signed.alone()
    assert (code, "was not signed with this key" in told) == (1, True), told
    with pytest.raises(AuditBroken, match="was not signed with the key of this log"):
        signed.at_home()


def test_checkpoints_of_somebody_elses_key_prove_nothing(signed):
    for file in signed.share.iterdir():
        one = checkpoint_of(file.read_text())
        other = b64encode(Ed25519PrivateKey.generate().sign(signed_content(one))).decode()
        file.write_text(line_of(replace(one, signature=other)))
    assert signed.alone()[0] == 1


def test_without_a_checkpoint_nothing_is_said_to_be_proven(signed):
    for file in signed.share.iterdir():
        file.unlink()
    code, told = signed.alone()
    assert (code, "nothing would be proven" in told) == (2, True)


def test_what_a_syslog_server_kept_proves_it_too(signed):
    lines = [
        f"<109>1 2031-05-04T00:00:00Z box keepstep 7 checkpoint - {file.read_text()}"
        for file in sorted(signed.share.iterdir())
    ]
    for file in signed.share.iterdir():
        file.unlink()
    (signed.share / "siem.json").write_text("".join(lines))
    assert signed.alone()[0] == 0


def archive(signed, before: int):
    (entry,) = signed.store.audit.entries(after=before - 1, limit=1)
    desk = signed.store.anchor_desk(signed.store.configuration())
    folder = FolderArchive(signed.home / "archive")
    return archive_audit(desk, signed.store.audit, signed.store.checkpoints, folder, datetime.fromisoformat(entry.at))


def test_an_archive_and_the_log_behind_it_are_one_chain(signed):
    made = archive(signed, before=8)
    assert (made.first, made.last) == (1, 7)
    assert [entry.sequence for entry in signed.store.audit.entries()] == [8, 9, 10, 11, 12]
    proven = signed.at_home()
    assert (proven.count, proven.archived, proven.signed) == (TOTAL, 7, 9)
    second = archive(signed, before=11)
    assert (second.first, second.last) == (8, 10)
    signed.store.audit.add("ignore", "person-13", {}, operator="ivana")
    assert signed.at_home().count == 13
    assert archive(signed, before=11) is None
    signed.write_export()
    files = [signed.home / "archive" / one.file for one in (made, second)]
    code, told = signed.alone(*files, signed.export)
    assert (code, "records 1 to 13 are unchanged" in told) == (0, True), told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM audit_archives", "record 1 is missing"),
        ("UPDATE audit_archives SET checkpoint = 'x'", "was altered"),
        ("DELETE FROM audit WHERE sequence = 8", "record 8 is missing"),
        ("UPDATE audit SET operator = 'nobody' WHERE sequence = 9", "record 9 was altered"),
    ],
)
def test_an_archived_log_is_as_safe_as_one_that_is_whole(signed, change, told):
    archive(signed, before=8)
    signed.sql(change)
    with pytest.raises(AuditBroken, match=told):
        signed.at_home()


def test_a_cut_that_nobody_signed_is_no_archive(signed):
    archive(signed, before=8)
    (entry,) = [entry for entry in signed.store.audit.entries() if entry.sequence == 10]
    forged = json.dumps(
        {"count": 10, "digest": entry.digest, "at": "2031-05-04T00:00:00+00:00", "key": "", "signature": ""}
    )
    signed.sql(
        "DELETE FROM audit WHERE sequence < 11",
        f"UPDATE audit_archives SET count = 10, checkpoint = '{forged.replace(':', chr(92) + ':')}'",
    )
    with pytest.raises(AuditBroken, match="record 10 was not signed"):
        signed.at_home()


def test_a_log_that_was_tampered_with_is_not_archived(signed):
    signed.sql("UPDATE audit SET operator = 'nobody' WHERE sequence = 3")
    with pytest.raises(AuditBroken, match="record 3 was altered"):
        archive(signed, before=8)
    assert not (signed.home / "archive").exists()
    assert len(signed.store.audit.entries()) == TOTAL


def test_an_archive_that_holds_something_else_is_not_written_over(signed):
    file = signed.home / "archive" / f"audit-{1:012}-{7:012}.jsonl"
    file.parent.mkdir()
    file.write_text("what was there\n")
    with pytest.raises(KeepstepError, match="holds something else"):
        archive(signed, before=8)
    assert file.read_text() == "what was there\n"
    assert len(signed.store.audit.entries()) == TOTAL


def test_an_edited_archive_is_named(signed):
    made = archive(signed, before=8)
    file = signed.home / "archive" / made.file
    file.write_text(file.read_text().replace("person-3", "person-0"))
    signed.write_export()
    code, told = signed.alone(file, signed.export)
    assert (code, "record 3 was altered" in told) == (1, True), told
