"""Registering departments."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.registry import queries
from app.registry.models import (
    Department,
)
from app.registry.schemas import (
    DepartmentEvent,
    DepartmentImport,
)


async def import_departments(
    session: AsyncSession, body: DepartmentImport, *, caller: Caller, now: datetime
) -> list[Department]:
    """Register or change departments, in the given order."""
    for row in body.departments:
        values = row.model_dump(exclude={"parent"}) | {
            "parent_code": row.parent,
            "updated_at": now,
            "updated_by": caller.key_id,
        }
        await session.execute(
            insert(Department)
            .values(values)
            .on_conflict_do_update(index_elements=["code"], set_=values)
        )
    codes = [row.code for row in body.departments]
    events.record(
        session,
        kind="departments.registered",
        subject="departments",
        department=caller.department,
        payload=DepartmentEvent(codes=codes, changes=body.departments),
        caller=caller,
        at=now,
    )
    return [await queries.get_department(session, code) for code in codes]
