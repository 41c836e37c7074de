"""What a draw is made from: rows of the registry become the frozen input of the draw core."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import files, queries
from app.draws.errors import AssignmentInfeasible, FrameEmpty
from app.draws.models import Draw, DrawnSeat, OpenSeat
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import (
    CreditClass,
    CreditClassRecord,
    InspectedObject,
    Inspector,
    InspectorStatus,
    ObjectStatus,
)
from app.rules import queries as rules
from app.sampling.openlot1 import assignment as openlot1
from app.sampling.openlot1.assignment import parse_assignment
from app.sampling.openlot1.commitment import TARGET
from app.sampling.openlot1.design import check_design
from app.sampling.openlot1.excluded import excluded_digest, write_excluded
from app.sampling.openlot1.frame import digest_and_counts, write_frame
from app.sampling.openlot1.inspectors import Infeasible, feasibility

GONE = {
    ObjectStatus.DEREGISTERED.value: "注销",
    ObjectStatus.REVOKED.value: "吊销",
    ObjectStatus.CANCELLED.value: "撤销",
}
UNCAPPED = 10_000


@dataclass(frozen=True, slots=True)
class Frozen:
    """The files of a frozen input, its figures, and what the public log says of it."""

    files: dict[str, bytes]
    details: dict[str, Any]
    published: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TargetPool:
    """Every object of the registry query is in exactly one list: (code, stratum) to draw from,
    (code, reason, evidence) left out."""

    included: list[tuple[str, str]]
    excluded: list[tuple[str, str, str]]
    design: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InspectorPool:
    """assignment.json, and how many officers are in it and left out, by reason."""

    assignment: bytes
    seats: int
    eligible: int
    left_out: dict[str, int]


async def freeze(session: AsyncSession, draw: Draw, now: datetime) -> Frozen:
    """The input of a draw as the registry stands.

    Raises FrameEmpty, ClassWithoutRate, AssignmentInfeasible, and what the core says."""
    if draw.stage == TARGET:
        return await _frozen_target(session, draw, now)
    line = await plans.get_line(session, draw.plan_line_code)
    if draw.mends_draw_id is None:
        return await _frozen_inspectors(await inspector_pool(session, draw, line, now))
    opened = await queries.get_open_seats(session, draw)
    return await _frozen_inspectors(await replacement_pool(session, draw, line, opened, now))


async def _frozen_target(session: AsyncSession, draw: Draw, now: datetime) -> Frozen:
    """All parts share the salt key, so an object has one ticket in all of them (draw-spec 5)."""
    salt_key = secrets.token_hex(32)
    parts = await queries.get_parts(session, draw)
    kept = {"salt.key": salt_key.encode()}
    details: list[dict[str, Any]] = []
    published: list[dict[str, Any]] = []
    for part in parts:
        line = await plans.get_line(session, part.plan_line_code)
        pool = await target_pool(session, line, now)
        frozen = await asyncio.to_thread(_frozen_part, pool, salt_key)
        kept |= {f"{part.folder}{name}": data for name, data in frozen.files.items()}
        details.append({"name": part.name} | frozen.details)
        published.append({"name": part.name} | frozen.published)
    if parts[0].name:
        return Frozen(kept, {"parts": details}, {"parts": published})
    del details[0]["name"], published[0]["name"]
    return Frozen(kept, details[0], published[0])


def _frozen_part(pool: TargetPool, salt_key: str) -> Frozen:
    frame = write_frame(pool.included, salt_key_hex=salt_key)
    left_out = write_excluded(pool.excluded, salt_key_hex=salt_key)
    digest, counts = digest_and_counts(frame, sealed=True)
    check_design(pool.design, counts)
    out = excluded_digest(left_out, sealed=True)
    details = {
        "frame": asdict(digest) | {"sealed": True},
        "excluded": asdict(out) | {"by_reason": dict(out.by_reason)},
        "design": pool.design,
        "counts": counts,
        "population": _population(pool),
    }
    published = {
        "frame": asdict(digest),
        "excluded": {"sha256": out.sha256, "root": out.root, "count": out.count},
    }
    return Frozen({"frame.tsv": frame, "excluded.tsv": left_out}, details, published)


def _population(pool: TargetPool) -> str:
    """SHA-256 over who is in the list, whatever the salts: a plan made anew for the same list is
    recognised beside the draw that was voided."""
    return sha256("".join(f"{code}\n" for code, _ in sorted(pool.included)).encode()).hexdigest()


async def _frozen_inspectors(pool: InspectorPool) -> Frozen:
    found = await asyncio.to_thread(lambda: feasibility(parse_assignment(pool.assignment)))
    if isinstance(found, Infeasible):
        raise AssignmentInfeasible(zh=found.zh, en=found.en)
    published = {"assignment": {"sha256": sha256(pool.assignment).hexdigest()}}
    figures = {"seats": pool.seats, "eligible": pool.eligible, "left_out": pool.left_out}
    return Frozen({"assignment.json": pool.assignment}, published | figures, published)


async def target_pool(session: AsyncSession, line: PlanLine, now: datetime) -> TargetPool:
    """The frame of a plan line as the registry stands.

    Raises FrameEmpty, ClassWithoutRate."""
    one, record = InspectedObject, CreditClassRecord
    query = registry.select_objects(line.department_code, line.regions, line.industries)
    rows = query.with_only_columns(one.code, one.kind, one.status, one.region_code)
    in_force = registry.select_classes(line.department_code, now.date())
    graded = in_force.with_only_columns(record.object_code, record.credit_class)
    classes = dict((await session.execute(graded)).all())
    included, excluded = [], []
    for code, kind, status, region in await session.execute(rows):
        if line.kinds and kind not in line.kinds:
            continue
        if status in GONE:
            excluded.append((code, "deregistered", f"登记状态：{GONE[status]}"))
            continue
        stratum = classes.get(code, CreditClass.U.value)
        included.append((code, f"{stratum}/{region}" if line.by_region else stratum))
    if not included:
        raise FrameEmpty
    return TargetPool(
        included, excluded, files.design_of(line, {stratum for _, stratum in included})
    )


async def inspector_pool(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> InspectorPool:
    """Teams of officers for the drawn objects: from each department whose items are checked, as
    many as the rule demands, qualified for all its items, without an interest in the object."""
    objects = await queries.get_drawn_objects(session, line.code, draw.round)
    groups = await _groups(session, line, now)
    teams = {code: [(name, demand) for name, demand in groups.items()] for code in objects}
    return await _pool(session, draw, line, teams, now, staying=())


async def replacement_pool(
    session: AsyncSession,
    draw: Draw,
    line: PlanLine,
    opened: Sequence[OpenSeat],
    now: datetime,
) -> InspectorPool:
    """The open seats of the draw that is mended. Who stays keeps their seat, and it counts."""
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
    leaving_seats = Counter(r.staff_no for r in opened)
    return await _pool(
        session, draw, line, teams, now, staying=staying, gone=gone, given_up=leaving_seats
    )


async def _groups(session: AsyncSession, line: PlanLine, now: datetime) -> dict[str, int]:
    """Seats of each department whose items are checked, departments in byte order."""
    demand = await rules.get_value(session, rules.OFFICERS_MINIMUM, now.date())
    return dict.fromkeys(sorted({item["department_code"] for item in line.items}), int(demand))


async def _pool(
    session: AsyncSession,
    draw: Draw,
    line: PlanLine,
    teams: Mapping[str, list[tuple[str, int]]],
    now: datetime,
    *,
    staying: Sequence[DrawnSeat],
    gone: Iterable[tuple[str, str]] = (),
    given_up: Mapping[str, int] = MappingProxyType({}),
) -> InspectorPool:
    """`staying` keep their seats, `gone` are the (object, officer) pairs that left one, and
    `given_up` counts the seats that each officer loses by this draw."""
    departments = sorted({item["department_code"] for item in line.items})
    inspectors, left_out = await _eligible(session, line, departments)
    requires = _requirements(line)
    excludes = await _excludes(session, departments, staying, gone)
    kept = Counter(seat.staff_no for seat in staying)
    loads = await queries.get_loads(session, departments, now.year)
    made = openlot1.write_assignment(
        (
            openlot1.Team(
                id=code,
                groups=tuple(
                    openlot1.Group(name, demand, requires[name], (), _of(excludes, code))
                    for name, demand in groups
                ),
            )
            for code, groups in teams.items()
        ),
        _with_nonce(
            openlot1.Inspector(
                id=one.staff_no,
                tags=_tags(one),
                cap=max(0, (UNCAPPED if draw.cap is None else draw.cap) - kept[one.staff_no]),
                load=loads.get(one.staff_no, 0) - given_up.get(one.staff_no, 0),
            )
            for one in inspectors
        ),
        draw.slack or 0,
    )
    seats = sum(demand for groups in teams.values() for _, demand in groups)
    return InspectorPool(made, seats, len(inspectors), left_out)


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


async def _eligible(
    session: AsyncSession, line: PlanLine, departments: Sequence[str]
) -> tuple[list[Inspector], dict[str, int]]:
    """Who may be drawn at all: active, with a certificate valid to the end of the window (E4)."""
    eligible: list[Inspector] = []
    left_out: Counter[str] = Counter()
    for one in await session.scalars(registry.select_inspectors(departments)):
        if one.status != InspectorStatus.ACTIVE:
            left_out["inactive"] += 1
        elif one.certificate_valid_to < line.window_end:
            left_out["certificate-expires"] += 1
        else:
            eligible.append(one)
    return eligible, dict(sorted(left_out.items()))


def _requirements(line: PlanLine) -> dict[str, tuple[str, ...]]:
    """The tags that a department's seat asks for: the department, and all its items."""
    wanted: dict[str, set[str]] = {}
    for item in line.items:
        department = item["department_code"]
        tags = wanted.setdefault(department, {f"dept:{department}"})
        tags.add(f"item:{item['item_code']}")
    return {department: tuple(sorted(tags)) for department, tags in wanted.items()}


def _tags(one: Inspector) -> tuple[str, ...]:
    items = {f"item:{code}" for code in one.item_codes}
    skills = {f"skill:{name}" for name in one.qualifications}
    return tuple(sorted({f"dept:{one.department_code}"} | items | skills))


async def _excludes(
    session: AsyncSession,
    departments: Sequence[str],
    staying: Iterable[DrawnSeat],
    gone: Iterable[tuple[str, str]],
) -> dict[str, set[str]]:
    """Who may not visit an object: interests, those who left a seat of it, those who have one."""
    excludes: dict[str, set[str]] = {}
    interests = await session.scalars(registry.select_interests(departments))
    pairs = [
        *((one.object_code, one.staff_no) for one in interests),
        *((seat.object_code, seat.staff_no) for seat in staying),
        *gone,
    ]
    for code, staff_no in pairs:
        excludes.setdefault(code, set()).add(staff_no)
    return excludes


def _of(excludes: Mapping[str, set[str]], code: str) -> tuple[str, ...]:
    return tuple(sorted(excludes.get(code, ())))
