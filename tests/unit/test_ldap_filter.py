"""LDAP filters are built without injection and judge objects as Active Directory does."""

import pytest

from keepstep.core import ldap_filter as lf
from keepstep.errors import InvalidFilter

PERSON = {
    "cn": [b"Ana Primjer"],
    "objectclass": [b"top", b"person", b"user"],
    "useraccountcontrol": [b"514"],
    "grouptype": [b"-2147483646"],
    "employeeid": [b"0042"],
    "whencreated": [b"20240102030405.0Z"],
    "description": ["žuta (*) kuća".encode()],
    "objectguid": [b"\xff\x00\x01"],
}


def judged(text):
    return lf.matches(lf.parse(text), lambda name: PERSON.get(name.casefold(), ()))


@pytest.mark.parametrize(
    "text",
    [
        "(cn=ana primjer)",
        "cn=Ana Primjer",
        "(CN=*)",
        "(cn=an*er)",
        "(cn=*PRIM*)",
        "(cn=*a*r*j*)",
        "(cn=ana primjer*)",
        "(description=*\\28\\2a\\29*)",
        "(description=ŽUTA*)",
        "(&(objectClass=user)(!(cn=Ivo)))",
        "(| (cn=Ivo) (employeeID=0042) )",
        "(&)",
        "(!(|))",
        "(! (nothing=1) )",
        "(cn~=ana primjer)",
        "(userAccountControl:1.2.840.113556.1.4.803:=2)",
        "(userAccountControl:1.2.840.113556.1.4.804:=3)",
        "(groupType:1.2.840.113556.1.4.803:=2147483648)",
        "(userAccountControl>=514)",
        "(userAccountControl<=1000)",
        "(whenCreated>=20240101000000.0Z)",
        "(cn<=b)",
        "(objectGUID=\\ff\\00\\01)",
        "(objectGUID=\\ff*)",
    ],
)
def test_a_filter_selects_what_it_describes(text):
    assert judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "(cn=Ana)",
        "(nothing=*)",
        "(nothing>=1)",
        "(cn=*ana*ana*)",
        "(cn=ana*na primjer)",
        "(cn=x*)",
        "(|)",
        "(!(cn=*))",
        "(userAccountControl:1.2.840.113556.1.4.803:=3)",
        "(userAccountControl:1.2.840.113556.1.4.804:=1)",
        "(cn:1.2.840.113556.1.4.803:=1)",
        "(userAccountControl>=515)",
        "(objectGUID=\\ff\\00\\02)",
    ],
)
def test_a_filter_leaves_out_what_it_does_not_describe(text):
    assert not judged(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(cn=a", 6),
        ("(cn=a))", 7),
        ("(&(cn=a)", 9),
        ("()", 2),
        ("(c n=a)", 2),
        ("(=a)", 2),
        ("(cn=\\zz)", 5),
        ("(cn=\\a)", 5),
        ("(cn>=a*)", 8),
        ("(cn=a(b)", 6),
        ("(uac:1.2.840.113556.1.4.803:=x)", 2),
        ("(member:1.2.840.113556.1.4.1941:=x)", 2),
        ("(!)", 3),
        ("(!" * 80, 131),
    ],
)
def test_a_text_that_is_no_filter_is_refused_with_its_column(text, column):
    with pytest.raises(InvalidFilter) as refused:
        lf.parse(text)
    assert refused.value.message.endswith(f"at column {column}")


def test_builders_escape_values_and_join_parts():
    assert lf.equal("mail", "*)(uid=*") == "(mail=\\2a\\29\\28uid=\\2a)"
    assert lf.equal("objectGUID", b"\x00A") == "(objectGUID=\\00\\41)"
    assert lf.escape("a\\b\x00") == "a\\5cb\\00"
    assert lf.any_of("(a=1)", "", "b=2") == "(|(a=1)(b=2))"
    assert lf.all_of("", "(a=1)") == "(a=1)"
    assert lf.any_of() == "(|)"
    with pytest.raises(InvalidFilter):
        lf.equal("a)(b", "x")


def test_values_of_named_attributes_may_compare_otherwise():
    wanted = lf.parse("(cn=x)")
    assert lf.matches(wanted, lambda _name: [b"y"], lambda name, _held, _value: name == "cn")


def test_the_attributes_that_a_filter_looks_at_are_known():
    found = lf.names_in(
        lf.parse("(&(a=1)(|(!(b=*))(c=x*y))(d>=1)(e<=2)(userAccountControl:1.2.840.113556.1.4.803:=2))")
    )
    assert found == {"a", "b", "c", "d", "e", "userAccountControl"}
