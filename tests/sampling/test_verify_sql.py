"""verify.sql in DuckDB and in Postgres: the vectors, and bundles with one byte changed."""

import hashlib
import json
import random
import re
import subprocess

import asyncpg
import duckdb
import pytest
from bundles import make_bundle, own_vectors
from oracle import draw as slow_draw
from verifier import ROOT, TARGETS, V, edits, write

from app.core.embedded import find_binaries
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.frame import frame_digest
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

FOLDER = ROOT / "app" / "sampling"
CORE, DUCKDB, POSTGRES = (
    (FOLDER / f"verify{kind}.sql").read_text("utf-8") for kind in ("", ".duckdb", ".postgres")
)
WHOLE = ("commitment.json", "seed.txt")
LISTS = ("frame.tsv", "selected.tsv", "reserves.tsv", "result.json")
DESIGN = "commitment.json: the design fits the frame"


class Answer:
    """The rows of verify.sql, and the names of the checks that failed."""

    def __init__(self, rows):
        self.rows = [tuple(row) for row in rows]
        *checks, verdict = self.rows
        assert [verdict[0], checks[-1][0][:11]] == ["VERDICT", "not checked"]
        self.ok, self.verdict = verdict[1:]
        self.why = {name: why for name, ok, why in checks if ok is False}
        assert [name for name, ok, _ in checks if ok is None] == [checks[-1][0]]
        assert self.ok is not bool(self.why)


@pytest.fixture
async def address(postgres):
    """Of a database of the test's server; what the script leaves there is removed again."""
    address = postgres.admin_url.replace("+asyncpg", "")
    yield address
    connection = await asyncpg.connect(address)
    await connection.execute("DROP SCHEMA IF EXISTS openlot_check CASCADE")
    await connection.close()


@pytest.fixture(params=["duckdb", "postgres"])
def check(request, tmp_path, address):
    """Runs the script over the members of a bundle in one engine."""

    async def in_duckdb(members, part=""):
        write({name: members[name] for name in names_of(part)}, tmp_path)
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"SET VARIABLE bundle = '{tmp_path}'")
            connection.execute(f"SET VARIABLE part = '{part}'")
            connection.execute(DUCKDB)
            return Answer(connection.execute(CORE).fetchall())

    async def in_postgres(members, part=""):
        connection = await asyncpg.connect(address)
        await connection.execute(POSTGRES.partition("-- LOADING")[0])
        await connection.execute("INSERT INTO chosen VALUES ($1)", part)
        rows = [(name.rpartition("/")[2], members[name]) for name in names_of(part)]
        await connection.executemany("INSERT INTO file VALUES ($1, $2)", rows)
        made, _, asked = CORE.rpartition("\nSELECT ")
        await connection.execute(made)
        answer = Answer(await connection.fetch(f"SELECT {asked}"))
        await connection.close()
        return answer

    return in_duckdb if request.param == "duckdb" else in_postgres


def names_of(part):
    return [*WHOLE, *(f"parts/{part}/{name}" if part else name for name in LISTS)]


def drawn(rows, design, *, sealed=False, sources=TARGETS[0]["sources"]):
    """A bundle for this design and frame, drawn by the slow draw of the tests."""
    salt_key = "7" * 64 if sealed else None
    lines = []
    for name, stratum in sorted(rows):
        salt = hashlib.sha256((salt_key + name).encode()).hexdigest()[:32] if sealed else ""
        lines.append("\t".join([name, stratum, *([salt] if sealed else [])]) + "\n")
    frame = "".join(lines).encode()
    digest = vars(frame_digest(frame, sealed=sealed)) | {"sealed": sealed}
    raw = canonical.dumps(TARGETS[0]["commitment"] | {"design": design, "frame": digest})
    seed_txt = build_seed_txt(hashlib.sha256(raw).hexdigest(), sources)
    draw = draw_target(frame, raw, seed_txt)
    scope = TARGETS[0]["commitment"]["scope"]
    selected, reserves = slow_draw(rows, design, "sha256", draw.seed, scope, salt_key)
    members = {"commitment.json": raw, "seed.txt": seed_txt, "frame.tsv": frame}
    members |= {"selected.tsv": selected.encode(), "reserves.tsv": reserves.encode()}
    return members | {"result.json": draw.result_json}


