"""Feeds of systems that tell of objects from day to day: tags, counts, special directories.

Each is a request of some thousand rows that is taken as a whole, as an import with its source; a
row that is told again stands beside the former one. Files go by stages (`dated_files`)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.problems import Fault
from app.registry import merging, queries
from app.registry.errors import ImportRefused, SpecialDirectoryNotFound
from app.registry.models import (
    CountKind,
    InspectedObject,
    ObjectInspection,
    RegistryImport,
    SpecialDirectory,
)
from app.registry.schemas import (
    ObjectCountImport,
    ObjectTagImport,
    SpecialDirectoryEvent,
    SpecialDirectoryWrite,
    SpecialEntryImport,
)
from app.registry.service import dated_files
from app.registry.service.dated_files import DatedFacts
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import


async def import_tags(
    session: AsyncSession, body: ObjectTagImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the tags of objects 分级分类分领域 (domain E30). Raises ImportRefused."""
    rows = [{"code": one.object_code, "tags": sorted(set(one.tags))} for one in body.objects]
    dated = dated_files.OBJECT_TAGS
    feed = _feed(body, dated, body.valid_from)
    keys = [(one.object_code, "") for one in body.objects]
    _refuse_doubles(keys, "/objects")
    return await _take_over(session, dated, feed, rows, digest, caller=caller, now=now)


async def import_counts(
    session: AsyncSession, body: ObjectCountImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the numbers of complaints or leads. Raises ImportRefused."""
    if body.counted_from > body.counted_to:
        _refuse(
            [
                _fault(
                    "days-reversed",
                    "/counted_to",
                    "起始日期晚于截止日期",
                    "it ends before it begins",
                )
            ]
        )
    _refuse_doubles([(one.object_code, "") for one in body.objects], "/objects")
    told = body.model_dump(include={"counted_from", "counted_to"})
    rows = [told | {"code": one.object_code, "number": one.number} for one in body.objects]
    complaints = body.kind == CountKind.COMPLAINT
    dated = dated_files.OBJECT_COMPLAINTS if complaints else dated_files.OBJECT_LEADS
    feed = _feed(body, dated, body.counted_to)
    return await _take_over(session, dated, feed, rows, digest, caller=caller, now=now)


async def import_entries(
    session: AsyncSession, body: SpecialEntryImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over entries of a special directory with their licences 专项库 (domain A.4).

    Raises ImportRefused, SpecialDirectoryNotFound."""
    check_department(caller, body.department_code)
    await queries.get_directory(session, body.department_code, body.directory_code)
    _refuse_doubles([(one.object_code, one.licence_no) for one in body.entries], "/entries")
    told = {"directory_code": body.directory_code}
    rows = [told | {"code": one.object_code} | one.model_dump() for one in body.entries]
    dated = dated_files.SPECIAL_ENTRIES
    feed = _feed(body, dated, body.valid_from)
    return await _take_over(
        session, dated, feed, rows, digest, caller=caller, now=now, at="/entries"
    )


def _feed(
    body: ObjectTagImport | ObjectCountImport | SpecialEntryImport, dated: DatedFacts, day: date
) -> Feed:
    return Feed(body.department_code, body.source, dated.file.value, data_date=day)


async def _take_over(
    session: AsyncSession,
    dated: DatedFacts,
    feed: Feed,
    rows: Sequence[Mapping[str, Any]],
    digest: str,
    *,
    caller: Caller,
    now: datetime,
    at: str = "/objects",
) -> RegistryImport:
    check_department(caller, feed.department)
    await queries.get_department(session, feed.department)
    await one_feed_at_a_time(session, feed)
    await _refuse_unknown(session, feed.department, [row["code"] for row in rows], at)
    columns = (*dated.key, *dated.facts)
    numbered = ((n, *(row[name] for name in columns)) for n, row in enumerate(rows, start=1))
    await merging.stage(session, ("row", *columns), numbered)
    counts = await dated_files.compare(session, dated, feed)
    kept = await record_import(session, feed, digest, counts, caller=caller, now=now)
    await dated_files.merge(session, dated, feed, kept)
    return kept


async def _refuse_unknown(
    session: AsyncSession, department: str, codes: Sequence[str], at: str
) -> None:
    known = set(
        await session.scalars(
            select(InspectedObject.code).where(
                InspectedObject.department_code == department,
                InspectedObject.code.in_(set(codes)),
            )
        )
    )
    _refuse(
        [
            _fault(
                "object-unknown",
                f"{at}/{place}/object_code",
                "名录库中没有该检查对象",
                "the directory does not hold this object",
            )
            for place, code in enumerate(codes)
            if code not in known
        ]
    )


def _refuse_doubles(keys: Sequence[tuple[str, str]], at: str) -> None:
    first: dict[tuple[str, str], int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    _refuse(
        [
            _fault(
                "code-duplicate",
                f"{at}/{place}/object_code",
                "代码重复出现",
                "the code stands twice",
            )
            for place, key in enumerate(keys)
            if first[key] != place
        ]
    )


def _fault(code: str, pointer: str, zh: str, en: str) -> Fault:
    return Fault(code, zh, en, pointer=pointer)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ImportRefused(faults=faults, count=len(faults))


async def record_directory(
    session: AsyncSession, body: SpecialDirectoryWrite, *, caller: Caller, now: datetime
) -> SpecialDirectory:
    """Record a special directory 专项库, or its next version if the name differs."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    await one_feed_at_a_time(session, Feed(body.department_code, "", "special-directory"))
    try:
        present = await queries.get_directory(session, body.department_code, body.code)
    except SpecialDirectoryNotFound:
        present = None
    if present and present.name == body.name:
        return present
    made = SpecialDirectory(
        **body.model_dump(),
        version=present.version + 1 if present else 1,
        recorded_at=now,
        recorded_by=caller.key_id,
    )
    session.add(made)
    await session.flush()
    events.record(
        session,
        kind="special-directory.recorded",
        subject=f"special-directory/{made.department_code}/{made.code}",
        department=made.department_code,
        payload=SpecialDirectoryEvent(**body.model_dump(), version=made.version),
        caller=caller,
        at=now,
    )
    return made


async def record_inspection(
    session: AsyncSession,
    department: str,
    object_code: str,
    task_code: str,
    inspected_on: date,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    """Note in the directory that a department has inspected an object. Part of the approval that
    the caller records, so it has no event of its own."""
    session.add(
        ObjectInspection(
            department_code=department,
            object_code=object_code,
            task_code=task_code,
            inspected_on=inspected_on,
            recorded_at=now,
            recorded_by=caller.key_id,
        )
    )
    await session.flush()
