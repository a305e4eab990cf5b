"""A list that somebody uploads: told by its content, bounded before it is unpacked, and its cells are only text."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from keepstep.connectors.table.upload import MOST_BYTES, MOST_UNPACKED, uploaded_rows
from keepstep.core.subject_list import MOST_SUBJECTS, subject_list
from keepstep.core.table_rows import Row
from keepstep.errors import InvalidTable


def packed(parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def listed(content, column=""):
    return subject_list(uploaded_rows(content), column)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", "old or encrypted"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"ana\x00eva", "zero bytes"),
        (b"PK\x03\x04 cut", "not a whole workbook"),
        (packed({"people.csv": b"ana"}), "no workbook"),
        (b"a" * (MOST_BYTES + 1), "larger than"),
        (b"\n\n  \n", "empty"),
        (b"user,mail\n", "names nobody"),
        (b"ana\n" * (MOST_SUBJECTS + 1), "more than 10,000 rows"),
        (b"user\n" + b"a" * 1001 + b"\n", "more than 1,000 characters"),
        (b",".join(b"c%d" % n for n in range(300)) + b"\n", "at most 200"),
    ],
)
def test_what_is_no_list_of_people_is_refused_in_words(content, told):
    with pytest.raises(InvalidTable, match=told):
        listed(content)


def test_a_workbook_that_unpacks_to_very_much_is_refused_before_it_is_unpacked():
    bomb = packed({"[Content_Types].xml": b"", "xl/worksheets/sheet1.xml": b" " * (MOST_UNPACKED + 1)})
    assert len(bomb) < 1 << 20
    with pytest.raises(InvalidTable, match="parts of"):
        listed(bomb)


def test_a_workbook_with_very_many_parts_is_refused():
    parts = {f"xl/media/{n}": b"" for n in range(600)}
    with pytest.raises(InvalidTable, match="601 parts"):
        listed(packed({"[Content_Types].xml": b"", **parts}))


@pytest.mark.parametrize("cell", ["=1+1", "+385910000000", "@SUM(A1)", "-x", '=cmd|" /C calc"!A0'])
def test_a_formula_is_a_name_like_any_other_and_never_worked_out(cell):
    assert subject_list(iter([Row(1, ["user"]), Row(2, [cell])])).who == (cell,)


def test_a_formula_of_a_workbook_gives_nothing_where_nothing_was_saved():
    book, held = Workbook(), io.BytesIO()
    for row in (["user"], ["=HYPERLINK(A1)"], ["ana"]):
        book.active.append(row)
    book.save(held)
    found = listed(held.getvalue())
    assert (found.who, found.rows) == (("ana",), 1)


def test_what_was_sent_is_not_in_what_is_said():
    with pytest.raises(InvalidTable) as caught:
        listed(b"user,mail\nana,secret\n", "secret-column")
    assert "secret" not in caught.value.message
    with pytest.raises(InvalidTable) as caught:
        listed(b"user\n" + b"topsecret" * 200 + b"\n")
    assert "topsecret" not in caught.value.message
