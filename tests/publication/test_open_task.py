"""A task whose window is open: what may be published, what may not, and until when."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, object_code
from tests.publication.life import END, PROBLEM, Visited, dispatched, midnight_after
from tests.watching import counts


@pytest.fixture(scope="module")
async def opened(standing: Given) -> Visited:
    """A task whose window is open; two of its objects were visited."""
    key = await standing.admin()
    await standing.joint_registry(key)
    task = await dispatched(standing, key)
    await task.visit(task.objects[0], 5, PROBLEM)
    await task.visit(task.objects[1])
    return task


@pytest.fixture(autouse=True)
def _clock(opened: Visited) -> Iterator[None]:
    yield
    opened.given.now_again()


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


TOO_EARLY = (409, "publication-too-early")


async def test_before_its_moment_each_kind_is_refused_and_nothing_is_written(
    opened: Visited, superuser: AsyncEngine
) -> None:
    given, key = opened.given, opened.key
    draft = await given.plan(key)
    before = await counts(superuser)
    national, visited, other = opened.national_key, opened.objects[0], opened.objects[2]
    undrawn = next(o for n in range(1, 41) if (o := object_code(n)) not in opened.objects)
    assert told(await opened.publish("plan", draft)) == (409, "plan-step-missing")
    assert told(await opened.publish("plan", "610403-SCJG-2026-999")) == (404, "plan-not-found")
    missing = (404, "inspection-task-not-found")
    assert told(await opened.publish("task", "610403202601011999")) == missing
    assert told(await opened.publish("drawn-list")) == TOO_EARLY
    assert told(await opened.publish("result", f"{national}/{visited}")) == TOO_EARLY
    assert told(await opened.publish("result", f"{national}/{other}")) == TOO_EARLY
    assert told(await opened.publish("result", f"{national}/{undrawn}")) == TOO_EARLY
    nothing = (404, "publication-subject-not-found")
    assert told(await opened.publish("result")) == nothing
    assert told(await opened.publish("task", f"{national}/{visited}")) == nothing
    assert await counts(superuser) == before
    refused = await opened.publish("drawn-list")
    assert str(END) in refused.json()["texts"]["zh-CN"]


async def test_a_window_that_ends_discloses_from_its_last_midnight_on(
    opened: Visited, superuser: AsyncEngine
) -> None:
    given, moment = opened.given, midnight_after(END)
    bundle = f"/v1/public/draws/{opened.target_draw}/attempts/1/bundle"
    given.at(moment - timedelta(microseconds=1))
    before = await counts(superuser)
    assert told(await opened.publish("drawn-list")) == TOO_EARLY
    assert told(await given.http.get(bundle)) == (404, "not-public")
    assert await counts(superuser) == before
    given.at(moment)
    assert (await given.http.get(bundle)).status_code == 200
    assert (await opened.publish("drawn-list")).status_code == 201
    done, undone = (f"{opened.national_key}/{opened.objects[n]}" for n in (0, 2))
    assert (await opened.publish("result", done)).status_code == 201
    assert told(await opened.publish("result", undone)) == TOO_EARLY
    undrawn = next(o for n in range(1, 41) if (o := object_code(n)) not in opened.objects)
    nothing = (404, "publication-subject-not-found")
    assert told(await opened.publish("result", f"{opened.national_key}/{undrawn}")) == nothing


async def test_only_the_lead_department_publishes(opened: Visited) -> None:
    given = opened.given
    partner = await given.key(department=OTHER_DEPARTMENT)
    assert told(await opened.publish("task", key=partner)) == (403, "department-not-visible")
    stranger = await given.key(department="610404-SCJG")
    missing = (404, "inspection-task-not-found")
    assert told(await opened.publish("task", key=stranger)) == missing


async def test_a_task_tells_who_checks_what_but_never_whom(opened: Visited) -> None:
    answer = await opened.publish("task")
    assert answer.status_code == 201, answer.text
    content = answer.json()["content"]
    assert content["department"] == {"code": DEPARTMENT, "name": f"部门{DEPARTMENT}"}
    assert [one["code"] for one in content["partners"]] == [OTHER_DEPARTMENT]
    assert [(i["department"]["code"], i["name"]) for i in content["items"]] == [
        (DEPARTMENT, "登记事项检查"),
        (OTHER_DEPARTMENT, "登记事项检查"),
    ]
    assert content["scope"] == "陕西省咸阳市杨陵区；行业：不限；对象类型：不限"
    assert content["object_count"] == len(opened.objects) == 8
    assert set(content) == {
        *("code", "national_key", "name", "department", "partners", "items"),
        *("plan_code", "plan_line_code", "scope", "window_start", "window_end"),
        *("object_count", "target_draw_id", "inspector_draw_id", "dispatched_at"),
    }
    assert not [code for code in (*opened.objects, *opened.staff) if code in answer.text]


async def test_a_published_plan_holds_what_its_draws_commit_to(opened: Visited) -> None:
    http = opened.given.http
    address = f"/v1/public/draws/{opened.target_draw}/attempts/1/commitment"
    bound = (await http.get(address)).json()["plan"]
    subject = {"kind": "plan", "subject": opened.plan}
    (plan,) = (await http.get("/v1/public/publications", params=subject)).json()["items"]
    (line,) = plan["content"]["lines"]
    assert {"ref": line["line"]["code"], "sha256": line["sha256"]} == bound
