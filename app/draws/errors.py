"""What can go wrong with a draw.

DomainError
├── NotFound 404 ── DrawNotFound, NoPublicBundle
├── Conflict 409 ── DrawExists
│   ├── FrozenAlready, CommittedAlready, SeededAlready, DrawnAlready
│   ├── NotFrozen, NotCommitted, NotSeeded, NotDrawn, SeedTooEarly, StageNotReady
│   └── SeatOpenAlready
└── Unprocessable 422 ── FrameEmpty, ClassWithoutRate, NotBeforePast, SourceMismatch, RolesTooFew,
    AssignmentInfeasible, SeatNotHeld
"""

from app.core.problems import Conflict, DomainError, NotFound, Unprocessable
from app.draws.states import DrawState


class DrawNotFound(NotFound):
    code = "draw-not-found"
    zh = "没有抽取“{draw_id}”第 {attempt} 次。"
    en = "There is no attempt {attempt} of draw {draw_id}."


class DrawExists(Conflict):
    code = "draw-exists"
    zh = "该计划条目的这一轮已有抽取，不得另起一次。"
    en = "This round of the plan line has its draw; there is no second one."


class FrozenAlready(Conflict):
    code = "draw-frozen-already"
    zh = "检查对象名单已冻结，不能再次冻结。"
    en = "The frame is frozen; it cannot be frozen again."


class CommittedAlready(Conflict):
    code = "draw-committed-already"
    zh = "承诺已登记入册，不能更改。"
    en = "The commitment is in the log; it cannot be changed."


class SeededAlready(Conflict):
    code = "seed-already-set"
    zh = "种子已经产生；一份承诺只有一个种子。"
    en = "The seed is set; one commitment has one seed."


class DrawnAlready(Conflict):
    code = "draw-drawn-already"
    zh = "已经抽取；不得重复抽取。"
    en = "The draw was made; it is not made twice."


class NotFrozen(Conflict):
    code = "draw-not-frozen"
    zh = "须先冻结检查对象名单。"
    en = "The frame must be frozen first."


class NotCommitted(Conflict):
    code = "draw-not-committed"
    zh = "须先登记承诺。"
    en = "The commitment must be logged first."


class NotSeeded(Conflict):
    code = "draw-not-seeded"
    zh = "种子尚未产生。"
    en = "There is no seed yet."


class NotDrawn(Conflict):
    code = "draw-not-drawn"
    zh = "尚未抽取。"
    en = "The draw has not been made."


class SeedTooEarly(Conflict):
    code = "seed-too-early"
    zh = "承诺约定的时间 {not_before} 未到，不得产生种子。"
    en = "The seed may not come before {not_before}, as committed."


class FrameEmpty(Unprocessable):
    code = "frame-empty"
    zh = "计划条目的范围内没有可抽取的检查对象。"
    en = "The scope of the plan line holds no object to draw from."


class ClassWithoutRate(Unprocessable):
    code = "class-without-rate"
    zh = "范围内有信用风险等级 {classes} 的检查对象，但计划条目没有规定其比例。"
    en = "The scope holds objects of class {classes}, for which the plan line gives no rate."


class NotBeforePast(Unprocessable):
    code = "not-before-past"
    zh = "种子的最早时间须晚于登记承诺的时间。"
    en = "The earliest moment of the seed must lie after the commitment."


class SourceMismatch(Unprocessable):
    code = "source-mismatch"
    zh = "提交的随机来源与承诺不一致：应依次为 {expected}。"
    en = "The sources differ from the commitment, which names {expected}, in this order."


class RolesTooFew(Unprocessable):
    code = "roles-too-few"
    zh = "掷骰记录须由至少三种不同身份的人签字。"
    en = "The minutes of the dice must be signed in at least three different roles."


class AssignmentInfeasible(Unprocessable):
    code = "assignment-infeasible"
    zh = "{zh}"
    en = "{en}"


class NoPublicBundle(NotFound):
    code = "no-public-bundle"
    zh = "派员抽取没有公开证据包；人员名单在披露时刻随任务公示。"
    en = "An inspector draw has no public bundle; its officers are published with the task."


class StageNotReady(Conflict):
    code = "stage-not-ready"
    zh = "检查对象尚未抽出，不能抽取检查人员。"
    en = "The objects are not drawn yet, so no officers can be drawn for them."


class SeatNotHeld(Unprocessable):
    code = "seat-not-held"
    zh = "工号 {staff_no} 目前不在这个席位上。"
    en = "{staff_no} does not hold that seat now."


class SeatOpenAlready(Conflict):
    code = "seat-open-already"
    zh = "该席位的替补抽取已经开始。"
    en = "The replacement draw of this seat has begun."


ALREADY: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: FrozenAlready,
    DrawState.COMMITTED: CommittedAlready,
    DrawState.SEEDED: SeededAlready,
    DrawState.DRAWN: DrawnAlready,
}
NEEDS: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: NotFrozen,
    DrawState.COMMITTED: NotCommitted,
    DrawState.SEEDED: NotSeeded,
    DrawState.DRAWN: NotDrawn,
}

CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_draw_plan_line_code_stage_round_replacement_attempt": DrawExists,
    "pk_draw": DrawExists,
    "pk_draw_step": DrawnAlready,
    "pk_draw_file": DrawnAlready,
    "fk_draw_step_draw_id_attempt_state_before": NotDrawn,
    "pk_drawn_seat": DrawnAlready,
    "pk_open_seat": SeatOpenAlready,
    "uq_open_seat_leaver": SeatOpenAlready,
}
