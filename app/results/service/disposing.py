"""What follows a problem 后续处置."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.ids import new_id
from app.results import queries
from app.results.errors import DisposalStepOutOfTurn, ItemOutsideTask
from app.results.models import Disposal, DisposalStep
from app.results.schemas import DisposalCreate, DisposalEvent, DisposalStepCreate
from app.results.service.credit_repair import tell_ready_firms
from app.results.service.parts import get_item_codes, get_part
from app.results.states import CLOSED, OPEN, may_follow


async def open_disposal(
    session: AsyncSession, body: DisposalCreate, *, caller: Caller, now: datetime
) -> Disposal:
    """Take on what follows a problem, for an item of one's department.

    Raises ItemOutsideTask."""
    task, part = await get_part(
        session, body.task_key, body.object_code, body.department_code, caller
    )
    if body.item_code not in await get_item_codes(session, task, part):
        raise ItemOutsideTask(pointer="/item_code", item=body.item_code)
    disposal = Disposal(
        id=new_id(),
        task_code=task.code,
        opened_at=now,
        opened_by=caller.key_id,
        **body.model_dump(exclude={"task_key"}),
    )
    session.add(disposal)
    await session.flush()
    _record_disposal(
        session, "disposal.opened", disposal, body.task_key, OPEN, body.note, caller=caller, now=now
    )
    return disposal


async def take_step(
    session: AsyncSession,
    disposal_id: UUID,
    body: DisposalStepCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Disposal:
    """Record what has happened since, in the order of its kind.

    Raises DisposalStepOutOfTurn."""
    disposal = await queries.get_disposal(session, disposal_id)
    check_department(caller, disposal.department_code)
    steps = (await queries.get_steps(session, [disposal.id]))[disposal.id]
    state = queries.state_of(steps)
    if not may_follow(disposal.kind, state, body.kind):
        raise DisposalStepOutOfTurn(state=state, step=body.kind)
    session.add(
        DisposalStep(
            disposal_id=disposal.id,
            number=len(steps) + 1,
            department_code=disposal.department_code,
            taken_at=now,
            taken_by=caller.key_id,
            **body.model_dump(),
        )
    )
    await session.flush()
    shown = (await queries.describe_disposals(session, [disposal]))[0]
    kind, key = f"disposal.{body.kind.replace('_', '-')}", shown.task_key
    _record_disposal(session, kind, disposal, key, body.kind, body.note, caller=caller, now=now)
    if body.kind == CLOSED:
        firm = disposal.object_code
        await tell_ready_firms(
            session, disposal.department_code, caller=caller, now=now, object_code=firm
        )
    return disposal


def _record_disposal(
    session: AsyncSession,
    kind: str,
    disposal: Disposal,
    task_key: str,
    state: str,
    note: str,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    events.record(
        session,
        kind=kind,
        subject=f"disposal/{disposal.id}",
        department=disposal.department_code,
        payload=DisposalEvent(
            disposal_id=str(disposal.id),
            task_key=task_key,
            object_code=disposal.object_code,
            department_code=disposal.department_code,
            item_code=disposal.item_code,
            kind=disposal.kind,
            state=state,
            note=note,
        ),
        caller=caller,
        at=now,
    )
