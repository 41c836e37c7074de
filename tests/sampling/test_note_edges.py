"""The edges of signed notes, log proofs, their signatures, and the report of a verification."""

import base64
import hashlib

import pytest
from bundles import ORIGIN, TEST_KEY, MemoryLog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sampling.openlot1 import ed25519, note
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.report import (
    NotCheckedError,
    expect_replayed,
    first_difference,
    run_checks,
)

PUBLIC = TEST_KEY.public_key().public_bytes_raw()
KEY_ID = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + PUBLIC).digest()[:4]
ROOT = bytes(range(32))
TEXT = f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\n"
SIGNATURE = TEST_KEY.sign(TEXT.encode())
SIGNED = f"{TEXT}\n\u2014 {ORIGIN} {base64.b64encode(KEY_ID + SIGNATURE).decode()}\n"


def b64(data):
    return base64.b64encode(data).decode()


def code_of(call, *given):
    with pytest.raises(DrawError) as caught:
        call(*given)
    return caught.value.code


def test_forms_in_bytes():
    assert note.key_id(ORIGIN, PUBLIC) == KEY_ID
    vkey = note.vkey(ORIGIN, PUBLIC)
    assert vkey == "+".join([ORIGIN, KEY_ID.hex(), b64(b"\x01" + PUBLIC)])
    parsed = note.parse_vkey(f" {vkey}\n")
    assert (parsed.name, parsed.key_id, parsed.public_key) == (ORIGIN, KEY_ID, PUBLIC)
    checkpoint = note.Checkpoint(ORIGIN, 7, ROOT)
    assert note.checkpoint_text(checkpoint) == TEXT
    assert note.parse_checkpoint(TEXT) == note.parse_checkpoint(SIGNED) == checkpoint
    assert note.sign_note(TEXT, ORIGIN, KEY_ID, SIGNATURE) == SIGNED
    [line] = note.signature_lines(SIGNED)
    assert (line.name, line.key_id, line.signature) == (ORIGIN, KEY_ID, SIGNATURE)
    assert note.verify_note(SIGNED, parsed)
    proof = note.Proof(4, (ROOT, ROOT), b"{}", SIGNED)
    lines = ["c2sp.org/tlog-proof@v1", "extra e30=", "index 4", b64(ROOT), b64(ROOT), "", SIGNED]
    assert note.format_proof(proof) == "\n".join(lines)
    assert note.parse_proof("\n".join(lines)) == proof


KEY = note.parse_vkey(note.vkey(ORIGIN, PUBLIC))


@pytest.mark.parametrize(
    "parts",
    [
        (ORIGIN, KEY_ID.hex()),
        (ORIGIN, KEY_ID.hex(), ""),
        (ORIGIN, KEY_ID.hex(), b64(b"\x02" + PUBLIC)),
        (ORIGIN, KEY_ID.hex(), b64(b"\x01" + PUBLIC[1:])),
        (ORIGIN, KEY_ID.hex(), b64(b"\x01" + PUBLIC + b"0")),
        (ORIGIN, KEY_ID.hex().upper(), b64(b"\x01" + PUBLIC)),
        (ORIGIN, "00000000", b64(b"\x01" + PUBLIC)),
        (ORIGIN + "x", KEY_ID.hex(), b64(b"\x01" + PUBLIC)),
        ("", note.key_id("", PUBLIC).hex(), b64(b"\x01" + PUBLIC)),
        ("a b", note.key_id("a b", PUBLIC).hex(), b64(b"\x01" + PUBLIC)),
    ],
)
def test_verifier_keys_that_are_refused(parts):
    assert code_of(note.parse_vkey, "+".join(parts)) in {"vkey-malformed", "base64-malformed"}


def test_a_short_key_has_its_code_even_with_its_own_id():
    for public in (PUBLIC[1:], PUBLIC + b"0"):
        text = "+".join([ORIGIN, note.key_id(ORIGIN, public).hex(), b64(b"\x01" + public)])
        assert code_of(note.parse_vkey, text) == "vkey-malformed"
        assert code_of(note.vkey, ORIGIN, public) == "vkey-malformed"
    for name in ("", "a b", "a+b", "a\tb", "a\u3000b"):
        assert code_of(note.vkey, name, PUBLIC) == "vkey-malformed"
    assert note.vkey("~", PUBLIC).startswith("~+")
    assert note.vkey("日志", PUBLIC).startswith("日志+")


