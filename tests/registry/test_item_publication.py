"""Making inspection items public, and what may use them from then on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, line_body
from tests.registry.item_lists import ITEMS, OF_DEPARTMENT, detailed_item, kept, refusals, shown
from tests.watching import counts, rows

PUBLICATIONS = "/v1/registry/inspection-item-publications"


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    return key


class TestPublication:
    async def test_who_published_what_and_when_is_shown_and_in_the_log(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, detailed_item(), {**detailed_item(), "code": "SC-02"})
        body = {"department_code": DEPARTMENT, "items": [{"code": "SC-02", "version": 1}]}
        made = (await given.post(PUBLICATIONS, key, json=body))["items"]
        assert [(one["code"], one["version"]) for one in made] == [("SC-02", 1)]
        found = await shown(http, key, "SC-02")
        assert found["published_at"] == made[0]["published_at"]
        assert found["published_by"] == made[0]["published_by"]
        assert (await shown(http, key, "SC-01"))["published_at"] is None
        entries = (await http.get("/v1/ledger/entries", params={"limit": 200})).json()["items"]
        logged = [e["data"] for e in entries if "inspection-item.published" in (e["data"] or "")]
        assert len(logged) == 1
        assert "SC-02" in logged[0]

    async def test_without_names_the_newest_versions_that_are_not_public_are_published(
        self, given: Given, key: Key
    ) -> None:
        await kept(given, key, detailed_item(), {**detailed_item(), "code": "SC-02"})
        body = {"department_code": DEPARTMENT}
        first = await given.post(PUBLICATIONS, key, json=body)
        assert [one["code"] for one in first["items"]] == ["SC-01", "SC-02"]
        await kept(given, key, {**detailed_item(), "remark": "改"})
        second = await given.post(PUBLICATIONS, key, json=body)
        assert [(one["code"], one["version"]) for one in second["items"]] == [("SC-01", 2)]
        assert (await given.post(PUBLICATIONS, key, json=body))["items"] == []

    async def test_a_version_is_published_once_and_only_if_it_is_there(
        self, http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        await kept(given, key, detailed_item())
        await given.publish_items(key)
        before = await counts(superuser)

        async def refused(*items: tuple[str, int]) -> tuple[int, str, str]:
            named = [{"code": code, "version": version} for code, version in items]
            body = {"department_code": DEPARTMENT, "items": named}
            answer = (await http.post(PUBLICATIONS, auth=key, json=body)).json()
            return answer["status"], answer["code"], answer["errors"][0]["pointer"]

        taken = (409, "inspection-item-published-already", "/items/0")
        assert await refused(("SC-01", 1)) == taken
        assert await refused(("SC-01", 2)) == (404, "inspection-item-not-found", "/items/0")
        assert await counts(superuser) == before
        await kept(given, key, {**detailed_item(), "remark": "改"})
        twice = await refused(("SC-01", 2), ("SC-01", 2))
        assert twice == (409, "inspection-item-published-already", "/items/1")

    async def test_only_its_own_department_publishes(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, detailed_item())
        stranger = await given.key(department=OTHER_DEPARTMENT)
        body = {"department_code": DEPARTMENT}
        answer = await http.post(PUBLICATIONS, auth=stranger, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")

    async def test_a_published_version_cannot_be_withdrawn_by_hand(
        self, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        await kept(given, key, detailed_item())
        await given.publish_items(key)
        async with superuser.connect() as connection:
            with pytest.raises(Exception, match="never changed"):
                await connection.exec_driver_sql("DELETE FROM openlot.inspection_item_publication")


class TestPublicList:
    """What anyone may read without a key."""

    @staticmethod
    async def listed(http: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
        address = "/v1/public/inspection-items"
        answer = await http.get(address, params={**OF_DEPARTMENT, **params})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def test_only_what_is_published_and_in_force_is_there(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        ended = {"code": "SC-02", "name": "旧", "valid_to": "2026-06-30"}
        await kept(given, key, {"code": "SC-01", "name": "一"}, ended)
        assert await self.listed(http) == []
        await given.publish_items(key)
        await kept(given, key, {"code": "SC-01", "name": "二"}, {"code": "SC-03", "name": "三"})

        async def names(day: str) -> list[str]:
            return [one["name"] for one in await self.listed(http, on=day)]

        assert await names("2026-06-30") == ["一", "旧"]
        assert await names("2026-07-01") == ["一"]
        await given.publish_items(key)
        assert await names("2026-07-01") == ["二", "三"]
        assert await self.listed(http, department="610499-XXX") == []

    async def test_it_tells_nothing_of_who_acted(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, {**detailed_item(), "valid_to": None})
        await given.publish_items(key)
        found = (await self.listed(http))[0]
        shown_to_officials = await shown(http, key, "SC-01")
        assert set(shown_to_officials) - set(found) == {"published_by"}
        assert found == {name: shown_to_officials[name] for name in found}

    async def test_a_shared_checklist_is_shown(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, TestSharedStandards.standard(), of=OTHER_DEPARTMENT)
        await given.publish_items(key, OTHER_DEPARTMENT)
        await kept(given, key, TestSharedStandards.SHARER)
        await given.publish_items(key)
        found = (await self.listed(http))[0]
        assert found["sub_items"] == TestSharedStandards.standard()["sub_items"]


class TestSharedStandards:
    """标准互通: an item of one department shows the checklist of another's."""

    STANDARD = {"department_code": OTHER_DEPARTMENT, "item_code": "YJ-01"}
    SHARER = {"code": "SC-01", "name": "安全生产检查", "standard_of": STANDARD}

    @staticmethod
    def standard(line: str = "是否建立制度") -> dict[str, Any]:
        return {
            "code": "YJ-01",
            "name": "安全生产检查",
            "sub_items": [{"no": 1, "name": "制度", "lines": [line]}],
        }

    async def test_who_shares_a_standard_shows_its_text_and_every_new_one(
        self, http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        await kept(given, key, self.standard(), of=OTHER_DEPARTMENT)
        await given.publish_items(key, OTHER_DEPARTMENT)
        narrow = await given.key(department=DEPARTMENT)
        await kept(given, narrow, self.SHARER)
        found = await shown(http, narrow, "SC-01")
        assert found["sub_items"] == self.standard()["sub_items"]
        assert (found["standard_of"], found["standard_version"]) == (self.STANDARD, 1)

        theirs = await given.key(department=OTHER_DEPARTMENT)
        await kept(given, theirs, self.standard("是否公布制度"), of=OTHER_DEPARTMENT)
        assert (await shown(http, narrow, "SC-01"))["standard_version"] == 1
        await given.publish_items(theirs, OTHER_DEPARTMENT)
        found = await shown(http, narrow, "SC-01")
        assert found["sub_items"] == self.standard("是否公布制度")["sub_items"]
        assert (found["version"], found["standard_version"]) == (1, 2)
        told = await rows(
            superuser,
            "SELECT department_code, payload FROM openlot.event"
            " WHERE type = 'inspection-item.standard-changed'",
        )
        assert [(one.department_code, one.payload["standard_version"]) for one in told] == [
            (DEPARTMENT, 2)
        ]
        listed = await http.get(ITEMS, auth=narrow, params=OF_DEPARTMENT)
        assert listed.json()["items"] == [found]

    async def test_as_of_shows_the_standard_that_was_public_then(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        begin = datetime(2026, 3, 1, 8, tzinfo=UTC)
        for number, line in enumerate(("甲", "乙")):
            given.at(begin + timedelta(days=number))
            await kept(given, key, self.standard(line), of=OTHER_DEPARTMENT)
            await given.publish_items(key, OTHER_DEPARTMENT)
            await kept(given, key, self.SHARER)
        given.now_again()
        then = (begin + timedelta(hours=1)).isoformat()
        for params, line in (({"as_of": then}, "甲"), ({}, "乙")):
            found = await shown(http, key, "SC-01", **params)
            assert found["sub_items"][0]["lines"] == [line]

    async def test_a_standard_is_public_and_stands_on_its_own(self, given: Given, key: Key) -> None:
        wanted = [("standard-unknown", "/items/0/standard_of")]
        assert await refusals(given, key, self.SHARER) == wanted
        await kept(given, key, self.standard(), of=OTHER_DEPARTMENT)
        assert await refusals(given, key, self.SHARER) == wanted
        await given.publish_items(key, OTHER_DEPARTMENT)
        await kept(given, key, self.SHARER)
        await given.publish_items(key)
        chained = {**self.SHARER, "code": "SC-02"}
        chained["standard_of"] = {"department_code": DEPARTMENT, "item_code": "SC-01"}
        assert await refusals(given, key, chained) == wanted
        itself = {**chained, "code": "SC-01"}
        assert await refusals(given, key, itself) == wanted

    async def test_a_standard_that_others_share_cannot_share_another(
        self, given: Given, key: Key
    ) -> None:
        third = {**self.standard(), "code": "YJ-02"}
        await kept(given, key, self.standard(), third, of=OTHER_DEPARTMENT)
        await given.publish_items(key, OTHER_DEPARTMENT)
        await kept(given, key, self.SHARER)
        moved = {"code": "YJ-01", "name": "安全生产检查"}
        moved |= {"standard_of": {"department_code": OTHER_DEPARTMENT, "item_code": "YJ-02"}}
        answer = await given.upload_items(key, [moved], OTHER_DEPARTMENT)
        assert answer.json()["errors"][0]["code"] == "standard-unknown"


class TestPlanLines:
    @pytest.fixture
    async def lines(self, given: Given, key: Key) -> str:
        await given.code_tables(key)
        return f"/v1/plans/{await given.plan(key)}/lines"

    async def refused(
        self, http: httpx.AsyncClient, key: Key, lines: str, **changes: Any
    ) -> tuple[str, str]:
        answer = await http.post(lines, auth=key, json=line_body(**changes))
        assert answer.status_code == 422, answer.text
        return answer.json()["code"], answer.json()["errors"][0]["pointer"]

    async def test_an_item_is_used_only_once_it_is_public(
        self, http: httpx.AsyncClient, given: Given, key: Key, lines: str
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "检查"})
        wanted = ("inspection-item-not-published", "/items/0")
        assert await self.refused(http, key, lines) == wanted
        await given.publish_items(key)
        await given.post(lines, key, json=line_body())

    async def test_an_item_is_used_only_in_its_validity(
        self, http: httpx.AsyncClient, given: Given, key: Key, lines: str
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "检查", "valid_from": "2026-12-01"})
        await given.publish_items(key)
        wanted = ("inspection-item-not-published", "/items/0")
        assert await self.refused(http, key, lines) == wanted
        await given.post(lines, key, json=line_body(window_end="2026-12-01"))

    async def test_a_version_that_is_not_public_yet_leaves_the_former_in_use(
        self, http: httpx.AsyncClient, given: Given, key: Key, lines: str
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "检查"})
        await given.publish_items(key)
        await kept(given, key, {"code": "SC-01", "name": "检查", "ratio_text": "不超过2%"})
        await given.post(lines, key, json=line_body())
        await given.publish_items(key)
        assert await self.refused(http, key, lines) == ("rate-above-cap", "/class_rates/1/rate")

    async def test_a_rate_above_the_cap_of_a_general_item_is_refused(
        self, http: httpx.AsyncClient, given: Given, key: Key, lines: str
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "检查", "ratio_text": "不超过20%"})
        await given.publish_items(key)
        assert await self.refused(http, key, lines) == ("rate-above-cap", "/class_rates/3/rate")
        allowed = [{"credit_class": "C", "rate": "1/5"}, {"credit_class": "D", "fixed": 90}]
        await given.post(lines, key, json=line_body(class_rates=allowed))

    async def test_a_key_item_has_no_cap(self, given: Given, key: Key, lines: str) -> None:
        item = {"code": "SC-01", "name": "检查", "ratio_text": "不超过20%", "category": "key"}
        await kept(given, key, item)
        await given.publish_items(key)
        await given.post(lines, key, json=line_body())
