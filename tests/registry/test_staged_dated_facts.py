"""Tags, counts and entries of special directories as files of officials: the same stages as the
directories, and records that stand beside the former ones."""

import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, object_code, objects_csv
from tests.registry.staged import Stages, work
from tests.registry.test_object_feeds import DIRECTORY, counts_body, entries_body, tags_body
from tests.watching import counts, rows

OF = {"department": DEPARTMENT}
NOTHING = {"added": 0, "changed": 0, "unchanged": 0, "vanished": 0}
TAGS = "统一社会信用代码,分级,分类,分领域,监管标签\n"
COMPLAINTS = "统一社会信用代码,投诉举报数,统计起始日期,统计截止日期\n"
LEADS = COMPLAINTS.replace("投诉举报数", "线索数")
ENTRIES = "专项库代码,统一社会信用代码,许可证编号,许可证名称,发证机关,有效期至,是否在库\n"
FILES = {
    "object-tags": TAGS + f"{object_code(1)},重点,,食品经营;药品,\n{object_code(2)},,A类,,\n",
    "object-complaints": COMPLAINTS
    + f"{object_code(1)},3,2025-07-01,2025-12-31\n{object_code(2)},0,2025-07-01,2025-12-31\n",
    "object-leads": LEADS
    + f"{object_code(1)},1,2025-07-01,2025-12-31\n{object_code(2)},2,2025-07-01,2025-12-31\n",
    "special-entries": ENTRIES
    + f"ZX-FOOD,{object_code(1)},JY1,食品经营许可证,杨陵区市监局,2026-12-30,是\n"
    + f"ZX-FOOD,{object_code(2)},JY2,食品经营许可证,杨陵区市监局,长期,\n",
}
TABLES = {
    "object-tags": "object_tag",
    "object-complaints": "object_count",
    "object-leads": "object_count",
    "special-entries": "special_entry",
}
FIRST_ADDED: dict[str, dict[str, Any]] = {
    "object-tags": {"tags": ["field:药品", "field:食品经营", "level:重点"]},
    "object-complaints": {
        "number": 3,
        "counted_from": "2025-07-01",
        "counted_to": "2025-12-31",
    },
    "object-leads": {"number": 1, "counted_from": "2025-07-01", "counted_to": "2025-12-31"},
    "special-entries": {
        "directory_code": "ZX-FOOD",
        "licence_no": "JY1",
        "licence_name": "食品经营许可证",
        "licence_issuer": "杨陵区市监局",
        "expires_on": "2026-12-30",
        "held": True,
    },
}
EDITS = {
    "object-tags": ("重点", "一般", {"tags": 1}),
    "object-complaints": (",3,", ",4,", {"number": (3, 4)}),
    "object-leads": (",1,", ",5,", {"number": (1, 5)}),
    "special-entries": ("2026-12-30", "2027-12-30", {"expires_on": ("2026-12-30", "2027-12-30")}),
}
EXPORTS = {
    "object-tags": ("object-tag-exports", {}),
    "object-complaints": ("object-count-exports", {"kind": "complaint"}),
    "object-leads": ("object-count-exports", {"kind": "lead"}),
    "special-entries": ("special-entry-exports", {}),
}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    await given.objects(key, objects_csv(3))
    await given.post("/v1/registry/special-directories", key, json=DIRECTORY)
    return key


@pytest.fixture
def stages(given: Given, key: Key) -> Stages:
    return Stages(given, key)


async def preview_of(stages: Stages, content: str | bytes, **params: str) -> dict[str, Any]:
    address = await stages.staged(content, **params)
    staged = await stages.read(address)
    assert staged["state"] == "previewed", await stages.read(f"{address}/faults")
    preview: dict[str, Any] = staged["preview"]
    return preview


async def faults_of(stages: Stages, content: str | bytes, **params: str) -> list[dict[str, Any]]:
    address = await stages.staged(content, **params)
    assert (await stages.read(address))["state"] == "refused"
    found: list[dict[str, Any]] = (await stages.read(f"{address}/faults"))["items"]
    return found


