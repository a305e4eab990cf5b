"""Mapping a record is total, and what comes out is what the target takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.mapping import MappingSpec, compile_mapping, map_record
from keepstep.core.schema import AttributeType, Case, Normal, Schema, Syntax
from keepstep.core.value_form import malformed
from keepstep.core.values import NativeKey, Record

NAMES = tuple(f"a{number}" for number in range(8))
SOURCE = Schema(objects="users", attributes={name: AttributeType(name=name) for name in NAMES})
KINDS = st.builds(
    AttributeType,
    name=st.just("t"),
    multi=st.booleans(),
    case=st.sampled_from(Case),
    syntax=st.sampled_from(Syntax),
    normal=st.sampled_from(Normal),
    max_length=st.sampled_from([None, 1, 5, 64]),
    max_values=st.sampled_from([None, 1, 3]),
    forbidden=st.sampled_from(["", "<>", "]^-\\", "\x00\r\n"]),
    choices=st.sampled_from([(), ("a", "true")]),
)
MARKER = "Qx7Zk"
texts = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", " ", "7", "true", "2024-12-31", "CN=a,DC=x", "{{ a1 }}", MARKER, f"<{MARKER}>", "\ud800", "a-b^]"]),
)  # fmt: skip
records = st.fixed_dictionaries({}, optional={name: st.lists(texts, max_size=4).map(tuple) for name in NAMES})
formats = st.sampled_from(
    [
        "{{ a0 }}",
        "{{ a0 }} {{ a1 }}",
        "{{ a0 | lower | trim }}",
        "{{ a0 | digits }}",
        "{{ a0 | to_int }}",
        "{{ a0 | first }}",
        "CN={{ a0 }},{{ a1 | dn_parent }}",
        "{{ coalesce(a0, a1) | truncate(5) }}",
    ]
)


@given(KINDS, formats, st.sampled_from(["keep", "clear", "skip"]), records)
def test_any_record_gives_what_the_target_takes_or_a_reason(
    kind: AttributeType, written: str, when_empty: str, held: dict[str, tuple[str, ...]]
) -> None:
    target = Schema(objects="persons", attributes={"t": kind})
    spec = MappingSpec.model_validate({"into": "a.b", "rows": {"t": {"from": written, "when_empty": when_empty}}})
    mapping = compile_mapping(spec, SOURCE, target, place="m")
    desired = map_record(mapping, Record(NativeKey("1"), held))
    if desired.skip:
        assert not desired.attributes
        assert MARKER not in desired.skip
        return
    for values in desired.attributes.values():
        assert kind.normalise(values) == values
        assert kind.refusal(values) == ""
        assert not any(malformed(kind.syntax, value) for value in values)
        assert values or when_empty == "clear"
    assert when_empty == "keep" or desired.attributes


@given(records)
def test_rows_do_not_touch_each_other(held: dict[str, tuple[str, ...]]) -> None:
    kinds = {name: AttributeType(name=name, multi=True) for name in NAMES}
    rows = {name: f"{{{{ {name} | upper }}}}" for name in NAMES}
    target = Schema(objects="persons", attributes=kinds)
    record = Record(NativeKey("1"), held)

    def mapped(wanted: dict[str, str]) -> dict[str, tuple[str, ...]]:
        spec = MappingSpec.model_validate({"into": "a.b", "rows": wanted})
        return dict(map_record(compile_mapping(spec, SOURCE, target, place="m"), record).attributes)

    alone = {name: values for one, text in rows.items() for name, values in mapped({one: text}).items()}
    assert mapped(rows) == alone
