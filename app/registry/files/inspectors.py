"""Files of inspectors."""

import re
from dataclasses import dataclass
from datetime import date
from typing import IO

from app.registry.files.fields import choice, day, malformed, name, unique
from app.registry.files.reading import CheckedFile, Faults, Row, check
from app.registry.models import InspectorStatus

INSPECTOR_COLUMNS = ("staff_no", "name", "certificate_no", "certificate_valid_to", "item_codes")
STATUSES = {
    "": InspectorStatus.ACTIVE,
    "有效": InspectorStatus.ACTIVE,
    "失效": InspectorStatus.INACTIVE,
    **{status.value: status for status in InspectorStatus},
}

_STAFF_NO = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_ITEM_CODE = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True, slots=True)
class InspectorRow:
    """One valid row, in the order of the columns of the directory."""

    staff_no: str
    name: str
    station: str
    region_code: str
    certificate_no: str
    certificate_issuer: str
    certificate_valid_to: date | None
    qualifications: list[str]
    item_codes: list[str]
    status: str


def check_inspectors(file: IO[bytes], *, department: str) -> CheckedFile[InspectorRow]:
    """Check a CSV of the inspectors of one department; lists within a field have semicolons. Rows
    that name another department are left out, so that one file may serve several."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> InspectorRow | None:
        if row.get("department_code", department) != department:
            return None
        if not _STAFF_NO.fullmatch(row["staff_no"]):
            malformed(number, "staff_no", row["staff_no"], faults)
        unique(number, "staff_no", row["staff_no"], seen, faults)
        valid_to = day(number, "certificate_valid_to", row["certificate_valid_to"], faults)
        if valid_to is None and not row["certificate_valid_to"]:
            malformed(number, "certificate_valid_to", "", faults)
        return InspectorRow(
            staff_no=row["staff_no"],
            name=name(number, row["name"], faults),
            station=row.get("station", ""),
            region_code=row.get("region_code", ""),
            certificate_no=name(number, row["certificate_no"], faults, column="certificate_no"),
            certificate_issuer=row.get("certificate_issuer", ""),
            certificate_valid_to=valid_to,
            qualifications=_parts(row.get("qualifications", "")),
            item_codes=_items(number, row["item_codes"], faults),
            status=choice(number, "status", row.get("status", ""), STATUSES, faults),
        )

    checked = check(file, INSPECTOR_COLUMNS, read)
    rows = [row for row in checked.rows if row is not None]
    return CheckedFile(rows, checked.faults, len(rows))


def _parts(text: str) -> list[str]:
    return sorted({part.strip() for part in text.split(";") if part.strip()})


def _items(number: int, text: str, faults: Faults) -> list[str]:
    codes = _parts(text)
    for code in codes:
        if not _ITEM_CODE.fullmatch(code):
            malformed(number, "item_codes", code, faults)
    return codes
