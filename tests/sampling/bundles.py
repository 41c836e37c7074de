"""Complete evidence bundles made from vector cases, with a small log signed by a test key."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sampling.openlot1 import canonical, merkle, note
from app.sampling.openlot1.bundle import SUMS, sums_text
from app.sampling.openlot1.excluded import excluded_digest, write_excluded
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.log import STEPS, format_consistency, proof_name
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

HERE = Path(__file__).parent
ORIGIN = "log.example/openlot-test"
TEST_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
EMPTY_SHA256 = sha256_hex(b"")


def own_vectors(name: str) -> dict[str, Any]:
    return json.loads((HERE / "vectors" / name).read_text("utf-8"))


def public_vectors(name: str) -> dict[str, Any] | None:
    """Vectors of the standards, kept outside the repository; None where they are absent."""
    default = HERE.parents[1].parent / "shared" / "vectors"
    path = Path(os.environ.get("OPENLOT_VECTORS", default)) / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


@dataclass
class MemoryLog:
    """An RFC 6962 log in a list; the real one is a table."""

    key: Ed25519PrivateKey = TEST_KEY
    entries: list[bytes] = field(default_factory=list)

    @property
    def vkey(self) -> str:
        return note.vkey(ORIGIN, self.key.public_key().public_bytes_raw())

    def add(self, entry: Mapping[str, Any]) -> int:
        self.entries.append(canonical.dumps(dict(entry)))
        return len(self.entries) - 1

    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(entry) for entry in self.entries]

    def checkpoint(self, size: int) -> str:
        text = note.checkpoint_text(
            note.Checkpoint(ORIGIN, size, merkle.root(self.hashes()[:size]))
        )
        key_id = note.parse_vkey(self.vkey).key_id
        return note.sign_note(text, ORIGIN, key_id, self.key.sign(text.encode()))

    def proof(self, index: int) -> bytes:
        path = merkle.inclusion_path(index, self.hashes())
        checkpoint = self.checkpoint(len(self.entries))
        proof = note.Proof(index, tuple(path), self.entries[index], checkpoint)
        return note.format_proof(proof).encode()

    def consistency(self, old: int) -> bytes:
        path = merkle.consistency_path(old, self.hashes())
        text = format_consistency(old, len(self.entries), path, self.checkpoint(old))
        return text.encode()


def make_bundle(
    case: Mapping[str, Any],
    profile: str,
    *,
    verifier: bytes = b"# a verifier stands here\n",
    excluded: list[tuple[str, str, str]] | None = None,
    at: Mapping[str, str] | None = None,
    order: Sequence[str] = STEPS,
    public: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[dict[str, bytes], str]:
    """The members of a bundle, SHA256SUMS among them, and the log's verifier key.

    `case` is one case of openlot1-target.json or a feasible one of openlot1-inspector.json;
    `profile` is "audit" or "public". `excluded` rows give the case another excluded.tsv.
    `at` and `public` change times and figures of steps in the log, `order` their order, so that
    a log can be made that is consistent in itself and wrong.
    """
    case = _with_excluded(case, excluded) if excluded else dict(case)
    commitment = canonical.dumps(case["commitment"])
    members = {"commitment.json": commitment, "seed.txt": case["seed_txt"].encode()}
    inspector = case["commitment"]["stage"] == "inspector"
    members |= _inspector_members(case) if inspector else _target_members(case)
    members |= _source_members(case)
    log_members, vkey = _log_members(case, members, at or {}, order, public or {})
    members |= log_members
    members |= {"VERIFY.md": b"# How to verify\n", "verify.py": verifier}
    sealed = not inspector and case["commitment"]["frame"]["sealed"]
    hidden = {"frame.tsv", "excluded.tsv", "selected.tsv", "reserves.tsv", "result.json"}
    if sealed and profile == "public":
        members = {name: data for name, data in members.items() if name not in hidden}
    else:
        members.pop("published.tsv", None)
    return with_sums(members), vkey


def with_sums(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members with a SHA256SUMS that matches them."""
    return {**members, SUMS: sums_text(members)}


def _with_excluded(case: Mapping[str, Any], rows: list[tuple[str, str, str]]) -> dict[str, Any]:
    """The case with these excluded rows, hence another cd, seed and result."""
    sealed = case["commitment"]["frame"]["sealed"]
    data = write_excluded(rows, salt_key_hex=case["salt_key"])
    digest = vars(excluded_digest(data, sealed=sealed))
    commitment = {**case["commitment"], "excluded": digest}
    raw = canonical.dumps(commitment)
    seed_txt = build_seed_txt(sha256_hex(raw), case["sources"])
    draw = draw_target(case["frame_tsv"].encode(), raw, seed_txt)
    return {
        **case,
        "commitment": commitment,
        "cd": sha256_hex(raw),
        "seed_txt": seed_txt.decode(),
        "excluded_tsv": data.decode(),
        "selected_tsv": draw.selected_tsv.decode(),
        "reserves_tsv": draw.reserves_tsv.decode(),
        "result_json": draw.result_json.decode(),
    }


