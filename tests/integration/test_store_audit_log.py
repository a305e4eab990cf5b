import subprocess
import sys

import pytest
from sqlalchemy import text

from keepstep.core.audit import GENESIS
from keepstep.errors import AuditBroken, StoreError
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import open_database


@pytest.fixture
def log(database, clock):
    """An audit log of six entries."""
    log = SqlAuditLog(database, clock)
    for number in range(1, 7):
        log.add("applied", f"rule-{number}", {"run": f"run-{number}", "state": "done"}, operator="ivana")
    return log


def test_entries_come_back_in_order_with_all_they_hold(log):
    entries = log.entries()
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5, 6]
    first, second = entries[:2]
    assert (first.action, first.subject, first.operator) == ("applied", "rule-1", "ivana")
    assert first.detail == {"run": "run-1", "state": "done"}
    assert first.at == "2031-05-04T03:02:02.000000+00:00"
    assert (first.previous, second.previous) == (GENESIS, first.digest)
    assert [entry.sequence for entry in log.entries(after=2, limit=3)] == [3, 4, 5]


def test_an_untouched_log_is_verified_and_says_where_it_ends(log):
    head = log.verify()
    assert (head.count, head.digest) == (6, log.entries()[-1].digest)
    assert log.head() == head


def test_a_log_without_entries_is_good(database, clock):
    log = SqlAuditLog(database, clock)
    assert (log.verify().count, log.entries()) == (0, [])


def test_what_a_database_would_refuse_is_kept_readable(log):
    log.add("applied", "nul \x00 and \ud800", {"a\x00": "\udfff"}, operator="marko")
    assert log.verify().count == 7


def test_a_long_log_is_verified_to_its_end(database, clock):
    log = SqlAuditLog(database, clock)
    for number in range(1100):
        log.add("applied", f"rule-{number}", {}, operator="ivana")
    assert log.verify().count == 1100


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE audit SET operator = 'nobody' WHERE sequence = 3", "record 3 was altered"),
        ("UPDATE audit SET at = '2030-01-01T00:00:00.000000+00:00' WHERE sequence = 1", "record 1 was altered"),
        ("UPDATE audit SET at = 'not a time' WHERE sequence = 6", "record 6 was altered"),
        ("UPDATE audit SET action = 'read' WHERE sequence = 2", "record 2 was altered"),
        ("UPDATE audit SET subject = '' WHERE sequence = 4", "record 4 was altered"),
        ('UPDATE audit SET detail = \'{"run":"run-9"}\' WHERE sequence = 5', "record 5 was altered"),
        ("UPDATE audit SET detail = 'not json' WHERE sequence = 5", "record 5 was altered"),
        ("UPDATE audit SET detail = '[1]' WHERE sequence = 5", "record 5 was altered"),
        ("UPDATE audit SET previous = digest WHERE sequence = 2", "record 2 was altered"),
        ("UPDATE audit SET digest = previous WHERE sequence = 2", "record 2 was altered"),
        ("DELETE FROM audit WHERE sequence = 1", "record 1 is missing"),
        ("DELETE FROM audit WHERE sequence = 4", "record 4 is missing"),
        ("DELETE FROM audit WHERE sequence = 6", "record 6 is missing: the log had 6 records"),
        ("DELETE FROM audit WHERE sequence > 3", "record 4 is missing: the log had 6 records"),
        ("DELETE FROM audit", "record 1 is missing"),
        ("UPDATE audit SET sequence = 0 WHERE sequence = 6", "record 1 is missing"),
        ("UPDATE audit SET sequence = 9 WHERE sequence = 2", "record 2 is missing"),
        ("UPDATE audit_head SET count = 5", "record 6 was added without the log"),
        ("UPDATE audit_head SET digest = 'x'", "record 6 is not the one the log ended with"),
        ("DELETE FROM audit_head", "the end of the audit log was removed"),
        (
            "INSERT INTO audit SELECT 7, at, operator, action, subject, detail, previous, digest, origin, correlation FROM audit WHERE sequence = 6",
            "record 7 was altered",
        ),
    ],
)
def test_a_log_that_was_tampered_with_names_the_first_bad_record(log, database, change, first_bad):
    with database.write() as connection:
        connection.execute(text(change))
    with pytest.raises(AuditBroken, match=first_bad):
        log.verify()


def test_two_records_that_changed_places_are_named(log, database):
    with database.write() as connection:
        for change in (
            "sequence = 100 WHERE sequence = 3",
            "sequence = 3 WHERE sequence = 4",
            "sequence = 4 WHERE sequence = 100",
        ):
            connection.execute(text(f"UPDATE audit SET {change}"))
    with pytest.raises(AuditBroken, match="record 3 was altered"):
        log.verify()


def test_a_broken_end_stops_the_log_instead_of_hiding_the_break(log, database, clock):
    with database.write() as connection:
        connection.execute(text("DELETE FROM audit_head"))
    with pytest.raises(AuditBroken):
        log.add("applied", "staff", {}, operator="ivana")


def test_a_cut_and_reset_log_cannot_be_written_over(log, database):
    with database.write() as connection:
        connection.execute(text("UPDATE audit_head SET count = 3"))
    with pytest.raises(StoreError):
        log.add("applied", "staff", {}, operator="ivana")


APPEND = """
import sys
from datetime import UTC, datetime
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import open_database
class Clock:
    def now(self):
        return datetime.now(UTC)
with open_database(sys.argv[1]) as database:
    for number in range(40):
        SqlAuditLog(database, Clock()).add("applied", f"rule-{number}", {}, operator="ivana")
"""


def test_processes_that_append_at_once_make_one_chain(store_url, clock):
    command = [sys.executable, "-W", "error", "-c", APPEND, store_url]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [child.communicate(timeout=120)[1].decode() for child in children] == [""] * 3
    with open_database(store_url) as database:
        assert SqlAuditLog(database, clock).verify().count == 120
