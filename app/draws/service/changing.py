"""Voids, amendments and substitutions: one person asks, another decides (draw-spec 8)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.core.ids import new_id
from app.draws import queries
from app.draws.errors import (
    ChangeDecidedAlready,
    ChangeOvertaken,
    ChangeSamePerson,
    OfficersStand,
)
from app.draws.models import Draw, DrawChange, DrawChangeDecision
from app.draws.schemas import DrawChangeCreate, DrawChangeEvent
from app.draws.service import amending, substituting
from app.draws.service.drawing import outcome_of
from app.draws.service.steps import check_turn, keep, last_state, locked, take_step
from app.draws.states import ChangeKind, DrawState

RESULT = ("result", "parts", "published", "strata", "selected", "level", "seats")
"""Members of a drawn step that tell its result."""


async def request_change(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: DrawChangeCreate,
    *,
    caller: Caller,
    now: datetime,
) -> DrawChange:
    """Ask for a change, and learn what it would do. Nothing changes before another person agrees.

    Raises what stands in the way now: DrawVoided, DispatchedAlready, OfficersStand, and what the
    kind of change asks for."""
    draw = await locked(session, draw_id, attempt, caller)
    await _check_open(session, draw, ChangeKind(body.kind))
    prepare: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
        ChangeKind.VOID: _prepare_void,
        ChangeKind.AMENDMENT: amending.prepare,
        ChangeKind.SUBSTITUTION: substituting.prepare,
    }
    details = await prepare[body.kind](session, draw, body, now)
    change = DrawChange(
        id=new_id(),
        draw_id=draw.draw_id,
        attempt=draw.attempt,
        number=await queries.next_change_number(session, draw),
        department_code=draw.department_code,
        kind=body.kind,
        reason=body.reason,
        evidence=body.evidence,
        details=details,
        requested_at=now,
        requested_by=caller.key_id,
        requested_person=caller.person,
    )
    session.add(change)
    await session.flush()
    _record(session, "draw.change-requested", change, None, details, caller=caller, now=now)
    return change


async def decide_change(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    number: int,
    decision: str,
    *,
    caller: Caller,
    now: datetime,
) -> DrawChange:
    """Decide as another person. An approved change takes effect in this transaction.

    Raises ChangeSamePerson, ChangeDecidedAlready, ChangeOvertaken, and what stands in the way."""
    draw = await locked(session, draw_id, attempt, caller)
    change = await queries.get_change(session, draw, number)
    if await queries.find_decision(session, change.id) is not None:
        raise ChangeDecidedAlready
    if caller.person == change.requested_person:
        raise ChangeSamePerson
    details: dict[str, Any] = {}
    if decision == "approved":
        await _check_open(session, draw, ChangeKind(change.kind))
        details = await _apply(session, draw, change, caller=caller, now=now)
    session.add(
        DrawChangeDecision(
            change_id=change.id,
            requested_person=change.requested_person,
            department_code=change.department_code,
            decision=decision,
            details=details,
            decided_at=now,
            decided_by=caller.key_id,
            decided_person=caller.person,
        )
    )
    await session.flush()
    _record(session, "draw.change-decided", change, decision, details, caller=caller, now=now)
    return change


async def _check_open(session: AsyncSession, draw: Draw, kind: ChangeKind) -> None:
    """A void may come from the commitment to the result, the others once there is a list; and
    none once officers were drawn for it or are on their way."""
    reached = await last_state(session, draw)
    wanted = DrawState.VOIDED if kind is ChangeKind.VOID else DrawState.DISPATCHED
    check_turn(reached, wanted)
    standing = await queries.find_officers_draw(session, draw)
    if standing is not None:
        raise OfficersStand(draw_id=standing.draw_id)


async def _prepare_void(
    session: AsyncSession, draw: Draw, _: object, __: datetime
) -> dict[str, Any]:
    return {"state": (await last_state(session, draw)).value}


async def _apply(
    session: AsyncSession, draw: Draw, change: DrawChange, *, caller: Caller, now: datetime
) -> dict[str, Any]:
    if change.kind == ChangeKind.VOID:
        return await _void(session, draw, change, caller=caller, now=now)
    if change.details["after"] != len(await queries.get_approved(session, draw)):
        raise ChangeOvertaken
    if change.kind == ChangeKind.AMENDMENT:
        return await amending.apply(session, draw, change)
    return change.details


async def _void(
    session: AsyncSession, draw: Draw, change: DrawChange, *, caller: Caller, now: datetime
) -> dict[str, Any]:
    """End the attempt. If it has a seed, the result that is voided is computed, kept and bound into
    the log, so that a void cannot hide it; the public learns of the void at once, of its content
    later."""
    reached = await last_state(session, draw)
    voided: dict[str, Any] = {}
    if reached is DrawState.SEEDED:
        outcome = await outcome_of(session, draw)
        keep(session, draw, outcome.files)
        voided = outcome.details
    elif reached is DrawState.DRAWN:
        voided = (await queries.get_step(session, draw, DrawState.DRAWN)).details
    details = {"change": change.number, "reason": change.reason, "from": reached.value}
    details |= {name: voided[name] for name in RESULT if name in voided}
    said = {"reason": change.reason, "from": reached.value}
    await take_step(
        session, draw, DrawState.VOIDED, details, caller=caller, now=now, published=said
    )
    return details


def _record(
    session: AsyncSession,
    kind: str,
    change: DrawChange,
    decision: str | None,
    details: dict[str, Any],
    *,
    caller: Caller,
    now: datetime,
) -> None:
    """An event of the audit trail; its salted digest stands in the log."""
    events.record(
        session,
        kind=kind,
        subject=f"draw/{change.draw_id}/{change.attempt}/change/{change.number}",
        department=change.department_code,
        payload=DrawChangeEvent(
            draw_id=change.draw_id,
            attempt=change.attempt,
            number=change.number,
            kind=change.kind,
            reason=change.reason,
            decision=decision,
            details=details,
            at=now,
        ),
        caller=caller,
        at=now,
    )
