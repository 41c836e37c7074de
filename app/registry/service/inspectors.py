"""Feeding the directory of inspectors, and their interests."""

import asyncio
from dataclasses import astuple
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.uploads import UploadedFile
from app.registry import files, merging, queries
from app.registry.errors import NotYourInterest
from app.registry.models import (
    DeclaredInterest,
    RegistryImport,
)
from app.registry.schemas import (
    InterestDeclare,
    InterestEvent,
)
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import, refuse_faults


async def import_inspectors(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Merge a CSV of officers into a department's directory 执法检查人员名录库.

    Raises ImportRefused with every fault; then nothing is changed."""
    check_department(caller, feed.department)
    await queries.get_department(session, feed.department)
    checked = await asyncio.to_thread(
        files.check_inspectors, upload.file, department=feed.department
    )
    refuse_faults(checked)
    await one_feed_at_a_time(session, feed)
    columns = (merging.INSPECTORS.key, *merging.INSPECTORS.facts)
    await merging.stage(session, columns, map(astuple, checked.rows))
    counts = await merging.count_changes(session, merging.INSPECTORS, feed.department)
    kept = await record_import(
        session, feed, upload.sha256, (checked.total, *counts), caller=caller, now=now
    )
    await merging.merge(session, merging.INSPECTORS, feed.department, kept.id)
    return kept


async def declare_interest(
    session: AsyncSession, body: InterestDeclare, *, caller: Caller, now: datetime
) -> DeclaredInterest:
    """Declare that an officer has an interest in an object 回避: no draw gives them a seat there.
    Whose key is a person's declares for that person only."""
    check_department(caller, body.department_code)
    if caller.person not in {caller.key_id, body.staff_no}:
        raise NotYourInterest
    await queries.get_inspector(session, body.department_code, body.staff_no)
    interest = DeclaredInterest(**body.model_dump(), declared_at=now, declared_by=caller.key_id)
    session.add(interest)
    await session.flush()
    events.record(
        session,
        kind="interest.declared",
        subject=f"inspector/{body.staff_no}",
        department=body.department_code,
        payload=InterestEvent(**body.model_dump(exclude={"evidence"})),
        caller=caller,
        at=now,
    )
    return interest
