"""The list of inspection items: what a version says, publication, versions, shared standards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.registry.item_lists import (
    ITEMS,
    OF_DEPARTMENT,
    READ_FROM_TEXTS,
    REAL,
    detailed_item,
    kept,
    real_items,
    real_rows,
    refusals,
    shown,
)
from tests.watching import counts, rows


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    return key


class TestWhatAVersionSays:
    async def test_an_item_comes_back_as_it_was_sent(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        item = detailed_item()
        await kept(given, key, item)
        found = await shown(http, key, "SC-01")
        assert {name: found[name] for name in item} == item
        assert (found["version"], found["published_at"], found["standard_version"]) == (
            1,
            None,
            None,
        )

    async def test_what_is_left_out_is_read_from_the_texts_and_else_null(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(
            given,
            key,
            {
                "code": "SC-01",
                "name": "检查",
                "legal_basis": "《药品管理法》第九十九条",
                "ratio_text": "不超过20%",
                "frequency_text": "每年1次",
                "methods": ["现场检查、书面检查"],
            },
            {"code": "SC-02", "name": "检查", "ratio_text": "根据实际情况确定"},
        )
        found = await shown(http, key, "SC-01")
        assert found["caps"] == {
            "min_ratio": None,
            "max_ratio": "0.2",
            "min_per_year": "1",
            "max_per_year": "1",
        }
        assert found["method_codes"] == ["on_site", "written"]
        assert [one["law"] for one in found["basis"]] == ["药品管理法"]
        other = await shown(http, key, "SC-02")
        assert set(other["caps"].values()) == {None}
        assert (other["method_codes"], other["basis"]) == ([], [])
        assert other["ratio_text"] == "根据实际情况确定"

    async def test_what_is_given_stands_before_what_the_texts_say(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        item = {**detailed_item(), "caps": {"max_ratio": "0.05"}, "method_codes": [], "basis": []}
        await kept(given, key, item)
        found = await shown(http, key, "SC-01")
        assert found["caps"]["max_ratio"] == "0.05"
        assert found["caps"]["min_per_year"] is None
        assert (found["method_codes"], found["basis"]) == ([], [])

    @pytest.mark.parametrize(
        ("changes", "code", "member"),
        [
            (
                {"valid_from": "2026-02-01", "valid_to": "2026-01-31"},
                "validity-reversed",
                "valid_to",
            ),
            (
                {"sub_items": [{"no": 1, "name": "甲"}, {"no": 1, "name": "乙"}]},
                "sub-item-twice",
                "sub_items",
            ),
            (
                {"standard_of": {"department_code": OTHER_DEPARTMENT, "item_code": "SC-09"}},
                "standard-beside-text",
                "standard_of",
            ),
            ({"caps": {"max_ratio": "20%"}}, "string-pattern-mismatch", "caps/max_ratio"),
            ({"caps": {"max_ratio": "1.5"}}, "string-pattern-mismatch", "caps/max_ratio"),
            ({"method_codes": ["by-eye"]}, "enum", "method_codes/0"),
            ({"object_kinds": ["ship"]}, "enum", "object_kinds/0"),
            ({"duties": [{"kind": "rumour", "title": "检查"}]}, "enum", "duties/0/kind"),
            ({"basis": [{"law": "食|药"}]}, "string-pattern-mismatch", "basis/0/law"),
            ({"methods": [""]}, "string-too-short", "methods/0"),
        ],
    )
    async def test_a_wrong_item_is_refused_by_its_place(
        self,
        given: Given,
        key: Key,
        superuser: AsyncEngine,
        changes: dict[str, Any],
        code: str,
        member: str,
    ) -> None:
        before = await counts(superuser)
        assert (code, f"/items/0/{member}") in await refusals(
            given, key, {**detailed_item(), **changes}
        )
        assert await counts(superuser) == before

    async def test_an_item_that_says_the_same_stays_as_it_is(
        self, given: Given, key: Key, superuser: AsyncEngine
    ) -> None:
        item = detailed_item()
        await kept(given, key, item)
        without = {name: value for name, value in item.items() if name not in READ_FROM_TEXTS}
        again = {**without, "sub_items": item["sub_items"][::-1]}
        assert (await given.upload_items(key, [again])).json()["unchanged"] == 1
        found = await rows(superuser, "SELECT version FROM openlot.inspection_item")
        assert [one.version for one in found] == [1]


class TestVersions:
    async def test_each_version_tells_what_it_changed(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "检查", "ratio_text": "3%"})
        await given.publish_items(key)
        await kept(given, key, {"code": "SC-01", "name": "检查", "ratio_text": "不低于3%"})
        await kept(given, key, {"code": "SC-01", "name": "检查二", "ratio_text": "不低于3%"})
        address = f"{ITEMS}/SC-01/versions"
        found = (await http.get(address, auth=key, params=OF_DEPARTMENT)).json()["items"]
        assert [one["version"] for one in found] == [1, 2, 3]
        assert [one["published_at"] is None for one in found] == [False, True, True]
        assert found[0]["changes"] == []
        capped = {"min_ratio": "0.03", "min_per_year": None, "max_per_year": None}
        assert found[1]["changes"] == [
            {"field": "ratio_text", "before": "3%", "after": "不低于3%"},
            {
                "field": "caps",
                "before": {**capped, "max_ratio": "0.03"},
                "after": {**capped, "max_ratio": None},
            },
        ]
        assert found[2]["changes"] == [{"field": "name", "before": "检查", "after": "检查二"}]
        page = {**OF_DEPARTMENT, "limit": "2"}
        first = (await http.get(address, auth=key, params=page)).json()
        rest = {**page, "after": first["next"]}
        last = (await http.get(address, auth=key, params=rest)).json()
        assert first["items"] + last["items"] == found
        assert last["next"] is None

    async def test_of_an_item_that_is_not_there_nothing_is_shown(
        self, http: httpx.AsyncClient, key: Key
    ) -> None:
        answer = await http.get(f"{ITEMS}/SC-77/versions", auth=key, params=OF_DEPARTMENT)
        assert (answer.status_code, answer.json()["code"]) == (404, "inspection-item-not-found")

    async def test_as_of_shows_what_was_known_then(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        begin = datetime(2026, 3, 1, 8, tzinfo=UTC)
        for number, name in enumerate(("一", "二", "三")):
            given.at(begin + timedelta(days=number))
            items = [{"code": "SC-01", "name": name}, {"code": f"NEW-{number}", "name": "新"}]
            await kept(given, key, *items)
        given.at(begin + timedelta(days=3))
        await given.publish_items(key)
        given.now_again()
        for number, name in enumerate(("一", "二", "三")):
            then = (begin + timedelta(days=number, hours=1)).isoformat()
            found = await shown(http, key, "SC-01", as_of=then)
            assert (found["name"], found["published_at"]) == (name, None)
            listed = await http.get(ITEMS, auth=key, params={**OF_DEPARTMENT, "as_of": then})
            codes = [(one["code"], one["version"]) for one in listed.json()["items"]]
            new = [(f"NEW-{n}", 1) for n in range(number + 1)]
            assert codes == [*new, ("SC-01", number + 1)]
        assert (await shown(http, key, "SC-01"))["published_at"] is not None
        before = (begin - timedelta(seconds=1)).isoformat()
        params = {**OF_DEPARTMENT, "as_of": before}
        assert (await http.get(f"{ITEMS}/SC-01", auth=key, params=params)).status_code == 404
        assert (await http.get(ITEMS, auth=key, params=params)).json()["items"] == []

    async def test_on_a_day_the_highest_version_whose_validity_holds_it_is_in_force(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, {"code": "SC-01", "name": "旧"})
        await kept(given, key, {"code": "SC-01", "name": "新", "valid_from": "2026-07-01"})
        for day, name in (("2026-06-30", "旧"), ("2026-07-01", "新"), ("2030-01-01", "新")):
            assert (await shown(http, key, "SC-01", on=day))["name"] == name
        ended = {
            "code": "SC-01",
            "name": "停",
            "valid_from": "2027-01-01",
            "valid_to": "2027-12-31",
        }
        await kept(given, key, ended)
        for day, name in (("2027-12-31", "停"), ("2028-01-01", "新")):
            assert (await shown(http, key, "SC-01", on=day))["name"] == name

    async def test_a_moment_needs_its_zone(self, http: httpx.AsyncClient, key: Key) -> None:
        params = {**OF_DEPARTMENT, "as_of": "2026-03-01T08:00:00"}
        assert (await http.get(ITEMS, auth=key, params=params)).status_code == 422


@pytest.mark.skipif(not REAL.is_dir(), reason="OPENLOT_DATA names no folder")
class TestRealItems:
    """The published lists: 148 rows, taken together by item and one by one."""

    @staticmethod
    async def listed(http: httpx.AsyncClient, key: Key) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        params = {**OF_DEPARTMENT, "limit": "200"}
        while True:
            page = (await http.get(ITEMS, auth=key, params=params)).json()
            found += page["items"]
            if page["next"] is None:
                return found
            params["after"] = page["next"]

    @staticmethod
    def one_by_one() -> list[dict[str, Any]]:
        texts = {
            "name": "item_name",
            "legal_basis": "legal_basis",
            "checked_by": "checked_by",
            "objects": "objects",
            "ratio_text": "ratio",
            "frequency_text": "frequency",
            "inspector_requirement": "inspector_requirement",
            "remark": "remark",
        }
        return [
            {
                "code": f"R-{row['id']:03d}",
                **{ours: row.get(theirs) or "" for ours, theirs in texts.items()},
                "methods": [row["method"]] if row.get("method") else [],
            }
            for row in real_rows()
        ]

    async def test_all_of_them_come_in_and_come_back_as_published(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        for items in (real_items(), self.one_by_one()):
            await kept(given, key, *items)
            found = {one["code"]: one for one in await self.listed(http, key)}
            for item in items:
                shown_again = {name: found[item["code"]][name] for name in item}
                for sub_item in shown_again.get("sub_items", []):
                    assert sub_item.pop("lines") == []
                assert shown_again == item
            again = await given.upload_items(key, items)
            assert again.json()["unchanged"] == len(items)
        assert len(self.one_by_one()) == 148

    async def test_bounds_are_read_of_most_and_agree_with_a_reading_by_hand(
        self, http: httpx.AsyncClient, given: Given, key: Key
    ) -> None:
        await kept(given, key, *self.one_by_one())
        found = {one["code"]: one["caps"] for one in await self.listed(http, key)}
        assert sum(any(caps.values()) for caps in found.values()) == 109
        agreed = 0
        for row in real_rows():
            caps = found[f"R-{row['id']:03d}"]
            by_hand = row["ratio_parsed"] or {"min": None, "max": None}
            read = [caps[name] and float(caps[name]) for name in ("min_ratio", "max_ratio")]
            agreed += read == [by_hand["min"], by_hand["max"]]
        assert agreed == 142
