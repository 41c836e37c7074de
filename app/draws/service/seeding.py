"""The seed: the values of the committed sources, each once, one by one or all at once."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.draws import files, queries
from app.draws.errors import (
    RevealTooSoon,
    RolesTooFew,
    SeedBegun,
    SeedByTooEarly,
    SeedTooEarly,
    SeedTooLate,
    SourceGivenAlready,
    SourceMismatch,
    SourceTooEarly,
)
from app.draws.models import Draw, SourceValue
from app.draws.queries.seeding import SEED_PERIOD, Promise
from app.draws.schemas import CommitmentCreate, SeedCreate, SeedValue, SourceGivenEvent
from app.draws.schemas.seeding import VALUES
from app.draws.service.steps import at, keep, take_step
from app.draws.states import DrawState
from app.sampling.openlot1.seed import build_seed_txt, parse_seed_txt
from app.sampling.openlot1.sources import source_line

MINIMUM_ROLES = 3


def seed_deadline(body: CommitmentCreate, not_before: datetime) -> datetime:
    """The last moment of the values.

    Raises SeedByTooEarly."""
    if body.seed_by is None:
        return not_before + SEED_PERIOD
    seed_by = body.seed_by.astimezone(UTC).replace(microsecond=0)
    if seed_by <= not_before:
        raise SeedByTooEarly(pointer="/seed_by")
    return seed_by


async def set_seed(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: SeedCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Take the values of all sources at once 产生种子. One commitment has one seed.

    Raises SeedTooEarly, SeedTooLate, SeedBegun, SourceMismatch, RolesTooFew, SourceTooEarly, and
    what the core says of a value."""
    draw = await at(session, draw_id, attempt, DrawState.SEEDED, caller)
    promise = await queries.get_promise(session, draw)
    _check_moment(promise, now)
    if await queries.get_values(session, draw):
        raise SeedBegun
    expected = [source.type for source in promise.commitment.sources]
    if [value.type for value in body.sources] != expected:
        raise SourceMismatch(pointer="/sources", expected=", ".join(expected))
    lines = [
        _checked(promise, place + 1, value, f"/sources/{place}")
        for place, value in enumerate(body.sources)
    ]
    await _take_seed(session, draw, promise, lines, body.sources, caller=caller, now=now)
    return draw


async def give_source(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    number: int,
    value: SeedValue,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Take the value of one source 录入随机来源. With the last one the seed is made.

    Raises SourceNotFound, SourceGivenAlready, RevealTooSoon, and what `set_seed` raises of a value
    or its moment."""
    draw = await at(session, draw_id, attempt, DrawState.SEEDED, caller)
    promise = await queries.get_promise(session, draw)
    _check_moment(promise, now)
    expected = promise.source(number).type
    if value.type != expected:
        raise SourceMismatch(pointer="/type", expected=expected)
    given = await queries.get_values(session, draw)
    _check_turn(promise, number, set(given))
    line = _checked(promise, number, value, "")
    given[number] = await _keep_value(session, draw, number, value, line, caller=caller, now=now)
    if len(given) == len(promise.commitment.sources):
        values = [queries.value_of(given[each]) for each in sorted(given)]
        lines = [_checked(promise, each, one, "") for each, one in enumerate(values, 1)]
        await _take_seed(session, draw, promise, lines, values, caller=caller, now=now)
    return draw


def _check_moment(promise: Promise, now: datetime) -> None:
    if now < promise.not_before:
        raise SeedTooEarly(not_before=promise.commitment.not_before)
    if promise.is_lost(now):
        raise SeedTooLate(seed_by=promise.seed_by.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _check_turn(promise: Promise, number: int, given: set[int]) -> None:
    """Each source has one value, and who knows a secret must not choose what chance gives."""
    if number in given:
        raise SourceGivenAlready
    kinds = [VALUES[source.type] for source in promise.commitment.sources]
    open_to_chance = {n for n, kind in enumerate(kinds, 1) if not kind.secret}
    if kinds[number - 1].secret and open_to_chance - given:
        raise RevealTooSoon


def _checked(promise: Promise, number: int, value: SeedValue, pointer: str) -> str:
    """The line of seed.txt for a value that is valid for its source."""
    if value.act is not None:
        roles = {signatory.role for signatory in value.act.signed_by}
        if len(roles) < MINIMUM_ROLES:
            raise RolesTooFew(pointer=f"{pointer}/minutes/signed_by")
    line = source_line(promise.source(number), value.raw)
    if value.happened_at is not None and value.happened_at < promise.not_before:
        raise SourceTooEarly(pointer=pointer, not_before=promise.commitment.not_before)
    return line


async def _keep_value(
    session: AsyncSession,
    draw: Draw,
    number: int,
    value: SeedValue,
    line: str,
    *,
    caller: Caller,
    now: datetime,
) -> SourceValue:
    """Keep a value with its event: the hall saw the dice, but nobody a secret of several."""
    named = {"draw_id": draw.draw_id, "attempt": draw.attempt, "stage": draw.stage}
    event = events.record(
        session,
        kind="draw.source-given",
        subject=f"draw/{draw.draw_id}/{draw.attempt}",
        department=draw.department_code,
        payload=SourceGivenEvent(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            number=number,
            type=value.type,
            line=None if value.secret else line,
            at=now,
        ),
        caller=caller,
        at=now,
        published=named | {"source": number, "source_type": value.type},
    )
    await session.flush()
    row = SourceValue(
        draw_id=draw.draw_id,
        attempt=draw.attempt,
        number=number,
        department_code=draw.department_code,
        value=value.model_dump(mode="json"),
        event_id=event.id,
        given_at=now,
        given_by=caller.key_id,
    )
    session.add(row)
    await session.flush()
    return row


async def _take_seed(
    session: AsyncSession,
    draw: Draw,
    promise: Promise,
    lines: list[str],
    values: list[SeedValue],
    *,
    caller: Caller,
    now: datetime,
) -> None:
    seed_txt = build_seed_txt(promise.cd, lines)
    parse_seed_txt(seed_txt, promise.commitment, promise.cd)
    keep(session, draw, {"seed.txt": seed_txt, **files.source_files(lines, values)})
    await take_step(
        session,
        draw,
        DrawState.SEEDED,
        {"cd": promise.cd, "sources": [value.type for value in values]},
        caller=caller,
        now=now,
        published={"cd": promise.cd},
    )
