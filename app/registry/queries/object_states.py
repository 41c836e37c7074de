"""States of objects at a moment and over time, and the digest of a whole directory."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, collate, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pagination import PageQuery, decode_cursor, encode_cursor
from app.registry.errors import ObjectNotFound
from app.registry.models import FACTS, CreditClassRecord, InspectedObject, RegistryImport
from app.registry.queries.history import object_as_of, select_states
from app.registry.queries.objects import get_object, select_class_history
from app.registry.schemas import (
    CreditClassHistoryPage,
    CreditClassHistoryRead,
    DirectoryDigestRead,
    InspectedObjectRead,
    ObjectVersionPage,
    ObjectVersionRead,
)

LINES_AT_ONCE = 5000


async def get_object_as_of(
    session: AsyncSession, department: str, code: str, known_at: datetime | None
) -> InspectedObject:
    """An entry as it was known at a moment, or as it is. Raises ObjectNotFound."""
    if known_at is None:
        return await get_object(session, department, code)
    one = object_as_of(department, known_at)
    found: InspectedObject | None = await session.scalar(select(one).where(one.code == code))
    if found is None:
        raise ObjectNotFound(object=code)
    return found


async def list_object_versions(
    session: AsyncSession, department: str, code: str, page: PageQuery
) -> ObjectVersionPage:
    """All states of an entry, the newest first. Raises ObjectNotFound."""
    query = select_states(department, code)
    if page.after is not None:
        (version,) = decode_cursor(page.after, [int])
        query = query.where(query.exported_columns.version < version)
    states = (await session.execute(query.limit(page.limit + 1))).all()
    if not states and page.after is None:
        raise ObjectNotFound(object=code)
    shown, after = states[: page.limit], None
    if len(states) > page.limit:
        after = encode_cursor([shown[-1].version])
    until = await _recorded_at(session, [state.ended_import_id for state in shown])
    return ObjectVersionPage(items=[_version(state, until) for state in shown], next=after)


def _version(state: Any, until: dict[UUID, datetime]) -> ObjectVersionRead:
    brought: RegistryImport = state[-1]
    return ObjectVersionRead(
        entry=InspectedObjectRead.model_validate(state, from_attributes=True),
        valid_from=brought.data_date,
        recorded_at=brought.imported_at,
        recorded_until=until.get(state.ended_import_id),
        import_id=brought.id,
        import_source=brought.source,
        imported_by=brought.imported_by,
        reason=brought.reason,
    )


async def _recorded_at(
    session: AsyncSession, imports: Sequence[UUID | None]
) -> dict[UUID, datetime]:
    query = select(RegistryImport.id, RegistryImport.imported_at).where(
        RegistryImport.id.in_([one for one in imports if one is not None])
    )
    return dict((await session.execute(query)).all())


async def list_classes(
    session: AsyncSession, department: str, code: str, page: PageQuery
) -> CreditClassHistoryPage:
    """Every class that was told of an object, the one told last first."""
    query = select_class_history(department, code)
    record = CreditClassRecord
    if page.after is not None:
        (sequence,) = decode_cursor(page.after, [int])
        query = query.where(record.import_sequence < sequence)
    ordered = query.order_by(record.import_sequence.desc()).limit(page.limit + 1)
    told = (await session.execute(ordered)).all()
    items = [
        CreditClassHistoryRead(
            object_code=one.object_code,
            credit_class=one.credit_class,
            valid_from=one.valid_from,
            source=brought.source,
            recorded_at=brought.imported_at,
            import_id=brought.id,
        )
        for one, brought in told[: page.limit]
    ]
    more = len(told) > page.limit
    after = encode_cursor([told[page.limit - 1][0].import_sequence]) if more else None
    return CreditClassHistoryPage(items=items, next=after)


def select_lines(department: str, known_at: datetime) -> Select[str]:
    """The lines of a directory's digest, in byte order of the codes; what one is made of stands at
    DirectoryDigestRead. Postgres writes a JSON array as Python's json.dumps does."""
    one = object_as_of(department, known_at)
    listed = (one.code, *(getattr(one, fact) for fact in FACTS), one.listed)
    line = cast(func.json_build_array(*listed), Text)
    return select(line).order_by(collate(one.code, "C"))


async def get_digest(
    session: AsyncSession, department: str, known_at: datetime
) -> DirectoryDigestRead:
    """The digest of a directory as it was known at a moment, without holding it in memory."""
    digest, entries = sha256(), 0
    found = await session.stream_scalars(select_lines(department, known_at))
    async for lines in found.partitions(LINES_AT_ONCE):
        digest.update("".join(f"{line}\n" for line in lines).encode())
        entries += len(lines)
    return DirectoryDigestRead(
        department_code=department, as_of=known_at, entries=entries, sha256=digest.hexdigest()
    )
