"""The Ed25519 key with which the log signs its checkpoints."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.core.key_files import make_once
from app.sampling.openlot1 import note


@dataclass(frozen=True, slots=True)
class LogKey:
    """The name of the log and its private key."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The public key in the text form of C2SP signed notes; give it to every verifier."""
        return note.vkey(self.origin, self.private.public_key().public_bytes_raw())

    def sign(self, checkpoint: note.Checkpoint) -> str:
        """The checkpoint as a signed note."""
        text = note.checkpoint_text(checkpoint)
        key_id = note.parse_vkey(self.vkey).key_id
        return note.sign_note(text, self.origin, key_id, self.private.sign(text.encode()))


def load_or_create(path: Path, origin: str) -> LogKey:
    """The key in `path`, made at first use. Replicas of one service must share the file."""
    if not path.exists():
        _create(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return LogKey(origin, key)


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    make_once(path, pem)
