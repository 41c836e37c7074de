"""The process in which a file is checked: limits first, then the file. It reads the job from
standard input and tells progress and result, one JSON object a line, on standard output."""

import gc
import json
import os
import resource
import sys
from typing import Any

from app.registry.files.faults import FileFault, Unreadable
from app.registry.files.jobs import CheckJob

_OUTPUT_BYTES = 8 << 30


def main() -> None:
    """Run the job of standard input."""
    job = CheckJob(**json.loads(sys.stdin.buffer.read()))
    limit(job.memory_bytes, job.cpu_seconds)
    gc.disable()  # millions of short lists, and nothing that refers to itself
    try:
        _tell({"check": marked(job) if job.marked_out else checked(job)})
    except Unreadable as why:
        _tell({"fault": _told(why.fault)})
    except MemoryError:
        _tell({"fault": _told(FileFault("check-out-of-memory"))})


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process and those that it starts; what goes beyond ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OUTPUT_BYTES, _OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def checked(job: CheckJob) -> dict[str, Any]:
    """The fields of a FileCheck, after its files have been written. Raises Unreadable."""
    from app.registry.files.checking import check_table
    from app.registry.files.opening import open_table

    return open_table(job, lambda table: check_table(job, table, _progress))


def marked(job: CheckJob) -> dict[str, Any]:
    """Write the error workbook of the job."""
    from app.registry.files.marking import mark, mark_alone
    from app.registry.files.opening import open_table

    try:
        open_table(job, lambda table: mark(job, table))
    except Unreadable:
        mark_alone(job)
    return {}


def _progress(part: int, rows: int) -> None:
    _tell({"part": part, "rows": rows})


def _tell(told: dict[str, Any]) -> None:
    os.write(1, json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _told(fault: FileFault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "row": fault.row,
        "column": fault.column,
        "value": fault.value[:200],
        "hints": dict(fault.hints or {}),
    }


if __name__ == "__main__":
    main()
