"""The target draw: core, engine and SQL (DuckDB, Postgres) give the same bytes, and the engine is measured against
what people use.

All wall times run from frame.tsv on disk to the drawn list on disk; where loading is not charged,
peers.py and postgres.py say so, and it is the peer that is favoured.
"""

import filecmp
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.bench import ours, peers, postgres
from app.bench.child import BenchFailed, Job, Measured, in_child, measure
from app.bench.figures import Result, ratio, result
from app.bench.frames import Digest, write_commitment, write_frame
from app.core.embedded import EmbeddedServer

CORE_ROWS = 1_000_000
"""At most so many objects where the core, consistent_sampler and the ticket draw in SQL run."""
LARGE_ROWS = 10_000_000
"""Beyond so many objects the engine alone is measured, at both sizes."""
TIMES = 3
LARGE_TIMES = 1
SQL_LIMIT_S = 60.0
FILES = ("selected.tsv", "reserves.tsv", "published.tsv", "result.json")

Measurements = Mapping[str, Measured]


def bench_draw(rows: int, *, times: int = TIMES) -> list[Result]:
    """The figures of docs/benchmarks.md. Raises BenchFailed when implementations disagree."""
    with tempfile.TemporaryDirectory(prefix="olbench") as made:
        if rows > LARGE_ROWS:
            return _large(Path(made), rows)
        if missing := peers.missing_libraries():
            raise BenchFailed(
                f"{', '.join(missing)} missing: development dependencies; run "
                "`python3 dev.py bench draw`, or install requirements-dev.lock · "
                "缺少开发依赖，请运行 `python3 dev.py bench draw`"
            )
        with postgres.server() as server:
            return against_peers(Path(made), rows, times=times, server=server)


def against_peers(folder: Path, rows: int, *, times: int, server: EmbeddedServer) -> list[Result]:
    """All figures but those of LARGE_ROWS and beyond, made in an empty folder and database."""
    small = min(rows, CORE_ROWS)
    cases = {}
    for name, sealed in (("open", False), ("sealed", True)):
        cases[name] = cases[f"small-{name}"] = _case(folder / name, rows=rows, sealed=sealed)
        if small < rows:
            at = folder / f"small-{name}"
            cases[f"small-{name}"] = _case(at, rows=small, sealed=sealed)
    at_small = measure(_small_jobs(cases, times=times, address=server.owner_url))
    for name in ("small-open", "small-sealed"):
        require_same(cases[name], "engine", "core", FILES)
        require_same(cases[name], "engine-whole", "core", FILES)
    for name in ("duckdb", "sql"):
        require_same(cases["small-open"], "engine", name, FILES[:1])
    _require_numbers(at_small)
    at_rows = measure(_jobs(cases, times=times, address=server.owner_url))
    require_same(cases["open"], "engine", "plain-python", FILES[:1])
    _require_numbers(at_rows)
    return [
        result("rows", rows, "objects"),
        result("drawn", at_rows["engine"].told["drawn"], "objects"),
        result("runs", times, "each"),
        result("equal_bytes", small, f"objects: core = {_engines(at_small)} = DuckDB = Postgres"),
        *_engine_figures(at_rows),
        *_digest_figures(at_rows),
        *_peer_figures(at_rows, at_small),
        *_core_figures(at_small, small),
        result("duckdb_draw", at_small["duckdb"].seconds, f"s, SQL, {small:,} objects"),
        *_sql_figures(cases["open"], rows, small, at_small["sql"], server.owner_url),
    ]


def _large(folder: Path, rows: int) -> list[Result]:
    """The engine alone at 10 million and at `rows`: does the time of one object stay the same?"""
    done = {}
    for size, times in ((LARGE_ROWS, TIMES), (rows, LARGE_TIMES)):
        case = _case(folder / str(size), rows=size, sealed=False, root=False)
        name = f"engine, {size:,}"
        done[size] = measure({name: Job(ours.engine_whole, case, times, {"root": False})})[name]
        shutil.rmtree(case)
    per_object = {size: measured.seconds / size for size, measured in done.items()}
    return [
        result("rows", rows, "objects"),
        result("drawn", done[rows].told["drawn"], "objects"),
        result("runs", LARGE_TIMES, f"at this size, {TIMES} at {LARGE_ROWS:,}"),
        result("engine_draw", done[rows].seconds, "s, without root"),
        result("engine_draw_10m", done[LARGE_ROWS].seconds, "s"),
        ratio(
            "engine_time_per_object_over_10m", per_object[rows], per_object[LARGE_ROWS], "<= 1.4"
        ),
        result("engine_peak_mb", done[rows].peak_mb, "MB", "< 2500"),
    ]


def _case(folder: Path, *, rows: int, sealed: bool, root: bool = True) -> Path:
    """A folder with a frame and its commitment, for whoever draws."""
    folder.mkdir()
    made = in_child(write_frame, folder, rows=rows, sealed=sealed)
    told = in_child(ours.digest, folder, sealed=sealed, root=root)
    _say(f"frame of {rows:,} in {made['seconds']:.1f} s, digests in {told['seconds']:.1f} s")
    write_commitment(folder, Digest(**told["digest"]), sealed=sealed)
    return folder


