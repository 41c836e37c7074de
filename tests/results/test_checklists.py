"""Checklists: which version is answered, what answers must agree with each other, what is shown."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    findings_body,
    findings_of,
    review_body,
)
from tests.watching import counts

LINES = ["是否取得食品经营许可", "许可事项与实际是否一致", "是否公示许可证"]
SUB_ITEMS = [
    {"no": 1, "name": "许可情况", "lines": LINES},
    {"no": 3, "name": "进货查验", "lines": []},
]
ITEM = {"code": "SC-01", "name": "食品销售检查", "sub_items": SUB_ITEMS}
CHANGED = {
    **ITEM,
    "name": "食品销售检查（新）",
    "sub_items": [{"no": 2, "name": "新", "lines": ["是否新"]}],
}


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    """The registry of two departments; the first one's item has a checklist."""
    key = await given.admin()
    await given.joint_registry(key)
    await published(given, key, ITEM)
    yield key
    given.now_again()


async def published(
    given: Given, key: Key, item: dict[str, Any], department: str = DEPARTMENT
) -> None:
    answer = await given.upload_items(key, [item], department)
    assert answer.status_code == 201, answer.text
    await given.publish_items(key, department)


def lines(*answers: str, problem: str = "") -> list[dict[str, Any]]:
    """Answers to the lines from 1 on; `problem` stands at those that say no."""
    return [
        {"no": no, "answer": answer, "problem": problem if answer == "no" else ""}
        for no, answer in enumerate(answers, start=1)
    ]


def found(
    part: dict[str, Any], answer: str, answered: list[dict[str, Any]], value: int = 1, no: int = 1
) -> dict[str, Any]:
    sub_items = [{"no": no, "answer": answer, "lines": answered}]
    finding = {"item_code": "SC-01", "value": value, "sub_items": sub_items}
    return findings_body(part, findings=[finding])


async def checklists(http: httpx.AsyncClient, task: dict[str, Any], key: Key) -> list[Any]:
    address = f"/v1/inspection-tasks/{task['national_key']}/checklists"
    answer = await http.get(address, auth=key)
    assert answer.status_code == 200, answer.text
    shown: list[Any] = answer.json()["items"]
    return shown