def _target_members(case: Mapping[str, Any]) -> dict[str, bytes]:
    selected = case["selected_tsv"]
    published = sorted(line.split("\t")[2] for line in selected.splitlines())
    return {
        "frame.tsv": case["frame_tsv"].encode(),
        "excluded.tsv": case.get("excluded_tsv", "").encode(),
        "selected.tsv": selected.encode(),
        "reserves.tsv": case["reserves_tsv"].encode(),
        "result.json": case["result_json"].encode(),
        "published.tsv": "".join(f"{line}\n" for line in published).encode(),
    }


def _inspector_members(case: Mapping[str, Any]) -> dict[str, bytes]:
    result = case["result_json"]
    return {
        "assignment.json": canonical.dumps(case["assignment"]),
        "assignment.tsv": case["assignment_tsv"].encode(),
        "result.json": result.encode() if isinstance(result, str) else canonical.dumps(result),
    }


def _source_members(case: Mapping[str, Any]) -> dict[str, bytes]:
    members = {}
    for number, line in enumerate(case["sources"], start=1):
        kind = line.partition(":")[0]
        content = {"line": line, "type": kind, "evidence": {"roles": ["notary", "clerk", "press"]}}
        members[f"sources/{number}-{kind}.json"] = canonical.dumps(content)
    return members


def _log_members(
    case: Mapping[str, Any],
    members: Mapping[str, bytes],
    other_at: Mapping[str, str],
    order: Sequence[str],
    other_public: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, bytes], str]:
    commitment = case["commitment"]
    log = MemoryLog()
    other = {"at": "2026-02-01T00:00:00Z", "digest": EMPTY_SHA256, "id": "e0", "public": {}}
    other |= {"subject": "plan", "type": "plan.adopted"}
    at = {
        "frozen": "2026-02-27T08:00:00Z",
        "committed": "2026-02-27T08:00:01Z",
        "seeded": commitment["not_before"],
        "drawn": "2026-03-05T00:00:00Z",
        **other_at,
    }
    publics = _publics(case, members)
    indexes, old = {}, 0
    for step in order:
        log.add(other | {"id": f"before-{step}"})
        entry = {"at": at[step], "digest": sha256_hex(step.encode()), "id": f"e-{step}"}
        entry |= {
            "public": {**publics[step], **other_public.get(step, {})},
            "subject": "draw",
            "type": f"draw.{step}",
        }
        indexes[step] = log.add(entry)
        if step == "committed":
            log.add(other | {"id": "after-committed"})
            old = len(log.entries)
    proofs = {proof_name(step): log.proof(index) for step, index in indexes.items()}
    proofs["log/consistency.proof"] = log.consistency(old)
    return proofs, log.vkey


def _publics(case: Mapping[str, Any], members: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    commitment = case["commitment"]
    common = {"draw_id": commitment["draw_id"], "attempt": commitment["attempt"]}
    common["stage"] = commitment["stage"]
    cd = sha256_hex(members["commitment.json"])
    publics = {
        "frozen": dict(common),
        "committed": common | {"cd": cd},
        "seeded": common | {"cd": cd},
        "drawn": common | {"cd": cd, "result": sha256_hex(members.get("result.json", b""))},
    }
    if "parts" in commitment:
        del publics["drawn"]["result"]
        for step, figures in _publics_of_parts(commitment, members).items():
            publics[step]["parts"] = figures
        return publics
    if commitment["stage"] == "inspector":
        publics["frozen"]["assignment"] = {"sha256": sha256_hex(members["assignment.json"])}
        return publics
    for name in ("frame", "excluded"):
        digest = commitment[name]
        publics["frozen"][name] = {k: digest[k] for k in ("count", "root", "sha256")}
    published = members["published.tsv"]
    publics["drawn"]["published"] = {
        "count": published.count(b"\n"),
        "sha256": sha256_hex(published),
    }
    return publics


def _publics_of_parts(
    commitment: Mapping[str, Any], members: Mapping[str, bytes]
) -> dict[str, list[dict[str, Any]]]:
    frozen, drawn = [], []
    for number, part in enumerate(commitment["parts"], start=1):
        lists = {
            name: {k: part[name][k] for k in ("count", "root", "sha256")}
            for name in ("frame", "excluded")
        }
        frozen.append({"name": part["name"], **lists})
        folder = f"parts/{number}-{part['name']}/"
        ids = members[folder + "published.tsv"]
        published = {"count": ids.count(b"\n"), "sha256": sha256_hex(ids)}
        result = sha256_hex(members[folder + "result.json"])
        drawn.append({"name": part["name"], "result": result, "published": published})
    return {"frozen": frozen, "drawn": drawn}
