"""Reading inspected objects and their classes."""

from collections.abc import Sequence
from datetime import date

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
)


def select_objects(
    department: str | None = None, regions: Sequence[str] = (), industries: Sequence[str] = ()
) -> Select[InspectedObject]:
    """The objects of a department in any of the regions and industries, subtrees included."""
    query = select(InspectedObject)
    if department:
        query = query.where(InspectedObject.department_code == department)
    if regions:
        query = query.where(or_(*(_in_region(code) for code in regions)))
    if industries:
        query = query.where(InspectedObject.industry_code.in_(_within(industries)))
    return query


def region_prefix(code: str) -> str:
    """The digits that all codes of a province, city or county share."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def _in_region(code: str) -> ColumnElement[bool]:
    return InspectedObject.region_code.startswith(region_prefix(code), autoescape=True)


def _within(industries: Sequence[str]) -> Select[str]:
    """The codes of the given industries and all below them."""
    digits = [code for code in industries if code.isdigit()]
    letters = [code for code in industries if not code.isdigit()]
    below = or_(*(Industry.code.startswith(code, autoescape=True) for code in digits))
    return select(Industry.code).where(or_(below, Industry.section_code.in_(letters)))


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
    session: AsyncSession, department: str, code: str, on: date
) -> CreditClassRecord | None:
    query = select_classes(department, on).where(CreditClassRecord.object_code == code)
    return (await session.scalars(query)).first()
