"""What the ceremony says: for each action its title, what exactly to do, and by whom."""

from dataclasses import dataclass, replace

from app.core.caller import Permission
from app.draws.queries.seeding import Promise
from app.draws.schemas.seeding import VALUES


@dataclass(frozen=True, slots=True)
class Words:
    """Texts in Chinese and English; `permission` and `operation` are None where nothing is sent."""

    title: tuple[str, str]
    how: tuple[str, str]
    by: tuple[str, str]
    permission: Permission | None
    operation: str | None


_NOBODY = ("无", "nobody")
_OFFICIAL = ("经办人员", "the official who prepares the draw")
_RECORDER = ("现场录入人员", "who records the ceremony")
WORDS = {
    "freeze": Words(
        ("冻结抽取名单", "Freeze the input"),
        (
            "核对名录和计划条目，确认无误后冻结；冻结以后名录的变动不再影响本次抽取。",
            (
                "Check registry and plan line, then freeze; later changes of the registry do not touch "
                "this draw."
            ),
        ),
        _OFFICIAL,
        Permission.DRAWS_PREPARE,
        "freezeDraw",
    ),
    "deposit-reveal": Words(
        ("封存秘密值", "Deposit the secret"),
        (
            (
                "生成 32 字节随机秘密值，写成两份分别密封，交两名保管人；保管人各用本人的密钥登记秘密值的 "
                "SHA-256 和信封编号。登记承诺的人不得兼任保管人。秘密值本身不得录入系统。"
                "不用秘密值作来源的，直接登记承诺。"
            ),
            (
                "Make a secret of 32 random bytes, seal it twice, and hand the envelopes to two "
                "custodians; each enters its SHA-256 and the number of the envelope with a key of their "
                "own. Who commits is no custodian. The secret itself is not entered. Without a secret "
                "among the sources, commit at once."
            ),
        ),
        ("两名保管人，各用本人的密钥", "two custodians, each with a key of their own"),
        Permission.DRAWS_SEED,
        "addEscrowReceipt",
    ),
    "commit": Words(
        ("登记承诺", "Log the commitment"),
        (
            (
                "登记随机来源、最早和最晚时间，以及来源缺失时等候还是作废。由人掌握的秘密值列在前，"
                "骰子、摇号、彩票等无人能控制的列在后。登记以后不得更改。"
            ),
            (
                "Name the sources, their earliest and last moment, and whether the draw waits or is "
                "voided when one is missing. Secrets that a person keeps stand first; dice, balls and "
                "lotteries, which nobody controls, come last. It cannot be changed afterwards."
            ),
        ),
        _OFFICIAL,
        Permission.DRAWS_PREPARE,
        "commitDraw",
    ),
    "wait": Words(
        ("等候约定时间", "Wait for the committed moment"),
        (
            "承诺约定的时间未到，此前产生的随机来源一律不予采用；请通知见证人按时到场。",
            (
                "The committed moment has not come, and no source from before it counts; ask the "
                "witnesses to be there in time."
            ),
        ),
        _NOBODY,
        None,
        None,
    ),
    "draw": Words(
        ("抽取", "Draw"),
        (
            "种子已经产生，执行抽取。结果由名单、承诺和种子唯一确定，不得重抽。",
            (
                "The seed is there: draw. The result follows from list, commitment and seed alone and "
                "is not drawn again."
            ),
        ),
        ("抽取人员", "who runs the draw"),
        Permission.DRAWS_RUN,
        "runDraw",
    ),
    "dispatch": Words(
        ("派发检查任务", "Dispatch the inspection task"),
        (
            "检查对象和检查人员均已抽出后，派发检查任务。",
            "Once objects and officers are both drawn, dispatch the inspection task.",
        ),
        ("派发人员", "who dispatches tasks"),
        Permission.TASKS_DISPATCH,
        "createInspectionTask",
    ),
    "void": Words(
        ("申请作废", "Ask for a void"),
        (
            (
                "约定的最晚时间已过，来源仍有缺失。按承诺作废本次抽取：理由选“来源缺失”"
                "（source-missing），由另一人批准，再另起一次抽取。"
            ),
            (
                "The last moment is over and a source is missing. As committed, void the attempt for "
                "the reason source-missing; another person approves, and the next attempt begins."
            ),
        ),
        ("经办人员申请，另一人批准", "an official asks, another person approves"),
        Permission.DRAWS_CHANGE,
        "requestDrawChange",
    ),
}
_DONE = Words(
    ("办理完毕", "Complete"),
    ("本次抽取已经完成，没有待办事项。", "The draw is complete; nothing is left to be done."),
    _NOBODY,
    None,
    None,
)
DONE = {
    "done": _DONE,
    "rehearsed": replace(
        _DONE,
        how=(
            "演练已经完成；演练的结果不派发、不公示。",
            "The rehearsal is complete; its result is neither dispatched nor published.",
        ),
    ),
    "voided": replace(
        _DONE,
        title=("已作废", "Voided"),
        how=(
            "本次抽取已经作废；可另起下一次抽取。",
            "The attempt was voided; the next one may begin.",
        ),
    ),
}
"""Why there is nothing to be done."""


def source_words(promise: Promise, number: int) -> Words:
    """How the value of a source is got and given, as its kind describes it."""
    source = promise.source(number)
    named_en, named_zh = source.params.describe()
    how_zh, how_en = VALUES[source.type].how
    return Words(
        (f"录入第 {number} 个随机来源", f"Give the value of source {number}"),
        (f"{how_zh}来源：{named_zh}。", f"{how_en} The source: {named_en}."),
        _RECORDER,
        Permission.DRAWS_SEED,
        "enterSourceValue",
    )
