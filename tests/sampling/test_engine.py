"""The engine gives the bytes of the core: every vector, many random frames, ties, low ceilings."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bundles import own_vectors
from numba import njit

from app.sampling import engine
from app.sampling.engine import Limits, compiling, drawing, reading, sha256, sieve
from app.sampling.engine.survey import Asked, survey
from app.sampling.openlot1 import canonical, target
from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.design import ROUNDINGS, parse_design
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
"""Machine code even for a frame of a few lines, which would be left to the core."""
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
    """Chunks of four lines, so that a small frame has many, and ceilings sink in it."""
    monkeypatch.setattr(sieve, "_FEW", 2)
    monkeypatch.setattr(reading, "CHUNK_LINES", 4)
    monkeypatch.setattr(reading, "MAX_CHUNK_BYTES", 4 * reading.LONGEST_LINE)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 50)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case, tmp_path):
    told = require_same(tmp_path, *files(case))
    assert told.engine == ("core" if case["commitment"]["alg"] == "sm3" else "compiled")
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


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("alg", ["sha256", "sm3"])
def test_ceilings_that_are_too_low_rise(alg, number, tmp_path, monkeypatch):
    read, times = drawing.survey, []
    low = sieve._limit_of(1, 10**6)
    monkeypatch.setattr(sieve, "ceiling", lambda needed, count: low if needed else 0)
    monkeypatch.setattr(drawing, "survey", lambda *a, **k: times.append(1) or read(*a, **k))
    chance = random.Random(f"ceilings {number}")
    rows = [(f"i{n:04}", chance.choice("AB")) for n in range(400)]
    strata = [{"stratum": "A", "rate": "0.2"}, {"stratum": "B", "fixed": 3}]
    design = {"strata": strata, "reserves": chance.choice([0, 9])}
    require_same(tmp_path, *case_of(rows, design, sealed=number % 2 == 1, alg=alg))
    assert times


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("digits", [1, 3])
def test_ties(number, digits, tmp_path, monkeypatch):
    """Tickets of which only so many digits are not 0: where they tie, the id decides."""
    real = target.ticket_function

    def cut(alg, key):
        whole = real(alg, key)
        return lambda data: whole(data)[:digits].ljust(64, "0")

    monkeypatch.setattr(target, "ticket_function", cut)
    monkeypatch.setattr(sieve, "ticket_function", cut)
    chance = random.Random(f"ties {number}")
    rows = [(f"i{n:04}", chance.choice("AB")) for n in range(400)]
    strata = [{"stratum": "A", "rate": "0.2"}, {"stratum": "B", "fixed": 3}]
    design = {"strata": strata, "reserves": chance.choice([0, 9])}
    told = require_same(tmp_path, *case_of(rows, design, sealed=number % 2 == 1, alg="sm3"))
    edges = [(s.last_drawn, s.first_undrawn) for s in told.strata]
    assert digits > 1 or any(last == first for last, first in edges)


def test_the_last_word_of_a_ticket_decides():
    """Tickets that begin alike, as no real ones do."""
    tickets = np.zeros((6, 8), np.uint32)
    tickets[:, 7] = [5, 1, 3, 2**32 - 1, 1, 0]
    tickets[5, 1] = 1
    begins = np.array([0, 0, 0, 0, 0, 1], np.uint64)
    order = drawing._in_order(np.arange(6), begins, tickets)
    assert list(order) == [1, 4, 2, 0, 3, 5]


def test_a_ceiling_is_seldom_too_low_and_never_above_all():
    assert sieve.ceiling(5, 5) == 2**64 - 1
    assert sieve.ceiling(0, 0) == 0
    assert sieve.ceiling(100, 10**6) == 176 * 2**64 // 10**6
    assert sieve.ceiling(1, 24) < sieve.ceiling(2, 24) == 2**64 - 1


@pytest.mark.parametrize("number", range(30))
def test_no_design_draws_more_than_the_sieve_expects(number):
    chance = random.Random(f"needed {number}")
    names = [f"S{n}" for n in range(12)]
    objects = {name: chance.choice([0, 1, 7, 100, 12_345]) for name in names}
    rates = ["0", "1/3", "0.06", "1", "999/1000"]
    strata = [
        {"stratum": name, "rate": chance.choice(rates), "rounding": chance.choice(ROUNDINGS)}
        for name in names[:4]
    ]
    strata += [{"stratum": name, "fixed": objects[name]} for name in names[4:6]]
    cells = [{"total": "t", "rate": chance.choice(rates), "cells": names[6:]}]
    design = {"strata": strata, "cells": cells, "min_per_stratum": chance.choice([0, 5])}
    parsed = parse_design({**design, "reserves": chance.choice([0, 3])})
    drawn = counts(parsed, objects, "sha256", "ab" * 32, "SCOPE")
    needed = sieve.needed_by(parsed)
    for name, count in objects.items():
        wanted = min(count, drawn[name] + max(parsed.reserves, 1))
        assert wanted <= needed(name, count) <= wanted + parsed.min_per_stratum + 1


@pytest.mark.parametrize(
    "compress",
    [lambda state, block: sha256.plain_compress(state, 0, block, 0), sha256.compress_once],
)
def test_both_ways_to_compress_are_sha_256(compress):
    for length in (0, 1, 54, 55):
        message = bytes(range(7, 7 + length))
        padded = message + b"\x80" + bytes(55 - length) + (8 * length).to_bytes(8, "big")
        state = sha256.START.copy()
        compress(state, np.frombuffer(padded, np.uint8))
        assert state.astype(">u4").tobytes() == hashlib.sha256(message).digest()


@njit
def hash_all(states, messages, lengths, sizes):
    for number in range(len(sizes)):
        sha256.end(messages, lengths, number, sizes[number], 0)
    sha256.hash_batch(states, messages, lengths, len(sizes), sha256.START)


def test_neighbours_of_a_batch_do_not_mix():
    """Messages of one to four blocks side by side, an odd number of them."""
    chance = random.Random("neighbours")
    texts = [chance.randbytes(n) for n in (0, 3, 55, 56, 63, 64, 119, 120, 183, 1, 247, 246, 9)]
    states = np.empty(sha256.BATCH * 8, np.uint32)
    messages = np.empty(sha256.BATCH * sha256.ROOM, np.uint8)
    lengths = np.full(sha256.BATCH, -1, np.int64)
    for number, text in enumerate(texts):
        at = number * sha256.ROOM
        messages[at : at + len(text)] = np.frombuffer(text, np.uint8)
    hash_all(states, messages, lengths, np.array([len(text) for text in texts]))
    for number, text in enumerate(texts):
        state = states[8 * number : 8 * number + 8]
        assert state.astype(">u4").tobytes() == hashlib.sha256(text).digest()


def test_a_change_anywhere_in_the_engine_is_compiled_anew(tmp_path, monkeypatch):
    """numba alone would notice a change in the file of a function only."""
    own = Path(compiling.__file__).parent
    shutil.copytree(own, tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "engine" / "compiling.py"))
    monkeypatch.setattr(compiling._config, "CACHE_DIR", str(tmp_path))
    before = compiling._kept_in()
    assert Path(before).name == Path(sha256.compress_once.stats.cache_path).parent.name
    with (tmp_path / "engine" / "sha256.py").open("a") as file:
        file.write("# changed\n")
    assert compiling._kept_in() != before


def test_a_processor_without_the_instructions_gives_the_same_bytes(tmp_path):
    """The plain rounds, compiled anew in a process of their own."""
    rows = [(f"x{n:04}", f"S{n % 3}") for n in range(500)]
    design = {"strata": [{"stratum": f"S{n}", "rate": "1/5"} for n in range(3)]}
    cases = {
        tmp_path / name: case_of(rows, design, sealed=name == "sealed")
        for name in ("open", "sealed")
    }
    for folder, args in cases.items():
        folder.mkdir()
        for name, data in zip(("frame.tsv", "commitment.json", "seed.txt"), args, strict=True):
            (folder / name).write_bytes(data)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", WITHOUT, *map(str, cases)]
    subprocess.run(command, env=env, cwd=ROOT, check=True)
    for folder, args in cases.items():
        _, expected = core(*args)
        assert {name: (folder / "out" / name).read_bytes() for name in LISTS} == expected


WITHOUT = """
import sys
from pathlib import Path
from app.sampling.engine import sha_instructions
sha_instructions.available = lambda: False
from app.sampling.engine import Limits, draw_target_files, sha256
assert sha256.compress_two is sha256.plain_compress_two
for at in map(Path, sys.argv[1:]):
    committed, seed = (at / "commitment.json").read_bytes(), (at / "seed.txt").read_bytes()
    draw_target_files(at / "frame.tsv", committed, seed, at / "out", limits=Limits(2, -1))
