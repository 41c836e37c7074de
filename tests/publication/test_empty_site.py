"""The public pages and data before anything was published, and while a draw is under way."""

import httpx
import pytest

from tests.factories import Given
from tests.publication.life import dispatched
from tests.publication.watcher import listed, pages


async def test_empty_lists_say_so(http: httpx.AsyncClient) -> None:
    site = await pages(http)
    told = {
        "index": ("目前没有公示内容。", "目前没有已登记承诺的抽取。", "日志中还没有记录。"),
        "items": ("目前没有公示的抽查事项清单。",),
        "plans": ("目前没有公示的抽查计划。",),
        "tasks": ("目前没有公示的抽查任务。",),
        "results": ("目前没有公示的检查结果。",),
    }
    for page, texts in told.items():
        for text in texts:
            assert text in site[f"/public/{page}.html"].text, page
    assert [one async for one in listed(http, "/v1/public/publications")] == []
    assert [one async for one in listed(http, "/v1/public/draws")] == []


async def test_a_draw_is_public_from_its_commitment_on(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.registry(key)
    address = await given.frozen(key)
    draw_id = address.split("/")[3]
    commitment = f"/v1/public{address.removeprefix('/v1')}/commitment"
    assert [one async for one in listed(http, "/v1/public/draws")] == []
    assert (await http.get(commitment)).json()["code"] == "not-public"
    assert (await http.get(f"/public/draws/{draw_id}.html")).status_code == 404
    await given.commit(key, address)
    (shown,) = [one async for one in listed(http, "/v1/public/draws")]
    steps = (await http.get(address, auth=key)).json()["steps"]
    assert (shown["draw_id"], shown["attempt"], shown["attempts"]) == (draw_id, 1, 1)
    assert (shown["stage"], shown["purpose"]) == ("target", "real")
    assert shown["cd"] == steps[-1]["details"]["cd"]
    assert shown["committed_at"] == steps[-1]["taken_at"]
    assert (await http.get(commitment)).status_code == 200
    page = (await http.get(f"/public/draws/{draw_id}.html")).text
    assert shown["cd"] in page
    assert "证据包在抽查任务的全部检查完成或检查期限届满后公开。" in page
    await given.seed(key, address)
    await given.post(f"{address}/result", key)
    given.now_again()
    assert [one async for one in listed(http, "/v1/public/draws")] == [shown]
    assert (await http.get(page_bundle(address))).json()["code"] == "not-public"


def page_bundle(address: str) -> str:
    return f"/v1/public{address.removeprefix('/v1')}/bundle"


@pytest.mark.parametrize("limit", [1, 2])
async def test_public_draws_come_in_pages(
    http: httpx.AsyncClient, given: Given, limit: int
) -> None:
    key = await given.admin()
    await given.joint_registry(key)
    task = await dispatched(given, key)
    first = (await http.get("/v1/public/draws", params={"limit": limit})).json()
    assert len(first["items"]) == limit
    whole = [one["draw_id"] async for one in listed(http, "/v1/public/draws")]
    assert whole == [task.inspector_draw, task.target_draw]


async def test_a_task_under_way_says_when_the_rest_is_due(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.joint_registry(key)
    task = await dispatched(given, key)
    path = f"/public/tasks/{task.national_key}.html"
    assert (await http.get(path)).status_code == 404, "dispatched, but not published"
    await task.publish("task")
    page = (await http.get(path)).text
    assert "抽中名单和执法检查人员在全部检查完成或检查期限届满后公示" in page
    assert page.count("尚未到公示时间") == 2
    assert page.count("最迟") >= 2
    await task.finish()
    page = (await http.get(path)).text
    assert "已到公示时间，抽中名单尚未公示。" in page
    assert f"应公示{len(task.objects)}户，已公示0户，未公示{len(task.objects)}户" in page
