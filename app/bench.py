"""Measurements, each in a child process of its own so that peak memory is that of the work."""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd
from app.sampling.openlot1.excluded import excluded_digest
from app.sampling.openlot1.frame import frame_digest
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

Result = dict[str, Any]
STRATA = 40
REVEAL = "ab" * 32


def run_bench(name: str, *, rows: int, out: Path | None) -> int:
    """Measure `name` and write {"name","date","machine","results":[{"what","value","unit"}]}."""
    if name not in BENCHES:
        print(f"unknown bench {name}; known: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    report = {
        "name": name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
        "results": BENCHES[name](rows),
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    print(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    return 0


def bench_draw(rows: int) -> list[Result]:
    """The core's target draw of a sealed frame: from files to files, all checks included."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_case(folder, rows)
        child = [sys.executable, "-m", "app.bench", str(folder)]
        told = subprocess.run(child, check=True, capture_output=True, text=True)  # noqa: S603 -- our own module
    seconds, peak_mb, drawn = json.loads(told.stdout)
    return [
        {"what": "rows", "value": rows, "unit": "objects"},
        {"what": "drawn", "value": drawn, "unit": "objects"},
        {"what": "core_draw", "value": seconds, "unit": "s"},
        {"what": "core_rate", "value": round(rows / seconds), "unit": "objects/s"},
        {"what": "core_peak_mb", "value": peak_mb, "unit": "MB"},
    ]


def write_case(folder: Path, rows: int) -> None:
    """frame.tsv, commitment.json and seed.txt of `rows` objects in 40 strata at 6 %."""
    lines = (
        f"9161{n:014d}\tS{n % STRATA:02d}\t{sha256(str(n).encode()).hexdigest()[:32]}\n"
        for n in range(rows)
    )
    frame = "".join(lines).encode()
    (folder / "frame.tsv").write_bytes(frame)
    strata = [{"stratum": f"S{n:02d}", "rate": "0.06"} for n in range(STRATA)]
    digest, left_out = frame_digest(frame, sealed=True), excluded_digest(b"", sealed=True)
    commitment = canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": "BENCH",
            "attempt": 1,
            "stage": "target",
            "alg": "sha256",
            "purpose": "real",
            "frame": {
                "sha256": digest.sha256,
                "root": digest.root,
                "count": digest.count,
                "sealed": True,
            },
            "excluded": {
                "sha256": left_out.sha256,
                "root": left_out.root,
                "count": 0,
                "by_reason": {},
            },
            "design": {"strata": strata},
            "code": {"version": "bench", "sha256": "0" * 64},
            "plan": {"ref": "bench", "sha256": "0" * 64},
            "scope": "BENCH",
            "sources": [
                {
                    "type": "reveal",
                    "params": {"sha256": sha256(bytes.fromhex(REVEAL)).hexdigest()},
                }
            ],
            "not_before": "2026-01-01T00:00:00Z",
            "fallback": "wait",
            "previous": None,
        }
    )
    (folder / "commitment.json").write_bytes(commitment)
    seed_txt = build_seed_txt(cd(commitment), [f"reveal:{REVEAL}"])
    (folder / "seed.txt").write_bytes(seed_txt)


def _child(folder: Path) -> None:
    started = time.perf_counter()
    result = draw_target(
        (folder / "frame.tsv").read_bytes(),
        (folder / "commitment.json").read_bytes(),
        (folder / "seed.txt").read_bytes(),
    )
    (folder / "selected.tsv").write_bytes(result.selected_tsv)
    seconds = round(time.perf_counter() - started, 3)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([seconds, peak_mb, result.selected_tsv.count(b"\n")]))


BENCHES: dict[str, Callable[[int], list[Result]]] = {"draw": bench_draw}

if __name__ == "__main__":
    _child(Path(sys.argv[1]))
