"""Whatever stands in cells comes out of CSV as it went in, wherever the bytes are cut."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.csv_rows import CsvForm, Encoding, csv_rows, read_csv
from keepstep.errors import InvalidTable

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))


@given(table=TABLE, separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]), size=st.integers(1, 20))
def test_what_was_written_is_read(table, separator, end, size):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    body = text.getvalue().encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    form = CsvForm(encoding=Encoding(name="utf-8", because="as configured"), separator=separator)
    assert [list(row.cells) for row in csv_rows(pieces, form) if row.cells != [f"sep={separator}"]] == table


@given(body=st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_named_mistake(body):
    try:
        for row in read_csv(body).rows:
            assert row.line > 0
    except InvalidTable as wrong:
        assert wrong.message
