"""What was made public, when, and what it said. Nothing here is ever changed: a correction is the
next version, which points to the one that it supersedes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, public


class Publication(Base):
    """A text made public: the content as it was shown, its digest, where and when."""

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("kind IN ('plan', 'task', 'drawn-list', 'result')", name="kind"),
        UniqueConstraint("kind", "subject", "version"),
        Index(None, "kind", "published_at"),
        Index(None, "published_at"),
        Index(None, "supersedes_id"),
        {"info": INSERT_ONLY},
    )

    id: Mapped[UUID] = public(primary_key=True)
    kind: Mapped[str] = public()
    subject: Mapped[str] = public()
    version: Mapped[int] = public()
    lead_department_code: Mapped[str] = public()
    content: Mapped[dict[str, Any]] = public(JSONB)
    content_sha256: Mapped[str] = public()
    due_on: Mapped[date | None] = public()
    channel: Mapped[str] = public()
    published_at: Mapped[datetime] = public()
    published_by: Mapped[str] = internal()
    supersedes_id: Mapped[UUID | None] = public(ForeignKey("openlot.publication.id"))
