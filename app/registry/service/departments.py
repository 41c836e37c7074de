"""Registering departments and their means of supervision."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.registry import queries
from app.registry.errors import CapabilityReversed, DepartmentBelowItself
from app.registry.models import (
    Department,
    DepartmentCapability,
    DepartmentVersion,
)
from app.registry.schemas import (
    CapabilityEvent,
    CapabilityRecord,
    DepartmentEvent,
    DepartmentImport,
    DepartmentImportRow,
)


async def import_departments(
    session: AsyncSession, body: DepartmentImport, *, caller: Caller, now: datetime
) -> list[Department]:
    """Register or change departments, in the given order; every state that differs from the one
    before is kept. None may come to stand below itself."""
    await _one_at_a_time(session)
    known = await queries.get_department_facts(session)
    _refuse_circles(body.departments, {code: facts[-1] for code, facts in known.items()})
    codes = {row.code for row in body.departments}
    versions = await queries.department_versions(session, codes)
    for row in body.departments:
        values = row.model_dump(exclude={"parent", "code"}) | {"parent_code": row.parent}
        changed = {**values, "updated_at": now, "updated_by": caller.key_id}
        await session.execute(
            insert(Department)
            .values(code=row.code, **changed)
            .on_conflict_do_update(index_elements=["code"], set_=changed)
        )
        facts = (row.name, row.level, row.region_code, row.parent)
        if known.get(row.code) != facts:
            known[row.code] = facts
            versions[row.code] = versions.get(row.code, 0) + 1
            session.add(
                DepartmentVersion(
                    code=row.code,
                    version=versions[row.code],
                    recorded_at=now,
                    recorded_by=caller.key_id,
                    **values,
                )
            )
    await session.flush()
    events.record(
        session,
        kind="departments.registered",
        subject="departments",
        department=caller.department,
        payload=DepartmentEvent(
            codes=[row.code for row in body.departments], changes=body.departments
        ),
        caller=caller,
        at=now,
    )
    return [await queries.get_department(session, row.code) for row in body.departments]


async def record_capability(
    session: AsyncSession, code: str, body: CapabilityRecord, *, caller: Caller, now: datetime
) -> DepartmentCapability:
    """Record that a department has a means of supervision, from when and until when; the record
    before it is kept."""
    check_department(caller, code)
    await queries.get_department(session, code)
    if body.valid_to and body.valid_from > body.valid_to:
        raise CapabilityReversed(pointer="/valid_to")
    await _one_at_a_time(session)
    version = await queries.next_capability_version(session, code, body.means)
    made = DepartmentCapability(
        department_code=code,
        version=version,
        recorded_at=now,
        recorded_by=caller.key_id,
        **body.model_dump(),
    )
    session.add(made)
    await session.flush()
    events.record(
        session,
        kind="department.capability-recorded",
        subject=f"department/{code}",
        department=code,
        payload=CapabilityEvent(department_code=code, capability=body, version=version),
        caller=caller,
        at=now,
    )
    return made


def _refuse_circles(rows: Sequence[DepartmentImportRow], parents: dict[str, str | None]) -> None:
    """No department is above itself once all rows are in."""
    parents |= {row.code: row.parent for row in rows}
    for place, row in enumerate(rows):
        above, seen = parents[row.code], {row.code}
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            pointer = f"/departments/{place}/parent"
            raise DepartmentBelowItself(pointer=pointer, department=row.code)


async def _one_at_a_time(session: AsyncSession) -> None:
    """A tree changes in one place at a time, and versions have no gaps."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('departments', 3))"))
