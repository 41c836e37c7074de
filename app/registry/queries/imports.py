"""Reading imports, accepted and staged."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import operations
from app.registry.errors import CodeTableEmpty, ImportNotFound, StagedImportNotFound
from app.registry.files.tables import CodeTables
from app.registry.models import (
    Division,
    Industry,
    RegistryImport,
    StagedFault,
    StagedFilePart,
    StagedImport,
    StagedImportStep,
    StagingStep,
)
from app.registry.schemas import Preview, StagedImportRead

UPLOADED = "uploaded"
"""The state of a file that waits to be checked."""
_SHOWN = (
    "id",
    "department_code",
    "kind",
    "mode",
    "source",
    "data_date",
    "file_sha256",
    "size",
    "uploaded_at",
)


async def next_import_sequence(session: AsyncSession, department: str) -> int:
    return await latest_sequence(session, department) + 1


async def latest_sequence(session: AsyncSession, department: str, kinds: Sequence[str] = ()) -> int:
    """The number of the newest import of a department, of any of these kinds; 0 for none."""
    query = select(func.max(RegistryImport.sequence)).where(
        RegistryImport.department_code == department
    )
    if kinds:
        query = query.where(RegistryImport.kind.in_(kinds))
    return await session.scalar(query) or 0


def select_imports(department: str) -> Select[RegistryImport]:
    return select(RegistryImport).where(RegistryImport.department_code == department)


async def get_import(session: AsyncSession, import_id: UUID) -> RegistryImport:
    found = await session.get(RegistryImport, import_id)
    if found is None:
        raise ImportNotFound
    return found


async def find_undo(session: AsyncSession, import_id: UUID) -> RegistryImport | None:
    """The import that undid this one."""
    undo = select(RegistryImport).where(RegistryImport.undone_import_id == import_id)
    return await session.scalar(undo)


def select_staged(department: str) -> Select[StagedImport]:
    return select(StagedImport).where(StagedImport.department_code == department)


async def get_staged(session: AsyncSession, import_id: UUID, *, lock: bool = False) -> StagedImport:
    found = await session.get(StagedImport, import_id, with_for_update=lock or None)
    if found is None:
        raise StagedImportNotFound
    return found


async def find_newest_step(session: AsyncSession, import_id: UUID) -> StagedImportStep | None:
    steps = select(StagedImportStep).where(StagedImportStep.import_id == import_id)
    return await session.scalar(steps.order_by(StagedImportStep.number.desc()).limit(1))


def select_faults(import_id: UUID) -> Select[StagedFault]:
    return select(StagedFault).where(StagedFault.import_id == import_id)


async def stream_file(session: AsyncSession, import_id: UUID) -> AsyncIterator[bytes]:
    """The parts of an uploaded file, one in memory at a time."""
    number = 0
    while True:
        part = await session.scalar(
            select(StagedFilePart.data).where(
                StagedFilePart.import_id == import_id, StagedFilePart.number == number
            )
        )
        if part is None:
            return
        yield part
        number += 1


async def get_code_tables(session: AsyncSession) -> CodeTables:
    """The code tables that files are checked against.

    Raises CodeTableEmpty."""
    divisions = (await session.execute(select(Division.__table__))).mappings().all()
    industries = (await session.execute(select(Industry.__table__))).mappings().all()
    tables = CodeTables.of(
        [dict[str, Any](row) for row in divisions], [dict[str, Any](row) for row in industries]
    )
    if tables.regions is None:
        raise CodeTableEmpty(table="GB/T 2260")
    if tables.industries is None:
        raise CodeTableEmpty(table="GB/T 4754")
    return tables


async def describe_staged(session: AsyncSession, staged: StagedImport) -> StagedImportRead:
    """A staged import with where it stands and its preview."""
    step = await find_newest_step(session, staged.id)
    operation = await operations.find_latest(session, f"/v1/registry/staged-imports/{staged.id}")
    assert operation is not None  # noqa: S101 -- an upload writes its operation with it
    details = {} if step is None else step.details
    previewed = step is not None and step.step == StagingStep.PREVIEWED
    return StagedImportRead(
        **{name: getattr(staged, name) for name in _SHOWN},
        state=UPLOADED if step is None else step.step,
        fault_count=details.get("fault_count", 0),
        preview=Preview.model_validate(_without_base(details)) if previewed else None,
        operation_id=operation.id,
    )


def _without_base(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name != "based_on"}
