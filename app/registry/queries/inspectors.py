"""Reading inspectors, their leave, and who is missing from the directory."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    column,
    exists,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.caller import Caller
from app.core.workdays import Calendar
from app.registry.errors import (
    InspectorNotFound,
    LeaveNotFound,
)
from app.registry.models import (
    CertificateHolder,
    Inspector,
    InspectorKind,
    InspectorLeave,
    InspectorVersion,
    RegistryImport,
)
from app.registry.queries.items import find_usable_item
from app.registry.schemas import InspectorRead, InspectorVersionRead


def select_inspectors(departments: Sequence[str]) -> Select[Inspector]:
    """The officers, experts and third parties of some departments."""
    return select(Inspector).where(Inspector.department_code.in_(departments))


def is_untagged() -> ColumnElement[bool]:
    """Whether an entry lacks what a draw asks for: of an officer the items, of an assistant the
    qualifications. In SQL, on Inspector."""
    tags = case(
        (Inspector.kind == InspectorKind.OFFICER.value, Inspector.item_codes),
        else_=Inspector.qualifications,
    )
    return func.cardinality(tags, type_=Integer()) == 0


async def get_inspector(session: AsyncSession, department: str, staff_no: str) -> Inspector:
    found = await session.get(Inspector, (department, staff_no))
    if found is None:
        raise InspectorNotFound(staff_no=staff_no)
    return found


def describe_inspector(one: Inspector | InspectorVersion, caller: Caller) -> InspectorRead:
    """An entry as the caller may see it: the phone in full is for the officer's own key alone."""
    facts = {name: getattr(one, name) for name in InspectorRead.model_fields if hasattr(one, name)}
    own = (caller.department, caller.person) == (one.department_code, one.staff_no)
    phone = one.phone if own else _masked(one.phone)
    return InspectorRead.model_validate(facts | {"phone": phone or None})


def _masked(phone: str) -> str:
    """Of a mobile number the first three digits and the last four, of another one the last two."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else f"****{phone[-2:]}"


async def describe_versions(
    session: AsyncSession, present: Inspector, caller: Caller
) -> list[InspectorVersionRead]:
    """Every state of an entry, each with where it came from, the present one last."""
    former = select(InspectorVersion).where(
        InspectorVersion.department_code == present.department_code,
        InspectorVersion.staff_no == present.staff_no,
    )
    listed: list[Inspector | InspectorVersion] = list(
        await session.scalars(former.order_by(InspectorVersion.version))
    )
    listed.append(present)
    query = select(RegistryImport).where(RegistryImport.id.in_({one.import_id for one in listed}))
    imports = {kept.id: kept for kept in await session.scalars(query)}
    return [
        InspectorVersionRead(
            **describe_inspector(one, caller).model_dump(),
            import_id=one.import_id,
            source=imports[one.import_id].source,
            recorded_at=imports[one.import_id].imported_at,
            recorded_by=imports[one.import_id].imported_by,
        )
        for one in listed
    ]


def select_missing(department: str, on: date) -> Select[CertificateHolder]:
    """应入未入: who holds a certificate that is valid on a day, by the newest feed of the department,
    and has no entry in its directory, neither by staff number nor by that certificate."""
    holder = CertificateHolder
    newest = (
        select(func.max(holder.import_sequence))
        .where(holder.department_code == department)
        .scalar_subquery()
    )
    held = func.jsonb_array_elements(Inspector.certificates).table_valued("value").lateral()
    number = func.jsonb_extract_path_text(held.c.value, "number", type_=Text())
    own = Inspector.department_code == department
    known = select(number).select_from(Inspector).join(held, column("true", is_literal=True))
    return select(holder).where(
        holder.department_code == department,
        holder.import_sequence == newest,
        holder.valid_to >= on,
        ~exists().where(own, Inspector.staff_no == holder.staff_no),
        holder.certificate_no.not_in(known.where(own)),
    )


def select_leaves(departments: Sequence[str]) -> Select[InspectorLeave]:
    """Leave that stands: neither replaced nor withdrawn."""
    later = aliased(InspectorLeave)
    return select(InspectorLeave).where(
        InspectorLeave.department_code.in_(departments),
        ~InspectorLeave.withdrawn,
        ~exists().where(later.replaces_id == InspectorLeave.id),
    )


async def get_leave(
    session: AsyncSession, leave_id: UUID, *, department: str, staff_no: str
) -> InspectorLeave:
    """A leave of this inspector; another's is not found."""
    found = await session.get(InspectorLeave, leave_id)
    if found is None or (found.department_code, found.staff_no) != (department, staff_no):
        raise LeaveNotFound
    return found


async def get_people_absent(
    session: AsyncSession,
    departments: Sequence[str],
    first: date,
    last: date,
    calendar: Calendar,
) -> set[tuple[str, str]]:
    """(department, staff number) of who could not visit anybody from the first to the last day:
    their leave covers every working day of it, or every day where it has no working day. Leave
    that lets one working day or more free keeps nobody out of a draw: windows last for months, and
    who is away for a part of one visits in the rest."""
    query = select_leaves(departments).where(
        InspectorLeave.starts_on <= last, InspectorLeave.ends_on >= first
    )
    away: dict[tuple[str, str], set[date]] = {}
    for one in await session.scalars(query):
        days = _days(max(one.starts_on, first), min(one.ends_on, last))
        away.setdefault((one.department_code, one.staff_no), set()).update(days)
    every = _days(first, last)
    needed = {day for day in every if calendar.is_workday(day)} or set(every)
    return {person for person, days in away.items() if needed <= days}


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def get_needed_qualifications(
    session: AsyncSession, places: Collection[tuple[str, str]], first: date, last: date
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The qualifications that an officer needs for each item (department, code), by the version
    that a plan for these days uses; all of them are needed."""
    found = {}
    for department, code in places:
        item = await find_usable_item(session, department, code, first, last)
        found[department, code] = () if item is None else tuple(item.qualifications)
    return found


async def get_qualifications(session: AsyncSession, department: str, kind: str) -> set[str]:
    """What anybody of this kind in a directory is qualified for."""
    query = select(func.unnest(Inspector.qualifications)).where(
        Inspector.department_code == department, Inspector.kind == kind
    )
    return set(await session.scalars(query.distinct()))
