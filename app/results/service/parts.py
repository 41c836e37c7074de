"""The part that somebody acts on, and the events of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.schema import Schema
from app.tasks import queries as tasks
from app.tasks.models import InspectionPart, InspectionTask


async def get_part(
    session: AsyncSession, key: str, object_code: str, department_code: str, caller: Caller
) -> tuple[InspectionTask, InspectionPart]:
    """The part of the caller's department; another department's is as good as missing."""
    task = await tasks.get_task(session, key)
    part = await tasks.get_part(session, task, object_code, department_code)
    check_department(caller, part.department_code)
    return task, part


async def get_item_codes(
    session: AsyncSession, task: InspectionTask, part: InspectionPart
) -> Sequence[str]:
    own = await tasks.find_department_task(session, task, part.department_code)
    return own.item_codes if own else ()


def record(
    session: AsyncSession,
    kind: str,
    task: InspectionTask,
    part: InspectionPart,
    payload: Schema,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    events.record(
        session,
        kind=kind,
        subject=f"inspection-task/{task.national_key}/{part.object_code}/{part.department_code}",
        department=part.department_code,
        payload=payload,
        caller=caller,
        at=now,
    )
