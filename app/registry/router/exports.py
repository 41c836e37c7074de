"""The directories as files, and templates to be filled in, over HTTP."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.problems import problems
from app.registry.errors import ExportCellTooLong, ExportTooLarge
from app.registry.files.kinds import FileKind
from app.registry.files.writing import write_template
from app.registry.models import CountKind
from app.registry.router.fields import OfDepartment
from app.registry.service import exports

router = APIRouter(prefix="/v1/registry", tags=["registry"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
_TYPES = {"xlsx": XLSX, "csv": CSV, "ndjson": NDJSON}
SENT_BYTES = 256 * 1024


def _written_file() -> Iterator[IO[bytes]]:
    """A temporary file that is gone once the answer has been sent."""
    with tempfile.TemporaryFile() as file:
        yield file


WrittenFile = Annotated[IO[bytes], Depends(_written_file)]
Form = Annotated[
    Literal["xlsx", "csv", "ndjson"],
    Query(
        alias="format",
        description="Excel, CSV in UTF-8 with a mark, or NDJSON with canonical names 文件格式. What a "
        "workbook cannot hold is refused, never cut; NDJSON holds everything.",
    ),
]


def _gives(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an operation that answers a file."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {
        200: {
            "description": "A file",
            "content": dict.fromkeys(media_types, schema),
            "headers": {
                "Content-Disposition": {
                    "description": "A file name of the kind and the department",
                    "schema": {"type": "string"},
                }
            },
        }
    }


_EXPORT: dict[int | str, dict[str, Any]] = {
    **_gives(*_TYPES.values()),
    **problems(DepartmentNotVisible, ExportTooLarge, ExportCellTooLong),
}


@router.get(
    "/object-exports",
    operation_id="exportInspectedObjects",
    summary="Export inspected objects 导出检查对象名录库",
    description="A department's directory by code, with Chinese headers and codes as text. "
    "Imported again it changes nothing. An xlsx holds 1,048,575 rows, a CSV any number.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_objects(
    department: OfDepartment,
    session: Session,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_objects(session, department, file, form=form)
    return _sent(file, f"检查对象名录库-{department}", form)


@router.get(
    "/inspector-exports",
    operation_id="exportInspectors",
    summary="Export inspectors 导出执法检查人员名录库",
    description="A department's directory by staff number. Phones are masked; imported again, "
    "those say nothing new.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_inspectors(
    department: OfDepartment,
    session: Session,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_inspectors(session, department, file, caller=caller, form=form)
    return _sent(file, f"执法检查人员名录库-{department}", form)


@router.get(
    "/inspection-item-exports",
    operation_id="exportInspectionItems",
    summary="Export inspection items 导出抽查事项清单",
    description="The newest versions of a department's items by code, one row for each sub-item.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_items(
    department: OfDepartment,
    session: Session,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_items(session, department, file, form=form)
    return _sent(file, f"抽查事项清单-{department}", form)


@router.get(
    "/object-tag-exports",
    operation_id="exportObjectTags",
    summary="Export tags of objects 导出分级分类分领域标签",
    description="The tags that are in force today, by object, a column for each kind of tags. "
    "Imported again they change nothing.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_tags(
    department: OfDepartment,
    session: Session,
    now: Now,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_tags(session, department, day_in_china(now), file, form=form)
    return _sent(file, f"检查对象标签-{department}", form)


@router.get(
    "/object-count-exports",
    operation_id="exportObjectCounts",
    summary="Export numbers of complaints or leads 导出投诉举报和线索数",
    description="The newest number of each object with the days between which it was counted. "
    "Imported again they change nothing.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_counts(
    department: OfDepartment,
    kind: Annotated[CountKind, Query(description="What was counted 统计种类")],
    session: Session,
    now: Now,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_counts(session, department, kind, day_in_china(now), file, form=form)
    counted = "投诉举报数" if kind == CountKind.COMPLAINT else "线索数"
    return _sent(file, f"{counted}-{department}", form)


@router.get(
    "/special-entry-exports",
    operation_id="exportSpecialEntries",
    summary="Export entries of special directories 导出专项库条目",
    description="Who stands in the special directories of a department today, with the licences. "
    "Imported again they change nothing.",
    response_class=Response,
    responses=_EXPORT,
)
async def export_entries(
    department: OfDepartment,
    session: Session,
    now: Now,
    file: WrittenFile,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    form: Form = "xlsx",
) -> Response:
    check_department(caller, department)
    await exports.export_entries(session, department, day_in_china(now), file, form=form)
    return _sent(file, f"专项库条目-{department}", form)


@router.get(
    "/file-templates/{kind}",
    operation_id="getFileTemplate",
    summary="Template of a file 下载导入模板",
    description="An empty Excel workbook: code columns are text, so that Excel rounds no code; "
    "closed values are lists to choose from; a second sheet says in Chinese what belongs where.",
    response_class=Response,
    responses=_gives(XLSX),
)
async def get_template(
    kind: Annotated[
        FileKind, Path(description="What the rows of the file are 数据种类", examples=["objects"])
    ],
    file: WrittenFile,
    _: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> Response:
    await asyncio.to_thread(write_template, file, kind)
    return _sent(file, f"模板-{kind.value}", "xlsx")


def _sent(file: IO[bytes], name: str, form: str) -> Response:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    shown = quote(f"{name}.{form}")
    return StreamingResponse(
        _blocks(file),
        media_type=_TYPES[form],
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f"attachment; filename=\"export.{form}\"; filename*=UTF-8''{shown}",
        },
    )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(SENT_BYTES):
        yield block
