"""A text as a QR code."""

import re
from hashlib import sha256

import pytest

from keepstep.api.qr_code import qr_code
from keepstep.core.one_time_code import SEED_BYTES, seed_link
from keepstep.core.operator import LONGEST_NAME

FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
BAR = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def drawn(code):
    """Return the code as rows of 0 and 1, as a browser fills its path."""
    rows = [[0] * code.size for _ in range(code.size)]
    assert BAR.sub("", code.path) == ""
    for left, top, width, back in (map(int, one) for one in BAR.findall(code.path)):
        assert width == back
        for place in range(left, left + width):
            rows[top][place] += 1
    return ["".join(map(str, row)) for row in rows]


def corner(rows, left, top):
    return [row[left : left + 7] for row in rows[top : top + 7]]


@pytest.mark.parametrize("name", ["a", "ana@corp.example", "x" * LONGEST_NAME])
def test_a_code_has_its_three_corners_and_a_light_border_around(name):
    code = qr_code(seed_link(bytes(range(SEED_BYTES)), name))
    rows = drawn(code)
    far = code.size - 4 - 7
    assert corner(rows, 4, 4) == corner(rows, far, 4) == corner(rows, 4, far) == FINDER
    border = [*rows[:4], *rows[-4:], *(row[:4] for row in rows), *(row[-4:] for row in rows)]
    assert set("".join(border)) == {"0"}


def test_a_code_stays_the_one_that_a_reader_of_others_read():
    # this drawing was read by ZXing-C++, which gave the very link
    link = "otpauth://totp/Keepstep:ana?secret=ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP&issuer=Keepstep&digits=6&period=30"
    rows = drawn(qr_code(link))
    assert (
        sha256("\n".join(rows).encode()).hexdigest()
        == "1ac4217939614eeebd6fa1dfcde49d1245a76953c68b8dbd91003948849019d5"
    )
