"""Fields that several resources of the registry have."""

from typing import Annotated

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery

RegionCode = Annotated[
    str, Field(pattern=r"^[0-9]{6}$", description="GB/T 2260 code", examples=["610403"])
]


IndustryCode = Annotated[
    str,
    Field(pattern=r"^([A-T]|[0-9]{2,4})$", description="GB/T 4754 code", examples=["F", "52"]),
]


ItemCode = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z._-]{1,64}$", description="Item code 事项编码", examples=["SC-01"]),
]


Source = Annotated[
    str,
    Field(
        min_length=1, max_length=200, description="Who produced the data", examples=["登记注册库"]
    ),
]


LongText = Annotated[str, Field(max_length=8000)]


class ListQuery(PageQuery):
    """Which page of a department's list."""

    department: Annotated[DepartmentCode, Field(description="Department of the directory 所属部门")]
