"""Feeding the registry: all of a file or nothing of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.ids import new_id
from app.core.problems import Fault
from app.core.uploads import UploadedFile
from app.registry import files, merging, queries
from app.registry.errors import ImportRefused, NotYourInterest
from app.registry.files import CheckedFile
from app.registry.models import (
    FACTS,
    DeclaredInterest,
    Department,
    Division,
    Industry,
    InspectionItem,
    RegistryImport,
)
from app.registry.schemas import (
    DepartmentEvent,
    DepartmentImport,
    ImportEvent,
    InspectionItemImport,
    InspectionItemWrite,
    InterestDeclare,
    InterestEvent,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a file comes from."""

    department: str
    source: str
    kind: str


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


async def import_divisions(
    session: AsyncSession, upload: UploadedFile, source: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the table of administrative divisions (GB/T 2260)."""
    checked = await asyncio.to_thread(files.check_divisions, upload.file)
    _refuse_faults(checked)
    await _upsert(session, Division, ["code", "valid_from"], checked.rows)
    feed = Feed(caller.department, source, "divisions")
    return await _record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )


async def import_industries(
    session: AsyncSession, upload: UploadedFile, source: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the classification of industries (GB/T 4754)."""
    checked = await asyncio.to_thread(files.check_industries, upload.file)
    _refuse_faults(checked)
    await _upsert(session, Industry, ["code"], checked.rows)
    feed = Feed(caller.department, source, "industries")
    return await _record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )


async def _upsert(
    session: AsyncSession, table: type[Any], key: list[str], rows: Sequence[dict[str, Any]]
) -> None:
    statement = insert(table)
    changed = {c: statement.excluded[c] for c in rows[0] if c not in key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows)
    )


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
    _refuse_faults(checked)
    await _one_feed_at_a_time(session, feed)
    await merging.stage(session, ("code", *FACTS), map(astuple, checked.rows))
    counts = await merging.count_changes(session, merging.OBJECTS, feed.department)
    kept = await _record_import(
        session, feed, upload.sha256, (checked.total, *counts), caller=caller, now=now
    )
    await merging.merge(session, merging.OBJECTS, feed.department, kept.id)
    return kept


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
    _refuse_faults(checked)
    await _one_feed_at_a_time(session, feed)
    columns = (merging.INSPECTORS.key, *merging.INSPECTORS.facts)
    await merging.stage(session, columns, map(astuple, checked.rows))
    counts = await merging.count_changes(session, merging.INSPECTORS, feed.department)
    kept = await _record_import(
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
    _refuse_faults(checked)
    await _one_feed_at_a_time(session, feed)
    rows = ((n, code, kind) for n, (code, kind) in enumerate(checked.rows, start=2))
    await merging.stage(session, ("row", "code", "credit_class"), rows)
    await merging.refuse_unknown_objects(session, feed.department)
    kept = await _record_import(
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


async def import_items(
    session: AsyncSession, body: InspectionItemImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over a department's list of inspection items; a changed item becomes a new version."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    _refuse_duplicate_items(body.items)
    feed = Feed(body.department_code, body.source, "items")
    await _one_feed_at_a_time(session, feed)
    present = {i.code: i for i in await session.scalars(queries.select_items(feed.department))}
    fresh = [item for item in body.items if item.code not in present]
    edited = [
        item for item in body.items if item.code in present and _differs(item, present[item.code])
    ]
    counts = (len(body.items), len(fresh), len(edited))
    kept = await _record_import(session, feed, digest, counts, caller=caller, now=now)
    for item in (*fresh, *edited):
        version = present[item.code].version + 1 if item.code in present else 1
        session.add(
            InspectionItem(
                department_code=feed.department,
                version=version,
                import_id=kept.id,
                recorded_at=now,
                recorded_by=caller.key_id,
                **item.model_dump(mode="json"),
            )
        )
    return kept


def _differs(item: InspectionItemWrite, present: InspectionItem) -> bool:
    return any(
        getattr(present, name) != value for name, value in item.model_dump(mode="json").items()
    )


def _refuse_faults(checked: CheckedFile[Any]) -> None:
    if checked.faults.count:
        raise ImportRefused(
            faults=checked.faults.listed,
            fault_count=checked.faults.count,
            count=checked.faults.count,
        )


def _refuse_duplicate_items(items: Sequence[InspectionItemWrite]) -> None:
    seen: set[str] = set()
    faults = []
    for place, item in enumerate(items):
        if item.code in seen:
            pointer = f"/items/{place}/code"
            faults.append(
                Fault(
                    "code-duplicate", "事项编码重复出现", "the code stands twice", pointer=pointer
                )
            )
        seen.add(item.code)
    if faults:
        raise ImportRefused(faults=faults, count=len(faults))


async def _one_feed_at_a_time(session: AsyncSession, feed: Feed) -> None:
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:feed, 1))"),
        {"feed": feed.department},
    )


async def _record_import(
    session: AsyncSession,
    feed: Feed,
    digest: str,
    counts: tuple[int, int, int],
    *,
    caller: Caller,
    now: datetime,
) -> RegistryImport:
    """Keep what was accepted; `counts` are all, added and changed rows."""
    rows, added, changed = counts
    kept = RegistryImport(
        id=new_id(),
        sequence=await queries.next_import_sequence(session, feed.department),
        department_code=feed.department,
        kind=feed.kind,
        source=feed.source,
        file_sha256=digest,
        rows=rows,
        added=added,
        changed=changed,
        unchanged=rows - added - changed,
        imported_at=now,
        imported_by=caller.key_id,
    )
    session.add(kept)
    await session.flush()
    events.record(
        session,
        kind="registry.imported",
        subject=f"registry-import/{kept.id}",
        department=feed.department,
        payload=ImportEvent(
            import_id=str(kept.id),
            department_code=feed.department,
            kind=feed.kind,
            source=feed.source,
            file_sha256=digest,
            rows=rows,
            added=added,
            changed=changed,
        ),
        caller=caller,
        at=now,
    )
    return kept
