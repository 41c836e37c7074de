"""What the public can learn at each moment: no class ever, and before the disclosure moment no
drawn object and no officer."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    classes_csv,
    inspectors_csv,
    object_code,
    objects_csv,
)
from tests.publication.life import END, START, Visited
from tests.publication.outsider import (
    Learned,
    Outsider,
    certain,
    digest,
    dumps,
    hypotheses,
    open_tickets,
    seeds_in,
)
from tests.publication.watcher import everything
from tests.watching import rows

COUNT = 6
"""Objects of the registry: few enough to try all their classes and all their subsets."""
CODES = [object_code(n) for n in range(1, COUNT + 1)]
CLASS_OF = {object_code(n): "ABCD"[n % 4] for n in range(1, COUNT + 1)}
DEPARTMENTS = (DEPARTMENT, OTHER_DEPARTMENT)
OFFICERS = 6
RATES = {"A": "0.01", "B": "0.03", "C": "0.10", "D": "0.5"}


OUTSIDER = Outsider(
    codes=CODES,
    names={object_code(n): f"第{n}号商店" for n in range(1, COUNT + 1)},
    staff={d: [f"{d}-{n:04d}" for n in range(1, OFFICERS + 1)] for d in DEPARTMENTS},
    team={d: (2, [f"dept:{d}", "item:SC-01"]) for d in DEPARTMENTS},
)


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.departments(key, *DEPARTMENTS)
    await given.code_tables(key)
    await given.objects(key, objects_csv(COUNT))
    await given.classes(key, classes_csv(COUNT))
    for department in DEPARTMENTS:
        await given.items(key, department)
        await given.inspectors(key, department, inspectors_csv(department, OFFICERS))
    yield key
    given.now_again()


class Watch:
    """Keeps everything that was ever public, and says what it teaches."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http, self.texts = http, dict[str, None]()

    async def learn(self, *more: str) -> Learned:
        self.texts |= dict.fromkeys(await everything(self._http))
        return OUTSIDER.learn([*self.texts, *more])


async def draw_slowly(given: Given, key: Key, watch: Watch, address: str) -> None:
    """Every step of a draw, with a look from outside after each."""

    async def result(key: Key, address: str) -> None:
        await given.post(f"{address}/result", key)

    for step in (given.freeze, given.commit, given.seed, result):
        await step(key, address)
        assert (await watch.learn()).nothing, step
    given.now_again()


async def dispatch(given: Given, key: Key, line: str) -> Visited:
    made = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    visited = Visited(given, key, line, made["national_key"], [])
    answer = await given.http.get(f"{visited.address}/inspections?limit=200", auth=key)
    visited.parts = answer.json()["items"]
    visited.objects = sorted({part["object_code"] for part in visited.parts})
    return visited


async def prepared(given: Given, key: Key) -> str:
    window = {"window_start": START.isoformat(), "window_end": END.isoformat()}
    line = await given.joint_line(key, **window)
    await given.publish_plan(key, line.rpartition("-")[0])
    return line


