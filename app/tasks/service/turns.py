"""Whose turn it is, and the events of a task."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.core.schema import Schema
from app.tasks.models import InspectionTask


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Wait for who came before, until their transaction has ended."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 3))"), {"what": what}
    )


async def lock_task(session: AsyncSession, task: InspectionTask) -> None:
    """Let one at a time change how far a task has come: who finishes the last part must see all
    others finished, and nobody else may."""
    await one_at_a_time(session, task.code)


def record(
    session: AsyncSession,
    kind: str,
    task: InspectionTask,
    payload: Schema,
    *,
    caller: Caller,
    now: datetime,
    object_code: str | None = None,
) -> None:
    """An event of the lead department, about a task or one inspection of it."""
    subject = f"inspection-task/{task.national_key}"
    events.record(
        session,
        kind=kind,
        subject=subject if object_code is None else f"{subject}/{object_code}",
        department=task.department_code,
        payload=payload,
        caller=caller,
        at=now,
    )