async def test_lines_are_shown_with_their_texts_and_stay_in_the_history(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    first, second = [await given.officer_key(one) for one in part["officers"]]
    address = findings_of(task, part)
    mixed = lines("no", "absent", "not-checked", problem="许可证过期")
    entered = await given.post(address, first, json=found(part, "no", mixed[::-1], 5))
    (shown,) = entered["findings"]
    assert shown["item_version"] == 2
    (sub_item,) = shown["sub_items"]
    assert (sub_item["no"], sub_item["name"], sub_item["answer"]) == (1, "许可情况", "no")
    assert sub_item["lines"] == [
        {"no": 1, "text": LINES[0], "answer": "no", "problem": "许可证过期"},
        {"no": 2, "text": LINES[1], "answer": "absent", "problem": ""},
        {"no": 3, "text": LINES[2], "answer": "not-checked", "problem": ""},
    ]
    head = await given.officer_key("head")
    back = review_body(part, decision="returned", opinion="请核实")
    await given.post(f"{address}/1/review", head, json=back)
    again = await given.post(
        address, second, json=found(part, "yes", lines("yes", "absent", "yes"))
    )
    assert again["version"] == 2
    one, two = (await http.get(address, auth=key)).json()["items"]
    assert one["findings"] == entered["findings"]
    assert [line["answer"] for line in two["findings"][0]["sub_items"][0]["lines"]] == [
        "yes",
        "absent",
        "yes",
    ]


async def test_the_version_of_the_dispatch_is_answered_whatever_is_published_later(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    await published(given, key, CHANGED)
    ours, theirs = await checklists(http, task, key)
    assert (ours["department_code"], ours["item_code"]) == (DEPARTMENT, "SC-01")
    assert (ours["item_version"], ours["name"]) == (2, ITEM["name"])
    assert (ours["sub_items"], ours["standard_version"]) == (SUB_ITEMS, None)
    assert (theirs["department_code"], theirs["item_version"]) == (OTHER_DEPARTMENT, 1)
    assert theirs["sub_items"] == []
    part = (await given.parts(key, task))[0]
    officer = await given.officer_key(part["officers"][0])
    assert await checklists(http, task, officer) == [ours]
    new = found(part, "yes", lines("yes"), no=2)
    await refused(given, superuser, task, part, new, "sub-item-unknown", "/sub_items/0/no")
    await given.post(findings_of(task, part), officer, json=found(part, "yes", lines(*YES)))


YES = ("yes", "yes", "yes")


DISAGREEING: tuple[tuple[list[tuple[int, str, list[Any]]], int, str, str], ...] = (
    ([(1, "yes", lines(*YES, "yes"))], 1, "checklist-line-unknown", "0/lines/3/no"),
    ([(3, "yes", lines("yes"))], 1, "checklist-line-unknown", "0/lines/0/no"),
    ([(2, "yes", lines("yes"))], 1, "sub-item-unknown", "0/no"),
    ([(2, "yes", [])], 1, "sub-item-unknown", "0/no"),
    ([(3, "yes", []), (3, "no", [])], 5, "sub-item-twice", "1/no"),
    ([(1, "yes", lines(*YES) + lines("yes"))], 1, "checklist-line-twice", "0/lines/3/no"),
    ([(1, "yes", lines("yes", "yes"))], 1, "checklist-line-missing", "0/lines"),
    ([(1, "yes", lines("yes", "no", "yes"))], 5, "answer-unlike-lines", "0/answer"),
    ([(1, "absent", lines("absent", "yes", "absent"))], 1, "answer-unlike-lines", "0/answer"),
    ([(1, "not-checked", lines("yes", "absent", "absent"))], 1, "answer-unlike-lines", "0/"),
    ([(1, "yes", lines("absent", "absent", "absent"))], 1, "answer-unlike-lines", "0/answer"),
    ([(1, "yes", lines("yes", "maybe", "yes"))], 1, "invalid-input", "0/lines/1/answer"),
    ([(1, "yes", [*lines("yes", "yes"), {"no": 0, "answer": "yes"}])], 1, "invalid-input", "0"),
)
"""Sub-items as (number, answer, lines); the value; how it is refused."""


async def test_answers_that_do_not_agree_are_refused(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    for sub_items, value, code, pointer in DISAGREEING:
        answers = [{"no": no, "answer": said, "lines": of_it} for no, said, of_it in sub_items]
        finding = {"item_code": "SC-01", "value": value, "sub_items": answers}
        body = findings_body(part, findings=[finding])
        await refused(given, superuser, task, part, body, code, f"/sub_items/{pointer}")


async def test_a_line_that_says_no_is_a_problem_of_the_item(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    """Of the eight values, 1 and 7 report no problem."""
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    bad = lines("yes", "no", "yes", problem="超范围经营")
    for value in (1, 7):
        body = found(part, "no", bad, value)
        await refused(given, superuser, task, part, body, "value-unlike-lines", "/value")
    officer = await given.officer_key(part["officers"][0])
    await given.post(findings_of(task, part), officer, json=found(part, "no", bad, 8))


async def refused(
    given: Given,
    superuser: AsyncEngine,
    task: dict[str, Any],
    part: dict[str, Any],
    body: dict[str, Any],
    code: str,
    pointer: str,
) -> None:
    officer = await given.officer_key(part["officers"][0])
    before = await counts(superuser)
    answer = await given.http.post(findings_of(task, part), auth=officer, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(f"/findings/0{pointer}")
    assert await counts(superuser) == before


async def test_what_the_lines_come_to_or_a_problem_beyond_them_may_be_said(
    given: Given, key: Key
) -> None:
    task = await given.task(key, 4)
    parts = [p for p in await given.parts(key, task) if p["department_code"] == DEPARTMENT]
    for part, body in zip(
        parts,
        (
            found(parts[0], "absent", lines("absent", "absent", "absent")),
            found(parts[1], "not-checked", lines("absent", "not-checked", "absent")),
            found(parts[2], "no", lines(*YES), 5),
            found(parts[3], "no", [], 1),
        ),
        strict=True,
    ):
        officer = await given.officer_key(part["officers"][0])
        entered = await given.post(findings_of(task, part), officer, json=body)
        (shown,) = entered["findings"][0]["sub_items"]
        assert (shown["answer"], shown["name"]) == (
            body["findings"][0]["sub_items"][0]["answer"],
            "许可情况",
        )


async def test_items_without_parts_are_answered_as_before(given: Given, key: Key) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[1]
    assert part["department_code"] == OTHER_DEPARTMENT
    officer = await given.officer_key(part["officers"][0], OTHER_DEPARTMENT)
    finding = {"item_code": "SC-01", "value": 1, "sub_items": [{"no": 7, "answer": "no"}]}
    entered = await given.post(
        findings_of(task, part), officer, json=findings_body(part, findings=[finding])
    )
    assert entered["findings"] == [
        {
            "item_code": "SC-01",
            "item_version": 1,
            "value": 1,
            "problem": "",
            "sub_items": [{"no": 7, "name": None, "answer": "no", "lines": []}],
        }
    ]


async def test_a_shared_checklist_is_answered_by_who_cannot_see_its_owner(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    shared = {"department_code": DEPARTMENT, "item_code": "SC-01"}
    item = {"code": "SC-01", "name": "共用标准", "standard_of": shared}
    await published(given, key, item, OTHER_DEPARTMENT)
    task = await given.task(key, 1)
    await published(given, key, CHANGED)
    part = (await given.parts(key, task))[1]
    officer = await given.officer_key(part["officers"][0], OTHER_DEPARTMENT)
    (listed,) = await checklists(http, task, officer)
    assert (listed["standard_version"], listed["sub_items"]) == (2, SUB_ITEMS)
    body = found(part, "yes", lines(*YES))
    entered = await given.post(findings_of(task, part), officer, json=body)
    answered = entered["findings"][0]["sub_items"][0]["lines"]
    assert [line["text"] for line in answered] == LINES


async def test_who_takes_no_part_sees_no_checklist(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key, 1)
    stranger = await given.key(department="619999-SCJG")
    address = f"/v1/inspection-tasks/{task['national_key']}/checklists"
    answer = await http.get(address, auth=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "inspection-task-not-found")


async def test_what_was_entered_before_there_were_lines_is_shown_as_it_was(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    former = '[{"item_code":"SC-01","value":1,"problem":"","sub_items":[{"no":1,"answer":"yes"}]}]'
    insert = (
        "INSERT INTO openlot.result_entry (task_code, object_code, department_code, version,"
        " findings, method, inspected_on, entered_at, entered_by, entered_person)"
        " SELECT task_code, object_code, department_code, 1, CAST(:found AS jsonb), 'on_site',"
        " '2026-03-02', now(), 'x', 'y' FROM openlot.inspection_part"
        " WHERE department_code = :department"
    )
    async with superuser.begin() as connection:
        await connection.execute(text(insert), {"found": former, "department": DEPARTMENT})
    (shown,) = (await http.get(findings_of(task, part), auth=key)).json()["items"]
    assert shown["findings"] == [
        {
            "item_code": "SC-01",
            "item_version": None,
            "value": 1,
            "problem": "",
            "sub_items": [{"no": 1, "name": None, "answer": "yes", "lines": []}],
        }
    ]
