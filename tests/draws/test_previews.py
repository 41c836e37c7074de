"""Previews: the exact counts, a dry run that is no draw, and what other draws have drawn."""

from collections import Counter
from collections.abc import AsyncIterator
from fractions import Fraction
from hashlib import sha256
from typing import Any

import httpx
import pytest

from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    REGION,
    Given,
    Key,
    object_code,
    objects_csv,
)

DRYRUN = sha256(b"openlot/1/dryrun").hexdigest()
NEIGHBOUR = "610404"


def class_of(number: int) -> str:
    """As `classes_csv` gives it."""
    return "ABCD"[number % 4]


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def previewed(http: httpx.AsyncClient, address: str, key: Key) -> dict[str, Any]:
    answer = await http.get(f"{address}/preview", auth=key)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refused(http: httpx.AsyncClient, address: str, key: Key) -> tuple[int, str]:
    answer = await http.get(f"{address}/preview", auth=key)
    return answer.status_code, answer.json()["code"]


async def selected(http: httpx.AsyncClient, address: str, key: Key) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await http.get(f"{address}/selected?limit=200", auth=key)
    ).json()["items"]
    return items


def two_regions(first: int) -> str:
    """The 40 objects, those after the first few in the neighbouring region."""
    rows = "".join(
        f"{object_code(n)},商店{n},企业,{NEIGHBOUR if n > first else REGION},52,2020-01-02,存续\n"
        for n in range(1, 41)
    )
    return "uscc,name,object_class,region_code,industry_code,established,status\n" + rows


def dry_ticket(number: int) -> str:
    return sha256(f"{DRYRUN}{object_code(number)}".encode()).hexdigest()


async def test_a_preview_has_the_counts_of_the_draw_and_a_sample_of_the_known_key(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(3, status="注销"))
    address = await given.draw(key)
    draft = await previewed(http, address, key)
    assert (draft["state"], draft["is_preview"]) == ("draft", True)
    assert draft["zh"].startswith("预演，不是抽取结果")
    assert "not the draw" in draft["en"]
    (part,) = draft["parts"]
    assert (part["name"], part["plan_line_code"]) == ("", address.split("/")[3][:-3])
    assert part["excluded"] == {"deregistered": 3}
    assert part["shared_totals"] == []
    assert part["total"] == {
        "count": 37,
        "drawn": 8,
        "expected": "8",
        "at_least": 8,
        "at_most": 8,
    }
    wanted = {one["stratum"]: one["drawn"] for one in part["strata"]}
    ranked = []
    for name, n in wanted.items():
        of_class = [k for k in range(4, 41) if class_of(k) == name]
        first = sorted(of_class, key=dry_ticket)[:n]
        ranked += [(rank, name, object_code(k)) for rank, k in enumerate(first, start=1)]
    assert [(one["rank"], one["stratum"], one["object_code"]) for one in part["sample"]] == sorted(
        ranked
    )
    assert all(one["is_preview"] for one in part["sample"])
    await given.freeze(key, address)
    frozen = await previewed(http, address, key)
    assert frozen == draft | {"state": "frozen"}
    await given.commit(key, address)
    assert await refused(http, address, key) == (409, "draw-preview-over")
    await given.seed(key, address)
    assert await refused(http, address, key) == (409, "draw-preview-over")
    await given.post(f"{address}/result", key)
    drawn = (await http.get(address, auth=key)).json()["steps"][-1]["details"]["strata"]
    shown = [{n: one[n] for n in ("stratum", "count", "rate", "drawn")} for one in part["strata"]]
    assert shown == drawn


