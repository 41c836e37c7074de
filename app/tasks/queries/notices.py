"""Reading the notices to officers who leave or enter an inspection."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pagination import paginate
from app.draws.models import DrawnSeat
from app.tasks.models import (
    InspectionTask,
    OfficerNotice,
    RecusalReplacement,
    ReplacementApproval,
    ReplacementRequest,
)
from app.tasks.schemas import OfficerNoticePage, OfficerNoticeQuery, OfficerNoticeRead

RECUSAL = "recusal"
REASONS_ZH = {
    "illness": "因病",
    "leave": "因请假",
    RECUSAL: "因回避",
    "transfer": "因调离",
    "certificate": "因执法证件失效",
}
_ZH = {
    "leaves": "工号 {staff_no}：{reason_zh}，您自即日起不再参加抽查任务 {task} 中对检查对象 {object} 的检查"
    "（{department}第 {seat} 席）。",
    "enters": "工号 {staff_no}：经抽取（{draw}），由您参加抽查任务 {task} 中对检查对象 {object} 的检查"
    "（{department}第 {seat} 席）。有应当回避情形的，请立即申报。",
}
_EN = {
    "leaves": "{staff_no}: for the reason {reason} you no longer take part in the inspection of "
    "{object} in the task {task} (seat {seat} of {department}).",
    "enters": "{staff_no}: you are drawn ({draw}) to take part in the inspection of {object} in "
    "the task {task} (seat {seat} of {department}). Declare at once what you must recuse for.",
}


async def find_cause(session: AsyncSession, draw_id: str) -> tuple[str, str] | None:
    """The task and the reason that a replacement draw was begun for."""
    approved = await session.execute(
        select(ReplacementRequest.task_code, ReplacementRequest.reason)
        .join(ReplacementApproval, ReplacementApproval.request_id == ReplacementRequest.id)
        .where(ReplacementApproval.draw_id == draw_id)
    )
    row = approved.one_or_none()
    if row is not None:
        return row.task_code, row.reason
    begun = await session.get(RecusalReplacement, draw_id)
    return None if begun is None else (begun.task_code, RECUSAL)


async def get_turns(session: AsyncSession, draw_id: str, attempt: int) -> list[DrawnSeat]:
    """The seats that an attempt of a draw has filled."""
    query = select(DrawnSeat).where(DrawnSeat.draw_id == draw_id, DrawnSeat.attempt == attempt)
    return list(
        await session.scalars(
            query.order_by(DrawnSeat.object_code, DrawnSeat.department_code, DrawnSeat.seat)
        )
    )


async def list_notices(
    session: AsyncSession, task: InspectionTask, wanted: OfficerNoticeQuery
) -> OfficerNoticePage:
    """Notices of a task to officers of the departments that the caller sees."""
    query = select(OfficerNotice).where(OfficerNotice.task_code == task.code)
    if wanted.staff_no is not None:
        query = query.where(OfficerNotice.staff_no == wanted.staff_no)
    order = [
        OfficerNotice.object_code,
        OfficerNotice.department_code,
        OfficerNotice.seat,
        OfficerNotice.staff_no,
        OfficerNotice.id,
    ]
    found, after = await paginate(session, query, order_by=order, page=wanted)
    return OfficerNoticePage(items=[_described(one, task) for one in found], next=after)


def _described(notice: OfficerNotice, task: InspectionTask) -> OfficerNoticeRead:
    words = {
        "staff_no": notice.staff_no,
        "reason": notice.reason,
        "reason_zh": REASONS_ZH.get(notice.reason or ""),
        "task": task.code,
        "object": notice.object_code,
        "department": notice.department_code,
        "seat": notice.seat,
        "draw": notice.draw_id,
    }
    zh, en = _ZH[notice.kind].format(**words), _EN[notice.kind].format(**words)
    names = OfficerNoticeRead.model_fields.keys() & OfficerNotice.__table__.columns.keys()
    facts = {name: getattr(notice, name) for name in names}
    return OfficerNoticeRead(**facts, task_key=task.national_key, text_zh=zh, text_en=en)
