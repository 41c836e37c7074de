"""What people use to draw today, tuned, each on the frame that the engine draws from.

All draw the same number from each stratum. The libraries are development dependencies.
"""

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from app.bench.child import Told
from app.bench.frames import RATE, SCOPE, STRATA
from app.sampling.openlot1.counts import parse_rate, rounded
from app.sampling.openlot1.seed import key, seed

LIBRARIES = ("duckdb", "numpy", "cryptorandom", "consistent_sampler")
SEED = 20261124
HASH_METHODS = ("Fisher-Yates", "sample_by_index", "PIKK", "Waterman_R")
"""cryptorandom's, without replacement and weights. The two left out fail beyond some hundred
objects: recursive for its depth, Vitter_Z for its factorials."""
TRIAL_OBJECTS = 20_000
CHOSEN = "chosen.txt"
HASHED_PER_NODE = bytes(65)

TICKETS = """
COPY (
  SELECT stratum, rank, object_id, ticket FROM (
    SELECT *, count(*) OVER (PARTITION BY stratum) AS total,
      row_number() OVER (PARTITION BY stratum ORDER BY ticket, object_id) AS rank
    FROM (
      SELECT object_id, stratum, sha256('{key}' || object_id) AS ticket
      FROM read_csv('{frame}', auto_detect = false, delim = '\t', header = false, quote = '',
        columns = {{'object_id': 'VARCHAR', 'stratum': 'VARCHAR'}})
    )
  ) WHERE rank <= {drawn} ORDER BY stratum, rank
) TO '{out}' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '')
"""

Sample = Callable[[int, int], Any]
"""From a population and a sample size to an array of indices."""


def missing_libraries() -> list[str]:
    """Those of LIBRARIES that this environment does not hold."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def wanted(count: int) -> int:
    """How many are drawn of a stratum of `count` objects."""
    return rounded(count, parse_rate(RATE), "ceil")


def numpy_choice(folder: Path) -> Told:
    """Generator.choice in every stratum, from the file to the chosen ids."""
    numpy = importlib.import_module("numpy")
    importlib.import_module("duckdb")
    started = time.perf_counter()
    choice = numpy.random.default_rng(SEED).choice

    def sample(population: int, size: int) -> Any:
        return choice(population, size, replace=False, shuffle=False)

    drawn = _choose(folder, numpy, sample)
    return {"seconds": time.perf_counter() - started, "drawn": drawn}


def cryptorandom_sample(folder: Path) -> Told:
    """cryptorandom's random_sample in place of NumPy's choice, by the quickest of its methods."""
    numpy = importlib.import_module("numpy")
    random_sample = importlib.import_module("cryptorandom.sample").random_sample
    sha256_generator = importlib.import_module("cryptorandom.cryptorandom").SHA256
    method = min(
        HASH_METHODS,
        key=lambda name: _seconds(
            lambda: random_sample(
                TRIAL_OBJECTS, wanted(TRIAL_OBJECTS), method=name, prng=sha256_generator(SEED)
            )
        ),
    )
    started = time.perf_counter()
    generator = sha256_generator(SEED)
    drawn = _choose(
        folder, numpy, lambda n, size: random_sample(n, size, method=method, prng=generator)
    )
    return {"seconds": time.perf_counter() - started, "drawn": drawn, "method": method}


def duckdb_draw(folder: Path) -> Told:
    """The draw of draw-spec 6 as one query of DuckDB, from the file to selected.tsv."""
    its_key = key("sha256", seed("sha256", (folder / "seed.txt").read_bytes()), "target", SCOPE)
    p, q = parse_rate(RATE)
    (folder / "duckdb").mkdir(exist_ok=True)
    duckdb = importlib.import_module("duckdb")
    started = time.perf_counter()
    with duckdb.connect() as database:
        database.execute(
            TICKETS.format(
                frame=folder / "frame.tsv",
                out=folder / "duckdb" / "selected.tsv",
                key=its_key,
                drawn=f"(total * {p} + {q} - 1) // {q}",
            )
        )
    return {"seconds": time.perf_counter() - started}


def plain_python(folder: Path) -> Told:
    """The draw of draw-spec 6 in one loop over lines in memory, without any check of the frame; it
    writes selected.tsv to compare. Loading is not charged."""
    lines = _loaded(folder / "frame.tsv")
    its_key = key("sha256", seed("sha256", (folder / "seed.txt").read_bytes()), "target", SCOPE)
    started = time.perf_counter()
    p, q = parse_rate(RATE)
    share, selected = p / q, None
    while selected is None:  # a limit that was too tight for a stratum is widened
        share = min(1.0, share * 1.08)
        selected = _smallest(lines, its_key.encode("ascii"), share)
    (folder / "plain-python").mkdir(exist_ok=True)
    (folder / "plain-python" / "selected.tsv").write_bytes("".join(selected).encode("ascii"))
    return {"seconds": time.perf_counter() - started, "drawn": len(selected)}


def consistent_sampler_take(folder: Path) -> Told:
    """Rivest's sampler in every stratum, from lists of ids in memory. Loading is not charged."""
    sampler = importlib.import_module("consistent_sampler").sampler
    ids: dict[str, list[str]] = {stratum: [] for stratum in STRATA}
    for line in _loaded(folder / "frame.tsv"):
        object_id, stratum = line.decode("ascii").split("\t")
        ids[stratum].append(object_id)
    started = time.perf_counter()
    chosen = [
        object_id
        for listed in ids.values()
        for object_id in sampler(listed, SEED, take=wanted(len(listed)), output="id")
    ]
    drawn = _write_chosen(folder, chosen)
    return {"seconds": time.perf_counter() - started, "drawn": drawn}


