"""Taking over code tables."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.uploads import UploadedFile
from app.registry import files
from app.registry.models import (
    Division,
    Industry,
    RegistryImport,
)
from app.registry.service.imports import Feed, record_import, refuse_faults


async def import_divisions(
    session: AsyncSession, upload: UploadedFile, source: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the table of administrative divisions (GB/T 2260)."""
    checked = await asyncio.to_thread(files.check_divisions, upload.file)
    refuse_faults(checked)
    await _upsert(session, Division, ["code", "valid_from"], checked.rows)
    feed = Feed(caller.department, source, "divisions")
    return await record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )


async def import_industries(
    session: AsyncSession, upload: UploadedFile, source: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over the classification of industries (GB/T 4754)."""
    checked = await asyncio.to_thread(files.check_industries, upload.file)
    refuse_faults(checked)
    await _upsert(session, Industry, ["code"], checked.rows)
    feed = Feed(caller.department, source, "industries")
    return await record_import(
        session, feed, upload.sha256, (checked.total, checked.total, 0), caller=caller, now=now
    )


async def _upsert(
    session: AsyncSession, table: type[Any], key: list[str], rows: Sequence[dict[str, Any]]
) -> None:
    statement = insert(table)
    changed = {c: statement.excluded[c] for c in rows[0] if c not in key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows)
    )
