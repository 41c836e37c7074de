"""The ceremony of a seed: the whole way of an attempt, what is done of it, and what is next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import CHINA
from app.draws.models import Draw, DrawStep, EscrowReceipt, SourceValue
from app.draws.queries.attempts import get_parts, get_steps
from app.draws.queries.ceremony_words import DONE, WORDS, Words, source_words
from app.draws.queries.seeding import (
    CUSTODIANS,
    Promise,
    get_promise,
    get_receipts,
    get_values,
    needs_escrow,
)
from app.draws.schemas.ceremony import (
    CeremonyNextRead,
    CeremonyRead,
    CeremonyStepRead,
    EscrowReceiptRead,
)
from app.draws.states import DrawState, order
from app.plans.models import PlanLine
from app.sampling.openlot1.sources import REAL


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an attempt at a moment; `window` is when its first inspections may begin."""

    draw: Draw
    steps: dict[DrawState, DrawStep]
    receipts: list[EscrowReceipt]
    values: dict[int, SourceValue]
    promise: Promise | None
    window: datetime
    now: datetime

    @property
    def state(self) -> DrawState:
        return max(self.steps, key=order)


@dataclass(frozen=True, slots=True)
class Planned:
    """A step of the way; it is done once it has a moment."""

    action: str
    words: Words
    until: datetime | None
    done_at: datetime | None = None
    done_by: str | None = None
    source_number: int | None = None
    not_before: datetime | None = None


_VOID = Planned("void", WORDS["void"], None)


async def get_ceremony(session: AsyncSession, draw: Draw, now: datetime) -> CeremonyRead:
    """Where the ceremony of an attempt stands."""
    facts = await _facts(session, draw, now)
    way = list(_way(facts))
    return CeremonyRead(
        draw_id=draw.draw_id,
        attempt=draw.attempt,
        state=facts.state.value,
        purpose=draw.purpose,
        next=_next(facts, way),
        steps=[_shown(number, step, now) for number, step in enumerate(way, 1)],
        receipts=[EscrowReceiptRead.model_validate(one) for one in facts.receipts],
    )


async def _facts(session: AsyncSession, draw: Draw, now: datetime) -> Facts:
    steps = {DrawState(step.state): step for step in await get_steps(session, draw)}
    codes = {draw.plan_line_code, *(p.plan_line_code for p in await get_parts(session, draw))}
    # Who sees the draw may not see the lines of all departments in a campaign.
    starts = await session.scalars(select(PlanLine.window_start).where(PlanLine.code.in_(codes)))
    return Facts(
        draw=draw,
        steps=steps,
        receipts=await get_receipts(session, draw),
        values=await get_values(session, draw),
        promise=await get_promise(session, draw) if DrawState.COMMITTED in steps else None,
        window=datetime.combine(min(starts), time(), CHINA),
        now=now,
    )


def _way(facts: Facts) -> Iterator[Planned]:
    """All steps in the order in which they are taken. Which sources there are is known from the
    commitment on."""
    yield _of_state(facts, "freeze", DrawState.FROZEN)
    yield from _escrow(facts)
    yield _of_state(facts, "commit", DrawState.COMMITTED)
    if facts.promise is not None:
        yield from _sources(facts, facts.promise)
    yield _of_state(facts, "draw", DrawState.DRAWN)
    if facts.draw.purpose == REAL:
        yield _of_state(facts, "dispatch", DrawState.DISPATCHED)


def _of_state(facts: Facts, action: str, state: DrawState) -> Planned:
    taken = facts.steps.get(state)
    if taken is None:
        return Planned(action, WORDS[action], facts.window)
    return Planned(action, WORDS[action], facts.window, taken.taken_at, taken.taken_by)


def _escrow(facts: Facts) -> Iterator[Planned]:
    """Two receipts for each secret: for those of the commitment, before it for those that custodians
    have begun to confirm, or for one as long as there is none."""
    promise = facts.promise
    found: dict[str | None, list[EscrowReceipt]] = {}
    for receipt in facts.receipts:
        found.setdefault(receipt.sha256, []).append(receipt)
    if promise is not None:
        escrowed = needs_escrow(facts.draw.purpose, promise.commitment.fallback)
        wanted: list[str | None] = [*promise.secrets] if escrowed else []
    else:
        wanted = [*(found or [None])] if facts.draw.purpose == REAL else []
    for digest in wanted:
        for receipt in found.get(digest, []):
            yield Planned(
                "deposit-reveal",
                WORDS["deposit-reveal"],
                facts.window,
                receipt.confirmed_at,
                receipt.confirmed_by,
            )
        for _ in range(CUSTODIANS - len(found.get(digest, []))):
            yield Planned("deposit-reveal", WORDS["deposit-reveal"], facts.window)


def _sources(facts: Facts, promise: Promise) -> Iterator[Planned]:
    begun = facts.now >= promise.not_before
    yield Planned(
        "wait",
        WORDS["wait"],
        promise.seed_by,
        done_at=promise.not_before if begun else None,
        not_before=promise.not_before,
    )
    for number in promise.order:
        given = facts.values.get(number)
        seeded = facts.steps.get(DrawState.SEEDED)
        at, by = None, None
        if given is not None:
            at, by = given.given_at, given.given_by
        elif seeded is not None:
            at, by = seeded.taken_at, seeded.taken_by
        words = source_words(promise, number)
        yield Planned("give-source", words, promise.seed_by, at, by, number, promise.not_before)


def _next(facts: Facts, way: list[Planned]) -> CeremonyNextRead:
    """The first step that is not done, unless the attempt is at its end."""
    if facts.state is DrawState.VOIDED:
        return _described(Planned("none", DONE["voided"], None))
    for step in way:
        if step.done_at is None:
            return _described(step if not _is_lost(facts, step) else _VOID)
    ended = "done" if facts.draw.purpose == REAL else "rehearsed"
    return _described(Planned("none", DONE[ended], None))


def _is_lost(facts: Facts, step: Planned) -> bool:
    """Whether a source is missing of a draw that does not wait for it."""
    promise = facts.promise
    return step.action == "give-source" and promise is not None and promise.is_lost(facts.now)


def _described(step: Planned) -> CeremonyNextRead:
    words = step.words
    return CeremonyNextRead(
        action=step.action,
        source_number=step.source_number,
        title_zh=words.title[0],
        title_en=words.title[1],
        how_zh=words.how[0],
        how_en=words.how[1],
        by=words.permission,
        by_zh=words.by[0],
        by_en=words.by[1],
        not_before=step.not_before,
        until=step.until,
        operation=words.operation,
    )


def _shown(number: int, step: Planned, now: datetime) -> CeremonyStepRead:
    return CeremonyStepRead(
        number=number,
        action=step.action,
        source_number=step.source_number,
        title_zh=step.words.title[0],
        title_en=step.words.title[1],
        done=step.done_at is not None,
        done_at=step.done_at,
        done_by=step.done_by,
        until=step.until,
        overdue=step.until is not None and (step.done_at or now) > step.until,
    )
