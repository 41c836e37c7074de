"""The bench of the draw, at a size that takes seconds: every figure is there, and implementations
that disagree stop it."""

import json
from pathlib import Path

import pytest

import app.bench.draw as bench
from app import bench as benches
from app.bench import peers
from app.bench.child import BenchFailed, in_child
from app.bench.frames import SALT_KEY, STRATA, write_frame
from app.core.embedded import EmbeddedServer, create_database, drop_database
from app.sampling.openlot1.frame import parse_frame, salt

ROWS = 2000
KEYS = {
    "rows",
    "drawn",
    "runs",
    "equal_bytes",
    "engine_draw",
    "engine_whole",
    "engine_peak_mb",
    "engine_whole_peak_mb",
    "engine_sealed_over_open",
    "digest",
    "bare_hashes",
    "digest_over_bare_hashes",
    "numpy_choice",
    "engine_over_numpy_choice",
    "python",
    "python_over_engine",
    "cryptorandom",
    "cryptorandom_over_engine",
    "consistent_sampler",
    "consistent_sampler_over_engine",
    "order_by_random",
    "engine_over_order_by_random",
    "core_rows",
    "core_draw",
    "core_rate",
    "core_peak_mb",
    "sql_draw_rows",
    "sql_draw",
    "duckdb_draw",
}
GOALS = {
    "engine_peak_mb": "<= 700",
    "digest_over_bare_hashes": "<= 1.5",
    "engine_over_numpy_choice": "<= 3.0",
    "python_over_engine": ">= 4",
    "cryptorandom_over_engine": ">= 2.5",
    "consistent_sampler_over_engine": ">= 10",
}


@pytest.fixture
def database(postgres: EmbeddedServer):
    yield create_database(postgres, "bench_of_a_test")
    drop_database(postgres, "bench_of_a_test")


def test_a_small_run_has_every_figure_and_equal_bytes(tmp_path: Path, database: EmbeddedServer):
    results = bench.against_peers(tmp_path, ROWS, times=1, server=database)
    assert {one["what"] for one in results} == KEYS
    assert {one["what"]: one["goal"] for one in results if "goal" in one} == GOALS
    assert all(one["value"] > 0 for one in results)
    [equal] = [one for one in results if one["what"] == "equal_bytes"]
    assert "compiled" in equal["unit"]
    for name in bench.FILES[1:]:
        left = [(tmp_path / "open" / who / name).read_bytes() for who in ("core", "engine")]
        assert left[0] == left[1]
    writers = ("core", "engine", "plain-python", "duckdb", "sql")
    selected = {(tmp_path / "open" / who / "selected.tsv").read_bytes() for who in writers}
    assert len(selected) == 1
    drawn = next(one["value"] for one in results if one["what"] == "drawn")
    assert selected.pop().count(b"\n") == drawn > 0.06 * ROWS


def test_a_difference_stops_the_run(tmp_path: Path):
    for who, text in (("engine", "S00\t1\ta\n"), ("core", "S00\t1\tb\n")):
        (tmp_path / who).mkdir()
        (tmp_path / who / "selected.tsv").write_text(text)
    with pytest.raises(BenchFailed, match=r"selected\.tsv of engine and of core differ"):
        bench.require_same(tmp_path, "engine", "core", ("selected.tsv",))


@pytest.mark.parametrize("sealed", [False, True])
def test_a_frame_is_one_that_the_core_accepts(tmp_path: Path, sealed: bool):
    in_child(write_frame, tmp_path, rows=ROWS, sealed=sealed)
    data = (tmp_path / "frame.tsv").read_bytes()
    frame = parse_frame(data, sealed=sealed)
    assert len(frame.ids) == ROWS
    assert set(frame.strata) == set(STRATA)
    assert {len(object_id) for object_id in frame.ids} == {18}
    if frame.salts is not None:
        assert frame.salts[7] == salt(SALT_KEY, frame.ids[7])


def test_peers_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(peers, "LIBRARIES", ("json", "no_such_peer"))
    assert benches.run_bench("draw", rows=ROWS, out=None) == 1
    told = capsys.readouterr().err
    assert "no_such_peer missing" in told
    assert "dev.py bench draw" in told


def test_an_unknown_bench_names_the_known_ones(capsys):
    assert benches.run_bench("drow", rows=ROWS, out=None) == 2
    assert "draw" in capsys.readouterr().err


def test_the_report_names_date_machine_and_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    figures = [{"what": "rows", "value": 5, "unit": "objects"}]
    monkeypatch.setattr(bench, "bench_draw", lambda rows: figures)
    out = tmp_path / "figures.json"
    assert benches.run_bench("draw", rows=5, out=out) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["results"] == figures
    assert set(report) == {"name", "date", "machine", "results"}
    assert "rows" in capsys.readouterr().out


def test_beyond_ten_million_the_engine_is_compared_with_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench, "LARGE_ROWS", ROWS)
    results = {one["what"]: one for one in bench.bench_draw(2 * ROWS)}
    assert results["rows"]["value"] == 2 * ROWS
    assert results["engine_time_per_object_over_10m"]["goal"] == "<= 1.4"
    assert results["engine_peak_mb"]["goal"] == "< 2500"
    assert not set(results) & {"numpy_choice", "python", "core_draw", "sql_draw"}
