"""Load reports: who is scarce, what to expect, and what is missing, before officers are drawn."""

import random
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest

from app.draws.service.loads import SHOWN_OFFICERS, LoadCount, count_loads, even_shares
from app.sampling.openlot1.assignment import (
    Assignment,
    Group,
    Inspector,
    Team,
    may_take,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.problem import Problem
from tests.draws.changing import VOID, changed, selected
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, inspectors_csv


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def reported(http: httpx.AsyncClient, address: str, key: Key) -> dict[str, Any]:
    answer = await http.get(f"{address}/load-report", auth=key)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refused(http: httpx.AsyncClient, address: str, key: Key) -> tuple[int, str]:
    answer = await http.get(f"{address}/load-report", auth=key)
    return answer.status_code, answer.json()["code"]


async def target_drawn(given: Given, key: Key) -> tuple[str, str]:
    """A joint line whose eight objects are drawn, and the address of that draw."""
    line = await given.joint_line(key)
    return line, await given.finish(key, await given.draw(key, line))


def recusal(number: int, object_code: str) -> dict[str, str]:
    return {
        "department_code": DEPARTMENT,
        "staff_no": f"{DEPARTMENT}-{number:04d}",
        "object_code": object_code,
        "ground": "kinship",
    }


async def test_scarcity_shows_before_the_freeze(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.inspectors(
        key, OTHER_DEPARTMENT, inspectors_csv(OTHER_DEPARTMENT, 2, valid_to="2026-11-29")
    )
    line, target = await target_drawn(given, key)
    first = (await selected(http, target, key))[0]["object_code"]
    await given.post("/v1/registry/interests", key, json=recusal(3, first))
    address = await given.draw(key, line, stage="inspector", cap=2, slack=1)
    report = await reported(http, address, key)
    assert (report["draw_id"], report["attempt"]) == (f"{line}-I1", 1)
    assert (report["state"], report["seats"], report["people"]) == ("draft", 32, 18)
    assert (report["level"], report["slack"]) == (2, 1)
    assert report["left_out"] == {"certificate-expires": 2}
    common = {"kind": "officer", "item_codes": ["SC-01"], "qualifications": [], "place": None}
    common |= {"seats": 16, "teams": 8}
    assert report["demands"] == [
        common | {"department_code": OTHER_DEPARTMENT, "people": 8, "capacity": 16, "spare": 0},
        common | {"department_code": DEPARTMENT, "people": 10, "capacity": 20, "spare": 4},
    ]
    assert (report["certificate"], report["shortages"]) == (None, [])
    # Seven objects share their two seats among ten, the eighth among nine.
    officers = report["officers"]
    assert [one["expected"] for one in officers] == ["2.00"] * 8 + ["1.62"] * 9 + ["1.40"]
    assert [one["department_code"] for one in officers[:8]] == [OTHER_DEPARTMENT] * 8
    names = [one["staff_no"] for one in officers]
    assert names[:8] == sorted(names[:8])
    assert names[8:17] == sorted(names[8:17])
    assert officers[-1] == {
        "staff_no": f"{DEPARTMENT}-0003",
        "department_code": DEPARTMENT,
        "load": 0,
        "cap": 2,
        "eligible_teams": 7,
        "expected": "1.40",
    }
    assert report["officers_total"] == len(officers) == 18
    shared = sum(Decimal(one["expected"]) for one in officers)
    assert abs(shared - report["seats"]) <= len(officers) * Decimal("0.005")


async def test_the_report_of_the_draft_is_that_of_the_frozen_input_and_stays(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line, _ = await target_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", cap=2)
    draft = await reported(http, address, key)
    await given.freeze(key, address)
    assert await reported(http, address, key) == draft | {"state": "frozen"}
    await given.inspectors(key, DEPARTMENT, inspectors_csv(DEPARTMENT, 5, valid_to="2026-11-29"))
    assert await reported(http, address, key) == draft | {"state": "frozen"}
    await given.commit(key, address)
    assert await reported(http, address, key) == draft | {"state": "committed"}
    await given.seed(key, address)
    await given.post(f"{address}/result", key)
    assert await reported(http, address, key) == draft | {"state": "drawn"}
    level = draft["level"]
    given.now_again()
    await given.finish(key, await given.draw(key, line, round=2))
    later = await reported(
        http, await given.draw(key, line, stage="inspector", round=2, cap=4), key
    )
    assert later["left_out"] == {"certificate-expires": 5}
    loads = {one["staff_no"]: one["load"] for one in later["officers"]}
    assert len(loads) == 15
    assert set(loads.values()) <= set(range(level + 1))
    assert sum(n for name, n in loads.items() if name.startswith(OTHER_DEPARTMENT)) == 16


async def test_an_infeasible_draft_says_what_is_missing_and_what_would_help(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line, _ = await target_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", cap=1)
    report = await reported(http, address, key)
    assert report["level"] is None
    assert [one["spare"] for one in report["demands"]] == [-6, -6]
    assert [one["department_code"] for one in report["demands"]] == [DEPARTMENT, OTHER_DEPARTMENT]
    assert report["certificate"] == {
        "groups": 16,
        "seats": 32,
        "people": 20,
        "capacity": 20,
        "shortfall": 12,
    }
    assert len(report["shortages"]) == 2
    for one in report["shortages"]:
        assert "16 个席位只能由 10 人担任" in one["zh"]
        assert "16 seats can only be taken by 10 people" in one["en"]
        kinds = [help_["kind"] for help_ in one["proposals"]]
        assert (kinds[0], kinds[-1]) == ("raise-cap", "add-person")
        assert "shortage" not in kinds
        assert all(help_["zh"] and help_["en"] for help_ in one["proposals"])
    answer = await http.post(f"{address}/freeze", auth=key)
    assert answer.json()["code"] == "assignment-infeasible"
    for one in report["shortages"]:
        assert one["zh"] in answer.json()["texts"]["zh-CN"]


async def test_a_replacement_draw_is_reported_of_its_open_seat(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    made = await given.replacement(task, part)
    head = await given.officer_key("head", part["department_code"])
    draw_id = (await given.post(f"/v1/replacements/{made['id']}/approval", head))["draw_id"]
    address = f"/v1/draws/{draw_id}/attempts/1"
    draft = await reported(http, address, key)
    (row,) = draft["demands"]
    assert (row["department_code"], row["seats"]) == (part["department_code"], 1)
    # Who leaves and who stays at the object do not come; an eighth of a seat is rounded up.
    assert row["people"] == 8
    expected = [one["expected"] for one in draft["officers"]]
    assert expected == ["0.13"] * 8 + ["0.00"] * 12
    assert {one["staff_no"] for one in draft["officers"][:8]}.isdisjoint(part["officers"])
    await given.freeze(key, address)
    assert await reported(http, address, key) == draft | {"state": "frozen"}


async def test_what_has_no_load_report_says_so(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    assert await refused(http, "/v1/draws/NONE/attempts/1", key) == (404, "draw-not-found")
    line, target = await target_drawn(given, key)
    assert await refused(http, target, key) == (404, "no-load-report")
    address = await given.draw(key, line, stage="inspector")
    mine = await given.key(department=DEPARTMENT)
    partner = await given.key(department=OTHER_DEPARTMENT)
    both = await given.key(department=DEPARTMENT, sees=(OTHER_DEPARTMENT,))
    for state in ("draft", "frozen"):
        assert await refused(http, address, mine) == (403, "department-not-visible")
        assert await refused(http, address, partner) == (404, "draw-not-found")
        assert (await reported(http, address, both))["state"] == state
        if state == "draft":
            await given.freeze(key, address)
    second = await given.finish(key, await given.draw(key, line, round=2))
    waiting = await given.draw(key, line, stage="inspector", round=2)
    await changed(given, key, second, VOID)
    assert await refused(http, waiting, key) == (409, "stage-not-ready")


def instances(count: int) -> Iterator[Assignment]:
    """Small random assignments, with caps of 0 and groups that nobody may take."""
    chance = random.Random(20261124)  # the same instances in every run
    tags = ("dept:A", "dept:B", "item:1", "item:2")
    for _ in range(count):
        inspectors = [
            Inspector(f"P{n}", some(chance, tags), chance.randrange(4), chance.randrange(3))
            for n in range(chance.randrange(6))
        ]
        teams = [
            Team(
                f"T{n}",
                tuple(
                    Group(
                        f"g{k}",
                        chance.randint(1, 2),
                        some(chance, tags[:3], 0.3),
                        some(chance, tags[3:], 0.2),
                        some(chance, [one.id for one in inspectors], 0.2),
                    )
                    for k in range(chance.randint(1, 2))
                ),
            )
            for n in range(chance.randrange(4))
        ]
        yield parse_assignment(write_assignment(teams, inspectors, 0))


def some(chance: random.Random, values: tuple[str, ...] | list[str], rate: float = 0.6) -> Any:
    return tuple(value for value in values if chance.random() < rate)


def takers(assignment: Assignment, group: Group) -> list[str]:
    return [one.id for one in assignment.inspectors if one.cap and may_take(one, group)]


def test_expected_loads_are_the_exact_shares() -> None:
    shared = 0
    for assignment in instances(300):
        exact = {one.id: Fraction(0) for one in assignment.inspectors}
        open_to_some = 0
        for group in (group for team in assignment.teams for group in team.groups):
            people = takers(assignment, group)
            open_to_some += group.demand if people else 0
            for name in people:
                exact[name] += Fraction(group.demand, len(people))
        shares, denominator = even_shares(Problem(assignment))
        assert [Fraction(n, denominator) for n in shares] == list(exact.values())
        assert sum(exact.values()) == open_to_some
        told = {one.staff_no: one.expected for one in count_loads(assignment).officers}
        for name, share in exact.items():
            assert -Fraction(1, 200) < Fraction(told[name]) - share <= Fraction(1, 200)
            shared += share > 0
    assert shared > 200


def test_demand_and_capacity_are_as_counted_one_by_one() -> None:
    short = 0
    for assignment in instances(300):
        count = count_loads(assignment)
        alike = {g.requires for team in assignment.teams for g in team.groups}
        told = [(one.department_code, one.item_codes) for one in count.demands]
        assert len(told) == len(alike)
        assert [one.spare for one in count.demands] == sorted(one.spare for one in count.demands)
        figures = sorted(
            (one.seats, one.teams, one.people, one.capacity, one.spare) for one in count.demands
        )
        assert figures == sorted(counted(assignment, tags) for tags in alike)
        short += any(one.spare < 0 for one in count.demands)
    assert short > 50


def counted(assignment: Assignment, requires: tuple[str, ...]) -> tuple[int, ...]:
    """(seats, teams, people, capacity, spare) of the groups that ask for exactly these tags."""
    wanted = {
        team.id: [g for g in team.groups if g.requires == requires] for team in assignment.teams
    }
    wanted = {name: groups for name, groups in wanted.items() if groups}
    seats = sum(g.demand for groups in wanted.values() for g in groups)
    people = capacity = 0
    for one in assignment.inspectors:
        teams = sum(any(may_take(one, g) for g in groups) for groups in wanted.values())
        people += min(one.cap, teams) > 0
        capacity += min(one.cap, teams)
    return seats, len(wanted), people, capacity, capacity - seats


def test_the_shortfall_is_what_stays_empty_in_the_fullest_filling() -> None:
    short = 0
    for assignment in instances(120):
        count = count_loads(assignment)
        missing = count.seats - fullest(assignment)
        assert (count.level is None) == (missing > 0) == bool(count.shortages)
        assert (count.certificate.shortfall if count.certificate else 0) == missing
        short += missing > 0
    assert short > 20


def fullest(assignment: Assignment) -> int:
    """The most seats that can be filled, found by trying every choice."""
    seats = [
        (team.id, takers(assignment, group))
        for team in assignment.teams
        for group in team.groups
        for _ in range(group.demand)
    ]
    known: dict[tuple[int, frozenset[tuple[str, str]]], int] = {}

    def best(place: int, taken: frozenset[tuple[str, str]]) -> int:
        if place == len(seats):
            return 0
        if (place, taken) not in known:
            team, people = seats[place]
            held = [name for _, name in taken]
            options = [best(place + 1, taken)]
            options += [
                1 + best(place + 1, taken | {(team, name)})
                for name in people
                if (team, name) not in taken and held.count(name) < caps[name]
            ]
            known[place, taken] = max(options)
        return known[place, taken]

    caps = {one.id: one.cap for one in assignment.inspectors}
    return best(0, frozenset())


def test_a_long_list_of_officers_is_cut_with_its_length_told() -> None:
    people = [Inspector(f"P{n:04d}", ("dept:A",), 1) for n in range(SHOWN_OFFICERS + 3)]
    teams = [Team("T", (Group("A", 20, ("dept:A",), (), ("P0000", "P0001")),))]
    count: LoadCount = count_loads(parse_assignment(write_assignment(teams, people, 0)))
    assert count.people == SHOWN_OFFICERS + 3
    assert [one.staff_no for one in count.officers] == [
        f"P{n:04d}" for n in range(2, SHOWN_OFFICERS + 2)
    ]
