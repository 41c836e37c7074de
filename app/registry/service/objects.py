"""Feeding the directory of inspected objects."""

import asyncio
from dataclasses import astuple
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.core.uploads import UploadedFile
from app.registry import files, merging, queries
from app.registry.models import (
    FACTS,
    RegistryImport,
)
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import, refuse_faults


async def import_objects(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Merge a CSV of inspected objects into a department's directory 检查对象名录库.

    Raises ImportRefused with every fault; then nothing is changed."""
    check_department(caller, feed.department)
    await queries.get_department(session, feed.department)
    regions = await queries.get_region_codes(session)
    industries = await queries.get_industry_codes(session)
    checked = await asyncio.to_thread(
        files.check_objects,
        upload.file,
        regions=regions,
        industries=industries,
        source=feed.source,
    )
    refuse_faults(checked)
    await one_feed_at_a_time(session, feed)
    await merging.stage(session, ("code", *FACTS), map(astuple, checked.rows))
    counts = await merging.count_changes(session, merging.OBJECTS, feed.department)
    kept = await record_import(
        session, feed, upload.sha256, (checked.total, *counts), caller=caller, now=now
    )
    await merging.merge(session, merging.OBJECTS, feed.department, kept.id)
    return kept


async def import_credit_classes(
    session: AsyncSession,
    upload: UploadedFile,
    feed: Feed,
    valid_from: date,
    *,
    caller: Caller,
    now: datetime,
) -> RegistryImport:
    """Take over the classes that the classification system gave 信用风险分类 (domain D.4).

    Raises ImportRefused, also for codes that the directory does not hold."""
    check_department(caller, feed.department)
    checked = await asyncio.to_thread(files.check_credit_classes, upload.file)
    refuse_faults(checked)
    await one_feed_at_a_time(session, feed)
    rows = ((n, code, kind) for n, (code, kind) in enumerate(checked.rows, start=2))
    await merging.stage(session, ("row", "code", "credit_class"), rows)
    await merging.refuse_unknown_objects(session, feed.department)
    kept = await record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )
    await session.execute(
        text(
            "INSERT INTO openlot.credit_class (department_code, object_code, valid_from,"
            " import_sequence, credit_class, import_id)"
            " SELECT :department, code, :valid_from, :sequence, credit_class, :id FROM stage"
        ),
        {
            "department": feed.department,
            "valid_from": valid_from,
            "sequence": kept.sequence,
            "id": kept.id,
        },
    )
    return kept