async def exported(stages: Stages, kind: str, form: str) -> bytes:
    path, params = EXPORTS[kind]
    answer = await stages.given.http.get(
        f"/v1/registry/{path}", auth=stages.key, params={**OF, **params, "format": form}
    )
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_of_officials_goes_through_all_stages(
    stages: Stages, superuser: AsyncEngine, kind: str
) -> None:
    preview = await preview_of(stages, FILES[kind].encode("gb18030"), kind=kind)
    assert preview["counts"] == {**NOTHING, "rows": 2, "added": 2}
    first = {"code": object_code(1), **FIRST_ADDED[kind]}
    assert first in preview["added"]
    assert (await counts(superuser))[f"openlot.{TABLES[kind]}"] == 0
    merged = await stages.merged(FILES[kind], kind=kind)
    assert (merged["kind"], merged["rows"], merged["added"]) == (kind, 2, 2)
    kept = await rows(superuser, f"SELECT import_id::text FROM openlot.{TABLES[kind]}")
    assert [one.import_id for one in kept] == [merged["id"]] * 2
    events = await rows(
        superuser,
        "SELECT type FROM openlot.event WHERE subject = 'registry-import/" + merged["id"] + "'",
    )
    assert [one.type for one in events] == ["registry.imported"]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("form", ["xlsx", "csv", "ndjson"])
async def test_what_is_exported_changes_nothing_when_it_comes_again(
    stages: Stages, kind: str, form: str
) -> None:
    await stages.merged(FILES[kind], kind=kind)
    preview = await preview_of(stages, await exported(stages, kind, form), kind=kind)
    assert preview["counts"] == {**NOTHING, "rows": 2, "unchanged": 2}
    assert [one["code"] for one in preview["unchanged"]] == sorted(map(object_code, (1, 2)))


@pytest.mark.parametrize("kind", FILES)
async def test_an_edited_row_is_shown_and_merged(stages: Stages, kind: str) -> None:
    await stages.merged(FILES[kind], kind=kind)
    old, new, fields = EDITS[kind]
    edited = FILES[kind].replace(old, new, 1)
    preview = await preview_of(stages, edited, kind=kind)
    assert preview["counts"] == {**NOTHING, "rows": 2, "changed": 1, "unchanged": 1}
    (changed,) = preview["changed"]
    assert object_code(1) in changed["key"]
    assert [one["name"] for one in changed["fields"]] == list(fields)
    if isinstance(next(iter(fields.values())), tuple):
        told = {one["name"]: (one["before"], one["after"]) for one in changed["fields"]}
        assert told == fields
    merged = await stages.merged(edited, kind=kind)
    assert (merged["changed"], merged["unchanged"]) == (1, 1)
    again = await preview_of(stages, edited, kind=kind)
    assert again["counts"] == {**NOTHING, "rows": 2, "unchanged": 2}


@pytest.mark.parametrize("kind", FILES)
async def test_a_template_can_be_filled_and_sent(stages: Stages, kind: str) -> None:
    answer = await stages.given.http.get(f"/v1/registry/file-templates/{kind}", auth=stages.key)
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    header, *lines = [line.split(",") for line in FILES[kind].splitlines()]
    assert [cell.value for cell in book["数据"][1]] == header
    for line in lines:
        book["数据"].append(line)
    out = io.BytesIO()
    book.save(out)
    preview = await preview_of(stages, out.getvalue(), kind=kind)
    assert preview["counts"] == {**NOTHING, "rows": 2, "added": 2}


HEADS = {"object-tags": TAGS, "object-complaints": COMPLAINTS, "special-entries": ENTRIES}
ONE = object_code(1)


