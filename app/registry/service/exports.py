"""Writing the directories to files: what is imported again from them changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import IO, Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.registry import queries
from app.registry.errors import ExportTooLarge
from app.registry.files.items import rows_of
from app.registry.files.kinds import TAG_COLUMNS, FileKind
from app.registry.files.lists import joined
from app.registry.files.values import OBJECT_CLASSES, OBJECT_STATUSES
from app.registry.files.writing import Row, TableBook, csv_header, csv_rows, ndjson_rows, words
from app.registry.models import (
    CountKind,
    InspectedObject,
    InspectionItem,
    Inspector,
    InspectorKind,
    ObjectCountRecord,
    ObjectTagRecord,
    SpecialEntry,
)
from app.registry.schemas import InspectionItemWrite

BATCH = 2000
SHEET_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""
_CLASS_WORDS = words(OBJECT_CLASSES)
_STATUS_WORDS = words(OBJECT_STATUSES)
_KIND_WORDS = {
    InspectorKind.OFFICER.value: "执法人员",
    InspectorKind.EXPERT.value: "专家",
    InspectorKind.THIRD_PARTY.value: "第三方",
}
_INSPECTOR_STATUS_WORDS = {"active": "有效", "inactive": "失效"}


async def export_objects(
    session: AsyncSession, department: str, file: IO[bytes], *, form: str
) -> None:
    """A department's directory of inspected objects 检查对象名录库, by code, as `csv`, `ndjson` or
    `xlsx`. Raises ExportTooLarge or ExportCellTooLong for what a workbook cannot hold, as all
    exports do."""
    query = queries.select_objects(department).order_by(InspectedObject.code)
    await _export(session, query, _object_rows, FileKind.OBJECTS, file, form)


async def export_inspectors(
    session: AsyncSession, department: str, file: IO[bytes], *, caller: Caller, form: str
) -> None:
    """A department's directory of inspectors 执法检查人员名录库, by staff number; phones are
    masked as on every read."""
    query = queries.select_inspectors([department]).order_by(Inspector.staff_no)

    def rows(found: Sequence[Inspector]) -> list[Row]:
        return [_inspector_row(one, caller) for one in found]

    await _export(session, query, rows, FileKind.INSPECTORS, file, form)


async def export_items(
    session: AsyncSession, department: str, file: IO[bytes], *, form: str
) -> None:
    """The newest versions of a department's inspection items 抽查事项清单, by code, one row for
    each sub-item."""
    query = queries.select_items(department).order_by(InspectionItem.code)
    await _export(session, query, _item_rows, FileKind.ITEMS, file, form)


async def export_tags(
    session: AsyncSession, department: str, on: date, file: IO[bytes], *, form: str
) -> None:
    """The tags that are in force on a day 分级分类分领域标签, by object."""
    query = queries.select_tags(department, on)
    await _export(session, query, _tag_rows, FileKind.OBJECT_TAGS, file, form)


async def export_counts(
    session: AsyncSession,
    department: str,
    counted: CountKind,
    on: date,
    file: IO[bytes],
    *,
    form: str,
) -> None:
    """The newest numbers of complaints or leads 投诉举报数、线索数 that were counted up to a day, by
    object."""
    query = queries.select_counts(department, counted, on)
    complaints = counted == CountKind.COMPLAINT
    kind = FileKind.OBJECT_COMPLAINTS if complaints else FileKind.OBJECT_LEADS
    await _export(session, query, _count_rows, kind, file, form)


async def export_entries(
    session: AsyncSession, department: str, on: date, file: IO[bytes], *, form: str
) -> None:
    """Who stands in the special directories 专项库 on a day, with the licences."""
    entry = SpecialEntry
    query = queries.select_entries(department, on).order_by(
        entry.directory_code, entry.object_code, entry.licence_no
    )
    await _export(session, query, _entry_rows, FileKind.SPECIAL_ENTRIES, file, form)


async def _export(
    session: AsyncSession,
    query: Select[Any],
    rows_of_batch: Callable[[Sequence[Any]], list[Row]],
    kind: FileKind,
    file: IO[bytes],
    form: str,
) -> None:
    batches = _batches(session, query)
    if form != "xlsx":
        header, lines = (csv_header(kind), csv_rows) if form == "csv" else (b"", ndjson_rows)
        file.write(header)
        async for found in batches:
            file.write(await asyncio.to_thread(lines, kind, rows_of_batch(found)))
        return
    with TableBook(file, kind) as book:
        async for found in batches:
            rows = rows_of_batch(found)
            if book.rows + len(rows) > SHEET_ROWS:
                raise ExportTooLarge(limit=SHEET_ROWS)
            await asyncio.to_thread(book.add, rows)


async def _batches(session: AsyncSession, query: Select[Any]) -> AsyncIterator[Sequence[Any]]:
    found = await session.stream_scalars(query.execution_options(yield_per=BATCH))
    async for batch in found.partitions():
        yield batch


def _object_rows(found: Sequence[InspectedObject]) -> list[Row]:
    return [
        {
            "uscc": one.code,
            "name": one.name,
            "object_class": _CLASS_WORDS[one.kind],
            "ent_type": one.ent_type,
            "region_code": one.region_code,
            "industry_code": one.industry_code,
            "established": one.established_on.isoformat() if one.established_on else None,
            "status": _STATUS_WORDS[one.status],
            "reg_authority": one.reg_authority,
            "jurisdiction_unit": one.jurisdiction_unit,
            "source": one.source,
        }
        for one in found
    ]


def _inspector_row(one: Inspector, caller: Caller) -> Row:
    shown = queries.describe_inspector(one, caller)
    held = shown.certificates
    return {
        "staff_no": one.staff_no,
        "name": one.name,
        "kind": _KIND_WORDS[one.kind],
        "department_code": one.department_code,
        "station": one.station,
        "region_code": one.region_code,
        "certificate_no": ";".join(certificate.number for certificate in held),
        "certificate_issuer": ";".join(certificate.issuer for certificate in held),
        "certificate_valid_to": ";".join(str(certificate.valid_to) for certificate in held),
        "phone": shown.phone,
        "qualifications": ";".join(one.qualifications),
        "specialties": ";".join(one.specialties),
        "item_codes": ";".join(one.item_codes),
        "teams": ";".join(one.teams),
        "status": _INSPECTOR_STATUS_WORDS[one.status],
        "status_from": str(one.status_from or ""),
        "status_to": str(one.status_to or ""),
    }


def _item_rows(found: Sequence[InspectionItem]) -> list[Row]:
    items = (
        InspectionItemWrite.model_validate(
            {"code": one.code} | {name: queries.fact_of(one, name) for name in queries.ITEM_FACTS}
        )
        for one in found
    )
    return list(rows_of(items))


def _tag_rows(found: Sequence[ObjectTagRecord]) -> list[Row]:
    return [
        {"uscc": one.object_code}
        | {column: joined(_tags_of(one, column)) for column in TAG_COLUMNS}
        for one in found
    ]


def _tags_of(record: ObjectTagRecord, column: str) -> list[str]:
    split = [tag.partition(":") for tag in record.tags]
    return [value for kind, _, value in split if kind == column]


def _count_rows(found: Sequence[ObjectCountRecord]) -> list[Row]:
    return [
        {
            "uscc": one.object_code,
            "number": str(one.number),
            "counted_from": one.counted_from.isoformat(),
            "counted_to": one.counted_to.isoformat(),
        }
        for one in found
    ]


def _entry_rows(found: Sequence[SpecialEntry]) -> list[Row]:
    return [
        {
            "directory_code": one.directory_code,
            "uscc": one.object_code,
            "licence_no": one.licence_no,
            "licence_name": one.licence_name,
            "licence_issuer": one.licence_issuer,
            "expires_on": str(one.expires_on or ""),
            "held": "是",
        }
        for one in found
    ]