@pytest.mark.parametrize("case", TARGETS, ids=lambda case: case["commitment"]["draw_id"])
async def test_vectors(case, check):
    members, _ = make_bundle(case, "audit")
    answer = await check(members)
    if case["commitment"]["alg"] == "sha256":
        assert (answer.ok, answer.why) == (True, {})
        assert answer.verdict == "OK: every recomputed step holds"
        assert len(answer.rows) == 23
    else:
        assert answer.verdict == "REFUSED: nothing was recomputed"
        assert len(answer.rows) == 3
        assert "SM3" in next(iter(answer.why.values()))


async def test_inspector_draws_are_refused(check):
    case = next(c for c in own_vectors("openlot1-inspector.json")["cases"] if c["L"] is not None)
    members = make_bundle(case, "audit")[0]
    answer = await check(members | dict.fromkeys(LISTS, b"") | {"result.json": b"{}"})
    assert answer.verdict.startswith("REFUSED")
    assert "inspector" in next(iter(answer.why.values()))


def must_fail():
    return own_vectors("openlot1-target.json")["must_fail"]


@pytest.mark.parametrize("case", must_fail(), ids=lambda case: case["why"])
async def test_impossible_designs_and_frames(case, check):
    frame = "".join(f"{name}\t{stratum}\n" for name, stratum in sorted(case["rows"])).encode()
    tree = V.Tree()
    for line in frame.splitlines():
        tree.add(line)
    digest = V.summary_of(frame) | {"root": tree.root(), "sealed": False}
    commitment = TARGETS[0]["commitment"] | {"design": case["design"], "frame": digest}
    raw = json.dumps(commitment, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    members, _ = make_bundle(TARGETS[0], "audit")
    answer = await check(members | {"commitment.json": raw.encode(), "frame.tsv": frame})
    word = case["why"].split()[0]
    expected = {
        "duplicate": "frame.tsv: sorted by bytes, no object twice",
        "object": "frame.tsv: sorted by bytes, no object twice",
        "empty": "frame.tsv: form of every line",
    }.get(word, DESIGN)
    if case["why"] in ("object id with a space", "object id of 65 characters"):
        expected = "frame.tsv: form of every line"
    if case["why"] == "stratum with a tab":
        expected = "frame.tsv: form of every line"
    assert expected in answer.why
    assert not {"frame.tsv: SHA-256 is the committed one"} & answer.why.keys()


# What one changed byte of a member must be found by, and nothing but by which (draw-spec 10).
CHANGED = {
    "selected.tsv": {"selected.tsv: every line"},
    "reserves.tsv": {"reserves.tsv: every line"},
    "commitment.json": {"seed.txt: line 2 is cd, the SHA-256 of commitment.json"},
    "frame.tsv": {"frame.tsv: SHA-256 is the committed one"},
    "seed.txt": {"seed.txt: its SHA-256 is the seed of result.json"},
    "result.json": {"result.json: SHA-256 of the whole file"},
}


@pytest.mark.parametrize("member", CHANGED)
@pytest.mark.parametrize("place", [5, 13], ids=["cells", "strata"])
async def test_one_changed_byte(place, member, check):
    members, _ = make_bundle(TARGETS[place], "audit")
    for data in edits(members[member], random.Random(place), count=1):
        answer = await check(members | {member: data})
        if answer.verdict.startswith("REFUSED"):
            assert member == "commitment.json"
            continue
        assert answer.why.keys() >= CHANGED[member]
        if member in ("selected.tsv", "reserves.tsv"):
            assert answer.why.keys() == CHANGED[member]
            [why] = answer.why.values()
            assert re.fullmatch(r"line \d+: found (.|\n)*, recomputed (.|\n)*", why)
        if member == "result.json":
            assert all("result.json" in name for name in answer.why)


@pytest.mark.parametrize("member", ["frame.tsv", "selected.tsv", "reserves.tsv", "result.json"])
async def test_bytes_that_are_no_text_are_reported(member, check):
    members, _ = make_bundle(TARGETS[13], "audit")
    for data in (b"\xff" + members[member], members[member][:-1], members[member] + b"\0"):
        answer = await check(members | {member: data})
        assert any(name.startswith(member) for name in answer.why)


async def test_another_result_of_the_same_form(check):
    """Two drawn objects change places with two reserves, and every digest is made to fit."""
    members, _ = make_bundle(TARGETS[1], "audit")
    result = json.loads(members["result.json"])
    lines = members["selected.tsv"].decode().splitlines(keepends=True)
    lines[0], lines[1] = lines[1], lines[0]
    changed = "".join(lines).encode()
    result["selected"]["sha256"] = hashlib.sha256(changed).hexdigest()
    members |= {"selected.tsv": changed, "result.json": canonical.dumps(result)}
    answer = await check(members)
    assert answer.why.keys() == {
        "selected.tsv: every line",
        "result.json: selected",
        "result.json: SHA-256 of the whole file",
    }
    assert answer.why["selected.tsv: every line"].startswith("line 1: found ")


async def test_a_frame_that_is_committed_unsorted(check):
    members = drawn(
        [["a", "A"], ["b", "A"], ["c", "A"]], {"strata": [{"stratum": "A", "fixed": 1}]}
    )
    frame = b"b\tA\na\tA\nc\tA\n"
    tree = V.Tree()
    for line in frame.splitlines():
        tree.add(line)
    value = json.loads(members["commitment.json"])
    value["frame"] |= {"sha256": hashlib.sha256(frame).hexdigest(), "root": tree.root()}
    members |= {"commitment.json": canonical.dumps(value), "frame.tsv": frame}
    answer = await check(members)
    unsorted = "frame.tsv: sorted by bytes, no object twice"
    assert answer.why[unsorted] == "line 2 is not above the line before: a"
    assert not [name for name in answer.why if name[:5] == "frame" and name != unsorted]


RATES = ["1/3", "0.03", "0.333333333333333333", "12345678901/98765432109", "7/100", "1", "0"]


@pytest.mark.parametrize("sealed", [False, True])
async def test_any_counts(sealed, check):
    """Cells and strata of every rate and rounding; ids and strata in which bytes decide."""
    chance = random.Random(20260301 + sealed)
    names = [f"{a}{b}{c}" for a in "aB_" for b in ("", "/", "-", "=x") for c in "0Zz"]
    chance.shuffle(names)
    cells = [
        {"total": f"t {i}", "rate": chance.choice(RATES[:5]), "cells": names[i * 7 : i * 7 + 7]}
        for i in range(3)
    ]
    strata = [
        {"stratum": name, "rate": chance.choice(RATES), "rounding": rounding}
        for name, rounding in zip(names[21:], ["ceil", "floor", "half_up"] * 5, strict=True)
    ]
    design = {"cells": cells, "min_per_stratum": 2, "reserves": 1, "strata": strata}
    ids = {"".join(chance.choices("aAbB.:_-09", k=5)) for _ in range(600)}
    rows = [[name, chance.choice(names[:-1])] for name in sorted(ids)]
    answer = await check(drawn(rows, design, sealed=sealed))
    assert (answer.ok, answer.why) == (True, {})


async def test_a_rate_beyond_the_arithmetic_is_not_passed(check):
    rate = "0." + "3" * 28
    members = drawn([["a", "A"]], {"strata": [{"stratum": "A", "rate": rate}]})
    answer = await check(members)
    assert rate in answer.why[DESIGN]


@pytest.fixture(scope="module")
def campaign():
    """Two parts of different design over one seed, in the folders of a campaign's bundle."""
    cases = {"food": TARGETS[1], "fire.2": TARGETS[8]}
    value = {
        name: item
        for name, item in TARGETS[1]["commitment"].items()
        if name not in ("frame", "excluded", "design")
    }
    value["parts"] = [
        {"name": name, **{m: case["commitment"][m] for m in ("frame", "excluded", "design")}}
        for name, case in cases.items()
    ]
    raw = canonical.dumps(value)
    seed_txt = build_seed_txt(hashlib.sha256(raw).hexdigest(), TARGETS[1]["sources"])
    members = {"commitment.json": raw, "seed.txt": seed_txt}
    for number, (name, case) in enumerate(cases.items(), 1):
        draw = draw_target(case["frame_tsv"].encode(), raw, seed_txt, part=name)
        data = [case["frame_tsv"].encode(), draw.selected_tsv, draw.reserves_tsv, draw.result_json]
        files = zip(LISTS, data, strict=True)
        members |= {f"parts/{number}-{name}/{file}": data for file, data in files}
    return members


@pytest.mark.parametrize("part", ["1-food", "2-fire.2"])
async def test_a_part_of_a_campaign(part, check, campaign):
    assert (await check(campaign, part)).why == {}
    name = f"parts/{part}/selected.tsv"
    answer = await check(campaign | {name: campaign[name][:-2] + b"x\n"}, part)
    assert answer.why.keys() == {"selected.tsv: every line"}


def test_a_second_run_in_the_same_database(tmp_path):
    with duckdb.connect(config={"threads": 1}) as connection:
        for place in (0, 7):
            write(make_bundle(TARGETS[place], "audit")[0], tmp_path)
            connection.execute(f"SET VARIABLE bundle = '{tmp_path}'")
            connection.execute(DUCKDB)
            assert Answer(connection.execute(CORE).fetchall()).ok


@pytest.mark.parametrize("design", [{"strata": {}}, {"strata": [], "cells": {}}, {}])
async def test_a_design_without_lists(design, check):
    members, _ = make_bundle(TARGETS[2], "audit")
    commitment = TARGETS[2]["commitment"] | {"design": design}
    answer = await check(members | {"commitment.json": canonical.dumps(commitment)})
    assert answer.why[DESIGN] == "strata or cells are no list"


async def test_no_part_and_a_wrong_part_are_refused(check, campaign):
    for part, moved in (("", ""), ("2-food", "1-food"), ("1-fire.2", "1-food"), ("9-x", "1-food")):
        prefix = f"parts/{part}/" if part else ""
        lists = {f"{prefix}{name}": campaign[f"parts/{moved or '1-food'}/{name}"] for name in LISTS}
        answer = await check(campaign | lists, part)
        assert answer.verdict.startswith("REFUSED")
        assert "part" in next(iter(answer.why.values()))


def psql(address, *arguments):
    command = [find_binaries(None).folder / "psql", "-X", "-q", "-A", "-t", *arguments]
    files = ["-f", FOLDER / "verify.postgres.sql", "-f", FOLDER / "verify.sql", address]
    return subprocess.run([*command, *files], capture_output=True, text=True, check=False)


def test_psql_reads_the_files_itself(tmp_path, address, campaign):
    folder = write(campaign | make_bundle(TARGETS[13], "audit")[0], tmp_path / "a bundle")
    done = psql(address, "-v", f"bundle={folder}")
    assert done.stderr == ""
    assert done.stdout.endswith("VERDICT|t|OK: every recomputed step holds\n")
    write(campaign, folder)
    done = psql(address, "-v", f"bundle={folder}", "-v", "part=2-fire.2")
    assert done.stdout.endswith("VERDICT|t|OK: every recomputed step holds\n")
    (folder / "seed.txt").unlink()
    done = psql(address, "-v", f"bundle={folder}", "-v", "part=2-fire.2")
    assert "seed.txt" in done.stderr
    assert "VERDICT" not in done.stdout


async def test_psql_leaves_no_file_in_the_server(tmp_path, address):
    psql(address, "-v", f"bundle={write(make_bundle(TARGETS[0], 'audit')[0], tmp_path)}")
    connection = await asyncpg.connect(address)
    assert await connection.fetchval("SELECT count(*) FROM pg_largeobject_metadata") == 0
    await connection.close()


def test_text_is_ordered_by_bytes_in_any_database():
    """A database may sort by a language; no server of the tests does, so the text is read."""
    orders = re.findall(r"ORDER BY\s([^()]*)", re.sub(r"sha\(sha\(.*?\) \|\| stratum\)", "x", CORE))
    orders += re.findall(r"WHERE (object_id [^\n]*former[^\n]*)", CORE)
    words = [word.strip() for order in orders for word in order.split(",")]
    textual = [word for word in words if re.match(r"(\w+\.)?(object_id|stratum|ticket|x)\b", word)]
    assert len(textual) >= 8
    assert all('COLLATE "C"' in word for word in textual), textual