@pytest.mark.parametrize(
    ("kind", "row", "code", "column"),
    [
        ("object-tags", f"{ONE},{'长' * 61},,,", "tag-malformed", "level"),
        ("object-tags", f"{ONE},{';'.join(map(str, range(51)))},,,", "tags-too-many", "level"),
        ("object-tags", "1.10105E+17,重点,,,", "code-rounded", "uscc"),
        ("object-complaints", f"{ONE},-1,2025-07-01,2025-12-31", "number-malformed", "number"),
        ("object-complaints", f"{ONE},1000001,2025-07-01,2025-12-31", "number-malformed", "number"),
        ("object-complaints", f"{ONE},,2025-07-01,2025-12-31", "number-malformed", "number"),
        ("object-complaints", f"{ONE},1,2025-13-01,2025-12-31", "date-malformed", "counted_from"),
        ("object-complaints", f"{ONE},1,2025-07-01,", "date-missing", "counted_to"),
        ("object-complaints", f"{ONE},1,2026-07-01,2025-12-31", "days-reversed", "counted_to"),
        ("special-entries", f",{ONE},JY1,,,,", "directory-malformed", "directory_code"),
        (
            "special-entries",
            f"ZX-NONE,{ONE},JY1,,,,",
            "special-directory-unknown",
            "directory_code",
        ),
        ("special-entries", f"ZX-FOOD,{ONE},1.10105E+17,,,,", "code-rounded", "licence_no"),
        ("special-entries", f"ZX-FOOD,{ONE},JY1,,,2026/12/30,", "date-malformed", "expires_on"),
        ("special-entries", f"ZX-FOOD,{ONE},JY1,,,,也许", "value-unknown", "held"),
    ],
)
async def test_each_fault_has_its_place_and_says_what_to_do(
    stages: Stages, superuser: AsyncEngine, kind: str, row: str, code: str, column: str
) -> None:
    good = FILES[kind].splitlines()[2]
    (fault,) = await faults_of(stages, f"{HEADS[kind]}{good}\n{row}\n", kind=kind)
    assert (fault["code"], fault["row"], fault["column"]) == (code, 3, column)
    assert len(fault["zh"]) > 5
    assert len(fault["en"]) > 5
    assert (await counts(superuser))[f"openlot.{TABLES[kind]}"] == 0


@pytest.mark.parametrize("kind", FILES)
async def test_unknown_objects_and_rows_that_stand_twice_are_marked(
    stages: Stages, kind: str
) -> None:
    head, first, second = FILES[kind].splitlines()
    unknown = first.replace(ONE, object_code(9))
    (fault,) = await faults_of(stages, f"{head}\n{first}\n{unknown}\n", kind=kind)
    assert (fault["code"], fault["row"], fault["column"], fault["value"]) == (
        "object-unknown",
        3,
        "uscc",
        object_code(9),
    )
    address = await stages.staged(f"{head}\n{first}\n{second}\n{first}\n", kind=kind)
    (fault,) = (await stages.read(f"{address}/faults"))["items"]
    assert (fault["code"], fault["row"], fault["column"]) == ("code-duplicate", 4, "uscc")
    marked = await stages.given.http.get(f"{address}/faulty-rows", auth=stages.key)
    assert marked.status_code == 200, marked.text
    sheet = openpyxl.load_workbook(io.BytesIO(marked.content)).active
    assert str(sheet.cell(2, 1).value) == "4"
    assert "第 2 行" in str(sheet.cell(2, sheet.max_column).value)


async def test_a_column_of_tags_that_was_left_out_ends_no_tags(stages: Stages) -> None:
    short = f"统一社会信用代码,分级,分类,分领域\n{ONE},重点,,\n"
    (fault,) = await faults_of(stages, short, kind="object-tags")
    assert (fault["code"], fault["value"]) == ("column-missing", "mark")
    swapped = await faults_of(stages, FILES["object-leads"], kind="object-complaints")
    assert [(one["code"], one["value"]) for one in swapped] == [("column-missing", "number")]


async def test_tags_with_semicolons_and_quotes_come_back_whole(stages: Stages, key: Key) -> None:
    tags = ["field:食品;药品", 'mark:"重点"；', "mark: 前后 ", "level:\\", "class:A;"]
    body = tags_body()
    body["objects"] = [{"object_code": ONE, "tags": tags}]
    await stages.given.post("/v1/registry/object-tag-imports", key, json=body)
    for form in ("xlsx", "csv", "ndjson"):
        data = await exported(stages, "object-tags", form)
        preview = await preview_of(stages, data, kind="object-tags")
        assert preview["counts"] == {**NOTHING, "rows": 1, "unchanged": 1}, form


