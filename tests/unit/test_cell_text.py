"""Cells of a workbook become the text that a person sees."""

from datetime import UTC, datetime, time, timedelta

import pytest

from keepstep.core.cell_text import cell_text

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("0042", "0042"),
        (42, "42"),
        (42.0, "42"),
        (-0.5, "-0.5"),
        (1e-7, "0.0000001"),
        (1.5e18, "1500000000000000000"),
        (True, "true"),
        (NOON, "2026-05-01T12:00:00"),
        (NOON.replace(hour=0), "2026-05-01"),
        (NOON.date(), "2026-05-01"),
        (time(7, 5), "07:05:00"),
        (timedelta(hours=30, minutes=1), "30:01:00"),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it(value, text):
    assert cell_text(value) == text
