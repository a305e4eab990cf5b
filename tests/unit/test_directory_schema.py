"""The directory's schema tells what may be written, and knows what a live directory adds."""

import pytest

from keepstep.core.directory_schema import LiveAttribute, extended, groups_schema, users_schema, wire_of
from keepstep.core.directory_values import Wire
from keepstep.core.schema import ReadOnly, Syntax


@pytest.mark.parametrize(
    ("name", "values", "word"),
    [
        ("sAMAccountName", ("a" * 21,), "20"),
        ("sAMAccountName", ("a:b",), "':'"),
        ("CN", ("x" * 65,), "64"),
        ("mail", ("x" * 257,), "256"),
        ("objectGUID", ("x",), "cannot be written"),
        ("whenCreated", ("x",), "cannot be written"),
        ("protected", ("x",), "cannot be written"),
        ("userAccountControl", ("512",), "cannot be written"),
        ("description", ("a", "b"), "allows 1"),
        ("enabled", ("maybe",), "true, false"),
        ("lockedOut", ("true",), "false"),
        ("sn", ("a\x00b",), "does not take"),
    ],
)
def test_what_active_directory_refuses_is_refused_before(name, values, word):
    kind = users_schema().attribute(name)
    assert kind is not None
    assert word in kind.refusal(values)


@pytest.mark.parametrize(
    ("name", "values"),
    [("otherTelephone", ("1", "2")), ("memberOf", ("CN=a,DC=b",)), ("sn", ("d'Ž{{7*7}}*)(uid=*",)), ("sn", ())],
)
def test_what_active_directory_takes_is_not_refused(name, values):
    kind = users_schema().attribute(name)
    assert kind is not None
    assert not kind.refusal(values)


def test_two_spellings_of_a_name_or_a_time_are_one_value():
    schema = users_schema()
    manager, expires, enabled = (schema.attribute(name) for name in ("manager", "accountExpires", "enabled"))
    assert manager.comparable((r"cn=A\2C b, dc=X",)) == manager.comparable((r"CN=a\, B,DC=x",))
    assert manager.comparable(("no name",)) == ("no name",)
    assert expires.comparable(("2030-01-31",)) == expires.comparable(("2030-01-31T01:00+01:00",))
    assert expires.comparable(("soon",)) == ("soon",)
    assert expires.normalise(("",)) == ()
    assert enabled.comparable(("True",)) == ("true",)


def test_identity_attributes_are_unique_and_names_ignore_case():
    schema = users_schema()
    assert {"sAMAccountName", "userPrincipalName", "objectGUID"} <= {kind.name for kind in schema.unique}
    assert schema.attribute("samaccountname") is schema.attribute("sAMAccountName")


def test_a_group_holds_members_and_a_long_account_name():
    schema = groups_schema()
    assert schema.attribute("member").multi
    assert schema.attribute("samaccountname").max_length == 256
    assert not schema.attribute("memberOf").writable
    assert schema.attribute("enabled") is None


def test_a_live_directory_adds_attributes_and_tells_lengths_and_what_is_read_only():
    live = [
        LiveAttribute(name="corpBadge", attribute_syntax="2.5.5.12", om_syntax=64, single=True, range_upper=9),
        LiveAttribute(name="corpExact", attribute_syntax="2.5.5.3", om_syntax=27, single=False),
        LiveAttribute(name="corpDate", attribute_syntax="2.5.5.11", om_syntax=24, single=True),
        LiveAttribute(
            name="corpPhoto", attribute_syntax="2.5.5.10", om_syntax=4, single=True, read_only=ReadOnly.SYSTEM
        ),
        LiveAttribute(name="corpFlag", attribute_syntax="2.5.5.8", om_syntax=1, single=True),
        LiveAttribute(name="SAMACCOUNTNAME", attribute_syntax="2.5.5.12", om_syntax=64, single=True, range_upper=256),
        LiveAttribute(name="department", attribute_syntax="2.5.5.12", om_syntax=64, single=True, range_upper=80),
        LiveAttribute(
            name="memberOf", attribute_syntax="2.5.5.1", om_syntax=127, single=False, read_only=ReadOnly.BACK_LINK
        ),
        LiveAttribute(name="unicodePwd", attribute_syntax="2.5.5.10", om_syntax=4, single=True),
    ]
    schema = extended(users_schema(), live)
    assert schema.attribute("corpbadge").max_length == 9
    assert schema.attribute("corpExact").multi
    assert schema.attribute("corpExact").comparable(("A",)) != schema.attribute("corpExact").comparable(("a",))
    assert not schema.attribute("corpPhoto").writable
    assert schema.attribute("corpPhoto").read_only is ReadOnly.SYSTEM
    assert schema.attribute("unicodePwd").read_only is ReadOnly.PASSWORD
    assert schema.attribute("department").max_length == 80
    assert schema.attribute("memberOf").writable, "the group is written instead"
    assert schema.attribute("memberOf").read_only is None
    assert schema.attribute("corpDate").syntax is Syntax.TIME
    assert schema.attribute("sAMAccountName").max_length == 20
    assert wire_of(schema, "corpPhoto") is Wire.BINARY
    assert wire_of(schema, "corpFlag") is Wire.BOOLEAN
    assert wire_of(schema, "corpDate") is Wire.GENERALIZED_TIME


def test_every_attribute_has_its_wire_form():
    schema = users_schema()
    assert wire_of(schema, "OBJECTGUID") is Wire.GUID
    assert wire_of(schema, "objectSid") is Wire.SID
    assert wire_of(schema, "pwdLastSet") is Wire.FILETIME
    assert wire_of(schema, "whenChanged") is Wire.GENERALIZED_TIME
    assert wire_of(schema, "thumbnailPhoto") is Wire.BINARY
    assert wire_of(schema, "neverHeardOf") is Wire.TEXT
