"""Inspected objects as the API shows them."""

from datetime import date
from typing import Annotated

from app.core.schema import NextCursor, Schema, shown
from app.registry.models import CreditClass, ObjectKind, ObjectStatus
from app.registry.schemas.fields import ListQuery, RegionCode


class InspectedObjectQuery(ListQuery):
    """Which page of a department's directory."""

    region: RegionCode | None = None


class InspectedObjectRead(Schema):
    """An inspected object 检查对象."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("91610403WY0000015C")]
    name: Annotated[str, shown("杨陵区某某商贸有限公司")]
    kind: ObjectKind
    ent_type: Annotated[str | None, shown("有限责任公司(自然人独资)", None)]
    region_code: Annotated[str, shown("610403")]
    industry_code: Annotated[str | None, shown("52", None)]
    established_on: Annotated[date | None, shown("2019-05-06", None)]
    status: ObjectStatus
    reg_authority: Annotated[str | None, shown("杨陵区市场监督管理局", None)]
    jurisdiction_unit: Annotated[str | None, shown("杨陵街道市场监管所", None)]
    source: Annotated[str, shown("登记注册库")]
    version: Annotated[int, shown(1)]


class InspectedObjectPage(Schema):
    """Inspected objects by code."""

    items: list[InspectedObjectRead]
    next: NextCursor


class CreditClassRead(Schema):
    """The class in force. For officials only, never public."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    credit_class: Annotated[CreditClass, shown("B")]
    valid_from: Annotated[date, shown("2026-01-01")]
