"""Voids, amendments and substitutions over HTTP 作废、更正、替换."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import Idempotent, IdempotentRoute
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import DrawRefused, problems
from app.draws import queries, service
from app.draws.errors import (
    CauseNotShown,
    ChangeDecidedAlready,
    ChangeOvertaken,
    ChangeSamePerson,
    ClassWithoutRate,
    DispatchedAlready,
    DrawChangeNotFound,
    DrawNotFound,
    FrameEmpty,
    NotCommitted,
    NotDrawn,
    NothingToAmend,
    ObjectNotSelected,
    OfficersStand,
    PartUnknown,
    ReservesExhausted,
    SubstitutedAlready,
)
from app.draws.models import DrawChange
from app.draws.router.parameters import STEP, Attempt, DrawId
from app.draws.schemas import (
    AmendmentList,
    AmendmentRead,
    DrawChangeCreate,
    DrawChangeDecide,
    DrawChangePage,
    DrawChangeRead,
)

router = APIRouter(prefix="/v1/draws", tags=["draws"], route_class=IdempotentRoute)

Number = Annotated[int, Path(ge=1, le=10_000, examples=[1])]
_TURN = (NotCommitted, NotDrawn, DispatchedAlready, OfficersStand)


@router.post(
    "/{draw_id}/attempts/{attempt}/changes",
    operation_id="requestDrawChange",
    summary="Ask for a change 申请变更",
    description="Void an attempt 作废, amend its frozen list 更正名单, or substitute a drawn object "
    "that is objectively not there 替换. The answer shows what it would do; nothing changes before "
    "another person approves. Once officers are drawn for the list, or on their way, it is too "
    "late.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        *_TURN,
        SubstitutedAlready,
        PartUnknown,
        NothingToAmend,
        ObjectNotSelected,
        CauseNotShown,
        ReservesExhausted,
        FrameEmpty,
        ClassWithoutRate,
        DrawRefused,
    ),
)
async def request_change(
    draw_id: DrawId,
    attempt: Attempt,
    body: DrawChangeCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_CHANGE)],
    _once: Idempotent,
) -> DrawChangeRead:
    change = await service.request_change(session, draw_id, attempt, body, caller=caller, now=now)
    return await queries.describe_change(session, change)


@router.post(
    "/{draw_id}/attempts/{attempt}/changes/{number}/decision",
    operation_id="decideDrawChange",
    summary="Decide a change 决定变更",
    description="By another person than who asked. An approved change takes effect at once and is "
    "in the log; a void tells the public its reason at once, and binds the result that it voids.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        *_TURN,
        DrawChangeNotFound,
        ChangeDecidedAlready,
        ChangeSamePerson,
        ChangeOvertaken,
        DrawRefused,
    ),
)
async def decide_change(
    draw_id: DrawId,
    attempt: Attempt,
    number: Number,
    body: DrawChangeDecide,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_APPROVE)],
    _once: Idempotent,
) -> DrawChangeRead:
    change = await service.decide_change(
        session, draw_id, attempt, number, body.decision, caller=caller, now=now
    )
    return await queries.describe_change(session, change)


@router.get(
    "/{draw_id}/attempts/{attempt}/changes",
    operation_id="listDrawChanges",
    summary="Changes of an attempt 变更记录",
    description="Everything that was asked for, and what was decided, by number.",
    responses=problems(DrawNotFound, CursorInvalid),
)
async def list_changes(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> DrawChangePage:
    draw = await queries.get_draw(session, draw_id, attempt)
    items, after = await paginate(
        session, queries.select_changes(draw), order_by=[DrawChange.number], page=page
    )
    shown = [await queries.describe_change(session, one) for one in items]
    return DrawChangePage(items=shown, next=after)


@router.get(
    "/{draw_id}/attempts/{attempt}/amendments",
    operation_id="listAmendments",
    summary="Amendments 名单更正文书",
    description="The documents of the amendments in force, in order. Whoever holds the audit bundle "
    "recomputes each of them; its SHA-256 stands in the decision. They name strata, so they are "
    "for officials and auditors.",
    responses=problems(DrawNotFound),
)
async def list_amendments(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    _: Annotated[Caller, requires(Permission.EVIDENCE_READ)],
) -> AmendmentList:
    draw = await queries.get_draw(session, draw_id, attempt)
    documents = await queries.get_amendments(session, draw)
    return AmendmentList(
        items=[AmendmentRead(number=n, document=d.decode()) for n, d in enumerate(documents, 1)],
        next=None,
    )
