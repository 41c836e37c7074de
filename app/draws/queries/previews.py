"""Which objects are drawn already and still to be visited, for the previews of further draws."""

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.models import Draw, DrawChange, DrawChangeDecision, DrawFile
from app.draws.queries.attempts import has_step
from app.draws.queries.lists import get_selected
from app.draws.states import DrawState
from app.sampling.openlot1.commitment import TARGET

PUBLISHED = r"^(parts/[^/]+/)?published\.tsv$"
"""The drawn codes of a draw or of its parts; what amendments drew lies in folders of its own."""
Attempt = tuple[str, int]


async def get_open_draws(session: AsyncSession, draw: Draw) -> list[tuple[Draw, set[str]]]:
    """The other real target draws that were made and are neither voided nor closed, by id, each
    with the codes on its list as it stands. Of the departments that the transaction sees."""
    query = _select_open(draw)
    found = list(await session.scalars(query.order_by(Draw.draw_id)))
    lists: dict[Attempt, set[str]] = {(one.draw_id, one.attempt): set() for one in found}
    place = (DrawFile.draw_id, DrawFile.attempt)
    attempts = query.with_only_columns(Draw.draw_id, Draw.attempt)
    files = await session.execute(
        select(*place, DrawFile.data).where(
            tuple_(*place).in_(attempts),
            DrawFile.name.regexp_match(PUBLISHED),
        )
    )
    for draw_id, attempt, data in files:
        # A draw that was made since the first question is left for the next preview.
        lists.get((draw_id, attempt), set()).update(data.decode("ascii").split())
    changed = await find_changed(session, attempts)
    for one in found:
        if (one.draw_id, one.attempt) in changed:
            listed = await get_selected(session, one)
            lists[one.draw_id, one.attempt] = {line.object_code for line in listed}
    return [(one, lists[one.draw_id, one.attempt]) for one in found]


def _select_open(draw: Draw) -> Select[Draw]:
    return select(Draw).where(
        Draw.stage == TARGET,
        Draw.purpose == "real",
        Draw.draw_id != draw.draw_id,
        has_step(DrawState.DRAWN),
        ~has_step(DrawState.VOIDED),
        ~has_step(DrawState.CLOSED),
    )


async def find_changed(session: AsyncSession, attempts: Select[str, int]) -> set[Attempt]:
    """Which of these attempts had their list amended or substituted in."""
    place = (DrawChange.draw_id, DrawChange.attempt)
    rows = await session.execute(
        select(*place)
        .join(DrawChangeDecision, DrawChangeDecision.change_id == DrawChange.id)
        .where(
            DrawChangeDecision.decision == "approved",
            tuple_(*place).in_(attempts),
        )
        .distinct()
    )
    return {(draw_id, attempt) for draw_id, attempt in rows}
