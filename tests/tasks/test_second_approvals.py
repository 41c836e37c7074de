"""Two approvals from a person's so-many-th replacement request of a year on, and the counts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core import embedded
from app.core.embedded import EmbeddedServer
from app.core.migrate import alembic_config
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, replacement_body
from tests.watching import counts, rows

Made = dict[str, Any]
RULE = "replacement.second-approval-from"
COUNTS = "/v1/replacement-counts"
LAST_OF_2026 = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
FIRST_OF_2027 = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""The year begins at midnight in China."""


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


class Seats:
    """The seats of a task of two objects, of which each department has four to ask about."""

    def __init__(self, given: Given, task: Made, parts: list[Made]) -> None:
        self.given = given
        self.address = f"/v1/inspection-tasks/{task['national_key']}/replacements"
        self.bodies = {
            department: [
                replacement_body(part, seat=seat, staff_no=part["officers"][seat - 1])
                for part in parts
                if part["department_code"] == department
                for seat in (1, 2)
            ]
            for department in (DEPARTMENT, OTHER_DEPARTMENT)
        }

    async def request(
        self, person: str = "clerk", department: str = DEPARTMENT, **changes: Any
    ) -> Made:
        """A request of a person for the next seat of the department."""
        by = await self.given.officer_key(person, department)
        body = self.bodies[department].pop(0) | changes
        return await self.given.post(self.address, by, json=body)


@pytest.fixture
async def seats(given: Given, key: Key) -> Seats:
    task = await given.task(key)
    return Seats(given, task, await given.parts(key, task))


def endorsement(made: Made) -> str:
    return f"/v1/replacements/{made['id']}/endorsement"


def approval(made: Made) -> str:
    return f"/v1/replacements/{made['id']}/approval"


async def refused(
    given: Given, superuser: AsyncEngine, path: str, person: str, code: str
) -> dict[str, str]:
    """The texts of a refusal that changes no row."""
    by = await given.officer_key(person)
    before = await counts(superuser)
    answer = await given.http.post(path, auth=by)
    assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text
    assert await counts(superuser) == before
    texts: dict[str, str] = answer.json()["texts"]
    return texts


async def test_the_third_request_of_a_person_in_a_year_needs_two_others(
    given: Given, superuser: AsyncEngine, seats: Seats
) -> None:
    requests = [await seats.request() for _ in range(3)]
    assert [(one["number"], one["needs_endorsement"]) for one in requests] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    first, second, third = requests
    head, deputy = await given.officer_key("head"), await given.officer_key("deputy")
    texts = await refused(given, superuser, endorsement(second), "head", "endorsement-not-needed")
    assert "request 2 " in texts["en"]
    assert "第 2 次" in texts["zh-CN"]
    for enough in (first, second):
        approved = await given.post(approval(enough), head)
        assert (approved["approved_person"], approved["endorsed_person"]) == ("head", None)
    for person in ("head", "deputy"):
        texts = await refused(given, superuser, approval(third), person, "second-approval-missing")
        assert "request 3 " in texts["en"]
        assert "from number 3 on" in texts["en"]
        assert "2026 年的第 3 次" in texts["zh-CN"]
    await refused(given, superuser, endorsement(third), "clerk", "replacement-same-person")
    endorsed = await given.post(endorsement(third), head)
    assert endorsed["endorsed_person"] == "head"
    assert (endorsed["approved_person"], endorsed["draw_id"]) == (None, None)
    await refused(given, superuser, endorsement(third), "deputy", "replacement-endorsed-already")
    await refused(given, superuser, approval(third), "head", "replacement-same-approver")
    await refused(given, superuser, approval(third), "clerk", "replacement-same-person")
    approved = await given.post(approval(third), deputy)
    assert (approved["endorsed_person"], approved["approved_person"]) == ("head", "deputy")
    assert approved["draw_id"]
    await refused(given, superuser, endorsement(third), "third", "replacement-approved-already")
    shown = await given.http.get(f"/v1/replacements/{third['id']}", auth=head)
    assert shown.json() == approved


async def test_requests_are_counted_by_person_whatever_key_and_department(
    given: Given, seats: Seats
) -> None:
    numbers = [
        (await seats.request(person, department))["number"]
        for person, department in (
            ("clerk", DEPARTMENT),
            ("clerk", OTHER_DEPARTMENT),
            ("another", DEPARTMENT),
            ("clerk", DEPARTMENT),
            ("another", OTHER_DEPARTMENT),
        )
    ]
    assert numbers == [1, 2, 1, 3, 2]


async def test_a_year_begins_anew_at_midnight_in_china(given: Given, seats: Seats) -> None:
    given.at(LAST_OF_2026)
    old = [await seats.request() for _ in range(3)]
    given.at(FIRST_OF_2027)
    new = await seats.request()
    assert [one["number"] for one in old] == [1, 2, 3]
    assert (new["number"], new["needs_endorsement"]) == (1, False)
    head = await given.officer_key("head")
    assert (await given.post(approval(new), head))["approved_person"] == "head"
    late = await given.http.post(approval(old[-1]), auth=head)
    assert late.json()["code"] == "second-approval-missing"


