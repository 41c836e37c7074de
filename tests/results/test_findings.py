"""Findings: who may enter, sign and review them, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.clock import day_in_china
from app.core.embedded import EmbeddedServer
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


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def refused(
    given: Given,
    superuser: AsyncEngine,
    path: str,
    key: Key,
    body: dict[str, Any],
    expected: tuple[int, str],
) -> dict[str, Any]:
    before = await counts(superuser)
    answer = await given.http.post(path, auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert await counts(superuser) == before
    problem: dict[str, Any] = answer.json()
    return problem


async def state(given: Given, key: Key, task: dict[str, Any], part: dict[str, Any]) -> str:
    place = (part["object_code"], part["department_code"])
    found = await given.parts(key, task)
    (one,) = [p for p in found if (p["object_code"], p["department_code"]) == place]
    return str(one["state"])


async def test_who_was_not_drawn_enters_and_signs_nothing(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part, other = await given.parts(key, task)
    address = findings_of(task, part)
    nobody = f"{DEPARTMENT}-0099"
    keys = {
        "not drawn": await given.officer_key(nobody),
        "drawn for another department": await given.key(person=other["officers"][0], sees=("*",)),
        "a system without a person": await given.key(),
    }
    for stranger in keys.values():
        await refused(given, superuser, address, stranger, findings_body(part), (403, "not-drawn"))
    assert await state(given, key, task, part) == "pending"
    await given.findings(task, part)
    signatures = f"{address}/1/signatures"
    body = {"department_code": DEPARTMENT}
    for stranger in keys.values():
        await refused(given, superuser, signatures, stranger, body, (403, "not-drawn"))
    assert await state(given, key, task, part) == "entered"


async def test_one_officer_alone_is_not_enough(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    await given.findings(task, part)
    address = findings_of(task, part)
    head = await given.officer_key("head")
    review = review_body(part)
    alone = (409, "second-officer-missing")
    await refused(given, superuser, f"{address}/1/review", head, review, alone)
    first = await given.officer_key(part["officers"][0])
    sign = {"department_code": DEPARTMENT}
    same = (409, "second-officer-same")
    await refused(given, superuser, f"{address}/1/signatures", first, sign, same)
    assert await state(given, key, task, part) == "entered"
    second = await given.officer_key(part["officers"][1])
    await given.post(f"{address}/1/signatures", second, json=sign)
    assert await state(given, key, task, part) == "signed"
    again = (409, "signed-already")
    await refused(given, superuser, f"{address}/1/signatures", second, sign, again)
    await given.post(f"{address}/1/review", head, json=review)
    assert await state(given, key, task, part) == "approved"
    over = (409, "findings-reviewed-already")
    await refused(given, superuser, f"{address}/1/review", head, review, over)
    await refused(given, superuser, f"{address}/1/signatures", second, sign, over)


async def test_who_entered_does_not_review(given: Given, superuser: AsyncEngine, key: Key) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    await given.signed(task, part)
    enterer = await given.officer_key(part["officers"][0])
    address = f"{findings_of(task, part)}/1/review"
    for decision in ("approved", "returned"):
        body = review_body(part, decision=decision, opinion="同意")
        await refused(given, superuser, address, enterer, body, (409, "reviewer-entered"))
    assert await state(given, key, task, part) == "signed"


@pytest.mark.parametrize(
    ("table", "person", "why"),
    [
        ("result_review", "reviewed_person", "ck_result_review_other_person"),
        ("result_signature", "signed_person", "ck_result_signature_second_officer"),
    ],
)
async def test_the_database_holds_the_two_persons(
    given: Given, postgres: EmbeddedServer, key: Key, table: str, person: str, why: str
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    await given.findings(task, part)
    columns = "task_code, object_code, department_code, version, entered_person"
    more = {
        "result_review": (
            "decision, opinion, reviewed_at, reviewed_by",
            "'approved', '', now(), 'x'",
        ),
        "result_signature": ("signed_at, signed_by", "now(), 'x'"),
    }[table]
    insert = (
        f"INSERT INTO openlot.{table} ({columns}, {person}, {more[0]})"
        f" SELECT {columns}, entered_person, {more[1]} FROM openlot.result_entry"
    )
    engine = create_async_engine(postgres.runtime_url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT set_config('app.departments', '*', true)"))
        with pytest.raises(DBAPIError, match=why):
            await connection.execute(text(insert))
    await engine.dispose()


async def test_findings_are_for_the_items_of_the_task(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    items = [{"code": f"SC-0{n}", "name": "登记事项检查"} for n in (1, 2, 3)]
    assert (await given.upload_items(key, items)).status_code == 201
    await given.publish_items(key)
    officers = f"{DEPARTMENT}-0001,甲,证1,2030-12-31,SC-01;SC-02\n"
    officers += f"{DEPARTMENT}-0002,乙,证2,2030-12-31,SC-01;SC-02\n"
    head = "staff_no,name,certificate_no,certificate_valid_to,item_codes\n"
    await given.inspectors(key, csv=head + officers)
    chosen = [{"department_code": DEPARTMENT, "item_code": f"SC-0{n}"} for n in (1, 2)]
    task = await given.task(key, 1, items=chosen)
    part = (await given.parts(key, task))[0]
    officer = await given.officer_key(part["officers"][0])
    one, two, three = ({"item_code": f"SC-0{n}", "value": 1} for n in (1, 2, 3))
    for findings, code, pointer in (
        ([one, two, three], "item-outside-task", "/findings/2/item_code"),
        ([three], "item-outside-task", "/findings/0/item_code"),
        ([one], "item-missing", "/findings"),
        ([one, two, one], "item-twice", "/findings/2/item_code"),
        ([one, {**two, "value": 9}], "invalid-input", "/findings/1/value"),
        ([one, {**two, "value": 0}], "invalid-input", "/findings/1/value"),
    ):
        body = findings_body(part, findings=findings)
        address = findings_of(task, part)
        problem = await refused(given, superuser, address, officer, body, (422, code))
        assert problem["errors"][0]["pointer"] == pointer
    assert await state(given, key, task, part) == "pending"
    body = findings_body(part, findings=[two, one])
    await given.post(findings_of(task, part), officer, json=body)


async def test_the_day_of_the_inspection_has_come_and_lies_in_the_window(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    """Half past five in the afternoon UTC it is the next day in China."""
    given.at(datetime(2026, 5, 8, 17, 30, tzinfo=UTC))
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    officer = await given.officer_key(part["officers"][0])
    address = findings_of(task, part)
    given.at(datetime(2026, 5, 8, 17, 30, tzinfo=UTC))
    body = findings_body(part, inspected_on="2026-05-10")
    await refused(given, superuser, address, officer, body, (422, "inspected-in-future"))
    body = findings_body(part, inspected_on="2026-02-28")
    await refused(given, superuser, address, officer, body, (422, "inspected-before-window"))
    assert await state(given, key, task, part) == "pending"
    await given.post(address, officer, json=findings_body(part, inspected_on="2026-05-09"))


async def test_findings_are_entered_once_and_again_only_when_returned(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    address = findings_of(task, part)
    first, second = [await given.officer_key(o) for o in part["officers"]]
    head = await given.officer_key("head")
    entered = (409, "findings-entered-already")
    await given.signed(task, part)
    await refused(given, superuser, address, second, findings_body(part), entered)
    no_word = review_body(part, decision="returned", opinion=" ")
    await refused(given, superuser, f"{address}/1/review", head, no_word, (422, "opinion-missing"))
    back = review_body(part, decision="returned", opinion="照片不清")
    await given.post(f"{address}/1/review", head, json=back)
    assert await state(given, key, task, part) == "returned"
    again = await given.post(address, second, json=findings_body(part, 7))
    assert (again["version"], again["entered_person"]) == (2, part["officers"][1])
    assert await state(given, key, task, part) == "entered"
    await refused(given, superuser, address, first, findings_body(part), entered)
    alone = (409, "second-officer-missing")
    await refused(given, superuser, f"{address}/2/review", head, review_body(part), alone)
    sign = {"department_code": DEPARTMENT}
    await given.post(f"{address}/2/signatures", first, json=sign)
    await given.post(f"{address}/2/review", head, json=review_body(part))
    assert await state(given, key, task, part) == "approved"
    await refused(given, superuser, address, first, findings_body(part), entered)
    over = (409, "findings-reviewed-already")
    await refused(given, superuser, f"{address}/1/review", head, review_body(part), over)
    missing = (404, "findings-not-found")
    await refused(given, superuser, f"{address}/3/review", head, review_body(part), missing)
    versions = (await http.get(address, auth=key)).json()["items"]
    assert [(v["version"], v["review"]["decision"]) for v in versions] == [
        (1, "returned"),
        (2, "approved"),
    ]
    assert [s["signed_person"] for s in versions[1]["signatures"]] == [part["officers"][0]]


async def test_two_who_enter_at_once_leave_one_version(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    officers = [await given.officer_key(officer) for officer in part["officers"]]
    answers = await asyncio.gather(
        *(
            http.post(findings_of(task, part), auth=officer, json=findings_body(part))
            for officer in officers
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    codes = {answer.json().get("code") for answer in answers}
    assert codes == {None, "findings-entered-already"}
    assert (await counts(superuser))["openlot.result_entry"] == 1


async def test_each_department_acts_on_and_sees_its_own_parts_only(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    """Another department's part answers as one that is not there."""
    task = await given.task(key, 1)
    ours, theirs = await given.parts(key, task)
    await given.signed(task, ours)
    await given.signed(task, theirs)
    address = findings_of(task, ours)
    their_head = await given.officer_key("head", OTHER_DEPARTMENT)
    missing = {**ours, "department_code": "619999-SCJG"}
    for path, body in (
        (address, findings_body),
        (f"{address}/1/signatures", lambda part: {"department_code": part["department_code"]}),
        (f"{address}/1/review", review_body),
    ):
        answers = [
            await refused(
                given,
                superuser,
                path,
                their_head,
                body(part),
                (404, "inspection-part-not-found"),
            )
            for part in (ours, missing)
        ]
        assert answers[0]["texts"] == answers[1]["texts"]
    seen = (await http.get(address, auth=their_head)).json()["items"]
    assert [one["department_code"] for one in seen] == [OTHER_DEPARTMENT]
    nowhere = address.replace(ours["object_code"], "91610403NOWHERE")
    answer = await http.get(nowhere, auth=their_head)
    assert (answer.status_code, answer.json()["code"]) == (404, "inspection-part-not-found")


