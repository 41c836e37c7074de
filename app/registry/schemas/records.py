"""Single entries of the directory of objects, as somebody writes or corrects them."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from app.access.schemas import DepartmentCode
from app.core.schema import Schema, shown
from app.registry.models import ObjectKind, ObjectStatus
from app.registry.schemas.fields import Source
from app.registry.schemas.imports import Reason

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区某某商贸有限公司"])]
Region = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["610403"])]
ShortText = Annotated[str, Field(max_length=200)]


class ObjectOptional(Schema):
    """Facts that an entry may lack."""

    ent_type: Annotated[ShortText | None, shown("有限责任公司(自然人独资)")] = None
    industry_code: Annotated[
        str | None, Field(pattern=r"^([A-T]|[0-9]{2,4})$", examples=["52"])
    ] = None
    established_on: Annotated[date | None, shown("2019-05-06")] = None
    reg_authority: Annotated[ShortText | None, shown("杨陵区市场监督管理局")] = None
    jurisdiction_unit: Annotated[ShortText | None, shown("杨陵街道市场监管所")] = None


class InspectedObjectCreate(ObjectOptional):
    """An entry that no feed has brought. `source` says who produced the facts, and so who must
    correct them 谁产生谁负责."""

    department_code: DepartmentCode
    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])]
    name: Name
    kind: ObjectKind
    region_code: Region
    status: ObjectStatus = ObjectStatus.ACTIVE
    source: Source
    reason: Reason


class InspectedObjectPatch(ObjectOptional):
    """What is to be different; null takes an optional fact away. Who must correct the entry stays
    who it was: `source` is who told this correction."""

    name: Name | None = None
    kind: ObjectKind | None = None
    region_code: Region | None = None
    status: ObjectStatus | None = None
    source: Source
    reason: Reason

    @model_validator(mode="after")
    def _says_something(self) -> "InspectedObjectPatch":
        changes = self.changes()
        if not changes:
            raise ValueError("nothing is to be different")
        for fact in ("name", "kind", "region_code", "status"):
            if fact in changes and changes[fact] is None:
                raise ValueError(f"{fact} cannot be taken away")
        return self

    def changes(self) -> dict[str, object]:
        """The facts that were sent."""
        return self.model_dump(exclude_unset=True, exclude={"source", "reason"})
