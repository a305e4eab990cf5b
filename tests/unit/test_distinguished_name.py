"""Distinguished names are compared by what they mean and can hold anything."""

import pytest

from keepstep.core.distinguished_name import DistinguishedName, bare_dn, escape_value, parse_dn, same_dn
from keepstep.errors import InvalidName


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CN=Ana Primjer,DC=corp", "Ana Primjer"),
        (r"CN=Primjer\, Ana,DC=corp", "Primjer, Ana"),
        (r"CN=\ lead and trail\ ,DC=corp", " lead and trail "),
        ("CN= blanks around = do not count ,DC=corp", "blanks around = do not count"),
        (r"CN=\#1 \+ \"x\" \\ \<\>\;\=,DC=corp", '#1 + "x" \\ <>;='),
        (r"CN=\C5\A0ime,DC=corp", "Šime"),
        (r"CN=a\00b\0D\0A,DC=corp", "a\x00b\r\n"),
        (r"CN=gone\0ADEL:1234,CN=Deleted Objects,DC=corp", "gone\nDEL:1234"),
        ("CN=#0c03416e61,DC=corp", "Ana"),
        ("CN=#04024869 ,DC=corp", "Hi"),
        ("CN=🙂 Ж,DC=corp", "🙂 Ж"),
        ("CN=,DC=corp", ""),
    ],
)
def test_a_value_is_had_without_its_escapes(text, value):
    name = parse_dn(text)
    assert name.rdn.value == value
    assert parse_dn(str(name)) == name


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Ana Primjer", 1),
        ("CN=Ana,Primjer", 8),
        ("CN=Ana,", 8),
        ("CN=Ana+", 8),
        ('CN="Primjer, Ana"', 4),
        ("CN=Ana;DC=corp", 7),
        ("CN=a\\zb", 5),
        ("CN=a\\", 5),
        (r"CN=\C5,DC=corp", 4),
        ("CN=#1,DC=corp", 4),
        ("CN=#0c0441,DC=corp", 4),
        ("CN=#0c01ff,DC=corp", 4),
        ("C_N=Ana", 1),
        ("CN=a\ud800", 5),
    ],
)
def test_a_text_that_is_no_name_is_refused_with_its_column(text, column):
    with pytest.raises(InvalidName) as refused:
        parse_dn(text)
    assert refused.value.message.endswith(f"at column {column}")
    assert refused.value.hint


def test_names_are_equal_whatever_their_spelling():
    assert parse_dn(r"cn=ana \+plus\3Deq , OU=Staff,dc=CORP") == parse_dn(r"CN=Ana \2Bplus=eq,ou=staff,DC=corp")
    assert hash(parse_dn("CN=a+UID=b,DC=c")) == hash(parse_dn("uid=B+cn=A,dc=C"))
    assert parse_dn("CN=a,DC=b") != parse_dn("CN=a,DC=c")
    assert same_dn("CN=a, DC=b", "cn=A,dc=B")
    assert same_dn("not a name", "Not a Name")
    assert not same_dn("not a name", "CN=a")


def test_a_name_knows_its_container_and_what_is_above():
    name = parse_dn("CN=Ana,OU=Staff,DC=corp,DC=example")
    assert str(name.parent) == "OU=Staff,DC=corp,DC=example"
    assert name.is_below(parse_dn("dc=CORP,dc=example"))
    assert name.is_below(name)
    assert name.is_below(parse_dn(""))
    assert not name.is_below(parse_dn("OU=Other,DC=corp,DC=example"))
    assert not name.parent.is_below(name)
    assert name.rdn.type == "CN"


def test_the_root_has_no_first_part_and_is_its_own_container():
    root = DistinguishedName(())
    assert root.parent == root
    assert str(root) == ""
    with pytest.raises(InvalidName):
        _ = root.rdn


def test_a_child_needs_a_type_and_a_value():
    base = parse_dn("DC=corp")
    assert str(base.child("CN", "a,b")) == r"CN=a\,b,DC=corp"
    for kind, value in [("C N", "x"), ("", "x"), ("CN", ""), ("CN", "\udfff")]:
        with pytest.raises(InvalidName):
            base.child(kind, value)


def test_only_what_must_be_escaped_is_escaped():
    assert escape_value("# a=b #") == r"\# a\=b #"
    assert escape_value(" ") == "\\ "
    assert escape_value("a\x7f\x00") == r"a\7F\00"
    assert bare_dn(r"CN=\2Bplus\3Deq,DC=x") == r"CN=\+plus\=eq,DC=x"
    assert bare_dn("no name") == "no name"
