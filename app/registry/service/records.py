"""Single entries of the directory of objects: imports of one row, with who told it and why."""

import asyncio
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.core.clock import day_in_china
from app.core.etags import require_match
from app.core.problems import Fault
from app.registry import queries
from app.registry.errors import ImportRefused, ObjectListedAlready
from app.registry.files.kinds import OBJECTS as LAYOUT
from app.registry.files.object_rows import ObjectRows
from app.registry.files.run import FileCheck
from app.registry.files.sink import Sink, part_file
from app.registry.files.tables import CodeTables
from app.registry.models import FACTS, ImportMode, InspectedObject
from app.registry.schemas.records import InspectedObjectCreate, InspectedObjectPatch
from app.registry.service.checking import Checked, folder_of_file
from app.registry.service.feeding import take_checked
from app.registry.service.imports import Feed, one_feed_at_a_time
from app.sampling.openlot1 import canonical

COLUMNS = {"code": "uscc", "kind": "object_class", "established_on": "established"}
"""Facts that a file calls otherwise."""


async def create_object(
    session: AsyncSession, body: InspectedObjectCreate, *, caller: Caller, now: datetime
) -> InspectedObject:
    """Write one new entry.

    Raises ObjectListedAlready if the directory holds the code, ImportRefused for faults."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    facts = body.model_dump(mode="json", exclude={"department_code", "reason"})
    feed = _feed(body.department_code, body.source, body.reason, now)
    await one_feed_at_a_time(session, feed)
    if await session.get(InspectedObject, (body.department_code, body.code)) is not None:
        raise ObjectListedAlready(object=body.code)
    await _take(session, facts, feed, caller=caller, now=now)
    return await queries.get_object(session, body.department_code, body.code)


async def correct_object(
    session: AsyncSession,
    department: str,
    code: str,
    body: InspectedObjectPatch,
    if_match: str,
    *,
    caller: Caller,
    now: datetime,
) -> InspectedObject:
    """Correct one entry that was read at the version of `if_match`; the next full feed of its
    source may bring the former facts back, so that the source must correct them too.

    Raises StateMoved, ImportRefused for faults."""
    check_department(caller, department)
    feed = _feed(department, body.source, body.reason, now)
    await one_feed_at_a_time(session, feed)
    present = await queries.get_object(session, department, code)
    require_match(if_match, present.version)
    known = {fact: getattr(present, fact) for fact in FACTS}
    known["established_on"] = present.established_on and present.established_on.isoformat()
    changes = body.model_dump(mode="json", exclude_unset=True, exclude={"source", "reason"})
    await _take(session, {"code": code, **known, **changes}, feed, caller=caller, now=now)
    await session.refresh(present)
    return present


def _feed(department: str, source: str, reason: str, now: datetime) -> Feed:
    return Feed(
        department=department,
        source=source,
        kind="objects",
        mode=ImportMode.RECORD,
        data_date=day_in_china(now),
        reason=reason,
    )


async def _take(
    session: AsyncSession, facts: dict[str, Any], feed: Feed, *, caller: Caller, now: datetime
) -> None:
    tables = await queries.get_code_tables(session)
    digest = sha256(canonical.dumps(facts)).hexdigest()
    async with folder_of_file() as folder:
        checked = await asyncio.to_thread(_checked, facts, tables, folder)
        if checked.told.fault_count:
            raise _refusal(checked)
        await take_checked(session, checked, feed, digest, caller=caller, now=now)


def _checked(facts: dict[str, Any], tables: CodeTables, folder: Path) -> Checked:
    """The entry checked as the one row of a file."""
    row = {COLUMNS.get(fact, fact): value or "" for fact, value in facts.items()}
    fields = [row.get(column, "") for column in LAYOUT.columns]
    places = {column: place for place, column in enumerate(LAYOUT.columns)}
    with Sink(folder, 0) as sink:
        rows = ObjectRows(places, len(fields), tables, sink)
        rows.check(1, [(",".join(fields), fields)])
    told = FileCheck("json", "", "", 1, sink.valid, sink.faults)
    return Checked(told, part_file(folder, "rows", 0), part_file(folder, "faults", 0))


def _refusal(checked: Checked) -> ImportRefused:
    """The faults of the row, each at its member of the body."""
    members = {column: fact for fact, column in COLUMNS.items()}
    faults = [
        Fault(
            told["code"],
            told["zh"],
            told["en"],
            pointer=f"/{members.get(told['column'], told['column'])}",
            value=told["value"],
        )
        for told in checked.listed_faults()
    ]
    return ImportRefused(faults=faults, count=len(faults))
