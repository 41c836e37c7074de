"""Drawn lists as they stand: what was drawn, then amended, then substituted (draw-spec 8)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.errors import NotDrawn
from app.draws.models import Draw, DrawPart
from app.draws.queries.attempts import find_drawn_part, get_files, get_parts, get_step
from app.draws.queries.changes import Approved, get_approved
from app.draws.schemas import CapExceptionRead
from app.draws.states import ChangeKind, DrawState
from app.sampling.openlot1 import canonical

EXCEPTIONS = "exceptions.json"
"""Who is in a part's frame because of a trigger; kept beside it, no member of the evidence."""


class Listed(NamedTuple):
    """A line of selected.tsv or reserves.tsv (draw-spec 6)."""

    stratum: str
    rank: int
    object_code: str
    ticket: str


class PartLists(NamedTuple):
    """What a part draws from now on: who is selected, in the order of selected.tsv, and the
    reserves that are left."""

    selected: list[Listed]
    reserves: list[Listed]


async def get_lists(session: AsyncSession, draw: Draw, part: DrawPart) -> PartLists:
    """The lists of a part with every approved change.

    Raises NotDrawn."""
    await get_step(session, draw, DrawState.DRAWN)
    approved = await get_approved(session, draw)
    folder = list_folder(part, approved)
    names = (f"{folder}selected.tsv", f"{folder}reserves.tsv")
    found = await get_files(session, draw, names)
    lists = PartLists(*(_parse(found[name]) for name in names))
    return _substituted(lists, part, approved)


def list_folder(part: DrawPart, approved: Sequence[Approved]) -> str:
    """Where the lists in force lie: those of the last amendment, or those of the draw."""
    amended = [
        int(one.details["amendment"])
        for one in approved
        if one.kind == ChangeKind.AMENDMENT and one.part == part.number
    ]
    return amendment_folder(part, amended[-1]) if amended else part.folder


def amendment_folder(part: DrawPart, number: int) -> str:
    """Where the files of an amendment lie; amendments are numbered over all parts."""
    return f"{part.folder}amendments/{number}/"


def _substituted(lists: PartLists, part: DrawPart, approved: Iterable[Approved]) -> PartLists:
    """Each substitution moves a reserve to the place of who left."""
    selected, reserves = lists
    for one in approved:
        if one.kind == ChangeKind.SUBSTITUTION and one.part == part.number:
            taken = one.details["substitute_code"]
            entered = [line for line in reserves if line.object_code == taken]
            reserves = [line for line in reserves if line.object_code != taken]
            stay = [line for line in selected if line.object_code != one.details["object_code"]]
            selected = sorted(stay + entered)
    return PartLists(selected, reserves)


def _parse(data: bytes) -> list[Listed]:
    return [
        Listed(stratum, int(rank), code, ticket)
        for stratum, rank, code, ticket in (line.split("\t") for line in data.decode().splitlines())
    ]


async def get_amendments(session: AsyncSession, draw: Draw) -> list[bytes]:
    """The documents of the amendments in force, in order (draw-spec 8)."""
    parts = {part.number: part for part in await get_parts(session, draw)}
    names = [
        f"{amendment_folder(parts[one.part], one.details['amendment'])}amendment.json"
        for one in await get_approved(session, draw)
        if one.kind == ChangeKind.AMENDMENT
    ]
    found = await get_files(session, draw, names)
    return [found[name] for name in names]


async def get_selected(session: AsyncSession, draw: Draw) -> list[Listed]:
    """The selected objects of all parts, part by part.

    Raises NotDrawn."""
    parts = await get_parts(session, draw)
    return [line for part in parts for line in (await get_lists(session, draw, part)).selected]


async def get_drawn_objects(session: AsyncSession, line_code: str, round_: int) -> list[str]:
    """The codes that are drawn of a plan line, sorted.

    Raises NotDrawn."""
    found = await find_drawn_part(session, line_code, round_)
    if found is None:
        raise NotDrawn
    return sorted(line.object_code for line in (await get_lists(session, *found)).selected)


async def get_exceptions(session: AsyncSession, draw: Draw) -> list[CapExceptionRead]:
    """Whom a trigger let into the frozen frame although a cap was reached, by part and object.

    Raises NotFrozen."""
    await get_step(session, draw, DrawState.FROZEN)
    parts = await get_parts(session, draw)
    found = await get_files(session, draw, [f"{part.folder}{EXCEPTIONS}" for part in parts])
    return [
        CapExceptionRead(plan_line_code=part.plan_line_code, **one)
        for part in parts
        for one in canonical.loads(found.get(f"{part.folder}{EXCEPTIONS}", b"[]"))
    ]