@pytest.mark.parametrize(("value", "needed"), [(1, [True, True]), (2, [False, True])])
async def test_a_stricter_rule_holds_from_its_day_on(
    given: Given, superuser: AsyncEngine, key: Key, seats: Seats, value: int, needed: list[bool]
) -> None:
    body = {"key": RULE, "valid_from": "2026-06-01", "value": value, "source": "某区内控规定"}
    await given.post("/v1/rules", key, json=body)
    given.at(datetime(2026, 5, 31, 15, 59, tzinfo=UTC))
    before = [await seats.request() for _ in range(2)]
    assert [one["needs_endorsement"] for one in before] == [False, False]
    given.at(datetime(2026, 5, 31, 16, tzinfo=UTC))
    after = [await seats.request("another") for _ in range(2)]
    assert [one["needs_endorsement"] for one in after] == needed
    await given.post(approval(before[1]), await given.officer_key("head"))
    code = "second-approval-missing"
    texts = await refused(given, superuser, approval(after[1]), "head", code)
    assert f"from number {value} on" in texts["en"]


async def test_a_milder_rule_lets_one_approve(given: Given, key: Key, seats: Seats) -> None:
    body = {"key": RULE, "valid_from": "2026-06-01", "value": 4, "source": "某区内控规定"}
    await given.post("/v1/rules", key, json=body)
    requests = [await seats.request() for _ in range(4)]
    head = await given.officer_key("head")
    assert (await given.post(approval(requests[2]), head))["endorsed_person"] is None
    answer = await given.http.post(approval(requests[3]), auth=head)
    assert answer.json()["code"] == "second-approval-missing"


async def test_of_two_approvals_at_once_one_counts(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, seats: Seats
) -> None:
    third = [await seats.request() for _ in range(3)][-1]
    persons = [await given.officer_key(name) for name in ("head", "deputy")]
    firsts = await asyncio.gather(*(http.post(endorsement(third), auth=by) for by in persons))
    assert sorted(one.status_code for one in firsts) == [201, 409]
    assert {one.json().get("code") for one in firsts} == {None, "replacement-endorsed-already"}
    (endorser,) = {one.json()["endorsed_person"] for one in firsts if one.status_code == 201}
    others = {"head", "deputy", "chief"} - {endorser}
    keys = [await given.officer_key(name) for name in sorted(others)]
    seconds = await asyncio.gather(*(http.post(approval(third), auth=by) for by in keys))
    assert sorted(one.status_code for one in seconds) == [201, 409]
    assert {one.json().get("code") for one in seconds} == {None, "replacement-approved-already"}
    kept = await rows(superuser, "SELECT endorsed_person FROM openlot.replacement_approval")
    assert [row[0] for row in kept] == [endorser]


async def test_an_approval_beside_its_endorsement_waits_or_is_refused(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, seats: Seats
) -> None:
    third = [await seats.request() for _ in range(3)][-1]
    head, deputy = await given.officer_key("head"), await given.officer_key("deputy")
    first, second = await asyncio.gather(
        http.post(endorsement(third), auth=head), http.post(approval(third), auth=deputy)
    )
    assert first.status_code == 201
    if second.status_code != 201:
        assert second.json()["code"] == "second-approval-missing"
        second = await http.post(approval(third), auth=deputy)
    shown = second.json()
    assert (shown["endorsed_person"], shown["approved_person"]) == ("head", "deputy")
    assert len(await rows(superuser, "SELECT 1 FROM openlot.replacement_approval")) == 1


async def test_requests_made_at_once_have_numbers_of_their_own(seats: Seats) -> None:
    made = await asyncio.gather(*(seats.request() for _ in range(4)))
    assert sorted(one["number"] for one in made) == [1, 2, 3, 4]


