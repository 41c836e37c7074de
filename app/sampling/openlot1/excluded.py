"""excluded.tsv: who was in the registry query but is not drawn from, and why (draw-spec 2)."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.sampling.openlot1 import merkle
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.lines import (
    OBJECT_ID,
    SALT,
    Groups,
    check_object_id,
    refuse_duplicates,
    salt,
    scan,
)

MEMBER = "excluded.tsv"
REASONS = (
    "inspected-recently",
    "frequency-cap",
    "deregistered",
    "exempt-by-rule",
    "merged-into-joint-visit",
    "other-draw",
    "manual-with-approval",
)

_REASON = "|".join(REASONS) + r"|x-[0-9A-Za-z._-]{1,62}"
REASON = re.compile(_REASON)

EVIDENCE = re.compile("[^\t\n\ud800-\udfff]*")

_FIELDS = rf"({OBJECT_ID.pattern})\t({_REASON})\t([^\t\n]*)"
_OPEN_LINE = re.compile(f"{_FIELDS}\n".encode("ascii"))
_SEALED_LINE = re.compile(f"{_FIELDS}\t({SALT.pattern})\n".encode("ascii"))


@dataclass(frozen=True)
class Excluded:
    """One excluded object; `salt` is None where the draw is open."""

    object_id: str
    reason: str
    evidence: str
    salt: str | None


@dataclass(frozen=True)
class ExcludedDigest:
    """Like a frame's digest, with the number of lines per reason (only reasons that occur)."""

    sha256: str
    root: str
    count: int
    by_reason: Mapping[str, int]


def write_excluded(rows: Iterable[tuple[str, str, str]], *, salt_key_hex: str | None) -> bytes:
    """excluded.tsv of (object_id, reason, evidence) in any order; salted if a key is given."""
    checked = sorted(_checked(*row) for row in rows)
    refuse_duplicates((row[0] for row in checked), MEMBER)
    lines = []
    for row in checked:
        salted = row if salt_key_hex is None else (*row, salt(salt_key_hex, row[0]))
        lines.append("\t".join(salted) + "\n")
    return "".join(lines).encode("utf-8")


def parse_excluded(data: bytes, *, sealed: bool) -> tuple[Excluded, ...]:
    """The lines in file order; raises with the line that is malformed or out of order."""
    return tuple(
        Excluded(
            groups[0].decode("ascii"),
            groups[1].decode("ascii"),
            groups[2].decode("utf-8"),
            groups[3].decode("ascii") if sealed else None,
        )
        for groups in scan_excluded(data, sealed=sealed)
    )


def scan_excluded(data: bytes, *, sealed: bool) -> Iterator[Groups]:
    """(object_id, reason, evidence[, salt]) of each line, as bytes, checked."""
    explain = _explain_sealed if sealed else _explain_open
    pattern = _SEALED_LINE if sealed else _OPEN_LINE
    for number, groups in enumerate(scan(data, pattern, explain, member=MEMBER), start=1):
        try:
            groups[2].decode("utf-8")
        except UnicodeDecodeError:
            raise DrawError(
                "not-utf8", "evidence is not UTF-8", "证据不是 UTF-8", member=MEMBER, line=number
            ) from None
        yield groups


def excluded_digest(data: bytes, *, sealed: bool) -> ExcludedDigest:
    """Digest, Merkle root and counts per reason, in one pass."""
    reasons: Counter[bytes] = Counter()

    def leaves() -> Iterator[bytes]:
        for groups in scan_excluded(data, sealed=sealed):
            reasons[groups[1]] += 1
            yield merkle.leaf_hash(_leaf_data(groups))

    root = merkle.root(leaves()).hex()
    by_reason = {reason.decode("ascii"): reasons[reason] for reason in sorted(reasons)}
    return ExcludedDigest(sha256_hex(data), root, reasons.total(), by_reason)


def excluded_leaf(line: bytes, sealed: bool) -> bytes:
    """The leaf data of one line given without LF."""
    [groups] = scan_excluded(line + b"\n", sealed=sealed)
    return _leaf_data(groups)


def _leaf_data(groups: Groups) -> bytes:
    if len(groups) == 3:
        return b"\t".join(groups)
    sealed = hashlib.sha256(b"\t".join(groups[1:])).hexdigest()
    return groups[0] + b"\t" + sealed.encode("ascii")


def _checked(object_id: str, reason: str, evidence: str) -> tuple[str, str, str]:
    check_object_id(object_id, MEMBER)
    if not REASON.fullmatch(reason):
        raise DrawError(
            "reason-unknown", f"unknown reason {reason!r}", f"未知原因 {reason!r}", member=MEMBER
        )
    if not EVIDENCE.fullmatch(evidence):
        raise DrawError(
            "evidence-form",
            "evidence is text without TAB and LF",
            "证据须为不含制表符和换行符的文本",
            member=MEMBER,
        )
    return object_id, reason, evidence


def _explain_open(line: bytes) -> tuple[str, str, str]:
    return _explain(line, 3)


def _explain_sealed(line: bytes) -> tuple[str, str, str]:
    return _explain(line, 4)


def _explain(line: bytes, expected: int) -> tuple[str, str, str]:
    fields = line.split(b"\t")
    if len(fields) != expected:
        return (
            "field-count",
            f"{len(fields)} fields instead of {expected}",
            f"应有 {expected} 个字段，实有 {len(fields)} 个",
        )
    if not re.fullmatch(REASON.pattern.encode("ascii"), fields[1]):
        return "reason-unknown", f"unknown reason {fields[1]!r}", f"未知原因 {fields[1]!r}"
    if expected == 4 and not re.fullmatch(rb"[0-9a-f]{32}", fields[3]):
        return "salt-form", "salt is not 32 hex characters", "盐值不是 32 位十六进制"
    return (
        "object-id-form",
        f"{fields[0]!r} is not an object id",
        f"{fields[0]!r} 不是合法的对象代码",
    )
