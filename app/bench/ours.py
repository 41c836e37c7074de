"""The draw by the core and by the engine, from files to files."""

import dataclasses
import time
from pathlib import Path

from app.bench.child import Told
from app.sampling.engine import (
    draw_target_files,
    frame_file_digest,
    prepare,
)
from app.sampling.openlot1.target import draw_target

NO_ROOT = "0" * 64
"""Stands in a commitment whose Merkle root nobody computes."""


def core(folder: Path) -> Told:
    """The pure core of draw-spec 6, which holds the frame in memory: checks, digest, root, draw."""
    started = time.perf_counter()
    drawn = draw_target(
        (folder / "frame.tsv").read_bytes(),
        (folder / "commitment.json").read_bytes(),
        (folder / "seed.txt").read_bytes(),
    )
    out = folder / "core"
    out.mkdir(exist_ok=True)
    for name, data in (
        ("selected.tsv", drawn.selected_tsv),
        ("reserves.tsv", drawn.reserves_tsv),
        ("published.tsv", drawn.published_tsv),
        ("result.json", drawn.result_json),
    ):
        (out / name).write_bytes(data)
    return {"seconds": time.perf_counter() - started, "drawn": sum(drawn.counts.values())}


def engine(folder: Path) -> Told:
    """The draw from file to lists with all that it checks; only the Merkle root, which no peer
    knows, stays unchecked. The SHA-256 of the frame is in it."""
    return _drawn(folder, "engine", root=False)


def engine_whole(folder: Path, *, root: bool = True) -> Told:
    """All of a draw: with the Merkle root held against the commitment, unless it is left out."""
    return _drawn(folder, "engine-whole", root=root)


def _drawn(folder: Path, out: str, *, root: bool) -> Told:
    prepare()
    started = time.perf_counter()
    drawn = draw_target_files(
        folder / "frame.tsv",
        (folder / "commitment.json").read_bytes(),
        (folder / "seed.txt").read_bytes(),
        folder / out,
        root=root,
    )
    return {
        "seconds": time.perf_counter() - started,
        "drawn": sum(drawn.counts.values()),
        "engine": drawn.engine,
    }


def digest(folder: Path, *, sealed: bool, root: bool = True) -> Told:
    """SHA-256, Merkle root and number of lines of the frame, by the engine."""
    prepare()
    started = time.perf_counter()
    told = frame_file_digest(folder / "frame.tsv", sealed=sealed, root=root)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "digest": {**dataclasses.asdict(told), "root": told.root or NO_ROOT},
    }