def _small_jobs(cases: Mapping[str, Path], *, times: int, address: str) -> dict[str, Job]:
    small, sealed = cases["small-open"], cases["small-sealed"]
    given = {"address": address}
    return {
        "load small": Job(postgres.load, small, 1, given),
        "core": Job(ours.core, small, 1),
        "core sealed": Job(ours.core, sealed, times),
        "engine": Job(ours.engine, small, times),
        "engine sealed": Job(ours.engine, sealed, 1),
        "whole": Job(ours.engine_whole, small, 1),
        "whole sealed": Job(ours.engine_whole, sealed, 1),
        "consistent_sampler": Job(peers.consistent_sampler_take, small, times),
        "duckdb": Job(peers.duckdb_draw, small, times),
        "sql": Job(postgres.ticket_draw, small, times, given),
    }


def _jobs(cases: Mapping[str, Path], *, times: int, address: str) -> dict[str, Job]:
    case = cases["open"]
    given = {"address": address}
    return {
        "load": Job(postgres.load, case, 1, given),
        "engine": Job(ours.engine, case, times),
        "numpy_choice": Job(peers.numpy_choice, case, times),
        "whole": Job(ours.engine_whole, case, times),
        "engine sealed": Job(ours.engine, cases["sealed"], times),
        "cryptorandom": Job(peers.cryptorandom_sample, case, times),
        "order_by_random": Job(postgres.order_by_random, case, times, given),
        "python": Job(peers.plain_python, case, times),
        "digest": Job(ours.digest, case, times, {"sealed": False}),
        "bare_hashes": Job(peers.bare_hashes, case, times),
    }


def _engine_figures(done: Measurements) -> list[Result]:
    engine, whole = done["engine"], done["whole"]
    return [
        result("engine_draw", engine.seconds, f"s, {engine.told['engine']}"),
        result("engine_whole", whole.seconds, "s, with digest and root"),
        result("engine_peak_mb", engine.peak_mb, "MB", "<= 700"),
        result("engine_whole_peak_mb", whole.peak_mb, "MB, all processes"),
        ratio("engine_sealed_over_open", done["engine sealed"].seconds, engine.seconds),
    ]


def _digest_figures(done: Measurements) -> list[Result]:
    ours_, bare = done["digest"].seconds, done["bare_hashes"].seconds
    return [
        result("digest", ours_, "s"),
        result("bare_hashes", bare, "s"),
        ratio("digest_over_bare_hashes", ours_, bare, "<= 1.5"),
    ]


def _engines(at_small: Measurements) -> str:
    """The engine, and by what it says it computed the tickets."""
    return f"engine ({at_small['engine'].told['engine']})"


def _peer_figures(done: Measurements, at_small: Measurements) -> list[Result]:
    engine = done["engine"].seconds
    peer = {name: measured.seconds for name, measured in done.items()}
    return [
        result("numpy_choice", peer["numpy_choice"], "s"),
        ratio("engine_over_numpy_choice", engine, peer["numpy_choice"], "<= 3.0"),
        result("python", peer["python"], "s"),
        ratio("python_over_engine", peer["python"], engine, ">= 4"),
        result("cryptorandom", peer["cryptorandom"], f"s, {done['cryptorandom'].told['method']}"),
        ratio("cryptorandom_over_engine", peer["cryptorandom"], engine, ">= 2.5"),
        result("consistent_sampler", at_small["consistent_sampler"].seconds, "s"),
        ratio(
            "consistent_sampler_over_engine",
            at_small["consistent_sampler"].seconds,
            at_small["engine"].seconds,
            ">= 10",
        ),
        result("order_by_random", peer["order_by_random"], f"s, {postgres.INDEX}"),
        ratio("engine_over_order_by_random", engine, peer["order_by_random"]),
    ]


def _core_figures(at_small: Measurements, rows: int) -> list[Result]:
    core = at_small["core sealed"]
    return [
        result("core_rows", rows, "objects, sealed"),
        result("core_draw", core.seconds, "s"),
        result("core_rate", round(rows / core.seconds), "objects/s"),
        result("core_peak_mb", core.peak_mb, "MB"),
    ]


def _sql_figures(
    case: Path, rows: int, small: int, at_small: Measured, address: str
) -> list[Result]:
    """The ticket draw in SQL; at the full size only where it promises to end within a minute."""
    figures = [result("sql_draw_rows", small, "objects"), result("sql_draw", at_small.seconds, "s")]
    if rows > small and at_small.seconds * rows / small < SQL_LIMIT_S:
        large = measure({"sql": Job(postgres.ticket_draw, case, 1, {"address": address})})["sql"]
        require_same(case, "engine", "sql", FILES[:1])
        figures.append(result("sql_draw_full", large.seconds, "s"))
    return figures


def require_same(folder: Path, one: str, other: str, files: tuple[str, ...]) -> None:
    """Raises BenchFailed unless both have left the same files, byte for byte."""
    for name in files:
        ours_, theirs = folder / one / name, folder / other / name
        if not filecmp.cmp(ours_, theirs, shallow=False):
            raise BenchFailed(f"{folder.name}: {name} of {one} and of {other} differ")


def _require_numbers(done: Measurements) -> None:
    """Raises BenchFailed unless all have drawn as many."""
    drawn = {name: m.told["drawn"] for name, m in done.items() if "drawn" in m.told}
    if len(set(drawn.values())) != 1:
        raise BenchFailed(f"numbers drawn differ: {drawn}")


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr)
