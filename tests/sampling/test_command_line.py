"""The offline commands: draw, assign, verify, as an auditor runs them years later."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import parse_assignment
from app.sampling.openlot1.certificate import check_certificate

VECTORS = Path(__file__).parent / "vectors"
TARGETS = json.loads((VECTORS / "openlot1-target.json").read_text(encoding="utf-8"))["cases"]
INSPECTORS = json.loads((VECTORS / "openlot1-inspector.json").read_text(encoding="utf-8"))["cases"]
FEASIBLE = [case for case in INSPECTORS if case["result_json"] is not None]
INFEASIBLE = [case for case in INSPECTORS if case["result_json"] is None]


def openlot(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write(folder: Path, case: dict[str, Any], name: str, data: bytes) -> list[object]:
    (folder / name).write_bytes(data)
    (folder / "commitment.json").write_bytes(canonical.dumps(case["commitment"]))
    (folder / "seed.txt").write_text(case["seed_txt"], encoding="utf-8", newline="")
    return [
        f"--{name.split('.', maxsplit=1)[0]}",
        folder / name,
        "--commitment",
        folder / "commitment.json",
        "--seed-file",
        folder / "seed.txt",
        "--out",
        folder / "out",
    ]


@pytest.mark.parametrize("case", TARGETS[:3], ids=lambda case: case["commitment"]["draw_id"])
def test_draw_writes_the_bytes_of_the_golden_case(case: dict[str, Any], tmp_path: Path) -> None:
    files = write(tmp_path, case, "frame.tsv", case["frame_tsv"].encode())
    told = openlot("draw", *files)
    assert told.returncode == 0, told.stderr
    for name in ("selected.tsv", "reserves.tsv", "result.json"):
        expected = case[name.replace(".", "_")].encode()
        assert (tmp_path / "out" / name).read_bytes() == expected


def test_a_changed_frame_is_refused_by_name(tmp_path: Path) -> None:
    case = next(c for c in TARGETS if c["frame_tsv"])
    files = write(tmp_path, case, "frame.tsv", case["frame_tsv"].encode().replace(b"9", b"8", 1))
    told = openlot("draw", *files)
    assert told.returncode == 1
    assert "frame.tsv" in told.stderr
    assert not (tmp_path / "out").exists()


def test_assign_writes_the_bytes_of_the_golden_case(tmp_path: Path) -> None:
    case = FEASIBLE[0]
    files = write(tmp_path, case, "assignment.json", canonical.dumps(case["assignment"]))
    told = openlot("assign", *files)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out" / "assignment.tsv").read_text() == case["assignment_tsv"]
    assert (tmp_path / "out" / "result.json").read_text() == case["result_json"]


def test_assign_certifies_what_cannot_be_filled_and_exits_3(tmp_path: Path) -> None:
    case = INFEASIBLE[0]
    data = canonical.dumps(case["assignment"])
    told = openlot("assign", *write(tmp_path, case, "assignment.json", data))
    assert told.returncode == 3
    certificate = canonical.loads((tmp_path / "out" / "certificate.json").read_bytes())
    assert check_certificate(parse_assignment(data), certificate)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["certificate.json"]


def test_verify_of_something_else_exits_1_in_one_line(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    other.write_bytes(b"PK but not really")
    told = openlot("verify", other)
    assert (told.returncode, "Traceback" in told.stderr) == (1, False)
    assert told.stderr.startswith("FAILED")


def test_the_offline_commands_load_no_database(tmp_path: Path) -> None:
    program = (
        "import sys; from app.cli import main; main(['verify', sys.argv[1]]);"
        " assert not {'sqlalchemy', 'fastapi', 'asyncpg'} & set(sys.modules), sys.modules.keys()"
    )
    other = tmp_path / "empty.zip"
    other.write_bytes(b"")
    told = subprocess.run([sys.executable, "-c", program, str(other)], check=False)
    assert told.returncode == 0