async def test_the_frozen_frame_and_not_the_registry_is_previewed(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.frozen(key)
    before = await previewed(http, address, key)
    await given.objects(key, objects_csv(10, status="注销"))
    assert await previewed(http, address, key) == before
    second = await given.draw(key, address.split("/")[3][:-3], round=2)
    (part,) = (await previewed(http, second, key))["parts"]
    assert (part["total"]["count"], part["excluded"]) == (30, {"deregistered": 10})


async def test_strata_that_share_a_total_are_told_as_what_may_come(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, two_regions(33))
    rates = [{"credit_class": c, "rate": "1/3"} for c in "ABCD"]
    shared = {"rounding": "random-start", "by_region": True, "regions": ["610400"]}
    address = await given.draw(key, await given.plan_line(key, class_rates=rates, **shared))
    (part,) = (await previewed(http, address, key))["parts"]
    assert [one["total"] for one in part["shared_totals"]] == list("ABCD")
    for one in part["shared_totals"]:
        assert (one["count"], one["expected"]) == (10, "10/3")
        assert (one["at_least"], one["at_most"]) == (3, 4)
    assert part["total"] == {
        "count": 40,
        "drawn": None,
        "expected": "40/3",
        "at_least": 12,
        "at_most": 16,
    }
    for one in part["strata"]:
        assert one["drawn"] is None
        assert Fraction(one["expected"]) == Fraction(one["count"], 3)
        assert one["at_least"] <= Fraction(one["expected"]) <= one["at_most"]
        assert one["at_most"] - one["at_least"] <= 1
    assert 12 <= len(part["sample"]) <= 16
    await given.finish(key, address)
    drawn = (await http.get(address, auth=key)).json()["steps"][-1]["details"]["strata"]
    for told, one in zip(part["strata"], drawn, strict=True):
        assert told["stratum"] == one["stratum"]
        assert told["at_least"] <= one["drawn"] <= told["at_most"]


async def others_line(given: Given, key: Key, **changes: Any) -> str:
    """A line of the other department, over a directory with the same objects."""
    await given.objects(key, objects_csv(40), OTHER_DEPARTMENT)
    items = [{"department_code": OTHER_DEPARTMENT, "item_code": "SC-01"}]
    plan = await given.plan(key, OTHER_DEPARTMENT)
    rates = [{"credit_class": "U", "rate": "0.5"}]
    return await given.plan_line(key, plan, **{"items": items, "class_rates": rates} | changes)


def expected_again(codes: set[str]) -> str:
    """By class 1, 1, 1 and 5 of 10 are drawn."""
    of_class = Counter(class_of(n) for n in range(1, 41) if object_code(n) in codes)
    tenths = sum(n * (5 if name == "D" else 1) for name, n in of_class.items())
    return f"{tenths // 10}.{tenths % 10}0"


async def test_the_overlap_with_other_draws_is_told_in_numbers_until_they_are_voided(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    other = await given.drawn(key, await others_line(given, key, reserves=2))
    codes = {one["object_code"] for one in await selected(http, other, key)}
    assert len(codes) == 20
    rehearsed = await given.draw(key, await given.plan_line(key), purpose="test")
    await given.finish(key, rehearsed)
    address = await given.draw(key)
    own = await given.key(department=DEPARTMENT)
    (part,) = (await previewed(http, address, own))["parts"]
    told = {
        "draw_id": other.split("/")[3],
        "plan_line_code": other.split("/")[3][:-3],
        "department_code": OTHER_DEPARTMENT,
        "objects_in_frame": 20,
        "expected_again": expected_again(codes),
    }
    assert part["overlap"] == [told]

    gone = min(codes)
    number = next(n for n in range(1, 41) if object_code(n) == gone)
    closed = objects_csv(40).splitlines(keepends=True)
    await given.objects(key, closed[0] + closed[number].replace("存续", "注销"), OTHER_DEPARTMENT)
    body = {"kind": "substitution", "reason": "deregistered", "evidence": "注销通知书"}
    await decided(given, key, other, body | {"object_code": gone})
    now_listed = {one["object_code"] for one in await selected(http, other, key)}
    assert (len(now_listed), gone in now_listed) == (20, False)
    (part,) = (await previewed(http, address, own))["parts"]
    assert part["overlap"] == [told | {"expected_again": expected_again(now_listed)}]

    await decided(
        given, key, other, {"kind": "void", "reason": "ceremony-flawed", "evidence": "录像中断"}
    )
    (part,) = (await previewed(http, address, own))["parts"]
    assert part["overlap"] == []


async def decided(given: Given, key: Key, address: str, body: dict[str, Any]) -> None:
    """A change that another person approved."""
    change = await given.post(f"{address}/changes", key, json=body)
    other = await given.key(sees=("*",), person="head-of-office")
    decision = {"decision": "approved"}
    await given.post(f"{address}/changes/{change['number']}/decision", other, json=decision)


async def test_a_small_frame_does_not_tell_what_an_unseen_department_drew(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    other = await given.drawn(key, await others_line(given, key))
    await given.objects(key, two_regions(21))
    address = await given.draw(key, await given.plan_line(key, regions=[NEIGHBOUR]))
    mine = await given.key(department=DEPARTMENT)
    for asking, known in ((mine, False), (key, True)):
        (part,) = (await previewed(http, address, asking))["parts"]
        (told,) = part["overlap"]
        assert told["draw_id"] == other.split("/")[3]
        assert (told["objects_in_frame"] is not None) == known
        assert (told["expected_again"] is not None) == known
    both = await given.draw(key, await given.plan_line(key, regions=["610400"]))
    (part,) = (await previewed(http, both, mine))["parts"]
    assert (part["total"]["count"], part["overlap"][0]["objects_in_frame"]) == (40, 20)


async def test_a_campaign_has_a_preview_of_every_part(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    plan = await given.plan(key)
    first = await given.plan_line(key, plan)
    rates = [{"credit_class": c, "rate": "0.5"} for c in "ABCD"]
    second = await given.plan_line(key, plan, class_rates=rates)
    address = await given.draw(key, first, campaign_line_codes=[second])
    draft = await previewed(http, address, key)
    assert [one["plan_line_code"] for one in draft["parts"]] == [first, second]
    assert [one["total"]["drawn"] for one in draft["parts"]] == [8, 20]
    small, large = ({one["object_code"] for one in p["sample"]} for p in draft["parts"])
    assert small <= large
    await given.freeze(key, address)
    assert await previewed(http, address, key) == draft | {"state": "frozen"}


async def test_what_has_no_preview_says_so(http: httpx.AsyncClient, given: Given, key: Key) -> None:
    assert await refused(http, "/v1/draws/NONE/attempts/1", key) == (404, "draw-not-found")
    empty = await given.draw(key, await given.plan_line(key, regions=[NEIGHBOUR]))
    assert await refused(http, empty, key) == (422, "frame-empty")
    line = await given.joint_line(key)
    await given.drawn(key, line)
    officers = await given.draw(key, line, stage="inspector")
    assert await refused(http, officers, key) == (404, "no-preview")
    partner = await given.plan_line(key, await given.plan(key, OTHER_DEPARTMENT))
    await given.publish_plan(key, partner.rpartition("-")[0])
    mixed = await given.draw(key, campaign_line_codes=[partner])
    mine = await given.key(department=DEPARTMENT)
    assert await refused(http, mixed, mine) == (404, "plan-line-not-found")
    stranger = await given.key(department=OTHER_DEPARTMENT)
    assert await refused(http, mixed, stranger) == (404, "draw-not-found")
