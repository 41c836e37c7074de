"""The target draw from a frame file into files: the same bytes, the same refusals as the core's.

Source: draw-spec 6. The order of the checks is that of `openlot1.target.draw_target`.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.commitment import TARGET, Commitment, Part, cd, parse_commitment
from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.frame import FileDigest
from app.sampling.openlot1.hashing import SHA256
from app.sampling.openlot1.seed import key, parse_seed_txt, seed
from app.sampling.openlot1.target import StratumDraw, draw_target, refuse_other, target_part

if TYPE_CHECKING:  # what compiles is loaded when the first large frame comes
    from app.sampling.engine.drawing import Edge, TicketDraw
    from app.sampling.engine.survey import Survey

COMPILED = "compiled"
CORE = "core"
LISTS = ("selected", "reserves", "published")
RESULT = "result.json"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What a draw may use: so many `threads` (None: as many as there are processors). A frame of at
    most `core_bytes` is left to the core, which has drawn it sooner.
    """

    threads: int | None = None
    core_bytes: int = 2**20

    @property
    def used_threads(self) -> int:
        """How many threads read the frame."""
        return self.threads or processors()


@dataclass(frozen=True)
class CheckedFrame:
    """Objects in all and by stratum; of strata that are not in the design only the smallest."""

    count: int
    n_by_stratum: Mapping[str, int]


