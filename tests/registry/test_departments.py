"""Departments as a tree, their former states, and their means of supervision."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import Given, Key
from tests.watching import counts, rows

DEPARTMENTS = "/v1/registry/departments"
IMPORTS = "/v1/registry/department-imports"
TREE = [
    ("61-SCJG", None, "province"),
    ("6104-SCJG", "61-SCJG", "prefecture"),
    ("610403-SCJG", "6104-SCJG", "county"),
    ("610403-SCJG-01", "610403-SCJG", "township"),
    ("610403-SCJG-02", "610403-SCJG", "township"),
    ("610404-SCJG", "6104-SCJG", "county"),
]
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)


def row(code: str, parent: str | None, level: str, name: str = "") -> dict[str, str]:
    shown = {"code": code, "name": name or f"部门{code}", "level": level}
    return shown | ({"parent": parent} if parent else {})


@pytest.fixture
async def key(given: Given) -> Key:
    return await given.admin()


@pytest.fixture
async def _tree(given: Given, key: Key) -> None:
    given.at(BEGIN)
    await given.post(IMPORTS, key, json={"departments": [row(*one) for one in TREE]})
    given.now_again()


async def codes(http: httpx.AsyncClient, key: Key, **params: str) -> list[str]:
    answer = await http.get(DEPARTMENTS, auth=key, params=params)
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["items"]]


@pytest.mark.usefixtures("_tree")
class TestTree:
    async def test_children_and_everything_below(self, http: httpx.AsyncClient, key: Key) -> None:
        assert await codes(http, key, parent="6104-SCJG") == ["610403-SCJG", "610404-SCJG"]
        assert await codes(http, key, parent="610404-SCJG") == []
        assert await codes(http, key, within="610403-SCJG") == [
            "610403-SCJG",
            "610403-SCJG-01",
            "610403-SCJG-02",
        ]
        assert len(await codes(http, key, within="61-SCJG")) == len(TREE)
        assert await codes(http, key, within="61-NONE") == []
        assert await codes(http, key, within="610403-SCJG", parent="610403-SCJG") == [
            "610403-SCJG-01",
            "610403-SCJG-02",
        ]

    async def test_pages_of_a_subtree_follow_each_other(
        self, http: httpx.AsyncClient, key: Key
    ) -> None:
        params = {"within": "6104-SCJG", "limit": "2"}
        found = []
        while True:
            page = (await http.get(DEPARTMENTS, auth=key, params=params)).json()
            found += [one["code"] for one in page["items"]]
            if page["next"] is None:
                break
            params["after"] = page["next"]
        assert found == await codes(http, key, within="6104-SCJG")
        assert len(found) == 5

    @pytest.mark.parametrize(
        ("code", "parent"),
        [("61-SCJG", "61-SCJG"), ("61-SCJG", "610403-SCJG-01"), ("6104-SCJG", "610404-SCJG")],
    )
    async def test_no_department_stands_below_itself(
        self,
        http: httpx.AsyncClient,
        given: Given,
        key: Key,
        superuser: AsyncEngine,
        code: str,
        parent: str,
    ) -> None:
        before = await counts(superuser)
        body = {"departments": [row(code, parent, "county")]}
        answer = await http.post(IMPORTS, auth=key, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "department-below-itself")
        assert answer.json()["errors"][0]["pointer"] == "/departments/0/parent"
        assert await counts(superuser) == before

    async def test_two_departments_may_change_places(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        moved = [
            row("6104-SCJG", "610404-SCJG", "county"),
            row("610404-SCJG", "61-SCJG", "prefecture"),
        ]
        await given.post(IMPORTS, key, json={"departments": moved})
        assert await codes(http, key, parent="610404-SCJG") == ["6104-SCJG"]


@pytest.mark.usefixtures("_tree")
class TestHistory:
    async def test_former_states_are_kept_and_shown(
        self, http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        given.at(BEGIN + timedelta(days=1))
        moved = row("610403-SCJG-02", "610404-SCJG", "township", "新所")
        same = row("610403-SCJG-01", "610403-SCJG", "township")
        await given.post(IMPORTS, key, json={"departments": [moved, same, moved]})
        given.now_again()
        then = (BEGIN + timedelta(hours=1)).isoformat()
        assert await codes(http, key, parent="610404-SCJG") == ["610403-SCJG-02"]
        assert await codes(http, key, parent="610404-SCJG", as_of=then) == []
        below = await codes(http, key, within="610403-SCJG", as_of=then)
        assert below == ["610403-SCJG", "610403-SCJG-01", "610403-SCJG-02"]
        one = f"{DEPARTMENTS}/610403-SCJG-02"
        former = (await http.get(one, auth=key, params={"as_of": then})).json()
        assert (former["name"], former["parent_code"]) == ("部门610403-SCJG-02", "610403-SCJG")
        present = (await http.get(one, auth=key)).json()
        assert (present["name"], present["parent_code"]) == ("新所", "610404-SCJG")
        kept = await rows(
            superuser,
            "SELECT code, version FROM openlot.department_version"
            " WHERE code LIKE '610403-SCJG-0%' ORDER BY code, version",
        )
        assert [tuple(one) for one in kept] == [
            ("610403-SCJG-01", 1),
            ("610403-SCJG-02", 1),
            ("610403-SCJG-02", 2),
        ]

    async def test_before_it_was_recorded_there_was_nothing(
        self, http: httpx.AsyncClient, key: Key
    ) -> None:
        before = (BEGIN - timedelta(seconds=1)).isoformat()
        assert await codes(http, key, as_of=before) == []
        address = f"{DEPARTMENTS}/610403-SCJG"
        answer = await http.get(address, auth=key, params={"as_of": before})
        assert (answer.status_code, answer.json()["code"]) == (404, "department-not-found")


@pytest.mark.usefixtures("_tree")
class TestCapabilities:
    ADDRESS = f"{DEPARTMENTS}/610403-SCJG/capabilities"

    async def record(
        self, given: Given, key: Key, means: str, valid_from: str, **more: Any
    ) -> dict[str, Any]:
        body = {"means": means, "valid_from": valid_from, **more}
        return await given.post(self.ADDRESS, key, json=body)

    async def listed(
        self, http: httpx.AsyncClient, key: Key, **params: str
    ) -> list[tuple[str, int]]:
        answer = await http.get(self.ADDRESS, auth=key, params=params)
        assert answer.status_code == 200, answer.text
        return [(one["means"], one["version"]) for one in answer.json()["items"]]

    async def test_what_a_department_has_on_a_day_and_what_was_known_when(
        self, http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        given.at(BEGIN)
        await self.record(given, key, "video", "2026-01-01")
        await self.record(given, key, "drone", "2026-06-01", valid_to="2026-12-31", note="2架")
        given.at(BEGIN + timedelta(days=1))
        ended = await self.record(given, key, "video", "2026-01-01", valid_to="2026-02-28")
        assert (ended["version"], ended["valid_to"]) == (2, "2026-02-28")
        given.now_again()
        assert await self.listed(http, key) == [("drone", 1), ("video", 2)]
        assert await self.listed(http, key, on="2026-02-28") == [("video", 2)]
        assert await self.listed(http, key, on="2026-03-01") == []
        assert await self.listed(http, key, on="2026-12-31") == [("drone", 1)]
        assert await self.listed(http, key, on="2027-01-01") == []
        then = (BEGIN + timedelta(hours=1)).isoformat()
        assert await self.listed(http, key, on="2027-01-01", as_of=then) == [("video", 1)]
        kept = await rows(superuser, "SELECT version FROM openlot.department_capability")
        assert len(kept) == 3

    async def test_what_is_wrong_is_refused(
        self, http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        before = await counts(superuser)

        async def refused(body: dict[str, str], address: str = self.ADDRESS) -> tuple[int, str]:
            answer = await http.post(address, auth=key, json=body)
            faults = answer.json()["errors"]
            return answer.status_code, faults[0]["code"] if faults else answer.json()["code"]

        video = {"means": "video", "valid_from": "2026-01-01"}
        reversed_ = {**video, "valid_to": "2025-12-31"}
        assert await refused(reversed_) == (422, "capability-reversed")
        assert await refused({**video, "means": "telepathy"}) == (422, "enum")
        nowhere = f"{DEPARTMENTS}/61-NONE/capabilities"
        assert await refused(video, nowhere) == (404, "department-not-found")
        assert await counts(superuser) == before

    async def test_another_department_sees_and_writes_nothing(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        stranger = await given.key(department="610404-SCJG")
        body = {"means": "video", "valid_from": "2026-01-01"}
        for answer in (
            await http.post(self.ADDRESS, auth=stranger, json=body),
            await http.get(self.ADDRESS, auth=stranger),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")
