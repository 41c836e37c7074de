"""Declared interests over HTTP 回避申报."""

from typing import Annotated

from fastapi import APIRouter, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.registry import service
from app.registry.errors import InspectorNotFound, InterestDeclaredAlready, NotYourInterest
from app.registry.schemas import InterestDeclare, InterestRead

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/interests",
    operation_id="declareInterest",
    summary="Declare an interest 申报回避",
    description="From here on no draw gives the officer a seat at the object. A person's own key "
    "declares for that person only. If the officer holds a seat there already, the service opens a "
    "recusal for the head to decide.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InspectorNotFound,
        DepartmentNotVisible,
        NotYourInterest,
        InterestDeclaredAlready,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def declare_interest(
    body: InterestDeclare,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.INTERESTS_WRITE)],
    _once: Idempotent,
) -> InterestRead:
    made = await service.declare_interest(session, body, caller=caller, now=now)
    return InterestRead(**body.model_dump(exclude={"evidence"}), declared_at=made.requested_at)