@dataclass(frozen=True)
class FileDraw:
    """What the written files say; `engine` computed the tickets: "compiled", or "core" for SM3 and for
    small frames."""

    engine: str
    cd: str
    seed: str
    key: str
    strata: tuple[StratumDraw, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Drawn per stratum, strata in byte order."""
        return {stratum.stratum: stratum.drawn for stratum in self.strata}


_DEFAULT = Limits()


def draw_target_files(
    frame: Path,
    commitment: bytes,
    seed_txt: bytes,
    out: Path,
    *,
    part: str | None = None,
    root: bool = True,
    limits: Limits = _DEFAULT,
) -> FileDraw:
    """The draw of draw-spec 6 into the folder `out`: the four files that `draw_target` answers.

    `frame` must not change meanwhile. Nothing is written if anything is refused. `root=False`
    leaves out whether the Merkle root is the committed one; its SHA-256 is held against it always.
    """
    if root and frame.stat().st_size <= limits.core_bytes:
        return _by_core(frame, commitment, seed_txt, out, part=part)
    chosen = target_part(parse_commitment(commitment), part)
    found = _survey(frame, chosen, check=True, digest=True, root=root, limits=limits)
    refuse_other(found.digest, chosen.frame, root=root)
    checked = CheckedFrame(found.digest.count, found.n_by_stratum)
    return draw_checked(frame, commitment, seed_txt, out, checked=checked, part=part, limits=limits)


def check_frame_file(frame: Path, part: Part, *, limits: Limits = _DEFAULT) -> CheckedFrame:
    """Alphabet, order, duplicates, fields and ends of all lines, and the objects per stratum.

    Raises what the core raises for the first line that is not right. Digests are not looked at.
    """
    found = _survey(frame, part, check=True, digest=False, root=False, limits=limits)
    return CheckedFrame(found.digest.count, found.n_by_stratum)


def frame_file_digest(
    frame: Path, *, sealed: bool, root: bool = True, limits: Limits = _DEFAULT
) -> FileDigest:
    """SHA-256, Merkle root and number of lines of a file whose lines are right (draw-spec 2).

    A file that was not checked may have some root too, but its last line must end. `root=False`
    leaves the root "".
    """
    from app.sampling.engine.survey import survey

    return survey(
        frame,
        sealed=sealed,
        threads=limits.used_threads,
        check=False,
        sha256=True,
        root=root,
    ).digest


def draw_checked(
    frame: Path,
    commitment: bytes,
    seed_txt: bytes,
    out: Path,
    *,
    checked: CheckedFrame,
    part: str | None = None,
    limits: Limits = _DEFAULT,
) -> FileDraw:
    """The draw from a frame file that `check_frame_file` has checked, into the folder `out`."""
    from app.sampling.engine.drawing import TicketDraw, draw_lists

    parsed = parse_commitment(commitment)
    chosen = target_part(parsed, part)
    digest = cd(commitment)
    parse_seed_txt(seed_txt, parsed, digest)
    its_seed = seed(parsed.alg, seed_txt)
    n_by_stratum = checked.n_by_stratum
    task = TicketDraw(
        frame=frame,
        sealed=chosen.frame.sealed,
        alg=parsed.alg,
        key=key(parsed.alg, its_seed, TARGET, parsed.scope),
        count=n_by_stratum,
        drawn=counts(chosen.design, n_by_stratum, parsed.alg, its_seed, parsed.scope),
        reserves=chosen.design.reserves,
    )
    out.mkdir(parents=True, exist_ok=True)
    edges = draw_lists(task, out, threads=limits.used_threads)
    drawn = FileDraw(
        engine=COMPILED if parsed.alg == SHA256 else CORE,
        cd=digest,
        seed=its_seed,
        key=task.key,
        strata=_strata(task, chosen.design.rate_of(), edges),
    )
    (out / RESULT).write_bytes(_result(parsed, drawn, out))
    return drawn


def _by_core(
    frame: Path, commitment: bytes, seed_txt: bytes, out: Path, *, part: str | None
) -> FileDraw:
    """A small frame, which the core has drawn sooner."""
    drawn = draw_target(frame.read_bytes(), commitment, seed_txt, part=part)
    out.mkdir(parents=True, exist_ok=True)
    (out / "selected.tsv").write_bytes(drawn.selected_tsv)
    (out / "reserves.tsv").write_bytes(drawn.reserves_tsv)
    (out / "published.tsv").write_bytes(drawn.published_tsv)
    (out / RESULT).write_bytes(drawn.result_json)
    return FileDraw(CORE, drawn.cd, drawn.seed, drawn.key, drawn.strata)


def _survey(
    frame: Path, part: Part, *, check: bool, digest: bool, root: bool, limits: Limits
) -> "Survey":
    from app.sampling.engine.survey import survey

    return survey(
        frame,
        sealed=part.frame.sealed,
        threads=limits.used_threads,
        check=check,
        sha256=digest,
        root=root,
        known=part.design.rate_of(),
    )


def _strata(
    task: "TicketDraw", rates: Mapping[str, str | None], edges: Mapping[str, "Edge"]
) -> tuple[StratumDraw, ...]:
    return tuple(
        StratumDraw(
            stratum,
            task.count.get(stratum, 0),
            rates[stratum],
            task.drawn[stratum],
            *edges.get(stratum, (None, None)),
        )
        for stratum in sorted(task.drawn)
    )


def _result(parsed: Commitment, drawn: FileDraw, out: Path) -> bytes:
    header = {"draw_id": parsed.draw_id, "attempt": parsed.attempt, "cd": drawn.cd, "v": VERSION}
    header |= {"seed": drawn.seed, "key": drawn.key}
    lists = {name: _count_and_digest(out / f"{name}.tsv") for name in LISTS}
    return canonical.dumps({**header, "strata": [vars(s) for s in drawn.strata], **lists})


def _count_and_digest(file: Path) -> dict[str, object]:
    count, hasher = 0, hashlib.sha256()
    with file.open("rb") as data:
        while block := data.read(_BLOCK_BYTES):
            hasher.update(block)
            count += block.count(b"\n")
    return {"count": count, "sha256": hasher.hexdigest()}


def prepare() -> None:
    """Load what large frames need; the first time on a machine it is compiled, for half a minute.
    Without this the first large frame waits for it."""
    from app.sampling.engine.drawing import TicketDraw, draw_lists
    from app.sampling.engine.survey import survey

    with tempfile.TemporaryDirectory() as name:
        frame, one = Path(name, "frame.tsv"), {"A": 1}
        frame.write_bytes(b"a\tA\n")
        for sealed in (False, True):
            survey(frame, sealed=sealed, threads=1, check=not sealed, sha256=False, root=True)
        draw_lists(TicketDraw(frame, False, SHA256, "0" * 64, one, one, 0), Path(name), threads=1)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
