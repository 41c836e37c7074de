"""What must be made public, when it was, and what it said. Nothing here is ever changed: a
correction or a withdrawal is a row of its own."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, public

KINDS = ("plan", "task", "drawn-list", "result")


class Obligation(Base):
    """Something that must be published by a day: logged when it arises, so that withholding it
    shows. `provisional` says that the calendar of a year was not loaded yet."""

    __tablename__ = "publication_obligation"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint("kind IN ('plan', 'task', 'drawn-list', 'result')", name="kind"),
        {"info": INSERT_ONLY},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    kind: Mapped[str] = internal()
    subject: Mapped[str] = internal()
    """plan code, task code, or task code + "/" + object code"""
    lead_department_code: Mapped[str] = internal()
    basis: Mapped[str] = internal()
    basis_on: Mapped[date] = internal()
    due_on: Mapped[date] = internal()
    provisional: Mapped[bool] = internal()
    arose_at: Mapped[datetime] = internal()


class Publication(Base):
    """A text made public: the content as it was shown, its digest, where and when."""

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("kind IN ('plan', 'task', 'drawn-list', 'result')", name="kind"),
        UniqueConstraint("kind", "subject", "version"),
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
