"""The steps of a draw. No rule of the draw lives here: rows become keys, the core draws, keys
become files."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.draws import files, queries
from app.draws.errors import (
    ALREADY,
    NEEDS,
    FrameEmpty,
    NotBeforePast,
    RolesTooFew,
    SeedTooEarly,
    SourceMismatch,
)
from app.draws.models import Draw, DrawFile, DrawStep
from app.draws.schemas import (
    CommitmentCreate,
    DiceValue,
    DrawCreate,
    DrawEvent,
    SeedCreate,
    SeedValue,
)
from app.draws.states import BEFORE, DrawState, order
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import CreditClass, ObjectStatus
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd as commitment_digest
from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.design import check_design
from app.sampling.openlot1.excluded import excluded_digest, write_excluded
from app.sampling.openlot1.frame import digest_and_counts, write_frame
from app.sampling.openlot1.seed import build_seed_txt, parse_seed_txt
from app.sampling.openlot1.target import draw_target

GONE = {
    ObjectStatus.DEREGISTERED.value: "注销",
    ObjectStatus.REVOKED.value: "吊销",
    ObjectStatus.CANCELLED.value: "撤销",
}
MINIMUM_ROLES = 3


async def create_draw(
    session: AsyncSession, body: DrawCreate, *, caller: Caller, now: datetime
) -> Draw:
    """Begin the target draw of a plan line."""
    line = await plans.get_line(session, body.plan_line_code)
    check_department(caller, line.department_code)
    draw_id = f"{line.code}-T{body.round}"
    draw = Draw(
        draw_id=draw_id,
        attempt=1,
        department_code=line.department_code,
        plan_line_code=line.code,
        stage="target",
        round=body.round,
        purpose=body.purpose,
        alg=body.alg,
        scope=draw_id,
    )
    session.add(draw)
    await session.flush()
    await _take_step(session, draw, DrawState.DRAFT, {}, caller=caller, now=now)
    return draw


async def freeze(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Freeze the frame 冻结名单: from here on, changes of the registry do not touch this draw.

    Raises FrameEmpty, ClassWithoutRate, and what the core says of the design."""
    draw = await _at(session, draw_id, attempt, DrawState.FROZEN, caller)
    line = await plans.get_line(session, draw.plan_line_code)
    included, excluded = await _pool(session, line, now)
    if not included:
        raise FrameEmpty
    design = files.design_of(line, {stratum for _, stratum in included})
    salt_key = secrets.token_hex(32)
    frame = await asyncio.to_thread(write_frame, included, salt_key_hex=salt_key)
    left_out = await asyncio.to_thread(write_excluded, excluded, salt_key_hex=salt_key)
    digest, counts = await asyncio.to_thread(digest_and_counts, frame, sealed=True)
    check_design(design, counts)
    left_out_digest = await asyncio.to_thread(excluded_digest, left_out, sealed=True)
    details = {
        "frame": asdict(digest) | {"sealed": True},
        "excluded": asdict(left_out_digest) | {"by_reason": dict(left_out_digest.by_reason)},
        "design": design,
        "counts": counts,
    }
    _keep(session, draw, {"frame.tsv": frame, "excluded.tsv": left_out})
    _keep(session, draw, {"salt.key": salt_key.encode()})
    published = {name: _digest_only(details[name]) for name in ("frame", "excluded")}
    await _take_step(
        session, draw, DrawState.FROZEN, details, caller=caller, now=now, published=published
    )
    return draw


def _digest_only(details: Any) -> dict[str, Any]:
    return {name: details[name] for name in ("sha256", "root", "count")}


async def _pool(
    session: AsyncSession, line: PlanLine, now: datetime
) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Every object of the registry query is in exactly one of the two lists: (code, stratum)
    to draw from, (code, reason, evidence) left out."""
    query = registry.select_objects(line.department_code, line.regions, line.industries)
    classes = {
        record.object_code: record.credit_class
        for record in await session.scalars(
            registry.select_classes(line.department_code, now.date())
        )
    }
    included, excluded = [], []
    for one in await session.scalars(query):
        if line.kinds and one.kind not in line.kinds:
            continue
        if one.status in GONE:
            excluded.append((one.code, "deregistered", f"登记状态：{GONE[one.status]}"))
            continue
        stratum = classes.get(one.code, CreditClass.U.value)
        included.append((one.code, f"{stratum}/{one.region_code}" if line.by_region else stratum))
    return included, excluded


async def commit(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: CommitmentCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Log the commitment 登记承诺: frame, design, code and sources, before any seed exists."""
    draw = await _at(session, draw_id, attempt, DrawState.COMMITTED, caller)
    not_before = body.not_before.astimezone(UTC).replace(microsecond=0)
    if not_before <= now:
        raise NotBeforePast(pointer="/not_before")
    frozen = (await queries.get_step(session, draw, DrawState.FROZEN)).details
    line = await plans.get_line(session, draw.plan_line_code)
    data = canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": draw.draw_id,
            "attempt": draw.attempt,
            "stage": draw.stage,
            "alg": draw.alg,
            "purpose": draw.purpose,
            "frame": frozen["frame"],
            "excluded": frozen["excluded"],
            "design": frozen["design"],
            "code": {"version": version("openlot"), "sha256": files.code_digest()},
            "plan": {"ref": line.code, "sha256": files.plan_digest(line)},
            "scope": draw.scope,
            "sources": [files.source_params(source) for source in body.sources],
            "not_before": not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fallback": body.fallback,
            "previous": None,
        }
    )
    parse_commitment(data)
    _keep(session, draw, {"commitment.json": data})
    digest = commitment_digest(data)
    await _take_step(
        session,
        draw,
        DrawState.COMMITTED,
        {"cd": digest, "not_before": not_before.isoformat()},
        caller=caller,
        now=now,
        published={"cd": digest},
    )
    return draw