async def test_products_have_tags_under_their_own_code(stages: Stages, key: Key) -> None:
    product = "P-2026.001"
    await stages.given.objects(key, objects_csv(1) + f"{product},某产品,产品,610403,52,,存续\n")
    preview = await preview_of(stages, f"{TAGS}{product},重点,,,\n", kind="object-tags")
    assert [one["code"] for one in preview["added"]] == [product]


async def test_both_ways_of_feeding_are_one(stages: Stages, key: Key) -> None:
    """What systems sent as JSON is what a file is compared with, and makes older previews stale."""
    for path, body, kind in (
        ("object-tag-imports", tags_body(ONE), "object-tags"),
        ("object-count-imports", counts_body(ONE), "object-complaints"),
        ("special-entry-imports", entries_body(ONE), "special-entries"),
    ):
        address = await stages.staged(FILES[kind], kind=kind)
        made = await stages.given.post(f"/v1/registry/{path}", key, json=body)
        assert (made["kind"], made["added"], made["changed"]) == (kind, 1, 0)
        again = await stages.given.post(f"/v1/registry/{path}", key, json=body)
        assert (again["added"], again["unchanged"]) == (0, 1)
        stale = await stages.confirm(address)
        assert (stale.status_code, stale.json()["code"]) == (409, "preview-stale")
        preview = await preview_of(stages, await exported(stages, kind, "xlsx"), kind=kind)
        assert preview["counts"] == {**NOTHING, "rows": 1, "unchanged": 1}


async def test_counts_of_several_times_go_in_one_file(
    stages: Stages, superuser: AsyncEngine
) -> None:
    csv = COMPLAINTS + f"{ONE},3,2025-01-01,2025-06-30\n{ONE},4,2025-07-01,2025-12-31\n"
    assert (await stages.merged(csv, kind="object-complaints"))["added"] == 2
    preview = await preview_of(stages, csv, kind="object-complaints")
    assert preview["counts"] == {**NOTHING, "rows": 2, "unchanged": 2}
    kinds = await rows(superuser, "SELECT DISTINCT kind FROM openlot.object_count")
    assert [one.kind for one in kinds] == ["complaint"]
    sheet = openpyxl.load_workbook(
        io.BytesIO(await exported(stages, "object-complaints", "xlsx"))
    ).active
    assert [cell.value for cell in sheet[2]] == [ONE, "4", "2025-07-01", "2025-12-31"]
    assert sheet.max_row == 2


async def test_leads_and_complaints_do_not_meet(stages: Stages) -> None:
    await stages.merged(FILES["object-complaints"], kind="object-complaints")
    preview = await preview_of(stages, FILES["object-leads"], kind="object-leads")
    assert preview["counts"] == {**NOTHING, "rows": 2, "added": 2}


async def test_a_full_list_takes_out_of_its_directory_what_it_lacks(
    stages: Stages, key: Key
) -> None:
    other = {**DIRECTORY, "code": "ZX-DRUG", "name": "药品经营单位"}
    await stages.given.post("/v1/registry/special-directories", key, json=other)
    drugs = f"ZX-DRUG,{object_code(3)},YP1,,,,\n"
    await stages.merged(FILES["special-entries"] + drugs, kind="special-entries")
    full = {"kind": "special-entries", "mode": "full", "data_date": "2026-03-01"}
    shorter = "\n".join(FILES["special-entries"].splitlines()[:2]) + "\n"
    preview = await preview_of(stages, shorter, **full)
    assert preview["counts"] == {**NOTHING, "rows": 1, "unchanged": 1, "vanished": 1}
    (gone,) = preview["vanished"]
    assert (gone["code"], gone["licence_no"], gone["held"]) == (object_code(2), "JY2", False)
    merged = await stages.merged(shorter, **full)
    assert merged["vanished"] == 1
    for directory, held in (("ZX-FOOD", [ONE]), ("ZX-DRUG", [object_code(3)])):
        path = f"/v1/registry/special-directories/{directory}/entries?department={DEPARTMENT}"
        assert [one["object_code"] for one in (await stages.read(path))["items"]] == held
    again = await preview_of(stages, shorter, **full)
    assert again["counts"] == {**NOTHING, "rows": 1, "unchanged": 1}
    await stages.ended(await stages.undone(merged["id"]))
    path = f"/v1/registry/special-directories/ZX-FOOD/entries?department={DEPARTMENT}"
    assert len((await stages.read(path))["items"]) == 2


