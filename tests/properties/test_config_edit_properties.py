"""Whatever is put into a file is read again as the same, and what stood there before stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from keepstep.errors import ConfigurationError
from keepstep.store.config_edit import put, take
from keepstep.store.config_file import parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=12) | st.sampled_from(
    [
        "no",
        "1",
        ".5e5",
        "1_000",
        "0x10",
        "~",
        "null",
        "2024-01-01",
        " a",
        "a: b",
        "#",
        "{{ x }}",
        "%",
        "<<",
        "a\n b\n",
        "\n",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTS
KEYS = st.from_regex(r"[A-Za-z0-9_@ .:#{}\-]{1,12}", fullmatch=True)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
FILES = st.sampled_from(
    [
        "a: 1  # one\nb:\n    c: {d: 'x', e: [1]}  # flow\n    # between\n    f: |\n      text\n\n    g:\n      - 1\n      -   h: 2\n# end\n",
        "a: 1\nb: {c: {d: x}, f: y, g: [1, 2]}\n",
        "b:\n  f: &anchor {x: 1}\n  g: *anchor\n  c:\n    d: # empty\n\na: 1",
        "# only\r\nb:\r\n  c:\r\n    d: x # remark\r\n  f: >\r\n    folded\r\n    text\r\n\r\n  g: y\r\n\r\na: 1\r\n",
    ]
)
GONE = object()
PATHS = st.sampled_from(
    [("b", "c", "d"), ("b", "g"), ("b", "c", "new"), ("b", "new"), ("new", "deep"), ("a",), ("b", "c")]
)


def data(text):
    return parse(text, name="x").data


@settings(max_examples=60, deadline=None)
@given(FILES, PATHS, VALUES)
def test_what_is_put_is_read_again_and_the_rest_stays(text, path, value):
    after = put(text, path, value, name="x")
    found = data(after)
    for step in path:
        found = found[step]
    assert found == value
    remarks = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert [line for line in after.splitlines() if line in remarks][: len(remarks)] == remarks


@settings(max_examples=30, deadline=None)
@given(FILES, VALUES)
def test_what_was_added_and_taken_again_leaves_no_trace(text, value):
    after = put(text, ("b", "added"), value, name="x")
    assert take(after, ("b", "added"), name="x") == text


@settings(max_examples=30, deadline=None)
@given(FILES, VALUES, VALUES)
def test_what_was_changed_twice_says_the_second(text, one, other):
    first = put(text, ("b", "added"), one, name="x")
    assert put(first, ("b", "added"), other, name="x") is not None
    assert data(put(first, ("b", "added"), other, name="x"))["b"]["added"] == other


EDITS = st.lists(
    st.tuples(
        st.sampled_from([("b", "c", "d"), ("b", "c", "new"), ("b", "new"), ("b", "more", "x"), ("z", "y")]), VALUES
    )
    | st.tuples(st.sampled_from([("b", "c", "new"), ("b", "new"), ("b", "more", "x"), ("z", "y")]), st.just(GONE)),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(FILES, EDITS)
def test_any_sequence_of_changes_leaves_remarks_and_order_of_the_rest(text, edits):
    after = text
    for path, value in edits:
        try:
            after = take(after, path, name="x") if value is GONE else put(after, path, value, name="x")
        except ConfigurationError:  # there is nothing to take, or an anchor stands in the way: then nothing is changed
            continue
    remarks = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert [line for line in after.splitlines() if line in remarks][: len(remarks)] == remarks
    assert [key for key in data(after) if key in data(text)] == list(data(text))
    before, now = data(text)["b"], data(after)["b"]
    assert [key for key in now if key in before] == list(before)
    assert all(now[key] == before[key] for key in before if key != "c")
