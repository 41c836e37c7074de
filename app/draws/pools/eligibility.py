"""Who may be drawn at all, and which of them an object's station or region lets in: facts of the
directories, never a list made by hand (domain C.2, E3-E5)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.draws.errors import OfficerListedTwice, StationUnknown
from app.draws.models import Draw
from app.draws.states import Mode
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import InspectedObject, Inspector, InspectorKind
from app.rules import queries as rules

OF_STATION = {Mode.STATION, Mode.ACROSS_STATIONS}
OF_REGION = {Mode.DISTRICT, Mode.ACROSS_DISTRICTS}


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who may be drawn, and how many of their departments cannot be, by reason."""

    people: list[Inspector]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Binding:
    """The tags by which a mode lets officers in at one object."""

    requires: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()


def departments_of(line: PlanLine) -> list[str]:
    """Whose items are checked, in byte order."""
    return sorted({item["department_code"] for item in line.items})


def mode_of(draw: Draw) -> Mode:
    return Mode(draw.mode or Mode.WHOLE_POOL)


async def find_eligible(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> Eligible:
    """Officers of the departments whose items are checked, and the experts and third parties that
    the draw asks for.

    Raises OfficerListedTwice."""
    officers = departments_of(line)
    wanted = {(name, InspectorKind.OFFICER.value) for name in officers}
    wanted |= {(one["department_code"], one["kind"]) for one in draw.experts}
    departments = sorted({department for department, _ in wanted})
    absent = await registry.get_people_absent(
        session, departments, *_rest(line, now), await rules.get_calendar(session)
    )
    people: list[Inspector] = []
    left_out: Counter[str] = Counter()
    for one in await session.scalars(registry.select_inspectors(departments)):
        if (one.department_code, one.kind) not in wanted:
            continue
        obstacle = _obstacle(one, line, mode_of(draw), absent)
        if obstacle:
            left_out[obstacle] += 1
        else:
            people.append(one)
    _refuse_listed_twice(people)
    return Eligible(people, dict(sorted(left_out.items())))


def _rest(line: PlanLine, now: datetime) -> tuple[date, date]:
    """The days on which the objects can still be visited; all of a window that is over."""
    today = day_in_china(now)
    late = line.window_start <= today <= line.window_end
    return (today if late else line.window_start), line.window_end


def _obstacle(
    one: Inspector, line: PlanLine, mode: Mode, absent: AbstractSet[tuple[str, str]]
) -> str | None:
    """Why somebody cannot be drawn. Experts and third parties need no certificate, and no mode
    binds them: they do not enforce. Where the mode tells officers apart by station or region,
    who has none on record cannot be told apart."""
    officer = one.kind == InspectorKind.OFFICER
    if not one.is_active(line.window_end):
        return "inactive"
    if officer and not one.is_certified(line.window_end):
        return "certificate-expires"
    if (one.department_code, one.staff_no) in absent:
        return "on-leave"
    if officer and mode in OF_STATION and not one.station:
        return "station-unknown"
    if officer and mode in OF_REGION and not one.region_code:
        return "region-unknown"
    return None


def _refuse_listed_twice(people: Collection[Inspector]) -> None:
    """A person stands once in a draw: neither a staff number nor a certificate stands twice."""
    seen: set[str] = set()
    for one in people:
        own = {f"staff:{one.staff_no}", *(f"held:{held['number']}" for held in one.certificates)}
        if own & seen:
            raise OfficerListedTwice(staff_no=one.staff_no)
        seen |= own


async def find_bindings(
    session: AsyncSession, draw: Draw, line: PlanLine, objects: Sequence[str]
) -> Mapping[tuple[str, str], Binding]:
    """Tags of the draw's mode, by object and department.

    Each department goes by its own entry of the object. A partner without one is not bound to a
    station that it does not know, but keeps away from the lead department's.
    Raises StationUnknown."""
    mode = mode_of(draw)
    if mode is Mode.WHOLE_POOL:
        return {}
    lead, departments = line.department_code, departments_of(line)
    places = await _places(session, {lead, *departments}, objects)
    if mode in OF_STATION:
        unknown = [code for code in objects if not places.get((code, lead), ("", ""))[0]]
        if unknown:
            raise StationUnknown(count=len(unknown), object=unknown[0])
    found = {}
    for code in objects:
        for department in departments:
            own = places.get((code, department))
            found[code, department] = _binding(mode, own, places[code, lead])
    return found


async def _places(
    session: AsyncSession, departments: Collection[str], objects: Sequence[str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Station and region of each object, by object and the department whose entry it is."""
    one = InspectedObject
    columns = (one.code, one.department_code, one.jurisdiction_unit, one.region_code)
    query = select(*columns).where(
        one.department_code.in_(departments), one.code == any_(literal(list(objects), ARRAY(Text)))
    )
    return {
        (code, department): (station or "", region)
        for code, department, station, region in await session.execute(query)
    }


def _binding(mode: Mode, own: tuple[str, str] | None, lead: tuple[str, str]) -> Binding:
    """`own` and `lead` are station and region by the entries of the department and of the lead."""
    station, region = own or ("", lead[1])
    match mode:
        case Mode.STATION:
            return Binding(requires=(f"station:{station}",)) if station else Binding()
        case Mode.ACROSS_STATIONS:
            return Binding(forbids=(f"station:{station or lead[0]}",))
        case Mode.DISTRICT:
            return Binding(requires=(f"region:{region}",))
        case Mode.ACROSS_DISTRICTS:
            return Binding(forbids=(f"region:{region}",))
        case _:
            return Binding()
