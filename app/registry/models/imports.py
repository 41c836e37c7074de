"""Feeds that were accepted, and those that wait in stages."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import (
    DISPOSABLE,
    INSERT_ONLY,
    Base,
    internal,
    of_department,
)
from app.registry.models.codes import one_of


class ImportMode(StrEnum):
    """How an import is to be read: a change feed 增量 holds what is new or different; a full feed
    全量 holds everything, so what it lacks is no longer listed; a record is one entry that somebody
    wrote; an undo restores the states before another import."""

    CHANGES = "changes"
    FULL = "full"
    RECORD = "record"
    UNDO = "undo"


class StagingStep(StrEnum):
    """What became of a staged import: the newest step is its state, none yet means that the file
    waits to be checked."""

    REFUSED = "refused"
    PREVIEWED = "previewed"
    MERGED = "merged"
    DISCARDED = "discarded"


class RegistryImport(Base):
    """One accepted import: which file, from whom, and what it changed. `data_date` is the business
    day of the data, `imported_at` when it became known here."""

    __tablename__ = "registry_import"
    __table_args__ = (
        Index(None, "department_code", "sequence"),
        UniqueConstraint("undone_import_id"),
        one_of("mode", ImportMode),
        CheckConstraint("(mode = 'undo') = (undone_import_id IS NOT NULL)", name="undone"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    sequence: Mapped[int] = internal()
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    mode: Mapped[str] = internal(server_default=ImportMode.CHANGES)
    source: Mapped[str] = internal()
    reason: Mapped[str] = internal(server_default="")
    data_date: Mapped[date | None] = internal()
    undone_import_id: Mapped[UUID | None] = internal(ForeignKey("openlot.registry_import.id"))
    file_sha256: Mapped[str] = internal()
    rows: Mapped[int] = internal()
    added: Mapped[int] = internal()
    changed: Mapped[int] = internal()
    unchanged: Mapped[int] = internal()
    vanished: Mapped[int] = internal(server_default="0")
    imported_at: Mapped[datetime] = internal()
    imported_by: Mapped[str] = internal()


class StagedImport(Base):
    """A file that was uploaded to be checked, previewed and confirmed 分步导入. Once merged, the
    accepted import has the same id."""

    __tablename__ = "staged_import"
    __table_args__ = (
        CheckConstraint("mode IN ('changes', 'full')", name="mode"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    mode: Mapped[str] = internal()
    source: Mapped[str] = internal()
    data_date: Mapped[date] = internal()
    file_sha256: Mapped[str] = internal()
    size: Mapped[int] = internal()
    """Bytes of the file."""
    uploaded_at: Mapped[datetime] = internal()
    uploaded_by: Mapped[str] = internal()


class StagedImportStep(Base):
    """A step of a staged import, with what it found (`details`)."""

    __tablename__ = "staged_import_step"
    __table_args__ = (one_of("step", StagingStep), {"info": of_department(INSERT_ONLY)})

    import_id: Mapped[UUID] = internal(ForeignKey("openlot.staged_import.id"), primary_key=True)
    number: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    step: Mapped[str] = internal()
    details: Mapped[dict[str, Any]] = internal(JSONB)
    recorded_at: Mapped[datetime] = internal()
    recorded_by: Mapped[str] = internal()


class StagedFilePart(Base):
    """A part of an uploaded file, kept until the import is merged or discarded."""

    __tablename__ = "staged_file_part"
    __table_args__ = ({"info": of_department(DISPOSABLE)},)

    import_id: Mapped[UUID] = internal(ForeignKey("openlot.staged_import.id"), primary_key=True)
    number: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    data: Mapped[bytes] = internal(LargeBinary)


class StagedFault(Base):
    """A fault of a staged file, in the order of the file; replaced when the file is checked again."""

    __tablename__ = "staged_fault"
    __table_args__ = ({"info": of_department(DISPOSABLE)},)

    import_id: Mapped[UUID] = internal(ForeignKey("openlot.staged_import.id"), primary_key=True)
    number: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    code: Mapped[str] = internal()
    row: Mapped[int | None] = internal()
    column: Mapped[str | None] = internal()
    value: Mapped[str | None] = internal()
    zh: Mapped[str] = internal()
    en: Mapped[str] = internal()
