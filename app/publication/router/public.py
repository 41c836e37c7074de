"""What is public, for programs: no key is needed 公开数据."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.core.clock import Now
from app.core.database import Session, as_departments
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.publication.errors import NotPublic
from app.publication.models import Publication
from app.publication.queries import disclosed, published
from app.publication.schemas import (
    PublicationPage,
    PublicationQuery,
    PublicationRead,
    PublicDrawDetailRead,
    PublicDrawPage,
)
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1/public", tags=["publication"])

DrawId = Annotated[str, Path(pattern=r"^[0-9A-Z-]{1,80}$", examples=["610403-SCJG-2026-001-01-T1"])]
Attempt = Annotated[int, Path(ge=1, le=1000, examples=[1])]
ATTACHMENT = {
    "description": "A file name of draw and attempt",
    "schema": {"type": "string"},
}
FOREVER = "public, max-age=31536000, immutable"
"""Of bytes that never change once they are public."""


def downloaded(data: bytes, media_type: str, name: str) -> Response:
    """A file of a draw, for ever the same."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": FOREVER,
    }
    return Response(data, media_type=media_type, headers=headers)


def _file(media_type: str, description: str, **content: Any) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "content": {media_type: content},
            "description": description,
            "headers": {"Content-Disposition": ATTACHMENT},
        }
    }


_BUNDLE = _file(
    "application/zip",
    "Evidence bundle (draw-spec 9)",
    schema={"type": "string", "format": "binary"},
)
_COMMITMENT = _file(
    "application/json",
    "commitment.json (draw-spec 3); its SHA-256 is cd",
    schema={"type": "object", "additionalProperties": True},
    example={
        "v": "openlot/1",
        "draw_id": "610403-SCJG-2026-001-01-I1",
        "attempt": 1,
        "stage": "inspector",
        "alg": "sha256",
        "purpose": "real",
        "assignment": {"sha256": "9a" * 32},
        "code": {"version": "0.1.0", "sha256": "5b" * 32},
        "plan": {"ref": "610403-SCJG-2026-001-01", "sha256": "c4" * 32},
        "scope": "610403-SCJG-2026-001-01-I1",
        "sources": [{"type": "dice", "params": {"digits": 20}}],
        "not_before": "2026-03-01T01:00:00Z",
        "fallback": "wait",
        "previous": None,
    },
)


@router.get(
    "/publications",
    operation_id="listPublicPublications",
    summary="What is public 公示信息",
    description="The versions in force, by kind and subject; of one kind, or of one subject.",
    response_model=PublicationPage,
    responses=problems(CursorInvalid),
)
async def list_publications(
    session: Session, page: Annotated[PublicationQuery, Query()]
) -> dict[str, object]:
    items, after = await paginate(
        session,
        published.select_latest(page.kind, page.subject),
        order_by=[Publication.kind, Publication.subject],
        page=page,
    )
    return {"items": items, "next": after}


@router.get(
    "/publications/{publication_id}",
    operation_id="getPublicPublication",
    summary="A version of a publication 公示信息",
    description="Also one that was corrected since: `supersedes_id` leads to the version before.",
    response_model=PublicationRead,
    responses=problems(NotPublic),
)
async def get_publication(
    session: Session,
    publication_id: Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001"])],
) -> Publication:
    return await published.get_publication(session, publication_id)


@router.get(
    "/draws",
    operation_id="listPublicDraws",
    summary="Committed draws 已登记承诺的抽取",
    description="Every attempt from its commitment on, by draw and attempt, so that none can be "
    "made away with.",
    responses=problems(CursorInvalid),
)
async def list_draws(session: Session, page: Page) -> PublicDrawPage:
    async with as_departments(session, "*", back=""):
        return await disclosed.draws_page(session, page)


@router.get(
    "/draws/{draw_id}/attempts/{attempt}",
    operation_id="getPublicDraw",
    summary="A committed draw and its calendar 抽取与公开时间表",
    description="What may be known of an attempt now, and from when the rest is public: its "
    "commitment and the number of attempts at once, seed, list, evidence and results by the rule "
    "`disclosure.moment` that was in force on the day of the dispatch.",
    responses=problems(NotPublic, RuleMissing),
)
async def get_draw(
    session: Session, now: Now, draw_id: DrawId, attempt: Attempt
) -> PublicDrawDetailRead:
    async with as_departments(session, "*", back=""):
        return await disclosed.get_attempt(session, draw_id, attempt, now)


@router.get(
    "/draws/{draw_id}/attempts/{attempt}/commitment",
    operation_id="getPublicCommitment",
    summary="Commitment of a draw 抽取承诺",
    description="commitment.json, byte for byte; public as soon as it is in the log.",
    response_class=Response,
    responses={**_COMMITMENT, **problems(NotPublic)},
)
async def get_commitment(session: Session, draw_id: DrawId, attempt: Attempt) -> Response:
    async with as_departments(session, "*", back=""):
        data = await disclosed.get_commitment(session, draw_id, attempt)
    return downloaded(data, "application/json", f"{draw_id}-{attempt}-commitment.json")


@router.get(
    "/draws/{draw_id}/attempts/{attempt}/bundle",
    operation_id="getPublicBundle",
    summary="Public evidence bundle 公开证据包",
    description="A zip that anyone can verify without this service, of a target draw whose moment "
    "has come: see its calendar.",
    response_class=Response,
    responses={**_BUNDLE, **problems(NotPublic, RuleMissing)},
)
async def get_bundle(session: Session, now: Now, draw_id: DrawId, attempt: Attempt) -> Response:
    async with as_departments(session, "*", back=""):
        data = await disclosed.get_public_bundle(session, draw_id, attempt, now)
    return downloaded(data, "application/zip", f"{draw_id}-{attempt}-public.zip")
