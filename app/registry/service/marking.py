"""The faulty rows of a staged file as a workbook with marked cells."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import queries
from app.registry.errors import NothingToMark
from app.registry.files.kinds import FileKind
from app.registry.files.run import mark_file
from app.registry.service.checking import folder_of_file
from app.registry.service.kinds import KINDS
from app.registry.service.staging import write_file


async def mark_faults(session: AsyncSession, import_id: UUID) -> bytes:
    """An xlsx of the rows that have faults.

    Raises NothingToMark if there are none, or no workbook can be made of the file."""
    staged = await queries.get_staged(session, import_id)
    faults = await session.scalars(queries.select_faults(import_id).order_by("number"))
    lines = [
        json.dumps(
            {name: getattr(fault, name) for name in ("row", "column", "code", "value", "zh", "en")},
            ensure_ascii=False,
        )
        for fault in faults
    ]
    if not lines:
        raise NothingToMark
    async with folder_of_file() as folder:
        await write_file(session, staged.id, folder / "file")
        return await asyncio.to_thread(_marked, folder, KINDS[staged.kind].file, lines)


def _marked(folder: Path, kind: FileKind, lines: list[str]) -> bytes:
    faults, out = folder / "faults", folder / "marked.xlsx"
    faults.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if not mark_file(folder / "file", kind, faults=faults, out=out):
        raise NothingToMark
    return out.read_bytes()
