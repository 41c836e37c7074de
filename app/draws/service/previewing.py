"""Previews 预演: what a target draw will give, told before anything is committed (draw-spec 8)."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import EVERY_DEPARTMENT, Caller
from app.core.database import as_departments
from app.draws import pools, queries
from app.draws.errors import NoPreview, PreviewOver
from app.draws.models import Draw, DrawPart
from app.draws.queries.previews import get_open_draws
from app.draws.schemas.previews import (
    DrawPreviewRead,
    PreviewFigures,
    PreviewObject,
    PreviewOverlap,
    PreviewPart,
    PreviewStratum,
    PreviewTotal,
)
from app.draws.service.steps import last_state
from app.draws.states import DrawState
from app.plans import queries as plans
from app.sampling.openlot1.commitment import TARGET
from app.sampling.openlot1.counts import check_design, counts
from app.sampling.openlot1.design import Design
from app.sampling.openlot1.frame import scan_frame, write_frame
from app.sampling.openlot1.seed import dryrun_key, ticket_function
from app.sampling.openlot1.target import smallest_tickets

SHOWN_OBJECTS = 20
FEWEST_OBJECTS = 20
"""A frame with fewer objects does not tell how many of them a department drew that the caller does
not see: whom it will visit is not known before the visit."""
MARK_ZH = "预演，不是抽取结果：所列对象由公开的固定密钥选出，与正式抽取无关。"
MARK_EN = "A preview, not the draw: its sample comes of a fixed public key and tells nothing."


@dataclass(frozen=True, slots=True)
class PartInput:
    """What a part would be drawn from: (code, stratum) of its frame, how many objects are left
    out by reason, how many a trigger lets in by directory, and its design."""

    part: DrawPart
    included: list[tuple[str, str]]
    excluded: dict[str, int]
    exceptions: dict[str, int]
    design: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """Another draw whose objects are still to be visited; `hidden` from the caller."""

    draw: Draw
    codes: set[str]
    hidden: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """How many objects each stratum has and is expected to give; `drawn` is what the dry run
    takes, which differs from the expectation in strata that share a total."""

    design: Design
    present: Mapping[str, int]
    expected: Mapping[str, Fraction]
    drawn: Mapping[str, int]


async def preview(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> DrawPreviewRead:
    """The figures of a draft from the registry as it stands, or of a frozen draw from its frame.

    The sample comes of T(id) of an open frame by the key of dry runs, in both states: so it stays
    the same from the draft to the frozen frame, whose salts do not exist before, and no ticket of
    it can be one of the draw.

    Raises NoPreview, PreviewOver, PlanLineNotFound, DepartmentNotVisible, FrameEmpty,
    ClassWithoutRate, and what the core says."""
    draw = await queries.get_draw(session, draw_id, attempt)
    if draw.stage != TARGET:
        raise NoPreview
    state = await last_state(session, draw)
    if state not in {DrawState.DRAFT, DrawState.FROZEN}:
        raise PreviewOver
    inputs = await _inputs(session, draw, state, caller=caller, now=now)
    async with as_departments(session, EVERY_DEPARTMENT, back=caller.scope):
        found = await get_open_draws(session, draw)
    others = [OpenDraw(one, codes, not _sees(caller, one)) for one, codes in found]
    return DrawPreviewRead(
        draw_id=draw.draw_id,
        attempt=draw.attempt,
        state=state.value,
        is_preview=True,
        zh=MARK_ZH,
        en=MARK_EN,
        parts=[await asyncio.to_thread(_described, draw, one, others) for one in inputs],
    )


def _sees(caller: Caller, draw: Draw) -> bool:
    return bool({EVERY_DEPARTMENT, draw.department_code} & set(caller.departments))


async def _inputs(
    session: AsyncSession, draw: Draw, state: DrawState, *, caller: Caller, now: datetime
) -> list[PartInput]:
    parts = await queries.get_parts(session, draw)
    lines = [await plans.get_line(session, part.plan_line_code) for part in parts]
    for line in lines:
        check_department(caller, line.department_code)
    if state is DrawState.FROZEN:
        return await _frozen_inputs(session, draw, parts)
    pooled = [await pools.target_pool(session, draw, line, now) for line in lines]
    return [
        PartInput(part, pool.included, _by_reason(pool), pool.exceptions, pool.design)
        for part, pool in zip(parts, pooled, strict=True)
    ]


def _by_reason(pool: pools.TargetPool) -> dict[str, int]:
    return dict(sorted(Counter(reason for _, reason, _ in pool.excluded).items()))


async def _frozen_inputs(
    session: AsyncSession, draw: Draw, parts: Sequence[DrawPart]
) -> list[PartInput]:
    details = (await queries.get_step(session, draw, DrawState.FROZEN)).details
    described = details.get("parts", [details])
    names = [f"{part.folder}frame.tsv" for part in parts]
    frames = await queries.get_files(session, draw, names)
    return [
        PartInput(
            part,
            await asyncio.to_thread(_rows, frames[name]),
            one["excluded"]["by_reason"],
            one.get("exceptions", {}),
            one["design"],
        )
        for part, name, one in zip(parts, names, described, strict=True)
    ]


def _rows(frame: bytes) -> list[tuple[str, str]]:
    """(code, stratum) of a sealed frame, without its salts."""
    return [
        (code.decode("ascii"), stratum.decode("ascii"))
        for code, stratum, *_ in scan_frame(frame, sealed=True)
    ]


def _described(draw: Draw, given: PartInput, others: Iterable[OpenDraw]) -> PreviewPart:
    shares = _shares(draw, given)
    strata = [_stratum(shares, name) for name in sorted(shares.drawn)]
    totals = _totals(shares)
    return PreviewPart(
        name=given.part.name,
        plan_line_code=given.part.plan_line_code,
        strata=strata,
        shared_totals=totals,
        total=_figures(strata, totals),
        excluded=given.excluded,
        exceptions=given.exceptions,
        sample=_sample(draw.alg, given.included, shares.drawn),
        overlap=[_overlap(one, given.included, shares) for one in others],
    )


def _shares(draw: Draw, given: PartInput) -> Shares:
    present = Counter(stratum for _, stratum in given.included)
    design = check_design(given.design, present)
    drawn = counts(design, present, draw.alg, dryrun_key(draw.alg), draw.scope)
    expected = {name: Fraction(n) for name, n in drawn.items()}
    for listed in design.cells:
        expected |= {cell: present[cell] * Fraction(*listed.ratio) for cell in listed.cells}
    return Shares(design, present, expected, drawn)


def _stratum(shares: Shares, name: str) -> PreviewStratum:
    expected = shares.expected[name]
    shared = any(name in listed.cells for listed in shares.design.cells)
    return PreviewStratum(
        stratum=name,
        count=shares.present.get(name, 0),
        rate=shares.design.rate_of()[name],
        drawn=None if shared else shares.drawn[name],
        expected=str(expected),
        at_least=floor(expected),
        at_most=ceil(expected),
    )


def _totals(shares: Shares) -> list[PreviewTotal]:
    """The total of a list is floor or ceil of its exact share (draw-spec 6)."""
    made = []
    for listed in shares.design.cells:
        count = sum(shares.present.get(cell, 0) for cell in listed.cells)
        expected = count * Fraction(*listed.ratio)
        made.append(
            PreviewTotal(
                total=listed.total,
                count=count,
                rate=listed.rate,
                expected=str(expected),
                at_least=floor(expected),
                at_most=ceil(expected),
            )
        )
    return made


def _figures(strata: Sequence[PreviewStratum], totals: Sequence[PreviewTotal]) -> PreviewFigures:
    alone = sum(one.drawn for one in strata if one.drawn is not None)
    least = alone + sum(one.at_least for one in totals)
    most = alone + sum(one.at_most for one in totals)
    return PreviewFigures(
        count=sum(one.count for one in strata),
        drawn=least if least == most else None,
        expected=str(sum((Fraction(one.expected) for one in totals), start=Fraction(alone))),
        at_least=least,
        at_most=most,
    )


def _sample(
    alg: str, included: Iterable[tuple[str, str]], drawn: Mapping[str, int]
) -> list[PreviewObject]:
    shown = {name: min(n, SHOWN_OBJECTS) for name, n in drawn.items()}
    heads = smallest_tickets(
        write_frame(included, salt_key_hex=None),
        sealed=False,
        ticket=ticket_function(alg, dryrun_key(alg)),
        wanted={name: max(n, 1) for name, n in shown.items()},
    )
    ranked = sorted(
        (rank, name, code.decode("ascii"))
        for name, n in shown.items()
        for rank, (_, code) in enumerate(heads[name][:n], start=1)
    )
    return [
        PreviewObject(is_preview=True, stratum=name, rank=rank, object_code=code)
        for rank, name, code in ranked[:SHOWN_OBJECTS]
    ]


def _overlap(
    other: OpenDraw, included: Sequence[tuple[str, str]], shares: Shares
) -> PreviewOverlap:
    met = Counter(stratum for code, stratum in included if code in other.codes)
    again = sum(
        (n * shares.expected[name] / shares.present[name] for name, n in met.items()),
        start=Fraction(0),
    )
    told = not other.hidden or len(included) >= FEWEST_OBJECTS
    return PreviewOverlap(
        draw_id=other.draw.draw_id,
        plan_line_code=other.draw.plan_line_code,
        department_code=other.draw.department_code,
        objects_in_frame=met.total() if told else None,
        expected_again=_two_decimals(again) if told else None,
    )


def _two_decimals(value: Fraction) -> str:
    """Rounded half up, in integers alone."""
    p, q = value.as_integer_ratio()
    whole, hundredths = divmod((200 * p + q) // (2 * q), 100)
    return f"{whole}.{hundredths:02d}"
