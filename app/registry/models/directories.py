"""Special directories 专项库: which objects belong to a line of business that needs a licence or
special care, and until when the licence runs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public


class SpecialDirectory(Base):
    """A special directory of a department 专项库. The latest version is in force."""

    __tablename__ = "special_directory"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    department_code: Mapped[str] = public(primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    name: Mapped[str] = public()
    recorded_at: Mapped[datetime] = internal()
    recorded_by: Mapped[str] = internal()


class SpecialEntry(Base):
    """What a feed told of an object in a special directory from a day on. Of one object, directory
    and licence number the latest row is in force; `held` false: it has left the directory."""

    __tablename__ = "special_entry"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        Index(None, "department_code", "object_code"),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    directory_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    licence_no: Mapped[str] = public(primary_key=True)
    """Number of the licence, or an empty text where the directory asks for none."""
    valid_from: Mapped[date] = internal(primary_key=True)
    import_sequence: Mapped[int] = internal(primary_key=True)
    licence_name: Mapped[str] = public()
    licence_issuer: Mapped[str] = public()
    expires_on: Mapped[date | None] = public()
    held: Mapped[bool] = internal()
    import_id: Mapped[UUID] = internal()
