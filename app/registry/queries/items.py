"""Reading inspection items."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.core.database import as_departments
from app.registry.errors import (
    ItemNotFound,
)
from app.registry.models import (
    Department,
    InspectionItem,
    InspectionItemPublication,
)
from app.registry.schemas import (
    FieldChange,
    InspectionItemRead,
    InspectionItemVersionRead,
    InspectionSubItemRead,
)

Place = tuple[str, str]
"""Department and code of an item."""

ITEM_FACTS = (
    "name",
    "category",
    "sub_items",
    "legal_basis",
    "basis",
    "duties",
    "checked_by",
    "objects",
    "object_kinds",
    "ratio_text",
    "frequency_text",
    "caps",
    "methods",
    "method_codes",
    "inspector_requirement",
    "qualifications",
    "remark",
    "valid_from",
    "valid_to",
    "standard_of",
)
"""What a version says; two that agree in all of it are one."""


def select_items(
    department: str | None = None, *, as_of: datetime | None = None, on: date | None = None
) -> Select[InspectionItem]:
    """One version of each item: the newest of those that were known `as_of` and are in force `on`
    a day, of all that there are if left out."""
    known = [] if as_of is None else [InspectionItem.recorded_at <= as_of]
    valid = [] if on is None else [_overlaps(on, on)]
    query = _newest(*known, *valid)
    return query.where(InspectionItem.department_code == department) if department else query


def select_published(
    places: Collection[Place], *, as_of: datetime | None = None
) -> Select[InspectionItem]:
    """The newest published version of each of these items."""
    known = [] if as_of is None else [InspectionItemPublication.published_at <= as_of]
    return _newest(_is_of(places), _published(*known))


def select_public_items(department: str, on: date) -> Select[InspectionItem]:
    """A department's items as published and in force on a day (domain E16)."""
    return _newest(InspectionItem.department_code == department, _published(), _overlaps(on, on))


def select_sharers(places: Collection[Place]) -> Select[InspectionItem]:
    """The items whose newest version shares the checklist of one of these."""
    standard = tuple_(InspectionItem.standard_department, InspectionItem.standard_code)
    return select_items().where(standard.in_(places))


def select_item_versions(department: str, code: str) -> Select[InspectionItem]:
    query = select(InspectionItem).options(joinedload(InspectionItem.publication))
    return query.where(InspectionItem.department_code == department, InspectionItem.code == code)


def with_publication(query: Select[InspectionItem]) -> Select[InspectionItem]:
    """The same items, each with its publication if it has one."""
    return query.options(joinedload(InspectionItem.publication))


async def get_item(
    session: AsyncSession,
    department: str,
    code: str,
    *,
    as_of: datetime | None = None,
    on: date | None = None,
) -> InspectionItem:
    query = select_items(department, as_of=as_of, on=on).where(InspectionItem.code == code)
    found = await session.scalar(with_publication(query))
    if found is None:
        raise ItemNotFound(item=code)
    return found


async def find_usable_item(
    session: AsyncSession, department: str, code: str, first: date, last: date
) -> InspectionItem | None:
    """The newest published version that is in force on some day from `first` to `last`: the one
    that a plan for these days uses (domain E16)."""
    query = select_usable_items([(department, code)], first, last)
    found: InspectionItem | None = await session.scalar(query)
    return found


def select_usable_items(
    places: Collection[Place], first: date, last: date, *, as_of: datetime | None = None
) -> Select[InspectionItem]:
    """Of each of these items the version that a plan for these days uses: the newest of those that
    were published `as_of` a moment and are in force on some day from `first` to `last`."""
    known = [] if as_of is None else [InspectionItemPublication.published_at <= as_of]
    return _newest(_is_of(places), _published(*known), _overlaps(first, last))


def count_usable_items(department: InstrumentedAttribute[str], on: date) -> ScalarSelect[int]:
    """How many items of a department have a published version in force on a day."""
    query = select(func.count(InspectionItem.code.distinct()))
    return query.where(
        InspectionItem.department_code == department, _published(), _overlaps(on, on)
    ).scalar_subquery()


def select_list_owners(on: date) -> Select[str, str, int]:
    """Every department that has published items in force on a day: code, name, how many."""
    count = count_usable_items(Department.code, on)
    return select(Department.code, Department.name, count).where(count > 0)


