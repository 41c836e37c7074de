"""What a draw gave, over HTTP: the drawn objects, the officers' seats, the evidence."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Response

from app.core.caller import Caller, Permission, requires
from app.core.database import Session
from app.core.pagination import CursorInvalid, Page, PageQuery, decode_cursor, encode_cursor
from app.core.problems import problems
from app.draws import queries
from app.draws.errors import DrawNotFound, NoPublicBundle, NotDrawn, NotFrozen
from app.draws.router.parameters import Attempt, DrawId
from app.draws.schemas import (
    AssistingSeatPage,
    AssistingSeatRead,
    CapExceptionPage,
    SeatPage,
    SeatRead,
    SelectedPage,
    SelectedRead,
)

router = APIRouter(prefix="/v1/draws", tags=["draws"])

T = TypeVar("T")


def page_of(rows: Sequence[T], page: PageQuery) -> tuple[Sequence[T], str | None]:
    """A page of rows in a fixed order; the cursor is the number of rows before it."""
    start = 0 if page.after is None else decode_cursor(page.after, [int])[0]
    if start < 0:
        raise CursorInvalid
    end = start + page.limit
    return rows[start:end], encode_cursor([end]) if end < len(rows) else None


@router.get(
    "/{draw_id}/attempts/{attempt}/selected",
    operation_id="listSelectedObjects",
    summary="Drawn objects 抽中名单",
    description="As the list stands after amendments and substitutions, in the order of "
    "selected.tsv, of a campaign part by part. Strata tell classes, so this is for officials only.",
    responses=problems(DrawNotFound, NotDrawn, CursorInvalid),
)
async def list_selected(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> SelectedPage:
    draw = await queries.get_draw(session, draw_id, attempt)
    shown, after = page_of(await queries.get_selected(session, draw), page)
    return SelectedPage(items=[SelectedRead(**line._asdict()) for line in shown], next=after)


@router.get(
    "/{draw_id}/attempts/{attempt}/exceptions",
    operation_id="listCapExceptions",
    summary="Exceptions from caps 频次上限例外",
    description="Objects in the frozen frame of a target draw that were visited as often as a cap or "
    "ceiling allows, each with the trigger 触发线索 that lets it in all the same: the number of the "
    "complaint, lead or case, and until when it counts.",
    responses=problems(DrawNotFound, NotFrozen, CursorInvalid),
)
async def list_exceptions(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> CapExceptionPage:
    draw = await queries.get_draw(session, draw_id, attempt)
    shown, after = page_of(await queries.get_exceptions(session, draw), page)
    return CapExceptionPage(items=list(shown), next=after)


@router.get(
    "/{draw_id}/seats",
    operation_id="listSeats",
    summary="Officers' seats 检查席位",
    description="Who holds each seat of an inspector draw now, replacements counted.",
    responses=problems(CursorInvalid),
)
async def list_seats(
    draw_id: DrawId,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> SeatPage:
    shown, after = page_of(await queries.get_seats(session, draw_id), page)
    return SeatPage(items=[SeatRead.model_validate(seat) for seat in shown], next=after)


@router.get(
    "/{draw_id}/assisting-seats",
    operation_id="listAssistingSeats",
    summary="Seats of experts and third parties 专家、第三方席位",
    description="Who assists at each object by the attempt of an inspector draw that stands. They "
    "are no officers: no rule that counts officers counts them.",
    responses=problems(CursorInvalid),
)
async def list_assisting_seats(
    draw_id: DrawId,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> AssistingSeatPage:
    found, after = page_of(await queries.get_assisting_seats(session, draw_id), page)
    items = [AssistingSeatRead.model_validate(seat) for seat in found]
    return AssistingSeatPage(items=items, next=after)


@router.get(
    "/{draw_id}/attempts/{attempt}/bundles/{profile}",
    operation_id="getEvidenceBundle",
    summary="Evidence bundle 证据包",
    description="A zip that anyone can verify without this service: `audit` holds everything, "
    "`public` nothing from which a class could be inferred. The same bytes every time.",
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "Evidence bundle (draw-spec 9)",
            "headers": {
                "Content-Disposition": {
                    "description": "A file name of draw, attempt and profile",
                    "schema": {"type": "string"},
                }
            },
        },
        **problems(DrawNotFound, NotDrawn, NoPublicBundle),
    },
)
async def get_bundle(
    draw_id: DrawId,
    attempt: Attempt,
    profile: Literal["audit", "public"],
    session: Session,
    _: Annotated[Caller, requires(Permission.EVIDENCE_READ)],
) -> Response:
    draw = await queries.get_draw(session, draw_id, attempt)
    data = await queries.get_bundle(session, draw, profile)
    name = f"{draw_id}-{attempt}-{profile}.zip"
    return Response(
        data,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
