"""What can go wrong with a draw.

DomainError
├── NotFound 404 ── DrawNotFound, DrawChangeNotFound, NoPublicBundle, NoPreview,
│   NoLoadReport, SourceNotFound
├── Forbidden 403 ── CustodianUnnamed
├── Conflict 409 ── DrawExists
│   ├── FrozenAlready, CommittedAlready, SeededAlready, DrawnAlready, DispatchedAlready
│   ├── NotFrozen, NotCommitted, NotSeeded, NotDrawn
│   ├── SeedTooEarly, StageNotReady, SeatOpenAlready
│   ├── DrawVoided, AttemptStands, OfficersStand, SubstitutedAlready
│   ├── ChangeDecidedAlready, ChangeSamePerson, ChangeOvertaken
│   ├── PreviewOver
│   └── ReceiptExists, SourceGivenAlready, SeedBegun, RevealTooSoon, SeedTooLate
└── Unprocessable 422 ── FrameEmpty, ClassWithoutRate, NotBeforePast, SourceMismatch, RolesTooFew,
    AssignmentInfeasible, SeatNotHeld, CampaignTwice, PartUnknown, NothingToAmend,
    ObjectNotSelected, CauseNotShown, ReservesExhausted, SeedByTooEarly, BeaconWithoutCode,
    SourceTooEarly, CustodiansTooFew
"""

from app.core.problems import Conflict, DomainError, Forbidden, NotFound, Unprocessable
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


class DispatchedAlready(Conflict):
    code = "draw-dispatched-already"
    zh = "抽取结果已派发，不能再作废或更改；派发之后的情况在检查结果和公示中更正。"
    en = (
        "The draw was dispatched, so it can be neither voided nor changed; what comes up now is "
        "corrected in findings and publications."
    )


class DrawVoided(Conflict):
    code = "draw-voided"
    zh = "这一次抽取已经作废；请另起下一次抽取。"
    en = "This attempt was voided; begin the next one."


class AttemptStands(Conflict):
    code = "attempt-stands"
    zh = "第 {attempt} 次抽取没有作废，不能另起一次。"
    en = "Attempt {attempt} was not voided, so there is no further one."


class OfficersStand(Conflict):
    code = "officers-stand"
    zh = "检查人员抽取 {draw_id} 已按这份名单冻结；须先作废该抽取。"
    en = "The inspector draw {draw_id} is frozen on this list; void that draw first."


class SubstitutedAlready(Conflict):
    code = "list-substituted-already"
    zh = "名单已有替换，不能再更正冻结名单；请作废后另起一次抽取。"
    en = "The list was substituted in, so its frame can no longer be amended; void the attempt."


class DrawChangeNotFound(NotFound):
    code = "draw-change-not-found"
    zh = "这次抽取没有第 {number} 号变更申请。"
    en = "The attempt has no change number {number}."


class ChangeDecidedAlready(Conflict):
    code = "draw-change-decided-already"
    zh = "该变更申请已有决定。"
    en = "The change was decided."


class ChangeSamePerson(Conflict):
    code = "draw-change-same-person"
    zh = "申请人不得决定自己的申请，须由另一人决定。"
    en = "Who asked for a change does not decide it; another person does."


class ChangeOvertaken(Conflict):
    code = "draw-change-overtaken"
    zh = "申请之后名单又有变更；请按现在的名单重新申请。"
    en = "The list was changed after this was asked for; ask again for the list as it is."


class CampaignTwice(Unprocessable):
    code = "campaign-line-twice"
    zh = "综合查一次的计划条目不得重复。"
    en = "A line stands in a campaign once."


class PartUnknown(Unprocessable):
    code = "draw-part-unknown"
    zh = "这次抽取不包含计划条目“{line}”。"
    en = "The draw does not draw from the line {line}."


class NothingToAmend(Unprocessable):
    code = "nothing-to-amend"
    zh = "名录中 {object_code} 的现状与冻结名单一致；请先更正名录，再申请更正名单。"
    en = "{object_code} stands in the frame as the registry has it; correct the registry first."


class ObjectNotSelected(Unprocessable):
    code = "object-not-selected"
    zh = "{object_code} 不在抽中名单内。"
    en = "{object_code} is not among the drawn objects."


class CauseNotShown(Unprocessable):
    code = "cause-not-shown"
    zh = "名录没有显示该原因（{reason}）：{object_code} 仍在名单范围内。关门、拒检等属于检查结果，不得替换。"
    en = (
        "The registry does not show this cause ({reason}): {object_code} is within the scope. A "
        "closed door is a result and no reason for a substitute."
    )


class ReservesExhausted(Unprocessable):
    code = "reserves-exhausted"
    zh = "层“{stratum}”的备选对象已用完。"
    en = "No reserve is left in the stratum {stratum}."


