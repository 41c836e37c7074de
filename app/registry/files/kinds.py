"""The kinds of files that feed the registry: their columns, the headers that name them in Chinese
and English, and the columns of what is copied into the database."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class FileKind(StrEnum):
    """What the rows of a file are."""

    OBJECTS = "objects"
    CREDIT_CLASSES = "credit-classes"
    OBJECT_TAGS = "object-tags"
    OBJECT_COMPLAINTS = "object-complaints"
    OBJECT_LEADS = "object-leads"
    SPECIAL_ENTRIES = "special-entries"
    INSPECTORS = "inspectors"
    CERTIFICATES = "certificates"
    ITEMS = "items"
    DIVISIONS = "divisions"
    INDUSTRIES = "industries"


DATED = frozenset(
    {
        FileKind.CREDIT_CLASSES,
        FileKind.OBJECT_TAGS,
        FileKind.OBJECT_COMPLAINTS,
        FileKind.OBJECT_LEADS,
        FileKind.SPECIAL_ENTRIES,
    }
)
"""Kinds of what is told of objects from day to day."""
TAG_COLUMNS = ("level", "class", "field", "mark")
"""The kinds of tags 分级分类分领域, each a column."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The columns of a kind of file: canonical name -> further headers of the same meaning; the
    first of them is the Chinese one that we write. `required` columns must be there, and filled but
    for those in `may_be_empty`. `codes` are the columns that Excel must not take for numbers, `dates`
    those that hold a day."""

    headers: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    may_be_empty: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.headers)

    @property
    def filled(self) -> frozenset[str]:
        """The columns whose cells must not be empty."""
        return frozenset(self.required) - self.may_be_empty

    def chinese(self, column: str) -> str:
        """The Chinese header of a column."""
        return self.headers[column][0]

    def column_of(self, header: str) -> str | None:
        """The canonical name that a header of a file means."""
        return _by_header(self).get(plain(header))


def plain(header: str) -> str:
    """A header without what only decorates it: full width, spaces, asterisks, 必填 or units."""
    text = re.sub(r"\(.*?\)|\[.*?\]|[*\s\ufeff:]", "", unicodedata.normalize("NFKC", header))
    return text.casefold()


@cache
def _by_header(layout: Layout) -> dict[str, str]:
    return {
        plain(name): column for column, names in layout.headers.items() for name in (column, *names)
    }


_CODE = (
    "统一社会信用代码",
    "社会信用代码",
    "统一信用代码",
    "信用代码",
    "unified_social_credit_code",
)
_OBJECT = (*_CODE, "检查对象代码", "对象代码", "object_code")
_REGION = ("行政区划代码", "行政区划", "区划代码", "所属区划代码")

OBJECTS = Layout(
    headers={
        "uscc": _CODE,
        "name": (
            "名称",
            "企业名称",
            "主体名称",
            "单位名称",
            "检查对象名称",
            "市场主体名称",
            "经营主体名称",
            "企业机构名称",
        ),
        "object_class": ("检查对象类型", "对象类型", "对象类别", "主体类型", "检查对象类别"),
        "ent_type": ("企业类型", "市场主体类型", "经营主体类型"),
        "region_code": _REGION,
        "industry_code": ("行业代码", "国民经济行业代码", "所属行业代码"),
        "established": ("成立日期", "成立时间", "注册日期", "设立日期"),
        "status": ("登记状态", "经营状态", "企业状态", "状态"),
        "reg_authority": ("登记机关",),
        "jurisdiction_unit": ("管辖单位", "属地监管单位", "监管所", "管辖机构"),
        "source": ("数据来源", "来源"),
    },
    required=("uscc", "name", "object_class", "region_code"),
    codes=frozenset({"uscc", "region_code", "industry_code"}),
    dates=frozenset({"established"}),
)

CREDIT_CLASSES = Layout(
    headers={
        "uscc": _OBJECT,
        "credit_class": ("信用风险分类", "信用风险等级", "风险分类", "风险等级", "分类结果"),
    },
    required=("uscc", "credit_class"),
    codes=frozenset({"uscc"}),
)

OBJECT_TAGS = Layout(
    headers={
        "uscc": _OBJECT,
        "level": ("分级", "分级标签", "监管等级"),
        "class": ("分类", "分类标签"),
        "field": ("分领域", "领域", "领域标签"),
        "mark": ("监管标签", "其他标签"),
    },
    # A column that was left out by mistake would end all tags of its kind.
    required=("uscc", *TAG_COLUMNS),
    codes=frozenset({"uscc"}),
    may_be_empty=frozenset(TAG_COLUMNS),
)


def _counts(*number: str) -> Layout:
    """Counted from one day to another; the name of the number says what was counted."""
    return Layout(
        headers={
            "uscc": _OBJECT,
            "number": (*number, "数量", "件数"),
            "counted_from": ("统计起始日期", "统计开始日期", "起始日期", "开始日期"),
            "counted_to": ("统计截止日期", "统计结束日期", "截止日期", "结束日期"),
        },
        required=("uscc", "number", "counted_from", "counted_to"),
        codes=frozenset({"uscc"}),
        dates=frozenset({"counted_from", "counted_to"}),
    )


OBJECT_COMPLAINTS = _counts("投诉举报数", "投诉举报数量", "投诉举报件数")
OBJECT_LEADS = _counts("线索数", "线索数量", "线索件数")

SPECIAL_ENTRIES = Layout(
    headers={
        "directory_code": ("专项库代码", "专项库编码", "专项库编号"),
        "uscc": _OBJECT,
        "licence_no": ("许可证编号", "许可证号", "证照编号", "许可文件编号"),
        "licence_name": ("许可证名称", "证照名称", "许可文件名称"),
        "licence_issuer": ("发证机关", "许可机关"),
        "expires_on": ("有效期至", "有效期截止", "许可证有效期至", "有效期截止日期"),
        "held": ("是否在库", "在库"),
    },
    required=("uscc", "directory_code"),
    codes=frozenset({"directory_code", "uscc", "licence_no"}),
    dates=frozenset({"expires_on"}),
)

INSPECTORS = Layout(
    headers={
        "staff_no": ("人员编号", "工号", "执法人员编号"),
        "name": ("姓名", "执法人员姓名", "执法检查人员姓名"),
        "kind": ("人员类别", "人员类型"),
        "department_code": ("部门代码", "所属部门代码"),
        "station": ("所属机构", "所属所队", "监管所", "站所"),
        "region_code": _REGION,
        "certificate_no": ("执法证号", "执法证件号", "执法证编号", "证件号码"),
        "certificate_issuer": ("发证机关",),
        "certificate_valid_to": ("执法证有效期至", "有效期至", "证件有效期"),
        "phone": ("联系电话", "电话", "手机号"),
        "qualifications": ("检查资格", "资格", "专业资质"),
        "specialties": ("专业特长", "专长"),
        "item_codes": ("抽查事项编码", "事项编码", "可检查事项"),
        "teams": ("检查小组", "固定小组"),
        "status": ("状态", "人员状态"),
        "status_from": ("状态起始日期",),
        "status_to": ("状态截止日期",),
    },
    required=("staff_no", "name", "certificate_no", "certificate_valid_to", "item_codes"),
    codes=frozenset({"staff_no", "department_code", "region_code", "certificate_no", "phone"}),
    dates=frozenset({"certificate_valid_to", "status_from", "status_to"}),
)

CERTIFICATES = Layout(
    headers={
        "certificate_no": ("执法证号", "执法证件号", "执法证编号", "证件号码"),
        "staff_no": ("人员编号", "工号", "执法人员编号"),
        "certificate_valid_to": ("执法证有效期至", "有效期至", "证件有效期"),
    },
    required=("certificate_no", "staff_no", "certificate_valid_to"),
    codes=frozenset({"staff_no", "certificate_no"}),
    dates=frozenset({"certificate_valid_to"}),
)

DIVISIONS = Layout(
    headers={
        "code": ("代码", "行政区划代码"),
        "name": ("名称",),
        "full_name": ("全称",),
        "level": ("级别", "层级"),
        "parent_code": ("上级代码",),
        "status": ("状态",),
        "valid_from": ("启用年份",),
        "valid_to": ("停用年份",),
        "successor_codes": ("后继代码",),
    },
    required=("code", "name", "full_name", "level", "status", "valid_from"),
    codes=frozenset({"code", "parent_code", "successor_codes"}),
)

INDUSTRIES = Layout(
    headers={
        "code": ("代码", "行业代码"),
        "name": ("名称", "行业名称"),
        "level": ("级别", "层级"),
        "parent_code": ("上级代码",),
        "section_code": ("门类代码",),
    },
    required=("code", "name", "level", "parent_code", "section_code"),
    codes=frozenset({"code", "parent_code"}),
)

_LAYOUTS: Mapping[FileKind, Layout] = {
    FileKind.OBJECTS: OBJECTS,
    FileKind.CREDIT_CLASSES: CREDIT_CLASSES,
    FileKind.OBJECT_TAGS: OBJECT_TAGS,
    FileKind.OBJECT_COMPLAINTS: OBJECT_COMPLAINTS,
    FileKind.OBJECT_LEADS: OBJECT_LEADS,
    FileKind.SPECIAL_ENTRIES: SPECIAL_ENTRIES,
    FileKind.INSPECTORS: INSPECTORS,
    FileKind.CERTIFICATES: CERTIFICATES,
    FileKind.DIVISIONS: DIVISIONS,
    FileKind.INDUSTRIES: INDUSTRIES,
}


@cache
def layout_of(kind: FileKind) -> Layout:
    """The columns of a kind of file."""
    if kind is FileKind.ITEMS:
        from app.registry.files import items

        return Layout(
            headers=items.ITEM_HEADERS,
            required=items.REQUIRED_ITEM_COLUMNS,
            codes=frozenset(items.ITEM_CODE_COLUMNS),
            dates=frozenset(items.ITEM_DATE_COLUMNS),
        )
    return _LAYOUTS[kind]