async def set_seed(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: SeedCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Take the values of the sources 产生种子. One commitment has one seed.

    Raises SeedTooEarly, SourceMismatch, RolesTooFew, and what the core says of a value."""
    draw = await _at(session, draw_id, attempt, DrawState.SEEDED, caller)
    data = await queries.get_file(session, draw, "commitment.json")
    commitment = parse_commitment(data)
    if now < datetime.strptime(commitment.not_before, "%Y-%m-%dT%H:%M:%S%z"):
        raise SeedTooEarly(not_before=commitment.not_before)
    expected = [source.type for source in commitment.sources]
    if [value.type for value in body.sources] != expected:
        raise SourceMismatch(pointer="/sources", expected=", ".join(expected))
    _check_roles(body.sources)
    digest = commitment_digest(data)
    lines = [f"{value.type}:{value.value}" for value in body.sources]
    seed_txt = build_seed_txt(digest, lines)
    parse_seed_txt(seed_txt, commitment, digest)
    _keep(session, draw, {"seed.txt": seed_txt, **files.source_files(lines, body.sources)})
    await _take_step(
        session,
        draw,
        DrawState.SEEDED,
        {"cd": digest, "sources": expected},
        caller=caller,
        now=now,
        published={"cd": digest},
    )
    return draw


def _check_roles(values: Sequence[SeedValue]) -> None:
    for place, value in enumerate(values):
        if isinstance(value, DiceValue):
            roles = {signatory.role for signatory in value.minutes.signed_by}
            if len(roles) < MINIMUM_ROLES:
                raise RolesTooFew(pointer=f"/sources/{place}/minutes/signed_by")


async def make_draw(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Draw 抽取: a pure function of frame, commitment and seed; its digest goes into the log."""
    draw = await _at(session, draw_id, attempt, DrawState.DRAWN, caller)
    inputs = await queries.get_files(session, draw, ["frame.tsv", "commitment.json", "seed.txt"])
    result = await asyncio.to_thread(
        draw_target, inputs["frame.tsv"], inputs["commitment.json"], inputs["seed.txt"]
    )
    _keep(session, draw, files.result_files(result))
    parsed = canonical.loads(result.result_json)
    digest = sha256(result.result_json).hexdigest()
    details = {
        "cd": result.cd,
        "result": digest,
        "strata": [
            {"stratum": s.stratum, "count": s.count, "rate": s.rate, "drawn": s.drawn}
            for s in result.strata
        ],
        "selected": parsed["selected"],
        "published": parsed["published"],
    }
    await _take_step(
        session,
        draw,
        DrawState.DRAWN,
        details,
        caller=caller,
        now=now,
        published={"cd": result.cd, "result": digest, "published": parsed["published"]},
    )
    return draw


async def _at(
    session: AsyncSession, draw_id: str, attempt: int, wanted: DrawState, caller: Caller
) -> Draw:
    """The draw, locked, if its next step may be `wanted`."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:draw, :attempt))"),
        {"draw": draw_id, "attempt": attempt},
    )
    draw = await queries.get_draw(session, draw_id, attempt)
    check_department(caller, draw.department_code)
    steps = await queries.get_steps(session, draw)
    reached = order(DrawState(steps[-1].state))
    if reached >= order(wanted):
        raise ALREADY[wanted]
    if reached < order(wanted) - 1:
        raise NEEDS[BEFORE[wanted]]
    return draw


def _keep(session: AsyncSession, draw: Draw, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        session.add(
            DrawFile(
                draw_id=draw.draw_id,
                attempt=draw.attempt,
                name=name,
                department_code=draw.department_code,
                data=data,
            )
        )


async def _take_step(
    session: AsyncSession,
    draw: Draw,
    state: DrawState,
    details: dict[str, Any],
    *,
    caller: Caller,
    now: datetime,
    published: dict[str, Any] | None = None,
) -> None:
    """Add a step with its event; `published` goes into the public log beside the draw's name."""
    named = {"draw_id": draw.draw_id, "attempt": draw.attempt, "stage": draw.stage}
    event = events.record(
        session,
        kind=f"draw.{state.value}",
        subject=f"draw/{draw.draw_id}/{draw.attempt}",
        department=draw.department_code,
        payload=DrawEvent(
            draw_id=draw.draw_id, attempt=draw.attempt, state=state, taken_at=now, details=details
        ),
        caller=caller,
        at=now,
        published=None if published is None else named | published,
    )
    await session.flush()
    session.add(
        DrawStep(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            state=state.value,
            state_before=BEFORE.get(state),
            department_code=draw.department_code,
            details=details,
            event_id=event.id,
            taken_at=now,
            taken_by=caller.key_id,
        )
    )
    await session.flush()
