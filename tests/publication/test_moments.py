"""Each kind says what is public only, and a correction is the next version."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, object_code
from tests.publication.life import PROBLEM, dispatched
from tests.publication.watcher import listed
from tests.watching import rows


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_list_and_results_say_what_is_public_only(given: Given, key: Key) -> None:
    task = await dispatched(given, key)
    found = dict(zip(task.objects, (5, 8, 4, 7, 1, 1, 1, 1), strict=True))
    for code, value in found.items():
        await task.visit(code, value, PROBLEM)
    listed_now = (await task.publish("drawn-list")).json()["content"]
    assert [one["code"] for one in listed_now["objects"]] == sorted(task.objects)
    assert listed_now["officers"] == [
        {
            "department": {"code": department, "name": f"部门{department}"},
            "staff_numbers": sorted(n for n in task.staff if n.startswith(department)),
        }
        for department in (DEPARTMENT, OTHER_DEPARTMENT)
    ]
    for code, value in found.items():
        answer = await task.publish("result", f"{task.national_key}/{code}")
        assert answer.status_code == 201, answer.text
        result = answer.json()["content"]
        assert (result["object"]["code"], result["value"]) == (code, value)
        problem = PROBLEM if value in {4, 5, 8} else ""
        assert [one["problem"] for one in result["items"]] == [problem, problem]
        kinds = {"5": "责令改正", "8": "移送办案机构"}.get(str(value))
        assert {one["kind_text"] for one in result["disposals"]} == ({kinds} if kinds else set())
        assert not [number for number in task.staff if number in answer.text]


async def test_nothing_published_holds_a_secret(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    task = await dispatched(given, key)
    await task.visit(task.objects[0], 5, PROBLEM)
    for code in task.objects[1:]:
        await task.visit(code)
    await task.publish("task")
    await task.publish("drawn-list")
    for code in task.objects:
        await task.publish("result", f"{task.national_key}/{code}")
    published = [one async for one in listed(given.http, "/v1/public/publications")]
    assert {one["kind"] for one in published} == {"plan", "task", "drawn-list", "result"}
    text = str(published)
    assert PROBLEM in text
    secrets = {"13900000000", "内部备注", "执法员", "签字人", "ticket", "salt"}
    secrets |= {"'stratum'", "strata"}
    for query in (
        "SELECT name FROM openlot.inspector",
        "SELECT jsonb_path_query(certificates, '$[*].number') #>> '{}' FROM openlot.inspector",
        "SELECT key_id FROM openlot.api_key",
        "SELECT salt FROM openlot.event",
        "SELECT request_id FROM openlot.event",
    ):
        secrets |= {row[0] for row in await rows(superuser, query)}
    kept = "SELECT data FROM openlot.draw_file WHERE draw_id = :draw AND name = :name"
    for name in ("selected.tsv", "frame.tsv"):
        ((data,),) = await rows(superuser, kept, draw=task.target_draw, name=name)
        secrets |= {line.split("\t")[-1] for line in data.decode().splitlines()}
    secrets.discard("")
    assert len(secrets) >= 100
    assert [secret for secret in secrets if secret in text] == []
    undrawn = {object_code(n) for n in range(1, 41)} - set(task.objects)
    assert [code for code in undrawn if code in text] == []
    without_plan = str([one for one in published if one["kind"] != "plan"])
    assert "credit_class" not in without_plan


async def test_a_correction_is_the_next_version_and_the_former_stays(
    given: Given, key: Key
) -> None:
    task = await dispatched(given, key)
    await task.visit(task.objects[0], 4, PROBLEM)
    for code in task.objects[1:]:
        await task.visit(code)
    await task.publish("task")
    subject = f"{task.national_key}/{task.objects[0]}"
    first = (await task.publish("result", subject)).json()
    assert told(await task.publish("result", subject)) == (409, "published-already")
    await task.dispose(task.objects[0], DEPARTMENT, "anomaly_list")
    second = (await task.publish("result", subject)).json()
    assert (first["version"], second["version"]) == (1, 2)
    assert second["supersedes_id"] == first["id"]
    assert [one["kind_text"] for one in second["content"]["disposals"]] == ["列入经营异常名录"]
    shown = [one async for one in listed(given.http, "/v1/public/publications", kind="result")]
    assert [one["id"] for one in shown] == [second["id"]]
    assert (await given.http.get(f"/v1/public/publications/{first['id']}")).json() == first
    entries = [one["data"] or "" async for one in listed(given.http, "/v1/ledger/entries")]
    for version in (first, second):
        assert [version["content_sha256"] in data for data in entries].count(True) == 1
    page = (await given.http.get(f"/public/tasks/{task.national_key}.html")).text
    assert "第2版，更正" in page
    mine = (await given.http.get("/v1/publications", auth=key)).json()["items"]
    assert [one["version"] for one in mine if one["kind"] == "result"] == [1, 2]
