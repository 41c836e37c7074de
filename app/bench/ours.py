"""The draw by the core and by the engine, from files to files."""

import dataclasses
import time
from pathlib import Path

from app.bench.child import Told
from app.sampling.engine import (
    FileDraw,
    check_frame_file,
    draw_checked,
    draw_target_files,
    frame_file_digest,
    prepare,
)
from app.sampling.openlot1.commitment import parse_commitment
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
    """What the peers do, and the checks that they leave out: alphabet, order, duplicates, counts.
    The digest of the frame is not in it."""
    prepare()
    started = time.perf_counter()
    commitment = (folder / "commitment.json").read_bytes()
    frame = folder / "frame.tsv"
    checked = check_frame_file(frame, parse_commitment(commitment).part(None))
    drawn = draw_checked(
        frame,
        commitment,
        (folder / "seed.txt").read_bytes(),
        folder / "engine",
        checked=checked,
    )
    return _told(started, drawn)


def engine_whole(folder: Path, *, root: bool = True) -> Told:
    """All of a draw: checks, digest against the commitment, draw. Without `root` the Merkle root
    stays unchecked."""
    prepare()
    started = time.perf_counter()
    drawn = draw_target_files(
        folder / "frame.tsv",
        (folder / "commitment.json").read_bytes(),
        (folder / "seed.txt").read_bytes(),
        folder / "engine-whole",
        root=root,
    )
    return _told(started, drawn)


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


def _told(started: float, drawn: FileDraw) -> Told:
    return {
        "seconds": time.perf_counter() - started,
        "drawn": sum(drawn.counts.values()),
        "engine": drawn.engine,
    }
