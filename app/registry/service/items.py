"""Feeding the list of inspection items, and making it public."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.database import as_departments
from app.core.problems import Fault
from app.registry import queries
from app.registry.errors import ImportRefused, ItemNotFound, ItemPublishedAlready
from app.registry.files import item_texts
from app.registry.files.items import faults_of
from app.registry.models import (
    InspectionItem,
    InspectionItemPublication,
    RegistryImport,
)
from app.registry.schemas import (
    InspectionItemImport,
    InspectionItemPublicationEvent,
    InspectionItemPublish,
    InspectionItemWrite,
    ItemVersionRef,
    SharedStandardEvent,
    StandardRef,
)
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import
from app.sampling.openlot1 import canonical


async def import_items(
    session: AsyncSession, body: InspectionItemImport, digest: str, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Take over a department's list of inspection items; a changed item becomes a new version,
    which plans may use once it is published."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    _refuse_faulty_items(body.items)
    feed = Feed(body.department_code, body.source, "items")
    await one_feed_at_a_time(session, feed)
    await _check_standards(session, body, back=caller.scope)
    present = {i.code: i for i in await session.scalars(queries.select_items(feed.department))}
    facts = {item.code: facts_of(item) for item in body.items}
    fresh = [code for code in facts if code not in present]
    edited = [
        code for code, said in facts.items() if code in present and differs(said, present[code])
    ]
    counts = (len(body.items), len(fresh), len(edited))
    kept = await record_import(session, feed, digest, counts, caller=caller, now=now)
    for code in (*fresh, *edited):
        former = present[code].version if code in present else 0
        session.add(version_of(code, facts[code], former + 1, kept))
    return kept


async def publish_items(
    session: AsyncSession, body: InspectionItemPublish, *, caller: Caller, now: datetime
) -> list[InspectionItemPublication]:
    """Make versions of a department's items public (domain E16). Each is in the public log with
    the digest of what it says; who shares a checklist learns that it has a new version."""
    check_department(caller, body.department_code)
    await queries.get_department(session, body.department_code)
    await one_feed_at_a_time(session, Feed(body.department_code, "", "items"))
    items = await _to_publish(session, body.department_code, body.items)
    made = [_publish(session, item, caller=caller, now=now) for item in items]
    await session.flush()
    await _tell_sharers(session, items, caller=caller, now=now)
    return made


def facts_of(item: InspectionItemWrite) -> dict[str, Any]:
    """What a version says, as it is stored. Basis, caps and method codes that were not given are
    what the published texts say."""
    said = item.model_dump(mode="json", exclude={"code", "valid_from", "valid_to"})
    if item.basis is None:
        said["basis"] = item_texts.read_basis(item.legal_basis)
    if item.caps is None:
        said["caps"] = item_texts.read_caps(item.ratio_text, item.frequency_text)
    if item.method_codes is None:
        said["method_codes"] = item_texts.read_methods(item.methods)
    said["sub_items"].sort(key=itemgetter("no"))
    return {**said, "valid_from": item.valid_from, "valid_to": item.valid_to}


def version_of(
    code: str, facts: dict[str, Any], version: int, kept: RegistryImport
) -> InspectionItem:
    """The version of an item that an import brings, with `facts_of` it."""
    said = dict(facts)
    standard = said.pop("standard_of") or {}
    return InspectionItem(
        department_code=kept.department_code,
        code=code,
        version=version,
        import_id=kept.id,
        recorded_at=kept.imported_at,
        recorded_by=kept.imported_by,
        standard_department=standard.get("department_code"),
        standard_code=standard.get("item_code"),
        **said,
    )


def differs(said: dict[str, Any], present: InspectionItem) -> bool:
    """Whether an item says anything else than its newest version."""
    days = {"valid_from", "valid_to"}
    return any(
        value != (getattr(present, name) if name in days else queries.fact_of(present, name))
        for name, value in said.items()
    )


def _refuse_faulty_items(items: Sequence[InspectionItemWrite]) -> None:
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
        faults += [
            Fault(one.code, one.zh, one.en, pointer=f"/items/{place}/{one.member}")
            for one in faults_of(item)
        ]
    if faults:
        raise ImportRefused(faults=faults, count=len(faults))


async def _check_standards(session: AsyncSession, body: InspectionItemImport, *, back: str) -> None:
    unfit = await unfit_standards(session, body.department_code, body.items, back=back)
    faults = [
        standard_fault(pointer=f"/items/{place}/standard_of")
        for place, item in enumerate(body.items)
        if item.code in unfit
    ]
    if faults:
        raise ImportRefused(faults=faults, count=len(faults))


def standard_fault(**where: Any) -> Fault:
    """That what an item shares is no standard; `where` it says so."""
    return Fault(
        "standard-unknown",
        "标准互通所指事项尚未公示，或其本身沿用其他事项的标准，或本事项已被其他事项沿用",
        "the standard is no published item with a checklist of its own, or this item is itself "
        "a standard for others",
        **where,
    )


async def unfit_standards(
    session: AsyncSession, department: str, items: Sequence[InspectionItemWrite], *, back: str
) -> set[str]:
    """The codes of those of a department's items that share what is no standard: it is a published
    item that shares none itself, so that there are no chains. `back` is the scope of the caller."""
    wanted = {
        item.code: (item.standard_of.department_code, item.standard_of.item_code)
        for item in items
        if item.standard_of
    }
    if not wanted:
        return set()
    own = {(department, code) for code in wanted}
    async with as_departments(session, "*", back=back):
        found = await session.scalars(queries.select_published(set(wanted.values())))
        known = {(one.department_code, one.code) for one in found if not one.standard_code}
        sharers = await session.scalars(queries.select_sharers(own))
        shared = {(one.standard_department, one.standard_code) for one in sharers}
    return {
        code
        for code, standard in wanted.items()
        if standard not in known - own or (department, code) in shared
    }


async def _to_publish(
    session: AsyncSession, department: str, wanted: Sequence[ItemVersionRef] | None
) -> list[InspectionItem]:
    if wanted is None:
        newest = queries.with_publication(queries.select_items(department))
        found = await session.scalars(newest.order_by(InspectionItem.code))
        return [item for item in found if item.publication is None]
    items = []
    for place, ref in enumerate(wanted):
        versions = queries.select_item_versions(department, ref.code)
        item = await session.scalar(versions.where(InspectionItem.version == ref.version))
        if item is None:
            raise ItemNotFound(item=f"{ref.code}/{ref.version}", pointer=f"/items/{place}")
        if item.publication is not None or item in items:
            raise ItemPublishedAlready(
                item=ref.code, version=ref.version, pointer=f"/items/{place}"
            )
        items.append(item)
    return items


def _publish(
    session: AsyncSession, item: InspectionItem, *, caller: Caller, now: datetime
) -> InspectionItemPublication:
    made = InspectionItemPublication(
        department_code=item.department_code,
        code=item.code,
        version=item.version,
        published_at=now,
        published_by=caller.key_id,
    )
    session.add(made)
    said = {name: queries.fact_of(item, name) for name in queries.ITEM_FACTS}
    told = InspectionItemPublicationEvent(
        department_code=item.department_code,
        code=item.code,
        version=item.version,
        name=item.name,
        sha256=sha256(canonical.dumps(said)).hexdigest(),
    )
    events.record(
        session,
        kind="inspection-item.published",
        subject=f"inspection-item/{item.department_code}/{item.code}",
        department=item.department_code,
        payload=told,
        caller=caller,
        at=now,
        published=told.model_dump(mode="json"),
    )
    return made


async def _tell_sharers(
    session: AsyncSession, items: Sequence[InspectionItem], *, caller: Caller, now: datetime
) -> None:
    """An event of each department that shares one of these checklists."""
    versions = {(item.department_code, item.code): item.version for item in items}
    if not versions:
        return
    async with as_departments(session, "*", back=caller.scope):
        for one in await session.scalars(queries.select_sharers(set(versions))):
            place = (str(one.standard_department), str(one.standard_code))
            events.record(
                session,
                kind="inspection-item.standard-changed",
                subject=f"inspection-item/{one.department_code}/{one.code}",
                department=one.department_code,
                payload=SharedStandardEvent(
                    department_code=one.department_code,
                    code=one.code,
                    standard=StandardRef(department_code=place[0], item_code=place[1]),
                    standard_version=versions[place],
                ),
                caller=caller,
                at=now,
            )
