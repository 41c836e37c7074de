"""A list of inspection items in stages: what is new or differs becomes a version, and what a full list
lacks stays in force."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.jobs import Job, run_one
from app.main import WORKS
from app.registry.service import item_files, staged_work
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.registry.item_lists import detailed_item, kept, shown
from tests.registry.staged import Stages, work
from tests.registry.test_staged_imports_crashes import Crash, breaking, expire
from tests.watching import rows

VERSIONS = "SELECT code, version, name FROM openlot.inspection_item ORDER BY code, version"
HEADER = "事项编码,抽查事项名称,抽查子项,检查内容,抽查比例,失效日期,标准所属部门代码,标准事项编码\n"


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    await given.code_tables(key)
    return key


@pytest.fixture
def stages(given: Given, key: Key) -> Stages:
    return Stages(given, key, {"kind": "items", "source": "抽查事项清单"})


def listed(*codes: str, name: str = "检查", ratio: str = "不低于3%", to: str = "") -> str:
    """Rows of a list, an item of two sub-items for each code."""
    return "".join(
        f"{code},{name}{code},子项{number},是否合格,{ratio},{to},,\n"
        for code in codes
        for number in (1, 2)
    )


async def versions(superuser: AsyncEngine) -> list[tuple[Any, ...]]:
    return [tuple(one) for one in await rows(superuser, VERSIONS)]


async def test_a_list_goes_through_all_stages_and_tells_of_it(
    stages: Stages, superuser: AsyncEngine
) -> None:
    address = await stages.staged(HEADER + listed("A-1", "A-2", "A-3"))
    preview = (await stages.read(address))["preview"]
    assert preview["counts"] == {
        "rows": 3,
        "added": 3,
        "changed": 0,
        "unchanged": 0,
        "vanished": 0,
    }
    first = preview["added"][0]
    assert (first["code"], first["name"]) == ("A-1", "检查A-1")
    assert [one["name"] for one in first["sub_items"]] == ["子项1", "子项2"]
    assert first["caps"]["min_ratio"] == "0.03", "read from the text, as by the other way in"
    assert await versions(superuser) == []
    made = await stages.ended(await stages.confirm(address))
    assert {name: made[name] for name in ("kind", "mode", "rows", "added", "data_date")} == {
        "kind": "items",
        "mode": "changes",
        "rows": 3,
        "added": 3,
        "data_date": "2026-02-26",
    }
    assert await versions(superuser) == [(f"A-{n}", 1, f"检查A-{n}") for n in (1, 2, 3)]
    query = "SELECT payload ->> 'kind' FROM openlot.event WHERE type = 'registry.imported' ORDER BY sequence"
    assert [one[0] for one in await rows(superuser, query)][-1] == "items"


async def test_the_preview_shows_each_kind_of_change_by_field(
    stages: Stages, superuser: AsyncEngine
) -> None:
    await stages.merged(HEADER + listed("A-1", "A-2", "A-3"))
    changed = HEADER + listed("A-1") + listed("A-2", ratio="不低于5%") + listed("A-4")
    address = await stages.staged(changed, mode="full")
    preview = (await stages.read(address))["preview"]
    assert preview["counts"] == {
        "rows": 3,
        "added": 1,
        "changed": 1,
        "unchanged": 1,
        "vanished": 1,
    }
    caps = {"max_ratio": None, "min_per_year": None, "max_per_year": None}
    assert preview["changed"] == [
        {
            "key": "A-2",
            "fields": [
                {"name": "ratio_text", "before": "不低于3%", "after": "不低于5%"},
                {
                    "name": "caps",
                    "before": {"min_ratio": "0.03", **caps},
                    "after": {"min_ratio": "0.05", **caps},
                },
            ],
        }
    ]
    for kind, code in (("added", "A-4"), ("unchanged", "A-1"), ("vanished", "A-3")):
        assert [one["code"] for one in preview[kind]] == [code]
    made = await stages.ended(await stages.confirm(address))
    assert (made["added"], made["changed"], made["vanished"]) == (1, 1, 1)
    assert [one[:2] for one in await versions(superuser)] == [
        ("A-1", 1),
        ("A-2", 1),
        ("A-2", 2),
        ("A-3", 1),
        ("A-4", 1),
    ]


async def test_an_item_that_a_full_list_lacks_is_in_force_until_its_validity_ends(
    stages: Stages,
) -> None:
    await stages.merged(HEADER + listed("A-1", "A-2"))
    http, key = stages.given.http, stages.key
    for _ in range(2):
        made = await stages.merged(HEADER + listed("A-1"), mode="full")
        assert (made["vanished"], made["unchanged"]) == (1, 1)
        assert (await shown(http, key, "A-2", on="2030-01-01"))["version"] == 1
    await stages.merged(HEADER + listed("A-2", to="2026-02-25"))
    made = await stages.merged(HEADER + listed("A-1"), mode="full")
    assert made["vanished"] == 0, "its validity ended before the day of the list"


async def test_a_change_feed_says_nothing_of_what_it_lacks(stages: Stages) -> None:
    await stages.merged(HEADER + listed("A-1", "A-2"))
    made = await stages.merged(HEADER + listed("A-1", name="审查"))
    assert (made["changed"], made["vanished"]) == (1, 0)


async def test_faults_are_named_by_their_cells_and_marked_in_a_workbook(
    stages: Stages, superuser: AsyncEngine
) -> None:
    bad = HEADER + listed("A-1") + "A-2,,子项,,,,,\n" + "A-3,检查,子项,,,明年,,\n"
    address = await stages.staged(bad)
    staged = await stages.read(address)
    assert (staged["state"], staged["preview"]) == ("refused", None)
    page = await stages.read(f"{address}/faults")
    found = [(one["row"], one["column"], one["value"]) for one in page["items"]]
    assert found == [(4, "name", ""), (5, "valid_to", "明年")]
    book = await stages.given.http.get(f"{address}/faulty-rows", auth=stages.key)
    assert book.status_code == 200, book.text
    cells = [
        str(cell.value)
        for line in load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows()
        for cell in line
    ]
    assert {"A-2", "A-3", "明年"} <= set(cells)
    assert "A-1" not in cells
    assert await versions(superuser) == []


async def test_a_shared_standard_is_a_published_item_of_any_department(
    stages: Stages, given: Given, key: Key
) -> None:
    shares = f"{HEADER}A-1,检查,,,,,{OTHER_DEPARTMENT},SC-01\n"
    address = await stages.staged(shares)
    page = await stages.read(f"{address}/faults")
    assert [(one["code"], one["column"], one["value"]) for one in page["items"]] == [
        ("standard-unknown", "standard_code", "SC-01")
    ]
    await kept(given, key, detailed_item(), of=OTHER_DEPARTMENT)
    await given.publish_items(key, OTHER_DEPARTMENT)
    again = await given.http.post(f"{address}/previews", auth=key)
    assert again.status_code == 202, again.text
    await work(given.app)
    await stages.ended(await stages.confirm(address))
    found = await shown(given.http, key, "A-1")
    assert found["standard_of"] == {"department_code": OTHER_DEPARTMENT, "item_code": "SC-01"}
    assert [one["name"] for one in found["sub_items"]] == ["许可情况", "进货查验"]


async def test_a_list_that_moved_since_its_preview_is_not_merged(
    stages: Stages, given: Given, key: Key
) -> None:
    address = await stages.staged(HEADER + listed("A-1"))
    answer = await stages.confirm(address)
    await kept(given, key, {"code": "A-1", "name": "检查A-1"})
    await work(given.app)
    operation = await stages.read(answer.headers["location"])
    assert (operation["state"], operation["problem"]["code"]) == ("failed", "preview-stale")
    preview = (await stages.read(address))["preview"]
    assert (preview["counts"]["added"], preview["counts"]["changed"]) == (0, 1)
    assert (await shown(given.http, key, "A-1"))["version"] == 1


async def test_who_may_not_write_items_may_not_stage_them(given: Given, key: Key) -> None:
    of = {"kind": "items"}
    clerk = Stages(given, await given.key("imports:write", "objects:write"), of)
    refused = await clerk.upload(HEADER + listed("A-1"))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    writer = Stages(given, await given.key("imports:write", "items:write"), of)
    assert (await writer.upload(HEADER + listed("A-1"))).status_code == 202
    elsewhere = await writer.upload(HEADER + listed("A-1"), department=OTHER_DEPARTMENT)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "department-not-visible")


async def test_an_import_of_items_is_not_undone_but_its_former_list_comes_in_anew(
    stages: Stages, superuser: AsyncEngine
) -> None:
    await stages.merged(HEADER + listed("A-1"))
    wrong = await stages.merged(HEADER + listed("A-1", name="误查"))
    answer = await stages.undone(wrong["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "import-undo-unfit")
    await stages.merged(HEADER + listed("A-1"))
    names = [(version, name) for _, version, name in await versions(superuser)]
    assert names == [(1, "检查A-1"), (2, "误查A-1"), (3, "检查A-1")]


@pytest.mark.parametrize(
    "place",
    [(item_files, "unfit_standards"), (staged_work, "add_step"), (Job, "succeed")],
    ids=["stage", "step", "end"],
)
async def test_a_merge_that_crashed_is_done_again_whole(
    stages: Stages, superuser: AsyncEngine, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    await stages.merged(HEADER + listed("A-1", "A-2"))
    address = await stages.staged(HEADER + listed("A-1", name="审查") + listed("A-3"))
    answer = await stages.confirm(address)
    before, (owner, name) = await versions(superuser), place
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, breaking(getattr(owner, name)))
        with pytest.raises(Crash):
            await run_one(stages.given.app.state.database, WORKS)
    assert await versions(superuser) == before
    await expire(superuser)
    assert await work(stages.given.app) == 1
    assert (await stages.ended(answer))["changed"] == 1
    assert [one[:2] for one in await versions(superuser)] == [
        ("A-1", 1),
        ("A-1", 2),
        ("A-2", 1),
        ("A-3", 1),
    ]


async def test_more_items_than_are_in_memory_at_a_time(
    stages: Stages, superuser: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_files, "BATCH", 2)
    codes = [f"A-{n}" for n in range(7)]
    await stages.merged(HEADER + listed(*codes))
    changed = HEADER + listed(*codes[:3]) + listed(*codes[3:6], name="审查") + listed("B-1", "B-2")
    made = await stages.merged(changed, mode="full")
    counts = [made[name] for name in ("rows", "added", "changed", "unchanged", "vanished")]
    assert counts == [8, 2, 3, 3, 1]
    assert len(await versions(superuser)) == 12
    listed_now = await stages.read(f"/v1/registry/inspection-items?department={DEPARTMENT}")
    assert len(listed_now["items"]) == 9


async def test_characters_that_no_table_holds_are_shown_or_refused(stages: Stages) -> None:
    """A NUL shows as the mark of a broken character, as in files of objects; half a pair is a fault."""
    line = '{"code": "A-1", "name": "检查@"}\n'
    address = await stages.staged(line.replace("@", "\\u0000"))
    preview = (await stages.read(address))["preview"]
    assert preview["added"][0]["name"] == "检查\ufffd"
    refused = await stages.read(await stages.staged(line.replace("@", "\\ud800")))
    assert (refused["state"], refused["fault_count"]) == ("refused", 1)
