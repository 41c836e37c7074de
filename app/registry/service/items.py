"""Feeding the list of inspection items."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.core.problems import Fault
from app.registry import queries
from app.registry.errors import ImportRefused
from app.registry.models import (
    InspectionItem,
    RegistryImport,
)
from app.registry.schemas import (
    InspectionItemImport,
    InspectionItemWrite,
)
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import


async def import_items(
    session: AsyncSession, body: InspectionItemImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over a department's list of inspection items; a changed item becomes a new version."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    _refuse_duplicate_items(body.items)
    feed = Feed(body.department_code, body.source, "items")
    await one_feed_at_a_time(session, feed)
    present = {i.code: i for i in await session.scalars(queries.select_items(feed.department))}
    fresh = [item for item in body.items if item.code not in present]
    edited = [
        item for item in body.items if item.code in present and _differs(item, present[item.code])
    ]
    counts = (len(body.items), len(fresh), len(edited))
    kept = await record_import(session, feed, digest, counts, caller=caller, now=now)
    for item in (*fresh, *edited):
        version = present[item.code].version + 1 if item.code in present else 1
        session.add(
            InspectionItem(
                department_code=feed.department,
                version=version,
                import_id=kept.id,
                recorded_at=now,
                recorded_by=caller.key_id,
                **item.model_dump(mode="json"),
            )
        )
    return kept


def _differs(item: InspectionItemWrite, present: InspectionItem) -> bool:
    return any(
        getattr(present, name) != value for name, value in item.model_dump(mode="json").items()
    )


def _refuse_duplicate_items(items: Sequence[InspectionItemWrite]) -> None:
    seen: set[str] = set()
    faults = []
    for place, item in enumerate(items):
        if item.code in seen:
            pointer = f"/items/{place}/code"
            faults.append(
                Fault(
                    "code-duplicate", "事项编码重复出现", "the code stands twice", pointer=pointer
                )
            )
        seen.add(item.code)
    if faults:
        raise ImportRefused(faults=faults, count=len(faults))
