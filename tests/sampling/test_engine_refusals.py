"""The engine refuses a frame file for the reason, and at the line, that the core gives."""

import random
import tracemalloc

import pytest
from bundles import own_vectors
from test_engine import CASES, FORCED, core, draw, files

from app.sampling.engine import Limits, drawing, frame_file_digest, reading, sieve
from app.sampling.engine import draw_target_files as draw_file
from app.sampling.engine import refusal as refusing
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import digest_and_counts
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.seed import build_seed_txt

SALT = b"0123456789abcdef" * 2
ROWS = [(b"id%03d" % n, b"ABC"[n % 3 : n % 3 + 1]) for n in range(40)]


def line(object_id, stratum, sealed):
    return b"\t".join([object_id, stratum, *([SALT] * sealed)]) + b"\n"


def good(sealed):
    return [line(i, s, sealed) for i, s in ROWS]


def changed(at, new):
    """A frame whose line at this index (negative: from the end) is another."""
    return lambda lines: [*lines[: at % 40], new, *lines[at % 40 + 1 :]]


def edited(at, edit):
    return lambda lines: changed(at, edit(lines[at]))(lines)


def everywhere(edit):
    return lambda lines: [edit(one) for one in lines]


FAULTS = {
    "nothing": lambda lines: lines,
    "duplicate": lambda lines: [*lines[:8], lines[7], *lines[8:]],
    "duplicate over chunks": lambda lines: [*lines[:4], lines[3], *lines[4:]],
    "duplicate in another stratum": edited(9, lambda one: one.replace(b"id009", b"id008")),
    "not sorted": lambda lines: [*lines[:6], lines[7], lines[6], *lines[8:]],
    "not sorted over chunks": lambda lines: [*lines[:7], lines[8], lines[7], *lines[9:]],
    "reversed": lambda lines: lines[::-1],
    "lower case first": edited(0, lambda one: b"z" + one),
    "space in id": edited(5, lambda one: b"a " + one),
    "not ASCII": edited(5, lambda one: "é".encode() + one),
    "not UTF-8": edited(5, lambda one: b"\xff" + one),
    "slash in id": edited(5, lambda one: b"/" + one),
    "empty id": edited(5, lambda one: one[5:]),
    "id of 65": edited(39, lambda one: b"i" * 60 + one),
    "id of 64": edited(39, lambda one: b"i" * 59 + one),
    "stratum of 129": edited(3, lambda one: one.replace(b"\tA", b"\t" + b"A" * 129)),
    "stratum of 128": edited(3, lambda one: one.replace(b"\tA", b"\t" + b"A" * 128)),
    "empty stratum": edited(3, lambda one: one.replace(b"\tA", b"\t")),
    "space in stratum": edited(3, lambda one: one.replace(b"\tA", b"\tA ")),
    "salt upper case": edited(3, lambda one: one.replace(b"abcdef", b"ABCDEF")),
    "salt short": edited(3, lambda one: one.replace(b"f\n", b"\n")),
    "salt long": edited(3, lambda one: one[:-1] + b"0\n"),
    "field too many": edited(3, lambda one: one[:-1] + b"\tx\n"),
    "field too few": edited(3, lambda one: one.rpartition(b"\t")[0] + b"\n"),
    "TAB at the end": edited(3, lambda one: one[:-1] + b"\t\n"),
    "spaces for TABs": edited(3, lambda one: one.replace(b"\t", b" ")),
    "CR LF": everywhere(lambda one: one[:-1] + b"\r\n"),
    "CR LF once": edited(21, lambda one: one[:-1] + b"\r\n"),
    "CR inside": edited(21, lambda one: one.replace(b"\t", b"\r\t", 1)),
    "CR for LF": edited(21, lambda one: one[:-1] + b"\r"),
    "no last LF": edited(39, lambda one: one[:-1]),
    "no last LF, CR": edited(39, lambda one: one[:-1] + b"\r"),
    "one byte more": lambda lines: [*lines, b"x"],
    "byte order mark": edited(0, lambda one: b"\xef\xbb\xbf" + one),
    "byte order mark in the middle": edited(9, lambda one: b"\xef\xbb\xbf" + one),
    "empty line": lambda lines: [*lines[:11], b"\n", *lines[11:]],
    "empty first line": lambda lines: [b"\n", *lines],
    "empty last line": lambda lines: [*lines, b"\n"],
    "empty lines only": lambda lines: [b"\n"] * 9,
    "header": lambda lines: [b"object_id\tstratum\n", *lines],
    "NUL in id": edited(5, lambda one: one.replace(b"id", b"i\0")),
    "NUL in stratum": edited(6, lambda one: one.replace(b"\tA", b"\tA\0")),
    "NUL line": lambda lines: [*lines[:5], b"\0\n", *lines[5:]],
    "quotes": edited(5, lambda one: b'"' + one.replace(b"\t", b'"\t', 1)),
    "open quote": edited(5, lambda one: b'"' + one),
    "backslash": edited(5, lambda one: b"\\" + one),
    "comment": edited(5, lambda one: b"#" + one),
    "comma for TAB": edited(5, lambda one: one.replace(b"\t", b",")),
    "no object": lambda lines: [],
    "one LF": lambda lines: [b"\n"],
    "one TAB": lambda lines: [b"\t"],
    "long id": edited(5, lambda one: b"i" * 70_000 + one),
    "long stratum": edited(5, lambda one: one.replace(b"\tC", b"\t" + b"C" * 70_000)),
    "long stratum and CR": edited(5, lambda one: one[:6] + b"C" * 70_000 + one[6:-1] + b"\r\n"),
    "long and many fields": edited(5, lambda one: one[:-1] + b"\t" * 70_000 + b"\n"),
    "long and the last": edited(39, lambda one: one[:-1] + b"0" * 300_000),
    "long without another field": edited(5, lambda one: b"i" * 70_000 + b"\n"),
    "long after CR": edited(5, lambda one: b"i" * 65_535 + b"\r" + one),
    "long byte order mark": edited(0, lambda one: b"\xef\xbb\xbf" + b"i" * 70_000),
}
# Words that a reader of CSV may take for something else; as ids and strata they are right.
TRAPS = [b"-", b"--", b".", b"0", b"00", b"1.", b"1e5", b"NA", b"NULL", b"NaN", b"_", b"null"]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(reading, "CHUNK_LINES", 4)
    monkeypatch.setattr(reading, "MAX_CHUNK_BYTES", 4 * reading.LONGEST_LINE)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 50)
    monkeypatch.setattr(refusing, "_LINES", 3)


