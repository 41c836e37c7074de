"""Reading the registry."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    CodeTableEmpty,
    DepartmentNotFound,
    InspectorNotFound,
    ItemNotFound,
    ObjectNotFound,
)
from app.registry.models import (
    CreditClassRecord,
    DeclaredInterest,
    Department,
    Division,
    Industry,
    InspectedObject,
    InspectionItem,
    Inspector,
    RegistryImport,
)


def select_departments() -> Select[Department]:
    return select(Department)


async def get_department(session: AsyncSession, code: str) -> Department:
    found = await session.get(Department, code)
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


async def get_region_codes(session: AsyncSession) -> frozenset[str]:
    """All codes of divisions, retired ones included: old entries keep theirs."""
    codes = frozenset(await session.scalars(select(Division.code).distinct()))
    if not codes:
        raise CodeTableEmpty(table="GB/T 2260")
    return codes


async def get_industry_codes(session: AsyncSession) -> frozenset[str]:
    codes = frozenset(await session.scalars(select(Industry.code)))
    if not codes:
        raise CodeTableEmpty(table="GB/T 4754")
    return codes


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


def select_items(department: str | None = None) -> Select[InspectionItem]:
    """The versions in force."""
    newest = (
        select(
            InspectionItem.department_code,
            InspectionItem.code,
            func.max(InspectionItem.version).label("version"),
        )
        .group_by(InspectionItem.department_code, InspectionItem.code)
        .subquery()
    )
    query = select(InspectionItem).join(
        newest,
        and_(
            newest.c.department_code == InspectionItem.department_code,
            newest.c.code == InspectionItem.code,
            newest.c.version == InspectionItem.version,
        ),
    )
    return query.where(InspectionItem.department_code == department) if department else query


async def get_item(session: AsyncSession, department: str, code: str) -> InspectionItem:
    found = await session.scalar(select_items(department).where(InspectionItem.code == code))
    if found is None:
        raise ItemNotFound(item=code)
    return found


async def next_import_sequence(session: AsyncSession, department: str) -> int:
    last = await session.scalar(
        select(func.max(RegistryImport.sequence)).where(
            RegistryImport.department_code == department
        )
    )
    return (last or 0) + 1


def select_inspectors(departments: Sequence[str]) -> Select[Inspector]:
    """The officers of some departments."""
    return select(Inspector).where(Inspector.department_code.in_(departments))


async def get_inspector(session: AsyncSession, department: str, staff_no: str) -> Inspector:
    found = await session.get(Inspector, (department, staff_no))
    if found is None:
        raise InspectorNotFound(staff_no=staff_no)
    return found


def select_interests(departments: Sequence[str]) -> Select[DeclaredInterest]:
    query = select(DeclaredInterest).where(DeclaredInterest.department_code.in_(departments))
    return query.order_by(DeclaredInterest.object_code, DeclaredInterest.staff_no)
