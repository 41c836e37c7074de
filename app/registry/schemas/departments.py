"""Departments as the API shows them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import SupervisionMeans
from app.registry.schemas.fields import RegionCode


class DepartmentWrite(Schema):
    """What is registered of a department."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区市场监督管理局"])]
    parent: DepartmentCode | None = None
    """The department above it."""
    level: Annotated[str, Field(max_length=20, examples=["county"])] = "county"
    region_code: RegionCode | None = None


class DepartmentImportRow(DepartmentWrite):
    """A department and its code."""

    code: DepartmentCode


class DepartmentImport(Schema):
    """Departments; a parent stands before its children."""

    departments: Annotated[
        list[DepartmentImportRow],
        Field(min_length=1, max_length=5000),
        shown(
            [
                {"code": "610403-RMZF", "name": "杨陵区人民政府", "region_code": "610403"},
                {
                    "code": "610403-SCJG",
                    "name": "杨陵区市场监督管理局",
                    "parent": "610403-RMZF",
                    "level": "county",
                    "region_code": "610403",
                },
            ]
        ),
    ]


class DepartmentMomentQuery(Schema):
    """Of which moment a department is asked for."""

    as_of: Annotated[
        AwareDatetime | None,
        Field(description="What was known at this moment 当时所知; now if left out"),
    ] = None


class DepartmentQuery(PageQuery, DepartmentMomentQuery):
    """Which departments: all, those next below one, or one with all below it."""

    parent: Annotated[
        DepartmentCode | None, Field(description="Only those next below it 直接下级")
    ] = None
    within: Annotated[
        DepartmentCode | None, Field(description="Only it and all below it 本部门及所有下级")
    ] = None


class DepartmentRead(Schema):
    """A department."""

    code: Annotated[str, shown("610403-SCJG")]
    name: Annotated[str, shown("杨陵区市场监督管理局")]
    parent_code: Annotated[str | None, shown("610403-RMZF", None)]
    level: Annotated[str, shown("county")]
    region_code: Annotated[str | None, shown("610403", None)]
    updated_at: Instant


class DepartmentPage(Schema):
    """Departments by code."""

    items: list[DepartmentRead]
    next: NextCursor


class DepartmentEvent(Schema):
    """Departments were registered or changed."""

    codes: list[str]
    changes: list[DepartmentImportRow]


class CapabilityRecord(Schema):
    """That a department has a means of smart supervision 智慧监管条件. Recorded again for the same
    means, it corrects or ends what was recorded before."""

    means: SupervisionMeans
    """off-site 非现场监管, video 视频监控, mobile-terminal 移动执法终端, sensors 物联感知, drone 无人机,
    network 网络监测, risk-model 风险预警模型, e-evidence 电子取证, body-camera 执法记录仪, visit-code 扫码入企."""
    valid_from: Annotated[date, shown("2026-01-01")]
    valid_to: Annotated[date | None, shown("2028-12-31")] = None
    """Last day; until further notice if left out."""
    note: Annotated[str, Field(max_length=1000), shown("配备移动执法终端12台")] = ""


class CapabilityRead(Schema):
    """A means of supervision of a department."""

    department_code: Annotated[str, shown("610403-SCJG")]
    means: Annotated[str, shown("mobile-terminal")]
    """As in the request; further means may come."""
    version: Annotated[int, shown(1)]
    valid_from: Annotated[date, shown("2026-01-01")]
    valid_to: Annotated[date | None, shown("2028-12-31", None)]
    note: Annotated[str, shown("配备移动执法终端12台")]
    recorded_at: Instant


class CapabilityQuery(DepartmentMomentQuery):
    """Which means of supervision of a department."""

    on: Annotated[
        date | None, Field(description="Only what it has on this day 当日具备; all if left out")
    ] = None


class CapabilityList(Schema):
    """The means of supervision of a department, by their codes, each as recorded last."""

    items: list[CapabilityRead]


class CapabilityEvent(Schema):
    """A means of supervision was recorded."""

    department_code: str
    capability: CapabilityRecord
    version: int


class CoverageScopeQuery(Schema):
    """Whose coverage, and on which day."""

    within: Annotated[
        DepartmentCode | None, Field(description="Only it and all below it 本部门及所有下级")
    ] = None
    on: Annotated[date | None, Field(description="On this day; today if left out")] = None


class DepartmentCoverageQuery(PageQuery, CoverageScopeQuery):
    """Which page of the coverage of departments."""

    missing: Annotated[
        Literal["officer", "item", "task"] | None,
        Field(description="Only those without 缺执法人员、缺抽查事项、缺抽查任务"),
    ] = None


class DepartmentCoverageRead(Schema):
    """What a department has to inspect with (domain E28)."""

    code: Annotated[str, shown("610403-SCJG-01")]
    name: Annotated[str, shown("西街市场监督管理所")]
    level: Annotated[str, shown("township")]
    parent_code: Annotated[str | None, shown("610403-SCJG", None)]
    region_code: Annotated[str | None, shown("610403", None)]
    officers: Annotated[int, shown(4)]
    """Active officers with a valid certificate on the day."""
    items: Annotated[int, shown(0)]
    """Published inspection items in force on the day."""
    tasks: Annotated[int, shown(2)]
    """Inspection tasks whose window holds a day of the year, led or taken part in."""


class DepartmentCoveragePage(Schema):
    """Coverage of departments, by code."""

    items: list[DepartmentCoverageRead]
    next: NextCursor


class CoverageTotals(Schema):
    """How many of the departments that the caller sees have what it takes (domain E28)."""

    on: Annotated[date, shown("2026-05-08")]
    departments: Annotated[int, shown(42)]
    with_officers: Annotated[int, shown(40)]
    with_items: Annotated[int, shown(12)]
    with_tasks: Annotated[int, shown(38)]
    with_officers_and_tasks: Annotated[int, shown(37)]
    """Covered 执法机构覆盖: at least one active officer and one task."""
