"""Keys of machine clients. Only a digest is stored; a revocation is a row of its own."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department


class ApiKey(Base):
    """One key: the department it acts for, the departments it sees (`*` for all), what it may."""

    __tablename__ = "api_key"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    key_id: Mapped[str] = internal(primary_key=True)
    label: Mapped[str] = internal()
    person: Mapped[str | None] = internal()
    """Staff number of the official who holds the key, if one person does."""
    department_code: Mapped[str] = internal()
    departments: Mapped[list[str]] = internal(ARRAY(Text))
    permissions: Mapped[list[str]] = internal(ARRAY(Text))
    digest: Mapped[str] = internal(unique=True)
    valid_until: Mapped[datetime | None] = internal()
    created_at: Mapped[datetime] = internal()
    created_by: Mapped[str] = internal()


class ApiKeyRevocation(Base):
    """From now on the key opens nothing."""

    __tablename__ = "api_key_revocation"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    key_id: Mapped[str] = internal(ForeignKey("openlot.api_key.key_id"), primary_key=True)
    department_code: Mapped[str] = internal()
    digest: Mapped[str] = internal()
    revoked_at: Mapped[datetime] = internal()
    revoked_by: Mapped[str] = internal()
