"""Member units of the joint conference 联席会议成员单位."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from app.core.database import (
    MUTABLE,
    Base,
    internal,
    public,
)


class Department(Base):
    """A member unit of the joint conference 联席会议成员单位, down to townships."""

    __tablename__ = "department"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    parent_code: Mapped[str | None] = public(ForeignKey("openlot.department.code"))
    level: Mapped[str] = public()
    region_code: Mapped[str | None] = public()
    updated_at: Mapped[datetime] = public()
    updated_by: Mapped[str] = internal()
