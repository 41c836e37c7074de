"""Whatever is sent, the answer is a precise code, and the service stays as it was."""

import json
import resource
import time

import pytest

from app.registry.files import run
from app.registry.files.fault_texts import TEXTS
from app.registry.files.kinds import FileKind
from app.registry.files.run import CheckStopped, check_file
from tests.registry.checked_files import HEADER, TABLES, check, check_many, csv_of, placed, row
from tests.registry.hostile_files import (
    SHEET,
    archives,
    book,
    changed,
    members_of,
    mutants,
    ods,
    ods_row,
    others,
    repeated,
    tables,
    texts,
)


def test_every_hostile_file_has_its_code_and_ends_no_process(tmp_path):
    files = [*archives(), *tables(), *texts(), *others(), *mutants(140)]
    assert len(files) >= 200
    found = check_many(tmp_path, {name: data for name, data, _ in files})
    wrong = [
        (name, expected, found[name])
        for name, _, expected in files
        if expected is not None and found[name][1][:1] != [expected]
    ]
    assert wrong == []
    told = {code for _, codes in found.values() for code in codes}
    assert told <= set(TEXTS)
    assert "check-out-of-memory" not in told


def test_every_code_has_both_languages_and_says_what_to_do():
    for code, (zh, en) in TEXTS.items():
        assert code == code.casefold()
        assert any("\u4e00" <= c <= "\u9fff" for c in zh), code
        assert en.isascii(), code


@pytest.mark.parametrize("memory", [96, 160])
def test_a_file_that_asks_for_too_much_memory_is_refused(tmp_path, monkeypatch, memory):
    """A cell in the last row makes the reader of workbooks ask for the whole rectangle."""
    monkeypatch.setattr(run, "MEMORY_BYTES", memory << 20)
    sheet = members_of(book(row()))[SHEET]
    far = b'<row r="1048576"><c r="ZZ1048576"><v>1</v></c></row></sheetData>'
    data = changed(book(row()), **{SHEET: sheet.replace(b"</sheetData>", far)})
    _, faults = check(tmp_path, data)
    assert placed(faults) == [("check-out-of-memory", 1, None)]


def test_the_empty_end_of_a_sheet_counts_for_nothing(tmp_path):
    """As LibreOffice writes every sheet: the rows and columns behind the last cell, repeated."""
    rest = '<table:table-cell table:number-columns-repeated="16377"/></table:table-row>'
    end = f"<table:table-row>{rest}"
    filled = ods_row(row()).replace("</table:table-row>", rest)
    told, faults = check(tmp_path, ods(ods_row(HEADER) + filled + repeated(end, 1_048_574)))
    assert (told.rows, told.valid, faults) == (1, 1, [])


def test_rows_that_were_repeated_a_few_times_are_rows(tmp_path):
    gap = repeated("<table:table-row><table:table-cell/></table:table-row>", 3)
    body = ods_row(HEADER) + repeated(ods_row(row()), 2) + gap + ods_row(row(2))
    told, faults = check(tmp_path, ods(body))
    assert (told.rows, placed(faults)) == (3, [("code-duplicate", 3, "uscc")])
    assert (tmp_path / "rows").read_text(encoding="utf-8").splitlines()[1].startswith("7\t")


def test_a_file_that_takes_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "BASE_CPU_SECONDS", 1)
    monkeypatch.setattr(run, "CPU_SECONDS_PER_MB", 0)
    rows = "".join(f"x{n},,,,,,\n" for n in range(700_000))
    told, faults = check(tmp_path, csv_of() + rows)
    assert placed(faults) == [("check-out-of-time", 1, None)]
    assert told.rows == 0


def test_what_a_check_writes_is_bounded(tmp_path, monkeypatch):
    _, faults = check(tmp_path, csv_of(row(name="")))
    assert placed(faults) == [("name-missing", 2, "name")]
    assert {"row", "column", "code", "value", "zh", "en"} == set(faults[0])


def test_the_parent_stays_small_and_so_does_the_child(tmp_path):
    """200,000 rows, 20 MB: what the check holds does not grow with them."""
    data = csv_of(*(row(n) for n in range(1, 100_001))).encode()
    source = tmp_path / "file"
    source.write_bytes(data + data.split(b"\n", 1)[1])
    del data
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = check_file(
        source,
        FileKind.OBJECTS,
        TABLES,
        rows_out=tmp_path / "rows",
        faults_out=tmp_path / "faults",
    )
    assert (told.rows, told.valid, told.fault_count) == (200_000, 100_000, 100_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    with (tmp_path / "faults").open("rb") as faults:
        first = json.loads(next(faults))
    assert (first["row"], first["code"], first["column"]) == (100_002, "code-duplicate", "uscc")
    assert "第 2 行" in first["zh"]


def test_a_small_limit_is_enough_for_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "MEMORY_BYTES", 220 << 20)
    told, faults = check(tmp_path, csv_of(*(row(n) for n in range(1, 150_001))))
    assert (told.valid, faults) == (150_000, [])


def test_a_check_stops_when_it_is_told_to(tmp_path):
    source = tmp_path / "file"
    source.write_text(csv_of(*(row(n) for n in range(1, 150_001))), encoding="utf-8")
    seen: list[int] = []
    with pytest.raises(CheckStopped):
        check_file(
            source,
            FileKind.OBJECTS,
            TABLES,
            rows_out=tmp_path / "rows",
            faults_out=tmp_path / "faults",
            progress=seen.append,
            stop=lambda: bool(seen),
        )
    assert seen
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == []


def test_progress_comes_in_rows(tmp_path):
    seen: list[int] = []
    told, _ = check(tmp_path, csv_of(*(row(n) for n in range(1, 120_001))), progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == told.rows == 120_000


def test_nothing_is_read_from_the_folder_in_which_the_service_runs(tmp_path, monkeypatch):
    """A file named like a module beside it must not be imported by the check."""
    (tmp_path / "csv.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert check(tmp_path, csv_of(row()))[0].valid == 1
    assert time.process_time() > 0
