"""The target draw from a frame file into files: the same bytes, the same refusals as the core's.

Source: draw-spec 6. The order of the checks is that of `openlot1.target.draw_target`.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.commitment import TARGET, Commitment, cd, parse_commitment
from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.design import Design
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import FileDigest
from app.sampling.openlot1.hashing import SHA256
from app.sampling.openlot1.seed import key, parse_seed_txt, seed
from app.sampling.openlot1.target import StratumDraw, draw_target, refuse_other, target_part

if TYPE_CHECKING:  # what compiles is loaded when the first large frame comes
    from app.sampling.engine.drawing import Edge, TicketDraw
    from app.sampling.engine.sieve import Sieve

COMPILED = "compiled"
CORE = "core"
RESULT = "result.json"


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
    from app.sampling.engine.drawing import TicketDraw, draw_lists
    from app.sampling.engine.survey import Asked, survey

    parsed = parse_commitment(commitment)
    chosen = target_part(parsed, part)
    digest, design = cd(commitment), chosen.design
    sieve = _sieve(parsed, design, seed_txt, digest)
    strata, sealed = tuple(sorted(design.rate_of())), chosen.frame.sealed
    threads = limits.used_threads
    found = survey(
        frame, Asked(root=root, sieve=sieve), sealed=sealed, threads=threads, known=strata
    )
    refuse_other(found.digest, chosen.frame, root=root)
    parse_seed_txt(seed_txt, parsed, digest)
    its_seed = seed(parsed.alg, seed_txt)
    drawn = counts(design, found.n_by_stratum, parsed.alg, its_seed, parsed.scope)
    task = TicketDraw(
        frame=frame,
        sealed=sealed,
        strata=strata,
        count=[found.n_by_stratum.get(stratum, 0) for stratum in strata],
        drawn=[drawn[stratum] for stratum in strata],
        reserves=design.reserves,
    )
    out.mkdir(parents=True, exist_ok=True)
    lists = draw_lists(task, found, sieve, out, threads=threads)
    told = FileDraw(
        engine=COMPILED if parsed.alg == SHA256 else CORE,
        cd=digest,
        seed=its_seed,
        key=sieve.key,
        strata=_strata(task, design.rate_of(), lists.edges),
    )
    (out / RESULT).write_bytes(_result(parsed, told, lists.digests))
    return told


def frame_file_digest(
    frame: Path, *, sealed: bool, root: bool = True, limits: Limits = _DEFAULT
) -> FileDigest:
    """SHA-256, Merkle root and number of lines of a file whose lines are right (draw-spec 2).

    A file that was not checked may have some root too, but its last line must end. `root=False`
    leaves the root "".
    """
    from app.sampling.engine.survey import Asked, survey

    asked = Asked(check=False, root=root)
    return survey(frame, asked, sealed=sealed, threads=limits.used_threads).digest


def _sieve(parsed: Commitment, design: Design, seed_txt: bytes, digest: str) -> "Sieve":
    """For the tickets of this seed. One that is not right is refused only when the frame was read,
    as the core does it: till then there is a sieve all the same."""
    from app.sampling.engine.sieve import Sieve, needed_by

    try:
        parse_seed_txt(seed_txt, parsed, digest)
        its_key = key(parsed.alg, seed(parsed.alg, seed_txt), TARGET, parsed.scope)
    except DrawError:
        its_key = "0" * 64
    return Sieve(parsed.alg, its_key, tuple(sorted(design.rate_of())), needed_by(design))


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


def _strata(
    task: "TicketDraw", rates: Mapping[str, str | None], edges: Sequence["Edge"]
) -> tuple[StratumDraw, ...]:
    return tuple(
        StratumDraw(stratum, count, rates[stratum], drawn, *edge)
        for stratum, count, drawn, edge in zip(
            task.strata, task.count, task.drawn, edges, strict=True
        )
    )


def _result(parsed: Commitment, drawn: FileDraw, lists: Mapping[str, object]) -> bytes:
    header = {"draw_id": parsed.draw_id, "attempt": parsed.attempt, "cd": drawn.cd, "v": VERSION}
    header |= {"seed": drawn.seed, "key": drawn.key}
    return canonical.dumps({**header, "strata": [vars(s) for s in drawn.strata], **lists})


def prepare() -> None:
    """Load what large frames need; the first time on a machine it is compiled, for half a minute.
    Without this the first large frame waits for it."""
    from app.sampling.engine.drawing import TicketDraw, draw_lists
    from app.sampling.engine.sieve import Sieve
    from app.sampling.engine.survey import Asked, survey

    with tempfile.TemporaryDirectory() as name:
        frame = Path(name, "frame.tsv")
        frame.write_bytes(b"a\tA\n")
        sieve = Sieve(SHA256, "0" * 64, ("A",), lambda _stratum, count: count)
        for sealed in (True, False):
            asked = Asked(check=not sealed, sieve=sieve)
            found = survey(frame, asked, sealed=sealed, threads=1, known=("A",))
        task = TicketDraw(frame, False, ("A",), [1], [1], 0)
        draw_lists(task, found, sieve, Path(name), threads=1)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
