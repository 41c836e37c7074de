"""Feeds with owners and quality, and corrections with due dates 谁产生谁提供谁负责."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    classes_csv,
    object_code,
    objects_csv,
)
from tests.watching import counts, statements

FEEDS = "/v1/registry/feeds"
REQUESTS = "/v1/registry/correction-requests"
OF = {"department": DEPARTMENT}
START = datetime(2026, 6, 1, 2, tzinfo=UTC)
"""A Monday."""


def feed_body(**changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "code": "F-REG",
        "kind": "objects",
        "source": "登记注册库",
        "producer": "杨陵区行政审批服务局",
        "provider": "杨陵区大数据服务中心",
        "responsible_department": OTHER_DEPARTMENT,
        "interval_days": 7,
    } | changes


def request_body(**changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "object_code": object_code(1),
        "fact": "name",
        "right_value": "第一商店",
        "reason": "营业执照记载",
    } | changes


@pytest.fixture
async def key(given: Given) -> Any:
    """Four objects that were imported at START, of a feed that another department answers for."""
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    await given.code_tables(key)
    given.at(START)
    csv = (
        objects_csv(4)
        .replace("第4号商店", "第3号商店")
        .replace("第1号商店,企业,610403,52", "第1号商店,企业,610403,")
    )
    await given.objects(key, csv)
    await given.post(FEEDS, key, json=feed_body())
    yield key
    given.now_again()


async def quality(given: Given, key: Key, feed: str = "F-REG") -> dict[str, Any]:
    answer = await given.http.get(f"{FEEDS}/{feed}/quality", auth=key, params=OF)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_feed_has_versions_and_owners(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    before = await counts(superuser)
    assert (await given.post(FEEDS, key, json=feed_body()))["version"] == 1
    after = await counts(superuser)
    assert {t for t in after if after[t] != before[t]} == {"openlot.kept_reply"}
    changed = await given.post(FEEDS, key, json=feed_body(interval_days=1))
    assert (changed["version"], changed["interval_days"]) == (2, 1)
    listed = (await given.http.get(FEEDS, auth=key, params=OF)).json()
    assert listed == {"items": [changed], "next": None}
    unknown = feed_body(responsible_department="610403-XXX")
    refused = await given.http.post(FEEDS, auth=key, json=unknown)
    assert (refused.status_code, refused.json()["code"]) == (404, "department-not-found")


async def test_the_parts_of_quality_are_counted_over_the_directory(given: Given, key: Key) -> None:
    found = await quality(given, key)
    assert found["rows"] == 4
    assert found["filled"] == {
        "ent_type": 0,
        "industry_code": 3,
        "established_on": 4,
        "reg_authority": 0,
        "jurisdiction_unit": 0,
    }
    assert found["completeness"] == {"good": 7, "of": 20}
    assert found["validity"] == {"good": 4, "of": 4}
    assert found["uniqueness"] == {"good": 2, "of": 4}
    assert found["freshness"] == {"good": 4, "of": 4}
    assert found["score"] == "0.7125"
    assert found["last_import_at"] == "2026-06-01T02:00:00.000000Z"
    assert found["due_at"] == "2026-06-08T02:00:00.000000Z"


async def test_an_overdue_feed_is_not_fresh_and_a_retired_region_not_valid(
    given: Given, key: Key
) -> None:
    retired = (
        "code,name,full_name,level,parent_code,status,valid_from,valid_to,successor_codes\n"
        "610403,杨陵区,陕西省咸阳市杨陵区,county,610400,retired,1982,2026,610404\n"
    )
    await given.upload("/v1/registry/division-imports", key, retired, source="test")
    given.at(START + timedelta(days=7, seconds=1))
    found = await quality(given, key)
    assert found["validity"] == {"good": 0, "of": 4}
    assert found["freshness"] == {"good": 0, "of": 4}
    given.at(START + timedelta(days=7) - timedelta(seconds=1))
    assert (await quality(given, key))["freshness"] == {"good": 4, "of": 4}


async def test_a_feed_of_classes_is_measured_by_whom_it_tells_of(given: Given, key: Key) -> None:
    await given.classes(key, classes_csv(1))
    body = feed_body(code="F-CREDIT", kind="credit-classes", source="信用分类系统")
    await given.post(FEEDS, key, json=body)
    found = await quality(given, key, "F-CREDIT")
    assert found["completeness"] == {"good": 1, "of": 4}
    assert (found["validity"], found["uniqueness"], found["filled"]) == (None, None, {})
    assert found["freshness"] == {"good": 1, "of": 1}
    assert found["score"] == "0.6250"


async def test_quality_of_a_feed_that_told_nothing(given: Given, key: Key) -> None:
    await given.post(FEEDS, key, json=feed_body(code="F-NONE", source="其他来源"))
    found = await quality(given, key, "F-NONE")
    assert (found["rows"], found["last_import_at"], found["due_at"]) == (0, None, None)
    assert found["score"] == "1.0000"
    missing = await given.http.get(f"{FEEDS}/F-XX/quality", auth=key, params=OF)
    assert (missing.status_code, missing.json()["code"]) == (404, "registry-feed-not-found")


async def asked(given: Given, key: Key, **changes: Any) -> dict[str, Any]:
    return await given.post(REQUESTS, key, json=request_body(**changes))


async def listed(given: Given, key: Key, department: str, **wanted: Any) -> list[dict[str, Any]]:
    params = {"department": department} | wanted
    answer = await given.http.get(REQUESTS, auth=key, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_request_names_the_value_who_answers_and_by_when(given: Given, key: Key) -> None:
    made = await asked(given, key)
    assert made["held_value"] == "第1号商店"
    assert made["responsible_department"] == OTHER_DEPARTMENT
    assert made["due_on"] == "2026-06-15"
    assert (made["overdue"], made["answer"]) == (False, None)
    found = await given.http.get(f"{REQUESTS}/{made['id']}", auth=key)
    assert found.json() == made
    given.at(datetime(2026, 6, 15, 16, tzinfo=UTC))
    assert (await given.http.get(f"{REQUESTS}/{made['id']}", auth=key)).json()["overdue"]


async def test_the_number_of_days_is_a_rule(given: Given, key: Key) -> None:
    rule = {
        "key": "correction.working-days",
        "valid_from": "2026-01-01",
        "value": 3,
        "source": "试验",
    }
    await given.post("/v1/rules", key, json=rule)
    assert (await asked(given, key))["due_on"] == "2026-06-04"


async def test_an_accepted_request_refers_to_the_import_that_corrected(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    made = await asked(given, key)
    answerer = await given.key(department=OTHER_DEPARTMENT)
    given.at(START + timedelta(days=1))
    csv = objects_csv(1).replace("第1号商店", "第一商店")
    corrected = (await given.upload_objects(key, csv)).json()
    other = (await given.upload_objects(key, objects_csv(3))).json()
    path = f"{REQUESTS}/{made['id']}/decision"
    before = await counts(superuser)
    for import_id in (str(uuid4()),):
        body = {"decision": "accepted", "import_id": import_id}
        refused = await given.http.post(path, auth=answerer, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "correction-import-unfit")
    assert await counts(superuser) == before
    body = {"decision": "accepted", "import_id": corrected["id"], "reason": "已更正"}
    answer = (await given.post(path, answerer, json=body))["answer"]
    assert (answer["decision"], answer["import_id"]) == ("accepted", corrected["id"])
    assert other["id"] != corrected["id"]
    again = await given.http.post(path, auth=answerer, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "correction-answered-already")


async def test_an_import_before_the_request_or_of_other_objects_is_no_correction(
    given: Given, key: Key
) -> None:
    before = (await given.upload_objects(key, objects_csv(1).replace("第1号", "第壹号"))).json()
    made = await asked(given, key)
    given.at(START + timedelta(days=1))
    unrelated = (await given.upload_objects(key, objects_csv(9))).json()
    path = f"{REQUESTS}/{made['id']}/decision"
    for one in (before, unrelated):
        if one is unrelated:
            made = await asked(given, key, object_code=object_code(2))
            path = f"{REQUESTS}/{made['id']}/decision"
        body = {"decision": "accepted", "import_id": one["id"]}
        refused = await given.http.post(path, auth=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "correction-import-unfit")


async def test_a_refusal_says_why(given: Given, key: Key, superuser: AsyncEngine) -> None:
    path = f"{REQUESTS}/{(await asked(given, key))['id']}/decision"
    before = await counts(superuser)
    for body in (
        {"decision": "refused"},
        {"decision": "refused", "reason": "  "},
        {"decision": "refused", "reason": "无误", "import_id": str(uuid4())},
        {"decision": "accepted"},
    ):
        refused = await given.http.post(path, auth=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "refusal-unexplained")
    assert await counts(superuser) == before
    answered = await given.post(path, key, json={"decision": "refused", "reason": "登记无误"})
    assert (answered["answer"]["reason"], answered["overdue"]) == ("登记无误", False)


async def test_both_departments_see_a_request_and_only_the_responsible_answers(
    given: Given, key: Key
) -> None:
    made = await asked(given, key)
    owner, answerer = await given.key(), await given.key(department=OTHER_DEPARTMENT)
    stranger = await given.key(department="610404-SCJG")
    assert await listed(given, owner, DEPARTMENT) == [made]
    assert await listed(given, answerer, OTHER_DEPARTMENT) == [made]
    path = f"{REQUESTS}/{made['id']}"
    assert (await given.http.get(path, auth=stranger)).status_code == 404
    body = {"decision": "refused", "reason": "登记无误"}
    refused = await given.http.post(f"{path}/decision", auth=owner, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "correction-not-yours")
    answered = await given.post(f"{path}/decision", answerer, json=body)
    assert await listed(given, owner, DEPARTMENT, open="true") == []
    assert await listed(given, owner, DEPARTMENT, open="false") == [answered]
    assert await listed(given, owner, DEPARTMENT, object=object_code(2)) == []


async def test_without_a_feed_nobody_answers(given: Given, key: Key) -> None:
    await given.post(FEEDS, key, json=feed_body(source="另一来源"))
    refused = await given.http.post(REQUESTS, auth=key, json=request_body())
    assert (refused.status_code, refused.json()["code"]) == (422, "responsible-unknown")
    missing = request_body(object_code="XX")
    refused = await given.http.post(REQUESTS, auth=key, json=missing)
    assert (refused.status_code, refused.json()["code"]) == (404, "inspected-object-not-found")


async def test_a_list_of_requests_costs_the_same_however_long(given: Given, key: Key) -> None:
    sent_for = []
    for number in (1, 2):
        await asked(given, key, object_code=object_code(number))
        with statements(given.app) as sent:
            assert len(await listed(given, key, DEPARTMENT)) == number
        sent_for.append(len(sent))
    assert len(set(sent_for)) == 1
