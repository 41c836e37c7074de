"""Feeds that were accepted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    Base,
    internal,
    of_department,
)


class RegistryImport(Base):
    """One accepted feed: which file, from whom, and what it changed."""

    __tablename__ = "registry_import"
    __table_args__ = (
        Index(None, "department_code", "sequence"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    sequence: Mapped[int] = internal()
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    source: Mapped[str] = internal()
    file_sha256: Mapped[str] = internal()
    rows: Mapped[int] = internal()
    added: Mapped[int] = internal()
    changed: Mapped[int] = internal()
    unchanged: Mapped[int] = internal()
    imported_at: Mapped[datetime] = internal()
    imported_by: Mapped[str] = internal()
