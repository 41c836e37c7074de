"""How the pages say things: Chinese dates, rates, and the words for kinds and stages."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.core.clock import CHINA, day_in_china
from app.publication.queries.items import PublishedVersion
from app.publication.queries.names import KINDS as OF_OBJECTS
from app.registry.schemas import PublicInspectionItemRead
from app.rules import queries as rules

KINDS = {
    "plan": "抽查计划",
    "task": "抽查任务",
    "drawn-list": "抽中名单",
    "result": "检查结果",
}
STAGES = {"target": "抽取检查对象", "inspector": "选派执法检查人员"}
CALENDAR = {
    "commitment": "承诺",
    "attempts": "抽取次数和作废情况",
    "seed-and-list": "种子和抽中名单",
    "evidence": "公开证据包",
    "results": "检查结果",
}
BASES = {
    rules.LAST_VISIT_OR_WINDOW_END: "全部检查完成或检查期限届满之日",
    rules.LAST_VISIT: "全部检查完成之日",
    rules.WINDOW_END: "检查期限届满之日",
    rules.DRAWN: "各户结果审核通过之日",
}
"""The day from which a time limit will count, by what `disclosure.moment` says."""
PURPOSES = {"real": "正式抽取", "test": "演练，不据此检查"}
CATEGORIES = {"general": "一般检查事项", "key": "重点检查事项"}
METHODS = {
    "on_site": "现场检查",
    "written": "书面检查",
    "testing": "检验检测",
    "other_results": "利用其他部门结果",
    "entrusted": "委托专业机构",
    "network": "网络监测",
    "remote": "远程监管",
    "mobile": "移动监管",
    "warning": "预警防控",
}
OBJECT_KINDS = {kind.value: words for kind, words in OF_OBJECTS.items()}
UNSAID = "未载明"
DUTIES = {"functions": "三定规定", "duty-list": "权责清单"}
VOIDS = {
    "source-missing": "随机来源未能产生",
    "input-wrong": "名单有误",
    "ceremony-flawed": "现场程序有瑕疵",
    "technical-failure": "技术故障",
}
VOIDED_FROM = {
    "committed": "种子尚未产生",
    "seeded": "种子已经产生、尚未抽取",
    "drawn": "已经抽取",
}
SOURCES = {
    "reveal": "事先封存的保密数（承诺中只有其摘要）",
    "dice": "现场掷骰",
    "test": "演练用文字",
    "balls": "摇号机",
    "lottery": "福利彩票开奖号码",
    "drand": "drand 公共随机信标",
    "nist2": "NIST 公共随机信标",
}


def chinese_date(value: date | datetime | str) -> str:
    """2026年11月24日; a moment is told as its day in China."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    day = day_in_china(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(value: datetime | str) -> str:
    """2026年11月24日09:30, in China Standard Time."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{chinese_date(moment)}{moment.astimezone(CHINA):%H:%M}"


def percent(rate: str) -> str:
    """The exact rate in percent, or as the fraction that it is."""
    if "/" not in rate:
        return f"{(Decimal(rate) * 100).normalize():f}%"
    hundredfold = Fraction(rate) * 100
    return f"{hundredfold}%" if hundredfold.denominator == 1 else rate


def of_kind(kind: str) -> str:
    return KINDS.get(kind, kind)


def of_calendar(what: str, drawn: str) -> str:
    """What an entry of the calendar of a draw is about; of officers no seed is public."""
    officers = what == "seed-and-list" and drawn == "inspector"
    return "执法检查人员" if officers else CALENDAR.get(what, what)


def stage(name: str) -> str:
    return STAGES.get(name, name)


def purpose(name: str) -> str:
    return PURPOSES.get(name, name)


def category(name: str) -> str:
    return CATEGORIES.get(name, name)


def duty(kind: str) -> str:
    return DUTIES.get(kind, kind)


def object_kind(name: str) -> str:
    return OBJECT_KINDS.get(name, name)


def days(first: date | None, last: date | None) -> str:
    """From when until when something holds; both days are part of it."""
    if first is not None and last is not None:
        return f"{chinese_date(first)}至{chinese_date(last)}"
    if first is not None:
        return f"自{chinese_date(first)}起"
    return "长期有效" if last is None else f"至{chinese_date(last)}止"


def ratio(item: PublicInspectionItemRead) -> str:
    """The text of the list; if it has none, the bounds."""
    least, most = item.caps.min_ratio, item.caps.max_ratio
    bounds = [f"不低于{percent(least)}"] if least else []
    bounds += [f"不高于{percent(most)}"] if most else []
    return item.ratio_text or "，".join(bounds) or UNSAID


def frequency(item: PublicInspectionItemRead) -> str:
    """The text of the list; if it has none, the bounds in inspections of an object a year."""
    least, most = item.caps.min_per_year, item.caps.max_per_year
    bounds = [f"每年不少于{least}次"] if least else []
    bounds += [f"每年不超过{most}次"] if most else []
    return item.frequency_text or "，".join(bounds) or UNSAID


def methods(item: PublicInspectionItemRead) -> str:
    """The texts of the list; if it has none, the codes in words."""
    told = item.methods or [METHODS.get(code, code) for code in item.method_codes]
    return "、".join(told) or UNSAID


def standing(one: PublishedVersion) -> str:
    """How a published version of an item stands today."""
    if one.version == one.in_force:
        return "现行有效"
    if one.is_over:
        return "已过有效期"
    if one.is_coming:
        return "尚未生效"
    return f"已由第{one.in_force}版代替"


def void_reason(reason: str) -> str:
    return VOIDS.get(reason, reason)


def voided_from(state: str) -> str:
    return VOIDED_FROM.get(state, state)


def source(one: dict[str, Any]) -> str:
    """A source of the seed, as the commitment names it."""
    told = SOURCES.get(one["type"], one["type"])
    digits = one.get("params", {}).get("digits")
    return f"{told}，不少于{digits}位" if digits else str(told)


def title_of(kind: str, content: dict[str, Any]) -> str:
    """What a publication is about, for a list."""
    if kind == "result":
        return f"{content['object']['name']}：{content['value_text']}"
    if kind == "drawn-list":
        return f"{content['task']['name']}：抽中{len(content['objects'])}户"
    return str(content["name"])


def page_of(kind: str, subject: str, content: dict[str, Any]) -> str:
    """Where a publication is shown, seen from /public/."""
    if kind == "plan":
        return f"plans/{subject}.html"
    if kind == "result":
        return f"tasks/{content['task']['national_key']}.html#r-{content['object']['code']}"
    return f"tasks/{subject.partition('/')[0]}.html"
