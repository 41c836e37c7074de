"""The ceremony of a seed over HTTP 种子仪式: escrow, values one by one, and what is next."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import Idempotent, IdempotentRoute
from app.core.problems import DrawRefused, problems
from app.draws import queries, service
from app.draws.errors import (
    CommittedAlready,
    CustodianUnnamed,
    DrawNotFound,
    NotCommitted,
    NotFrozen,
    ReceiptExists,
    RevealTooSoon,
    RolesTooFew,
    SeededAlready,
    SeedTooEarly,
    SeedTooLate,
    SourceGivenAlready,
    SourceMismatch,
    SourceNotFound,
    SourceTooEarly,
)
from app.draws.router.parameters import STEP, Attempt, DrawId
from app.draws.schemas import CeremonyRead, EscrowReceiptCreate, SeedValue

router = APIRouter(prefix="/v1/draws", tags=["draws"], route_class=IdempotentRoute)

SourceNumber = Annotated[int, Path(ge=1, le=8, examples=[1])]


@router.get(
    "/{draw_id}/attempts/{attempt}/ceremony",
    operation_id="getCeremony",
    summary="What is next 抽取流程",
    description="The whole way of an attempt, from the freeze over escrow, commitment and each "
    "source to the dispatch: what is done, what is overdue, and what is to be done now, by whom, "
    "until when, with which request. Whoever follows `next` makes a draw.",
    responses=problems(DrawNotFound),
)
async def get_ceremony(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    now: Now,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> CeremonyRead:
    draw = await queries.get_draw(session, draw_id, attempt)
    return await queries.get_ceremony(session, draw, now)


@router.post(
    "/{draw_id}/attempts/{attempt}/escrow-receipts",
    operation_id="addEscrowReceipt",
    summary="Confirm that one holds a secret 封存秘密值",
    description="A custodian confirms, before the commitment, that they hold the secret whose "
    "SHA-256 this is. A real draw that waits for its sources is committed only when two custodians "
    "beside the one who commits hold each secret. Answers with what is next.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*STEP, NotFrozen, CommittedAlready, CustodianUnnamed, ReceiptExists),
)
async def add_escrow_receipt(
    draw_id: DrawId,
    attempt: Attempt,
    body: EscrowReceiptCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_SEED)],
    _once: Idempotent,
) -> CeremonyRead:
    draw = await service.add_receipt(session, draw_id, attempt, body, caller=caller, now=now)
    return await queries.get_ceremony(session, draw, now)


@router.post(
    "/{draw_id}/attempts/{attempt}/sources/{number}",
    operation_id="enterSourceValue",
    summary="Give the value of one source 录入随机来源",
    description="Not before the committed moment, each source once, secrets last. A value that does "
    "not fit its source is refused at once and leaves nothing. With the last value the seed is "
    "made. Answers with what is next.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        NotCommitted,
        SeededAlready,
        SeedTooEarly,
        SeedTooLate,
        SourceNotFound,
        SourceMismatch,
        SourceGivenAlready,
        RevealTooSoon,
        RolesTooFew,
        SourceTooEarly,
        DrawRefused,
    ),
)
async def enter_source_value(
    draw_id: DrawId,
    attempt: Attempt,
    number: SourceNumber,
    body: SeedValue,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_SEED)],
    _once: Idempotent,
) -> CeremonyRead:
    draw = await service.give_source(
        session, draw_id, attempt, number, body, caller=caller, now=now
    )
    return await queries.get_ceremony(session, draw, now)
