"""Reading correction requests 更正请求. A request concerns the department of the directory and the
one that answers; it is asked everywhere for these two, and only the answer to that leaves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.database import as_departments
from app.registry.errors import CorrectionNotFound
from app.registry.models import (
    CorrectionAnswer,
    CorrectionRequest,
    InspectedObject,
    InspectedObjectVersion,
    RegistryImport,
)
from app.registry.schemas import CorrectionAnswerRead, CorrectionQuery, CorrectionRead


@asynccontextmanager
async def between_departments(session: AsyncSession, caller: Caller) -> AsyncIterator[None]:
    """See requests whose other side is another department's."""
    async with as_departments(session, "*", back=caller.scope):
        yield


def select_corrections(wanted: CorrectionQuery) -> Select[CorrectionRequest]:
    """Requests about a department's directory, or that it is to answer."""
    asked = CorrectionRequest
    query = select(asked).where(
        or_(
            asked.department_code == wanted.department,
            asked.responsible_department == wanted.department,
        )
    )
    if wanted.object is not None:
        query = query.where(asked.object_code == wanted.object)
    if wanted.open is not None:
        answered = exists().where(CorrectionAnswer.request_id == asked.id)
        query = query.where(~answered if wanted.open else answered)
    return query


async def get_correction(
    session: AsyncSession, request_id: UUID, *, caller: Caller
) -> CorrectionRequest:
    """A request that concerns a department of the caller. Raises CorrectionNotFound."""
    async with between_departments(session, caller):
        found = await session.get(CorrectionRequest, request_id)
    seen = set(caller.departments)
    if found is None or not seen & {"*", found.department_code, found.responsible_department}:
        raise CorrectionNotFound
    return found


async def get_correction_answers(
    session: AsyncSession, requests: Sequence[CorrectionRequest]
) -> dict[UUID, CorrectionAnswer]:
    """The answers that there are; ask `between_departments`."""
    ids = [one.id for one in requests]
    found = await session.scalars(
        select(CorrectionAnswer).where(CorrectionAnswer.request_id.in_(ids))
    )
    return {one.request_id: one for one in found}


async def corrected_by(session: AsyncSession, request: CorrectionRequest, import_id: UUID) -> bool:
    """Whether an import that came after the request changed the object."""
    of_object = [
        exists().where(
            model.department_code == request.department_code,
            model.code == request.object_code,
            model.import_id == import_id,
        )
        for model in (InspectedObject, InspectedObjectVersion)
    ]
    query = select(RegistryImport.id).where(
        RegistryImport.id == import_id,
        RegistryImport.department_code == request.department_code,
        RegistryImport.imported_at > request.requested_at,
        or_(*of_object),
    )
    return await session.scalar(query) is not None


def describe_correction(
    request: CorrectionRequest, answer: CorrectionAnswer | None, today: date
) -> CorrectionRead:
    """A request as it stands today."""
    names = CorrectionRead.model_fields.keys() - {"overdue", "answer"}
    return CorrectionRead(
        **{name: getattr(request, name) for name in names},
        overdue=answer is None and request.due_on < today,
        answer=None if answer is None else CorrectionAnswerRead.model_validate(answer),
    )
