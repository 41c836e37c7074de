"""Undoing an import brings the former states back as new versions, or changes nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.registry.queries import object_as_of
from tests.factories import DEPARTMENT, Given, Key, classes_csv, object_code, objects_csv
from tests.registry.staged import Stages, work
from tests.watching import counts, rows


@pytest.fixture
async def stages(given: Given) -> Stages:
    key: Key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return Stages(given, key)


def renamed(csv: str, number: int, name: str) -> str:
    return csv.replace(f"第{number}号商店", name)


async def failed(stages: Stages, import_id: str) -> dict[str, Any]:
    """The problem of an undo that its work refused."""
    answer = await stages.undone(import_id)
    assert answer.status_code == 202, answer.text
    await work(stages.given.app)
    operation = await stages.read(answer.headers["location"])
    assert operation["state"] == "failed"
    problem: dict[str, Any] = operation["problem"]
    return problem


async def listed(superuser: AsyncEngine) -> dict[str, bool]:
    found = await rows(superuser, "SELECT code, listed FROM openlot.inspected_object")
    return {one.code: one.listed for one in found}


async def test_an_undone_import_leaves_what_stood_before(
    stages: Stages, superuser: AsyncEngine
) -> None:
    await stages.merged(objects_csv(3))
    before = await stages.objects()
    changed = renamed(objects_csv(4), 2, "改名商店").replace(f"{object_code(3)},", "#")
    full = "".join(line for line in changed.splitlines(keepends=True) if line[0] != "#")
    wrong = await stages.merged(full, mode="full")
    assert (wrong["added"], wrong["changed"], wrong["vanished"]) == (1, 1, 1)
    undo = await stages.ended(await stages.undone(wrong["id"]))
    assert (undo["mode"], undo["undone_import_id"], undo["reason"]) == (
        "undo",
        wrong["id"],
        "误导入",
    )
    assert (undo["rows"], undo["changed"], undo["vanished"]) == (3, 2, 1)
    after = await stages.objects()
    assert {code: facts[:2] for code, facts in after.items() if code in before} == {
        code: facts[:2] for code, facts in before.items()
    }
    assert after[object_code(2)] == ("第2号商店", "active", 3)
    assert await listed(superuser) == {
        object_code(1): True,
        object_code(2): True,
        object_code(3): True,
        object_code(4): False,
    }


async def test_an_import_that_later_ones_built_on_is_not_undone(
    stages: Stages, superuser: AsyncEngine
) -> None:
    first = await stages.merged(objects_csv(3))
    second = await stages.merged(renamed(objects_csv(3), 2, "第二商店"))
    before = await counts(superuser), await stages.objects()
    problem = await failed(stages, first["id"])
    assert problem["code"] == "import-changed-since"
    assert object_code(2) in problem["texts"]["zh-CN"]
    now = await counts(superuser), await stages.objects()
    differing = {name for name in now[0] if now[0][name] != before[0][name]}
    assert not {name for name in differing if "inspected_object" in name or "import" in name}
    assert now[1] == before[1]
    await stages.ended(await stages.undone(second["id"]))
    undone = await stages.ended(await stages.undone(first["id"]))
    assert undone["vanished"] == 3
    assert set((await listed(superuser)).values()) == {False}


async def test_an_undo_can_be_undone_but_no_import_twice(stages: Stages) -> None:
    await stages.merged(objects_csv(2))
    second = await stages.merged(renamed(objects_csv(2), 1, "第一商店"))
    undo = await stages.ended(await stages.undone(second["id"]))
    again = await stages.undone(second["id"])
    assert (again.status_code, again.json()["code"]) == (409, "import-undone-already")
    await stages.ended(await stages.undone(undo["id"]))
    assert (await stages.objects())[object_code(1)] == ("第一商店", "active", 4)


async def test_only_kinds_with_former_states_can_be_undone(stages: Stages) -> None:
    imports = await stages.read(f"/v1/registry/imports?department={DEPARTMENT}")
    divisions = next(one for one in imports["items"] if one["kind"] == "divisions")
    answer = await stages.undone(divisions["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "import-undo-unfit")


async def test_classes_are_undone_by_new_records(stages: Stages, superuser: AsyncEngine) -> None:
    await stages.given.objects(stages.key, objects_csv(2))
    of = {"kind": "credit-classes"}
    await stages.merged(classes_csv(1, "A"), **of, data_date="2026-01-01")
    wrong = await stages.merged(classes_csv(2, "D"), **of, data_date="2026-02-01")
    await stages.ended(await stages.undone(wrong["id"]))
    found = await rows(
        superuser,
        "SELECT DISTINCT ON (object_code) object_code, credit_class FROM openlot.credit_class"
        " ORDER BY object_code, valid_from DESC, import_sequence DESC",
    )
    assert dict(map(tuple, found)) == {object_code(1): "A", object_code(2): "U"}
    assert len(await rows(superuser, "SELECT 1 FROM openlot.credit_class")) == 5


async def test_classes_that_a_later_feed_replaced_are_not_undone(stages: Stages) -> None:
    await stages.given.objects(stages.key, objects_csv(1))
    of = {"kind": "credit-classes", "data_date": "2026-02-01"}
    wrong = await stages.merged(classes_csv(1, "D"), **of)
    await stages.merged(classes_csv(1, "B"), **of)
    assert (await failed(stages, wrong["id"]))["code"] == "import-changed-since"


async def test_what_was_known_when_across_three_imports(
    stages: Stages, superuser: AsyncEngine
) -> None:
    moments = [datetime.now(UTC)]
    for csv in (
        objects_csv(2),
        renamed(objects_csv(3), 1, "第一商店"),
        renamed(objects_csv(3), 1, "头号商店"),
    ):
        await stages.merged(csv, mode="full")
        moments.append(datetime.now(UTC))
    database = stages.given.app.state.database
    known = []
    for moment in moments:
        async with database.transaction(departments=DEPARTMENT, request_id="test") as session:
            entry = object_as_of(DEPARTMENT, moment)
            found = await session.execute(
                select(entry.code, entry.name, entry.version).order_by(entry.code)
            )
            known.append({code: (name, version) for code, name, version in found})
    one, two, three = object_code(1), object_code(2), object_code(3)
    assert known == [
        {},
        {one: ("第1号商店", 1), two: ("第2号商店", 1)},
        {one: ("第一商店", 2), two: ("第2号商店", 1), three: ("第3号商店", 1)},
        {one: ("头号商店", 3), two: ("第2号商店", 1), three: ("第3号商店", 1)},
    ]
