"""Passing events on to the features that live on them, after the commit that recorded them.

A row of `event_dispatch` is locked, handed to every handler in one transaction and marked done;
two replicas never take the same row, and a crash leaves it for the next. Handlers only write rows:
what leaves the house (a callback) is sent later, by who reads those rows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Database
from app.core.events import Event, EventDispatch

Handler = Callable[[AsyncSession, Event, datetime], Awaitable[None]]

BATCH = 50
IDLE_S = 0.3
MAX_ATTEMPTS = 5

log = logging.getLogger("openlot.dispatch")


async def dispatch_once(database: Database, handlers: Sequence[Handler]) -> int:
    """Hand on the oldest events that wait; how many there were. An event whose handler fails is
    tried again and, after several attempts, set aside so that others go on."""
    async with database.transaction(departments="*", request_id="dispatch") as session:
        waiting = list(
            await session.scalars(
                select(EventDispatch)
                .join(Event, Event.id == EventDispatch.event_id)
                .where(EventDispatch.state == "ready")
                .order_by(Event.sequence)
                .limit(BATCH)
                .with_for_update(of=EventDispatch, skip_locked=True)
            )
        )
        for row in waiting:
            await _hand_on(session, row, handlers)
        return len(waiting)


async def _hand_on(session: AsyncSession, row: EventDispatch, handlers: Sequence[Handler]) -> None:
    event = await session.get_one(Event, row.event_id)
    row.attempts += 1
    try:
        async with session.begin_nested():
            for handler in handlers:
                await handler(session, event, datetime.now(UTC))
        row.state = "done"
    except Exception:  # one poisoned event must not hold up the others
        log.exception("dispatch.failed %s attempt %s", row.event_id, row.attempts)
        row.state = "dead" if row.attempts >= MAX_ATTEMPTS else "ready"


async def run_forever(database: Database, handlers: Sequence[Handler]) -> None:
    """The loop of a worker; cancel it to stop."""
    while True:
        try:
            found = await dispatch_once(database, handlers)
        except Exception:  # the database may be away for a while
            log.exception("dispatch.loop")
            found = 0
        if not found:
            await asyncio.sleep(IDLE_S)
