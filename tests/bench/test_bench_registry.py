"""The bench of the registry, at a size that takes seconds: every figure is there, and an import that
does something else than the files say stops it."""

import csv
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc

import app.bench.registry as bench
from app import bench as benches
from app.bench import registry_rows, search
from app.bench.child import BenchFailed, Measured
from app.bench.postgres import server

ROWS = 500
GOALS = {
    "import_over_copy": ">= 0.35",
    "feed_over_copy": "<= 2.0",
    "import_peak_mb": "<= 400",
    "search_over_raw": "<= 2.5",
    "profile_queries": "<= 5",
}


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_small_run_has_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, number in (("TURNS", 1), ("REQUESTS", 12), ("WARM_UP", 4)):
        monkeypatch.setattr(search, name, number)
    with server() as postgres:
        results = bench.measured(tmp_path, postgres, ROWS, times=1)
    assert {one["what"]: one["goal"] for one in results if "goal" in one} == GOALS
    values = {one["what"]: one["value"] for one in results}
    assert (values["rows"], values["changed"]) == (ROWS, ROWS // 50)
    assert values["import"] > 0
    assert values["feed"] > 0


def test_the_rows_have_valid_codes_once_each_and_the_feed_differs_in_two_percent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry_rows, "REAL", tmp_path / "nowhere")
    registry_rows.write_files(tmp_path, rows=ROWS)
    first, feed = read(tmp_path / "objects.csv"), read(tmp_path / "feed.csv")
    codes = [row[0] for row in first[1:]]
    assert len(set(codes)) == ROWS
    assert all(uscc.is_valid(code) for code in codes)
    assert sum(one != other for one, other in zip(first, feed, strict=True)) == ROWS // 50
    assert [row[0] for row in feed] == [row[0] for row in first]


def test_an_import_that_changes_something_else_stops_the_bench():
    told: dict[str, Any] = {"added": 499, "changed": 0, "vanished": 0}
    with pytest.raises(BenchFailed, match="499"):
        bench._require(Measured(1.0, 1, told), added=500, changed=0, vanished=0)


def test_the_bench_has_its_name():
    assert benches.BENCHES["registry"] == "app.bench.registry:bench_registry"
