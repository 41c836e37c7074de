"""Whether the service can work, and which guarantees its database roles give."""

from fastapi import APIRouter

from app.core.database import Session
from app.core.guarantees import check_guarantees
from app.core.problems import DatabaseUnavailable, problems
from app.core.schema import Schema

router = APIRouter(prefix="/v1", tags=["health"])


class GuaranteeRead(Schema):
    """A property of the database roles."""

    name: str
    holds: bool
    zh: str
    """What follows if it does not hold."""
    en: str


class Health(Schema):
    """The service answers and reaches its database."""

    status: str
    guarantees: list[GuaranteeRead]


@router.get(
    "/health",
    operation_id="getHealth",
    summary="Health 运行状况",
    description="Public. Answers 503 when the database cannot be reached.",
    responses=problems(DatabaseUnavailable),
)
async def get_health(session: Session) -> Health:
    found = await check_guarantees(session)
    return Health(
        status="ok",
        guarantees=[GuaranteeRead.model_validate(guarantee) for guarantee in found],
    )
