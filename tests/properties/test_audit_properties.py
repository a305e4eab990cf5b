from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from keepstep.core.audit import AuditEntry, AuditHead, append, find_fault, head_after

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
said = st.builds(
    AuditEntry,
    sequence=st.just(0),
    at=words,
    operator=words,
    action=words,
    subject=words,
    detail=st.dictionaries(words, words, max_size=3),
)


def chain(entries: list[AuditEntry]) -> tuple[list[AuditEntry], AuditHead]:
    head = AuditHead()
    chained = []
    for entry in entries:
        chained.append(append(entry, head))
        head = head_after(chained[-1])
    return chained, head


chains = st.lists(said, min_size=1, max_size=8).map(chain)


@given(chains)
def test_a_chain_without_a_change_has_no_fault(made):
    assert find_fault(*made) is None


@given(chains, st.data())
def test_an_edited_entry_is_the_first_bad_record(made, data):
    entries, head = made
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(["at", "operator", "action", "subject", "previous", "digest"]))
    edited = replace(entries[at], **{name: data.draw(words)})
    assume(edited != entries[at])
    fault = find_fault([*entries[:at], edited, *entries[at + 1 :]], head)
    assert fault is not None
    assert fault.sequence == at + 1


@given(chains, st.data())
def test_an_edited_detail_is_the_first_bad_record(made, data):
    entries, head = made
    at = data.draw(st.integers(0, len(entries) - 1))
    edited = replace(entries[at], detail=data.draw(st.dictionaries(words, words, max_size=3)))
    assume(edited != entries[at])
    fault = find_fault([*entries[:at], edited, *entries[at + 1 :]], head)
    assert fault is not None
    assert fault.sequence == at + 1


@given(chains, st.data())
def test_a_removed_entry_is_named(made, data):
    entries, head = made
    at = data.draw(st.integers(0, len(entries) - 1))
    fault = find_fault([*entries[:at], *entries[at + 1 :]], head)
    assert fault is not None
    assert fault.sequence == at + 1


@given(chains, st.data())
def test_a_cut_chain_names_the_first_lost_record(made, data):
    entries, head = made
    kept = data.draw(st.integers(0, len(entries) - 1))
    fault = find_fault(entries[:kept], head)
    assert fault is not None
    assert fault.sequence == kept + 1


@given(chains, st.data())
def test_entries_that_changed_places_are_named_even_when_renumbered(made, data):
    entries, head = made
    assume(len(entries) > 1)
    left = data.draw(st.integers(0, len(entries) - 2))
    right = data.draw(st.integers(left + 1, len(entries) - 1))
    moved = list(entries)
    moved[left] = replace(entries[right], sequence=left + 1)
    moved[right] = replace(entries[left], sequence=right + 1)
    fault = find_fault(moved, head)
    assert fault is not None
    assert fault.sequence == left + 1


@given(chains, said)
def test_an_entry_added_behind_the_end_is_named(made, extra):
    entries, head = made
    fault = find_fault([*entries, append(extra, head)], head)
    assert fault is not None
    assert fault.sequence == len(entries) + 1


@given(chains, said, st.data())
def test_an_entry_resealed_after_an_edit_breaks_the_chain_behind_it(made, other, data):
    entries, head = made
    at = data.draw(st.integers(0, len(entries) - 1))
    before = AuditHead(count=at, digest=entries[at].previous)
    forged = append(other, before)
    assume(forged != entries[at])
    fault = find_fault([*entries[:at], forged, *entries[at + 1 :]], head)
    assert fault is not None
    assert fault.sequence in {at + 1, at + 2}
