"""Inspection items as the API shows them."""

from typing import Annotated

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import ItemCategory
from app.registry.schemas.fields import ItemCode, LongText, Source


class SubItem(Schema):
    """A part of an inspection item 抽查子项."""

    no: Annotated[int, Field(ge=1, le=999, examples=[1])]
    name: Annotated[LongText, shown("食品经营许可情况的检查")]


class InspectionItemWrite(Schema):
    """An inspection item as published; free text is kept as it stands."""

    code: ItemCode
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["食品销售单位监督检查"])]
    category: ItemCategory = ItemCategory.GENERAL
    sub_items: Annotated[list[SubItem], Field(max_length=200)] = []
    legal_basis: Annotated[LongText, shown("《中华人民共和国食品安全法》第一百一十条")] = ""
    checked_by: Annotated[LongText, shown("县级以上市场监督管理部门")] = ""
    objects: Annotated[LongText, shown("食品销售者")] = ""
    ratio_text: Annotated[LongText, shown("不低于3%")] = ""
    frequency_text: Annotated[LongText, shown("每年1次")] = ""
    methods: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(max_length=20, examples=[["现场检查"]])
    ] = []
    inspector_requirement: Annotated[LongText, shown("执法人员不少于2名")] = ""
    remark: Annotated[LongText, shown("")] = ""


class InspectionItemImport(Schema):
    """A department's list of inspection items 随机抽查事项清单."""

    department_code: DepartmentCode
    source: Source
    items: Annotated[list[InspectionItemWrite], Field(min_length=1, max_length=2000)]


class InspectionItemRead(InspectionItemWrite):
    """The version in force."""

    department_code: Annotated[str, shown("610403-SCJG")]
    version: Annotated[int, shown(1)]
    recorded_at: Instant


class InspectionItemPage(Schema):
    """Items in force, by code."""

    items: list[InspectionItemRead]
    next: NextCursor