async def test_a_complete_inspection_is_endorsed_no_more(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    body = {"key": RULE, "valid_from": "2026-06-01", "value": 1, "source": "某区内控规定"}
    await given.post("/v1/rules", key, json=body)
    task = await given.task(key, 1)
    parts = await given.parts(key, task)
    made = await given.replacement(task, parts[0])
    for part in parts:
        await given.approved(task, part)
    await refused(given, superuser, endorsement(made), "head", "inspection-closed-already")


async def counted(given: Given, key: Key, **wanted: Any) -> list[tuple[Any, ...]]:
    """All counts, two rows a page."""
    found: list[tuple[Any, ...]] = []
    after: str | None = None
    while True:
        page = {"limit": 2, **wanted} | ({"after": after} if after else {})
        answer = await given.http.get(COUNTS, auth=key, params=page)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert len(items) <= 2
        found += [tuple(one.values()) for one in items]
        after = answer.json()["next"]
        if after is None:
            return found


async def test_the_auditor_counts_by_person_department_and_reason(
    given: Given, key: Key, seats: Seats
) -> None:
    auditor = await given.key("evidence:read", sees=("*",))
    assert await counted(given, auditor) == []
    given.at(LAST_OF_2026)
    made = [await seats.request("clerk", reason=reason) for reason in ("leave", "illness", "leave")]
    await seats.request("another", OTHER_DEPARTMENT, reason="recusal")
    await given.post(approval(made[0]), await given.officer_key("head"))
    given.at(FIRST_OF_2027)
    await seats.request("clerk", reason="transfer")
    await given.post(approval(made[1]), await given.officer_key("head"))
    ours = [(DEPARTMENT, "clerk", "illness", 1, 1), (DEPARTMENT, "clerk", "leave", 2, 1)]
    theirs = [(OTHER_DEPARTMENT, "another", "recusal", 1, 0)]
    later = [(DEPARTMENT, "clerk", "transfer", 1, 0)]
    assert await counted(given, auditor, year=2026) == ours + theirs
    assert await counted(given, auditor) == later
    assert await counted(given, auditor, year=2025) == []
    assert await counted(given, auditor, year=2026, department=OTHER_DEPARTMENT) == theirs
    own = await given.key("evidence:read", department=OTHER_DEPARTMENT)
    assert await counted(given, own, year=2026) == theirs
    assert await counted(given, own, year=2026, department=DEPARTMENT) == []
    refused = await given.http.get(COUNTS, auth=await given.key("tasks:read"))
    assert refused.json()["code"] == "permission-missing"


async def test_the_database_holds_three_persons_apart(
    given: Given, postgres: EmbeddedServer, seats: Seats
) -> None:
    third = [await seats.request() for _ in range(3)][-1]
    endorse = (
        "INSERT INTO openlot.replacement_endorsement (request_id, requested_person,"
        " department_code, endorsed_at, endorsed_by, endorsed_person)"
        f" VALUES ('{third['id']}', 'clerk', '{DEPARTMENT}', now(), 'x', :person)"
    )
    approve = (
        "INSERT INTO openlot.replacement_approval (request_id, requested_person, department_code,"
        " draw_id, approved_at, approved_by, approved_person, endorsed_person)"
        f" VALUES ('{third['id']}', 'clerk', '{DEPARTMENT}', 'x', now(), 'x', :person, 'head')"
    )
    engine = create_async_engine(postgres.runtime_url, poolclass=NullPool)

    async def fails(person: str, statement: str, why: str) -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT set_config('app.departments', '*', true)"))
            with pytest.raises(DBAPIError, match=why):
                await connection.execute(text(statement), {"person": person})

    await fails("clerk", endorse, "ck_replacement_endorsement_two_persons")
    await fails("deputy", approve, "fk_replacement_approval_request_id_endorsed_person")
    await given.post(endorsement(third), await given.officer_key("head"))
    await fails("head", approve, "ck_replacement_approval_two_approvers")
    await fails("deputy", endorse, "pk_replacement_endorsement")
    await engine.dispose()


@pytest.fixture
def scratch(postgres: EmbeddedServer) -> Iterator[tuple[str, str]]:
    """The addresses of an empty database for its owner and for the superuser."""
    name = "second_approvals"
    owner = embedded.create_database(postgres, name).owner_url
    yield owner, postgres.admin_url.rsplit("/", 1)[0] + f"/{name}"
    embedded.drop_database(postgres, name)


async def test_requests_of_before_are_numbered_by_the_migration(scratch: tuple[str, str]) -> None:
    owner, admin = scratch
    config = alembic_config(owner)
    await asyncio.to_thread(command.upgrade, config, "0004")
    engine = create_async_engine(admin, poolclass=NullPool)
    asked = ("2026-03-01", "2026-12-31T15:59:59Z", "2026-12-31T16:00:00Z", "2026-02-01")
    async with engine.begin() as connection:
        for seat, moment in enumerate(asked, start=1):
            await put_old_request(connection, seat, moment)
    await asyncio.to_thread(command.upgrade, config, "head")
    query = text("SELECT year, number FROM openlot.replacement_request ORDER BY seat")
    async with engine.begin() as connection:
        found = [tuple(row) for row in await connection.execute(query)]
        assert found == [(2026, 2), (2026, 3), (2027, 1), (2026, 1)]
        with pytest.raises(DBAPIError, match="never changed"):
            await connection.execute(text("UPDATE openlot.replacement_request SET number = 9"))
    await asyncio.to_thread(command.downgrade, config, "0004")
    await asyncio.to_thread(command.upgrade, config, "head")
    rule = text(f"SELECT value, valid_from::text FROM openlot.rule WHERE key = '{RULE}'")
    async with engine.connect() as connection:
        assert [tuple(row) for row in await connection.execute(query)] == found
        assert [tuple(row) for row in await connection.execute(rule)] == [(3, "2024-01-01")]
    await engine.dispose()


async def put_old_request(connection: AsyncConnection, seat: int, moment: str) -> None:
    """A request as it was before it had a number; past triggers, without its task."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(
        text(
            "INSERT INTO openlot.replacement_request (id, task_code, object_code, department_code,"
            " seat, staff_no, reason, evidence, requested_at, requested_by, requested_person)"
            f" VALUES (gen_random_uuid(), 'x', 'x', 'x', {seat}, 'x', 'leave', 'x', '{moment}',"
            " 'x', 'clerk')"
        )
    )
