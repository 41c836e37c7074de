"""Feeding the directory of inspected objects."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.uploads import UploadedFile
from app.registry.models import RegistryImport
from app.registry.service.feeding import take_file
from app.registry.service.imports import Feed


async def import_objects(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Merge a file of inspected objects into a department's directory 检查对象名录库.

    Raises ImportRefused with every fault; then nothing is changed."""
    return await take_file(session, upload, feed, caller=caller, now=now)


async def import_credit_classes(
    session: AsyncSession,
    upload: UploadedFile,
    feed: Feed,
    valid_from: date,
    *,
    caller: Caller,
    now: datetime,
) -> RegistryImport:
    """Take over the classes that the classification system gave 信用风险分类 (domain D.4), in force
    from a day on.

    Raises ImportRefused, also for codes that the directory does not hold."""
    dated = replace(feed, data_date=valid_from)
    return await take_file(session, upload, dated, caller=caller, now=now)