def refusal(work, *args, **options):
    try:
        work(*args, **options)
    except DrawError as error:
        shown = error.en if len(error.en) < 300 else "long"
        return error.code, error.member, error.line, shown
    return None


def committed(sealed):
    case = next(c for c in CASES if c["commitment"]["frame"]["sealed"] == sealed)
    design = {"strata": [{"stratum": s, "rate": "1/4"} for s in "ABC"]}
    frame = b"".join(good(sealed))
    digest = vars(digest_and_counts(frame, sealed=sealed)[0]) | {"sealed": sealed}
    raw = canonical.dumps({**case["commitment"], "frame": digest, "design": design})
    return raw, build_seed_txt(sha256_hex(raw), case["sources"])


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_as_the_core_tells_it(fault, sealed, tmp_path):
    frame = b"".join(FAULTS[fault](good(sealed)))
    raw, seed_txt = committed(sealed)
    theirs = refusal(core, frame, raw, seed_txt)
    assert refusal(draw, tmp_path, frame, raw, seed_txt) == theirs
    assert (theirs is None) == (frame == b"".join(good(sealed)))


@pytest.mark.parametrize(
    "fault", ["not sorted over chunks", "CR LF once", "no last LF", "long id", "one byte more"]
)
def test_threads_find_the_same_fault(fault, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK_LINES", 4)
    monkeypatch.setattr(reading, "MAX_CHUNK_BYTES", 4 * reading.LONGEST_LINE)
    frame = b"".join(FAULTS[fault](good(False)))
    raw, seed_txt = committed(False)
    limits = Limits(threads=2, core_bytes=-1)
    theirs = refusal(core, frame, raw, seed_txt)
    assert theirs
    assert refusal(draw, tmp_path, frame, raw, seed_txt, limits=limits) == theirs


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_any_damage_is_told_as_the_core_tells_it(sealed, tmp_path):
    raw, seed_txt = committed(sealed)
    chance = random.Random(f"damage {sealed}")
    codes = set()
    for _ in range(250):
        frame = bytearray(b"".join(good(sealed)))
        for _ in range(chance.randrange(1, 3)):
            at, length = chance.randrange(len(frame)), chance.randrange(3)
            frame[at : at + length] = chance.choice(
                [b"", b"\n", b"\t", b"\r", b"\0", b'"', b"z", b"0", bytes([chance.randrange(256)])]
            )
        theirs = refusal(core, bytes(frame), raw, seed_txt)
        assert refusal(draw, tmp_path, bytes(frame), raw, seed_txt) == theirs
        codes.add(theirs and theirs[0])
    assert {"field-count", "not-sorted", "frame-not-committed", "carriage-return"} <= codes


@pytest.mark.parametrize("name", ["count", "sha256", "root"])
def test_another_frame_than_the_committed(name, tmp_path):
    case = CASES[1]
    frame = case["commitment"]["frame"]
    other = {"sha256": "0" * 64, "root": "0" * 64, "count": frame["count"] + 1}[name]
    raw = canonical.dumps({**case["commitment"], "frame": {**frame, name: other}})
    args = (case["frame_tsv"].encode(), raw, build_seed_txt(sha256_hex(raw), case["sources"]))
    theirs = refusal(core, *args)
    assert theirs[0] == "frame-not-committed"
    assert theirs[3].startswith(name)
    assert refusal(draw, tmp_path, *args) == theirs


def test_the_order_of_refusals_is_that_of_the_core(tmp_path):
    """The commitment, then its part, the lines, the digests, the seed, and the design last."""
    [inspector, *_] = own_vectors("openlot1-inspector.json")["cases"]
    frame, raw, seed_txt = files(CASES[1])
    lacking = {**CASES[1]["commitment"], "design": {"strata": []}}
    lacking = canonical.dumps(lacking)
    found = [
        refusal(draw, tmp_path, *args) == refusal(core, *args) and refusal(core, *args)[0]
        for args in (
            (b"\n", b"{", b""),
            (b"\n", canonical.dumps(inspector["commitment"]), b""),
            (b"\n", raw, b""),
            (b"", raw, b""),
            (frame, raw, b""),
            (frame, lacking, seed_txt),
            (frame, lacking, build_seed_txt(sha256_hex(lacking), CASES[1]["sources"])),
        )
    ]
    assert found == [
        "not-canonical",
        "stage-wrong",
        "field-count",
        "frame-not-committed",
        "seed-header",
        "seed-cd",
        "stratum-without-place",
    ]


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_words_that_mean_something_elsewhere_are_ids_and_strata(sealed, tmp_path):
    rows = [(word, TRAPS[-n - 1]) for n, word in enumerate(TRAPS)]
    frame = b"".join(line(i, s, sealed) for i, s in rows)
    digest = vars(digest_and_counts(frame, sealed=sealed)[0]) | {"sealed": sealed}
    case = next(c for c in CASES if c["commitment"]["frame"]["sealed"] == sealed)
    design = {"strata": [{"stratum": s.decode(), "rate": "1"} for s in TRAPS], "reserves": 1}
    raw = canonical.dumps({**case["commitment"], "frame": digest, "design": design})
    args = (frame, raw, build_seed_txt(sha256_hex(raw), case["sources"]))
    assert draw(tmp_path, *args)[1] == core(*args)[1]


def test_a_line_without_end_takes_no_memory(tmp_path):
    raw, seed_txt = committed(False)
    frame = tmp_path / "frame.tsv"
    with frame.open("wb") as file:
        file.write(b"a\tA\nb\tA\n")
        file.truncate(300 * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(DrawError) as caught:
            draw_file(frame, raw, seed_txt, tmp_path / "out", limits=FORCED)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (caught.value.code, caught.value.line) == ("last-line-open", 3)
    assert peak < 50 * 2**20


def test_a_fault_that_the_core_does_not_see_is_no_answer(tmp_path):
    frame = tmp_path / "frame.tsv"
    frame.write_bytes(b"".join(good(False)))
    with pytest.raises(RuntimeError):
        refusing.refuse_lines(frame, offset=0, before=0, sealed=False)


def test_a_frame_that_changes_meanwhile_is_no_answer(tmp_path, monkeypatch):
    """Between the first reading and one for which the ceilings were raised."""
    raw, seed_txt = committed(False)
    frame, read = tmp_path / "frame.tsv", drawing.survey
    frame.write_bytes(b"".join(good(False)))
    monkeypatch.setattr(sieve, "_FEW", 2)
    monkeypatch.setattr(sieve, "ceiling", lambda needed, count: 1)

    def read_another(*args, **options):
        frame.write_bytes(b"".join(good(False)[37:]))
        return read(*args, **options)

    monkeypatch.setattr(drawing, "survey", read_another)
    with pytest.raises(RuntimeError):
        draw_file(frame, raw, seed_txt, tmp_path / "out", limits=FORCED)


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_a_file_of_anything_is_hashed_and_judged_without_touching_what_is_outside(sealed, tmp_path):
    """The digest judges no lines: whatever they are, it ends."""
    raw, seed_txt = committed(sealed)
    chance = random.Random(f"anything {sealed}")
    frame = tmp_path / "frame.tsv"
    for _ in range(100):
        size = chance.randrange(1, 3000)
        anything = bytes(chance.choices(b"\t\nABC0", k=size)) + b"\n"
        frame.write_bytes(anything)
        digest = frame_file_digest(frame, sealed=sealed)
        assert digest.sha256 == sha256_hex(anything)
        theirs = refusal(core, anything, raw, seed_txt)
        assert theirs
        assert refusal(draw_file, frame, raw, seed_txt, tmp_path / "out", limits=FORCED) == theirs