async def test_only_lists_of_special_directories_may_be_full(stages: Stages) -> None:
    for kind in ("object-tags", "object-complaints", "object-leads"):
        answer = await stages.upload(FILES[kind], kind=kind, mode="full")
        assert (answer.status_code, answer.json()["code"]) == (422, "full-feed-unfit")


@pytest.mark.parametrize("kind", ["object-tags", "special-entries"])
async def test_an_undo_brings_back_what_was_told_before(stages: Stages, kind: str) -> None:
    await stages.merged(FILES[kind], kind=kind, data_date="2026-01-01")
    before = await exported(stages, kind, "csv")
    edited = FILES[kind].replace(*EDITS[kind][:2], 1)
    second = await stages.merged(edited, kind=kind, data_date="2026-02-01")
    assert await exported(stages, kind, "csv") != before
    undone = await stages.ended(await stages.undone(second["id"]))
    assert (undone["rows"], undone["changed"]) == (2, 1)
    assert await exported(stages, kind, "csv") == before
    await stages.ended(await stages.undone(undone["id"]))
    await stages.ended(await stages.undone((await newest(stages))["id"]))
    assert await exported(stages, kind, "csv") == before


async def newest(stages: Stages) -> dict[str, Any]:
    found = await stages.read(f"/v1/registry/imports?department={DEPARTMENT}&limit=200")
    last: dict[str, Any] = found["items"][-1]
    return last


@pytest.mark.parametrize("kind", ["object-tags", "special-entries"])
async def test_what_a_first_import_told_is_unsaid(stages: Stages, kind: str) -> None:
    made = await stages.merged(FILES[kind], kind=kind, data_date="2026-01-01")
    await stages.ended(await stages.undone(made["id"]))
    if kind == "object-tags":
        data = await exported(stages, kind, "csv")
        assert [line.strip(",") for line in data.decode("utf-8-sig").split()[1:]] == sorted(
            map(object_code, (1, 2))
        )
        params = {**OF, "tag": "level:重点"}
        path = "/v1/registry/inspected-objects"
        found = await stages.given.http.get(path, auth=stages.key, params=params)
        assert found.json()["items"] == []
    else:
        assert len((await exported(stages, kind, "csv")).splitlines()) == 1


async def test_what_a_later_import_told_of_the_same_day_is_not_undone(stages: Stages) -> None:
    kind = "object-tags"
    first = await stages.merged(FILES[kind], kind=kind)
    await stages.merged(FILES[kind], kind=kind)
    answer = await stages.undone(first["id"])
    operation = answer.headers["location"]
    await work(stages.given.app)
    assert (await stages.read(operation))["problem"]["code"] == "import-changed-since"


@pytest.mark.parametrize("kind", ["object-complaints", "object-leads"])
async def test_a_count_cannot_be_unsaid_only_corrected(stages: Stages, kind: str) -> None:
    made = await stages.merged(FILES[kind], kind=kind)
    answer = await stages.undone(made["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "import-undo-unfit")


@pytest.mark.parametrize("kind", FILES)
async def test_who_may_not_write_or_see_is_refused(
    stages: Stages, given: Given, key: Key, kind: str
) -> None:
    clerk = Stages(given, await given.key("imports:write", "imports:read", "objects:read"))
    answer = await clerk.upload(FILES[kind], kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission-missing")
    await given.departments(key, OTHER_DEPARTMENT)
    elsewhere = await given.key("objects:read", department=OTHER_DEPARTMENT)
    path, params = EXPORTS[kind]
    answer = await given.http.get(f"/v1/registry/{path}", auth=elsewhere, params={**OF, **params})
    assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")
