"""Which version of an item an inspection is about, and the checklist of it 检查表."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import queries as registry
from app.registry.models import InspectionItem
from app.results.schemas import InspectionChecklistList, InspectionChecklistRead
from app.tasks.models import DepartmentTask, InspectionTask

ItemPlace = tuple[str, str]
"""Department and code of an inspection item."""


def select_items_of_task(
    task: InspectionTask, places: Collection[ItemPlace]
) -> Select[InspectionItem]:
    """Items in the version that binds a task: the newest that was published at its dispatch and is
    in force within its window. What is published later does not change a task under way."""
    return registry.select_usable_items(
        places, task.window_start, task.window_end, as_of=task.dispatched_at
    )


async def read_checklists(
    session: AsyncSession, task: InspectionTask, places: Collection[ItemPlace], *, back: str
) -> list[InspectionChecklistRead]:
    """The checklists of these items as they bind the task, by department and code; `back` is the
    scope of the caller."""
    query = registry.with_publication(select_items_of_task(task, places))
    order = (InspectionItem.department_code, InspectionItem.code)
    items = list(await session.scalars(query.order_by(*order)))
    shown = await registry.show_items(session, items, as_of=task.dispatched_at, back=back)
    return [
        InspectionChecklistRead(
            department_code=one.department_code,
            item_code=one.code,
            item_version=one.version,
            name=one.name,
            sub_items=one.sub_items,
            standard_version=one.standard_version,
        )
        for one in shown
    ]


async def list_checklists(
    session: AsyncSession, task: InspectionTask, *, back: str
) -> InspectionChecklistList:
    """The checklists of what the caller's departments check in a task."""
    parts = await session.scalars(
        select(DepartmentTask).where(DepartmentTask.task_code == task.code)
    )
    places = [(part.department_code, code) for part in parts for code in part.item_codes]
    return InspectionChecklistList(items=await read_checklists(session, task, places, back=back))
