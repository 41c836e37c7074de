"""A real register goes through all stages; edits of 2 % are shown exactly, undone, and known then."""

import asyncio
import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import Given
from tests.registry.staged import Stages
from tests.watching import rows

ROOT = Path(__file__).parents[2]
REAL = (ROOT / os.environ.get("OPENLOT_DATA", "../shared/data")).resolve()
ROWS = 48_431
EVERY = 50
DIRECTORY = (
    "SELECT md5(string_agg((code, name, kind, ent_type, region_code, industry_code,"
    " established_on, status, reg_authority, jurisdiction_unit, source, listed)::text, ''"
    " ORDER BY code)) FROM openlot.inspected_object"
)


def real(name: str) -> str:
    return (REAL / name).read_text(encoding="utf-8-sig")


def edited(register: str) -> tuple[str, set[str]]:
    """Every fiftieth firm under another name, and the codes of those."""
    header, *entries = csv.reader(io.StringIO(register))
    codes = set()
    for entry in entries[::EVERY]:
        entry[1] += "（更名）"
        codes.add(entry[0])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *entries])
    return out.getvalue(), codes


async def digest(superuser: AsyncEngine) -> Any:
    return (await rows(superuser, DIRECTORY))[0][0]


@pytest.mark.skipif(not REAL.is_dir(), reason="OPENLOT_DATA names no folder")
async def test_a_real_register_its_edits_and_their_undo(
    given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    await given.departments(key)
    for name in ("division", "industry"):
        table = f"{name}s.csv" if name == "division" else "industries.csv"
        answer = await given.upload(
            f"/v1/registry/{name}-imports", key, await asyncio.to_thread(real, table), source="国标"
        )
        assert answer.status_code == 201, answer.text
    stages = Stages(given, key, {"mode": "full"})
    register = await asyncio.to_thread(real, "objects_real_50k.csv")
    first = await stages.merged(register)
    assert (first["rows"], first["added"]) == (ROWS, ROWS)
    before = await digest(superuser)
    again = await stages.staged(register)
    assert (await stages.read(again))["preview"]["counts"]["unchanged"] == ROWS

    changed, codes = edited(register)
    address = await stages.staged(changed)
    preview = (await stages.read(address))["preview"]
    assert preview["counts"] == {
        "rows": ROWS,
        "added": 0,
        "changed": len(codes),
        "unchanged": ROWS - len(codes),
        "vanished": 0,
    }
    assert {one["key"] for one in preview["changed"]} <= codes
    assert all([field["name"] for field in one["fields"]] == ["name"] for one in preview["changed"])
    merged = await stages.ended(await stages.confirm(address))
    versions = await rows(superuser, "SELECT code FROM openlot.inspected_object_version")
    assert {one.code for one in versions} == codes
    assert await digest(superuser) != before

    undo = await stages.ended(await stages.undone(merged["id"]))
    assert undo["changed"] == len(codes)
    assert await digest(superuser) == before
