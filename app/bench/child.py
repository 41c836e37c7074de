"""Each measurement runs in a process of its own: peak memory is that of the work alone, and no run
warms the next one."""

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Told = dict[str, Any]
Work = Callable[..., Told]
"""A function of a folder and of named values. It answers {"seconds": of what counts, ...}, all of
it JSON; what it loads before its clock starts is not charged."""


class BenchFailed(Exception):
    """A measurement broke off, or two of them that must agree did not."""


@dataclass(frozen=True)
class Job:
    """Work in a folder, run `times` times."""

    work: Work
    folder: Path
    times: int
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """Median of the wall times, the largest peak, and what the last run told."""

    seconds: float
    peak_mb: int
    told: Told


def measure(jobs: Mapping[str, Job]) -> dict[str, Measured]:
    """Run all jobs in turns, so that a busy minute of the machine meets them all alike."""
    told: dict[str, list[Told]] = {name: [] for name in jobs}
    for turn in range(max(job.times for job in jobs.values())):
        for name, job in jobs.items():
            if turn < job.times:
                told[name].append(in_child(job.work, job.folder, **job.given))
                seconds = told[name][-1]["seconds"]
                print(f"  {name} {turn + 1}/{job.times}: {seconds:.2f} s", file=sys.stderr)
    return {name: _summary(runs) for name, runs in told.items()}


def in_child(work: Work, folder: Path, **given: Any) -> Told:
    """What `work` tells, with "peak_mb" added: its own memory, and for each core the largest
    process that it started. Raises BenchFailed; the child's own words are on stderr."""
    name = f"{work.__module__}:{work.__qualname__}"
    command = [sys.executable, "-m", "app.bench", name, str(folder), json.dumps(given)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- our own module
    if done.returncode != 0:
        raise BenchFailed(f"{name} ended with status {done.returncode}")
    told: Told = json.loads(done.stdout)
    return told


def main(name: str, folder: str, given: str) -> None:
    """The child: run one work and tell what it says."""
    module, _, function = name.partition(":")
    work: Work = getattr(importlib.import_module(module), function)
    told = work(Path(folder), **json.loads(given))
    # Linux counts the parent's memory before exec too: the parent must stay smaller than any work.
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_kb += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (os.cpu_count() or 1)
    print(json.dumps({**told, "peak_mb": peak_kb // 1024}))


def _summary(runs: list[Told]) -> Measured:
    return Measured(
        seconds=statistics.median(told["seconds"] for told in runs),
        peak_mb=max(told["peak_mb"] for told in runs),
        told=runs[-1],
    )