def test_a_key_text_may_hold_the_plus_of_base64():
    for number in range(64):
        public = hashlib.sha256(bytes([number])).digest()
        vkey = note.vkey("n", public)
        assert note.parse_vkey(vkey).public_key == public
        if vkey.count("+") > 2:
            return
    raise AssertionError("no key had a plus")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{ORIGIN}\n7\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n07\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n-7\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n~\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n1~\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n7 \n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n{10**19}\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n7\n{b64(ROOT[1:])}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n7\n{b64(ROOT + b'0')}\n", "checkpoint-malformed"),
        (f"{ORIGIN}\n7\n{b64(ROOT)[:-1]}\n", "base64-malformed"),
        (f"{ORIGIN}\n7\n\u00e9\n", "base64-malformed"),
        (f"{ORIGIN}\n7\n{b64(ROOT)}", "checkpoint-malformed"),
        ("", "checkpoint-malformed"),
        (f"\n7\n{b64(ROOT)}\n", "checkpoint-malformed"),
        (SIGNED.replace("\n\n", "\n\nmore\n\n"), "checkpoint-malformed"),
    ],
)
def test_checkpoints_that_are_refused(text, code):
    found = code_of(note.parse_checkpoint, text)
    assert found == code or (found == "note-malformed" and not text.count("\u2014"))


@pytest.mark.parametrize("size", [0, 1, 9, 10, 10**18, 10**19 - 1])
def test_sizes_of_a_tree(size):
    assert note.parse_checkpoint(f"o\n{size}\n{b64(ROOT)}\nmore\n").size == size


@pytest.mark.parametrize("text", ["", "x", "x\ny", "x\t\n", "\x00\n", "\x1f\n", "\x0b\n", "\r\n"])
def test_texts_that_are_not_signed(text):
    assert code_of(note.sign_note, text, "n", KEY_ID, SIGNATURE) == "note-malformed"


def test_other_letters_are_signed():
    assert note.sign_note("x ~é日\n", "n", KEY_ID, b"s") == (
        f"x ~é日\n\n\u2014 n {b64(KEY_ID + b's')}\n"
    )


@pytest.mark.parametrize(
    "signed",
    [
        TEXT,
        f"{TEXT}\n",
        SIGNED[:-1],
        SIGNED.replace("\u2014 ", "- "),
        SIGNED.replace("\u2014 ", "\u2014"),
        SIGNED.replace(f"\u2014 {ORIGIN}", "\u2014 a+b"),
        SIGNED.replace(f"\u2014 {ORIGIN}", "\u2014 "),
        SIGNED.replace(f"\u2014 {ORIGIN} ", f"\u2014 {ORIGIN}"),
        f"{TEXT}\n\u2014 {ORIGIN} {b64(KEY_ID)}\n",
        f"{TEXT}\n\u2014 {ORIGIN} {b64(KEY_ID[1:])}\n",
        SIGNED + "x",
        SIGNED + "x\n",
        SIGNED.replace("7", "\x00"),
        SIGNED.replace("7", "\t"),
    ],
)
def test_notes_that_are_refused(signed):
    assert code_of(note.signature_lines, signed) == "note-malformed"
    assert code_of(note.verify_note, signed, KEY) == "note-malformed"


def test_the_shortest_signature_line():
    [line] = note.signature_lines(f"{TEXT}\n\u2014 n {b64(KEY_ID + b's')}\n")
    assert (line.key_id, line.signature) == (KEY_ID, b"s")


def test_lines_of_others_do_not_count():
    other = f"\u2014 {ORIGIN}x {b64(KEY_ID + SIGNATURE)}\n"
    other_id = f"\u2014 {ORIGIN} {b64(b'0000' + SIGNATURE)}\n"
    assert note.verify_note(SIGNED + other + other_id, KEY)
    assert note.verify_note(f"{TEXT}\n{other}{other_id}{SIGNED.rpartition(chr(10) * 2)[2]}", KEY)
    assert not note.verify_note(f"{TEXT}\n{other}{other_id}", KEY)
    spoilt = f"\u2014 {ORIGIN} {b64(KEY_ID + SIGNATURE[::-1])}\n"
    assert note.verify_note(SIGNED + spoilt, KEY) is False
    assert not note.verify_note(SIGNED.replace("\n7\n", "\n8\n"), KEY)


