"""What can go wrong with custodians, sources and the seed."""

from app.core.problems import Conflict, Forbidden, NotFound, Unprocessable


class SeedTooEarly(Conflict):
    code = "seed-too-early"
    zh = "承诺约定的时间 {not_before} 未到，不得产生种子。"
    en = "The seed may not come before {not_before}, as committed."


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
