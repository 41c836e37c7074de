"""Inspected objects as the API shows them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import CreditClass, ObjectKind, ObjectStatus


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
    listed: Annotated[bool, shown(True)]
    """False: the last full feed no longer held it."""
    version: Annotated[int, shown(1)]


class InspectedObjectPage(Schema):
    """Inspected objects by code."""

    items: list[InspectedObjectRead]
    next: NextCursor


class ObjectVersionRead(Schema):
    """A state of an entry: what it said, since when, from whom and why."""

    entry: InspectedObjectRead
    valid_from: Annotated[date | None, shown("2026-02-27", None)]
    """Business day of the data that brought it; null where the feed named none."""
    recorded_at: Instant
    """When it became known here."""
    recorded_until: Instant | None
    """When another state took its place; null for the present one."""
    import_id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    import_source: Annotated[str, shown("登记注册库")]
    imported_by: Annotated[str, shown("scjgywxt01")]
    reason: Annotated[str, shown("")]
    """Why, where somebody wrote or undid it by hand."""


class ObjectVersionPage(Schema):
    """States of an entry, the newest first."""

    items: list[ObjectVersionRead]
    next: NextCursor


class DirectoryDigestRead(Schema):
    """The digest of a directory as it was known at a moment. It is SHA-256 over one line an entry,
    in byte order of the codes: the JSON array [code, name, kind, ent_type, region_code,
    industry_code, established_on, status, reg_authority, jurisdiction_unit, source, listed] as
    Python's json.dumps(entry, ensure_ascii=False) writes it, in UTF-8, and a line feed. Whoever
    has listed all entries, those not listed any more included, gets the same."""

    department_code: Annotated[str, shown("610403-SCJG")]
    as_of: Instant
    entries: Annotated[int, shown(1200)]
    """Number of lines."""
    sha256: Annotated[
        str, shown("9a4d5ac4e13e98f6b9453ddf45e88842cbe375136a25ac75afdf258ba0593667")
    ]


class CreditClassRead(Schema):
    """The class in force. For officials only, never public."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    credit_class: Annotated[CreditClass, shown("B")]
    valid_from: Annotated[date, shown("2026-01-01")]


class CreditClassHistoryRead(Schema):
    """A class that a feed told of an object. For officials only, never public."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    credit_class: Annotated[CreditClass, shown("B")]
    valid_from: Annotated[date, shown("2026-01-01")]
    source: Annotated[str, shown("信用分类系统")]
    recorded_at: Instant
    import_id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]


class CreditClassHistoryPage(Schema):
    """Classes, the one told last first."""

    items: list[CreditClassHistoryRead]
    next: NextCursor
