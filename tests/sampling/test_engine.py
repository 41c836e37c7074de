"""The engine gives the bytes of the core: every vector, many random frames, ties, low ceilings."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from bundles import own_vectors

from app.sampling import engine
from app.sampling.engine import Limits, drawing, reading, worker
from app.sampling.openlot1 import canonical, target
from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.excluded import excluded_digest
from app.sampling.openlot1.frame import digest_and_counts, frame_digest
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.merkle import leaf_hash, root
from app.sampling.openlot1.seed import build_seed_txt

CASES = own_vectors("openlot1-target.json")["cases"]
MUST_FAIL = own_vectors("openlot1-target.json")["must_fail"]
ROOT = Path(__file__).parents[2]
FORCED = Limits(threads=1, core_bytes=-1)
"""The database even for a frame of a few lines, which would be left to the core."""
LISTS = ("selected.tsv", "reserves.tsv", "published.tsv", "result.json")


def files(case):
    return (
        case["frame_tsv"].encode(),
        canonical.dumps(case["commitment"]),
        case["seed_txt"].encode(),
    )


def draw(folder, frame, commitment, seed_txt, *, limits=FORCED, **options):
    """What the engine says and the bytes that it has written."""
    folder.mkdir(exist_ok=True)
    file = folder / "frame.tsv"
    file.write_bytes(frame)
    told = engine.draw_target_files(
        file, commitment, seed_txt, folder / "out", limits=limits, **options
    )
    return told, {name: (folder / "out" / name).read_bytes() for name in LISTS}


def core(*args, **options):
    drawn = target.draw_target(*args, **options)
    lists = (drawn.selected_tsv, drawn.reserves_tsv, drawn.published_tsv, drawn.result_json)
    return drawn, dict(zip(LISTS, lists, strict=True))


def require_same(folder, *args, limits=FORCED, **options):
    theirs, expected = core(*args, **options)
    ours, found = draw(folder, *args, limits=limits, **options)
    assert found == expected
    for name in ("cd", "seed", "key", "strata", "counts"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert sorted(p.name for p in (folder / "out").iterdir()) == sorted(LISTS)
    return ours


def case_of(rows, design, *, sealed=False, alg="sha256", ordered=True):
    """Frame, commitment and seed.txt of these rows, whether or not they can be drawn from."""
    salt = "\t{:032x}" if sealed else ""
    rows = sorted(rows) if ordered else rows
    lines = [f"{i}\t{s}{salt.format(n)}\n".encode() for n, (i, s) in enumerate(rows)]
    frame = b"".join(lines)
    digest = {"sha256": sha256_hex(frame), "count": len(lines), "sealed": sealed}
    try:
        digest["root"] = frame_digest(frame, sealed=sealed).root
    except DrawError:
        digest["root"] = root(leaf_hash(line[:-1]) for line in lines).hex()
    left_out = vars(excluded_digest(b"", sealed=sealed))
    committed = {**CASES[0]["commitment"], "alg": alg, "frame": digest, "design": design}
    committed["excluded"] = left_out
    raw = canonical.dumps(committed)
    return frame, raw, build_seed_txt(hashlib.sha256(raw).hexdigest(), CASES[0]["sources"])


def random_case(chance):
    names = [f"{a}/{b}=x" for a in "ABé" for b in range(4) if a.isascii()]
    size = chance.choice([1, 2, 17, 60, 300])
    ids = {"".join(chance.choices("aB9._:-", k=chance.randint(1, 12))) for _ in range(size)}
    rows = [(i, chance.choice(names)) for i in ids]
    strata = [
        {"stratum": name, "rate": chance.choice(["0", "1/3", "0.06", "1", "0.5"])}
        for name in names[:5]
    ]
    cells = [{"total": "t", "rate": chance.choice(["0.1", "2/7"]), "cells": names[5:]}]
    design = {"strata": strata, "cells": cells, "reserves": chance.choice([0, 1, 3, 500])}
    sealed, alg = chance.random() < 0.5, chance.choice(["sha256", "sha256", "sm3"])
    return case_of(rows, design, sealed=sealed, alg=alg)


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of four lines, so that a small frame has many."""
    monkeypatch.setattr(reading, "CHUNK_LINES", 4)
    monkeypatch.setattr(reading, "MAX_CHUNK_BYTES", 4 * reading.LONGEST_LINE)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 50)
    monkeypatch.setattr(worker, "_BATCH_LINES", 2)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case, tmp_path):
    told = require_same(tmp_path, *files(case))
    assert told.engine == ("core" if case["commitment"]["alg"] == "sm3" else "duckdb")
    assert (tmp_path / "out" / "selected.tsv").read_bytes() == case["selected_tsv"].encode()
    assert (tmp_path / "out" / "result.json").read_bytes() == case["result_json"].encode()


