"""Reading inspected objects and their classes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    ObjectNotFound,
)
from app.registry.models import (
    CreditClassRecord,
    Industry,
    InspectedObject,
    RegistryImport,
)


def select_objects(
    department: str | None = None, regions: Sequence[str] = (), industries: Sequence[str] = ()
) -> Select[InspectedObject]:
    """The objects of a department in any of the regions and industries, subtrees included."""
    query = select(InspectedObject)
    if department:
        query = query.where(InspectedObject.department_code == department)
    if regions:
        query = query.where(in_region(InspectedObject.region_code, regions))
    if industries:
        query = query.where(InspectedObject.industry_code.in_(in_trades(industries)))
    return query


def region_prefix(code: str) -> str:
    """The digits that all codes of a province, city or county share."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def in_region(column: Any, codes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a code of GB/T 2260 is one of these or lies below one. A range, which an index can
    serve under the row policies; LIKE could not."""
    return or_(*(_below(column, region_prefix(code)) for code in codes))


def _below(column: Any, prefix: str) -> ColumnElement[bool]:
    if len(prefix) == 6:
        whole: ColumnElement[bool] = column == prefix
        return whole
    part: ColumnElement[bool] = column.between(prefix.ljust(6, "0"), prefix.ljust(6, "9"))
    return part


def in_trades(industries: Sequence[str]) -> Select[str]:
    """The codes of the given industries and all below them."""
    digits = [code for code in industries if code.isdigit()]
    letters = [code for code in industries if not code.isdigit()]
    below = (Industry.code.startswith(code, autoescape=True) for code in digits)
    return select(Industry.code).where(or_(Industry.section_code.in_(letters), *below))


async def get_object(session: AsyncSession, department: str, code: str) -> InspectedObject:
    found = await session.get(InspectedObject, (department, code))
    if found is None:
        raise ObjectNotFound(object=code)
    return found


def select_classes(department: str, on: date) -> Select[CreditClassRecord]:
    """The class in force of each object on a day: the latest by validity, then by import."""
    newest = (
        CreditClassRecord.object_code,
        CreditClassRecord.valid_from.desc(),
        CreditClassRecord.import_sequence.desc(),
    )
    return (
        select(CreditClassRecord)
        .where(CreditClassRecord.department_code == department, CreditClassRecord.valid_from <= on)
        .ext(distinct_on(CreditClassRecord.object_code))
        .order_by(*newest)
    )


async def find_class(
    session: AsyncSession,
    department: str,
    code: str,
    on: date,
    known_at: datetime | None = None,
) -> CreditClassRecord | None:
    """The class in force on a day; with `known_at`, as was known at that moment."""
    query = select_classes(department, on).where(CreditClassRecord.object_code == code)
    if known_at is not None:
        told = CreditClassRecord.import_id == RegistryImport.id
        query = query.join(RegistryImport, told).where(RegistryImport.imported_at <= known_at)
    return (await session.scalars(query)).first()


def select_class_history(department: str, code: str) -> Select[CreditClassRecord, RegistryImport]:
    """Every class that a feed told of an object, with the import that told it."""
    return (
        select(CreditClassRecord, RegistryImport)
        .join(RegistryImport, CreditClassRecord.import_id == RegistryImport.id)
        .where(
            CreditClassRecord.department_code == department, CreditClassRecord.object_code == code
        )
    )
