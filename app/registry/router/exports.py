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
from app.core.database import Session
from app.core.problems import problems
from app.registry.errors import ExportTooLarge
from app.registry.files.kinds import FileKind
from app.registry.files.writing import write_template
from app.registry.router.fields import OfDepartment
from app.registry.service import exports

router = APIRouter(prefix="/v1/registry", tags=["registry"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
SENT_BYTES = 256 * 1024


def _written_file() -> Iterator[IO[bytes]]:
    """A temporary file that is gone once the answer has been sent."""
    with tempfile.TemporaryFile() as file:
        yield file


WrittenFile = Annotated[IO[bytes], Depends(_written_file)]
Form = Annotated[
    Literal["xlsx", "csv"],
    Query(alias="format", description="Excel, or CSV in UTF-8 with a mark 文件格式"),
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


@router.get(
    "/object-exports",
    operation_id="exportInspectedObjects",
    summary="Export inspected objects 导出检查对象名录库",
    description="A department's directory by code, with Chinese headers and codes as text. "
    "Imported again it changes nothing. An xlsx holds 1,048,575 rows, a CSV any number.",
    response_class=Response,
    responses={**_gives(XLSX, CSV), **problems(DepartmentNotVisible, ExportTooLarge)},
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
    responses={**_gives(XLSX, CSV), **problems(DepartmentNotVisible, ExportTooLarge)},
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
    responses={**_gives(XLSX, CSV), **problems(DepartmentNotVisible, ExportTooLarge)},
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
        media_type=XLSX if form == "xlsx" else CSV,
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f"attachment; filename=\"export.{form}\"; filename*=UTF-8''{shown}",
        },
    )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(SENT_BYTES):
        yield block
