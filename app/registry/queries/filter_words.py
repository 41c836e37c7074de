"""Filters in words, for people who read a plan: 杨陵区 · 零售业 · 企业 · B、C 类."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.registry.models import ObjectKind, ObjectStatus
from app.registry.schemas.search import ObjectFilters

KINDS_ZH = {
    ObjectKind.ENTERPRISE: "企业",
    ObjectKind.INDIVIDUAL: "个体工商户",
    ObjectKind.COOPERATIVE: "农民专业合作社",
    ObjectKind.FOREIGN_OFFICE: "外企代表机构",
    ObjectKind.OTHER: "其他主体",
    ObjectKind.PRODUCT: "产品",
    ObjectKind.PROJECT: "项目",
    ObjectKind.BEHAVIOUR: "行为",
    ObjectKind.PERSON: "自然人",
}
STATUSES_ZH = {
    ObjectStatus.ACTIVE: "存续",
    ObjectStatus.SUSPENDED: "停业",
    ObjectStatus.DEREGISTERED: "注销",
    ObjectStatus.REVOKED: "吊销",
    ObjectStatus.CANCELLED: "撤销",
    ObjectStatus.MOVED_OUT: "迁出",
}
_TAG_KINDS_ZH = {"level": "分级", "class": "分类", "field": "领域", "mark": "标签"}


@dataclass(frozen=True, slots=True)
class CodeNames:
    """Names of the codes that filters hold; a code without one stands for itself."""

    regions: Mapping[str, str]
    industries: Mapping[str, str]
    directories: Mapping[str, str]


def in_chinese(filters: ObjectFilters, names: CodeNames) -> str:
    """Filters as a person in the office says them; 全部在册对象 without any."""
    said = [
        *_places(filters, names),
        "、".join(KINDS_ZH[kind] for kind in filters.kind),
        "、".join(filters.type),
        "、".join(STATUSES_ZH[status] for status in filters.status),
        f"名称含“{filters.name}”" if filters.name else "",
        _classes_zh(filters),
        *(f"{_TAG_KINDS_ZH[kind]}“{value}”" for kind, value in map(_split, filters.tag)),
        f"专项库“{_directory(filters, names)}”" if filters.special_directory else "",
        f"许可证 {day} 前到期" if (day := filters.licence_expires_before) else "",
        f"许可证 {day} 后到期" if (day := filters.licence_expires_after) else "",
        f"{day} 以来未检查" if (day := filters.last_inspected_before) else "",
        "" if filters.listed else "已不在名录",
    ]
    return _joined(said) or "全部在册对象"


def in_english(filters: ObjectFilters, names: CodeNames) -> str:
    """The same in English; names of places and trades stay as they are."""
    said = [
        *_places(filters, names),
        ", ".join(filters.kind),
        ", ".join(filters.type),
        ", ".join(filters.status),
        f"name holds {filters.name}" if filters.name else "",
        f"class {', '.join(filters.credit_class)}" if filters.credit_class else "",
        *(f"{kind} {value}" for kind, value in map(_split, filters.tag)),
        f"special directory {_directory(filters, names)}" if filters.special_directory else "",
        f"licence ends before {day}" if (day := filters.licence_expires_before) else "",
        f"licence ends after {day}" if (day := filters.licence_expires_after) else "",
        f"not inspected since {day}" if (day := filters.last_inspected_before) else "",
        "" if filters.listed else "no longer listed",
    ]
    return _joined(said) or "all listed objects"


def _joined(said: Iterable[str]) -> str:
    return " · ".join(part for part in said if part)


def _places(filters: ObjectFilters, names: CodeNames) -> list[str]:
    return [
        "、".join(names.regions.get(code, code) for code in filters.region),
        "、".join(names.industries.get(code, code) for code in filters.industry),
    ]


def _classes_zh(filters: ObjectFilters) -> str:
    graded = "、".join(c for c in filters.credit_class if c != "U")
    words = [f"{graded} 类" if graded else "", "未分类" if "U" in filters.credit_class else ""]
    return "、".join(word for word in words if word)


def _split(tag: str) -> tuple[str, str]:
    kind, _, value = tag.partition(":")
    return kind, value


def _directory(filters: ObjectFilters, names: CodeNames) -> str:
    code = filters.special_directory or ""
    return names.directories.get(code, code)
