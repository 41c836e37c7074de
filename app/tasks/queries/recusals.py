"""Reading recusals with the seats that they are about, and how many there are."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.database import everywhere
from app.core.pagination import paginate
from app.draws import queries as draws
from app.draws.models import DrawnSeat, OpenSeat
from app.registry import queries as registry
from app.registry.models import RecusalDecision, RecusalOrigin, RecusalRequest
from app.tasks.models import DepartmentTask, InspectionClosing, RecusalReplacement
from app.tasks.schemas import (
    RecusalCountPage,
    RecusalCountRead,
    RecusalPage,
    RecusalQuery,
    RecusalRead,
    RecusalSeatRead,
    RecusalSummary,
    ReplacementCountQuery,
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A seat of an inspection under way, held by an officer whose recusal is in force."""

    seat: DrawnSeat
    task_code: str
    recusal: RecusalRequest
    is_granted: bool


def at_object(department: str, object_code: str) -> tuple[ColumnElement[bool], ...]:
    """All turns of a department's seats at an object."""
    return DrawnSeat.department_code == department, DrawnSeat.object_code == object_code


def drawn_by(draw_id: str) -> tuple[ColumnElement[bool], ...]:
    """All turns of the seats of the inspector draw that a draw is or mends."""
    own = aliased(DrawnSeat)
    query = select(own.inspector_draw_id).where(own.draw_id == draw_id).limit(1)
    return (DrawnSeat.inspector_draw_id == query.scalar_subquery(),)


def _held_under_way(
    *whole_seats: ColumnElement[bool],
) -> tuple[type[DrawnSeat], Select[DrawnSeat, str, str]]:
    """Who holds seats now whose inspection is dispatched and not complete, and is not about to
    leave: (the seat, its task's code and key). Conditions must keep all turns of a seat."""
    held = aliased(DrawnSeat, draws.select_holders().where(*whole_seats).subquery())
    closed = exists().where(
        InspectionClosing.task_code == DepartmentTask.task_code,
        InspectionClosing.object_code == held.object_code,
    )
    leaving = exists().where(
        OpenSeat.inspector_draw_id == held.inspector_draw_id,
        OpenSeat.object_code == held.object_code,
        OpenSeat.department_code == held.department_code,
        OpenSeat.seat == held.seat,
        OpenSeat.staff_no == held.staff_no,
    )
    own = and_(
        DepartmentTask.inspector_draw_id == held.inspector_draw_id,
        DepartmentTask.department_code == held.department_code,
    )
    query = select(held, DepartmentTask.task_code, DepartmentTask.national_key)
    return held, query.join(DepartmentTask, own).where(~closed, ~leaving)


async def get_held_seats(
    session: AsyncSession, recusal: RecusalRequest
) -> list[tuple[DrawnSeat, str, str]]:
    """The seats that the officer of a recusal holds at its object, each with the code and the key
    of its task; ask within `everywhere`."""
    held, query = _held_under_way(*at_object(recusal.department_code, recusal.object_code))
    query = query.where(held.staff_no == recusal.staff_no)
    found = await session.execute(query.order_by(DepartmentTask.task_code, held.seat))
    return [(seat, code, key) for seat, code, key in found]


async def get_conflicts(
    session: AsyncSession, whole_seats: Iterable[ColumnElement[bool]]
) -> list[Conflict]:
    """Seats whose holder must keep away, one recusal for each: a granted one, if there is. Ask
    within `everywhere`."""
    held, query = _held_under_way(*whole_seats)
    pair = and_(
        RecusalRequest.department_code == held.department_code,
        RecusalRequest.staff_no == held.staff_no,
        RecusalRequest.object_code == held.object_code,
    )
    granted = registry.is_granted()
    place = (DepartmentTask.task_code, held.object_code, held.department_code, held.seat)
    paired = query.add_columns(RecusalRequest, granted.label("granted")).join(RecusalRequest, pair)
    paired = paired.where(registry.in_force()).ext(distinct_on(*place))
    found = await session.execute(paired.order_by(*place, granted.desc(), RecusalRequest.id))
    return [
        Conflict(seat, code, recusal, is_granted) for seat, code, _, recusal, is_granted in found
    ]


def _state_of(recusal: RecusalRequest, decision: RecusalDecision | None) -> str:
    if recusal.origin == RecusalOrigin.DECLARED:
        return "in_force"
    return decision.outcome if decision else "pending"


def _summary(recusal: RecusalRequest, decision: RecusalDecision | None) -> RecusalSummary:
    names = RecusalSummary.model_fields.keys() - {"state"}
    facts = {name: getattr(recusal, name) for name in names}
    return RecusalSummary(**facts, state=_state_of(recusal, decision))


