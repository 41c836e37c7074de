"""The log's part of a bundle: four entries proven in one tree, and that tree's earlier state."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sampling.openlot1 import canonical, merkle, note
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.fields import Fields

STEPS = ("frozen", "committed", "seeded", "drawn")
CONSISTENCY = "log/consistency.proof"
CONSISTENCY_HEADER = "openlot/1/consistency"

# The figures of a campaign with many parts would fill a screen.
_MAX_SHOWN = 400
_OLD_SIZE = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True)
class Statement:
    """What the log says happened: when, by its own clock, and with which public figures."""

    type: str
    at: str
    index: int
    public: Mapping[str, Any]


@dataclass(frozen=True)
class LogEvidence:
    """`statements` by step; `checkpoint` is the one signed note all four proofs lead to."""

    statements: Mapping[str, Statement]
    checkpoint: str
    head: note.Checkpoint


@dataclass(frozen=True)
class Consistency:
    """The signed tree head of the time of the commitment."""

    checkpoint: str
    head: note.Checkpoint


def proof_name(step: str) -> str:
    """The member of the bundle that proves this step."""
    return f"log/{step}.proof"


def read_log(members: Mapping[str, bytes]) -> LogEvidence:
    """Parses the four proofs and follows each to the root; names the one that does not lead there.

    Where the proofs disagree about the checkpoint, the one in the minority is the changed one.
    """
    proofs = {}
    for step in STEPS:
        with blaming(proof_name(step)):
            proofs[step] = note.parse_proof(_text(members[proof_name(step)]))
    common = Counter(proof.checkpoint for proof in proofs.values()).most_common(1)[0][0]
    head = note.parse_checkpoint(common)
    statements = {}
    for step, proof in proofs.items():
        with blaming(proof_name(step)):
            if proof.checkpoint != common:
                raise _refusal(
                    "log-checkpoints", "bears another checkpoint", "与其他证明的检查点不同"
                )
            leaf = merkle.leaf_hash(proof.entry)
            if not merkle.verify_inclusion(proof.index, head.size, leaf, proof.path, head.root):
                raise _refusal("log-inclusion", "does not lead to the root", "无法推导至树根")
            statements[step] = _statement(proof, step)
    return LogEvidence(statements, common, head)


def check_order(log: LogEvidence, not_before: str) -> None:
    """Frozen, committed, seeded, drawn in this order; committed by `not_before`, seeded after."""
    indexes = [log.statements[step].index for step in STEPS]
    for earlier, later, step in zip(indexes, indexes[1:], STEPS[1:], strict=False):
        if earlier >= later:
            raise _refusal(
                "log-order", "stands before the step it follows", "早于其前一步骤", proof_name(step)
            )
    if log.statements["committed"].at > not_before:
        raise _refusal(
            "log-committed-late",
            f"was logged at {log.statements['committed'].at}, after not_before {not_before}",
            f"记录于 {log.statements['committed'].at}，晚于 not_before {not_before}",
            proof_name("committed"),
        )
    if log.statements["seeded"].at < not_before:
        raise _refusal(
            "log-seeded-early",
            f"was logged at {log.statements['seeded'].at}, before not_before {not_before}",
            f"记录于 {log.statements['seeded'].at}，早于 not_before {not_before}",
            proof_name("seeded"),
        )


def check_statement(log: LogEvidence, step: str, expected: Mapping[str, Any]) -> None:
    """The public figures of one step must be exactly those that the bundle gives."""
    found = log.statements[step].public
    for name in sorted({*found, *expected}):
        ours, theirs = expected.get(name), found.get(name)
        if name not in found or name not in expected or ours != theirs:
            raise _refusal(
                "log-statement",
                f"says {name} is {_shown(theirs)}, the bundle says {_shown(ours)}",
                f"称 {name} 为 {_shown(theirs)}，证据包为 {_shown(ours)}",
                proof_name(step),
            )


def read_consistency(members: Mapping[str, bytes], log: LogEvidence) -> Consistency:
    """Checks that the tree of the commitment's time is a prefix of the tree of the proofs."""
    with blaming(CONSISTENCY):
        old, path, checkpoint = _parse_consistency(_text(members[CONSISTENCY]), log.head.size)
        head = note.parse_checkpoint(checkpoint)
        note.signature_lines(checkpoint)
        if (head.size, head.origin) != (old, log.head.origin):
            raise _refusal("log-consistency", "is of another log or size", "属于另一日志或规模")
        if not merkle.verify_consistency(old, log.head.size, head.root, log.head.root, path):
            raise _refusal(
                "log-consistency", "does not lead from old to new root", "无法由旧树根推导至新树根"
            )
        if log.statements["committed"].index >= old:
            raise _refusal("log-consistency", "is older than the commitment", "早于承诺记录")
        if log.statements["seeded"].index < old:  # else it may have been signed with the seed known
            raise _refusal("log-consistency", "is not older than the seed", "不早于种子记录")
        return Consistency(checkpoint, head)


def check_signatures(log: LogEvidence, consistency: Consistency, key: note.VerifierKey) -> None:
    """Both checkpoints must bear a good signature by `key`."""
    signed = ((proof_name("committed"), log.checkpoint), (CONSISTENCY, consistency.checkpoint))
    for name, checkpoint in signed:
        if not note.verify_note(checkpoint, key):
            raise _refusal(
                "log-signature",
                f"bears no good signature of {key.name}",
                f"没有 {key.name} 的有效签名",
                name,
            )


def format_consistency(old: int, new: int, path: list[bytes], checkpoint: str) -> str:
    """The text of log/consistency.proof; `checkpoint` is the signed note of the old tree."""
    lines = [CONSISTENCY_HEADER, f"old {old}", f"new {new}"]
    lines += [note.encode_base64(node) for node in path]
    return "\n".join(lines) + "\n\n" + checkpoint


def _parse_consistency(text: str, size: int) -> tuple[int, tuple[bytes, ...], str]:
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    match = _OLD_SIZE.fullmatch(lines[1]) if len(lines) >= 3 else None
    if match is None or (lines[0], lines[2]) != (CONSISTENCY_HEADER, f"new {size}"):
        raise _refusal("log-consistency", "is malformed", "格式错误")
    return int(match[1]), note.parse_hashes(lines[3:]), checkpoint


def _statement(proof: note.Proof, step: str) -> Statement:
    names = ("at", "digest", "id", "public", "subject", "type")
    fields = Fields(canonical.loads(proof.entry), "entry", names, member=proof_name(step))
    fields.hex64("digest")
    fields.text("id")
    fields.text("subject")
    public = fields.any("public")
    return Statement(
        type=fields.one_of("type", (f"draw.{step}",)),
        at=fields.instant("at"),
        index=proof.index,
        public=public if isinstance(public, dict) else {},
    )


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "..."


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal("not-utf8", "is not UTF-8", "不是 UTF-8") from None


def _refusal(code: str, en: str, zh: str, member: str | None = None) -> DrawError:
    return DrawError(code, en, zh, member=member)