async def test_an_outsider_learns_nothing_before_the_moment_and_no_class_after(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    watch = Watch(http)
    line = await prepared(given, key)
    assert (await watch.learn()).nothing
    for stage in ("target", "inspector"):
        await draw_slowly(given, key, watch, await given.draw(key, line, stage=stage))
    task = await dispatch(given, key, line)
    assert (await task.publish("task")).status_code == 201
    assert (await watch.learn()).nothing
    for code in task.objects[:-1]:
        await task.visit(code, 5, "消防通道堵塞")
    assert (await watch.learn()).nothing, "while one visit is left, all stay hidden"
    await task.visit(task.objects[-1])
    assert await watch.learn() == Learned(objects=set(task.objects)), "the public bundle is out"
    assert (await task.publish("drawn-list")).status_code == 201
    for code in task.objects:
        assert (await task.publish("result", f"{task.national_key}/{code}")).status_code == 201
    learned = await watch.learn()
    assert learned == Learned(objects=set(task.objects), officers=task.staff)
    assert certain(CODES, hypotheses(CODES, task.objects, RATES, None)) == set()


async def drawn_task(given: Given, key: Key) -> Visited:
    line = await prepared(given, key)
    for stage in ("target", "inspector"):
        await given.finish(key, await given.draw(key, line, stage=stage))
    return await dispatch(given, key, line)


async def files(superuser: AsyncEngine, draw_id: str) -> dict[str, bytes]:
    query = "SELECT name, data FROM openlot.draw_file WHERE draw_id = :draw"
    return dict(tuple(row) for row in await rows(superuser, query, draw=draw_id))


async def test_the_outsider_would_find_what_a_careless_service_shows(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    """The positive control: the same attempts, where something leaks."""
    task, watch = await drawn_task(given, key), Watch(http)
    assert (await watch.learn()).nothing
    hidden = await rows(superuser, "SELECT data FROM openlot.ledger_entry WHERE withheld")
    assert len(hidden) == 2
    shown = await watch.learn(*(row[0] for row in hidden))
    assert shown.objects == set(task.objects), "entries that are not withheld"

    frame = "".join(f"{code}\t{CLASS_OF[code]}\n" for code in CODES)
    assert (await watch.learn(digest(frame))).classes == set(CLASS_OF.items()), "an open frame"

    assigned = json.loads((await files(superuser, task.inspector_draw))["assignment.json"])
    for one in assigned["inspectors"]:
        one["tags"] = [tag for tag in one["tags"] if not tag.startswith("nonce:")]
    assert dumps(assigned) == OUTSIDER.assignment(task.objects)
    without_nonce = await watch.learn(digest(dumps(assigned)))
    assert without_nonce.objects == set(task.objects), "teams without a nonce"

    payload = dumps({"object_code": task.objects[0], "value": 5})
    assert (await watch.learn(digest(payload))).results == {(task.objects[0], 5)}, "no salt"
    by_stratum = json.dumps({"object_code": task.objects[0], "stratum": "D/610403"})
    assert (await watch.learn(by_stratum)).classes == {(task.objects[0], "D")}
    assert (await watch.learn("\n".join(sorted(task.objects, reverse=True)))).orders
    assert (await watch.learn("6ba7b810-9dad-11d1-80b4-00c04fd430c8")).ids, "an id of a clock"


async def test_the_public_seed_gives_no_ticket_away(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    task, watch = await drawn_task(given, key), Watch(http)
    await watch.learn()
    assert seeds_in(watch.texts) == []
    await task.finish()
    await watch.learn()
    assert len(seeds_in(watch.texts)) == 1, "that of the officers stays hidden"
    kept = await files(superuser, task.target_draw)
    public = "\n".join(watch.texts)
    secrets = [kept["salt.key"].decode()]
    secrets += [line.split("\t")[2] for line in kept["frame.tsv"].decode().splitlines()]
    secrets += [line.split("\t")[3] for line in kept["selected.tsv"].decode().splitlines()]
    assert len(secrets) == 1 + COUNT + len(task.objects)
    assert [secret for secret in secrets if secret in public] == []


def test_without_salts_the_seed_would_give_classes_away() -> None:
    """The control of the test before: an open frame, drawn by the specification."""
    tickets = open_tickets(CODES, "5e" * 32, "610403-SCJG-2026-001-01-T1")
    chosen: set[str] = set()
    for one in RATES:
        members = [code for code in CODES if CLASS_OF[code] == one]
        chosen |= set(sorted(members, key=tickets.__getitem__)[:1])
    by_count = hypotheses(CODES, chosen, RATES, None)
    by_ticket = hypotheses(CODES, chosen, RATES, tickets)
    truth = tuple(CLASS_OF[code] for code in CODES)
    assert truth in by_ticket
    assert len(by_ticket) * 2 < len(by_count)
