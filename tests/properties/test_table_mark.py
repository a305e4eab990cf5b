"""A mark tells what was appended, and notices when what was read before is another now."""

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.table_mark import TableMark
from keepstep.core.table_rows import Header, Row

HEADER = Header(line=1, width=2, places={"id": 0, "name": 1})
TEXT = st.sampled_from(["", "a", "b", "ab", "a,b", "ž"])
ROWS = st.lists(st.tuples(TEXT, TEXT), max_size=8)


def read(rows, since="", *, whole=True):
    """Return what is new, whether what was before changed, and the mark for the next read."""
    mark = TableMark(HEADER, since)
    new = [cells for line, cells in enumerate(rows, 2) if not mark.passes(Row(line, cells)) and not mark.changed]
    after = mark.end(whole=whole)
    return new, mark.changed, after


@given(first=ROWS, added=ROWS)
def test_only_what_was_appended_is_new(first, added):
    new, changed, mark = read(first)
    assert (new, changed) == (first, False)
    new, changed, again = read([*first, *added], mark)
    assert (new, changed) == (added, False)
    assert again == read([*first, *added])[2]


@given(first=ROWS.filter(bool), added=ROWS, place=st.integers(0, 7))
def test_a_row_that_changed_or_went_is_noticed(first, added, place):
    mark = read(first)[2]
    place %= len(first)
    other = [*first[:place], ("changed", "row"), *first[place + 1 :]]
    assert read([*other, *added], mark)[:2] == ([], True)
    assert read(first[:-1], mark)[:2] == ([], True)


def test_a_last_row_without_an_end_is_read_again():
    mark = read([("1", "a"), ("2", "b")], whole=False)[2]
    assert read([("1", "a"), ("2", "bc")], mark)[:2] == ([("2", "bc")], False)


def test_other_headers_are_another_table():
    mark = read([("1", "a")])[2]
    renamed = TableMark(Header(line=1, width=2, places={"id": 0, "mail": 1}), mark)
    assert renamed.passes(Row(2, ("1", "a")))
    renamed.end(whole=True)
    assert renamed.changed
