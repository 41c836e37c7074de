"""`openlot import objects FILE --check --json OUT`: without a database."""

import json
from pathlib import Path

import pytest

from app import cli
from tests.registry.checked_files import code, csv_of, row

REAL = Path(__file__).parents[3] / "shared" / "data"


def run(folder: Path, data: bytes | str, *options: str, kind: str = "objects") -> tuple[int, dict]:
    source, out = folder / "file.csv", folder / "out.json"
    source.write_bytes(data.encode() if isinstance(data, str) else data)
    status = cli.main(["import", kind, str(source), "--check", "--json", str(out), *options])
    return status, json.loads(out.read_text(encoding="utf-8"))


def test_all_errors_are_written_and_the_file_counts_as_checked(tmp_path, capsys):
    wrong = row(2, name="", region_code="999999")
    status, told = run(tmp_path, csv_of(row(1), wrong, row(1)))
    assert status == 0
    assert told == {
        "rows": 3,
        "valid": 1,
        "errors": [
            {"row": 3, "column": "name", "code": "name-missing", "value": ""},
            {"row": 3, "column": "region_code", "code": "region-unknown", "value": "999999"},
            {"row": 4, "column": "uscc", "code": "code-duplicate", "value": code(1)},
        ],
    }
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "共 3 行，有效 1 行" in shown.err
    assert "3 rows, 1 valid" in shown.err
    assert "name-missing" in shown.err


def test_a_value_cannot_be_taken_for_a_part_of_the_document(tmp_path):
    value = '","zh":"x","code":"y'
    status, told = run(tmp_path, csv_of(row(1, status='"' + value.replace('"', '""') + '"')))
    assert (status, told["errors"][0]["value"], told["errors"][0]["code"]) == (
        0,
        value,
        "value-unknown",
    )


def test_a_clean_file_has_no_errors(tmp_path, capsys):
    assert run(tmp_path, csv_of(row(1))) == (0, {"rows": 1, "valid": 1, "errors": []})
    assert "编码无法确定" not in capsys.readouterr().err


def test_a_doubtful_encoding_is_shown_with_rows(tmp_path, capsys):
    data = csv_of(row(1, name="甲", object_class="enterprise", status="")).encode("gb18030")
    run(tmp_path, data)
    shown = capsys.readouterr().err
    assert "gb18030" in shown
    assert f"{code(1)} | 甲" in shown


def test_what_is_no_table_could_not_be_checked(tmp_path):
    status, told = run(tmp_path, b"%PDF-1.7\n\xff")
    assert status == 1
    error = {"row": 1, "column": None, "code": "file-pdf", "value": ""}
    assert told == {"rows": 0, "valid": 0, "errors": [error]}


@pytest.mark.parametrize("kind", ["objects", "nothing"])
def test_a_missing_file_or_kind_is_told(tmp_path, capsys, kind):
    out = tmp_path / "out.json"
    missing = str(tmp_path / "missing.csv")
    assert cli.main(["import", kind, missing, "--check", "--json", str(out)]) == 1
    assert "file-not-checked" in capsys.readouterr().err
    assert not out.exists()


def test_tables_may_be_given(tmp_path):
    divisions, industries = tmp_path / "divisions.csv", tmp_path / "industries.csv"
    divisions.write_text(
        "code,full_name,status,successor_codes\n610403,杨陵区,retired,610499\n610499,新区,current,\n",
        encoding="utf-8",
    )
    industries.write_text("code,name\n51,批发业\n", encoding="utf-8")
    options = ["--divisions", str(divisions), "--industries", str(industries)]
    _, told = run(
        tmp_path, csv_of(row(1), row(2, region_code="610499", industry_code="51")), *options
    )
    assert [(one["row"], one["code"]) for one in told["errors"]] == [
        (2, "region-retired"),
        (2, "industry-unknown"),
    ]
    industries.write_text("nothing\n1\n", encoding="utf-8")
    source, out = str(tmp_path / "file.csv"), str(tmp_path / "out2.json")
    assert cli.main(["import", "objects", source, "--check", "--json", out, *options]) == 1


def test_other_kinds_are_checked_too(tmp_path):
    status, told = run(tmp_path, f"uscc,credit_class\n{code(1)},E\n", kind="credit-classes")
    assert (status, told["errors"][0]["code"]) == (0, "value-unknown")


def test_no_real_row_is_refused(tmp_path):
    path = REAL / "objects_real_50k.csv"
    data = path.read_bytes() if path.exists() else csv_of(row(1)).encode()
    status, told = run(tmp_path, data)
    assert (status, told["errors"]) == (0, [])
    assert told["valid"] == told["rows"] == data.count(b"\n") - 1
