"""Publications as the API shows them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.schema import Instant, NextCursor, Schema, shown

Kind = Literal["plan", "task", "drawn-list", "result"]


class PublicationCreate(Schema):
    """Make something public 公示: a plan, an inspection task, its drawn list, or a result."""

    kind: Kind
    subject: Annotated[str, Field(max_length=140, examples=["610403-SCJG-2026-001"])]
    """Code of the plan, national key of the task, or national key + "/" + object code."""
    channel: Annotated[str, Field(max_length=200, examples=["部门网站"])] = "本系统公示页"


class PublicationRead(Schema):
    """A text that was made public 公示."""

    id: UUID
    kind: Annotated[str, shown("plan")]
    subject: Annotated[str, shown("610403-SCJG-2026-001")]
    version: Annotated[int, shown(1)]
    lead_department_code: Annotated[str, shown("610403-SCJG")]
    content: Annotated[dict[str, Any], shown({"name": "杨陵区2026年度抽查工作计划"})]
    content_sha256: Annotated[str, shown("9a" * 32)]
    """SHA-256 of the content as canonical JSON (RFC 8785)."""
    due_on: date | None
    channel: Annotated[str, shown("本系统公示页")]
    published_at: Instant
    supersedes_id: UUID | None


class PublicationPage(Schema):
    """Publications by id."""

    items: list[PublicationRead]
    next: NextCursor


class PublicationEvent(Schema):
    """Something was made public."""

    publication_id: str
    kind: str
    subject: str
    version: int
    content_sha256: str
