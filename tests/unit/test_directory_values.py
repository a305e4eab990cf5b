"""What Active Directory writes becomes text people can read, and back."""

import base64

import pytest

from keepstep.core import directory_values as dv
from keepstep.core.directory_values import Wire


def test_the_first_fields_of_a_guid_are_little_endian():
    data = bytes.fromhex("33221100554477668899aabbccddeeff")
    assert dv.guid_text(data) == "00112233-4455-6677-8899-aabbccddeeff"
    assert dv.guid_bytes("{00112233-4455-6677-8899-AABBCCDDEEFF}") == data


def test_a_security_identifier_is_read_as_windows_writes_it():
    data = bytes.fromhex("010500000000000515000000") + b"".join(n.to_bytes(4, "little") for n in (11, 22, 33, 1104))
    assert dv.sid_text(data) == "S-1-5-21-11-22-33-1104"
    assert dv.rid("S-1-5-21-11-22-33-1104") == 1104
    assert dv.rid("S-1-1-0") is None
    assert dv.rid("nonsense") is None


@pytest.mark.parametrize("text", ["S-2-5-1", "S-1-5-4294967296", "S-1-0xffffffffffff1", "S-1-999999999999999", ""])
def test_what_is_no_security_identifier_is_refused(text):
    with pytest.raises(ValueError, match="security identifier"):
        dv.sid_bytes(text)
    with pytest.raises(ValueError, match="security identifier"):
        dv.sid_text(text.encode())


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        ("0", ""),
        (str(2**63 - 1), ""),
        ("133801632000000000", "2025-01-01T00:00:00Z"),
        ("133801632000000001", "2025-01-01T00:00:00.0000001Z"),
        ("-36288000000000", "-36288000000000"),
        (str(2**63 - 2), str(2**63 - 2)),
        ("soon", "soon"),
    ],
)
def test_a_filetime_is_read_as_a_time(ticks, text):
    assert dv.filetime_text(ticks) == text


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("", str(2**63 - 1)),
        ("2025-01-01", "133801632000000000"),
        ("2025-01-01T01:00:00+01:00", "133801632000000000"),
        ("2025-01-01 00:00", "133801632000000000"),
        ("0", "0"),
    ],
)
def test_a_time_is_written_as_a_filetime(text, ticks):
    assert dv.filetime_wire(text) == ticks


@pytest.mark.parametrize("text", ["tomorrow", "2025-02-30", "1500-01-01", "2025-01-01T25:00", "2025-01-01T00:00+99:00"])
def test_a_time_that_does_not_exist_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="time") as refused:
        dv.filetime_wire(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("20240102030405.0Z", "2024-01-02T03:04:05Z"),
        ("20240102030405Z", "2024-01-02T03:04:05Z"),
        ("20240102030405.25+0200", "2024-01-02T01:04:05.25Z"),
        ("202401020304-0130", "2024-01-02T04:34:00Z"),
        ("2024010203Z", "2024-01-02T03:00:00Z"),
        ("2024010203.5Z", "2024010203.5Z"),
        ("20241302030405.0Z", "20241302030405.0Z"),
        ("16010101000000.0Z", "1601-01-01T00:00:00Z"),
        ("later", "later"),
    ],
)
def test_a_generalized_time_is_read_as_a_time(text, iso):
    assert dv.generalized_text(text) == iso


def test_an_account_is_enabled_by_its_flags_alone():
    assert dv.is_enabled("512")
    assert not dv.is_enabled("514")
    assert not dv.is_enabled("")
    assert dv.with_enabled("66050", enabled=True) == "66048"
    assert dv.with_enabled("512", enabled=False) == "514"
    assert dv.with_enabled("", enabled=False) == "514"
    assert dv.is_locked("133801632000000000")
    assert not dv.is_locked("0")
    assert not dv.is_locked("")


def test_booleans_and_passwords_are_written_as_the_directory_takes_them():
    assert dv.encode(Wire.BOOLEAN, ("true",)) == [b"TRUE"]
    assert dv.decode(Wire.BOOLEAN, [b"FALSE"]) == ("false",)
    with pytest.raises(ValueError, match="boolean"):
        dv.boolean_wire("yes")
    assert dv.unicode_pwd("pž") == '"pž"'.encode("utf-16-le")


def test_bytes_that_are_no_text_become_base64():
    assert dv.decode(Wire.TEXT, [b"\xff\xfe"]) == (base64.b64encode(b"\xff\xfe").decode(),)
    with pytest.raises(ValueError, match="base64"):
        dv.encode(Wire.BINARY, ("not base64!",))
    with pytest.raises(ValueError, match="Unicode"):
        dv.encode(Wire.TEXT, ("\ud800",))


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"sid": "S-1-5-21-1-2-3-500"}, "built-in account"),
        ({"sid": "S-1-5-21-1-2-3-502"}, "built-in account"),
        ({"sid": "S-1-5-21-1-2-3-512"}, "built-in object"),
        ({"sid": "S-1-5-32-544"}, "built-in object"),
        ({"critical": "TRUE"}, "critical"),
        ({"admin_count": "1"}, "adminCount"),
    ],
)
def test_objects_that_keep_the_directory_alive_are_protected_with_a_reason(values, word):
    assert word in dv.protection(**values)


def test_an_ordinary_account_is_not_protected():
    assert not dv.protection(sid="S-1-5-21-1-2-3-1104", admin_count="0", critical="FALSE")
    assert not dv.protection()
