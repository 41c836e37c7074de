"""Measurements of the service's work against what people use, with goals."""

import importlib
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.bench.child import BenchFailed
from app.bench.figures import Result, table

Bench = Callable[[int], list[Result]]
"""From a number of rows to figures; raises BenchFailed."""

BENCHES = {
    "draw": "app.bench.draw:bench_draw",
    "assignment": "app.bench.assignment:bench_assignment",
    "registry": "app.bench.registry:bench_registry",
}
"""Name -> module and function; a bench is loaded when it is asked for."""
EXIT_FAILED = 1
EXIT_UNKNOWN = 2


def run_bench(name: str, *, rows: int, out: Path | None) -> int:
    """Measure `name`, print its table and write
    {"name","date","machine","results":[{"what","value","unit","goal"}]}.

    A goal that is missed shows in the table; only a bench that could not finish, or whose
    implementations disagree, fails.
    """
    if name not in BENCHES:
        print(f"unknown bench {name}; known: {', '.join(BENCHES)}", file=sys.stderr)
        return EXIT_UNKNOWN
    module, _, function = BENCHES[name].partition(":")
    bench: Bench = getattr(importlib.import_module(module), function)
    try:
        results = bench(rows)
    except BenchFailed as error:
        print(f"FAILED 失败 {error}", file=sys.stderr)
        return EXIT_FAILED
    date, machine = datetime.now(UTC).date().isoformat(), named_machine()
    print(f"{name}, {date}, {machine}\n{table(results)}")
    if out is not None:
        report = {"name": name, "date": date, "machine": machine, "results": results}
        text = json.dumps(report, ensure_ascii=False, indent=1)
        out.write_text(text + "\n", encoding="utf-8")
    return 0


def named_machine() -> str:
    """Processor, cores, memory and Python: what figures depend on."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f"{platform.machine()} {line.partition(':')[2].strip()}"
    return platform.machine()
