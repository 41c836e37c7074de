"""Files of inspected objects and of their credit-risk classes."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import IO

from app.registry.files.fields import choice, day, industry, name, object_code, region
from app.registry.files.reading import CheckedFile, Faults, Row, check
from app.registry.models import CreditClass, ObjectKind, ObjectStatus

KINDS = {
    "企业": ObjectKind.ENTERPRISE,
    "个体户": ObjectKind.INDIVIDUAL,
    "个体工商户": ObjectKind.INDIVIDUAL,
    "农专社": ObjectKind.COOPERATIVE,
    "农民专业合作社": ObjectKind.COOPERATIVE,
    "外企代表机构": ObjectKind.FOREIGN_OFFICE,
    "其他": ObjectKind.OTHER,
    **{kind.value: kind for kind in ObjectKind},
}
STATUSES = {
    "": ObjectStatus.ACTIVE,
    "存续": ObjectStatus.ACTIVE,
    "开业": ObjectStatus.ACTIVE,
    "在营": ObjectStatus.ACTIVE,
    "停业": ObjectStatus.SUSPENDED,
    "歇业": ObjectStatus.SUSPENDED,
    "注销": ObjectStatus.DEREGISTERED,
    "吊销": ObjectStatus.REVOKED,
    "撤销": ObjectStatus.CANCELLED,
    "迁出": ObjectStatus.MOVED_OUT,
    **{status.value: status for status in ObjectStatus},
}
OBJECT_COLUMNS = ("uscc", "name", "object_class", "region_code")
CREDIT_COLUMNS = ("uscc", "credit_class")


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One valid row of an object file, in the order of the columns of the directory."""

    code: str
    name: str
    kind: str
    ent_type: str | None
    region_code: str
    industry_code: str | None
    established_on: date | None
    status: str
    reg_authority: str | None
    jurisdiction_unit: str | None
    source: str


def check_objects(
    file: IO[bytes], *, regions: AbstractSet[str], industries: AbstractSet[str], source: str
) -> CheckedFile[ObjectRow]:
    """Check a CSV of inspected objects against the code tables."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> ObjectRow:
        code = object_code(number, row["uscc"], seen, faults)
        return ObjectRow(
            code=code,
            name=name(number, row["name"], faults),
            kind=choice(number, "object_class", row["object_class"], KINDS, faults),
            ent_type=row.get("ent_type") or None,
            region_code=region(number, row["region_code"], regions, faults),
            industry_code=industry(number, row.get("industry_code", ""), industries, faults),
            established_on=day(number, "established", row.get("established", ""), faults),
            status=choice(number, "status", row.get("status", ""), STATUSES, faults),
            reg_authority=row.get("reg_authority") or None,
            jurisdiction_unit=row.get("jurisdiction_unit") or None,
            source=row.get("source") or source,
        )

    return check(file, OBJECT_COLUMNS, read)


def check_credit_classes(file: IO[bytes]) -> CheckedFile[tuple[str, str]]:
    """Check a CSV of object codes and credit-risk classes."""
    seen: set[str] = set()
    classes = {c.value: c for c in CreditClass}

    def read(number: int, row: Row, faults: Faults) -> tuple[str, str]:
        code = object_code(number, row["uscc"], seen, faults)
        return code, choice(number, "credit_class", row["credit_class"], classes, faults)

    return check(file, CREDIT_COLUMNS, read)
