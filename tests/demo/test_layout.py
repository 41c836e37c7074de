"""Reading a data folder: a generated one, a damaged one, the published one."""

import json
import os
from pathlib import Path

import pytest

from app.demo.layout import LayoutError, load_folder
from app.demo.sample import write_sample

REAL = Path(os.environ.get("OPENLOT_DATA", Path(__file__).parents[3] / "shared" / "data"))
NEEDED = ["departments.json", "divisions.csv", "industries.csv", "items.json", "objects.csv"]


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_named(tmp_path, name):
    write_sample(tmp_path, objects=1)
    (tmp_path / name).unlink()
    with pytest.raises(LayoutError, match=name):
        load_folder(tmp_path)


def test_inspectors_may_be_absent_and_generated_names_come_first(tmp_path):
    write_sample(tmp_path, objects=1)
    (tmp_path / "inspectors.csv").unlink()
    (tmp_path / "objects_real_50k.csv").touch()
    layout = load_folder(tmp_path)
    assert layout.inspectors_path is None
    assert layout.objects_path == tmp_path / "objects.csv"
    (tmp_path / "objects.csv").unlink()
    assert load_folder(tmp_path).objects_path == tmp_path / "objects_real_50k.csv"


@pytest.mark.parametrize("name", ["items.json", "departments.json"])
@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"items": [1], "departments": [1]}', "\udcff"]
)
def test_a_file_of_another_shape_is_named(tmp_path, name, content):
    write_sample(tmp_path, objects=1)
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(LayoutError, match=name):
        load_folder(tmp_path)


def test_item_codes_stay_unique_and_well_formed(tmp_path):
    write_sample(tmp_path, objects=1)
    row = {"item_no": 1, "item_name": "检查", "sub_item": None}
    items = [
        row | {"source": "a", "item_code": "X1"},
        row | {"source": "b", "item_code": "X1"},
        row | {"source": "a", "item_code": "食品/1"},
        row | {"source": "a", "item_code": "药品/1"},
        row | {"source": "a", "item_code": "Y" * 90},
        row | {"source": "a", "item_code": "Y" * 91},
        row | {"source": "a", "item_code": "X2"},
        row | {"source": "c" * 80},
    ]
    (tmp_path / "items.json").write_text(json.dumps({"items": items}), encoding="utf-8")
    codes = [item["code"] for item in load_folder(tmp_path).items]
    assert len(set(codes)) == len(items)
    assert codes[6] == "X2"
    assert all(0 < len(code) <= 64 and code.isascii() and "/" not in code for code in codes)


@pytest.mark.skipif(not REAL.is_dir(), reason="no folder of published data")
def test_the_published_folder_is_read_whole():
    layout = load_folder(REAL)
    assert layout.objects_path.read_bytes().count(b"\n") == 48_432
    assert layout.inspectors_path is None
    assert sum(len(item["sub_items"]) for item in layout.items) == 148
    assert len({item["code"] for item in layout.items}) == len(layout.items) == 105
    assert {item["category"] for item in layout.items} == {"general", "key"}
    assert len({department["code"] for department in layout.departments}) == 59
    for item in layout.items:
        assert item["name"]
        assert len(item["code"]) <= 64
        assert all(sub_item["name"] for sub_item in item["sub_items"])
