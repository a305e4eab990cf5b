"""The verifier that stands alone says the same as the code that writes the log, and as a library of cryptography."""

from dataclasses import replace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keepstep.audit_verifier import BadLogError, Signed, digest_of, read_checkpoint, signed_by, verify
from keepstep.core.audit import AuditEntry, AuditHead, append, digest_entry, head_after
from keepstep.core.audit_checkpoint import Checkpoint, signed_content

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
entries = st.builds(
    AuditEntry,
    sequence=st.integers(1, 2**40),
    at=words,
    operator=words,
    action=words,
    subject=words,
    detail=st.dictionaries(words, words, max_size=4),
    previous=words,
    origin=words,
    correlation=words,
)


def exported(entry):
    return msgspec.json.decode(msgspec.json.encode(entry))


@given(entries)
def test_both_give_a_record_the_same_digest(entry):
    assert digest_of(exported(entry)) == digest_entry(entry)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.integers(0, 511))
def test_a_signature_is_known_and_one_with_another_bit_is_not(seed, content, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(content)
    assert signed_by(public, content, signature)
    other = bytearray(signature)
    other[bit // 8] ^= 1 << bit % 8
    assert not signed_by(public, content, bytes(other))
    assert not signed_by(public, content + b"\0", signature)


@pytest.mark.parametrize(
    ("public", "content", "signature"),
    [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_the_vectors_of_rfc_8032_are_right(public, content, signature):
    assert signed_by(bytes.fromhex(public), bytes.fromhex(content), bytes.fromhex(signature))


@pytest.mark.parametrize("length", [0, 31, 33, 63, 64, 65])
def test_what_is_no_key_and_no_signature_is_not_believed(length):
    assert not signed_by(b"\xff" * length, b"", b"\xff" * length)
    assert not signed_by(b"\x00" * 32, b"", b"\xff" * length)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**53), words, words, st.binary(min_size=32, max_size=32))
def test_both_read_the_same_out_of_a_checkpoint(count, digest, at, seed):
    from base64 import b64encode

    key = Ed25519PrivateKey.from_private_bytes(seed)
    plain = Checkpoint(count=count, digest=digest, at=at)
    signed = replace(plain, signature=b64encode(key.sign(signed_content(plain))).decode())
    line = msgspec.json.encode(signed).decode()
    found = read_checkpoint(f"<109>1 - box - {line}", key.public_key().public_bytes_raw(), "here")
    assert found == Signed(count, digest, at)


@given(st.lists(entries, min_size=1, max_size=6), st.data())
def test_no_change_of_any_field_goes_unseen(made, data):
    head, chained = AuditHead(), []
    for entry in made:
        chained.append(append(entry, head))
        head = head_after(chained[-1])
    records = [exported(entry) for entry in chained]
    end = Signed(head.count, head.digest, "2031")
    assert verify(records, [end]).last == len(records)
    at = data.draw(st.integers(0, len(records) - 1))
    name = data.draw(st.sampled_from(sorted(records[at])))
    changed = {
        **records[at],
        name: data.draw(st.one_of(words, st.integers(), st.none(), st.booleans(), st.lists(words))),
    }
    if msgspec.json.encode(changed) == msgspec.json.encode(records[at]):
        return
    with pytest.raises(BadLogError, match=f"record {at + 1} "):
        verify([*records[:at], changed, *records[at + 1 :]], [end])
