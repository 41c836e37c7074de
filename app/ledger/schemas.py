"""The public face of the log."""

from typing import Annotated

from pydantic import BeforeValidator

from app.core.schema import Instant, NextCursor, Schema, shown

HexBytes = Annotated[str, BeforeValidator(lambda raw: raw.hex() if isinstance(raw, bytes) else raw)]

_DATA = (
    '{"at":"2026-02-27T01:30:00Z",'
    '"digest":"6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",'
    '"id":"0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001",'
    '"public":{},"subject":"","type":"plan.created"}'
)
_LEAF = "f9d3a57f8c9d14de5dbdf86002da82b9c6c6949887b62a9dbf927e01fd6858b8"
_SECOND_LEAF = "0a884fc618de2ecb5680337faf2c991ee6460dc6e2bbee7ae6750564403cdd77"
_ROOT = "d049ce3641b72085c9d9a42d44a3e2f9fe64376fce54af89d1c13beef77b74d7"
EXAMPLE_NOTE = (
    "openlot.local/ledger\n2\n0EnONkG3IIXJ2aQtRKPi+f5kN2/OVK+J0cE77vd7dNc=\n\n"
    "— openlot.local/ledger sd9AmMgJV9VsNcC9E29dKqV76Rl0FLA/1+oNeQMfaMdu/RIUPerd/0lJtjx0jqWlBc"
    "JaHa+jAkqWKedXFGa7hBFRNAM=\n"
)
"""The signed checkpoint of the log of two entries that all examples here are taken from."""

Place = Annotated[int, shown(0, format="int64")]
Size = Annotated[int, shown(2, format="int64")]


class LedgerKey(Schema):
    """The public key of the log."""

    vkey: Annotated[
        str, shown("openlot.local/ledger+b1df4098+ATvQOuyN4JsS46tCxkeSuyzlpdYQKiX4ikz3jWje70Iu")
    ]
    """C2SP verifier key: name, key id and Ed25519 public key."""


class LedgerEntryRead(Schema):
    """One entry of the log."""

    index: Place
    """Place in the log, from 0."""
    data: Annotated[str | None, shown(_DATA, None)]
    """Canonical JSON, or null while it is withheld: the evidence of the act brings it in time."""
    leaf_hash: Annotated[HexBytes, shown(_LEAF)]
    """SHA-256(0x00 + data), hex."""
    recorded_at: Instant


class LedgerEntryPage(Schema):
    """Entries in the order of the log."""

    items: list[LedgerEntryRead]
    next: NextCursor


class InclusionProof(Schema):
    """That an entry is in the tree of a size (RFC 6962, 2.1.1)."""

    index: Place
    size: Size
    data: Annotated[str | None, shown(_DATA, None)]
    """As in the entry; null while it is withheld."""
    leaf_hash: Annotated[str, shown(_LEAF)]
    """Hex."""
    path: Annotated[list[str], shown([_SECOND_LEAF])]
    """Hex hashes from the leaf upwards."""
    root: Annotated[str, shown(_ROOT)]
    """Hex root of the tree of `size` entries."""


class ConsistencyProof(Schema):
    """That the tree of `old` entries is a prefix of the tree of `new` (RFC 6962, 2.1.2)."""

    old: Annotated[int, shown(1, format="int64")]
    new: Size
    old_root: Annotated[str, shown(_LEAF)]
    new_root: Annotated[str, shown(_ROOT)]
    path: Annotated[list[str], shown([_SECOND_LEAF])]
    """Hex hashes."""
