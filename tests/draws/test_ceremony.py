"""An official who does only what the API says next makes a draw."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.openapi import operations
from app.main import document
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.draws.ceremony import Ceremony, begin, digest_of, source, told
from tests.factories import OTHER_DEPARTMENT, REVEAL, Given, Key

PATHS = {o["operationId"]: (path, method) for path, method, o in operations(document())}


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


class Official:
    """Knows nothing but what `next` says, and has what is asked for at hand."""

    def __init__(self, led: Ceremony) -> None:
        self.led, self.deposits, self.moment = led, 0, datetime.now(UTC)

    async def act(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, with a key that holds the one permission; the answer."""
        if asked["operation"] is None:
            self.moment = datetime.fromisoformat(asked["not_before"])
            self.led.given.at(self.moment)
            return {}
        path, method = PATHS[asked["operation"]]
        assert method == "post"
        draw_id, _, attempt = self.led.address.split("/")[3:]
        address = path.format(draw_id=draw_id, attempt=attempt, number=asked["source_number"])
        person = "operator"
        if asked["action"] == "deposit-reveal":
            self.deposits += 1
            person = f"custodian-{self.deposits}"
        key = await self.led.given.key(asked["by"], person=person)
        return await self.led.given.post(address, key, json=self.body(asked))

    def body(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        match asked["action"]:
            case "deposit-reveal":
                return {"sha256": digest_of(REVEAL), "envelope": f"密封-{self.deposits}"}
            case "commit":
                self.led.not_before = self.moment + timedelta(hours=1)
                return {
                    "sources": [source(kind) for kind in self.led.kinds],
                    "not_before": self.led.not_before.isoformat(),
                }
            case "give-source":
                self.led.moment = self.moment
                return self.led.value(asked["source_number"])
        return None


async def test_who_follows_what_is_next_makes_a_draw(given: Given, key: Key) -> None:
    kinds = ["reveal", "dice", "balls", "lottery"]
    led = Ceremony(given, key, await given.draw(key), kinds)
    official, taken = Official(led), []
    for _ in range(20):
        asked = (await led.view())["next"]
        if asked["action"] == "dispatch":
            break
        taken.append((asked["action"], asked["source_number"]))
        answer = await official.act(asked)
        if "next" in answer:
            assert answer == await led.view()
    assert taken == [
        ("freeze", None),
        ("deposit-reveal", None),
        ("deposit-reveal", None),
        ("commit", None),
        ("wait", None),
        ("give-source", 2),
        ("give-source", 3),
        ("give-source", 4),
        ("give-source", 1),
        ("draw", None),
    ]
    shown = await led.view()
    assert (shown["state"], shown["next"]["operation"]) == ("drawn", "createInspectionTask")
    assert [one["number"] for one in shown["steps"]] == list(range(1, 12))
    assert [one["done"] for one in shown["steps"]] == [True] * 10 + [False]
    bundle = (await given.http.get(f"{led.address}/bundles/audit", auth=key)).content
    vkey = (await given.http.get("/v1/ledger/key")).json()["vkey"]
    report = verify_bundle(read_bundle(bundle), log_key=vkey)
    assert report.ok, report


async def test_a_rehearsal_needs_no_custodian_and_is_not_dispatched(given: Given, key: Key) -> None:
    led = Ceremony(given, key, await given.draw(key, purpose="test"), ["test"])
    official, taken = Official(led), []
    while (asked := (await led.view())["next"])["action"] != "none":
        taken.append(asked["action"])
        await official.act(asked)
    assert taken == ["freeze", "commit", "wait", "give-source", "draw"]
    assert asked["by"] is None
    assert "演练" in asked["how_zh"]
    assert "dispatch" not in {one["action"] for one in (await led.view())["steps"]}


async def test_each_instruction_is_whole_and_in_both_languages(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "reveal", "balls", "dice")).commit()
    shown = await led.view()
    asked = shown["next"]
    assert (asked["action"], asked["source_number"], asked["by"]) == (
        "give-source",
        2,
        "draws:seed",
    )
    assert "1 至 35 号球中摇出 7 个" in asked["how_zh"]
    assert "7 balls out of 1 to 35" in asked["how_en"]
    assert datetime.fromisoformat(asked["not_before"]) == led.not_before
    assert datetime.fromisoformat(asked["until"]) == led.seed_by
    for one in shown["steps"]:
        assert one["title_zh"] != one["title_en"]
        assert (one["done_at"] is not None) == one["done"]


