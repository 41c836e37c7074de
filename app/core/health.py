"""Whether the service can work, and which guarantees its database roles give."""

from typing import Annotated

from fastapi import APIRouter

from app.core.database import Session
from app.core.guarantees import check_guarantees
from app.core.problems import DatabaseUnavailable, problems
from app.core.schema import Schema, shown

router = APIRouter(prefix="/v1", tags=["health"])


class GuaranteeRead(Schema):
    """A property of the database roles."""

    name: Annotated[str, shown("departments-separated")]
    holds: Annotated[bool, shown(True)]
    zh: Annotated[str, shown("运行账号不受行级安全策略约束，部门之间的数据只靠程序隔离。")]
    """What follows if it does not hold."""
    en: Annotated[
        str,
        shown(
            "The runtime role bypasses row-level security; only the code keeps departments apart."
        ),
    ]


class Health(Schema):
    """The service answers and reaches its database."""

    status: Annotated[str, shown("ok")]
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
