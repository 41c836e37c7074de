"""From when seed, list and results are public: by the rule of the day of the dispatch."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.schema import rfc3339
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import Given, Key, rates_of
from tests.publication.life import END, START, Visited, dispatched, load_calendar, midnight_after

DEFAULT = "last-visit-or-window-end"
OVER = midnight_after(END)
TOO_EARLY = (409, "publication-too-early")
SOURCE = "省级实施细则第十二条"


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def record(given: Given, key: Key, drawn_list: Any, result: Any) -> httpx.Response:
    body = {
        "key": "disclosure.moment",
        "valid_from": "2026-01-01",
        "value": {"drawn-list": drawn_list, "result": result},
        "source": SOURCE,
    }
    return await given.http.post("/v1/rules", auth=key, json=body)


async def recorded(given: Given, key: Key, drawn_list: str, result: str) -> None:
    answer = await record(given, key, drawn_list, result)
    assert answer.status_code == 201, answer.text


async def small_task(given: Given, key: Key, objects: int = 1) -> Visited:
    return await dispatched(given, key, class_rates=rates_of(objects))


async def calendar(given: Given, draw_id: str) -> dict[str, dict[str, Any]]:
    """Entry by entry, asked without a key."""
    answer = await given.http.get(f"/v1/public/draws/{draw_id}/attempts/1")
    assert answer.status_code == 200, answer.text
    return {one["what"]: one for one in answer.json()["calendar"]}


def days(entry: dict[str, Any]) -> tuple[str | None, str | None]:
    return entry["public_from"], entry["at_latest"]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def bundle_of(given: Given, draw_id: str) -> httpx.Response:
    return await given.http.get(f"/v1/public/draws/{draw_id}/attempts/1/bundle")


async def is_public(given: Given, task: Visited) -> bool:
    return (await bundle_of(given, task.target_draw)).status_code == 200


async def test_without_another_rule_the_list_follows_the_last_visit(given: Given, key: Key) -> None:
    line = await given.joint_line(key)
    await given.finish(key, await given.draw(key, line))
    before = await calendar(given, f"{line}-T1")
    assert list(before) == ["commitment", "attempts", "seed-and-list", "evidence", "results"]
    assert days(before["seed-and-list"]) == days(before["results"]) == (None, None)
    task = await small_task(given, key)
    opened = await calendar(given, task.target_draw)
    for what in ("commitment", "attempts"):
        committed = (await given.http.get(f"/v1/public/draws/{task.target_draw}/attempts/1")).json()
        assert days(opened[what]) == (committed["committed_at"],) * 2
    for what in ("seed-and-list", "evidence", "results"):
        assert days(opened[what]) == (None, rfc3339(OVER))
        assert opened[what]["rule"]["source"] == "openlot/1 第9节"
    assert opened["seed-and-list"]["rule"]["zh"] == "全部检查完成或检查期限届满后公开"
    assert not await is_public(given, task)
    await task.finish()
    closed = await calendar(given, task.target_draw)
    moment = closed["seed-and-list"]["public_from"]
    assert datetime.fromisoformat(moment) < OVER
    for what in ("seed-and-list", "evidence", "results"):
        assert days(closed[what]) == (moment, moment)
    assert await is_public(given, task)
    officers = await calendar(given, task.inspector_draw)
    assert list(officers) == ["commitment", "attempts", "seed-and-list"]
    assert days(officers["seed-and-list"]) == (moment, moment)
    missing = await given.http.get("/v1/public/draws/NONE/attempts/1")
    assert told(missing) == (404, "not-public")
    missing = await given.http.get(f"/v1/public/draws/{task.target_draw}/attempts/2")
    assert told(missing) == (404, "not-public")


async def test_where_the_rule_says_so_all_is_public_from_the_dispatch_on(
    given: Given, key: Key
) -> None:
    await load_calendar(given, key)
    await recorded(given, key, "drawn", "drawn")
    task = await small_task(given, key, 2)
    await recorded(given, key, "last-visit", "last-visit")
    shown = (await given.http.get(task.address, auth=key)).json()
    opened = await calendar(given, task.target_draw)
    for what in ("seed-and-list", "evidence", "results"):
        assert days(opened[what]) == (shown["dispatched_at"],) * 2
        assert opened[what]["rule"]["source"] == SOURCE
    assert opened["results"]["rule"]["zh"] == "审核通过，且派发后公开"
    members = read_bundle((await bundle_of(given, task.target_draw)).content)
    assert verify_bundle(members, log_key=None).ok
    assert (await task.publish("drawn-list")).status_code == 201
    done, undone = task.objects
    assert told(await task.publish("result", f"{task.national_key}/{done}")) == TOO_EARLY
    assert await due_results(given, key) == {}
    await task.visit(done)
    duties = await due_results(given, key)
    assert list(duties) == [f"{task.national_key}/{done}"]
    result = await task.publish("result", f"{task.national_key}/{done}")
    assert (result.status_code, result.json()["due_on"]) == (201, *duties.values())
    assert told(await task.publish("result", f"{task.national_key}/{undone}")) == TOO_EARLY
    given.at(OVER)
    assert set(await due_results(given, key)) == {f"{task.national_key}/{o}" for o in task.objects}


async def due_results(given: Given, key: Key) -> dict[str, str]:
    """The day by which each result is to be public, of those whose moment has come."""
    found = await given.http.get("/v1/publications/obligations", auth=key)
    assert found.status_code == 200, found.text
    return {
        one["subject"]: one["due_on"] for one in found.json()["items"] if one["kind"] == "result"
    }


async def test_each_kind_has_its_own_moment(given: Given, key: Key) -> None:
    await recorded(given, key, "window-end", "last-visit")
    task = await small_task(given, key)
    opened = await calendar(given, task.target_draw)
    assert days(opened["seed-and-list"]) == days(opened["evidence"]) == (rfc3339(OVER),) * 2
    assert days(opened["results"]) == (None, None)
    early = await task.publish("result", f"{task.national_key}/{task.objects[0]}")
    assert told(early) == TOO_EARLY
    assert "检查期限" not in early.json()["texts"]["zh-CN"]
    await task.finish()
    early = await task.publish("drawn-list")
    assert told(early) == TOO_EARLY
    assert "未完成检查" not in early.json()["texts"]["zh-CN"]
    assert str(END) in early.json()["texts"]["zh-CN"]
    assert not await is_public(given, task)
    result = await task.publish("result", f"{task.national_key}/{task.objects[0]}")
    assert result.status_code == 201
    given.at(OVER - timedelta(microseconds=1))
    assert not await is_public(given, task)
    given.at(OVER)
    assert await is_public(given, task)
    assert (await task.publish("drawn-list")).status_code == 201


async def test_visits_that_are_never_done_hold_back_what_follows_the_last_one(
    given: Given, key: Key
) -> None:
    await load_calendar(given, key)
    await recorded(given, key, "last-visit", DEFAULT)
    task = await small_task(given, key)
    await task.publish("task")
    given.at(OVER + timedelta(days=1))
    assert days((await calendar(given, task.target_draw))["seed-and-list"]) == (None, None)
    assert not await is_public(given, task)
    assert told(await task.publish("drawn-list")) == TOO_EARLY
    page = (await given.http.get(f"/public/tasks/{task.national_key}.html")).text
    assert "抽中名单和执法检查人员在全部检查完成后公示。" in page
    assert "已到公示时间，检查结果尚未公示" in page
    assert "全部检查完成之日" in page
    assert ">待定<" in page
    given.now_again()
    await task.finish()
    assert await is_public(given, task)


async def test_an_unknown_moment_is_refused(given: Given, key: Key) -> None:
    refused = await record(given, key, "window-end", "tomorrow")
    assert told(refused) == (422, "rule-value-unknown")
    assert refused.json()["errors"][0]["pointer"] == "/value/result"
    assert DEFAULT in refused.json()["texts"]["zh-CN"]
    assert told(await record(given, key, ["drawn"], "drawn")) == (422, "rule-value-unknown")
    body = {"key": "disclosure.moment", "valid_from": "2026-01-01", "source": SOURCE}
    for value in ({"drawn-list": "drawn"}, {"drawn-list": "drawn", "results": "drawn"}, "drawn"):
        answer = await given.http.post("/v1/rules", auth=key, json=body | {"value": value})
        assert told(answer) == (422, "rule-shape"), value
    rules = (await given.http.get("/v1/rules")).json()["items"]
    assert [one["value"] for one in rules if one["key"] == "disclosure.moment"] == [
        {"drawn-list": DEFAULT, "result": DEFAULT}
    ]


async def test_a_campaign_waits_for_all_its_tasks(given: Given, key: Key) -> None:
    await recorded(given, key, "drawn", DEFAULT)
    plan = await given.plan(key)
    window = {"window_start": START.isoformat(), "window_end": END.isoformat()}
    rates = {"class_rates": rates_of(1)}
    lines = [await given.joint_line(key, plan=plan, **window, **rates) for _ in range(3)]
    nothing = [{"credit_class": name, "rate": "0"} for name in "ABCD"]
    lines.append(await given.joint_line(key, plan=plan, **window, class_rates=nothing))
    await given.finish(key, await given.draw(key, lines[0], campaign_line_codes=lines[1:]))
    draw_id = f"{lines[0]}-T1"
    for number, line in enumerate(lines[:3], start=1):
        opened = await calendar(given, draw_id)
        assert days(opened["seed-and-list"]) == days(opened["results"]) == (None, None)
        assert (await bundle_of(given, draw_id)).status_code == 404
        await given.officers(key, line)
        if number == 3:
            await recorded(given, key, "window-end", DEFAULT)
        await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    opened = await calendar(given, draw_id)
    assert "综合查一次以最后一项任务为准" in opened["seed-and-list"]["rule"]["zh"]
    assert opened["evidence"]["rule"] == opened["seed-and-list"]["rule"]
    assert "各项任务分别计算" in opened["results"]["rule"]["zh"]
    assert days(opened["seed-and-list"]) == (rfc3339(OVER),) * 2
    assert days(opened["results"]) == (None, rfc3339(OVER))
    assert (await bundle_of(given, draw_id)).status_code == 404
    given.at(OVER)
    assert (await bundle_of(given, draw_id)).status_code == 200
    page = (await given.http.get(f"/public/draws/{draw_id}.html")).text
    assert "综合查一次以最后一项任务为准" in page
    assert page.count("40户，另行排除0户") == 4


async def test_the_page_of_a_draw_shows_its_calendar(given: Given, key: Key) -> None:
    await recorded(given, key, "window-end", DEFAULT)
    task = await small_task(given, key)
    await task.publish("task")
    page = (await given.http.get(f"/public/draws/{task.target_draw}.html")).text
    over = f"{OVER.year}年{OVER.month}月{OVER.day}日00:00"
    assert f">{over}起<" in page
    assert f">待定，最迟{over}<" in page
    assert f"检查期限届满后公开（{SOURCE}）" in page
    assert "证据包在抽查任务的检查期限届满后公开。" in page
    for what in ("承诺", "抽取次数和作废情况", "种子和抽中名单", "公开证据包", "检查结果"):
        assert f'<td data-label="内容">{what}</td>' in page
    officers = (await given.http.get(f"/public/draws/{task.inspector_draw}.html")).text
    assert '<td data-label="内容">执法检查人员</td>' in officers
    assert "种子和抽中名单" not in officers
