"""What of the draws the public may see now. Draws are rows of departments, so every function here
needs to see all of them, and gives out only what is public at this moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pagination import PageQuery, decode_cursor, encode_cursor
from app.draws import queries as draws
from app.draws.errors import DrawNotFound, NotDrawn
from app.draws.models import Draw, DrawStep
from app.draws.states import DrawState
from app.publication.errors import NotPublic
from app.publication.schemas import PublicDrawPage, PublicDrawRead
from app.tasks import queries as tasks
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
    counted = await session.execute(
        select(Draw.draw_id, func.count())
        .where(Draw.draw_id.in_({draw.draw_id for draw, _ in rows}))
        .group_by(Draw.draw_id)
    )
    attempts = dict(counted.all())
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
        )
        for draw, step in rows
    ]


async def get_commitment(session: AsyncSession, draw_id: str, attempt: int) -> bytes:
    """commitment.json, byte for byte; public as soon as it is in the log.

    Raises NotPublic."""
    place = (Draw.draw_id == draw_id, Draw.attempt == attempt)
    draw = await session.scalar(select_committed().where(*place))
    if draw is None:
        raise NotPublic
    return await draws.get_file(session, draw, "commitment.json")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether the public bundle of a draw is out. `task` is the task that uses the draw."""

    task: InspectionTask | None
    public: bool


async def evidence_state(session: AsyncSession, draw_id: str, now: datetime) -> Evidence:
    task = await session.scalar(
        select(InspectionTask).where(InspectionTask.target_draw_id == draw_id)
    )
    if task is None:
        return Evidence(None, public=False)
    moment = await tasks.disclosure_moment(session, task, now)
    return Evidence(task, public=moment is not None)


async def get_public_bundle(
    session: AsyncSession, draw_id: str, attempt: int, now: datetime
) -> bytes:
    """The public evidence of a target draw, from the disclosure moment of its task on.

    Raises NotPublic."""
    if not (await evidence_state(session, draw_id, now)).public:
        raise NotPublic
    try:
        draw = await draws.get_draw(session, draw_id, attempt)
        return await draws.get_bundle(session, draw, "public")
    except (DrawNotFound, NotDrawn):
        raise NotPublic from None