@pytest.mark.parametrize("case", MUST_FAIL, ids=lambda case: case["why"])
def test_what_must_fail_fails_alike(case, tmp_path):
    try:
        args = case_of(case["rows"], case["design"])
    except DrawError:  # what cannot even be written, such as a rate that is a JSON number
        assert case["why"] == "rate is a JSON number"
        return
    with pytest.raises(DrawError) as theirs:
        core(*args)
    with pytest.raises(DrawError) as ours:
        draw(tmp_path, *args)
    for name in ("code", "member", "line", "en", "zh"):
        assert getattr(ours.value, name) == getattr(theirs.value, name)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("number", range(20))
def test_random_frames(number, tmp_path):
    require_same(tmp_path, *random_case(random.Random(f"engine {number}")))


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("digits", [1, 3])
def test_ties_and_ceilings_that_are_too_low(number, digits, tmp_path, monkeypatch):
    """Short tickets tie; a ceiling that starts at nothing has to rise."""
    real, low, kept = target.ticket_function, drawing._ticket_at(1, 10**6), []
    keep = drawing._Tickets.keep
    short = f"left(sha256('{{}}' || {{}}), {digits})".format

    def cut(alg, key):
        whole = real(alg, key)
        return lambda data: whole(data)[:digits]

    monkeypatch.setattr(target, "ticket_function", cut)
    monkeypatch.setattr(drawing, "ticket_function", cut)
    monkeypatch.setattr(drawing, "ticket_sql", short)
    monkeypatch.setattr(drawing, "ceiling", lambda needed, count: low)
    monkeypatch.setattr(drawing._Tickets, "keep", lambda self: kept.append(keep(self)))
    chance = random.Random(f"ties {number}")
    rows = [(f"i{n:04}", chance.choice("AB")) for n in range(400)]
    strata = [{"stratum": "A", "rate": "0.2"}, {"stratum": "B", "fixed": 3}]
    design = {"strata": strata, "reserves": chance.choice([0, 9])}
    args = case_of(rows, design, sealed=number % 2 == 1, alg=["sha256", "sm3"][number == 5])
    told = require_same(tmp_path, *args)
    assert len(kept) > 1
    edges = [(s.last_drawn, s.first_undrawn) for s in told.strata]
    assert digits > 1 or any(last == first for last, first in edges)


def test_a_ceiling_is_seldom_too_low_and_never_above_all():
    assert drawing.ceiling(5, 5) == "g"
    assert drawing.ceiling(0, 0) == "g"
    assert drawing.ceiling(100, 10**6) == f"{176 * 2**256 // 10**6:064x}"
    assert drawing.ceiling(1, 24) < drawing.ceiling(2, 24) == "g"


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_and_memory_do_not_matter(threads, sealed, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "ALONE_BYTES", 0)
    rows = [(f"x{n:06}", f"S{n * 7919 % 3}") for n in range(140_000)]
    strata = [{"stratum": f"S{n}", "rate": "1/2"} for n in range(3)]
    args = case_of(rows, {"strata": strata, "reserves": 5}, sealed=sealed)
    limits = Limits(threads=threads, memory="100MB", temporary=tmp_path, core_bytes=-1)
    told = require_same(tmp_path / "it", *args, limits=limits)
    assert told.engine == "duckdb"
    assert [p.name for p in tmp_path.iterdir()] == ["it"]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 11, 12, 16, 17, 31, 64, 65])
