"""Telling firms of credit repair once their time of publicity has run out: nobody acts on that day,
so the service looks by itself, every hour."""

import asyncio
import logging
from datetime import datetime

from sqlalchemy import select

from app.core.caller import Caller
from app.core.clock import now
from app.core.database import Database
from app.registry.models import Department
from app.results import service

EVERY_S = 3600

log = logging.getLogger("openlot.credit-repair")


def _worker(department: str) -> Caller:
    name = "credit-repair-worker"
    return Caller(name, name, name, department, (department,), frozenset())


async def tell_once(database: Database, moment: datetime) -> int:
    """Look through every department, each in a transaction of its own; how many firms were told."""
    async with database.transaction(departments="*", request_id="credit-repair") as session:
        codes = list(await session.scalars(select(Department.code).order_by(Department.code)))
    told = 0
    for code in codes:
        async with database.transaction(departments=code, request_id="credit-repair") as session:
            found = await service.tell_ready_firms(session, code, caller=_worker(code), now=moment)
            told += len(found)
    return told


async def run_forever(database: Database) -> None:
    """The loop of a worker; cancel it to stop."""
    while True:
        try:
            await tell_once(database, await now())
        except Exception:  # the database may be away for a while
            log.exception("credit-repair.loop")
        await asyncio.sleep(EVERY_S)
