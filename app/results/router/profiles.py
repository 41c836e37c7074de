"""The profile of an object 精准画像, and guidance to credit repair 信用修复, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.schemas import DepartmentCode
from app.access.service import check_department
from app.core.caller import Caller, Permission, PermissionMissing, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.registry.errors import ObjectNotFound
from app.results import queries, service
from app.results.router.findings import ObjectCode
from app.results.schemas import (
    CreditRepairNoticePage,
    CreditRepairNoticeRead,
    CreditRepairSweep,
    ObjectProfileRead,
)
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1", tags=["results"], route_class=IdempotentRoute)


@router.get(
    "/registry/inspected-objects/{object_code}/profile",
    operation_id="getObjectProfile",
    summary="Profile of an object 精准画像",
    description="Facts with their owners, special directories and licences, tags, counts, classes, "
    "open corrections, inspections with findings and disposals, and whether the conditions of "
    "credit repair are met. Needs objects:read too; classes only with credit:read.",
    responses=problems(ObjectNotFound, DepartmentNotVisible),
)
async def get_profile(
    object_code: ObjectCode,
    department: Annotated[
        DepartmentCode, Query(description="Department of the directory 所属部门")
    ],
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RESULTS_READ)],
) -> ObjectProfileRead:
    check_department(caller, department)
    if not caller.may(Permission.OBJECTS_READ):
        raise PermissionMissing(permission=Permission.OBJECTS_READ.value)
    graded = caller.may(Permission.CREDIT_READ)
    return await queries.get_profile(session, department, object_code, now, graded=graded)


@router.post(
    "/credit-repair-notices",
    operation_id="createCreditRepairNotices",
    summary="Tell firms of credit repair 主动指导信用修复",
    description="An event `credit-repair.ready` for each firm of a department whose conditions of "
    "credit repair are met and that was not told yet. The service does the same by itself when a "
    "disposal is closed, and every hour for those whose time of publicity has run out.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        DepartmentNotVisible, RuleMissing, IdempotencyKeyMissing, IdempotencyKeyReused
    ),
)
async def create_notices(
    body: CreditRepairSweep,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DISPOSALS_WRITE)],
    _once: Idempotent,
) -> CreditRepairNoticePage:
    told = await service.tell_ready_firms(session, body.department_code, caller=caller, now=now)
    items = [CreditRepairNoticeRead.model_validate(one) for one in told]
    return CreditRepairNoticePage(items=items, next=None)
