"""The public pages of the inspection item lists, and the names of items in what is published."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.publication.life import Visited, dispatched, load_calendar, published_item
from tests.publication.watcher import pages
from tests.registry.item_lists import detailed_item

LISTS = "/public/items.html"
LIST = f"/public/items/{DEPARTMENT}.html"
MIDSUMMER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    yield key
    given.now_again()


def item_page(code: str, department: str = DEPARTMENT) -> str:
    return f"/public/items/{department}/{code}.html"


async def text_of(http: httpx.AsyncClient, path: str) -> str:
    """The words of a page, without marks."""
    answer = await http.get(path)
    assert answer.status_code == 200, path
    words = html.unescape(re.sub(r"<[^>]*>", " ", answer.text.partition("<main>")[2]))
    return re.sub(r"\s+", " ", words)


async def test_an_item_says_all_that_was_published_of_it(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    given.at(MIDSUMMER)
    await published_item(given, key, detailed_item())
    page = await text_of(http, item_page("SC-01"))
    for words in (
        "食品销售监督检查",
        "部门610403-SCJG",
        "重点检查事项",
        "第1版（2026年7月1日公示）",
        "2026年1月1日至2028年12月31日",
        "《食品安全法》第一百一十条",
        "权责清单：对食品销售者的监督检查（0132004000）",
        "县级以上市场监督管理部门",
        "食品销售者（企业、个体工商户）",
        "不低于3%",
        "每年不超过2次",
        "现场检查、检验检测",
        "需专业岗位资格",
        "食品安全检查员",
        "1 许可情况 是否取得许可 许可事项是否一致",
        "3 进货查验 未分行",
        "现行有效",
    ):
        assert words in page, words


async def test_only_what_is_published_and_in_force_is_listed(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    given.at(MIDSUMMER)
    assert "目前没有公示的抽查事项清单" in await text_of(http, LISTS)
    await given.upload_items(key, [{"code": "SC-01", "name": "未公示事项"}])
    assert (await http.get(LIST)).status_code == 404
    assert (await http.get(item_page("SC-01"))).status_code == 404
    await given.publish_items(key)
    over = {"code": "SC-02", "name": "已届满事项", "valid_to": "2026-06-30"}
    coming = {"code": "SC-03", "name": "将生效事项", "valid_from": "2026-07-02"}
    for one in (over, coming):
        await published_item(given, key, one)
    await given.upload_items(key, [{"code": "SC-01", "name": "修改后尚未公示"}])
    listed = await text_of(http, LIST)
    assert "现行有效的抽查事项，共1项" in listed
    assert "未公示事项" in listed
    for hidden in ("修改后尚未公示", "已届满事项", "将生效事项"):
        assert hidden not in listed
    assert "修改后尚未公示" not in await text_of(http, item_page("SC-01"))
    assert (await http.get("/public/items/610403-SCJG/SC-01~2.html")).status_code == 404
    assert "本页是第1版，已过有效期。" in await text_of(http, item_page("SC-02"))
    assert "本页是第1版，尚未生效。" in await text_of(http, item_page("SC-03"))
    given.at(datetime(2026, 7, 2, tzinfo=UTC))
    assert "将生效事项" in await text_of(http, LIST)


async def test_each_department_has_its_list(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await published_item(given, key, {"code": "SC-01", "name": "甲事项"})
    await published_item(given, key, {"code": "SC-02", "name": "乙事项"})
    await published_item(given, key, {"code": "SC-01", "name": "丙事项"}, OTHER_DEPARTMENT)
    lists = await text_of(http, LISTS)
    assert "共2个" in lists
    assert f"部门{DEPARTMENT} 2项" in lists
    assert f"部门{OTHER_DEPARTMENT} 1项" in lists
    theirs = await text_of(http, f"/public/items/{OTHER_DEPARTMENT}.html")
    assert "丙事项" in theirs
    assert "甲事项" not in theirs
    assert "甲事项" not in await text_of(http, item_page("SC-01", OTHER_DEPARTMENT))


async def test_former_versions_stay_and_say_what_took_their_place(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    for day, name in ((1, "第一次"), (2, "第二次")):
        given.at(datetime(2026, 7, day, tzinfo=UTC))
        await published_item(given, key, {"code": "SC-01", "name": name})
    present = await text_of(http, item_page("SC-01"))
    assert "第二次" in present
    assert "第2版（本页） 2026年7月2日 长期有效 现行有效" in present
    assert "第1版 2026年7月1日 长期有效 已由第2版代替" in present
    assert "本页是" not in present
    former = await text_of(http, "/public/items/610403-SCJG/SC-01~1.html")
    assert "第一次" in former
    assert "本页是第1版，已由第2版代替。 查看现行版本" in former
    assert {"/public/items/610403-SCJG/SC-01~1.html", item_page("SC-01")} <= (
        await pages(http)
    ).keys()


async def test_a_shared_checklist_is_shown_as_it_was(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    """The former version of who shares a standard shows the lines of its time."""

    def standard(line: str) -> dict[str, Any]:
        sub_items = [{"no": 1, "name": "共用", "lines": [line]}]
        return {"code": "SC-01", "name": "标准", "sub_items": sub_items}

    sharing = {"department_code": DEPARTMENT, "item_code": "SC-01"}
    for day, line, remark in ((1, "旧行", ""), (3, "新行", "改")):
        given.at(datetime(2026, 7, day, tzinfo=UTC))
        own = {"code": "YJ-01", "name": "沿用", "standard_of": sharing, "remark": remark}
        if day == 1:
            await published_item(given, key, standard(line))
            await published_item(given, key, own, OTHER_DEPARTMENT)
        else:
            await published_item(given, key, own, OTHER_DEPARTMENT)
            given.at(datetime(2026, 7, day + 1, tzinfo=UTC))
            await published_item(given, key, standard(line))
    present = await text_of(http, item_page("YJ-01", OTHER_DEPARTMENT))
    assert "新行" in present
    assert f"沿用部门{DEPARTMENT} SC-01 （第2版）" in present
    former = await text_of(http, f"/public/items/{OTHER_DEPARTMENT}/YJ-01~1.html")
    assert "旧行" in former
    assert "（第1版）" in former


async def test_long_lists_come_in_sheets(http: httpx.AsyncClient, given: Given, key: Key) -> None:
    items = [{"code": f"SC-{n:04d}", "name": f"事项{n:04d}"} for n in range(1, 402)]
    assert (await given.upload_items(key, items)).status_code == 201
    await given.publish_items(key)
    sheets = [LIST, *(f"/public/items/{DEPARTMENT}~{n}.html" for n in (2, 3))]
    texts = [await text_of(http, path) for path in sheets]
    shown = [re.findall(r"事项(\d{4})", text) for text in texts]
    assert [len(one) for one in shown] == [200, 200, 1]
    assert [int(n) for one in shown for n in one] == list(range(1, 402))
    assert all("共401项" in text for text in texts)
    assert set(sheets) <= set(re.findall(r"/public/items/[^/]*\.html", " ".join(await pages(http))))
    assert (await http.get(f"/public/items/{DEPARTMENT}~4.html")).status_code == 404


async def test_bounds_and_codes_stand_for_texts_that_are_missing(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    bounds = {"min_ratio": "0.03", "max_ratio": "0.2", "min_per_year": "1/2", "max_per_year": "2"}
    codes = {"caps": bounds, "method_codes": ["on_site", "remote"]}
    await published_item(given, key, {"code": "SC-01", "name": "一", **codes})
    await published_item(given, key, {"code": "SC-02", "name": "二"})
    page = await text_of(http, item_page("SC-01"))
    assert "抽查比例 不低于3%，不高于20%" in page
    assert "抽查频次 每年不少于1/2次，每年不超过2次" in page
    assert "抽查方式 现场检查、远程监管" in page
    assert (await text_of(http, item_page("SC-02"))).count("未载明") == 7


class TestNames:
    """By which names items stand in publications."""

    @pytest.fixture
    async def task(self, given: Given, key: Key) -> Visited:
        """Whose item was named "旧名" when it was dispatched."""
        await given.joint_registry(key)
        await load_calendar(given, key)
        lines = [{"no": 1, "name": "子项", "lines": ["是否合格"]}]
        await published_item(given, key, {"code": "SC-01", "name": "旧名", "sub_items": lines})
        return await dispatched(given, key)

    @staticmethod
    async def shown(http: httpx.AsyncClient, kind: str, subject: str) -> dict[str, Any]:
        params = {"kind": kind, "subject": subject}
        (one,) = (await http.get("/v1/public/publications", params=params)).json()["items"]
        content: dict[str, Any] = one["content"]
        return content

    async def test_they_are_those_that_bind_the_task(
        self, http: httpx.AsyncClient, given: Given, key: Key, task: Visited
    ) -> None:
        """Neither a version that is not public nor one that came after the dispatch."""
        plan = await self.shown(http, "plan", task.plan)
        assert plan["lines"][0]["items"][0]["name"] == "旧名"
        await published_item(given, key, {"code": "SC-01", "name": "新名"})
        await given.upload_items(key, [{"code": "SC-01", "name": "未公示名"}])
        again = await task.publish("plan", task.plan)
        assert (again.status_code, again.json()["code"]) == (409, "published-already")
        assert (await task.publish("task")).status_code == 201
        told = await self.shown(http, "task", task.national_key)
        assert [one["name"] for one in told["items"]] == ["旧名", "登记事项检查"]
        await task.finish()
        subject = f"{task.national_key}/{task.objects[0]}"
        assert (await task.publish("result", subject)).status_code == 201
        result = await self.shown(http, "result", subject)
        assert [one["name"] for one in result["items"]] == ["旧名", "登记事项检查"]
        page = await text_of(http, item_page("SC-01"))
        assert "新名" in page
        assert "未公示名" not in page

    async def test_answers_to_lines_are_not_published(
        self, http: httpx.AsyncClient, given: Given, key: Key, task: Visited
    ) -> None:
        note = "经办人李四称许可证遗失"
        await task.visit(task.objects[0], 8, "许可证遗失", lines_of("no", note))
        await task.finish(task.objects[1:])
        await task.publish("task")
        subject = f"{task.national_key}/{task.objects[0]}"
        made = await task.publish("result", subject)
        assert made.status_code == 201, made.text
        ours = (await self.shown(http, "result", subject))["items"][0]
        assert set(ours) == {"department", "code", "name", "value", "value_text", "problem"}
        seen = "".join(one.text for one in (await pages(http)).values())
        assert "许可证遗失" in seen
        assert note not in seen
        assert note not in made.text


def lines_of(answer: str, note: str) -> list[dict[str, Any]]:
    line = {"no": 1, "answer": answer, "problem": note}
    return [{"no": 1, "answer": answer, "lines": [line]}]