def proof_text(*head, checkpoint=SIGNED):
    return "\n".join(head) + "\n\n" + checkpoint


HEAD = ("c2sp.org/tlog-proof@v1", "extra e30=", "index 4")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (proof_text(*HEAD[:2]), "proof-malformed"),
        (proof_text("c2sp.org/tlog-proof@v2", *HEAD[1:]), "proof-malformed"),
        (proof_text(HEAD[0], "Extra e30=", HEAD[2]), "proof-malformed"),
        (proof_text(HEAD[0], "extra e30", HEAD[2]), "base64-malformed"),
        (proof_text(HEAD[0], "extra ", HEAD[2]), "base64-malformed"),
        (proof_text(*HEAD[:2], "Index 4"), "proof-malformed"),
        (proof_text(*HEAD[:2], "index 04"), "proof-malformed"),
        (proof_text(*HEAD[:2], "index 4x"), "proof-malformed"),
        (proof_text(*HEAD, b64(ROOT[1:])), "proof-malformed"),
        (proof_text(*HEAD, b64(ROOT + b"0")), "proof-malformed"),
        (proof_text(*HEAD, b64(ROOT), "x"), "base64-malformed"),
        (proof_text(*HEAD, *[b64(ROOT)] * 65), "proof-malformed"),
        ("\n".join(HEAD) + "\n", "proof-malformed"),
        (proof_text(*HEAD, checkpoint=TEXT), "note-malformed"),
        (proof_text(*HEAD, checkpoint=SIGNED.replace("\n7\n", "\n07\n")), "checkpoint-malformed"),
        (proof_text(*HEAD, checkpoint=SIGNED.replace("\u2014", "-")), "note-malformed"),
    ],
)
def test_proofs_that_are_refused(text, code):
    assert code_of(note.parse_proof, text) == code


def test_the_longest_path():
    proof = note.parse_proof(proof_text(*HEAD, *[b64(ROOT)] * 64))
    assert (len(proof.path), proof.index, proof.entry) == (64, 4, b"{}")
    assert note.parse_proof(proof_text(*HEAD)).path == ()


@pytest.mark.parametrize("text", ["", "e30", "e31=", "e30=\n", " e30=", "e3-_", "é", "e30=e30="])
def test_one_spelling_of_base64(text):
    assert code_of(note.decode_base64, text) == "base64-malformed"


def test_base64():
    assert note.decode_base64("e30=") == b"{}"
    assert note.encode_base64(b"\xfb\xff") == "+/8="


