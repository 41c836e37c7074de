"""The frames that are drawn from: large, written by DuckDB in bounded memory, the same every time."""

import importlib
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.bench.child import Told
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd
from app.sampling.openlot1.excluded import excluded_digest
from app.sampling.openlot1.seed import build_seed_txt

STRATA = tuple(f"S{n:02d}" for n in range(40))
RATE = "0.06"
SCOPE = "BENCH"
REVEAL = "ab" * 32
SALT_KEY = "cd" * 32
MEMORY_LIMIT = "1GB"

# An odd multiplier scatters the strata over the file; the divisor makes 40 of 2^32 values.
_STRATUM = "printf('S%02d', ((n * 2654435761) % 4294967296) // 107374183)"
_OPEN = (
    f"SELECT printf('9161%014d', n) AS object_id, {_STRATUM} AS stratum FROM range({{rows}}) t(n)"
)
_SEALED = f"SELECT *, left(sha256('{SALT_KEY}' || object_id), 32) AS salt FROM ({_OPEN})"


@dataclass(frozen=True)
class Digest:
    """What a commitment says of a file; both digests are hex."""

    sha256: str
    root: str
    count: int


def write_frame(folder: Path, *, rows: int, sealed: bool) -> Told:
    """frame.tsv: ids of 18 characters, sorted, each object in one of the strata."""
    started = time.perf_counter()
    query = (_SEALED if sealed else _OPEN).format(rows=rows)
    duckdb = importlib.import_module("duckdb")
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        database.execute(
            f"COPY ({query}) TO '{folder / 'frame.tsv'}' "
            "(FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '')"
        )
    return {"seconds": time.perf_counter() - started}


def write_commitment(folder: Path, digest: Digest, *, sealed: bool) -> None:
    """commitment.json and seed.txt beside a frame of this digest: every stratum at one rate."""
    left_out = excluded_digest(b"", sealed=sealed)
    no_code = sha256(b"").hexdigest()
    commitment: dict[str, Any] = {
        "v": "openlot/1",
        "draw_id": SCOPE,
        "attempt": 1,
        "stage": "target",
        "alg": "sha256",
        "purpose": "real",
        "frame": {**vars(digest), "sealed": sealed},
        "excluded": {
            "sha256": left_out.sha256,
            "root": left_out.root,
            "count": 0,
            "by_reason": {},
        },
        "design": {"strata": [{"stratum": stratum, "rate": RATE} for stratum in STRATA]},
        "code": {"version": "bench", "sha256": no_code},
        "plan": {"ref": "bench", "sha256": no_code},
        "scope": SCOPE,
        "sources": [
            {"type": "reveal", "params": {"sha256": sha256(bytes.fromhex(REVEAL)).hexdigest()}}
        ],
        "not_before": "2026-01-01T00:00:00Z",
        "fallback": "wait",
        "previous": None,
    }
    text = canonical.dumps(commitment)
    (folder / "commitment.json").write_bytes(text)
    (folder / "seed.txt").write_bytes(build_seed_txt(cd(text), [f"reveal:{REVEAL}"]))
