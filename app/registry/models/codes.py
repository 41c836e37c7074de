"""The code tables that entries refer to: divisions and industries."""

from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from app.core.database import (
    MUTABLE,
    Base,
    public,
)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The CHECK that holds an enumeration's values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Division(Base):
    """An administrative division (GB/T 2260). A code alone is not unique: retired codes were
    given again, so the year from which it is valid belongs to the key."""

    __tablename__ = "division"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    valid_from: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    full_name: Mapped[str] = public()
    level: Mapped[str] = public()
    parent_code: Mapped[str | None] = public()
    status: Mapped[str] = public()
    valid_to: Mapped[str | None] = public()
    successor_codes: Mapped[str | None] = public()


class Industry(Base):
    """An industry of the national classification (GB/T 4754), four levels."""

    __tablename__ = "industry"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    level: Mapped[str] = public()
    parent_code: Mapped[str | None] = public()
    section_code: Mapped[str] = public()
