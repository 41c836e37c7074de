"""Old and open formats as LibreOffice saves them. The files in `saved_workbooks` are made up: our own
export of objects, in which somebody put days and numbers, saved as xls and as ods."""

import base64
from pathlib import Path

import pytest

from app.registry.files.compound import error_cells
from app.registry.files.kinds import FileKind
from app.registry.files.run import mark_file
from tests.registry.checked_files import check, code, placed
from tests.registry.staged import Stages
from tests.registry.test_staged_dated_facts import key, stages

__all__ = ["key", "stages"]
SAVED = Path(__file__).parent / "saved_workbooks"
FORMATS = ["xls", "ods"]


def saved(name: str) -> bytes:
    return base64.decodebytes((SAVED / f"{name}.b64").read_bytes())


@pytest.mark.parametrize("format_", FORMATS)
def test_codes_are_text_and_days_are_days(tmp_path: Path, format_: str) -> None:
    told, _ = check(tmp_path, saved(f"officials.{format_}"))
    assert (told.format, told.rows, told.valid) == (format_, 6, 3)
    assert [*told.sample[0]][:3] == ["统一社会信用代码", "名称", "检查对象类型"]
    lines = (tmp_path / "rows").read_text(encoding="utf-8").splitlines()
    read = [line.split("\t") for line in lines]
    assert [one[:4] for one in read] == [
        [str(n + 1), code(n), f"杨陵第{n}商店", "enterprise"] for n in (1, 2, 3)
    ]
    assert [one[5:9] for one in read] == [
        ["610403", "01", "2020-01-02", "deregistered"],
        ["610403", "01", "2019-12-31", "deregistered"],
        ["610403", "01", "2020-01-02", "deregistered"],
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_what_was_rounded_or_lost_is_named_and_marked(tmp_path: Path, format_: str) -> None:
    _, faults = check(tmp_path, saved(f"officials.{format_}"))
    assert placed(faults) == [
        ("code-rounded", 5, "uscc"),
        ("cell-error", 6, "established"),
        ("industry-malformed", 7, "industry_code"),
    ]
    assert (faults[0]["value"], faults[1]["value"]) == ("1.1010519491231E+17", "#DIV/0!")
    assert "01" in faults[2]["zh"]
    out = tmp_path / "marked.xlsx"
    assert mark_file(tmp_path / "file", FileKind.OBJECTS, faults=tmp_path / "faults", out=out)


def test_an_error_in_a_small_workbook_is_found(tmp_path: Path) -> None:
    """Its stream lies in pieces of 64 bytes, since it is shorter than 4096."""
    _, faults = check(tmp_path, saved("small.xls"))
    assert placed(faults) == [("cell-error", 2, "established")]
    assert faults[0]["value"] == "#N/A"


@pytest.mark.parametrize("name", ["officials.xls", "small.xls"])
def test_a_damaged_compound_file_is_looked_at_in_bounds(tmp_path: Path, name: str) -> None:
    data = saved(name)
    path = tmp_path / "file"
    for place in range(0, len(data), 97):
        path.write_bytes(data[:place] + b"\xff" * 8 + data[place + 8 :])
        assert len(error_cells(path)) <= 2
        path.write_bytes(data[: place + 1])
        assert len(error_cells(path)) <= 2


@pytest.mark.parametrize("format_", FORMATS)
async def test_a_saved_workbook_goes_through_the_stages(stages: Stages, format_: str) -> None:
    address = await stages.staged(saved(f"officials.{format_}"))
    found = (await stages.read(f"{address}/faults"))["items"]
    assert ("code-rounded", 5, "uscc") in {(f["code"], f["row"], f["column"]) for f in found}
