"""Saving queries 检索方案. A version is never changed, for plans and draws refer to it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.registry import queries
from app.registry.errors import SavedQueryNotFound
from app.registry.models import SavedQuery
from app.registry.schemas import ObjectFilters, SavedQueryEvent, SavedQueryWrite
from app.registry.service.imports import Feed, one_feed_at_a_time


async def save_query(
    session: AsyncSession, body: SavedQueryWrite, *, caller: Caller, now: datetime
) -> SavedQuery:
    """Save a query, or its next version; one that says the same as the version in force is that
    version. Raises FilterUnknown."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    await one_feed_at_a_time(session, Feed(body.department_code, "", "saved-query"))
    await queries.check_filters(session, body.department_code, body.filters)
    filters = canonical_filters(body.filters)
    try:
        present = await queries.get_saved_query(session, body.department_code, body.code)
    except SavedQueryNotFound:
        present = None
    if present and (present.name, present.filters) == (body.name, filters):
        return present
    saved = SavedQuery(
        department_code=body.department_code,
        code=body.code,
        version=present.version + 1 if present else 1,
        name=body.name,
        filters=filters,
        created_at=now,
        created_by=caller.key_id,
    )
    session.add(saved)
    await session.flush()
    events.record(
        session,
        kind="saved-query.saved",
        subject=f"saved-query/{saved.department_code}/{saved.code}",
        department=saved.department_code,
        payload=SavedQueryEvent(
            department_code=saved.department_code,
            code=saved.code,
            version=saved.version,
            name=saved.name,
            filters=filters,
        ),
        caller=caller,
        at=now,
    )
    return saved


def canonical_filters(filters: ObjectFilters) -> dict[str, object]:
    """Filters without what does not matter, lists sorted and each value once: two queries that ask
    for the same are equal."""
    said = filters.model_dump(mode="json", exclude_defaults=True)
    return {
        name: sorted(set(value)) if isinstance(value, list) else value
        for name, value in said.items()
    }