async def describe_recusal(session: AsyncSession, recusal: RecusalRequest) -> RecusalRead:
    """The recusal, its decision if there is one, and its seats in inspections under way."""
    decision = await registry.find_decision(session, recusal)
    state = _state_of(recusal, decision)
    names = RecusalRead.model_fields.keys()
    return RecusalRead(
        **{name: getattr(recusal, name) for name in names if hasattr(recusal, name)},
        state=state,
        work_goes_on=state == "pending",
        decided_at=decision and decision.decided_at,
        decided_person=decision and decision.decided_person,
        reason=decision and decision.reason,
        document_no=decision and decision.document_no,
        seats=await _seats(session, recusal),
    )


async def _seats(session: AsyncSession, recusal: RecusalRequest) -> list[RecusalSeatRead]:
    begun = await session.execute(
        select(DepartmentTask.national_key, RecusalReplacement.seat, RecusalReplacement.draw_id)
        .join(
            DepartmentTask,
            and_(
                DepartmentTask.task_code == RecusalReplacement.task_code,
                DepartmentTask.department_code == RecusalReplacement.department_code,
            ),
        )
        .where(RecusalReplacement.request_id == recusal.id)
    )
    seats = [RecusalSeatRead(task_key=key, seat=seat, draw_id=draw) for key, seat, draw in begun]
    async with everywhere(session):
        for seat, _, key in await get_held_seats(session, recusal):
            seats.append(RecusalSeatRead(task_key=key, seat=seat.seat, draw_id=None))
    return sorted(seats, key=lambda one: (one.task_key, one.seat, one.draw_id or ""))


async def list_recusals(session: AsyncSession, wanted: RecusalQuery) -> RecusalPage:
    """Recusals of the departments that the caller sees, by id."""
    query = select(RecusalRequest)
    for name in ("department", "object_code"):
        value = getattr(wanted, name)
        if value is not None:
            column = "department_code" if name == "department" else name
            query = query.where(getattr(RecusalRequest, column) == value)
    if wanted.state is not None:
        query = query.where(_is_in(wanted.state))
    found, after = await paginate(session, query, order_by=[RecusalRequest.id], page=wanted)
    decisions = await session.scalars(
        select(RecusalDecision).where(RecusalDecision.request_id.in_([one.id for one in found]))
    )
    decided = {one.request_id: one for one in decisions}
    return RecusalPage(items=[_summary(one, decided.get(one.id)) for one in found], next=after)


def _is_in(state: str) -> ColumnElement[bool]:
    if state == "in_force":
        return RecusalRequest.origin == RecusalOrigin.DECLARED.value
    if state == "pending":
        return registry.is_pending()
    return exists().where(
        RecusalDecision.request_id == RecusalRequest.id, RecusalDecision.outcome == state
    )


async def count_recusals(
    session: AsyncSession, wanted: ReplacementCountQuery, *, year: int
) -> RecusalCountPage:
    """Recusals of a year, how they ended and how many seats they have changed, by department,
    person, origin and ground, of the departments that the caller sees."""
    of = [
        RecusalRequest.department_code,
        RecusalRequest.requested_person,
        RecusalRequest.origin,
        RecusalRequest.ground,
    ]
    query = select(RecusalRequest).where(RecusalRequest.year == year)
    if wanted.department is not None:
        query = query.where(RecusalRequest.department_code == wanted.department)
    groups, after = await paginate(session, query.ext(distinct_on(*of)), order_by=of, page=wanted)
    places = [tuple(getattr(one, column.key) for column in of) for one in groups]
    replaced = (
        select(RecusalReplacement.request_id, func.count().label("seats"))
        .group_by(RecusalReplacement.request_id)
        .subquery()
    )
    counted = await session.execute(
        select(
            *of,
            func.count().label("entered"),
            _count_of("granted"),
            _count_of("refused"),
            func.coalesce(func.sum(replaced.c.seats), 0).label("replaced"),
        )
        .outerjoin(RecusalDecision, RecusalDecision.request_id == RecusalRequest.id)
        .outerjoin(replaced, replaced.c.request_id == RecusalRequest.id)
        .where(RecusalRequest.year == year, tuple_(*of).in_(places))
        .group_by(*of)
        .order_by(*of)
    )
    items = [RecusalCountRead(**one._asdict()) for one in counted]
    return RecusalCountPage(items=items, next=after)


def _count_of(outcome: str) -> ColumnElement[int]:
    return func.count(case((RecusalDecision.outcome == outcome, 1))).label(outcome)
