"""Feeding the registry: all of a file or nothing of it."""

import asyncio
from collections.abc import Iterable, Sequence
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
from app.core.problems import LISTED_FAULTS, Fault
from app.core.uploads import UploadedFile
from app.registry import files, queries
from app.registry.errors import ImportRefused
from app.registry.files import CheckedFile
from app.registry.models import (
    FACTS,
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
)

_COLUMNS = ", ".join(FACTS)
_STAGED = ", ".join(f"s.{column}" for column in FACTS)
_PRESENT = ", ".join(f"o.{column}" for column in FACTS)
_TAKEN = ", ".join(f"{c} = excluded.{c}" for c in (*FACTS, "version", "import_id"))


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
    await _stage(session, ("code", *FACTS), map(astuple, checked.rows))
    counts = await _count_objects(session, feed.department)
    kept = await _record_import(
        session, feed, upload.sha256, (checked.total, *counts), caller=caller, now=now
    )
    await _merge_objects(session, kept)
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
    _refuse_faults(checked)
    await _one_feed_at_a_time(session, feed)
    rows = ((n, code, kind) for n, (code, kind) in enumerate(checked.rows, start=2))
    await _stage(session, ("row", "code", "credit_class"), rows)
    await _refuse_unknown_objects(session, feed.department)
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


async def _refuse_unknown_objects(session: AsyncSession, department: str) -> None:
    unknown = (
        "FROM stage s WHERE NOT EXISTS (SELECT FROM openlot.inspected_object o"
        " WHERE o.department_code = :department AND o.code = s.code)"
    )
    values = {"department": department}
    count = await session.scalar(text(f"SELECT count(*) {unknown}"), values)
    if not count:
        return
    found = await session.execute(
        text(f"SELECT row, code {unknown} ORDER BY row LIMIT {LISTED_FAULTS}"), values
    )
    faults = [
        Fault(
            "object-unknown",
            "名录库中没有该检查对象",
            "the directory does not hold this object",
            row=row,
            column="uscc",
            value=code,
        )
        for row, code in found
    ]
    raise ImportRefused(faults=faults, fault_count=count, count=count)


async def _one_feed_at_a_time(session: AsyncSession, feed: Feed) -> None:
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:feed, 1))"),
        {"feed": feed.department},
    )


async def _stage(
    session: AsyncSession, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Copy rows into a table of this transaction: row policies forbid COPY into the real one."""
    kinds = {"row": "integer", "established_on": "date"}
    listed = ", ".join(f"{column} {kinds.get(column, 'text')}" for column in columns)
    await session.execute(text(f"CREATE TEMP TABLE stage ({listed}) ON COMMIT DROP"))
    connection = await (await session.connection()).get_raw_connection()
    driver = connection.driver_connection
    assert driver is not None  # noqa: S101 -- an open connection has its driver
    await driver.copy_records_to_table("stage", records=rows, columns=columns)
    await session.execute(text("ANALYZE stage"))


_NEW_OR_CHANGED = (
    "FROM stage s LEFT JOIN openlot.inspected_object o"
    " ON o.department_code = :department AND o.code = s.code"
    f" WHERE o.code IS NULL OR ({_STAGED}) IS DISTINCT FROM ({_PRESENT})"
)


async def _count_objects(session: AsyncSession, department: str) -> tuple[int, int]:
    """Rows that are new and rows that differ."""
    counted = await session.execute(
        text(
            "SELECT count(*) FILTER (WHERE o.code IS NULL),"
            f" count(*) FILTER (WHERE o.code IS NOT NULL) {_NEW_OR_CHANGED}"
        ),
        {"department": department},
    )
    added, changed = counted.one()
    return added, changed


async def _merge_objects(session: AsyncSession, kept: RegistryImport) -> None:
    values = {"department": kept.department_code, "id": kept.id}
    await session.execute(
        text(
            "INSERT INTO openlot.inspected_object_version"
            f" (department_code, code, {_COLUMNS}, version, import_id)"
            f" SELECT :department, s.code, {_STAGED}, coalesce(o.version, 0) + 1, :id"
            f" {_NEW_OR_CHANGED}"
        ),
        values,
    )
    await session.execute(
        text(
            "INSERT INTO openlot.inspected_object"
            f" (department_code, code, {_COLUMNS}, version, import_id)"
            f" SELECT department_code, code, {_COLUMNS}, version, import_id"
            " FROM openlot.inspected_object_version"
            " WHERE department_code = :department AND import_id = :id"
            f" ON CONFLICT (department_code, code) DO UPDATE SET {_TAKEN}"
        ),
        values,
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