def bare_hashes(folder: Path) -> Told:
    """SHA-256 of the file, and for each line, in memory, one hash of it and one of a tree's node:
    what a digest and a Merkle root cost at least in hashlib. Loading the lines is not charged."""
    lines = _loaded(folder / "frame.tsv")
    started = time.perf_counter()
    with (folder / "frame.tsv").open("rb") as frame:
        file_digest(frame, "sha256").hexdigest()
    node = HASHED_PER_NODE
    for line in lines:
        sha256(line).digest()
        sha256(node).digest()
    return {"seconds": time.perf_counter() - started}


def _choose(folder: Path, numpy: Any, sample: Sample) -> int:
    """Read ids and strata (as uint8) with DuckDB, sample each stratum, write the chosen ids."""
    names = ", ".join(f"'{stratum}'" for stratum in STRATA)
    duckdb = importlib.import_module("duckdb")
    with duckdb.connect() as database:
        database.execute(f"CREATE TYPE stratum AS ENUM ({names})")
        database.execute(
            "CREATE TABLE frame AS SELECT object_id, enum_code(stratum) AS stratum FROM read_csv("
            f"'{folder / 'frame.tsv'}', delim='\t', header=false, quote='', escape='', "
            "new_line='\\n', auto_detect=false, "
            "columns={'object_id': 'VARCHAR', 'stratum': 'stratum'})"
        )
        strata = database.execute("SELECT stratum FROM frame").fetchnumpy()["stratum"]
        rows = []
        for code in range(len(STRATA)):
            members = numpy.flatnonzero(strata == code)
            rows.append(members[sample(len(members), wanted(len(members)))])
        database.register("chosen", {"row": numpy.concatenate(rows)})
        [told] = database.execute(
            "COPY (SELECT object_id FROM frame WHERE rowid IN (SELECT row FROM chosen)) "
            f"TO '{folder / CHOSEN}' (FORMAT csv, HEADER false, QUOTE '')"
        ).fetchall()
    return int(told[0])


def _smallest(lines: list[bytes], its_key: bytes, share: float) -> list[str] | None:
    """The lines of selected.tsv, or None if some stratum has too few tickets below the share."""
    limit = min(int(share * 2**64), 2**64 - 1).to_bytes(8, "big") + b"\xff" * 24
    counts = {stratum.encode("ascii"): 0 for stratum in STRATA}
    kept: dict[bytes, list[tuple[bytes, bytes]]] = {stratum: [] for stratum in counts}
    keyed = sha256(its_key).copy  # the key fills one block, which is hashed only once
    for line in lines:
        object_id, stratum = line.split(b"\t")
        counts[stratum] += 1
        hashed = keyed()
        hashed.update(object_id)
        ticket = hashed.digest()
        if ticket <= limit:
            kept[stratum].append((ticket, object_id))
    selected: list[str] = []
    for stratum, entries in sorted(kept.items()):
        size, name = wanted(counts[stratum]), stratum.decode("ascii")
        if len(entries) < size:
            return None
        entries.sort()
        selected += [
            f"{name}\t{rank}\t{object_id.decode('ascii')}\t{ticket.hex()}\n"
            for rank, (ticket, object_id) in enumerate(entries[:size], 1)
        ]
    return selected


def _write_chosen(folder: Path, chosen: Iterable[str]) -> int:
    lines = "\n".join(chosen) + "\n"
    (folder / CHOSEN).write_text(lines, encoding="ascii")
    return lines.count("\n")


def _loaded(frame: Path) -> list[bytes]:
    lines = frame.read_bytes().split(b"\n")
    lines.pop()
    return lines


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
