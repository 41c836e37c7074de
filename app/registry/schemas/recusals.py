"""Recusals 回避 as clients declare, request and decide them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, Schema, shown

Ground = Literal["kinship", "investment", "employment", "dispute", "other"]
_StaffNumber = Annotated[str, Field(min_length=1, max_length=64, examples=["610403-SCJG-0001"])]
_ObjectCode = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
]


class InterestDeclare(Schema):
    """An officer's interest in an object 回避申报 (行政处罚法第四十三条)."""

    department_code: DepartmentCode
    staff_no: _StaffNumber
    object_code: _ObjectCode
    ground: Ground
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


class RecusalCreate(Schema):
    """What an inspected firm asks for 当事人申请回避, entered by an official on its behalf."""

    department_code: DepartmentCode
    """The department of the officer."""
    staff_no: _StaffNumber
    object_code: _ObjectCode
    ground: Ground
    asking_party: Annotated[str, Field(min_length=1, max_length=200, examples=["企业负责人"])]
    """Who asked for the firm."""
    asked_on: Annotated[date, Field(ge=date(2000, 1, 1), examples=["2026-03-02"])]
    evidence: Annotated[str, Field(min_length=1, max_length=1000, examples=["回避申请书 2026-004"])]


class RecusalDecide(Schema):
    """What the head decides 负责人决定."""

    outcome: Literal["granted", "refused"]
    reason: Annotated[str, Field(min_length=1, max_length=1000, examples=["配偶持股，属实"])]
    document_no: Annotated[
        str, Field(min_length=1, max_length=100, examples=["杨市监回避决〔2026〕3号"])
    ]
    """Number of the written decision 决定书文号."""


class RecusalEvent(Schema):
    """A recusal was requested, found, or decided; what it rests on stays with the request."""

    recusal_id: str
    department_code: str
    staff_no: str
    object_code: str
    origin: str
    ground: str
    outcome: str | None
    decided_person: str | None
    document_no: str | None