class SourceNotFound(NotFound):
    code = "source-not-found"
    zh = "承诺中没有第 {number} 个随机来源。"
    en = "The commitment names no source {number}."


class SourceGivenAlready(Conflict):
    code = "source-given-already"
    zh = "该随机来源已经录入；每个来源只录入一次。"
    en = "The value of the source was given; each source has one."


class RevealTooSoon(Conflict):
    code = "reveal-too-soon"
    zh = "其他来源尚未全部录入，不得公开秘密值：知道秘密值的人可以挑选其他来源的结果。"
    en = (
        "Other sources are still to come, so no secret is revealed yet: who knows it could choose "
        "among their outcomes."
    )


class SeedBegun(Conflict):
    code = "seed-begun"
    zh = "已有随机来源单独录入；其余来源也须逐个录入。"
    en = "Values were given one by one; give the others so, too."


class SeedTooLate(Conflict):
    code = "seed-too-late"
    zh = "承诺约定的最晚时间 {seed_by} 已过；按承诺，这次抽取须以“来源缺失”为由作废。"
    en = (
        "The last moment for the sources, {seed_by}, is over; as committed, the attempt must be "
        "voided for the reason source-missing."
    )


class SeedByTooEarly(Unprocessable):
    code = "seed-by-too-early"
    zh = "随机来源的最晚时间须晚于其最早时间。"
    en = "The last moment of the sources must lie after their earliest one."


class BeaconWithoutCode(Unprocessable):
    code = "beacon-without-code"
    zh = "随机信标 {type} 只是登记的名称，本系统不能取值和验签，不能用作来源。"
    en = (
        "The beacon {type} is a registered name only; this service can neither read nor verify it, "
        "so it is no source here."
    )


class SourceTooEarly(Unprocessable):
    code = "source-too-early"
    zh = "掷骰、摇号或开奖的时间早于承诺约定的时间 {not_before}。"
    en = "The dice, balls or lottery numbers came before {not_before}, the committed moment."


class CustodiansTooFew(Unprocessable):
    code = "custodians-too-few"
    zh = "第 {number} 个来源的秘密值须先由两名保管人确认封存，登记承诺的人不算在内；现有 {count} 名。"
    en = (
        "Two custodians must first confirm that they hold the secret of source {number}, the one "
        "who commits not counted; there are {count}."
    )


class CustodianUnnamed(Forbidden):
    code = "custodian-unnamed"
    zh = "保管人须使用登记了本人的密钥。"
    en = "A custodian needs a key that is registered for a person."


class ReceiptExists(Conflict):
    code = "escrow-receipt-exists"
    zh = "该保管人已确认封存这个秘密值。"
    en = "This custodian has confirmed that secret."


class NoPreview(NotFound):
    code = "no-preview"
    zh = "派员抽取没有预演；冻结时会检查席位能否全部填满。"
    en = "An inspector draw has no preview; the freeze tells whether every seat can be filled."


class NoLoadReport(NotFound):
    code = "no-load-report"
    zh = "只有派员抽取有负荷报告；抽取检查对象请看预演。"
    en = "Only inspector draws have a load report; a draw of objects has a preview."


class PreviewOver(Conflict):
    code = "draw-preview-over"
    zh = "承诺已登记入册，不再提供预演；请等待正式抽取。"
    en = "The commitment is in the log, so there is no preview any more; the draw itself follows."


ALREADY: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: FrozenAlready,
    DrawState.COMMITTED: CommittedAlready,
    DrawState.SEEDED: SeededAlready,
    DrawState.DRAWN: DrawnAlready,
    DrawState.DISPATCHED: DispatchedAlready,
    DrawState.VOIDED: DispatchedAlready,
}
"""Why a step cannot be taken any more. A void comes too late once officers are on their way."""
NEEDS: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: NotFrozen,
    DrawState.COMMITTED: NotCommitted,
    DrawState.SEEDED: NotSeeded,
    DrawState.DRAWN: NotDrawn,
}

CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_draw_plan_line_code_stage_round_replacement_attempt": DrawExists,
    "pk_draw": DrawExists,
    "pk_draw_part": DrawExists,
    "uq_draw_part_plan_line_code_round_attempt": DrawExists,
    "pk_draw_step": DrawnAlready,
    "uq_draw_step_draw_id_attempt_state_before": DrawnAlready,
    "pk_draw_change_decision": ChangeDecidedAlready,
    "ck_draw_change_decision_two_persons": ChangeSamePerson,
    "pk_draw_file": DrawnAlready,
    "fk_draw_step_draw_id_attempt_state_before": NotDrawn,
    "pk_drawn_seat": DrawnAlready,
    "pk_escrow_receipt": ReceiptExists,
    "pk_source_value": SourceGivenAlready,
    "pk_open_seat": SeatOpenAlready,
    "uq_open_seat_leaver": SeatOpenAlready,
}
