"""The public face of the log."""

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from app.core.schema import Instant, Schema

Hex = Annotated[str, BeforeValidator(lambda raw: raw.hex() if isinstance(raw, bytes) else raw)]


class LedgerKey(Schema):
    """The public key of the log."""

    vkey: str
    """C2SP verifier key: name, key id and Ed25519 public key."""


class LedgerEntryRead(Schema):
    """One entry of the log."""

    index: int
    """Place in the log, from 0."""
    data: Annotated[str | None, Field(validation_alias=AliasChoices("shown", "data"))]
    """Canonical JSON, or null while it is withheld: the evidence of the act brings it in time."""
    leaf_hash: Annotated[Hex, Field(examples=["0a" * 32])]
    """SHA-256(0x00 + data), hex."""
    recorded_at: Instant


class LedgerEntryPage(Schema):
    """Entries in the order of the log."""

    items: list[LedgerEntryRead]
    next: str | None
    """Value for `after` of the next page, or null."""


class InclusionProof(Schema):
    """That an entry is in the tree of a size (RFC 6962, 2.1.1)."""

    index: int
    size: int
    data: str | None
    """As in the entry; null while it is withheld."""
    leaf_hash: str
    """Hex."""
    path: list[str]
    """Hex hashes from the leaf upwards."""
    root: str
    """Hex root of the tree of `size` entries."""


class ConsistencyProof(Schema):
    """That the tree of `old` entries is a prefix of the tree of `new` (RFC 6962, 2.1.2)."""

    old: int
    new: int
    old_root: str
    new_root: str
    path: list[str]
    """Hex hashes."""
