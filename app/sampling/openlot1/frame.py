"""frame.tsv: the frozen list that is drawn from, and what one firm may learn of it (draw-spec 2)."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.sampling.openlot1 import merkle
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.excluded import (
    Excluded,
    ExcludedDigest,
    excluded_digest,
    excluded_leaf,
    parse_excluded,
    write_excluded,
)
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.lines import (
    OBJECT_ID,
    SALT,
    Groups,
    check_object_id,
    refuse_duplicates,
    salt,
    salt_function,
    scan,
)

__all__ = [
    "OBJECT_ID",
    "STRATUM",
    "Excluded",
    "ExcludedDigest",
    "FileDigest",
    "Frame",
    "digest_and_counts",
    "excluded_digest",
    "excluded_leaf",
    "frame_digest",
    "frame_leaf",
    "leaf_data",
    "parse_excluded",
    "parse_frame",
    "salt",
    "scan_frame",
    "write_excluded",
    "write_frame",
]

MEMBER = "frame.tsv"

STRATUM = re.compile(r"[0-9A-Za-z._:/=-]{1,128}")

_FIELDS = f"({OBJECT_ID.pattern})\t({STRATUM.pattern})"
_OPEN_LINE = re.compile(f"{_FIELDS}\n".encode("ascii"))
_SEALED_LINE = re.compile(f"{_FIELDS}\t({SALT.pattern})\n".encode("ascii"))


@dataclass(frozen=True)
class Frame:
    """Columns in file order; `salts` is None in an open frame; `counts` by stratum."""

    ids: tuple[str, ...]
    strata: tuple[str, ...]
    salts: tuple[str, ...] | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class FileDigest:
    """SHA-256 of the file, Merkle root over its lines (both hex) and number of lines."""

    sha256: str
    root: str
    count: int


def write_frame(rows: Iterable[tuple[str, str]], *, salt_key_hex: str | None) -> bytes:
    """frame.tsv of (object_id, stratum) in any order; the sealed form if a salt key is given."""
    checked = sorted(_checked(object_id, stratum) for object_id, stratum in rows)
    refuse_duplicates((object_id for object_id, _ in checked), MEMBER)
    if salt_key_hex is None:
        return "".join(f"{i}\t{s}\n" for i, s in checked).encode("ascii")
    salt_of = salt_function(salt_key_hex)
    return "".join(f"{i}\t{s}\t{salt_of(i)}\n" for i, s in checked).encode("ascii")


def scan_frame(data: bytes, *, sealed: bool) -> Iterator[Groups]:
    """(object_id, stratum) or (object_id, stratum, salt) of each line, as bytes, checked."""
    explain = _explain_sealed if sealed else _explain_open
    return scan(data, _SEALED_LINE if sealed else _OPEN_LINE, explain, member=MEMBER)


def parse_frame(data: bytes, *, sealed: bool) -> Frame:
    """The whole frame in memory; a draw reads it with `scan_frame` instead."""
    rows = [tuple(field.decode("ascii") for field in g) for g in scan_frame(data, sealed=sealed)]
    strata = tuple(row[1] for row in rows)
    return Frame(
        ids=tuple(row[0] for row in rows),
        strata=strata,
        salts=tuple(row[2] for row in rows) if sealed else None,
        counts=dict(Counter(strata)),
    )


def frame_digest(data: bytes, *, sealed: bool) -> FileDigest:
    """SHA-256, Merkle root and number of lines, in one pass over a checked file."""
    return digest_and_counts(data, sealed=sealed)[0]


def digest_and_counts(data: bytes, *, sealed: bool) -> tuple[FileDigest, dict[str, int]]:
    """Digest and objects per stratum in one pass, without keeping the lines."""
    counts: Counter[bytes] = Counter()

    def leaves() -> Iterator[bytes]:
        for groups in scan_frame(data, sealed=sealed):
            counts[groups[1]] += 1
            yield merkle.leaf_hash(leaf_data(groups))

    root = merkle.root(leaves()).hex()
    digest = FileDigest(sha256_hex(data), root, counts.total())
    return digest, {stratum.decode("ascii"): n for stratum, n in counts.items()}


def frame_leaf(line: bytes, sealed: bool) -> bytes:
    """The leaf data `d` of one line given without LF; its leaf hash is SHA-256(0x00 + d)."""
    [groups] = scan_frame(line + b"\n", sealed=sealed)
    return leaf_data(groups)


def _checked(object_id: str, stratum: str) -> tuple[str, str]:
    check_object_id(object_id, MEMBER)
    if not STRATUM.fullmatch(stratum):
        raise DrawError(
            "stratum-form",
            f"{stratum!r} is not a stratum",
            f"{stratum!r} 不是合法的层名",
            member=MEMBER,
        )
    return object_id, stratum


def leaf_data(groups: Groups) -> bytes:
    """`d` of the fields of one line; a sealed line shows its stratum only as a salted hash."""
    if len(groups) == 2:
        return b"\t".join(groups)
    object_id, stratum, its_salt = groups
    sealed = hashlib.sha256(stratum + b"\t" + its_salt).hexdigest()
    return object_id + b"\t" + sealed.encode("ascii")


def _explain_open(line: bytes) -> tuple[str, str, str]:
    return _explain(line, 2)


def _explain_sealed(line: bytes) -> tuple[str, str, str]:
    return _explain(line, 3)


def _explain(line: bytes, expected: int) -> tuple[str, str, str]:
    fields = line.split(b"\t")
    if len(fields) != expected:
        return (
            "field-count",
            f"{len(fields)} fields instead of {expected}",
            f"应有 {expected} 个字段，实有 {len(fields)} 个",
        )
    shown = [field.decode("ascii", "backslashreplace") for field in fields]
    if not OBJECT_ID.fullmatch(shown[0]):
        return (
            "object-id-form",
            f"{shown[0]!r} is not an object id",
            f"{shown[0]!r} 不是合法的对象代码",
        )
    if not STRATUM.fullmatch(shown[1]):
        return "stratum-form", f"{shown[1]!r} is not a stratum", f"{shown[1]!r} 不是合法的层名"
    return "salt-form", "salt is not 32 hex characters", "盐值不是 32 位十六进制"
