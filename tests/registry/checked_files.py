"""Checking bytes as the service does, in a process of its own, or many files in one such process."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import FileKind
from app.registry.files.run import MEMORY_BYTES, FileCheck, check_file
from app.registry.files.tables import CodeTables
from app.registry.files.uscc import ALPHABET

WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""GB 32100-2015, 5.2."""
HEADER = ("uscc", "name", "object_class", "region_code", "industry_code", "established", "status")
TABLES = CodeTables.of(
    [
        {"code": "610403", "full_name": "陕西省咸阳市杨陵区", "status": "current"},
        {"code": "610404", "full_name": "陕西省咸阳市渭城区", "status": "current"},
        {"code": "110103", "status": "retired", "successor_codes": "610403"},
        {"code": "130124", "status": "retired", "successor_codes": "610403[2001];610404"},
        {"code": "130106", "status": "retired", "successor_codes": ""},
        {"code": "110221", "status": "retired", "successor_codes": "610403"},
        {"code": "110221", "full_name": "又用的代码", "status": "current"},
    ],
    [
        {"code": "52"},
        {"code": "F"},
        {"code": "01"},
        {"code": "9999", "status": "retired", "successor_codes": ""},
    ],
)


def code(number: int) -> str:
    """A valid unified social credit code for each number."""
    body = f"91610403{number:09d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + ALPHABET[-total % 31]


def row(number: int = 1, **changes: str) -> list[str]:
    fields = {
        "uscc": code(number),
        "name": f"杨陵第{number}商店",
        "object_class": "企业",
        "region_code": "610403",
        "industry_code": "52",
        "established": "2020-01-02",
        "status": "存续",
    } | changes
    return list(fields.values())


def csv_of(*rows: list[str], header: tuple[str, ...] = HEADER, delimiter: str = ",") -> str:
    return "".join(delimiter.join(fields) + "\n" for fields in (header, *rows))


def check(
    folder: Path, data: bytes | str, kind: FileKind = FileKind.OBJECTS, **options: Any
) -> tuple[FileCheck, list[dict[str, Any]]]:
    """What a check says of a file, and its faults; the rows are in `folder/rows`."""
    source = folder / "file"
    source.write_bytes(data.encode() if isinstance(data, str) else data)
    tables = options.pop("tables", TABLES)
    told = check_file(
        source, kind, tables, rows_out=folder / "rows", faults_out=folder / "faults", **options
    )
    lines = (folder / "faults").read_bytes().splitlines()
    faults = [json.loads(line) for line in lines]
    assert told.fault_count == len(faults)
    assert told.valid == len((folder / "rows").read_bytes().splitlines())
    return told, faults


def placed(faults: list[dict[str, Any]]) -> list[tuple[str, int, str | None]]:
    return [(fault["code"], fault["row"], fault["column"]) for fault in faults]


_MANY = """
import json, sys
from app.registry.files.child import checked, limit
from app.registry.files.faults import Unreadable
from app.registry.files.jobs import CheckJob
jobs = [CheckJob(**job) for job in json.load(sys.stdin)]
limit(jobs[0].memory_bytes, 120)
for job in jobs:
    try:
        told = {"rows": checked(job)["rows"]}
        faults = [json.loads(line)["code"] for line in open(job.faults_out, encoding="utf-8")]
        told["codes"] = faults[:3]
    except Unreadable as why:
        told = {"rows": 0, "codes": [why.fault.code]}
    print(json.dumps(told), flush=True)
"""


def check_many(folder: Path, files: dict[str, bytes]) -> dict[str, tuple[int, list[str]]]:
    """Rows and first codes of many files, checked one behind the other in a single process with
    the limits of a check. It must outlive all of them."""
    tables = folder / "tables.json"
    TABLES.write(tables)
    jobs = []
    for place, data in enumerate(files.values()):
        source = folder / f"{place}.source"
        source.write_bytes(data)
        parts = folder / str(place)
        parts.mkdir()
        jobs.append(
            CheckJob(
                source=str(source),
                kind=FileKind.OBJECTS.value,
                tables=str(tables),
                rows_out="",
                faults_out=str(parts / "told"),
                marked_out="",
                folder=str(parts),
                department="",
                memory_bytes=MEMORY_BYTES,
                cpu_seconds=120,
            )
        )
    done = subprocess.run(
        [sys.executable, "-c", _MANY],
        input=json.dumps([asdict(job) for job in jobs]),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = map(json.loads, done.stdout.splitlines())
    told = [line for line in lines if "codes" in line]  # not the progress
    assert len(told) == len(files), f"{list(files)[len(told)]} ended the process: {done.stderr}"
    return {name: (one["rows"], one["codes"]) for name, one in zip(files, told, strict=True)}
