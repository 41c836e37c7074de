"""Secrets that the service must use again, and so keeps encrypted: AES-256-GCM with a key that
stands in a file and never in the database."""

import base64
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.key_files import make_once

KEY_BYTES = 32
_MARK_BYTES, _NONCE_BYTES = 4, 12


class Unreadable(Exception):
    """What is kept was encrypted with another key or for another place, or is damaged."""


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """Encrypts and decrypts with one key. `place` says whose secret it is: encrypted for one
    place, it opens in no other."""

    key: bytes

    @property
    def mark(self) -> bytes:
        """Tells with which key something was encrypted, and nothing of the key."""
        return sha256(b"openlot/vault\n" + self.key).digest()[:_MARK_BYTES]

    def encrypt(self, secret: bytes, *, place: str) -> bytes:
        """Mark of the key (4 bytes), nonce (12), ciphertext with its tag."""
        nonce = os.urandom(_NONCE_BYTES)
        head = self.mark + nonce
        return head + AESGCM(self.key).encrypt(nonce, secret, place.encode())

    def decrypt(self, kept: bytes, *, place: str) -> bytes:
        """The secret. Raises Unreadable."""
        mark, rest = kept[:_MARK_BYTES], kept[_MARK_BYTES:]
        if mark != self.mark:
            raise Unreadable("encrypted with another key")
        try:
            return AESGCM(self.key).decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], place.encode()
            )
        except (InvalidTag, ValueError):
            raise Unreadable("damaged, or of another place") from None


def load_or_create(path: Path) -> Vault:
    """The vault whose key is in `path`, made at first use. Replicas must share the file."""
    if not path.exists():
        make_once(path, base64.b64encode(AESGCM.generate_key(KEY_BYTES * 8)) + b"\n")
    key = base64.b64decode(path.read_bytes())
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes")
    return Vault(key)
