"""What of the draws the public may see now. Draws are rows of departments, so every function here
needs to see all of them, and gives out only what is public at this moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.pagination import PageQuery, decode_cursor, encode_cursor
from app.draws import queries as draws
from app.draws.errors import DrawNotFound, NoPublicBundle, NotDrawn
from app.draws.models import Draw, DrawStep
from app.draws.states import DrawState
from app.publication.errors import NotPublic
from app.publication.queries import calendar
from app.publication.schemas import PublicDrawDetailRead, PublicDrawPage, PublicDrawRead
from app.tasks.models import InspectionTask

Committed = Select[Draw, DrawStep]


def select_committed() -> Committed:
    """Attempts whose commitment is in the log, each with that step."""
    step = and_(
        DrawStep.draw_id == Draw.draw_id,
        DrawStep.attempt == Draw.attempt,
        DrawStep.state == DrawState.COMMITTED.value,
    )
    return select(Draw, DrawStep).join(DrawStep, step)


async def draws_page(session: AsyncSession, page: PageQuery) -> PublicDrawPage:
    """Committed attempts by draw and attempt.

    Raises CursorInvalid."""
    place = (Draw.draw_id, Draw.attempt)
    query = select_committed()
    if page.after is not None:
        query = query.where(tuple_(*place) > tuple(decode_cursor(page.after, [str, int])))
    items = await read_committed(session, query.order_by(*place).limit(page.limit + 1))
    shown = items[: page.limit]
    more = len(items) > page.limit
    after = encode_cursor([shown[-1].draw_id, shown[-1].attempt]) if more else None
    return PublicDrawPage(items=shown, next=after)


async def newest_draws(session: AsyncSession, *, limit: int) -> list[PublicDrawRead]:
    newest = (DrawStep.taken_at.desc(), Draw.draw_id, Draw.attempt)
    return await read_committed(session, select_committed().order_by(*newest).limit(limit))


async def draws_of_task(session: AsyncSession, task: InspectionTask) -> list[PublicDrawRead]:
    """The draws of a task's objects and officers, those of substitutes included."""
    of_task = or_(
        Draw.draw_id.in_([task.target_draw_id, task.inspector_draw_id]),
        Draw.mends_draw_id == task.inspector_draw_id,
    )
    query = select_committed().where(of_task).order_by(DrawStep.taken_at, Draw.draw_id)
    return await read_committed(session, query)


async def attempts_of(session: AsyncSession, draw_id: str) -> list[PublicDrawRead]:
    """The committed attempts of a draw."""
    query = select_committed().where(Draw.draw_id == draw_id).order_by(Draw.attempt)
    return await read_committed(session, query)


async def read_committed(session: AsyncSession, query: Committed) -> list[PublicDrawRead]:
    rows = (await session.execute(query)).all()
    named = {draw.draw_id for draw, _ in rows}
    counted = await session.execute(
        select(Draw.draw_id, func.count()).where(Draw.draw_id.in_(named)).group_by(Draw.draw_id)
    )
    attempts = dict(counted.all())
    voids = await _voids(session, named)
    twins = await _twins(session, named)
    return [
        PublicDrawRead(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            attempts=attempts[draw.draw_id],
            stage=draw.stage,
            purpose=draw.purpose,
            cd=step.details["cd"],
            committed_at=step.taken_at,
            not_before=datetime.fromisoformat(step.details["not_before"]),
            same_population=twins.get((draw.draw_id, draw.attempt), []),
            **_told(voids.get((draw.draw_id, draw.attempt))),
        )
        for draw, step in rows
    ]


async def _voids(session: AsyncSession, named: set[str]) -> dict[tuple[str, int], DrawStep]:
    """The voids of some draws, by draw and attempt."""
    found = await session.scalars(
        select(DrawStep).where(
            DrawStep.draw_id.in_(named), DrawStep.state == DrawState.VOIDED.value
        )
    )
    return {(step.draw_id, step.attempt): step for step in found}


def _told(void: DrawStep | None) -> dict[str, Any]:
    """What the public learns of a void at once; its content comes later (draw-spec 9)."""
    return {
        "voided_at": void and void.taken_at,
        "void_reason": void and void.details["reason"],
        "voided_from": void and void.details["from"],
    }


async def _twins(session: AsyncSession, named: set[str]) -> dict[tuple[str, int], list[str]]:
    """The voided draws whose frozen list held the very same objects as an attempt of another."""
    other, void = aliased(DrawStep), aliased(DrawStep)
    population = "population"
    rows = await session.execute(
        select(DrawStep.draw_id, DrawStep.attempt, other.draw_id)
        .join(other, other.details[population].astext == DrawStep.details[population].astext)
        .join(void, and_(void.draw_id == other.draw_id, void.attempt == other.attempt))
        .where(
            DrawStep.draw_id.in_(named),
            DrawStep.state == DrawState.FROZEN.value,
            other.state == DrawState.FROZEN.value,
            other.draw_id != DrawStep.draw_id,
            void.state == DrawState.VOIDED.value,
        )
        .distinct()
        .order_by(DrawStep.draw_id, DrawStep.attempt, other.draw_id)
    )
    found: dict[tuple[str, int], list[str]] = {}
    for draw_id, attempt, twin in rows:
        found.setdefault((draw_id, attempt), []).append(twin)
    return found


async def get_commitment(session: AsyncSession, draw_id: str, attempt: int) -> bytes:
    """commitment.json, byte for byte; public as soon as it is in the log.

    Raises NotPublic."""
    place = (Draw.draw_id == draw_id, Draw.attempt == attempt)
    draw = await session.scalar(select_committed().where(*place))
    if draw is None:
        raise NotPublic
    return await draws.get_file(session, draw, "commitment.json")


async def get_attempt(
    session: AsyncSession, draw_id: str, attempt: int, now: datetime
) -> PublicDrawDetailRead:
    """A committed attempt with its calendar.

    Raises NotPublic, RuleMissing."""
    place = (Draw.draw_id == draw_id, Draw.attempt == attempt)
    found = await read_committed(session, select_committed().where(*place))
    if not found:
        raise NotPublic
    openings = await get_openings(session, draw_id, now)
    entries = calendar.calendar_of(found[0], openings)
    return PublicDrawDetailRead(**found[0].model_dump(), calendar=entries)


async def get_openings(session: AsyncSession, draw_id: str, now: datetime) -> calendar.Openings:
    """When what a draw holds becomes public.

    Raises NotPublic, RuleMissing."""
    try:
        draw = await draws.last_attempt(session, draw_id)
    except DrawNotFound:
        raise NotPublic from None
    return await calendar.read_openings(session, draw, now)


async def get_public_bundle(
    session: AsyncSession, draw_id: str, attempt: int, now: datetime
) -> bytes:
    """The public evidence of a target draw, from the moment on that its calendar names.

    Raises NotPublic."""
    openings = await get_openings(session, draw_id, now)
    if not openings.is_open(now):
        raise NotPublic
    try:
        draw = await draws.get_draw(session, draw_id, attempt)
        return await draws.get_bundle(session, draw, "public")
    except (DrawNotFound, NotDrawn, NoPublicBundle):
        raise NotPublic from None
