"""Reading results: where each part stands, findings with their reviews, disposals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import everywhere
from app.core.pagination import PageQuery, paginate
from app.results.errors import DisposalNotFound, FindingsNotFound, FindingsReviewedAlready
from app.results.models import Disposal, DisposalStep, ResultEntry, ResultReview, ResultSignature
from app.results.schemas import (
    DisposalPage,
    DisposalRead,
    DisposalStepRead,
    FindingsPage,
    FindingsRead,
    InspectionPage,
    InspectionProgress,
    InspectionQuery,
    InspectionRead,
    ReviewRead,
    SignatureRead,
)
from app.results.states import OPEN
from app.tasks import queries as tasks
from app.tasks.errors import InspectionPartNotFound
from app.tasks.models import DepartmentTask, InspectionPart, InspectionTask
from app.tasks.states import PartState

PartKey = tuple[str, str]
"""Object and department."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all departments together found at an object: every value, and the last visit."""

    values: frozenset[int]
    inspected_on: date


def _of_part(model: type[ResultEntry | ResultReview | ResultSignature]) -> ColumnElement[bool]:
    """Rows of the part at hand, within a query over parts."""
    return and_(
        model.task_code == InspectionPart.task_code,
        model.object_code == InspectionPart.object_code,
        model.department_code == InspectionPart.department_code,
    )


def part_state() -> ColumnElement[str]:
    """Where the part at hand stands: what the latest version of its findings has come to."""
    latest = select(func.max(ResultEntry.version)).where(_of_part(ResultEntry))
    version = latest.correlate(InspectionPart).scalar_subquery()
    decision = (
        select(ResultReview.decision)
        .where(_of_part(ResultReview), ResultReview.version == version)
        .correlate(InspectionPart)
        .scalar_subquery()
    )
    signed = (
        exists()
        .where(_of_part(ResultSignature), ResultSignature.version == version)
        .correlate(InspectionPart)
    )
    return case(
        (version.is_(None), PartState.PENDING.value),
        (decision.is_not(None), decision),
        (signed, PartState.SIGNED.value),
        else_=PartState.ENTERED.value,
    )


async def part_states(session: AsyncSession, task: InspectionTask) -> dict[PartKey, PartState]:
    """Where each part of a task stands, of those that the caller sees."""
    found = await session.execute(
        select(InspectionPart.object_code, InspectionPart.department_code, part_state()).where(
            InspectionPart.task_code == task.code
        )
    )
    return {(code, department): PartState(state) for code, department, state in found}


async def get_progress(session: AsyncSession, task: InspectionTask) -> InspectionProgress:
    """How many parts stand at each state, of those that the caller sees."""
    seen = select(part_state().label("state")).where(InspectionPart.task_code == task.code)
    states = seen.subquery()
    found = await session.execute(select(states.c.state, func.count()).group_by(states.c.state))
    return InspectionProgress(
        parts=dict.fromkeys((state.value for state in PartState), 0) | dict(found.all())
    )


async def list_inspections(
    session: AsyncSession, task: InspectionTask, wanted: InspectionQuery
) -> InspectionPage:
    """The parts that the caller sees, with their state and officers."""
    query = tasks.select_parts(task)
    if wanted.department is not None:
        query = query.where(InspectionPart.department_code == wanted.department)
    if wanted.state is not None:
        query = query.where(part_state() == wanted.state.value)
    order = [InspectionPart.object_code, InspectionPart.department_code]
    parts, after = await paginate(session, query, order_by=order, page=wanted)
    objects = [part.object_code for part in parts]
    states = await _states_of(session, task, objects)
    officers = await tasks.get_officers(session, task, objects)
    items = []
    for part in parts:
        key = (part.object_code, part.department_code)
        items.append(
            InspectionRead(
                object_code=part.object_code,
                object_name=part.object_name,
                region_code=part.region_code,
                department_code=part.department_code,
                state=states[key],
                officers=officers.get(key, []),
            )
        )
    return InspectionPage(items=items, next=after)


async def _states_of(
    session: AsyncSession, task: InspectionTask, objects: Sequence[str]
) -> dict[PartKey, str]:
    found = await session.execute(
        select(InspectionPart.object_code, InspectionPart.department_code, part_state()).where(
            InspectionPart.task_code == task.code, InspectionPart.object_code.in_(objects)
        )
    )
    return {(code, department): state for code, department, state in found}


async def get_state(session: AsyncSession, part: InspectionPart) -> PartState:
    query = select(part_state()).where(
        InspectionPart.task_code == part.task_code,
        InspectionPart.object_code == part.object_code,
        InspectionPart.department_code == part.department_code,
    )
    return PartState((await session.scalars(query)).one())


def _entries_of(part: InspectionPart) -> Select[ResultEntry]:
    return select(ResultEntry).where(
        ResultEntry.task_code == part.task_code,
        ResultEntry.object_code == part.object_code,
        ResultEntry.department_code == part.department_code,
    )


async def find_latest(session: AsyncSession, part: InspectionPart) -> ResultEntry | None:
    """The latest version of the findings of a part."""
    query = _entries_of(part).order_by(ResultEntry.version.desc()).limit(1)
    return await session.scalar(query)


async def get_entry(session: AsyncSession, part: InspectionPart, version: int) -> ResultEntry:
    found = await session.scalar(_entries_of(part).where(ResultEntry.version == version))
    if found is None:
        raise FindingsNotFound(version=version)
    return found


async def get_signatories(session: AsyncSession, entry: ResultEntry) -> set[str]:
    """Who stands for an entry: who entered it, and who signed."""
    signed = await session.scalars(
        select(ResultSignature.signed_person).where(
            ResultSignature.task_code == entry.task_code,
            ResultSignature.object_code == entry.object_code,
            ResultSignature.department_code == entry.department_code,
            ResultSignature.version == entry.version,
        )
    )
    return {entry.entered_person, *signed}


