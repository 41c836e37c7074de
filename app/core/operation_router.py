"""Operations over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response, status
from pydantic import Field

from app.core import operations
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.operations import (
    UNDER_WAY,
    Operation,
    OperationNotFound,
    OperationOver,
)
from app.core.problems import problems
from app.core.schema import Instant, Schema, shown

RETRY_AFTER_S = 1
"""How long a client may wait before it asks again."""

router = APIRouter(prefix="/v1/operations", tags=["operations"], route_class=IdempotentRoute)


class OperationRead(Schema):
    """Long work 长时间操作. Ask again after `Retry-After` seconds until `state` is `succeeded`,
    `failed` or `cancelled`."""

    id: Annotated[UUID, shown("5f0e6f0a-3c0c-4d5e-8a5e-0a2c1b7e4f10")]
    department_code: Annotated[str, shown("610403-SCJG")]
    kind: Annotated[str, shown("registry-check")]
    subject: Annotated[
        str, shown("/v1/registry/staged-imports/0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")
    ]
    """Address of what it works on."""
    state: Annotated[str, shown("running")]
    """`queued`, `running`, `succeeded`, `failed` or `cancelled`."""
    phase: Annotated[str, shown("checking", "")]
    """What it is doing; empty before it begins."""
    done: Annotated[int, shown(250000)]
    """Rows of this phase that are done."""
    total: Annotated[int | None, shown(1000000, None)]
    """Rows of this phase, or null where they are not known."""
    requested_at: Instant
    cancelled_at: Instant | None
    """When somebody asked to stop it."""
    started_at: Instant | None
    finished_at: Instant | None
    result: Annotated[
        str | None, shown("/v1/registry/staged-imports/0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003", None)
    ]
    """Address of what came of it, once it has succeeded."""
    problem: Annotated[dict[str, Any] | None, Field(examples=[None])]
    """The problem (RFC 9457) for which it failed."""


def address_of(operation: Operation) -> str:
    return f"/v1/operations/{operation.id}"


def accepted(operation: Operation, response: Response) -> Operation:
    """The operation as the answer 202: where it can be asked about, and when."""
    response.headers["Location"] = address_of(operation)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return operation


OperationId = Annotated[UUID, Path(examples=["5f0e6f0a-3c0c-4d5e-8a5e-0a2c1b7e4f10"])]


@router.get(
    "/{operation_id}",
    operation_id="getOperation",
    summary="An operation 长时间操作",
    description="State, progress in rows, and once it is over its result or the problem for which "
    "it failed. While it is under way the answer says by `Retry-After` when to ask again.",
    response_model=OperationRead,
    responses=problems(OperationNotFound),
)
async def get_operation(
    operation_id: OperationId,
    response: Response,
    session: Session,
    _caller: Annotated[Caller, requires(Permission.OPERATIONS_READ)],
) -> Operation:
    operation = await operations.get_operation(session, operation_id)
    if operation.state in UNDER_WAY:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return operation


@router.post(
    "/{operation_id}/cancellation",
    operation_id="cancelOperation",
    summary="Cancel an operation 取消操作",
    description="It stops within seconds and leaves nothing of what it was doing; unless it ends "
    "before, which its `state` tells. Asking again changes nothing.",
    status_code=status.HTTP_200_OK,
    response_model=OperationRead,
    responses=problems(
        OperationNotFound, OperationOver, IdempotencyKeyMissing, IdempotencyKeyReused
    ),
)
async def cancel_operation(
    operation_id: OperationId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OPERATIONS_WRITE)],
    _once: Idempotent,
) -> Operation:
    return await operations.cancel(session, operation_id, caller=caller, now=now)