"""


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_do_not_matter(threads, sealed, tmp_path):
    rows = [(f"x{n:06}", f"S{n * 7919 % 3}") for n in range(140_000)]
    strata = [{"stratum": f"S{n}", "rate": "1/2"} for n in range(3)]
    args = case_of(rows, {"strata": strata, "reserves": 5}, sealed=sealed)
    told = require_same(tmp_path, *args, limits=Limits(threads=threads, core_bytes=-1))
    assert told.engine == "compiled"


def test_ids_and_strata_as_long_as_they_may_be(tmp_path):
    """Names of strata that begin alike, and messages of several blocks."""
    names = ["S" * n for n in (1, 7, 8, 9, 16, 17, 127, 128)] + ["S" * 127 + "T", "T" * 9]
    rows = [(f"{n:03}" + "i" * (n % 62), names[n % 10]) for n in range(310)]
    strata = [{"stratum": name, "rate": "1/4"} for name in names]
    for sealed in (False, True):
        args = case_of(rows, {"strata": strata, "reserves": 2}, sealed=sealed)
        require_same(tmp_path / str(sealed), *args)


def test_many_strata(tmp_path):
    rows = [(f"x{n:05}", f"{n % 1000}/{n % 7}") for n in range(14_000)]
    names = sorted({stratum for _, stratum in rows})
    design = {"strata": [{"stratum": name, "rate": "1/2"} for name in names]}
    require_same(tmp_path, *case_of(rows, design))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 11, 12, 16, 17, 31, 64, 65])
def test_digest_and_counts(size, sealed, tmp_path):
    rows = [(f"n{n:03}", "ABC"[n % 3]) for n in range(size)]
    frame, _, _ = case_of(rows, {"strata": []}, sealed=sealed)
    file = tmp_path / "frame.tsv"
    file.write_bytes(frame)
    digest, counts = digest_and_counts(frame, sealed=sealed)
    assert engine.frame_file_digest(file, sealed=sealed) == digest
    without = engine.frame_file_digest(file, sealed=sealed, root=False)
    assert (without.sha256, without.root, without.count) == (digest.sha256, "", size)
    found = survey(file, Asked(), sealed=sealed, threads=2, known="ABC")
    assert (found.digest, found.n_by_stratum) == (digest, counts)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_share_the_work(threads, tmp_path):
    frame, _, _ = case_of([(f"{n:06}", "AB"[n % 2]) for n in range(200_000)], {"strata": []})
    file = tmp_path / "frame.tsv"
    file.write_bytes(frame)
    limits = Limits(threads=threads)
    digest, counts = digest_and_counts(frame, sealed=False)
    assert engine.frame_file_digest(file, sealed=False, limits=limits) == digest
    found = survey(file, Asked(), sealed=False, threads=threads)
    # Of strata that have no place only the first is told: there might be millions.
    assert (found.digest, found.n_by_stratum) == (digest, {"A": counts["A"]})


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
    for size, name in ((len(args[0]), "core"), (len(args[0]) - 1, "compiled")):
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
