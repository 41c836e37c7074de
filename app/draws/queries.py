"""Reading draws."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Select, and_, extract, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.events import Event
from app.core.pagination import CursorInvalid, PageQuery, decode_cursor, encode_cursor
from app.draws.errors import (
    NEEDS,
    DrawNotFound,
    NoPublicBundle,
    NotDrawn,
)
from app.draws.models import (
    Draw,
    DrawFile,
    DrawnSeat,
    DrawStep,
    OpenSeat,
)
from app.draws.schemas import SeatPage, SeatRead, SelectedPage, SelectedRead
from app.draws.states import DrawState, order
from app.ledger import queries as ledger
from app.ledger.models import LedgerCheckpoint, LedgerEntry
from app.sampling import members as standing
from app.sampling.openlot1 import canonical, evidence, log, note
from app.sampling.openlot1.commitment import TARGET
from app.sampling.openlot1.seed import key, seed


def select_draws() -> Select[Draw]:
    return select(Draw)


async def get_draw(session: AsyncSession, draw_id: str, attempt: int) -> Draw:
    found = await session.get(Draw, (draw_id, attempt))
    if found is None:
        raise DrawNotFound(draw_id=draw_id, attempt=attempt)
    return found


async def get_steps(session: AsyncSession, draw: Draw) -> list[DrawStep]:
    """The steps taken, in order."""
    found = await session.scalars(
        select(DrawStep).where(DrawStep.draw_id == draw.draw_id, DrawStep.attempt == draw.attempt)
    )
    return sorted(found, key=lambda step: order(DrawState(step.state)))


async def get_file(session: AsyncSession, draw: Draw, name: str) -> bytes:
    return (await get_files(session, draw, [name]))[name]


async def get_files(session: AsyncSession, draw: Draw, names: Iterable[str]) -> dict[str, bytes]:
    found = await session.execute(
        select(DrawFile.name, DrawFile.data).where(
            DrawFile.draw_id == draw.draw_id,
            DrawFile.attempt == draw.attempt,
            DrawFile.name.in_(list(names)),
        )
    )
    return dict(found.all())


async def get_source_files(session: AsyncSession, draw: Draw) -> dict[str, bytes]:
    """sources/N-TYPE.json of an attempt."""
    found = await session.execute(
        select(DrawFile.name, DrawFile.data)
        .where(
            DrawFile.draw_id == draw.draw_id,
            DrawFile.attempt == draw.attempt,
            DrawFile.name.startswith("sources/"),
        )
        .order_by(DrawFile.name)
    )
    return dict(found.all())


async def get_step(session: AsyncSession, draw: Draw, state: DrawState) -> DrawStep:
    found = await session.get(DrawStep, (draw.draw_id, draw.attempt, state.value))
    if found is None:
        raise NEEDS[state]
    return found


async def get_log_proofs(session: AsyncSession, draw: Draw) -> dict[str, bytes]:
    """The members log/*.proof: each step's entry in the tree of the transaction that drew, and
    that the tree of the commitment is a prefix of it."""
    places = await _places(session, draw)
    final = await _checkpoint_after(session, places[DrawState.DRAWN])
    committed = await _checkpoint_after(session, places[DrawState.COMMITTED])
    members = {}
    for state, index in places.items():
        entry = await ledger.get_entry(session, index)
        proof = note.Proof(
            index=index,
            path=tuple(await ledger.inclusion_path(session, index, final.size)),
            entry=entry.full_data.encode(),
            checkpoint=final.note,
        )
        members[f"log/{state.value}.proof"] = note.format_proof(proof).encode()
    path = await ledger.consistency_path(session, committed.size, final.size)
    members["log/consistency.proof"] = log.format_consistency(
        committed.size, final.size, path, committed.note
    ).encode()
    return members


async def _places(session: AsyncSession, draw: Draw) -> dict[DrawState, int]:
    rows = await session.execute(
        select(DrawStep.state, LedgerEntry.index)
        .join(Event, Event.id == DrawStep.event_id)
        .join(LedgerEntry, LedgerEntry.event_id == Event.id)
        .where(
            DrawStep.draw_id == draw.draw_id,
            DrawStep.attempt == draw.attempt,
            DrawStep.state != DrawState.DRAFT,
        )
        .order_by(LedgerEntry.index)
    )
    return {DrawState(state): index for state, index in rows}


async def _checkpoint_after(session: AsyncSession, index: int) -> LedgerCheckpoint:
    """The checkpoint of the transaction that appended this entry."""
    found = await session.scalar(
        select(LedgerCheckpoint)
        .where(LedgerCheckpoint.size > index)
        .order_by(LedgerCheckpoint.size)
        .limit(1)
    )
    assert found is not None  # noqa: S101 -- an entry and its checkpoint are one transaction
    return found


async def get_drawn_objects(session: AsyncSession, target_draw_id: str) -> list[str]:
    """The codes that a target draw drew, sorted.

    Raises NotDrawn."""
    data = await session.scalar(
        select(DrawFile.data)
        .where(DrawFile.draw_id == target_draw_id, DrawFile.name == "published.tsv")
        .order_by(DrawFile.attempt.desc())
        .limit(1)
    )
    if data is None:
        raise NotDrawn
    return data.decode().splitlines()


async def get_seats(session: AsyncSession, inspector_draw_id: str) -> list[DrawnSeat]:
    """Who holds each seat now, by object, department and seat."""
    place = (DrawnSeat.object_code, DrawnSeat.department_code, DrawnSeat.seat)
    return list(
        await session.scalars(
            select(DrawnSeat)
            .where(DrawnSeat.inspector_draw_id == inspector_draw_id)
            .ext(distinct_on(*place))
            .order_by(*place, DrawnSeat.turn.desc())
        )
    )


async def get_loads(session: AsyncSession, departments: Sequence[str], year: int) -> dict[str, int]:
    """Seats that each officer of these departments was drawn for in a year and still holds."""
    place = (
        DrawnSeat.inspector_draw_id,
        DrawnSeat.object_code,
        DrawnSeat.department_code,
        DrawnSeat.seat,
    )
    held = (
        select(DrawnSeat.staff_no)
        .where(
            DrawnSeat.department_code.in_(departments),
            extract("year", DrawnSeat.drawn_at) == year,
        )
        .ext(distinct_on(*place))
        .order_by(*place, DrawnSeat.turn.desc())
        .subquery()
    )
    counted = select(held.c.staff_no, func.count()).group_by(held.c.staff_no)
    return dict((await session.execute(counted)).all())


async def find_drawn_attempt(session: AsyncSession, draw_id: str) -> Draw | None:
    """The attempt of a draw that has a result, if one has."""
    return await session.scalar(
        select(Draw)
        .join(DrawStep, and_(DrawStep.draw_id == Draw.draw_id, DrawStep.attempt == Draw.attempt))
        .where(Draw.draw_id == draw_id, DrawStep.state == DrawState.DRAWN)
        .order_by(Draw.attempt.desc())
        .limit(1)
    )


async def next_replacement_number(session: AsyncSession, inspector_draw_id: str) -> int:
    last = await session.scalar(
        select(func.max(Draw.replacement)).where(Draw.mends_draw_id == inspector_draw_id)
    )
    return (last or 0) + 1


async def get_leavers(session: AsyncSession, inspector_draw_id: str) -> list[tuple[str, str]]:
    """Who ever left a seat of an inspector draw: (object, staff number). They do not come back to
    that object by a later draw."""
    found = await session.execute(
        select(OpenSeat.object_code, OpenSeat.staff_no).where(
            OpenSeat.inspector_draw_id == inspector_draw_id
        )
    )
    return [(code, staff_no) for code, staff_no in found]


async def get_open_seats(session: AsyncSession, draw: Draw) -> list[OpenSeat]:
    """The seats that a replacement draw fills, by object, department and seat."""
    return list(
        await session.scalars(
            select(OpenSeat)
            .where(OpenSeat.draw_id == draw.draw_id)
            .order_by(OpenSeat.object_code, OpenSeat.department_code, OpenSeat.seat)
        )
    )


T = TypeVar("T")
BUNDLED = {
    ("target", "audit"): (
        "commitment.json",
        "frame.tsv",
        "excluded.tsv",
        "seed.txt",
        "selected.tsv",
        "reserves.tsv",
        "result.json",
    ),
    ("target", "public"): ("commitment.json", "seed.txt", "published.tsv"),
    ("inspector", "audit"): (
        "commitment.json",
        "assignment.json",
        "seed.txt",
        "assignment.tsv",
        "result.json",
    ),
}
"""The files of each bundle beside sources and log. An inspector draw has no public bundle: its
input tells who is qualified for what, and which officers have an interest in which object."""


async def get_bundle(session: AsyncSession, draw: Draw, profile: str) -> bytes:
    """The evidence bundle of a draw that was made (draw-spec 9), the same bytes every time.

    `audit` holds everything; `public` no class and no name of a person."""
    await get_step(session, draw, DrawState.DRAWN)
    audit = profile == "audit"
    wanted = BUNDLED.get((draw.stage, profile))
    if wanted is None:
        raise NoPublicBundle
    members = await get_files(session, draw, wanted)
    for name, data in (await get_source_files(session, draw)).items():
        members[name] = data if audit else without_names(data)
    members |= await get_log_proofs(session, draw)
    return await asyncio.to_thread(_bundle, members)


def _bundle(members: dict[str, bytes]) -> bytes:
    commitment = canonical.loads(members["commitment.json"])
    alg = commitment["alg"]
    its_seed = seed(alg, members["seed.txt"])
    purpose = TARGET if commitment["stage"] == TARGET else "seat"
    members["verify.py"] = standing.verify_py()
    members["VERIFY.md"] = standing.verify_md(
        commitment=commitment,
        seed=its_seed,
        key=key(alg, its_seed, purpose, commitment["scope"]),
        example=_example(members),
        public="result.json" not in members,
    )
    return evidence.write_bundle(members)


def _example(members: dict[str, bytes]) -> standing.TicketExample | None:
    """The ticket of the first drawn object, or of the first seat."""
    if members.get("assignment.tsv"):
        *subject, ticket = _first_line(members["assignment.tsv"])
        return standing.TicketExample("|".join(subject), ticket)
    if not members.get("selected.tsv"):
        return None
    _, _, object_id, ticket = _first_line(members["selected.tsv"])
    frame = b"\n" + members["frame.tsv"]
    start = frame.index(f"\n{object_id}\t".encode()) + 1
    line = frame[start : frame.index(b"\n", start)].decode()
    return standing.TicketExample(object_id, ticket, line.split("\t")[2])


def _first_line(data: bytes) -> list[str]:
    return data.partition(b"\n")[0].decode().split("\t")


def without_names(source: bytes) -> bytes:
    """The evidence of a source with the roles of those who signed, without their names."""
    value = canonical.loads(source)
    for signatory in value["evidence"].get("minutes", {}).get("signed_by", []):
        del signatory["name"]
    return canonical.dumps(value)


def selected_page(selected: bytes, page: PageQuery) -> SelectedPage:
    """A page of selected.tsv."""
    lines, after = _slice(selected.decode().splitlines(), page)
    return SelectedPage(
        items=[
            SelectedRead(stratum=s, rank=int(rank), object_code=code, ticket=ticket)
            for s, rank, code, ticket in (line.split("\t") for line in lines)
        ],
        next=after,
    )


def seat_page(seats: list[DrawnSeat], page: PageQuery) -> SeatPage:
    """A page of seats."""
    shown, after = _slice(seats, page)
    return SeatPage(items=[SeatRead.model_validate(seat) for seat in shown], next=after)


def _slice(rows: list[T], page: PageQuery) -> tuple[list[T], str | None]:
    """A page of rows that never change; the cursor is the number of rows before it."""
    start = 0 if page.after is None else decode_cursor(page.after, [int])[0]
    if start < 0:
        raise CursorInvalid
    end = start + page.limit
    return rows[start:end], encode_cursor([end]) if end < len(rows) else None