async def find_review(session: AsyncSession, entry: ResultEntry) -> ResultReview | None:
    key = (entry.task_code, entry.object_code, entry.department_code, entry.version)
    return await session.get(ResultReview, key)


async def get_unreviewed(session: AsyncSession, part: InspectionPart, version: int) -> ResultEntry:
    """The version, if nobody has decided on it. A version that was followed by another has been
    returned.

    Raises FindingsNotFound, FindingsReviewedAlready."""
    entry = await get_entry(session, part, version)
    if await find_review(session, entry) is not None:
        raise FindingsReviewedAlready
    return entry


async def find_outcome(
    session: AsyncSession, task: InspectionTask, object_code: str
) -> Outcome | None:
    """What was found at an object, if every department's part is approved; asked across all
    departments, so only while the task is locked is the answer final."""
    parts = select(func.count()).where(
        InspectionPart.task_code == task.code, InspectionPart.object_code == object_code
    )
    approved = (
        select(ResultEntry.findings, ResultEntry.inspected_on)
        .join(
            ResultReview,
            and_(
                ResultReview.task_code == ResultEntry.task_code,
                ResultReview.object_code == ResultEntry.object_code,
                ResultReview.department_code == ResultEntry.department_code,
                ResultReview.version == ResultEntry.version,
            ),
        )
        .where(
            ResultEntry.task_code == task.code,
            ResultEntry.object_code == object_code,
            ResultReview.decision == PartState.APPROVED,
        )
    )
    async with everywhere(session):
        found = (await session.execute(approved)).all()
        if len(found) != await session.scalar(parts):
            return None
    return Outcome(
        frozenset(finding["value"] for findings, _ in found for finding in findings),
        max(inspected_on for _, inspected_on in found),
    )


async def list_findings(
    session: AsyncSession, task: InspectionTask, object_code: str, page: PageQuery
) -> FindingsPage:
    """All versions of the findings at an object, of the caller's departments.

    Raises InspectionPartNotFound."""
    seen = tasks.select_parts(task).where(InspectionPart.object_code == object_code)
    if await session.scalar(seen.limit(1)) is None:
        raise InspectionPartNotFound(object=object_code)
    query = select(ResultEntry).where(
        ResultEntry.task_code == task.code, ResultEntry.object_code == object_code
    )
    order = [ResultEntry.department_code, ResultEntry.version]
    entries, after = await paginate(session, query, order_by=order, page=page)
    return FindingsPage(items=[await describe(session, one) for one in entries], next=after)


async def describe(session: AsyncSession, entry: ResultEntry) -> FindingsRead:
    """A version of findings with its signatures and review."""
    signatures = await session.scalars(
        select(ResultSignature)
        .where(
            ResultSignature.task_code == entry.task_code,
            ResultSignature.object_code == entry.object_code,
            ResultSignature.department_code == entry.department_code,
            ResultSignature.version == entry.version,
        )
        .order_by(ResultSignature.signed_at, ResultSignature.signed_person)
    )
    review = await find_review(session, entry)
    names = FindingsRead.model_fields.keys() - {"signatures", "review"}
    return FindingsRead(
        **{name: getattr(entry, name) for name in names},
        signatures=[SignatureRead.model_validate(one) for one in signatures],
        review=None if review is None else ReviewRead.model_validate(review),
    )


async def get_disposal(session: AsyncSession, disposal_id: UUID) -> Disposal:
    found = await session.get(Disposal, disposal_id)
    if found is None:
        raise DisposalNotFound
    return found


async def get_disposed_items(session: AsyncSession, part: InspectionPart) -> set[str]:
    """Items of a part for which somebody has taken on what follows."""
    return set(
        await session.scalars(
            select(Disposal.item_code).where(
                Disposal.task_code == part.task_code,
                Disposal.object_code == part.object_code,
                Disposal.department_code == part.department_code,
            )
        )
    )


async def get_steps(
    session: AsyncSession, disposals: Sequence[UUID]
) -> dict[UUID, list[DisposalStep]]:
    """The steps of some disposals, in order."""
    found: dict[UUID, list[DisposalStep]] = defaultdict(list)
    query = select(DisposalStep).where(DisposalStep.disposal_id.in_(disposals))
    for step in await session.scalars(query.order_by(DisposalStep.number)):
        found[step.disposal_id].append(step)
    return found


def state_of(steps: Sequence[DisposalStep]) -> str:
    return steps[-1].kind if steps else OPEN


async def list_disposals(session: AsyncSession, page: PageQuery) -> DisposalPage:
    """Disposals that the caller sees, by id."""
    found, after = await paginate(session, select(Disposal), order_by=[Disposal.id], page=page)
    return DisposalPage(items=await describe_disposals(session, found), next=after)


async def describe_disposals(
    session: AsyncSession, disposals: Sequence[Disposal]
) -> list[DisposalRead]:
    """Disposals with their steps and where they stand."""
    steps = await get_steps(session, [one.id for one in disposals])
    codes = {one.task_code for one in disposals}
    keys = dict(
        (
            await session.execute(
                select(DepartmentTask.task_code, DepartmentTask.national_key).where(
                    DepartmentTask.task_code.in_(codes)
                )
            )
        ).all()
    )
    names = DisposalRead.model_fields.keys() - {"task_key", "state", "steps"}
    return [
        DisposalRead(
            **{name: getattr(one, name) for name in names},
            task_key=keys[one.task_code],
            state=state_of(steps[one.id]),
            steps=[DisposalStepRead.model_validate(step) for step in steps[one.id]],
        )
        for one in disposals
    ]
