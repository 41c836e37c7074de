"""Member units of the joint conference 联席会议成员单位, and what they can supervise with."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    MUTABLE,
    Base,
    internal,
    of_department,
    public,
)
from app.registry.models.codes import one_of


class DepartmentFacts:
    """What is registered of a department."""

    name: Mapped[str] = public()
    level: Mapped[str] = public()
    region_code: Mapped[str | None] = public()


class Department(DepartmentFacts, Base):
    """A member unit of the joint conference 联席会议成员单位, down to townships: its present state."""

    __tablename__ = "department"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    parent_code: Mapped[str | None] = public(ForeignKey("openlot.department.code"))
    updated_at: Mapped[datetime] = public()
    updated_by: Mapped[str] = internal()


class DepartmentVersion(DepartmentFacts, Base):
    """Every state of a department, from the moment that it was recorded."""

    __tablename__ = "department_version"
    __table_args__ = ({"info": INSERT_ONLY},)

    code: Mapped[str] = public(ForeignKey("openlot.department.code"), primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    parent_code: Mapped[str | None] = public()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()

    @property
    def updated_at(self) -> datetime:
        return self.recorded_at


class SupervisionMeans(StrEnum):
    """Means of smart supervision 智慧监管条件: 非现场监管, 视频监控, 移动执法终端, 物联感知, 无人机,
    网络监测, 风险预警模型, 电子取证, 执法记录仪, 扫码入企."""

    OFF_SITE = "off-site"
    VIDEO = "video"
    MOBILE_TERMINAL = "mobile-terminal"
    SENSORS = "sensors"
    DRONE = "drone"
    NETWORK = "network"
    RISK_MODEL = "risk-model"
    E_EVIDENCE = "e-evidence"
    BODY_CAMERA = "body-camera"
    VISIT_CODE = "visit-code"


class DepartmentCapability(Base):
    """That a department has a means of supervision, and since when; a later row of the same means
    corrects or ends the one before."""

    __tablename__ = "department_capability"
    __table_args__ = (
        one_of("means", SupervisionMeans),
        CheckConstraint("COALESCE(valid_from <= valid_to, true)", name="validity"),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = public(ForeignKey("openlot.department.code"), primary_key=True)
    means: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    valid_from: Mapped[date] = public()
    valid_to: Mapped[date | None] = public()
    note: Mapped[str] = public()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()
