"""Feeding the directory of inspectors, the list of certificates, and leave."""

import asyncio
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import EVERY_DEPARTMENT, Caller
from app.core.database import as_departments
from app.core.ids import new_id
from app.core.problems import LISTED_FAULTS, Fault
from app.core.uploads import UploadedFile
from app.registry import files, merging, queries
from app.registry.errors import ImportRefused, LeaveDaysReversed, LeaveReplacesNothing
from app.registry.models import InspectorLeave, RegistryImport
from app.registry.schemas import LeaveCreate, LeaveEvent
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import, refuse_faults

# A file says nothing new of a phone that it leaves out or masks, as our own exports do.
KEEP_PHONES = """
UPDATE stage s SET phone = coalesce((
    SELECT o.phone FROM openlot.inspector o
    WHERE o.department_code = :department AND o.staff_no = s.staff_no), '')
WHERE s.phone = '' OR s.phone LIKE '%*%'
"""
# A certificate is a person's own: two active entries with the same one are the same person.
LISTED_TWICE = """
FROM stage s CROSS JOIN jsonb_array_elements(s.certificates) AS mine
JOIN (
    SELECT o.department_code, o.staff_no, held ->> 'number' AS number
    FROM openlot.inspector o CROSS JOIN jsonb_array_elements(o.certificates) AS held
    WHERE o.status = 'active'
) other ON other.number = mine ->> 'number'
WHERE s.status = 'active' AND NOT (
    other.department_code = :department
    AND other.staff_no IN (SELECT t.staff_no FROM stage t))
"""


async def import_inspectors(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Merge a CSV of officers, experts and third parties into a department's directory
    执法检查人员名录库.

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
    await settle_staged_inspectors(session, feed.department)
    counts = await merging.compare(session, merging.INSPECTORS, feed.department)
    kept = await record_import(session, feed, upload.sha256, counts, caller=caller, now=now)
    await merging.merge(session, merging.INSPECTORS, feed.department, kept.id)
    return kept


async def settle_staged_inspectors(session: AsyncSession, department: str) -> None:
    """What the stage needs before it is compared: the phones that it leaves out, and that nobody
    is active in two directories, or twice in one. Which other directory it is, is not told.

    Raises ImportRefused."""
    values = {"department": department}
    await session.execute(text(KEEP_PHONES), values)
    scope = await session.scalar(text("SELECT current_setting('app.departments', true)"))
    async with as_departments(session, EVERY_DEPARTMENT, back=scope or ""):
        count = await session.scalar(text(f"SELECT count(*) {LISTED_TWICE}"), values)
        found = await session.execute(
            text(f"SELECT s.staff_no {LISTED_TWICE} ORDER BY s.staff_no LIMIT {LISTED_FAULTS}"),
            values,
        )
    faults = [
        Fault(
            "officer-listed-twice",
            "该证件号已用于名录库中另一条有效记录；调离人员请先在原部门改为失效",
            "the certificate belongs to another active entry; where somebody moved, end the former "
            "entry first",
            column="staff_no",
            value=staff_no,
        )
        for staff_no in found.scalars()
    ]
    if faults:
        raise ImportRefused(faults=faults, fault_count=count, count=count)


async def import_certificates(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over who holds a certificate 持证人员, all of a department in each file: who is not in the
    directory shows as missing 应入尽入.

    Raises ImportRefused with every fault; then nothing is changed."""
    check_department(caller, feed.department)
    await queries.get_department(session, feed.department)
    checked = await asyncio.to_thread(files.check_certificates, upload.file)
    refuse_faults(checked)
    await one_feed_at_a_time(session, feed)
    columns = ("certificate_no", "staff_no", "valid_to")
    await merging.stage(session, columns, map(astuple, checked.rows))
    kept = await record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )
    await session.execute(
        text(
            "INSERT INTO openlot.certificate_holder (department_code, import_sequence,"
            " certificate_no, staff_no, valid_to, import_id)"
            " SELECT :department, :sequence, certificate_no, staff_no, valid_to, :id FROM stage"
        ),
        {"department": feed.department, "sequence": kept.sequence, "id": kept.id},
    )
    return kept


async def record_leave(
    session: AsyncSession, body: LeaveCreate, *, caller: Caller, now: datetime
) -> InspectorLeave:
    """Record leave 请假, or correct or withdraw what was recorded; draws that are frozen keep their
    input.

    Raises InspectorNotFound, LeaveNotFound, LeaveReplacedAlready, LeaveDaysReversed,
    LeaveReplacesNothing."""
    check_department(caller, body.department_code)
    if body.ends_on < body.starts_on:
        raise LeaveDaysReversed(pointer="/ends_on")
    if body.withdrawn and body.replaces_id is None:
        raise LeaveReplacesNothing(pointer="/replaces_id")
    of = {"department": body.department_code, "staff_no": body.staff_no}
    await queries.get_inspector(session, **of)
    if body.replaces_id is not None:
        await queries.get_leave(session, body.replaces_id, **of)
    leave = InspectorLeave(
        id=new_id(),
        recorded_at=now,
        recorded_by=caller.key_id,
        **body.model_dump(),
    )
    session.add(leave)
    await session.flush()
    events.record(
        session,
        kind="leave.recorded",
        subject=f"inspector/{leave.staff_no}",
        department=leave.department_code,
        payload=LeaveEvent(
            leave_id=str(leave.id),
            department_code=leave.department_code,
            staff_no=leave.staff_no,
            starts_on=leave.starts_on,
            ends_on=leave.ends_on,
            withdrawn=leave.withdrawn,
            replaces_id=None if leave.replaces_id is None else str(leave.replaces_id),
        ),
        caller=caller,
        at=now,
    )
    return leave
