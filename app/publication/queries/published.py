"""Reading what was published."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.caller import EVERY_DEPARTMENT
from app.core.clock import day_in_china
from app.publication.errors import NotPublic
from app.publication.models import Publication


def select_publications(departments: Sequence[str]) -> Select[Publication]:
    """All versions of what these departments published."""
    query = select(Publication)
    if EVERY_DEPARTMENT in departments:
        return query
    return query.where(Publication.lead_department_code.in_(departments))


def select_latest(kind: str | None = None, subject: str | None = None) -> Select[Publication]:
    """The versions in force."""
    newer = aliased(Publication)
    query = select(Publication).where(~exists().where(newer.supersedes_id == Publication.id))
    if kind is not None:
        query = query.where(Publication.kind == kind)
    if subject is not None:
        query = query.where(Publication.subject == subject)
    return query


async def find_latest(session: AsyncSession, kind: str, subject: str) -> Publication | None:
    """The version in force of a publication, if there is one."""
    return await session.scalar(select_latest(kind, subject))


async def get_publication(session: AsyncSession, publication_id: UUID) -> Publication:
    """A version, also one that was superseded.

    Raises NotPublic."""
    found = await session.get(Publication, publication_id)
    if found is None:
        raise NotPublic
    return found


async def list_newest(
    session: AsyncSession, kind: str | None = None, *, limit: int
) -> list[Publication]:
    """The newest versions in force, those of the latest day first; of a day by kind and subject, so
    that the order in which officials worked does not show."""
    query = select_latest(kind).order_by(Publication.published_at.desc(), Publication.id)
    found = await session.scalars(query.limit(limit))
    ordered = sorted(found, key=lambda one: (one.kind, one.subject))
    return sorted(ordered, key=lambda one: day_in_china(one.published_at), reverse=True)


async def list_results(session: AsyncSession, national_key: str) -> list[Publication]:
    """The published results of a task, by object code."""
    of_task = Publication.subject.startswith(f"{national_key}/", autoescape=True)
    query = select_latest("result").where(of_task).order_by(Publication.subject)
    return list(await session.scalars(query))


async def list_tasks_of_plan(session: AsyncSession, plan_code: str) -> list[Publication]:
    """The published tasks of a plan, by national key."""
    of_plan = Publication.content["plan_code"].astext == plan_code
    query = select_latest("task").where(of_plan).order_by(Publication.subject)
    return list(await session.scalars(query))
