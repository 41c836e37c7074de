"""What an official does with a directory: export it to Excel, send it back, edit it, send it again.
Nothing changes but what was edited, exactly that is shown before, and what was known stays known."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.demo.layout import Layout, load_folder
from app.demo.sample import write_sample
from tests.factories import DEPARTMENT, Given, Key
from tests.registry.item_lists import ITEMS
from tests.registry.staged import Stages
from tests.registry.test_order_and_real_data import REAL
from tests.watching import rows

OF_DEPARTMENT = {"department": DEPARTMENT}
INSPECTED = "/v1/registry/inspected-objects"
OBJECTS = 5_000
"""Rows of the register that are taken; all of it goes through as CSV elsewhere."""
EVERY = 50
"""One row of so many is edited: 2 %."""
FULL = {"mode": "full"}
NOTHING = {"added": 0, "changed": 0, "vanished": 0}
Changes = dict[str, dict[str, tuple[Any, Any]]]
"""Code -> field -> its values before and after."""


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The published data, or the project's own sample where that is not at hand."""
    if (REAL / "objects_real_50k.csv").is_file():
        return load_folder(REAL)
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, objects=OBJECTS)
    return load_folder(folder)


@pytest.fixture
async def key(given: Given, layout: Layout) -> Key:
    """A department, with the code tables that its directories are checked against."""
    key = await given.admin()
    await given.departments(key)
    for path, file in (
        ("division-imports", layout.divisions_path),
        ("industry-imports", layout.industries_path),
    ):
        answer = await given.upload(f"/v1/registry/{path}", key, text_of(file), source="国家标准")
        assert answer.status_code == 201, answer.text
    return key


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def part_of(register: str) -> str:
    """About OBJECTS rows from all of a register."""
    header, *entries = csv.reader(io.StringIO(register))
    out = io.StringIO()
    step = max(1, len(entries) // OBJECTS)
    csv.writer(out, lineterminator="\n").writerows([header, *entries[::step][:OBJECTS]])
    return out.getvalue()


async def exported(given: Given, key: Key, path: str, form: str = "xlsx") -> bytes:
    answer = await given.http.get(
        f"/v1/registry/{path}", auth=key, params={**OF_DEPARTMENT, "format": form}
    )
    assert answer.status_code == 200, answer.text
    return answer.content


async def previewed(stages: Stages, data: bytes) -> tuple[str, dict[str, Any]]:
    address = await stages.staged(data)
    staged = await stages.read(address)
    assert staged["state"] == "previewed", await stages.read(f"{address}/faults")
    preview: dict[str, Any] = staged["preview"]
    return address, preview


def edited(
    data: bytes, edits: Sequence[tuple[str, str, str]], code: str
) -> tuple[bytes, Changes, int]:
    """A workbook with one cell changed in every fiftieth row, by turns: column, field, and what is
    put in its place (`~` is the former value). What changed, and the number of rows."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    places = {cell.value: cell.column for cell in sheet[1]}
    changes: Changes = {}
    for turn, row in enumerate(range(2, sheet.max_row + 1, EVERY)):
        column, field, new = edits[turn % len(edits)]
        cell = sheet.cell(row, places[column])
        before = cell.value
        cell.value = new.replace("~", str(before))
        key = sheet.cell(row, places[code]).value
        changes.setdefault(key, {})[field] = (before, cell.value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), changes, sheet.max_row - 1


def told(preview: dict[str, Any]) -> Changes:
    return {
        one["key"]: {field["name"]: (field["before"], field["after"]) for field in one["fields"]}
        for one in preview["changed"]
    }


async def as_of(stages: Stages, path: str, moment: str | None) -> list[dict[str, Any]]:
    """All entries of a list as they were known at a moment, or are now."""
    params = {**OF_DEPARTMENT, "limit": "200", **({"as_of": moment} if moment else {})}
    found: list[dict[str, Any]] = []
    while True:
        answer = await stages.given.http.get(path, auth=stages.key, params=params)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        params["after"] = answer.json()["next"]


async def digest(stages: Stages, moment: str) -> str:
    answer = await stages.given.http.get(
        "/v1/registry/directory-digests",
        auth=stages.key,
        params={**OF_DEPARTMENT, "as_of": moment},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["sha256"])


def now() -> str:
    return datetime.now(UTC).isoformat()


async def test_objects_go_to_excel_and_back(
    given: Given, key: Key, layout: Layout, superuser: AsyncEngine
) -> None:
    stages = Stages(given, key, FULL)
    first = await stages.merged(part_of(text_of(layout.objects_path)))
    count = first["rows"]
    assert (count, first["added"]) == (OBJECTS, OBJECTS)
    moment = now()
    before = await digest(stages, moment)
    for form in ("xlsx", "csv"):
        data = await exported(given, key, "object-exports", form)
        _, preview = await previewed(stages, data)
        assert preview["counts"] == {"rows": count, "unchanged": count, **NOTHING}, form

    edits = (("名称", "name", "~（更名）"), ("管辖单位", "jurisdiction_unit", "城关市场监管所"))
    book = await exported(given, key, "object-exports")
    changed, changes, entries = edited(book, edits, "统一社会信用代码")
    assert (entries, len(changes)) == (count, count // EVERY)
    address, preview = await previewed(stages, changed)
    assert preview["counts"] == {
        **NOTHING,
        "rows": count,
        "changed": len(changes),
        "unchanged": count - len(changes),
    }
    assert told(preview) == {code: changes[code] for code in sorted(changes)[:20]}
    merged = await stages.ended(await stages.confirm(address))
    assert merged["changed"] == len(changes)

    found = await rows(
        superuser,
        "SELECT f.code, f.name AS name, o.name AS new_name, f.jurisdiction_unit AS unit,"
        " o.jurisdiction_unit AS new_unit FROM openlot.inspected_object_version f"
        " JOIN openlot.inspected_object o USING (department_code, code)",
    )
    assert len(found) == len(changes)
    for one in found:
        pairs = {"name": (one.name, one.new_name), "jurisdiction_unit": (one.unit, one.new_unit)}
        assert changes[one.code] == {k: v for k, v in pairs.items() if v[0] != v[1]}
    assert await digest(stages, moment) == before
    assert await digest(stages, now()) != before
    known = {one["code"]: one for one in await as_of(stages, INSPECTED, moment)}
    assert len(known) == count
    for code, fields in changes.items():
        assert {field: known[code][field] for field in fields} == {
            field: old for field, (old, _) in fields.items()
        }


def as_items(layout: Layout) -> list[dict[str, Any]]:
    """The published items as the API takes them."""
    made = []
    for entry in layout.items:
        item: dict[str, Any] = dict(entry)
        method = item.pop("method")
        del item["department_name"]
        made.append({**item, "methods": [method] if method else []})
    return made


async def test_items_go_to_excel_and_back(given: Given, key: Key, layout: Layout) -> None:
    stages = Stages(given, key, {**FULL, "kind": "items", "source": "抽查事项清单"})
    items = as_items(layout)
    answer = await given.upload_items(key, items)
    assert (answer.status_code, answer.json()["added"]) == (201, len(items)), answer.text
    moment = now()
    listed = await as_of(stages, ITEMS, None)
    for form in ("xlsx", "csv"):
        data = await exported(given, key, "inspection-item-exports", form)
        _, preview = await previewed(stages, data)
        assert preview["counts"] == {"rows": len(items), "unchanged": len(items), **NOTHING}, form

    book = await exported(given, key, "inspection-item-exports")
    changed, changes, entries = edited(book, (("抽查子项", "sub_items", "~（修订）"),), "事项编码")
    assert entries == sum(max(1, len(item["sub_items"])) for item in items)
    if layout.folder == REAL:
        assert entries == 148
    assert len(changes) == -(-entries // EVERY)
    address, preview = await previewed(stages, changed)
    assert preview["counts"] == {
        **NOTHING,
        "rows": len(items),
        "changed": len(changes),
        "unchanged": len(items) - len(changes),
    }
    for code, fields in told(preview).items():
        ((old, new),) = (fields.pop("sub_items"),)
        pairs = [(a["name"], b["name"]) for a, b in zip(old, new, strict=True) if a != b]
        assert (pairs, fields) == ([changes[code]["sub_items"]], {})
    assert set(told(preview)) == set(changes)
    merged = await stages.ended(await stages.confirm(address))
    assert (merged["changed"], merged["vanished"]) == (len(changes), 0)

    present = await as_of(stages, ITEMS, None)
    moved = {one["code"] for one, former in zip(present, listed, strict=True) if one != former}
    assert moved == set(changes)
    assert await as_of(stages, ITEMS, moment) == listed
