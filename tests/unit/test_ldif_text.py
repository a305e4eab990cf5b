"""LDIF files of every origin are read, and what is written reads back the same."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.connectors.ldif.text import Entry, Ldif, parse_ldif, render, write_ldif
from keepstep.core.distinguished_name import dn_key
from keepstep.errors import ConfigurationError


def parsed(text):
    return parse_ldif(text.encode() if isinstance(text, str) else text, "corp.ldif")


def test_an_export_of_ldapsearch_is_read():
    found = parsed(
        "# extended LDIF\n#\n# LDAPv3\n\n# Ana, corp\ndn: CN=Ana,DC=corp\nobjectClass: user\n"
        "description: one long\n  line in two\nsn:: xb51dGE=\nuserCertificate;binary:: AAE=\n\n"
        "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n"
    )
    (entry,) = found.entries
    assert entry.dn == "CN=Ana,DC=corp"
    assert entry.line == 6
    assert entry.raw == {
        "objectclass": [b"user"],
        "description": [b"one long line in two"],
        "sn": ["žuta".encode()],
        "usercertificate": [b"\x00\x01"],
    }
    assert found.spellings["objectclass"] == "objectClass"
    assert found.flaws == []


PAGE = (
    "# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MA0=\npagedresults: cookie="
)
HEAD = "# extended LDIF\n#\n# with pagedResults control: size=1\n#\n\n"


def test_an_export_in_pages_is_whole_only_with_its_last_page():
    first = f"{HEAD}dn: CN=Ana\nsn: x\n\n{PAGE}AwAAAAAAAAA=\n"
    found = parsed(f"{first}{HEAD}dn: CN=Ivo\nsn: x\n\n{PAGE}\n\n# numResponses: 4\n# numEntries: 2\n")
    assert [entry.dn for entry in found.entries] == ["CN=Ana", "CN=Ivo"]
    assert found.flaws == []
    assert parsed(first).flaws


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_of_ldifde_is_read_in_any_of_its_encodings(encoding):
    text = "dn: CN=Žana,DC=corp\r\nchangetype: add\r\nobjectClass: user\r\nsn: Žuta\r\n\r\n"
    found = parsed(text.encode(encoding))
    assert found.entries[0].dn == "CN=Žana,DC=corp"
    assert found.entries[0].raw["sn"] == ["Žuta".encode()]
    assert found.changetype
    assert found.flaws == []


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("version: 2\n\ndn: CN=a\n", 1, "version"),
        ("sn: Ana\n", 1, "dn:"),
        ("dn: CN=a\nnonsense\n", 2, "attribute: value"),
        ("dn: CN=a\nphoto:< file:///etc/passwd\n", 2, "URL"),
        ("dn: CN=a\nsn:: !!!\n", 2, "base64"),
        ("dn: CN=a\nsn:: YQ\n", 2, "base64"),
        ("dn: Ana\n", 1, "distinguished name"),
        ("dn:: //4=\n", 1, "UTF-8"),
        (" lost\n", 1, "continues nothing"),
        ("dn: CN=a\nchangetype: delete\n", 2, "changes"),
        ("dn: CN=a\nchangetype: modify\nadd: sn\nsn: x\n-\n", 2, "changes"),
        ("dn: CN=a\nadd: sn\n-\n", 3, "changes"),
        ("\n\n# c\n\ndn: CN=a\nsn: x\n\n\x00\x01\n", 8, "attribute: value"),
    ],
)
def test_what_is_no_ldif_is_refused_with_file_and_line(text, line, word):
    with pytest.raises(ConfigurationError) as refused:
        parsed(text)
    assert refused.value.message.startswith(f"corp.ldif, line {line}: ")
    assert word in refused.value.message
    assert refused.value.hint


def test_damaged_utf16_is_refused():
    with pytest.raises(ConfigurationError, match="UTF-16"):
        parsed(b"\xff\xfea")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no entries"),
        ("version: 1\n", "no entries"),
        ("dn: CN=a\nsn: Prim", "middle of line 2"),
        ("# extended LDIF\n\ndn: CN=a\nsn: x\n", "lacks its last line"),
        ("dn: CN=a\nsn: x\n\n# numEntries: 2\n", "says that it has 2 entries and has 1"),
        ("dn: CN=a\nsn: x\n\nsearch: 2\nresult: 4 Size limit exceeded\n", "ended with an error"),
        ("dn: CN=a\nmember;range=0-1499: CN=b\n", "only in part"),
    ],
)
def test_a_file_that_may_have_been_cut_says_so(text, word):
    (flaw,) = parsed(text).flaws
    assert word in flaw
    assert flaw.startswith("corp.ldif")


def test_the_last_range_of_values_is_whole():
    found = parsed("dn: CN=a\nmember;range=0-*: CN=b\n\nref: ldap://elsewhere.example/DC=x\n")
    assert found.entries[0].raw == {"member": [b"CN=b"]}
    assert found.flaws == []


def test_unchanged_entries_and_the_header_are_written_letter_for_letter():
    text = "# Our people\n# since 2020\nversion: 1\n\n# Ana is first\ndn: cn=Ana, dc=corp\nSN:   Primjer\nsn:: eA==\n"
    found = parsed(text)
    again = b"".join(write_ldif(found)).decode()
    assert "# Our people\n# since 2020\n" in again
    assert "# Ana is first\ndn: cn=Ana, dc=corp\nSN:   Primjer\nsn:: eA==\n" in again
    assert again.endswith("# numEntries: 1\n")
    assert b"".join(write_ldif(parsed(again))).decode() == again


def test_a_file_written_here_and_cut_anywhere_is_noticed():
    names = [f"CN=u{number},DC=corp" for number in range(5)]
    entries = [Entry(name, dn_key(name), {"sn": [b"x" * 90]}) for name in names]
    whole = b"".join(write_ldif(Ldif(entries=entries, spellings={"sn": "sn"})))
    assert parsed(whole).flaws == []
    for length in range(len(whole)):
        try:
            found = parsed(whole[:length])
        except ConfigurationError:
            continue
        assert found.flaws, whole[:length][-40:]


NAMES = st.sampled_from(["sn", "description", "jpegphoto", "x-1"])


@given(st.dictionaries(NAMES, st.lists(st.binary(max_size=200), min_size=1, max_size=3), max_size=4), st.booleans())
def test_every_value_survives_being_written(raw, changetype):
    name = "CN=Ž\\, a,DC=corp"
    text = render(Entry(name, dn_key(name), raw), {"sn": "SN"}, changetype=changetype)
    assert all(len(line) <= 76 for line in text.split(b"\n"))
    (entry,) = parsed(text).entries
    assert entry.raw == raw
    assert entry.dn == name
    assert base64.b64encode(name.encode()) in text


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data):
    try:
        parse_ldif(b"dn: CN=a\n" + data, "x")
        parse_ldif(data, "x")
    except ConfigurationError as refused:
        assert "x" in refused.message


def test_the_class_of_an_entry_stands_first():
    text = render(Entry("CN=a", "cn=a", {"sn": [b"x"], "objectclass": [b"top"]}), {"objectclass": "objectClass"})
    assert text == b"dn: CN=a\nobjectClass: top\nsn: x\n"