async def test_before_the_commitment_the_window_of_the_line_is_the_limit(
    given: Given, key: Key
) -> None:
    line = await given.plan_line(key, window_start="2026-11-30", window_end="2027-03-01")
    led = Ceremony(given, key, await given.draw(key, line), ["dice"])
    given.at(datetime(2026, 11, 29, 15, 59, tzinfo=UTC))
    shown = await led.view()
    assert datetime.fromisoformat(shown["next"]["until"]) == datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert {one["overdue"] for one in shown["steps"]} == {False}
    given.at(datetime(2026, 11, 29, 16, 1, tzinfo=UTC))
    assert {one["overdue"] for one in (await led.view())["steps"]} == {True}


async def test_under_wait_a_late_value_is_taken_and_shown_as_overdue(
    given: Given, key: Key
) -> None:
    led = await (await begin(given, key, "reveal", "dice", "balls")).commit()
    await led.give_all(2)
    given.at(led.seed_by + timedelta(seconds=1))
    shown = await led.view()
    assert (shown["next"]["action"], shown["next"]["source_number"]) == ("give-source", 3)
    overdue = {one["source_number"]: one["overdue"] for one in shown["steps"]}
    assert (overdue[1], overdue[2], overdue[3]) == (True, False, True)
    await led.give_all(3, 1)
    shown = await led.view()
    assert shown["state"] == "seeded"
    assert {one["source_number"]: one["overdue"] for one in shown["steps"]} == overdue


async def test_under_void_a_late_value_is_refused_and_the_void_is_next(
    given: Given, key: Key
) -> None:
    led = await (await begin(given, key, "reveal", "dice")).commit(fallback="void")
    given.at(led.seed_by)
    await led.give_all(2)
    given.at(led.seed_by + timedelta(seconds=1))
    assert told(await led.give(1)) == (409, "seed-too-late")
    asked = (await led.view())["next"]
    assert (asked["action"], asked["operation"]) == ("void", "requestDrawChange")
    body = {"kind": "void", "reason": "source-missing", "evidence": "现场记录 1 号"}
    change = await given.post(f"{led.address}/changes", key, json=body)
    other = await given.key("draws:approve", person="head-of-office")
    decision = f"{led.address}/changes/{change['number']}/decision"
    await given.post(decision, other, json={"decision": "approved"})
    assert told(await led.give(1)) == (409, "draw-voided")
    shown = await led.view()
    assert (shown["state"], shown["next"]["action"]) == ("voided", "none")
    assert "作废" in shown["next"]["how_zh"]


async def test_all_values_at_once_complete_every_source(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "reveal", "dice")).commit()
    body = {"sources": [led.value(1), led.value(2)]}
    await given.post(f"{led.address}/seed", key, json=body)
    shown = await led.view()
    given_steps = [one for one in shown["steps"] if one["action"] == "give-source"]
    assert [one["source_number"] for one in given_steps] == [2, 1]
    assert all(one["done"] and one["done_by"] for one in given_steps)
    assert shown["next"]["action"] == "draw"


async def test_a_campaign_is_due_when_the_first_of_its_windows_opens(
    given: Given, key: Key
) -> None:
    first = await given.plan_line(key, window_start="2026-12-10", window_end="2027-03-01")
    plan = first.rpartition("-")[0]
    second = await given.plan_line(key, plan, window_start="2026-12-01", window_end="2027-03-01")
    address = await given.draw(key, first, campaign_line_codes=[second])
    shown = await Ceremony(given, key, address, []).view()
    until = datetime.fromisoformat(shown["next"]["until"])
    assert until == datetime(2026, 11, 30, 16, tzinfo=UTC)


async def test_who_sees_one_department_of_a_campaign_sees_its_ceremony(
    given: Given, key: Key
) -> None:
    await given.departments(key, OTHER_DEPARTMENT)
    await given.items(key, OTHER_DEPARTMENT)
    items = [{"department_code": OTHER_DEPARTMENT, "item_code": "SC-01"}]
    other = await given.plan_line(key, await given.plan(key, OTHER_DEPARTMENT), items=items)
    await given.publish_plan(key, other.rpartition("-")[0])
    address = await given.draw(key, campaign_line_codes=[other])
    shown = await Ceremony(given, await given.key("draws:read"), address, []).view()
    assert shown["next"]["action"] == "freeze"
