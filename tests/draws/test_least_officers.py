"""Two certified officers of each department: a rule that no text of a jurisdiction can lower."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import Given
from tests.watching import counts

RULE = "officers.per-department.minimum"


def said(value: object) -> dict[str, object]:
    return {"key": RULE, "valid_from": "2026-01-01", "value": value, "source": "某市规定"}


@pytest.mark.parametrize("value", [1, 0, -2])
async def test_a_rule_of_fewer_than_two_officers_is_refused(
    given: Given, superuser: AsyncEngine, value: int
) -> None:
    key = await given.admin()
    before = await counts(superuser)
    answer = await given.http.post("/v1/rules", auth=key, json=said(value))
    assert (answer.status_code, answer.json()["code"]) == (422, "rule-below-law")
    assert answer.json()["errors"][0]["pointer"] == "/value"
    assert await counts(superuser) == before


async def test_a_jurisdiction_may_ask_for_more(given: Given) -> None:
    key = await given.admin()
    await given.post("/v1/rules", key, json=said(3))
    await given.joint_registry(key)
    _, draw_id = await given.officers_drawn(key)
    answer = await given.http.get(f"/v1/draws/{draw_id}/seats?limit=200", auth=key)
    assert len(answer.json()["items"]) == 8 * 2 * 3


@pytest.mark.parametrize("value", ["1", "0", '"2"', "null", "{}"])
async def test_the_database_holds_no_rule_of_fewer(superuser: AsyncEngine, value: str) -> None:
    statement = text(
        "INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)"
        " VALUES (:key, '2026-01-01', CAST(:value AS jsonb), 'x', now(), 'x')"
    )
    async with superuser.connect() as connection:
        with pytest.raises(IntegrityError, match="ck_rule_officers"):
            await connection.execute(statement, {"key": RULE, "value": value})
