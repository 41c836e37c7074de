"""Escrow: two custodians hold each secret of a real draw that waits for its sources, so that who
made it can hold nothing up (draw-spec 4). The secret itself does not come here before the seed."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.draws import queries
from app.draws.errors import CustodiansTooFew, CustodianUnnamed, ReceiptExists
from app.draws.models import Draw, EscrowReceipt
from app.draws.queries.seeding import CUSTODIANS, needs_escrow
from app.draws.schemas import CommitmentCreate, EscrowEvent, EscrowReceiptCreate
from app.draws.schemas.seeding import RevealSource
from app.draws.service.steps import at
from app.draws.states import DrawState


async def add_receipt(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: EscrowReceiptCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Confirm, before the commitment, that one holds a secret in escrow 封存. Each person once.

    Raises CustodianUnnamed, ReceiptExists, and what stands for a step that was taken or is
    missing."""
    draw = await at(session, draw_id, attempt, DrawState.COMMITTED, caller)
    if caller.person == caller.key_id:
        raise CustodianUnnamed
    if caller.person in await _holders(session, draw, body.sha256):
        raise ReceiptExists
    event = events.record(
        session,
        kind="draw.escrowed",
        subject=f"draw/{draw.draw_id}/{draw.attempt}",
        department=draw.department_code,
        payload=EscrowEvent(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            sha256=body.sha256,
            envelope=body.envelope,
            person=caller.person,
            at=now,
        ),
        caller=caller,
        at=now,
    )
    await session.flush()
    session.add(
        EscrowReceipt(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            sha256=body.sha256,
            confirmed_person=caller.person,
            department_code=draw.department_code,
            envelope=body.envelope,
            event_id=event.id,
            confirmed_at=now,
            confirmed_by=caller.key_id,
        )
    )
    await session.flush()
    return draw


async def check_custodians(
    session: AsyncSession, draw: Draw, body: CommitmentCreate, caller: Caller
) -> None:
    """Each secret is held by two persons beside the one who commits.

    Raises CustodiansTooFew."""
    if not needs_escrow(draw.purpose, body.fallback):
        return
    for place, source in enumerate(body.sources):
        if isinstance(source, RevealSource):
            held = await _holders(session, draw, source.sha256) - {caller.person}
            if len(held) < CUSTODIANS:
                raise CustodiansTooFew(
                    pointer=f"/sources/{place}", number=place + 1, count=len(held)
                )


async def _holders(session: AsyncSession, draw: Draw, digest: str) -> set[str]:
    receipts = await queries.get_receipts(session, draw)
    return {one.confirmed_person for one in receipts if one.sha256 == digest}
