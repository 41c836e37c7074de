"""assignment.json: the teams of the drawn objects, and who may take their seats (draw-spec 7)."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import queries
from app.draws.errors import AssignmentInfeasible, CapBelowFixed
from app.draws.models import ASSISTING, Draw, DrawnSeat, OpenSeat
from app.draws.pools.eligibility import (
    Binding,
    departments_of,
    find_bindings,
    find_eligible,
)
from app.draws.pools.frozen import Frozen
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import (
    Inspector,
    InspectorKind,
)
from app.rules import queries as rules
from app.sampling.openlot1 import assignment as openlot1
from app.sampling.openlot1.assignment import parse_assignment
from app.sampling.openlot1.inspectors import Infeasible, feasibility

UNCAPPED = 10_000
Teams = Mapping[str, list[tuple[str, int]]]
"""Of each object the departments with open seats, and how many."""


@dataclass(frozen=True, slots=True)
class InspectorPool:
    """assignment.json, how many people are in it and left out, by reason, and whether it keeps
    those away who inspected an object the last time."""

    assignment: bytes
    seats: int
    eligible: int
    left_out: dict[str, int]
    avoids_last: bool


@dataclass(frozen=True, slots=True)
class Seating:
    """What of the seats is decided: `staying` keep theirs, `gone` are the (object, officer) pairs
    that left one, and `given_up` counts the seats that each officer loses by this draw."""

    staying: Sequence[DrawnSeat] = ()
    gone: Sequence[tuple[str, str]] = ()
    given_up: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


async def frozen_inspectors(draw: Draw, pool: InspectorPool) -> Frozen:
    found = await asyncio.to_thread(lambda: feasibility(parse_assignment(pool.assignment)))
    if isinstance(found, Infeasible):
        raise AssignmentInfeasible(zh=found.zh, en=found.en)
    published = {"assignment": {"sha256": sha256(pool.assignment).hexdigest()}}
    figures = {
        "seats": pool.seats,
        "eligible": pool.eligible,
        "left_out": pool.left_out,
        "mode": draw.mode,
        "avoids_last_inspectors": pool.avoids_last,
    }
    return Frozen({"assignment.json": pool.assignment}, published | figures, published)


async def inspector_pool(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> InspectorPool:
    """Teams of officers for the drawn objects: from each department whose items are checked, as
    many as the rule demands, qualified for all its items, without an interest in the object, and
    let in by the mode of the draw; and the experts that it asks for.

    Raises StationUnknown, OfficerListedTwice, RuleMissing."""
    objects = await queries.get_drawn_objects(session, line.code, draw.round)
    demand = int(await rules.get_value(session, rules.OFFICERS_MINIMUM, now.date()))
    groups = [(name, max(demand, rules.LEAST_OFFICERS)) for name in departments_of(line)]
    return await _pool(session, draw, line, dict.fromkeys(objects, groups), now, Seating())


async def replacement_pool(
    session: AsyncSession,
    draw: Draw,
    line: PlanLine,
    opened: Sequence[OpenSeat],
    now: datetime,
) -> InspectorPool:
    """The open seats of the draw that is mended. Who stays keeps their seat, and it counts.

    Raises CapBelowFixed, StationUnknown, OfficerListedTwice."""
    seats = await queries.get_seats(session, draw.mends_draw_id or "")
    leaving = {(r.object_code, r.department_code, r.seat) for r in opened}
    staying = [
        seat for seat in seats if (seat.object_code, seat.department_code, seat.seat) not in leaving
    ]
    teams: dict[str, list[tuple[str, int]]] = {}
    wanted = Counter((r.object_code, r.department_code) for r in opened)
    for (code, department), demand in sorted(wanted.items()):
        teams.setdefault(code, []).append((department, demand))
    gone = await queries.get_leavers(session, draw.mends_draw_id or "")
    given_up = Counter(r.staff_no for r in opened)
    return await _pool(session, draw, line, teams, now, Seating(staying, gone, given_up))


async def _pool(
    session: AsyncSession,
    draw: Draw,
    line: PlanLine,
    teams: Teams,
    now: datetime,
    seating: Seating,
) -> InspectorPool:
    """Who inspected an object the last time stays away from it if the draw says so, or, where it
    leaves that open, if the others suffice for every seat."""
    eligible = await find_eligible(session, draw, line, now)
    requires = await _requirements(session, line)
    bindings = await find_bindings(session, draw, line, sorted(teams))
    excludes = await _excludes(session, line, seating)
    last = await _last_officers(session, draw, line, teams)
    people = await _inspectors(session, draw, eligible.people, seating, now)

    def written(excluded: Mapping[str, AbstractSet[str]]) -> bytes:
        made = _teams(draw, teams, requires, bindings, excluded)
        return openlot1.write_assignment(made, _with_nonce(people), draw.slack or 0)

    made = await asyncio.to_thread(written, _joined(excludes, last))
    if last and draw.avoid_last_inspectors is None:
        found = await asyncio.to_thread(lambda: feasibility(parse_assignment(made)))
        if isinstance(found, Infeasible):
            last = set()
            made = await asyncio.to_thread(written, excludes)
    seats = sum(demand for groups in teams.values() for _, demand in groups)
    seats += len(teams) * sum(one["number"] for one in draw.experts)
    return InspectorPool(made, seats, len(people), eligible.left_out, bool(last))


async def _last_officers(
    session: AsyncSession, draw: Draw, line: PlanLine, teams: Teams
) -> set[tuple[str, str]]:
    if draw.avoid_last_inspectors is False:
        return set()
    return await queries.get_last_officers(
        session,
        sorted(teams),
        departments_of(line),
        but=draw.mends_draw_id or draw.draw_id,
    )


def _teams(
    draw: Draw,
    teams: Teams,
    requires: Mapping[str, AbstractSet[str]],
    bindings: Mapping[tuple[str, str], Binding],
    excludes: Mapping[str, AbstractSet[str]],
) -> Iterable[openlot1.Team]:
    for code, groups in teams.items():
        excluded = tuple(sorted(excludes.get(code, ())))
        made = []
        for name, demand in groups:
            bound = bindings.get((code, name), Binding())
            tags = tuple(sorted({*requires[name], *bound.requires}))
            made.append(openlot1.Group(name, demand, tags, bound.forbids, excluded))
        made.extend(_assisting(draw, excluded))
        yield openlot1.Team(id=code, groups=tuple(made))


def _assisting(draw: Draw, excluded: tuple[str, ...]) -> Iterable[openlot1.Group]:
    """The groups of experts and third parties; their tags are no officer's, and no officer's tag
    is theirs."""
    for number, one in enumerate(draw.experts, start=1):
        tags = (f"{one['kind']}:{one['department_code']}", f"skill:{one['qualification']}")
        yield openlot1.Group(
            f"{ASSISTING}{number}", one["number"], tuple(sorted(tags)), (), excluded
        )


async def _inspectors(
    session: AsyncSession,
    draw: Draw,
    people: Sequence[Inspector],
    seating: Seating,
    now: datetime,
) -> list[openlot1.Inspector]:
    """Tags, caps and loads; seats that stay count for both.

    Raises CapBelowFixed."""
    kept = Counter(seat.staff_no for seat in seating.staying)
    cap = UNCAPPED if draw.cap is None else draw.cap
    for staff_no, held in sorted(kept.items()):
        if held > cap:
            raise CapBelowFixed(staff_no=staff_no, held=held, cap=cap)
    departments = sorted({one.department_code for one in people})
    loads = await queries.get_loads(session, departments, now.year)
    return [
        openlot1.Inspector(
            id=one.staff_no,
            tags=_tags(one),
            cap=cap - kept[one.staff_no],
            load=loads.get(one.staff_no, 0) - seating.given_up.get(one.staff_no, 0),
        )
        for one in people
    ]


def _with_nonce(inspectors: Iterable[openlot1.Inspector]) -> list[openlot1.Inspector]:
    """Give the first inspector a random tag that no group asks for. The digest of this file is
    public at once; without the tag, who knows the directory could try out which objects and
    officers give it."""
    ordered = sorted(inspectors, key=lambda one: one.id)
    return [
        openlot1.Inspector(
            one.id,
            tuple(sorted((*one.tags, f"nonce:{secrets.token_hex(16)}"))) if not n else one.tags,
            one.cap,
            one.load,
        )
        for n, one in enumerate(ordered)
    ]


async def _requirements(session: AsyncSession, line: PlanLine) -> dict[str, set[str]]:
    """The tags that a department's seat asks for: the department, and all its items with the
    qualifications that they need."""
    places = [(item["department_code"], item["item_code"]) for item in line.items]
    needed = await registry.get_needed_qualifications(
        session, places, line.window_start, line.window_end
    )
    wanted: dict[str, set[str]] = {}
    for department, item in places:
        tags = wanted.setdefault(department, {f"dept:{department}"})
        tags.add(f"item:{item}")
        tags.update(f"skill:{name}" for name in needed.get((department, item), ()))
    return wanted


def _tags(one: Inspector) -> tuple[str, ...]:
    """Only officers have `dept:`, which every seat of an officer asks for."""
    role = "dept" if one.kind == InspectorKind.OFFICER else one.kind
    tags = {f"{role}:{one.department_code}"}
    tags |= {f"item:{code}" for code in one.item_codes}
    tags |= {f"skill:{name}" for name in one.qualifications}
    tags |= {f"station:{one.station}"} if one.station else set()
    tags |= {f"region:{one.region_code}"} if one.region_code else set()
    return tuple(sorted(tags))


async def _excludes(session: AsyncSession, line: PlanLine, seating: Seating) -> dict[str, set[str]]:
    """Who may not visit an object: interests, those who left a seat of it, those who have one."""
    departments = sorted({line.department_code, *departments_of(line)})
    interests = await session.scalars(registry.select_interests(departments))
    pairs = [
        *((one.object_code, one.staff_no) for one in interests),
        *((seat.object_code, seat.staff_no) for seat in seating.staying),
        *seating.gone,
    ]
    return _joined({}, pairs)


def _joined(
    excludes: Mapping[str, AbstractSet[str]], pairs: Iterable[tuple[str, str]]
) -> dict[str, set[str]]:
    found = {code: set(people) for code, people in excludes.items()}
    for code, staff_no in pairs:
        found.setdefault(code, set()).add(staff_no)
    return found