def test_digest_and_counts(size, sealed, tmp_path):
    frame, raw, _ = case_of(
        [(f"n{n:03}", "ABC"[n % 3]) for n in range(size)],
        {"strata": [{"stratum": s, "rate": "1"} for s in "ABC"]},
        sealed=sealed,
    )
    file = tmp_path / "frame.tsv"
    file.write_bytes(frame)
    digest, counts = digest_and_counts(frame, sealed=sealed)
    assert engine.frame_file_digest(file, sealed=sealed) == digest
    without = engine.frame_file_digest(file, sealed=sealed, root=False)
    assert (without.sha256, without.root, without.count) == (digest.sha256, "", size)
    part = parse_commitment(raw).part()
    assert engine.check_frame_file(file, part) == engine.CheckedFrame(size, counts)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_share_the_work(processes, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "ALONE_BYTES", 0)
    frame, raw, _ = case_of([(f"{n:06}", "AB"[n % 2]) for n in range(200_000)], {"strata": []})
    file = tmp_path / "it's [a] frame*.tsv"
    file.write_bytes(frame)
    limits = Limits(threads=processes)
    digest, counts = digest_and_counts(frame, sealed=False)
    assert engine.frame_file_digest(file, sealed=False, limits=limits) == digest
    checked = engine.check_frame_file(file, parse_commitment(raw).part(), limits=limits)
    # Of strata that have no place only the first is told: there might be millions.
    assert checked == engine.CheckedFrame(200_000, {"A": counts["A"]})


def test_names_of_files_mean_nothing(tmp_path):
    frame, commitment, seed_txt = files(CASES[1])
    file = tmp_path / "it's [a] frame*.tsv.gz"
    file.write_bytes(frame)
    out = tmp_path / "o'u[t]" / "of it"
    engine.draw_target_files(file, commitment, seed_txt, out, limits=FORCED)
    _, expected = core(frame, commitment, seed_txt)
    assert {name: (out / name).read_bytes() for name in LISTS} == expected


def test_the_parts_of_a_campaign(tmp_path):
    base = CASES[1]["commitment"]
    own = {name: base[name] for name in ("frame", "excluded", "design")}
    value = {name: item for name, item in base.items() if name not in own}
    value["parts"] = [{"name": "food", **own}, {"name": "fire", **own}]
    raw = canonical.dumps(value)
    args = (CASES[1]["frame_tsv"].encode(), raw)
    args += (build_seed_txt(sha256_hex(raw), CASES[1]["sources"]),)
    for part in ("food", "fire"):
        require_same(tmp_path / part, *args, part=part)
    for part in (None, "tax"):
        with pytest.raises(DrawError) as caught:
            draw(tmp_path, *args, part=part)
        assert caught.value.code == "part-unknown"


def test_small_frames_are_left_to_the_core(tmp_path):
    args = files(CASES[1])
    for size, name in ((len(args[0]), "core"), (len(args[0]) - 1, "duckdb")):
        limits = Limits(threads=1, core_bytes=size)
        assert require_same(tmp_path, *args, limits=limits).engine == name


def test_the_root_is_left_out_only_when_asked(tmp_path):
    case = CASES[1]
    other = {**case["commitment"]["frame"], "root": "0" * 64}
    raw = canonical.dumps({**case["commitment"], "frame": other})
    args = (case["frame_tsv"].encode(), raw, build_seed_txt(sha256_hex(raw), case["sources"]))
    with pytest.raises(DrawError) as caught:
        draw(tmp_path, *args)
    assert caught.value.code == "frame-not-committed"
    told, _ = draw(tmp_path, *args, root=False)
    assert told.cd == sha256_hex(raw)


SCRIPT = """
import hashlib, sys, tempfile
from pathlib import Path
sys.path.insert(0, "tests/sampling")
from test_engine import CASES, draw, files
with tempfile.TemporaryDirectory() as name:
    lists = [draw(Path(name), *files(case))[1] for case in CASES[:6]]
print(hashlib.sha256(repr(lists).encode()).hexdigest())
"""


def test_hash_seed_and_locale_do_not_matter():
    outputs = set()
    for hash_seed, locale in (("0", "C"), ("4711", "C.UTF-8")):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, cwd=ROOT, capture_output=True, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
