"""What can go wrong when an attempt is voided, amended or substituted in."""

from app.core.problems import Conflict, NotFound, Unprocessable


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
