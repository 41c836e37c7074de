"""Signed notes, checkpoints, log proofs, and the Ed25519 verification under them."""

import pytest
from bundles import ORIGIN, TEST_KEY, MemoryLog, public_vectors
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.openlot1 import ed25519, note
from app.sampling.openlot1.errors import DrawError

VECTORS = public_vectors("c2sp_signed_note.json")

# RFC 8032, 7.1: tests 1 to 3.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(public, message, signature):
    assert ed25519.verify(*map(bytes.fromhex, (public, message, signature)))


@given(st.binary(max_size=40), st.integers(0, 32 + 64 + 40 - 1), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_agrees_with_openssl_on_good_and_spoilt_signatures(message, position, bit):
    private = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
    whole = bytearray(private.public_key().public_bytes_raw() + private.sign(message) + message)
    assert ed25519.verify(bytes(whole[:32]), message, bytes(whole[32:96]))
    if position < len(whole):
        whole[position] ^= 1 << bit
        public, signature, text = bytes(whole[:32]), bytes(whole[32:96]), bytes(whole[96:])
        assert ed25519.verify(public, text, signature) == openssl_accepts(public, text, signature)


def openssl_accepts(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_malformed_keys_and_signatures_are_no_signatures():
    public, _, signature = RFC_8032[0]
    key, good = bytes.fromhex(public), bytes.fromhex(signature)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(good[32:], "little")
    same_scalar_again = good[:32] + (scalar + order).to_bytes(32, "little")
    assert not ed25519.verify(key, b"", same_scalar_again)
    assert not ed25519.verify(key[:31], b"", good)
    assert not ed25519.verify(key, b"", good[:63])
    assert not ed25519.verify(b"\xff" * 32, b"", good)
    assert not ed25519.verify(b"\x02" + bytes(31), b"", good)


@pytest.mark.skipif(VECTORS is None, reason="public vectors are absent")
def test_published_note():
    key = note.parse_vkey(VECTORS["vkey"])
    assert note.vkey(key.name, key.public_key) == VECTORS["vkey"]
    assert note.verify_note(VECTORS["note"], key)
    [line] = note.signature_lines(VECTORS["note"])
    text = VECTORS["note"].partition("\n\n")[0] + "\n"
    assert note.sign_note(text, line.name, line.key_id, line.signature) == VECTORS["note"]
    assert not note.verify_note(VECTORS["note"].replace("example m", "Example m"), key)


def test_checkpoint_round_trip():
    checkpoint = note.Checkpoint(ORIGIN, 7, bytes(range(32)))
    text = note.checkpoint_text(checkpoint)
    assert note.parse_checkpoint(text) == checkpoint
    log = MemoryLog(entries=[b"a", b"b"])
    signed = log.checkpoint(2)
    assert note.parse_checkpoint(signed).size == 2
    assert note.verify_note(signed, note.parse_vkey(log.vkey))


def test_a_note_needs_this_key_and_no_spoilt_line_of_it():
    log = MemoryLog(entries=[b"a"])
    key, signed = note.parse_vkey(log.vkey), log.checkpoint(1)
    other = MemoryLog(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32), [b"a"])
    assert not note.verify_note(signed, note.parse_vkey(other.vkey))
    cosigned = signed + other.checkpoint(1).rpartition("\n\n")[2]
    assert note.verify_note(cosigned, key)
    spoilt = note.sign_note("x\n", ORIGIN, key.key_id, TEST_KEY.sign(b"y")).rpartition("\n\n")[2]
    assert not note.verify_note(signed + spoilt, key)


def test_proof_round_trip():
    log = MemoryLog(entries=[bytes([i]) for i in range(11)])
    text = log.proof(4).decode()
    assert note.format_proof(note.parse_proof(text)) == text
    assert note.parse_proof(text).entry == b"\x04"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("extra ", "Extra "),
        ("extra BA==", "extra BB=="),
        ("index 4", "index 04"),
        ("index 4", "index -4"),
        ("\n\n", "\n"),
        ("\u2014 ", "- "),
        (" log.example", "  log.example"),
        (f"{ORIGIN}\n11\n", f"{ORIGIN}\n+11\n"),
        (f"{ORIGIN}\n11\n", f"{ORIGIN}\n"),
    ],
)
def test_malformed_proofs_are_refused(old, new):
    text = MemoryLog(entries=[bytes([i]) for i in range(11)]).proof(4).decode()
    assert old in text
    with pytest.raises(DrawError):
        note.parse_proof(text.replace(old, new, 1))


@pytest.mark.parametrize("change", ["x", "+00000000+", "name"])
def test_malformed_verifier_keys_are_refused(change):
    good = MemoryLog().vkey
    name, key_id, key = good.split("+", 2)
    bad = {"x": good[:-4], "+00000000+": f"{name}+00000000+{key}", "name": f"a b+{key_id}+{key}"}
    with pytest.raises(DrawError):
        note.parse_vkey(bad[change])
