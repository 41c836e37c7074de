"""The generated sample: same bytes, valid codes, the layout of the published data."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from stdnum.cn import uscc

from app.demo.checklist import INSPECTION_ITEMS
from app.demo.layout import load_folder
from app.demo.sample import credit_classes, write_sample
from app.demo.stream import Stream
from app.demo.trades import TRADES
from app.demo.uscc import check_character, organisation_check_character
from app.demo.words import STYLES

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("OPENLOT_DATA", ROOT.parent / "shared" / "data"))
FILES = [
    "departments.json",
    "divisions.csv",
    "industries.csv",
    "inspectors.csv",
    "items.json",
    "objects.csv",
]

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="no folder of published data")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


@pytest.fixture(scope="module")
def firms(sample):
    return rows_of(sample / "objects.csv")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


# Determinism


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_every_process_writes_the_same_bytes(sample, tmp_path, hash_seed):
    program = "import sys, pathlib; from app.demo.sample import write_sample as w; w(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed, "PYTHONUTF8": "0", "LC_ALL": "C", "TZ": "Asia/Shanghai"},
    )
    assert digests(tmp_path) == digests(sample)
    assert sorted(digests(sample)) == FILES


def test_a_second_run_replaces_the_files_by_the_same(sample, tmp_path):
    write_sample(tmp_path, objects=20)
    write_sample(tmp_path)
    assert digests(tmp_path) == digests(sample)


def test_fewer_firms_are_the_first_of_more(firms, tmp_path):
    write_sample(tmp_path, objects=50)
    assert rows_of(tmp_path / "objects.csv") == firms[:50]


def test_another_seed_gives_other_firms(firms, tmp_path):
    write_sample(tmp_path, objects=50, seed="other")
    codes = {row["uscc"] for row in rows_of(tmp_path / "objects.csv")}
    assert not codes & {row["uscc"] for row in firms}


def test_an_empty_sample_has_all_files(tmp_path):
    write_sample(tmp_path / "new" / "folder", objects=0)
    assert load_folder(tmp_path / "new" / "folder").items
    assert rows_of(tmp_path / "new" / "folder" / "objects.csv") == []


def test_stream_words_are_sha256_of_seed_and_counter():
    stream = Stream("x")
    words = [stream.below(1 << 64) for _ in range(5)]
    digest = hashlib.sha256(b"x|0").digest() + hashlib.sha256(b"x|1").digest()
    assert words == [int.from_bytes(digest[i : i + 8], "big") for i in range(0, 40, 8)]


def test_stream_keeps_to_bounds_and_weights():
    stream = Stream("bounds")
    assert {stream.below(3) for _ in range(200)} == {0, 1, 2}
    assert {stream.weighted([("a", 0), ("b", 3), ("c", 0)]) for _ in range(50)} == {"b"}
    assert not any(stream.chance(0) for _ in range(50))
    assert all(stream.chance(1000) for _ in range(50))


# Firms


def test_codes_are_valid_and_unique(firms):
    codes = [row["uscc"] for row in firms]
    assert len(codes) == len(set(codes)) == 5000
    assert all(uscc.is_valid(code) for code in codes)
    assert all(organisation_check_character(code[8:16]) == code[16] for code in codes)


def test_check_characters_of_a_published_example():
    assert organisation_check_character("60003734") == "1"
    assert check_character("91110000600037341") == "L"


def test_code_begins_with_kind_and_region(firms):
    kinds = {"企业": "91", "个体户": "92", "农专社": "93", "外企代表机构": "91"}
    for row in firms:
        assert row["uscc"][:8] == kinds[row["object_class"]] + row["region_code"]


def test_shares_are_near_those_of_a_register(firms):
    classes = Counter(row["object_class"] for row in firms)
    assert 0.52 < classes["个体户"] / 5000 < 0.58
    assert 0.38 < classes["企业"] / 5000 < 0.44
    assert 0.02 < classes["农专社"] / 5000 < 0.06
    assert 0 < classes["外企代表机构"] / 5000 < 0.01
    status = Counter(row["status"] for row in firms)
    assert set(status) == {"存续", "注销", "吊销"}
    assert 0.01 < 1 - status["存续"] / 5000 < 0.03
    regions = Counter(row["region_code"] for row in firms)
    assert len(regions) == 5
    assert 0.55 < regions["610403"] / 5000 < 0.65


def test_names_fit_their_firms(firms):
    assert len({row["name"] for row in firms}) == 5000
    endings = {
        "农民专业合作社": "专业合作社",
        "有限责任公司": "公司",
        "股份有限公司": "股份有限公司",
        "普通合伙企业": "（普通合伙）",
        "有限合伙企业": "（有限合伙）",
        "外国（地区）企业常驻代表机构": "代表处",
    }
    for row in firms:
        assert all(
            "\u4e00" <= character <= "\u9fff" or character in "（）" for character in row["name"]
        )
        assert row["name"].endswith(endings.get(row["ent_type"], ""))
        if row["ent_type"] == "个体工商户":
            county = row["region_name"].removeprefix("陕西省咸阳市")
            trade = next(trade for trade in TRADES if trade.code == row["industry_code"])
            assert row["name"].startswith(county)
            assert row["name"].endswith(tuple(trade.shops[1].split()))


def test_every_field_is_filled_and_dates_are_past(firms):
    for row in firms:
        assert all(row.values())
        assert date(1994, 1, 1) <= date.fromisoformat(row["established"]) < date(2026, 1, 1)
        if row["object_class"] == "农专社":
            assert row["established"] >= "2007-07-01"
        assert row["source"] == "openlot-sample"


def test_firms_use_only_listed_divisions_and_industries(sample, firms):
    divisions = {row["code"]: row["full_name"] for row in rows_of(sample / "divisions.csv")}
    industries = {row["code"]: row["name"] for row in rows_of(sample / "industries.csv")}
    for row in firms:
        assert divisions[row["region_code"]] == row["region_name"]
        assert industries[row["industry_code"]] == row["industry_name"]


def test_trades_have_names_where_they_have_weight():
    for trade in TRADES:
        for weight, endings in (trade.shops, trade.firms, trade.coops):
            assert (weight > 0) == bool(endings)
        assert trade.style in STYLES
    assert len({trade.code for trade in TRADES}) == len(TRADES)


def test_home_firms_belong_to_a_station_of_the_tree(sample, firms):
    names = {department["name"] for department in load_folder(sample).departments}
    home = [row for row in firms if row["region_code"] == "610403"]
    assert {row["jurisdiction_unit"] for row in home} <= names
    assert {row["reg_authority"] for row in home} <= names


# Inspectors and items


def test_inspectors_match_departments_and_items(sample):
    layout = load_folder(sample)
    inspectors = rows_of(layout.inspectors_path)
    departments = {department["code"]: department["name"] for department in layout.departments}
    items = {item["code"] for item in layout.items}
    assert Counter(row["department_code"] for row in inspectors) == {
        "610403-SCJG": 60,
        "610403-YJGL": 60,
    }
    for column in ("staff_no", "name", "certificate_no"):
        assert len({row[column] for row in inspectors}) == 120
    for row in inspectors:
        assert row["department_code"] in departments
        assert row["station"] in departments.values()
        assert row["name"] == f"执法员{row['staff_no'][-4:]}"
        assert set(row["item_codes"].split(";")) <= items
        assert row["status"] in {"有效", "失效"}


def test_each_item_has_qualified_inspectors(sample):
    inspectors = [
        row
        for row in rows_of(sample / "inspectors.csv")
        if row["status"] == "有效" and row["certificate_valid_to"] > "2026-03-01"
    ]
    for item in INSPECTION_ITEMS:
        able = [row for row in inspectors if item.code in row["item_codes"].split(";")]
        assert len(able) >= 8
        if item.qualification:
            assert all(item.qualification in row["qualifications"].split(";") for row in able)


def test_some_certificates_run_out_soon_after_the_given_day(tmp_path):
    today = date(2027, 6, 30)
    write_sample(tmp_path, objects=0, today=today)
    days_left = [
        (date.fromisoformat(row["certificate_valid_to"]) - today).days
        for row in rows_of(tmp_path / "inspectors.csv")
    ]
    assert sum(0 < days <= 45 for days in days_left) in range(3, 20)
    assert sum(days <= 0 for days in days_left) in range(1, 8)
    assert max(days_left) <= timedelta(days=5 * 366).days


def test_items_of_the_sample(sample):
    items = load_folder(sample).items
    assert len(items) == len({item["code"] for item in items}) == 12
    assert {item["department_name"] for item in items} == {
        "杨陵区市场监督管理局",
        "杨陵区应急管理局",
    }
    assert Counter(item["category"] for item in items) == {"key": 8, "general": 4}
    for item in items:
        numbers = [sub_item["no"] for sub_item in item["sub_items"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert item["legal_basis"].startswith("《")
        filled = set(item) - {"remark", "sub_items"}
        assert all(item[field] for field in filled)


def test_departments_form_one_tree(sample):
    departments = load_folder(sample).departments
    codes = {department["code"] for department in departments}
    assert len(codes) == len(departments)
    assert [row["code"] for row in departments if not row["parent"]] == ["610403-LXB"]
    assert {row["parent"] for row in departments} - {""} <= codes
    assert all(set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") for code in codes)


# Credit classes


def test_credit_classes_have_their_shares():
    codes = [f"91{number:016}" for number in range(20_000)]
    counts = Counter(letter for _, letter in credit_classes(codes, "s"))
    for letter, share in (("A", 0.40), ("B", 0.40), ("C", 0.15), ("D", 0.05)):
        assert abs(counts[letter] / 20_000 - share) < 0.015
    assert set(counts) == set("ABCD")


def test_credit_class_depends_on_seed_and_code_alone(firms):
    codes = [row["uscc"] for row in firms]
    classes = dict(credit_classes(codes, "s"))
    assert list(classes) == codes
    assert dict(credit_classes(reversed(codes), "s")) == classes
    assert dict(credit_classes(codes, "t")) != classes
    assert all((letter == "U") == code.startswith("92") for code, letter in classes.items())


# Against the published data


@needs_real
def test_headers_are_those_of_the_published_files(sample):
    pairs = [
        ("objects.csv", "objects_real_50k.csv"),
        ("divisions.csv", "divisions.csv"),
        ("industries.csv", "industries.csv"),
    ]
    for ours, theirs in pairs:
        assert header_of(sample / ours) == header_of(REAL / theirs)


@needs_real
def test_item_rows_have_the_published_keys(sample):
    ours = json.loads((sample / "items.json").read_text(encoding="utf-8"))
    theirs = json.loads((REAL / "items_real.json").read_text(encoding="utf-8"))
    assert set(ours) <= set(theirs)
    known = {key for row in theirs["items"] for key in row}
    coded = next(row for row in theirs["items"] if row.get("item_code"))
    for row in ours["items"]:
        assert set(coded) <= set(row) <= known
    fields = {key for source in theirs["sources"].values() for key in source}
    assert set(ours["sources"]["openlot-sample"]) == fields


@needs_real
@pytest.mark.parametrize("name", ["divisions.csv", "industries.csv"])
def test_codes_and_names_are_those_of_the_standards(sample, name):
    columns = ["name", "full_name", "level", "parent_code", "section_code", "valid_from"]
    real = {
        row["code"]: row
        for row in rows_of(REAL / name)
        if row.get("status", "current") == "current"
    }
    for row in rows_of(sample / name):
        for column in columns:
            assert row.get(column) == real[row["code"]].get(column)


@needs_real
def test_no_generated_code_is_a_published_one(firms):
    real = rows_of(REAL / "objects_real_50k.csv")
    assert not {row["uscc"] for row in real} & {row["uscc"] for row in firms}
    assert not {row["uscc"][8:10] for row in real} & {row["uscc"][8:10] for row in firms}
