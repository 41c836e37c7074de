"""Secrets kept encrypted: for one place, with a key that is in a file of one user."""

import os
import stat
from pathlib import Path

import pytest

from app.core.key_files import make_once
from app.core.vault import Unreadable, Vault, load_or_create


def test_the_key_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "webhook.key"
    made = load_or_create(path)
    assert load_or_create(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_once(path, b"another")
    assert load_or_create(path) == made
    assert list(path.parent.iterdir()) == [path]
    assert made.key.hex() not in repr(made)


def test_a_broken_key_file_is_refused(tmp_path: Path) -> None:
    make_once(tmp_path / "webhook.key", b"c2hvcnQ=")
    with pytest.raises(ValueError, match="holds no key of 32 bytes"):
        load_or_create(tmp_path / "webhook.key")


def test_what_was_encrypted_opens_in_its_place_only() -> None:
    vault = Vault(os.urandom(32))
    kept = vault.encrypt(b"secret", place="a")
    assert vault.decrypt(kept, place="a") == b"secret"
    assert b"secret" not in kept
    assert vault.encrypt(b"secret", place="a") != kept
    with pytest.raises(Unreadable, match="another place"):
        vault.decrypt(kept, place="b")
    with pytest.raises(Unreadable, match="another key"):
        Vault(os.urandom(32)).decrypt(kept, place="a")
    with pytest.raises(Unreadable):
        vault.decrypt(b"", place="a")


def test_every_changed_byte_is_noticed() -> None:
    vault = Vault(os.urandom(32))
    kept = vault.encrypt(b"secret", place="a")
    for place in range(len(kept)):
        changed = bytearray(kept)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            vault.decrypt(bytes(changed), place="a")
    for size in range(len(kept)):
        with pytest.raises(Unreadable):
            vault.decrypt(kept[:size], place="a")
