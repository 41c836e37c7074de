"""Single entries of the directory of objects over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.etags import IfMatch, IfMatchMissing, StateMoved, etag_of
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.registry import service
from app.registry.errors import (
    CodeTableEmpty,
    DepartmentNotFound,
    ImportRefused,
    ObjectListedAlready,
    ObjectNotFound,
)
from app.registry.models import InspectedObject
from app.registry.router.fields import ObjectCode, OfDepartment, with_etag
from app.registry.schemas import InspectedObjectRead
from app.registry.schemas.records import InspectedObjectCreate, InspectedObjectPatch

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/inspected-objects",
    operation_id="createInspectedObject",
    summary="Write one inspected object 新增检查对象",
    description="One entry that no feed has brought, checked as a row of a file is. It is an "
    "import of one row: its source, reason and author stand in the history.",
    status_code=status.HTTP_201_CREATED,
    response_model=InspectedObjectRead,
    responses={
        **with_etag(201, "The new entry, with its ETag"),
        **problems(
            ImportRefused,
            ObjectListedAlready,
            DepartmentNotFound,
            DepartmentNotVisible,
            CodeTableEmpty,
            IdempotencyKeyMissing,
            IdempotencyKeyReused,
        ),
    },
)
async def create_object(
    body: InspectedObjectCreate,
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> InspectedObject:
    created = await service.create_object(session, body, caller=caller, now=now)
    response.headers["ETag"] = etag_of(created.version)
    return created


@router.patch(
    "/inspected-objects/{code}",
    operation_id="correctInspectedObject",
    summary="Correct one inspected object 更正检查对象",
    description="Changes the facts that are sent and keeps the former state. `If-Match` is the "
    "ETag of the state that was read, which is its version in quotes: somebody else's change in "
    "between is never overwritten. An entry that a full feed no longer held is listed again.",
    response_model=InspectedObjectRead,
    responses={
        **with_etag(200, "The entry as it is now, with its ETag"),
        **problems(
            ImportRefused,
            ObjectNotFound,
            DepartmentNotVisible,
            CodeTableEmpty,
            IfMatchMissing,
            StateMoved,
        ),
    },
)
async def correct_object(
    code: ObjectCode,
    department: OfDepartment,
    body: InspectedObjectPatch,
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    if_match: IfMatch,
) -> InspectedObject:
    corrected = await service.correct_object(
        session, department, code, body, if_match, caller=caller, now=now
    )
    response.headers["ETag"] = etag_of(corrected.version)
    return corrected
