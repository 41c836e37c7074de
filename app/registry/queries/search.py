"""Searching the directory of objects. Every filter is one condition of one SELECT, so that pages,
draws and counts mean the same by it.

Ranges stand in place of LIKE for codes: the row policies let an index serve only comparisons that
cannot leak, and LIKE is none. A fragment of a name is looked for row by row.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.pagination import PageQuery, decode_cursor, encode_cursor
from app.registry.models import (
    CreditClass,
    CreditClassRecord,
    InspectedObject,
    ObjectInspection,
    ObjectTagRecord,
    RegistryImport,
    SpecialEntry,
)
from app.registry.queries.history import object_as_of
from app.registry.queries.objects import in_region, in_trades
from app.registry.schemas.objects import InspectedObjectRead
from app.registry.schemas.search import ObjectFilters


def select_matching(
    department: str, filters: ObjectFilters, on: date, known_at: datetime | None = None
) -> tuple[Select[Any], Any]:
    """The objects of a department that fit, as classes, tags and licences stand `on` a day, and
    the class whose columns they have. With `known_at`, as was known at that moment."""
    one: Any = InspectedObject if known_at is None else object_as_of(department, known_at)
    query = select(one).where(one.department_code == department)
    for condition in _facts(one, filters):
        query = query.where(condition)
    for condition in _dated(one, department, filters, on, known_at):
        query = query.where(condition)
    return query, one


async def read_page(session: AsyncSession, query: Select[Any], one: Any, page: PageQuery) -> bytes:
    """A page of `select_matching` as the JSON of an InspectedObjectPage, by code. Postgres writes
    the entries: to load and check each row again here would cost more than to find it. It writes
    those of the page only, so the page is a query of its own; in one it would write all that fit
    before it sorts them."""
    if page.after is not None:
        query = query.where(one.code > decode_cursor(page.after, [str])[0])
    columns = query.with_only_columns(*(getattr(one, name) for name in _SHOWN))
    found = columns.order_by(one.code).limit(page.limit + 1).subquery("found")
    written = select(_CODE, _ENTRY).select_from(found).order_by(_CODE)
    rows = (await session.execute(written)).all()
    shown = rows[: page.limit]
    after = encode_cursor([shown[-1][0]]) if len(rows) > page.limit else None
    entries = ",".join(text for _, text in shown)
    return f'{{"items":[{entries}],"next":{json.dumps(after)}}}'.encode()


_SHOWN = tuple(InspectedObjectRead.model_fields)
_CODE: ColumnElement[str] = literal_column("found.code", Text)
_ENTRY: ColumnElement[str] = literal_column("row_to_json(found)::text", Text)


def _facts(one: Any, filters: ObjectFilters) -> list[ColumnElement[bool]]:
    """Conditions on the entry itself."""
    wanted: list[ColumnElement[bool]] = [one.listed.is_(filters.listed)]
    if filters.region:
        wanted.append(in_region(one.region_code, filters.region))
    if filters.industry:
        wanted.append(one.industry_code.in_(in_trades(filters.industry)))
    if filters.kind:
        wanted.append(one.kind.in_([kind.value for kind in filters.kind]))
    if filters.type:
        wanted.append(one.ent_type.in_(filters.type))
    if filters.status:
        wanted.append(one.status.in_([status.value for status in filters.status]))
    if filters.name:
        wanted.append(one.name.contains(filters.name, autoescape=True))
    return wanted


def _dated(
    one: Any, department: str, filters: ObjectFilters, on: date, known_at: datetime | None
) -> list[ColumnElement[bool]]:
    """Conditions on what is told of the object from day to day."""
    wanted: list[ColumnElement[bool]] = []
    if filters.credit_class:
        unclassified = CreditClass.U.value
        graded = func.coalesce(_class_of(one, department, on, known_at), unclassified)
        wanted.append(graded.in_([c.value for c in filters.credit_class]))
    if filters.tag:
        tagged = latest_of(ObjectTagRecord, ("object_code",), department, on, known_at)
        rows = tagged.where(ObjectTagRecord.tags.contains(filters.tag))
        wanted.append(one.code.in_(rows.with_only_columns(ObjectTagRecord.object_code)))
    if _asks_for_entries(filters):
        wanted.append(one.code.in_(_entered(department, filters, on, known_at)))
    if filters.last_inspected_before:
        wanted.append(~_inspected_since(one, filters.last_inspected_before, known_at))
    return wanted


def _class_of(one: Any, department: str, on: date, known_at: datetime | None) -> ScalarSelect[str]:
    record = CreditClassRecord
    query = select(record.credit_class).where(
        record.department_code == department,
        record.object_code == one.code,
        record.valid_from <= on,
    )
    if known_at is not None:
        query = query.where(record.import_id.in_(known_imports(department, known_at)))
    newest = query.order_by(record.valid_from.desc(), record.import_sequence.desc()).limit(1)
    return newest.correlate(one).scalar_subquery()


def latest_of(
    model: Any,
    key: Sequence[str],
    department: str,
    on: date,
    known_at: datetime | None = None,
) -> Select[Any]:
    """The rows of a dated feed that no later row of the same key replaces on a day. `model` has
    `valid_from` and `import_sequence`."""
    newer = aliased(model)
    replaced = exists().where(
        newer.department_code == department,
        *(getattr(newer, name) == getattr(model, name) for name in key),
        newer.valid_from <= on,
        tuple_(newer.valid_from, newer.import_sequence)
        > tuple_(model.valid_from, model.import_sequence),
    )
    query = select(model).where(model.department_code == department, model.valid_from <= on)
    if known_at is not None:
        known = known_imports(department, known_at)
        replaced = replaced.where(newer.import_id.in_(known))
        query = query.where(model.import_id.in_(known))
    return query.where(~replaced)


def known_imports(department: str, known_at: datetime) -> Select[Any]:
    """The imports of a department up to a moment."""
    return select(RegistryImport.id).where(
        RegistryImport.department_code == department, RegistryImport.imported_at <= known_at
    )


def _asks_for_entries(filters: ObjectFilters) -> bool:
    return bool(
        filters.special_directory or filters.licence_expires_before or filters.licence_expires_after
    )


def _entered(
    department: str, filters: ObjectFilters, on: date, known_at: datetime | None
) -> Select[Any]:
    """Codes of objects with an entry in a special directory that fits."""
    one = SpecialEntry
    rows = latest_of(one, ENTRY_KEY, department, on, known_at).where(one.held)
    if filters.special_directory:
        rows = rows.where(one.directory_code == filters.special_directory)
    if filters.licence_expires_before:
        rows = rows.where(one.expires_on < filters.licence_expires_before)
    if filters.licence_expires_after:
        rows = rows.where(one.expires_on > filters.licence_expires_after)
    return rows.with_only_columns(one.object_code)


ENTRY_KEY = ("directory_code", "object_code", "licence_no")


def _inspected_since(one: Any, day: date, known_at: datetime | None) -> ColumnElement[bool]:
    visit = ObjectInspection
    found = exists().where(
        visit.department_code == one.department_code,
        visit.object_code == one.code,
        visit.inspected_on >= day,
    )
    return found if known_at is None else found.where(visit.recorded_at <= known_at)
