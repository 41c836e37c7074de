"""Files of inspection items: one row for each item and sub-item, so that a published table 抽查事项
清单 goes in as it is and comes out whole. Both directions are pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.core.problems import Fault
from app.core.validation_texts import chinese, english
from app.registry.files.item_texts import read_basis, read_caps, read_methods
from app.registry.models import DutyKind, InspectionMethod, ItemCategory, ObjectKind
from app.registry.schemas import InspectionItemWrite

ITEM_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": ("事项编码", "抽查事项编码", "编码"),
    "name": ("抽查事项名称", "事项名称", "抽查事项", "抽查类别"),
    "category": ("事项类别", "检查类别", "类别"),
    "sub_no": ("子项序号", "子项编号"),
    "sub_name": ("抽查子项", "检查子项", "子项"),
    "lines": ("检查内容", "抽查内容", "检查表"),
    "legal_basis": ("抽查依据", "检查依据", "法律依据"),
    "basis": ("依据条款",),
    "duties": ("职责来源", "权责清单"),
    "checked_by": ("抽查主体", "检查主体"),
    "objects": ("抽查对象", "检查对象"),
    "object_kinds": ("对象类型", "检查对象类型"),
    "ratio_text": ("抽查比例", "检查比例"),
    "min_ratio": ("比例下限",),
    "max_ratio": ("比例上限",),
    "frequency_text": ("抽查频次", "检查频次"),
    "min_per_year": ("每年最少次数",),
    "max_per_year": ("每年最多次数",),
    "methods": ("抽查方式", "检查方式"),
    "method_codes": ("检查方式分类",),
    "inspector_requirement": ("检查人员要求", "人员要求", "执法人员要求"),
    "qualifications": ("所需资格",),
    "valid_from": ("生效日期",),
    "valid_to": ("失效日期",),
    "standard_department": ("标准所属部门代码",),
    "standard_code": ("标准事项编码",),
    "remark": ("备注",),
}
"""Column -> its headers in Chinese; the first is the one that is written. Lists within a cell have a
line for each entry; entries of several parts have bars: 法律|条款|生效日期|失效日期 and 类别|编号|名称."""
REQUIRED_ITEM_COLUMNS = ("code", "name")
ITEM_CODE_COLUMNS = ("code", "standard_department", "standard_code")
ITEM_DATE_COLUMNS = ("valid_from", "valid_to")

NONE = "无"
"""In a cell whose value would else be read from a published text: there is none."""
CATEGORIES = {
    ItemCategory.GENERAL: ("一般检查事项", "一般检查", "一般"),
    ItemCategory.KEY: ("重点检查事项", "重点检查", "重点"),
}
KINDS = {
    ObjectKind.ENTERPRISE: ("企业",),
    ObjectKind.INDIVIDUAL: ("个体工商户", "个体户"),
    ObjectKind.COOPERATIVE: ("农民专业合作社", "农专社"),
    ObjectKind.FOREIGN_OFFICE: ("外企代表机构", "外国企业常驻代表机构"),
}
METHODS = {
    InspectionMethod.ON_SITE: ("现场检查", "实地核查"),
    InspectionMethod.WRITTEN: ("书面检查",),
    InspectionMethod.TESTING: ("检验检测",),
    InspectionMethod.OTHER_RESULTS: ("利用其他部门结果",),
    InspectionMethod.ENTRUSTED: ("委托专业机构",),
    InspectionMethod.NETWORK: ("网络监测",),
    InspectionMethod.REMOTE: ("远程监管",),
    InspectionMethod.MOBILE: ("移动监管",),
    InspectionMethod.WARNING: ("预警防控",),
}
DUTIES = {DutyKind.FUNCTIONS: ("三定规定",), DutyKind.DUTY_LIST: ("权责清单",)}
_CAPS = ("min_ratio", "max_ratio", "min_per_year", "max_per_year")
_PLAIN = (
    "name",
    "legal_basis",
    "checked_by",
    "objects",
    "ratio_text",
    "frequency_text",
    "inspector_requirement",
    "remark",
)
_OF_SUB_ITEM = ("sub_no", "sub_name", "lines")
_BASIS = ("law", "article", "valid_from", "valid_to")
_DUTY = ("kind", "number", "title")
_COLUMN_OF = {"caps": "max_ratio", "standard_of": "standard_code", "sub_items": "sub_name"}
"""Member of an item -> the column that shows it, where the names differ."""


@dataclass(frozen=True, slots=True)
class ItemFault:
    """What is wrong with an item in itself, and in which of its members."""

    code: str
    member: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ItemRows:
    """What the rows of a file say: items only if there is no fault."""

    items: list[InspectionItemWrite]
    faults: list[Fault]


def faults_of(item: InspectionItemWrite) -> list[ItemFault]:
    """What no single member can tell: dates in order, numbers once, no text beside a standard."""
    faults = []
    if item.valid_from and item.valid_to and item.valid_from > item.valid_to:
        faults.append(
            ItemFault(
                "validity-reversed",
                "valid_to",
                "失效日期早于生效日期",
                "the validity ends before it begins",
            )
        )
    numbers = [sub_item.no for sub_item in item.sub_items]
    if len(numbers) != len(set(numbers)):
        faults.append(
            ItemFault(
                "sub-item-twice", "sub_items", "子项序号重复", "a number of a sub-item stands twice"
            )
        )
    if item.standard_of and item.sub_items:
        faults.append(
            ItemFault(
                "standard-beside-text",
                "standard_of",
                "沿用其他事项标准的，不得另列子项",
                "an item that shares a standard has no sub-items of its own",
            )
        )
    return faults


def rows_of(items: Iterable[InspectionItemWrite]) -> Iterator[dict[str, str]]:
    """The rows of a file, with all columns of ITEM_HEADERS: one for each sub-item, or one for an
    item without. What every row of an item repeats is what the item says as a whole."""
    for item in items:
        said = _cells(item)
        for sub_item in sorted(item.sub_items, key=lambda one: one.no):
            own = {
                "sub_no": str(sub_item.no),
                "sub_name": sub_item.name,
                "lines": "\n".join(sub_item.lines),
            }
            yield {column: own.get(column, said.get(column, "")) for column in ITEM_HEADERS}
        if not item.sub_items:
            yield {column: said.get(column, "") for column in ITEM_HEADERS}


def items_of(rows: Iterable[tuple[int, Mapping[str, str]]]) -> ItemRows:
    """The items that numbered rows say. The rows of an item have its code, or none where cells were
    merged; what they repeat of the item may be left out after its first row, but not differ."""
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    faults: list[Fault] = []
    code = ""
    for number, row in rows:
        code = row.get("code", "") or code
        if not code:
            faults.append(
                Fault(
                    "code-missing", "缺少事项编码", "the code is missing", row=number, column="code"
                )
            )
            continue
        groups.setdefault(code, []).append((number, row))
    made = [_item(code, group, faults) for code, group in groups.items()]
    items = [item for item in made if item is not None]
    return ItemRows([] if faults else items, faults)


def _cells(item: InspectionItemWrite) -> dict[str, str]:
    """What an item says as a whole, as cells."""
    standard = item.standard_of
    return {
        "code": item.code,
        **{name: getattr(item, name) for name in _PLAIN},
        "category": CATEGORIES[item.category][0],
        "basis": _given(
            item.basis,
            read_basis(item.legal_basis),
            [_bars(one.model_dump(mode="json"), _BASIS) for one in item.basis or []],
        ),
        "duties": "\n".join(
            _bars({**one.model_dump(), "kind": DUTIES[one.kind][0]}, _DUTY) for one in item.duties
        ),
        "object_kinds": "\n".join(KINDS.get(kind, (kind.value,))[0] for kind in item.object_kinds),
        **_cap_cells(item),
        "methods": "\n".join(item.methods),
        "method_codes": _given(
            item.method_codes,
            read_methods(item.methods),
            [METHODS[one][0] for one in item.method_codes or []],
        ),
        "qualifications": "\n".join(item.qualifications),
        "valid_from": item.valid_from.isoformat() if item.valid_from else "",
        "valid_to": item.valid_to.isoformat() if item.valid_to else "",
        "standard_department": standard.department_code if standard else "",
        "standard_code": standard.item_code if standard else "",
    }


def _given(value: object, read: object, entries: list[str]) -> str:
    """The cell of a list that is read from a text where it is left out."""
    return "\n".join(entries) or (NONE if value is not None and read else "")


def _cap_cells(item: InspectionItemWrite) -> dict[str, str]:
    if item.caps is None:
        return {}
    caps = item.caps.model_dump()
    read = read_caps(item.ratio_text, item.frequency_text)
    empty = NONE if not any(caps.values()) and any(read.values()) else ""
    return {name: caps[name] or empty for name in _CAPS}


def _bars(values: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return "|".join(values[name] or "" for name in names).rstrip("|")


def _item(
    code: str, group: list[tuple[int, Mapping[str, str]]], faults: list[Fault]
) -> InspectionItemWrite | None:
    first, said = group[0]
    for number, row in group[1:]:
        faults += _differences(number, row, said)
    try:
        item = InspectionItemWrite.model_validate(
            {**_members(said), "code": code, "sub_items": _sub_items(group)}
        )
    except ValidationError as error:
        faults += [_fault(group, dict(one)) for one in error.errors(include_url=False)]
        return None
    faults += [
        Fault(one.code, one.zh, one.en, row=first, column=_COLUMN_OF.get(one.member, one.member))
        for one in faults_of(item)
    ]
    return item


def _differences(number: int, row: Mapping[str, str], said: Mapping[str, str]) -> Iterator[Fault]:
    for column in ITEM_HEADERS:
        value = row.get(column, "")
        if column not in {*_OF_SUB_ITEM, "code"} and value and value != said.get(column, ""):
            yield Fault(
                "row-differs",
                "与同一事项第一行的内容不一致",
                "it differs from the first row of the same item",
                row=number,
                column=column,
                value=value,
            )


def _members(row: Mapping[str, str]) -> dict[str, Any]:
    """The members of an item from the cells of its first row; words stay where no code is known,
    so that they are refused by name."""
    members: dict[str, Any] = {name: row.get(name, "") for name in _PLAIN}
    members["methods"] = _lines(row, "methods")
    members["qualifications"] = _lines(row, "qualifications")
    members["category"] = _coded(row.get("category", ""), CATEGORIES) or ItemCategory.GENERAL
    members["object_kinds"] = [_coded(one, KINDS) for one in _lines(row, "object_kinds")]
    members["duties"] = [_parted(one, _DUTY) for one in _lines(row, "duties")]
    for duty in members["duties"]:
        duty["kind"] = _coded(duty["kind"] or "", DUTIES)
    if row.get("basis"):
        members["basis"] = [_parted(one, _BASIS) for one in _lines(row, "basis")]
    if row.get("method_codes"):
        members["method_codes"] = [_coded(one, METHODS) for one in _lines(row, "method_codes")]
    caps = {name: row.get(name, "") for name in _CAPS}
    if any(caps.values()):
        members["caps"] = {name: None if v in {"", NONE} else v for name, v in caps.items()}
    for name in ITEM_DATE_COLUMNS:
        members[name] = row.get(name) or None
    if row.get("standard_department") or row.get("standard_code"):
        members["standard_of"] = {
            "department_code": row.get("standard_department", ""),
            "item_code": row.get("standard_code", ""),
        }
    return members


def _sub_items(group: list[tuple[int, Mapping[str, str]]]) -> list[dict[str, Any]]:
    """The sub-items of an item; one without a number has that of its place."""
    named = [row for _, row in group if any(row.get(column) for column in _OF_SUB_ITEM)]
    return [
        {
            "no": row.get("sub_no") or place,
            "name": row.get("sub_name", ""),
            "lines": _lines(row, "lines"),
        }
        for place, row in enumerate(named, start=1)
    ]


def _lines(row: Mapping[str, str], column: str) -> list[str]:
    lines = [line.strip() for line in row.get(column, "").splitlines()]
    return [line for line in lines if line and line != NONE]


def _coded(word: str, names: Mapping[Any, tuple[str, ...]]) -> str:
    """The code that a word means, or the word itself."""
    return next((code.value for code, words in names.items() if word in words), word)


def _parted(text: str, names: tuple[str, ...]) -> dict[str, str | None]:
    parts = [part.strip() or None for part in text.split("|")]
    if len(parts) > len(names):
        return {names[0]: text}  # the bar that is one too many is refused where it stands
    return dict(zip(names, parts + [None] * (len(names) - len(parts)), strict=True))


def _fault(group: list[tuple[int, Mapping[str, str]]], error: dict[str, Any]) -> Fault:
    """A validation error of an item, at the row and column that it comes from."""
    member, place = str(error["loc"][0]), 0
    column = _COLUMN_OF.get(member, member)
    if member == "sub_items" and len(error["loc"]) > 2:
        place = int(error["loc"][1])
        column = {"no": "sub_no", "lines": "lines"}.get(str(error["loc"][2]), "sub_name")
    if member == "caps" and len(error["loc"]) > 1:
        column = str(error["loc"][1])
    kind, context = error["type"], error.get("ctx", {})
    number, row = group[min(place, len(group) - 1)]
    return Fault(
        kind.replace("_", "-"),
        chinese(kind, context),
        english(kind, context, error["msg"]),
        row=number,
        column=column,
        value=row.get(column, ""),
    )
