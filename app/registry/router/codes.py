"""Code tables over HTTP."""

from typing import Annotated

from fastapi import APIRouter, status

from app.core.caller import Caller, Permission, admits, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.core.uploads import CsvUpload, takes_file
from app.registry import service
from app.registry.models import (
    RegistryImport,
)
from app.registry.router.fields import IMPORT_PROBLEMS, SourceQuery
from app.registry.schemas import (
    RegistryImportRead,
)

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/division-imports",
    operation_id="importDivisions",
    summary="Import divisions 导入行政区划代码",
    description="A CSV of GB/T 2260 codes, current and retired: code, name, full_name, level, "
    "parent_code, status, valid_from, valid_to, successor_codes.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="code,name,full_name,level,parent_code,status,valid_from,valid_to,successor_codes\n"
        "610403,杨陵区,陕西省咸阳市杨陵区,county,610400,current,1982,,\n",
    ),
)
async def import_divisions(
    _gate: Annotated[Caller, admits(Permission.CODES_WRITE)],
    upload: CsvUpload,
    source: SourceQuery,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CODES_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    return await service.import_divisions(session, upload, source, caller=caller, now=now)


@router.post(
    "/industry-imports",
    operation_id="importIndustries",
    summary="Import industries 导入国民经济行业分类",
    description="A CSV of GB/T 4754 codes: code, name, level, parent_code, section_code.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="code,name,level,parent_code,section_code\n52,零售业,division,F,F\n",
    ),
)
async def import_industries(
    _gate: Annotated[Caller, admits(Permission.CODES_WRITE)],
    upload: CsvUpload,
    source: SourceQuery,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CODES_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    return await service.import_industries(session, upload, source, caller=caller, now=now)
