"""Previews of target draws over HTTP 预演."""

from typing import Annotated

from fastapi import APIRouter

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.problems import DrawRefused, problems
from app.draws.errors import ClassWithoutRate, DrawNotFound, FrameEmpty, NoPreview, PreviewOver
from app.draws.router.parameters import Attempt, DrawId
from app.draws.schemas.previews import DrawPreviewRead
from app.draws.service.previewing import preview
from app.plans.errors import PlanLineNotFound

router = APIRouter(prefix="/v1/draws", tags=["draws"])


@router.get(
    "/{draw_id}/attempts/{attempt}/preview",
    operation_id="previewDraw",
    summary="Preview a draw 预演",
    description="Of a target draw before its commitment: how many each stratum will give, who is "
    "left out and why, what a dry run with a key that everyone knows would select, and how many of "
    "the objects other draws have drawn already. No real ticket comes of it.",
    responses=problems(
        DrawNotFound,
        NoPreview,
        PreviewOver,
        PlanLineNotFound,
        DepartmentNotVisible,
        FrameEmpty,
        ClassWithoutRate,
        DrawRefused,
    ),
)
async def preview_draw(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> DrawPreviewRead:
    return await preview(session, draw_id, attempt, caller=caller, now=now)
