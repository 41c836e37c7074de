"""C2SP text formats of a transparency log: signed note, checkpoint, tlog-proof. Nothing signs here."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.sampling.openlot1 import ed25519
from app.sampling.openlot1.errors import DrawError

PROOF_HEADER = "c2sp.org/tlog-proof@v1"

_ED25519 = b"\x01"
_SIGNATURE_PREFIX = "\u2014 "
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_NAME = re.compile(r"[^\s+]+")
_HASH_BYTES = 32
_MAX_PATH = 64


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: the log's name, its number of entries, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class VerifierKey:
    """An Ed25519 key with the name it signs under; `key_id` is 4 bytes derived from both."""

    name: str
    key_id: bytes
    public_key: bytes


@dataclass(frozen=True)
class SignatureLine:
    """`signature` is what follows the key id: 64 bytes for Ed25519, other lengths for others."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Proof:
    """One log entry, where it stands, the path to the root, and the signed checkpoint note."""

    index: int
    path: tuple[bytes, ...]
    entry: bytes
    checkpoint: str


def key_id(name: str, public_key: bytes) -> bytes:
    """The 4 bytes that a signature line of this key begins with."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + public_key).digest()[:4]


def vkey(name: str, public_key: bytes) -> str:
    """The verifier key as text, `name+id+base64`, the form a log publishes."""
    _check_key(name, public_key)
    return f"{name}+{key_id(name, public_key).hex()}+{encode_base64(_ED25519 + public_key)}"


def parse_vkey(text: str) -> VerifierKey:
    """Reads `name+id+base64`; the id must be that of name and key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise _refusal("vkey-malformed", "not of the form name+id+key", "不是 name+id+key 的形式")
    name, claimed, encoded = parts
    raw = decode_base64(encoded)
    if raw[:1] != _ED25519:
        raise _refusal("vkey-malformed", "not an Ed25519 key", "不是 Ed25519 公钥")
    _check_key(name, raw[1:])
    if key_id(name, raw[1:]).hex() != claimed:
        raise _refusal("vkey-malformed", "key id does not fit the key", "密钥编号与公钥不符")
    return VerifierKey(name, bytes.fromhex(claimed), raw[1:])


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The three signed lines: origin, size, root in base64."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"


def parse_checkpoint(note: str) -> Checkpoint:
    """The tree head of a signed note, or of its text alone; extension lines are ignored."""
    lines = _signed_text(note).split("\n")[:-1] if "\n\n" in note else note.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise _refusal("checkpoint-malformed", "fewer than three lines", "不足三行")
    root = decode_base64(lines[2])
    if not _DECIMAL.fullmatch(lines[1]) or len(root) != _HASH_BYTES:
        raise _refusal("checkpoint-malformed", "no size or no root", "缺少规模或树根")
    return Checkpoint(lines[0], int(lines[1]), root)


def sign_note(text: str, name: str, key_id: bytes, signature: bytes) -> str:
    """`text` with one signature line; the signature over `text` was made elsewhere."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise _refusal(
            "note-malformed", "text must be lines ending with LF", "正文须为以 LF 结尾的行"
        )
    return f"{text}\n{_SIGNATURE_PREFIX}{name} {encode_base64(key_id + signature)}\n"


def signature_lines(note: str) -> list[SignatureLine]:
    """All signature lines, of whatever keys; raises note-malformed where there is none."""
    lines = note[len(_signed_text(note)) + 1 :].split("\n")
    if lines.pop() or not lines:
        raise _refusal("note-malformed", "no signature line", "缺少签名行")
    return [_signature_line(line) for line in lines]


def verify_note(note: str, key: VerifierKey) -> bool:
    """Whether the note bears a good signature by `key`; a bad line under its id spoils the note."""
    found = False
    for line in signature_lines(note):
        if (line.name, line.key_id) == (key.name, key.key_id):
            signed = _signed_text(note).encode("utf-8")
            if not ed25519.verify(key.public_key, signed, line.signature):
                return False
            found = True
    return found


def format_proof(proof: Proof) -> str:
    """tlog-proof@v1; the entry itself travels in the `extra` line."""
    lines = [PROOF_HEADER, f"extra {encode_base64(proof.entry)}", f"index {proof.index}"]
    lines += [encode_base64(node) for node in proof.path]
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(text: str) -> Proof:
    """Reads tlog-proof@v1 strictly: one spelling for every value, the entry in `extra`."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or len(lines) < 3 or lines[0] != PROOF_HEADER:
        raise _refusal("proof-malformed", f"not a {PROOF_HEADER}", f"不是 {PROOF_HEADER}")
    entry = decode_base64(_after("extra ", lines[1]))
    index = _after("index ", lines[2])
    if not _DECIMAL.fullmatch(index):
        raise _refusal("proof-malformed", "index is no number", "index 不是数字")
    path = parse_hashes(lines[3:])
    parse_checkpoint(checkpoint)
    signature_lines(checkpoint)
    return Proof(int(index), path, entry, checkpoint)


def parse_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """Base64 lines of 32 bytes each, at most 64 of them."""
    hashes = tuple(decode_base64(line) for line in lines)
    if len(hashes) > _MAX_PATH or any(len(node) != _HASH_BYTES for node in hashes):
        raise _refusal("proof-malformed", "path of wrong length", "路径长度不对")
    return hashes


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling; Python alone lets stray bits pass."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = b""
    if not data or encode_base64(data) != text:
        raise _refusal("base64-malformed", "not canonical base64", "不是规范的 base64")
    return data


def _signed_text(note: str) -> str:
    """Everything up to the blank line before the signatures, with its LF."""
    text, blank, _ = note.rpartition("\n\n")
    if not blank or _CONTROL.search(note):
        raise _refusal("note-malformed", "not a signed note", "不是签名便笺")
    return text + "\n"


def _signature_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(_SIGNATURE_PREFIX) or not space or not _KEY_NAME.fullmatch(name):
        raise _refusal("note-malformed", "malformed signature line", "签名行格式错误")
    raw = decode_base64(encoded)
    if len(raw) <= 4:
        raise _refusal("note-malformed", "signature too short", "签名过短")
    return SignatureLine(name, raw[:4], raw[4:])


def _check_key(name: str, public_key: bytes) -> None:
    if not _KEY_NAME.fullmatch(name) or len(public_key) != 32:
        raise _refusal("vkey-malformed", "bad key name or key length", "密钥名称或长度错误")


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise _refusal(
            "proof-malformed", f"line {prefix.strip()!r} missing", f"缺少 {prefix.strip()} 行"
        )
    return line[len(prefix) :]


def _refusal(code: str, en: str, zh: str) -> DrawError:
    return DrawError(code, en, zh)
