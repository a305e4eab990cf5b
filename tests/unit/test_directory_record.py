"""A raw directory object becomes a record with exactly what was asked for."""

import pytest

from keepstep.core.directory_record import Shields, record_of, sources
from keepstep.core.directory_schema import groups_schema, users_schema
from keepstep.errors import InvalidName

GUID = bytes.fromhex("33221100554477668899aabbccddeeff")
DN = r"cn=Primjer\2C Ana,OU=Staff,DC=corp"


def record(raw, *names, dn=DN, schema=None, protected=()):
    raw = {"objectguid": [GUID], **raw}
    return record_of(dn, raw, names, schema=schema or users_schema(), shields=Shields(protected))


def test_names_are_spelled_as_asked_and_missing_ones_are_absent():
    found = record({"givenname": [b"Ana"], "sn": [b"Primjer"]}, "GIVENNAME", "mail")
    assert found.key == "00112233-4455-6677-8899-aabbccddeeff"
    assert dict(found.attributes) == {"GIVENNAME": ("Ana",)}


def test_virtual_attributes_are_worked_out():
    raw = {"useraccountcontrol": [b"514"], "lockouttime": [b"133801632000000000"], "accountexpires": [b"0"]}
    found = record(raw, "enabled", "lockedOut", "accountExpires", "container", "distinguishedName", "objectGUID")
    assert dict(found.attributes) == {
        "enabled": ("false",),
        "lockedOut": ("true",),
        "accountExpires": ("",),
        "container": ("OU=Staff,DC=corp",),
        "distinguishedName": (r"cn=Primjer\, Ana,OU=Staff,DC=corp",),
        "objectGUID": ("00112233-4455-6677-8899-aabbccddeeff",),
    }


def test_an_account_without_flags_has_no_enabled_and_never_expires():
    found = record({}, "enabled", "lockedOut", "accountExpires")
    assert dict(found.attributes) == {"lockedOut": ("false",), "accountExpires": ("",)}


def test_a_group_has_nothing_of_an_account():
    found = record({}, "enabled", "lockedOut", "accountExpires", "cn", schema=groups_schema())
    assert dict(found.attributes) == {}


def test_names_of_other_objects_come_in_one_spelling():
    assert record({"manager": [rb"CN=\2Bplus\3Deq,DC=x"]}, "manager").one("manager") == r"CN=\+plus\=eq,DC=x"


@pytest.mark.parametrize(
    ("raw", "protected"),
    [
        ({"admincount": [b"1"]}, ()),
        ({}, ("OU=staff,DC=CORP",)),
        ({}, (r"CN=Primjer\, Ana,OU=Staff,DC=corp",)),
        ({"objectsid": [bytes.fromhex("0102000000000005200000002a020000")]}, ()),
    ],
)
def test_an_object_no_plan_may_touch_says_why(raw, protected):
    assert record(raw, "protected", protected=protected).one("protected")


def test_other_objects_are_free():
    found = record({"objectsid": [b"broken"]}, "protected", protected=("OU=Other,DC=corp",))
    assert "protected" not in found.attributes


def test_an_object_whose_name_cannot_be_read_is_shielded_and_has_no_container():
    found = record({}, "protected", "container", dn="nonsense", protected=("OU=Other,DC=corp",))
    assert found.one("protected") == "its name cannot be read"
    assert "container" not in found.attributes


def test_a_protected_name_that_is_none_is_refused():
    with pytest.raises(InvalidName):
        Shields(["Administrator"])


def test_an_object_without_a_guid_has_no_key():
    with pytest.raises(ValueError, match="objectGUID"):
        record_of(DN, {}, ("cn",), schema=users_schema(), shields=Shields())


def test_each_ldap_attribute_is_asked_for_once():
    assert sources(["enabled", "userAccountControl", "protected", "OBJECTGUID", "container", "mail"]) == (
        "objectGUID",
        "userAccountControl",
        "adminCount",
        "isCriticalSystemObject",
        "objectSid",
        "mail",
    )


def test_a_text_attribute_that_holds_other_bytes_is_shown_as_base64():
    assert record({"sn": [b"\xff\xfe"]}, "sn").one("sn") == "//4="
