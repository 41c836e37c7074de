"""The order of a file decides nothing, and a real register goes in whole."""

import asyncio
import os
import random
import secrets
from pathlib import Path

import httpx
import pytest

from tests.factories import DEPARTMENT, Given, Key, objects_csv

ROOT = Path(__file__).parents[2]
REAL = (ROOT / os.environ.get("OPENLOT_DATA", "../shared/data")).resolve()
OTHER = "610404-SCJG"
UNCLASSIFIED = [{"credit_class": "U", "rate": "0.03"}]
SHAANXI = "610000"


@pytest.fixture
def one_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two frames of the same objects differ by their salts alone; here they share them."""
    whole = secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size: "5a" * 32 if size == 32 else whole(size))


def shuffled(csv: str) -> str:
    header, *rows = csv.splitlines(keepends=True)
    random.Random(7).shuffle(rows)
    return header + "".join(rows)


async def frame_of(
    http: httpx.AsyncClient, given: Given, key: Key, department: str, regions: list[str]
) -> dict[str, object]:
    """Digest, root and count of the frame of all unclassified objects of a department."""
    await given.items(key, department)
    plan = await given.plan(key, department)
    items = [{"department_code": department, "item_code": "SC-01"}]
    line = await given.plan_line(key, plan, items=items, regions=regions, class_rates=UNCLASSIFIED)
    address = await given.frozen(key, line)
    steps = (await http.get(address, auth=key)).json()["steps"]
    frame: dict[str, object] = steps[1]["details"]["frame"]
    return frame


@pytest.mark.usefixtures("one_salt")
async def test_the_order_of_a_file_does_not_matter(http: httpx.AsyncClient, given: Given) -> None:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER)
    await given.code_tables(key)
    await given.objects(key, objects_csv())
    await given.objects(key, shuffled(objects_csv()), OTHER)
    frame = await frame_of(http, given, key, DEPARTMENT, ["610400"])
    assert frame["count"] == 40
    assert await frame_of(http, given, key, OTHER, ["610400"]) == frame


def of_region(csv: str, prefix: str) -> str:
    """The objects of a region, in the order of the file."""
    header, *rows = csv.splitlines(keepends=True)
    place = header.split(",").index("region_code")
    return header + "".join(row for row in rows if row.split(",")[place].startswith(prefix))


def real(name: str) -> str:
    return (REAL / name).read_text(encoding="utf-8")


@pytest.mark.skipif(not REAL.is_dir(), reason="OPENLOT_DATA names no folder")
@pytest.mark.usefixtures("one_salt")
async def test_a_real_register_goes_in_without_a_fault_in_any_order(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER)
    for path, file in (
        ("division-imports", "divisions.csv"),
        ("industry-imports", "industries.csv"),
    ):
        answer = await given.upload(f"/v1/registry/{path}", key, real(file), source="国家标准")
        assert answer.status_code == 201, answer.text
    register = await asyncio.to_thread(real, "objects_real_50k.csv")
    answer = await given.upload_objects(key, shuffled(register), OTHER)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["rows"], answer.json()["added"]) == (48_431, 48_431)
    await given.objects(key, of_region(register, SHAANXI[:2]))
    frame = await frame_of(http, given, key, DEPARTMENT, [SHAANXI])
    assert frame["count"]
    assert await frame_of(http, given, key, OTHER, [SHAANXI]) == frame
