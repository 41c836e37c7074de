"""Reading saved queries 检索方案."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import FilterUnknown, SavedQueryNotFound
from app.registry.models import Division, Industry, SavedQuery
from app.registry.queries.directories import select_directories
from app.registry.queries.filter_words import CodeNames, in_chinese, in_english
from app.registry.schemas.search import ObjectFilters, ObjectFiltersRead, SavedQueryRead


def select_saved_queries(department: str) -> Select[SavedQuery]:
    """The versions in force, one a code."""
    newest = (
        select(SavedQuery.code, SavedQuery.version)
        .where(SavedQuery.department_code == department)
        .ext(distinct_on(SavedQuery.code))
        .order_by(SavedQuery.code, SavedQuery.version.desc())
        .subquery()
    )
    return (
        select(SavedQuery)
        .join(
            newest,
            (newest.c.code == SavedQuery.code) & (newest.c.version == SavedQuery.version),
        )
        .where(SavedQuery.department_code == department)
    )


def select_query_versions(department: str, code: str) -> Select[SavedQuery]:
    """All versions of a saved query."""
    return select(SavedQuery).where(
        SavedQuery.department_code == department, SavedQuery.code == code
    )


async def get_saved_query(
    session: AsyncSession, department: str, code: str, version: int | None = None
) -> SavedQuery:
    """A version, or the one in force. Raises SavedQueryNotFound."""
    query = select_query_versions(department, code)
    if version is not None:
        query = query.where(SavedQuery.version == version)
    found = await session.scalar(query.order_by(SavedQuery.version.desc()).limit(1))
    if found is None:
        raise SavedQueryNotFound(query=code if version is None else f"{code}/{version}")
    return found


def filters_of(query: SavedQuery) -> ObjectFilters:
    """The filters of a version, as they were saved."""
    return ObjectFilters.model_validate(query.filters)


async def describe_saved_queries(
    session: AsyncSession, department: str, saved: Sequence[SavedQuery]
) -> list[SavedQueryRead]:
    """Saved queries with their filters in words."""
    names = await _names(session, department, [filters_of(one) for one in saved])
    return [_shown(one, names) for one in saved]


def _shown(saved: SavedQuery, names: CodeNames) -> SavedQueryRead:
    filters = filters_of(saved)
    return SavedQueryRead(
        department_code=saved.department_code,
        code=saved.code,
        version=saved.version,
        name=saved.name,
        filters=ObjectFiltersRead.model_validate(filters.model_dump(mode="json")),
        words_zh=in_chinese(filters, names),
        words_en=in_english(filters, names),
        created_at=saved.created_at,
        created_by=saved.created_by,
    )


async def _names(
    session: AsyncSession, department: str, asked: Sequence[ObjectFilters]
) -> CodeNames:
    regions = {code for filters in asked for code in filters.region}
    industries = {code for filters in asked for code in filters.industry}
    current = Division.status == "current"
    named = select(Division.code, Division.name).where(Division.code.in_(regions))
    trades = select(Industry.code, Industry.name).where(Industry.code.in_(industries))
    return CodeNames(
        await _read(session, named.order_by(current, Division.valid_from)),
        await _read(session, trades),
        {one.code: one.name for one in await session.scalars(select_directories(department))},
    )


async def _read(session: AsyncSession, pairs: Select[str, str]) -> dict[str, str]:
    return dict((await session.execute(pairs)).all())


async def check_filters(session: AsyncSession, department: str, filters: ObjectFilters) -> None:
    """Every region, industry and special directory of a filter must be known.

    Raises FilterUnknown."""
    names = await _names(session, department, [filters])
    for field, codes, known in (
        ("region", filters.region, names.regions),
        ("industry", filters.industry, names.industries),
    ):
        for place, code in enumerate(codes):
            if code not in known:
                raise FilterUnknown(pointer=f"/filters/{field}/{place}", value=code)
    if filters.special_directory and filters.special_directory not in names.directories:
        raise FilterUnknown(pointer="/filters/special_directory", value=filters.special_directory)