@pytest.mark.parametrize("number", range(12))
def test_signatures_of_many_keys(number):
    """Points of both signs and every case of the square root."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(bytes([number])).digest())
    public, message = private.public_key().public_bytes_raw(), bytes(number)
    signature = private.sign(message)
    assert ed25519.verify(public, message, signature)
    assert not ed25519.verify(public, message + b"0", signature)
    for position in (0, 31, 32, 63):
        spoilt = bytearray(signature)
        spoilt[position] ^= 1
        assert not ed25519.verify(public, message, bytes(spoilt))
    other_sign = public[:31] + bytes([public[31] ^ 0x80])
    assert not ed25519.verify(other_sign, message, signature)


P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493


def little(number):
    return number.to_bytes(32, "little")


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (PUBLIC[:31], SIGNATURE),
        (PUBLIC + b"0", SIGNATURE),
        (PUBLIC, SIGNATURE[:63]),
        (PUBLIC, SIGNATURE + b"0"),
        (little(P), SIGNATURE),
        (little(P + 1), SIGNATURE),
        (little(2), SIGNATURE),
        (little(1 | 1 << 255), SIGNATURE),
        (PUBLIC, SIGNATURE[:32] + little(int.from_bytes(SIGNATURE[32:], "little") + ORDER)),
        # With the neutral point as the key, R = 0*B and S = 0 or the order would both fit.
        (little(1), little(1) + little(ORDER)),
        # y = p + 1 is another writing of the neutral point, and none is accepted.
        (little(P + 1), little(1) + little(0)),
        # x = 0 has no second sign.
        (little(1 | 1 << 255), little(1) + little(0)),
    ],
)
def test_signatures_that_are_none(public, signature):
    assert ed25519.verify(public, TEXT.encode(), signature) is False


def test_no_other_writing_of_a_key_or_signature_is_accepted():
    """With the neutral point as the key, whose bytes and those of S = 0 are nearly all zero."""
    neutral, zero = little(1), little(1) + little(0)
    assert ed25519.verify(neutral, b"", zero) is True
    for public, signature in (
        (neutral[:31], zero),
        (neutral + b"\0", zero),
        (neutral, zero[:63]),
        (neutral, zero + b"\0"),
    ):
        assert ed25519.verify(public, b"", signature) is False


def test_a_coordinate_of_p_is_not_zero():
    """A key of order 4 fits R = 1, S = 0 for a quarter of all messages, in its one writing."""
    signature, messages = little(1) + little(0), [bytes([n]) for n in range(24)]
    assert any(ed25519.verify(little(0), message, signature) for message in messages)
    assert not any(ed25519.verify(little(P), message, signature) for message in messages)


def test_scalars_at_the_edge():
    """With the neutral point as the key the equation is R = S*B, so every S below the order fits."""
    base = little(4 * pow(5, -1, P) % P)
    assert ed25519.verify(little(1), b"", little(1) + little(0))
    assert ed25519.verify(little(1), b"", base + little(1))
    minus_base = bytes([*base[:31], base[31] | 0x80])
    assert ed25519.verify(little(1), b"", minus_base + little(ORDER - 1))
    assert not ed25519.verify(little(1), b"", base + little(ORDER + 1))


def fails(code="c", **where):
    raise DrawError(code, "en", "zh", **where)


def not_there():
    raise NotCheckedError("no key", "没有公钥")


def passes():
    return None


def rows(report):
    return [(s.name, s.verdict, s.member, s.en, s.zh) for s in report.steps]


def test_a_report_ends_with_its_first_failure():
    checks = [
        ("one", passes, "fine", "通过"),
        ("two", not_there, "fine", "通过"),
        ("three", lambda: fails(member="m", line=3), "fine", "通过"),
        ("four", passes, "fine", "通过"),
    ]
    report = run_checks(checks)
    assert rows(report) == [
        ("one", "passed", None, "fine", "通过"),
        ("two", "not-checked", None, "no key", "没有公钥"),
        ("three", "failed", "m", "en (line 3)", "zh（第 3 行）"),
        ("four", "not-checked", None, "not reached", "未进行"),
    ]
    assert not report.ok
    assert report.failure == report.steps[2]
    assert str(NotCheckedError("no key", "没有公钥")) == "no key"
    whole = run_checks(checks[:2])
    assert whole.ok
    assert whole.failure is None
    assert rows(run_checks([("x", fails, "", "")])) == [("x", "failed", None, "en", "zh")]


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (b"a\nb\n", b"a\nc\n", "line 2: b | c"),
        (b"a\n", b"b\n", "line 1: a | b"),
        (b"a\n", b"a\nb\n", "line 2:  | b"),
        (b"a", b"a\nb", "line 2: (end) | b"),
        (b"a\nb", b"a", "line 2: b | (end)"),
        (b"x" * 160, b"y" * 161, f"line 1: {'x' * 160} | {'y' * 160}..."),
        (b"\xff", b"", "line 1: \ufffd | "),
    ],
)
def test_the_first_difference(ours, theirs, told):
    assert first_difference(ours, theirs) == told


def test_a_log_of_the_tests_is_read():
    log = MemoryLog(entries=[b"a", b"b", b"c"])
    proof = note.parse_proof(log.proof(1).decode())
    assert (proof.index, proof.entry) == (1, b"b")
    assert note.verify_note(proof.checkpoint, note.parse_vkey(log.vkey))


def test_what_was_replayed_is_expected():
    expect_replayed("m", b"a\n", b"a\n")
    with pytest.raises(DrawError) as caught:
        expect_replayed("m", b"a\n", b"b\n")
    assert (caught.value.code, caught.value.member) == ("replay-differs", "m")
    assert "line 1: a | b" in caught.value.en
    assert "line 1: a | b" in caught.value.zh
