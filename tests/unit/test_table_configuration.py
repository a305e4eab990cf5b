"""What a configuration may say of a table, and how a mistake in it is told."""

import pytest

from tests.unit.test_configuration import mistakes, understood

GOOD = """\
version: 1
connections:
  hr: {kind: table, file: people.csv, separator: ";", key: id, columns: {id: No, mail: E-Mail}}
  corp: {kind: ldif, file: corp.ldif}
mappings:
  staff: {into: corp.users, rows: {mail: "{{ mail }}"}}
rules:
  staff: {source: hr.rows, target: corp.users, mapping: staff, correlate: [[mail, mail]]}
"""


def test_a_table_can_be_the_source_of_a_rule():
    understood(GOOD)


ONLY_READ = 'connection "hr" is a table, which is only read: it can only be a source'


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('";"', '"::"', "3:50: connections.hr.separator must be auto, or one character such as ;"),
        ("key: id, ", "", '3:3: key "key" is missing in connections.hr'),
        ("people.csv", "../people.csv", "3:21: connections.hr.file is not right: a path that leads out of the home folder"),
        ("key: id", "encoding: utf-99, key: id", "connections.hr.encoding is not right: there is no such encoding"),
        ("source: hr.rows", "source: hr.users", '8:19: connection "hr" has no objects "users"; it has rows'),
        ("into: corp.users", "into: hr.rows", f"6:17: {ONLY_READ}"),
        ("source: hr.rows, target: corp.users", "source: corp.users, target: hr.rows", f"8:39: {ONLY_READ}"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(before, after, told):
    assert before in GOOD
    found = mistakes(GOOD.replace(before, after, 1))
    assert any(told in line for line in found), found
