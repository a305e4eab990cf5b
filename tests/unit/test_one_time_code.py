"""The codes of a second factor."""

from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.one_time_code import code_at, seed_bytes, seed_link, seed_text, step_of

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds, code):
    assert code_at(SEED, seconds // 30) == code
    assert step_of(SEED, code, datetime.fromtimestamp(seconds, UTC), after=0) == seconds // 30


def test_a_code_is_right_beside_its_half_minute_and_no_further():
    now = datetime(2027, 1, 1, tzinfo=UTC)
    code = code_at(SEED, int(now.timestamp()) // 30)
    right = [shift for shift in range(-4, 5) if step_of(SEED, code, now + timedelta(seconds=30 * shift), after=0)]
    assert right == [-1, 0, 1]


def test_a_code_that_was_used_is_wrong():
    now = datetime(2027, 1, 1, tzinfo=UTC)
    step = int(now.timestamp()) // 30
    assert step_of(SEED, code_at(SEED, step), now, after=step) is None


def test_blanks_in_a_code_do_not_matter_and_other_letters_are_wrong():
    now = datetime.fromtimestamp(59, UTC)
    assert step_of(SEED, "287 082", now, after=0)
    assert step_of(SEED, "28708é", now, after=0) is None
    assert step_of(SEED, "", now, after=0) is None


def test_a_seed_is_typed_or_scanned():
    assert seed_bytes(seed_text(SEED)) == SEED
    assert seed_link(SEED, "ana@corp").startswith("otpauth://totp/Keepstep:ana%40corp?secret=GEZDGNBVGY3TQOJQ")
