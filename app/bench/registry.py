"""Imports of a province's directory against a bare COPY of the same file, in the same run, and a
search of it against a bare handler.

COPY goes into a table with the directory's columns, key and indexes; an import reads the file,
checks every row against the code tables in a process of its own, compares, and keeps the history.
"""

import tempfile
from pathlib import Path

from app.bench.child import BenchFailed, Job, Measured, in_child, measure
from app.bench.figures import Result, ratio, result
from app.bench.postgres import server
from app.bench.registry_rows import changed, write_files
from app.bench.registry_work import bare_copy, first_import, full_feed, prepare
from app.bench.search import bench_search
from app.core.embedded import EmbeddedServer

TIMES = 3


def bench_registry(rows: int, *, times: int = TIMES) -> list[Result]:
    """The figures of docs/benchmarks.md for `rows` objects.

    Raises BenchFailed when an import does not do what the files say."""
    with tempfile.TemporaryDirectory(prefix="olbench") as made, server() as postgres:
        return measured(Path(made), postgres, rows, times=times)


def measured(folder: Path, postgres: EmbeddedServer, rows: int, *, times: int) -> list[Result]:
    """All figures, made in an empty folder and on an empty server."""
    told = in_child(write_files, folder, rows=rows)
    owner, runtime = postgres.owner_url, postgres.runtime_url
    admin = postgres.admin_url.rsplit("/", 1)[0] + "/openlot"
    in_child(prepare, folder, owner=owner, runtime=runtime)
    done = measure(
        {
            "copy": Job(bare_copy, folder, times, {"owner": owner}),
            "import": Job(first_import, folder, times, {"admin": admin, "runtime": runtime}),
            "feed": Job(full_feed, folder, times, {"runtime": runtime}),
        }
    )
    _require(done["import"], added=rows, changed=0, vanished=0)
    _require(done["feed"], added=0, changed=changed(rows), vanished=0)
    copy, first, feed = (done[name].seconds for name in ("copy", "import", "feed"))
    return [
        result("rows", rows, "objects"),
        result("real_rows", int(told["real"]), "1: from a real register"),
        result("file_mb", (folder / "objects.csv").stat().st_size // 1_000_000, "MB"),
        result("changed", changed(rows), "rows of the feed"),
        result("runs", times, "each"),
        result("copy", copy, "s, bare"),
        result("import", first, "s, first import"),
        result("feed", feed, "s, full feed"),
        result("import_rate", rows / first, "rows a second"),
        ratio("import_over_copy", copy, first, ">= 0.35"),
        ratio("feed_over_copy", feed, copy, "<= 2.0"),
        result("import_peak_mb", _peak(done), "MB, all processes but Postgres", "<= 400"),
        *bench_search(folder, owner=owner, runtime=runtime),
    ]


def _peak(done: dict[str, Measured]) -> int:
    return max(done[name].peak_mb for name in ("import", "feed"))


def _require(measured: Measured, **counts: int) -> None:
    """Raises BenchFailed unless the import changed so many rows."""
    told = {name: measured.told[name] for name in counts}
    if told != counts:
        raise BenchFailed(f"{told}, but the files say {counts}")
