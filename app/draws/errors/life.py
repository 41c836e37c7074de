"""What can go wrong in the life of a draw."""

from app.core.problems import Conflict, NotFound, Unprocessable


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


class FrameEmpty(Unprocessable):
    code = "frame-empty"
    zh = "计划条目的范围内没有可抽取的检查对象。"
    en = "The scope of the plan line holds no object to draw from."


class ClassWithoutRate(Unprocessable):
    code = "class-without-rate"
    zh = "范围内有信用风险等级 {classes} 的检查对象，但计划条目没有规定其比例。"
    en = "The scope holds objects of class {classes}, for which the plan line gives no rate."


class DispatchedAlready(Conflict):
    code = "draw-dispatched-already"
    zh = "抽取结果已派发，不能再作废或更改；派发之后的情况在检查结果和公示中更正。"
    en = (
        "The draw was dispatched, so it can be neither voided nor changed; what comes up now is "
        "corrected in findings and publications."
    )


class CampaignTwice(Unprocessable):
    code = "campaign-line-twice"
    zh = "综合查一次的计划条目不得重复。"
    en = "A line stands in a campaign once."


class NoPreview(NotFound):
    code = "no-preview"
    zh = "派员抽取没有预演；冻结时会检查席位能否全部填满。"
    en = "An inspector draw has no preview; the freeze tells whether every seat can be filled."


class PreviewOver(Conflict):
    code = "draw-preview-over"
    zh = "承诺已登记入册，不再提供预演；请等待正式抽取。"
    en = "The commitment is in the log, so there is no preview any more; the draw itself follows."
