"""Departments as the API shows them."""

from typing import Annotated

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
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
