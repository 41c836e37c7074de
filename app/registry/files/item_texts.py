"""What the published texts of inspection items say in numbers and codes 比例、频次、方式、依据.

Only what a text says for every object of the item counts: of several clauses the weakest bound is
kept, and a clause that says none, or speaks of one level or one sort of objects alone, leaves none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.registry.models import InspectionMethod

_CLAUSES = re.compile(r"[；;。\n]+")
_NUMBER = r"(\d{1,4}(?:\.\d{1,6})?)"
_SHARE = re.compile(rf"{_NUMBER}\s*([%％‰])")
_AT_LEAST = re.compile(r"不低于|不少于|不小于|至少|以上|≥|>=|＞=|达到")
_AT_MOST = re.compile(r"不超过|不高于|不多于|不大于|至多|最多|以内|以下|≤|<=|＜=")
_NARROWED = re.compile(
    r"(?:^|[，,])\s*(?:[国省市县区]级|[省市县区]局)"
    r"|(?:企业|单位)抽查比例|[%％‰]的重点|重点[^，,]*开展|有效期|投诉"
)
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "十二": 12}
_COUNT = r"(\d{1,3}|十二|[一二两三四五六])"
_TIMES = re.compile(rf"{_COUNT}(?:\s*[-—~～至到]\s*{_COUNT})?\s*次")
_PERIODS = (
    (re.compile(rf"每{_COUNT}年"), None),
    (re.compile(r"每?半年"), Fraction(2)),
    (re.compile(r"[每/]\s*(?:个)?季"), Fraction(4)),
    (re.compile(r"[每/]\s*(?:个)?月"), Fraction(12)),
    (re.compile(r"[每/]\s*周"), Fraction(52)),
    (re.compile(r"每(?:一)?个?年|/\s*年|年度|全年|一年"), Fraction(1)),
)
_METHODS = (
    (InspectionMethod.REMOTE, re.compile(r"非现场|远程|视频")),
    (InspectionMethod.ON_SITE, re.compile(r"(?<!非)现场|实地|上门")),
    (InspectionMethod.WRITTEN, re.compile(r"书面|书式|书[查检]|查阅|档案|文件|资料|台账")),
    (InspectionMethod.TESTING, re.compile(r"检验|检测|抽样|抽取样品|监督抽查")),
    (InspectionMethod.OTHER_RESULTS, re.compile(r"其他部门|行政部门检查结果|专业意见")),
    (InspectionMethod.ENTRUSTED, re.compile(r"委托|第三方|审计|验资|评估")),
    (InspectionMethod.NETWORK, re.compile(r"网络")),
    (InspectionMethod.MOBILE, re.compile(r"移动")),
    (InspectionMethod.WARNING, re.compile(r"预警")),
)
_LAW = re.compile(r"《([^《》]{2,200})》")
_NUMERAL = r"[零〇一二三四五六七八九十百千\d]+"
_ARTICLE = re.compile(rf"第{_NUMERAL}条(?:之{_NUMERAL})?(?:第{_NUMERAL}[款项])*")


@dataclass(frozen=True, slots=True)
class Bounds:
    """At least and at most; None where nothing bounds."""

    least: Fraction | None = None
    most: Fraction | None = None


def read_caps(ratio: str, frequency: str) -> dict[str, str | None]:
    """The bounds that the texts of ratio and frequency set, as exact texts: shares of the objects
    ("0.03"), and inspections of an object a year ("2", "12", "1/3"); None where a text sets none
    or leaves it to somebody's judgement 根据实际情况确定."""
    shares = _weakest(map(_share, _clauses(ratio)))
    times = _weakest(map(_times, _clauses(frequency)))
    return {
        "min_ratio": exact(shares.least),
        "max_ratio": exact(shares.most),
        "min_per_year": exact(times.least),
        "max_per_year": exact(times.most),
    }


def read_methods(texts: Iterable[str]) -> list[str]:
    """The codes of domain D.3 that the words of the texts name, in the order of the table."""
    words = " ".join(_LAW.sub("", text) for text in texts)
    return [method.value for method, named in _METHODS if named.search(words)]


def read_basis(text: str) -> list[dict[str, str | None]]:
    """The laws that a text names in title marks 《》, with the articles that follow each; the text
    says nothing of their validity."""
    found: dict[tuple[str, str | None], None] = {}
    marks = list(_LAW.finditer(text))
    places = [*(mark.start() for mark in marks), len(text)]
    for mark, end in zip(marks, places[1:], strict=True):
        articles: Sequence[str | None] = _ARTICLE.findall(text, mark.end(), end) or [None]
        found |= dict.fromkeys((mark[1], article) for article in articles)
    return [
        {"law": law, "article": article, "valid_from": None, "valid_to": None}
        for law, article in found
    ]


def exact(value: Fraction | None) -> str | None:
    """A number as rates are written: a decimal if it ends, else a fraction."""
    if value is None:
        return None
    scaled = value * 10**8
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, rest = divmod(scaled.numerator, 10**8)
    return f"{whole}.{rest:08d}".rstrip("0").rstrip(".")


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSES.split(text) if clause.strip()]


def _weakest(bounds: Iterable[Bounds]) -> Bounds:
    listed = list(bounds)
    least = [one.least for one in listed if one.least is not None]
    most = [one.most for one in listed if one.most is not None]
    return Bounds(
        min(least) if listed and len(least) == len(listed) else None,
        max(most) if listed and len(most) == len(listed) else None,
    )


def _bounds(clause: str, least: Fraction, most: Fraction) -> Bounds:
    """The bounds of an amount by the words beside it; an amount without one is what is done."""
    if _AT_MOST.search(clause):
        return Bounds(most=most)
    if _AT_LEAST.search(clause):
        return Bounds(least=least)
    return Bounds(least, most)


def _share(clause: str) -> Bounds:
    found = _SHARE.findall(clause)
    if len(found) != 1 or _NARROWED.search(clause):
        return Bounds()
    number, unit = found[0]
    share = Fraction(number) / (1000 if unit == "‰" else 100)
    if share > 1:
        return Bounds()
    return _bounds(clause, share, share)


def _times(clause: str) -> Bounds:
    a_year = _a_year(clause)
    counts = _TIMES.findall(clause)
    if a_year is None or len(counts) > 1 or _SHARE.search(clause) or _NARROWED.search(clause):
        return Bounds()
    first, last = counts[0] if counts else ("1", "")
    least, most = _whole(first), _whole(last or first)
    return _bounds(clause, least * a_year, most * a_year)


def _a_year(clause: str) -> Fraction | None:
    """How often the period of a clause comes in a year."""
    for named, a_year in _PERIODS:
        if found := named.search(clause):
            return a_year or 1 / _whole(found[1])
    return None


def _whole(text: str) -> Fraction:
    return Fraction(_CHINESE.get(text) or text)
