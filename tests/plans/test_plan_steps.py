"""The order of a plan's steps is held by the database too."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import Given


async def test_the_database_itself_refuses_a_step_that_follows_none(
    given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    await given.registry(key)
    plan = await given.plan(key)
    async with superuser.connect() as connection:
        with pytest.raises(IntegrityError, match="order"):
            await connection.execute(
                text(
                    "INSERT INTO openlot.plan_step SELECT plan_code, 'approved', NULL,"
                    " department_code, taken_at, taken_by, taken_person, NULL"
                    " FROM openlot.plan_step WHERE plan_code = :plan"
                ),
                {"plan": plan},
            )
