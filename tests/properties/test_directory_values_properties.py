"""Names, filters and values survive every trip between text and wire."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core import directory_values as dv
from keepstep.core.directory_values import Wire
from keepstep.core.distinguished_name import DistinguishedName, bare_dn, dn_key, parse_dn, same_dn
from keepstep.core.ldap_filter import Equal, Filter, equal, matches, parse
from keepstep.errors import InvalidFilter, InvalidName

HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from(list(' ,+"\\<>;#=()*\x00\r\n/@🙂šж')), st.characters(exclude_categories=["Cs"])),
    min_size=1,
    max_size=40,
)
TYPES = st.sampled_from(["CN", "OU", "DC", "uid", "2.5.4.3", "x-my-type"])


@st.composite
def names(draw):
    name = DistinguishedName(())
    for kind, value in draw(st.lists(st.tuples(TYPES, HOSTILE), min_size=1, max_size=6)):
        name = name.child(kind, value)
    return name


@given(names())
def test_a_name_written_and_parsed_is_the_same_name_with_the_same_values(name):
    again = parse_dn(str(name))
    assert again == name
    assert [rdn.pairs for rdn in again.rdns] == [rdn.pairs for rdn in name.rdns]


@given(names(), TYPES, HOSTILE)
def test_a_child_is_below_its_parent_and_adds_exactly_one_step(name, kind, value):
    child = name.child(kind, value)
    assert child.parent == name
    assert child.is_below(name)
    assert not name.is_below(child)
    assert child.rdn.value == value
    assert dn_key(str(child)).partition("\n")[2] == name.key
    assert len(parse_dn(str(child)).rdns) == len(name.rdns) + 1


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_is_refused_with_a_column(text):
    try:
        name = parse_dn(text)
    except InvalidName as refused:
        assert "column" in refused.message
    else:
        assert parse_dn(str(name)) == name
        assert bare_dn(text) == str(name)
        assert same_dn(text, str(name))
        assert dn_key(text) == name.key == dn_key(str(name))


@given(st.lists(st.tuples(TYPES, st.text(alphabet="abc =#", max_size=4)), min_size=1, max_size=3))
def test_a_name_written_without_escapes_is_read_like_any_other(steps):
    text = ",".join(f"{kind}={value}" for kind, value in steps)
    try:
        name = parse_dn(text)
    except InvalidName:
        return
    assert [rdn.value for rdn in name.rdns] == [value.strip(" ") for _, value in steps]
    assert dn_key(text) == name.key
    assert bare_dn(text) == str(name)


@given(HOSTILE)
def test_a_value_in_a_filter_never_breaks_out_and_selects_exactly_itself(value):
    wanted = parse(equal("cn", value))
    assert wanted == Equal("cn", value.encode())
    assert matches(wanted, lambda _name: [value.encode()])
    assert not matches(wanted, lambda _name: [(value + "x").encode()])


@given(st.binary(min_size=1, max_size=32))
def test_bytes_in_a_filter_stand_for_themselves(data):
    assert parse(equal("objectGUID", data)) == Equal("objectGUID", data)


@given(st.text(alphabet="()&|!*=<>:\\ab1 .", max_size=40))
def test_any_text_is_a_filter_or_is_refused_with_a_column(text):
    try:
        wanted = parse(text)
    except InvalidFilter as refused:
        assert "column" in refused.message
    else:
        assert isinstance(wanted, Filter)
        assert matches(wanted, lambda _name: [b"a", b"1"]) in {True, False}


@given(st.binary(min_size=16, max_size=16))
def test_every_guid_survives(data):
    assert dv.guid_bytes(dv.guid_text(data)) == data


@given(
    st.integers(min_value=0, max_value=2**48 - 1),
    st.lists(st.integers(min_value=0, max_value=2**32 - 1), max_size=15),
)
def test_every_security_identifier_survives(authority, parts):
    data = bytes([1, len(parts)]) + authority.to_bytes(6, "big") + b"".join(p.to_bytes(4, "little") for p in parts)
    text = dv.sid_text(data)
    assert dv.sid_bytes(text) == data
    assert dv.rid(text) == (parts[-1] if len(parts) > 1 else None)


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_filetime_survives_and_never_stays_never(ticks):
    text = dv.filetime_text(str(ticks))
    again = int(dv.filetime_wire(text))
    assert again == (dv.NEVER if ticks == 0 else ticks)
    assert dv.filetime_text(str(again)) == text


# hypothesis wants bounds without a zone
MOMENTS = st.datetimes(min_value=datetime(1601, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_every_time_survives_both_of_the_directorys_forms(moment):
    text = dv.utc_text(moment.isoformat())
    assert datetime.fromisoformat(text) == moment
    assert dv.filetime_text(dv.filetime_wire(text)) == text
    assert dv.generalized_text(dv.generalized_wire(text)) == text
    assert dv.utc_text(text) == text


@given(st.sampled_from(list(Wire)), st.lists(st.binary(max_size=40), max_size=3))
def test_any_bytes_decode_to_text_without_an_error(wire, raw):
    decoded = dv.decode(wire, raw)
    assert len(decoded) == len(raw)
    if wire is Wire.BINARY:
        assert dv.encode(wire, decoded) == raw


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=3))
def test_text_and_binary_values_survive(values):
    assert dv.decode(Wire.TEXT, dv.encode(Wire.TEXT, tuple(values))) == tuple(values)


@given(st.sampled_from(list(Wire)), st.text(max_size=40))
def test_encoding_any_text_gives_bytes_or_a_refusal_without_the_value(wire, text):
    try:
        dv.encode(wire, (text,))
    except ValueError as refused:
        assert len(text) < 3 or text not in str(refused)


@given(st.integers(min_value=0, max_value=2**32 - 1), st.booleans())
def test_enabling_touches_only_the_disabled_bit(flags, enabled):
    after = dv.with_enabled(str(flags), enabled=enabled)
    assert dv.is_enabled(after) is enabled
    assert int(after) | 2 == flags | 2
