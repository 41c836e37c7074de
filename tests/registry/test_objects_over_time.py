"""What was known when: states of an object, directories of past moments, classes over time."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.factories import DEPARTMENT, Given, Key, classes_csv, object_code, objects_csv

OBJECTS = "/v1/registry/inspected-objects"
OF = {"department": DEPARTMENT}
DAYS = [datetime(2026, 3, day, 4, tzinfo=UTC) for day in (1, 2, 3)]
"""The moments of three imports."""


def between(number: int) -> str:
    """A moment after the import of that number, before the next; 0: before the first."""
    return (DAYS[0] + timedelta(days=number - 1, hours=1)).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    """Three imports on three days: 3 objects; one renamed and one new; the first one gone."""
    key = await standing.admin()
    await standing.departments(key)
    await standing.code_tables(key)
    first = objects_csv(3)
    second = objects_csv(4).replace("第2号商店", "第二商店")
    third = second.replace(f"{object_code(1)},第1号商店,企业,610403,52,2020-01-02,存续", _gone())
    for moment, csv in zip(DAYS, (first, second, third), strict=True):
        standing.at(moment)
        await standing.objects(key, csv)
        await standing.classes(key, classes_csv(2, "ABCD"[moment.day]), "2026-01-01")
    standing.now_again()
    return key


def _gone() -> str:
    return f"{object_code(1)},第1号商店,企业,610403,52,2020-01-02,注销"


async def get(http: httpx.AsyncClient, key: Key, path: str, **params: Any) -> dict[str, Any]:
    answer = await http.get(path, auth=key, params=OF | params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("after", "known"),
    [
        (0, {}),
        (1, {1: ("第1号商店", "active"), 2: ("第2号商店", "active"), 3: ("第3号商店", "active")}),
        (
            2,
            {
                1: ("第1号商店", "active"),
                2: ("第二商店", "active"),
                3: ("第3号商店", "active"),
                4: ("第4号商店", "active"),
            },
        ),
        (
            3,
            {
                1: ("第1号商店", "deregistered"),
                2: ("第二商店", "active"),
                3: ("第3号商店", "active"),
                4: ("第4号商店", "active"),
            },
        ),
    ],
)
async def test_a_list_answers_what_was_known_then(
    standing: Given, key: Key, after: int, known: dict[int, tuple[str, str]]
) -> None:
    page = await get(standing.http, key, OBJECTS, as_of=between(after))
    expected = {object_code(n): said for n, said in known.items()}
    assert {o["code"]: (o["name"], o["status"]) for o in page["items"]} == expected
    if after == 3:
        now = await get(standing.http, key, OBJECTS)
        assert now == page


async def test_one_object_answers_what_was_known_then(standing: Given, key: Key) -> None:
    path = f"{OBJECTS}/{object_code(2)}"
    names = [(await get(standing.http, key, path, as_of=between(n)))["name"] for n in (1, 2, 3)]
    assert names == ["第2号商店", "第二商店", "第二商店"]
    before = await standing.http.get(path, auth=key, params=OF | {"as_of": between(0)})
    assert (before.status_code, before.json()["code"]) == (404, "inspected-object-not-found")


async def test_filters_and_pages_hold_for_a_past_moment(standing: Given, key: Key) -> None:
    found = await get(standing.http, key, OBJECTS, as_of=between(1), name="第2号")
    assert [one["code"] for one in found["items"]] == [object_code(2)]
    assert (await get(standing.http, key, OBJECTS, name="第2号"))["items"] == []
    first = await get(standing.http, key, OBJECTS, as_of=between(1), limit=2)
    rest = await get(standing.http, key, OBJECTS, as_of=between(1), limit=2, after=first["next"])
    codes = [one["code"] for one in first["items"] + rest["items"]]
    assert codes == sorted(object_code(n) for n in (1, 2, 3))
    assert rest["next"] is None


async def test_every_state_says_since_when_from_whom_and_until_when(
    standing: Given, key: Key
) -> None:
    path = f"{OBJECTS}/{object_code(2)}/versions"
    states = (await get(standing.http, key, path))["items"]
    shown = [(s["entry"]["name"], s["recorded_at"][:10], s["recorded_until"]) for s in states]
    assert shown[0] == ("第二商店", "2026-03-02", None)
    assert shown[1] == ("第2号商店", "2026-03-01", states[0]["recorded_at"])
    assert {s["import_source"] for s in states} == {"登记注册库"}
    assert all(s["imported_by"] and s["import_id"] for s in states)
    assert [s["entry"]["version"] for s in states] == [2, 1]
    newest = await get(standing.http, key, path, limit=1)
    older = await get(standing.http, key, path, limit=1, after=newest["next"])
    assert [newest["items"][0], older["items"][0], older["next"]] == [*states, None]
    nothing = await standing.http.get(f"{OBJECTS}/XX/versions", auth=key, params=OF)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "inspected-object-not-found")


FIELDS = [
    "code",
    "name",
    "kind",
    "ent_type",
    "region_code",
    "industry_code",
    "established_on",
    "status",
    "reg_authority",
    "jurisdiction_unit",
    "source",
    "listed",
]


async def recomputed(http: httpx.AsyncClient, key: Key, moment: str) -> tuple[int, str]:
    """Number and digest of the entries, from what the list shows, as anybody can."""
    shown = []
    for listed in ("true", "false"):
        shown += (await get(http, key, OBJECTS, as_of=moment, listed=listed))["items"]
    shown.sort(key=lambda one: one["code"].encode())
    lines = [json.dumps([one[f] for f in FIELDS], ensure_ascii=False) + "\n" for one in shown]
    return len(lines), hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("after", [0, 1, 2, 3])
async def test_a_directory_of_a_past_moment_is_rebuilt_and_its_digest_recomputed(
    standing: Given, key: Key, after: int
) -> None:
    path = "/v1/registry/directory-digests"
    told = await get(standing.http, key, path, as_of=between(after))
    assert (told["entries"], told["sha256"]) == await recomputed(standing.http, key, between(after))
    assert told["entries"] == (0, 3, 4, 4)[after]
    assert told["department_code"] == DEPARTMENT


async def test_digests_of_different_states_differ_and_that_of_now_is_the_last(
    standing: Given, key: Key
) -> None:
    path = "/v1/registry/directory-digests"
    past = [(await get(standing.http, key, path, as_of=between(n)))["sha256"] for n in range(4)]
    assert len(set(past)) == 4
    assert (await get(standing.http, key, path))["sha256"] == past[3]


async def test_classes_have_a_history_and_a_past(standing: Given, key: Key) -> None:
    path = f"{OBJECTS}/{object_code(1)}/credit-class"
    told = (await get(standing.http, key, f"{path}es"))["items"]
    assert [one["credit_class"] for one in told] == ["D", "C", "B"]
    assert [one["recorded_at"][:10] for one in told] == ["2026-03-03", "2026-03-02", "2026-03-01"]
    assert {one["source"] for one in told} == {"信用分类系统"}
    known = [
        (await get(standing.http, key, path, as_of=between(n)))["credit_class"] for n in (1, 2, 3)
    ]
    assert known == ["B", "C", "D"]
    found = [
        [
            one["code"]
            for one in (await get(standing.http, key, OBJECTS, as_of=between(n), credit_class="C"))[
                "items"
            ]
        ]
        for n in (1, 2, 3)
    ]
    assert found == [[], sorted([object_code(1), object_code(2)]), []]
    newest = await get(standing.http, key, f"{path}es", limit=2)
    rest = await get(standing.http, key, f"{path}es", limit=2, after=newest["next"])
    assert newest["items"] + rest["items"] == told


async def test_another_department_sees_neither_states_nor_digest(standing: Given, key: Key) -> None:
    other = await standing.key(department="610404-SCJG")
    for path in (f"{OBJECTS}/{object_code(1)}/versions", "/v1/registry/directory-digests"):
        answer = await standing.http.get(path, auth=other, params=OF)
        assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")
