"""Inspectors as the API shows them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown


class InspectorRead(Schema):
    """An inspector 执法检查人员. For officials only."""

    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    name: Annotated[str, shown("执法员0001")]
    station: Annotated[str, shown("杨陵区市场监督管理局")]
    region_code: Annotated[str, shown("610403")]
    certificate_no: Annotated[str, shown("YB-610403-0001")]
    certificate_issuer: Annotated[str, shown("陕西省人民政府")]
    certificate_valid_to: Annotated[date, shown("2030-03-01")]
    qualifications: Annotated[list[str], shown(["食品安全检查员"])]
    item_codes: Annotated[list[str], shown(["SCJG-01"])]
    status: Annotated[str, shown("active")]
    version: Annotated[int, shown(1)]


class InspectorPage(Schema):
    """Inspectors by staff number."""

    items: list[InspectorRead]
    next: NextCursor


class InterestDeclare(Schema):
    """An officer's interest in an object 回避申报 (行政处罚法第四十三条)."""

    department_code: DepartmentCode
    staff_no: Annotated[str, Field(min_length=1, max_length=64, examples=["610403-SCJG-0001"])]
    object_code: Annotated[
        str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
    ]
    ground: Literal["kinship", "investment", "employment", "dispute", "other"]
    evidence: Annotated[str, Field(max_length=1000, examples=["配偶为该企业股东"])] = ""


class InterestRead(Schema):
    """A declared interest."""

    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    ground: Annotated[str, shown("kinship")]
    declared_at: Instant


class InterestEvent(Schema):
    """An interest was declared."""

    department_code: str
    staff_no: str
    object_code: str
    ground: str