async def find_standards(
    session: AsyncSession, items: Iterable[InspectionItem], *, as_of: datetime | None, back: str
) -> dict[Place, InspectionItem]:
    """The published standards that these items share 标准互通. They may be of any department, as
    what is published is public; `back` is the scope of the caller."""
    places = {
        (item.standard_department, item.standard_code)
        for item in items
        if item.standard_department and item.standard_code
    }
    if not places:
        return {}
    async with as_departments(session, "*", back=back):
        found = await session.scalars(select_published(places, as_of=as_of))
    return {(item.department_code, item.code): item for item in found}


async def show_items(
    session: AsyncSession,
    items: Sequence[InspectionItem],
    *,
    as_of: datetime | None = None,
    back: str,
) -> list[InspectionItemRead]:
    """The items as the API shows them: with the checklists that they share, and without what was
    published after `as_of`."""
    standards = await find_standards(session, items, as_of=as_of, back=back)
    return [_shown(item, standards, as_of) for item in items]


async def show_versions(
    session: AsyncSession, versions: Sequence[InspectionItem]
) -> list[InspectionItemVersionRead]:
    """Versions of one item that follow each other, each with what it changed."""
    if not versions:
        return []
    first = versions[0]
    place = (first.department_code, first.code, first.version - 1)
    earlier = [await session.get(InspectionItem, place), *versions]
    return [
        InspectionItemVersionRead(
            version=after.version,
            valid_from=after.valid_from,
            valid_to=after.valid_to,
            recorded_at=after.recorded_at,
            recorded_by=after.recorded_by,
            published_at=after.published_at,
            published_by=after.published_by,
            changes=_changes(before, after) if before else [],
        )
        for before, after in zip(earlier, versions, strict=False)
    ]


def _shown(
    item: InspectionItem, standards: dict[Place, InspectionItem], as_of: datetime | None
) -> InspectionItemRead:
    shown = InspectionItemRead.model_validate(item)
    changes: dict[str, object] = {}
    if as_of and item.published_at and item.published_at > as_of:
        changes |= {"published_at": None, "published_by": None}
    if item.standard_department and item.standard_code:
        standard = standards.get((item.standard_department, item.standard_code))
        if standard is not None:
            text = [
                InspectionSubItemRead.model_validate(sub_item) for sub_item in standard.sub_items
            ]
            changes |= {"sub_items": text, "standard_version": standard.version}
    return shown.model_copy(update=changes)


def _changes(before: InspectionItem, after: InspectionItem) -> list[FieldChange]:
    facts = ((name, fact_of(before, name), fact_of(after, name)) for name in ITEM_FACTS)
    return [
        FieldChange(field=name, before=old, after=new) for name, old, new in facts if old != new
    ]


def fact_of(item: InspectionItem, name: str) -> object:
    """A fact of a version as JSON, with the members that it lacked when it was recorded."""
    value = getattr(item, name)
    if name == "sub_items":
        return [{"lines": [], **sub_item} for sub_item in value]
    return value.isoformat() if isinstance(value, date) else value


def _newest(*conditions: ColumnElement[bool]) -> Select[InspectionItem]:
    """The highest version of each item among those that fulfil the conditions."""
    key = (InspectionItem.department_code, InspectionItem.code)
    newest = (
        select(*key, func.max(InspectionItem.version).label("version"))
        .where(*conditions)
        .group_by(*key)
        .subquery()
    )
    return select(InspectionItem).join(
        newest,
        and_(
            newest.c.department_code == InspectionItem.department_code,
            newest.c.code == InspectionItem.code,
            newest.c.version == InspectionItem.version,
        ),
    )


def _is_of(places: Collection[Place]) -> ColumnElement[bool]:
    return tuple_(InspectionItem.department_code, InspectionItem.code).in_(places)


def _published(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return InspectionItem.publication.has(and_(True, *conditions))


def _overlaps(first: date, last: date) -> ColumnElement[bool]:
    begins = or_(InspectionItem.valid_from.is_(None), InspectionItem.valid_from <= last)
    ends = or_(InspectionItem.valid_to.is_(None), InspectionItem.valid_to >= first)
    return and_(begins, ends)