async def test_inspections_are_found_by_department_and_state(given: Given, key: Key) -> None:
    task = await given.task(key)
    parts = await given.parts(key, task)
    await given.findings(task, parts[0])
    await given.signed(task, parts[3])
    for wanted, places in (
        ({"department": DEPARTMENT}, [0, 2]),
        ({"department": OTHER_DEPARTMENT}, [1, 3]),
        ({"state": "pending"}, [1, 2]),
        ({"state": "entered"}, [0]),
        ({"state": "signed", "department": OTHER_DEPARTMENT}, [3]),
        ({"state": "signed", "department": DEPARTMENT}, []),
        ({"department": "619999-SCJG"}, []),
    ):
        found = await given.parts(key, task, **wanted)
        assert [(p["object_code"], p["department_code"]) for p in found] == [
            (parts[n]["object_code"], parts[n]["department_code"]) for n in places
        ], wanted
    after, seen = None, []
    while True:
        params = {"limit": 3} | ({"after": after} if after else {})
        address = f"/v1/inspection-tasks/{task['national_key']}/inspections"
        page = (await given.http.get(address, auth=key, params=params)).json()
        seen += [(p["object_code"], p["department_code"]) for p in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [(p["object_code"], p["department_code"]) for p in parts]


def test_the_day_begins_at_midnight_in_china() -> None:
    midnight = datetime(2026, 5, 8, 16, tzinfo=UTC)
    assert f"{day_in_china(midnight)}" == "2026-05-09"
    assert f"{day_in_china(midnight - timedelta(seconds=1))}" == "2026-05-08"


async def test_who_signed_does_not_review(given: Given, key: Key, superuser: AsyncEngine) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    version = (await given.signed(task, part))["version"]
    signatory = await given.officer_key(part["officers"][1], part["department_code"])
    address = f"{findings_of(task, part)}/{version}/review"
    await refused(given, superuser, address, signatory, review_body(part), (409, "reviewer-signed"))
